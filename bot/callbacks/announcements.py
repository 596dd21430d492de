"""Buttons of announcements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from bot.callbacks.press import Press


@dataclass(frozen=True)
class NewAnnouncement(Press):
    """« I announce something. »"""

    action: ClassVar[str] = "anew"


@dataclass(frozen=True)
class ListAnnouncements(Press):
    """« What was announced, from this page on. »"""

    action: ClassVar[str] = "annf"
    page: int


@dataclass(frozen=True)
class ShowAnnouncement(Press):
    """« Show me this announcement »: its draft, its progress or its report."""

    action: ClassVar[str] = "ann"
    announcement_id: int


@dataclass(frozen=True)
class WriteAnnouncement(Press):
    """« My next message is what it says in this language. »"""

    action: ClassVar[str] = "annw"
    announcement_id: int
    language: str


@dataclass(frozen=True)
class SpeakAnnouncement(Press):
    """« My next voice says it in this language. »"""

    action: ClassVar[str] = "annv"
    announcement_id: int
    language: str


@dataclass(frozen=True)
class AimAnnouncement(Press):
    """« It is for these (1), or not (0) »; nothing in `value` shows what to choose from."""

    action: ClassVar[str] = "anna"
    announcement_id: int
    is_wanted: int
    what: str
    value: str


@dataclass(frozen=True)
class ClassAnnouncement(Press):
    """« This is what it is about, and it may wake people (1), or not (0). »"""

    action: ClassVar[str] = "annk"
    announcement_id: int
    is_urgent: int
    kind: str


@dataclass(frozen=True)
class TimeAnnouncement(Press):
    """« It goes then »: now, ask, a day, or a day and an hour on the clock of whoever writes."""

    action: ClassVar[str] = "annt"
    announcement_id: int
    when: str


@dataclass(frozen=True)
class PreviewAnnouncement(Press):
    """« Let me see it as they will. »"""

    action: ClassVar[str] = "annp"
    announcement_id: int


@dataclass(frozen=True)
class TryAnnouncement(Press):
    """« Send it to me, and to nobody else. »"""

    action: ClassVar[str] = "anni"
    announcement_id: int


@dataclass(frozen=True)
class SendAnnouncement(Press):
    """« Send it, as I saw it »; `sure_of` are the doubts that were shown, by their bits."""

    action: ClassVar[str] = "anns"
    announcement_id: int
    sure_of: int
    revision: str


@dataclass(frozen=True)
class UndoAnnouncement(Press):
    """« Take it back, nothing has left. »"""

    action: ClassVar[str] = "annu"
    announcement_id: int


@dataclass(frozen=True)
class PauseAnnouncement(Press):
    """« Wait with the rest (1), or go on (0). »"""

    action: ClassVar[str] = "annh"
    announcement_id: int
    is_paused: int


@dataclass(frozen=True)
class StopAnnouncement(Press):
    """« Send nothing more of it. »"""

    action: ClassVar[str] = "annx"
    announcement_id: int


@dataclass(frozen=True)
class ResendAnnouncement(Press):
    """« Send it to those it did not reach. »"""

    action: ClassVar[str] = "annr"
    announcement_id: int


@dataclass(frozen=True)
class NudgeAnnouncement(Press):
    """« Remind those who have not seen it. »"""

    action: ClassVar[str] = "anng"
    announcement_id: int


@dataclass(frozen=True)
class CorrectAnnouncement(Press):
    """« My next message is what it says from now on, in this language. »"""

    action: ClassVar[str] = "annc"
    announcement_id: int
    language: str


@dataclass(frozen=True)
class TellAnew(Press):
    """« Tell those who relied on it. »"""

    action: ClassVar[str] = "annl"
    announcement_id: int


@dataclass(frozen=True)
class WithdrawAnnouncement(Press):
    """« Take it back from everybody »; asked for (0), then sure (1)."""

    action: ClassVar[str] = "annq"
    announcement_id: int
    is_sure: int


@dataclass(frozen=True)
class RepeatAnnouncement(Press):
    """« Let me announce it once more. »"""

    action: ClassVar[str] = "annd"
    announcement_id: int


@dataclass(frozen=True)
class DropAnnouncement(Press):
    """« Throw this draft away. »"""

    action: ClassVar[str] = "annj"
    announcement_id: int


@dataclass(frozen=True)
class ListMissed(Press):
    """« Give me the list of whom it did not reach. »"""

    action: ClassVar[str] = "annm"
    announcement_id: int


@dataclass(frozen=True)
class Saw(Press):
    """« I have seen it. »"""

    action: ClassVar[str] = "vu"
    announcement_id: int


@dataclass(frozen=True)
class ReadAnnouncement(Press):
    """« Show it to me in this language. »"""

    action: ClassVar[str] = "anno"
    announcement_id: int
    language: str


@dataclass(frozen=True)
class ListenAnnouncement(Press):
    """« Say it to me in this language »; older buttons name none: then in mine."""

    action: ClassVar[str] = "anne"
    announcement_id: int
    language: str

    @classmethod
    def parse(cls, data: str) -> Self:
        """Read a button of either age."""
        return super().parse(data if data.count(":") > 2 else f"{data}:")


@dataclass(frozen=True)
class AskAbout(Press):
    """« I have a question about it. »"""

    action: ClassVar[str] = "annb"
    announcement_id: int
    language: str


@dataclass(frozen=True)
class Retell(Press):
    """« I pass it on »; as a picture in this language, or nothing for the choice."""

    action: ClassVar[str] = "annz"
    announcement_id: int
    language: str


@dataclass(frozen=True)
class MuteKind(Press):
    """« No more messages of this kind. »"""

    action: ClassVar[str] = "mute"
    kind: str
