"""What a pressed button says: a version, an action, what it is about.

Buttons live for years in people's chats, so the meaning of a version never changes; an unknown one
is Outdated, never an error. Data says the wanted state (« language bm »), never « toggle ».
Nothing in it is trusted: the domain asks for permission all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, Self

from bot.errors import Outdated

VERSION = "1"
_SEPARATOR = ":"
MAX_BYTES = 64
LARGEST = 2**53  # no number of ours or of Telegram's is larger


@dataclass(frozen=True)
class Press:
    """A kind of button; subclasses name their action and their fields."""

    action: ClassVar[str]

    def pack(self) -> str:
        """Return the callback data, at most 64 bytes."""
        parts = [VERSION, self.action, *(str(getattr(self, one.name)) for one in fields(self))]
        data = _SEPARATOR.join(parts)
        if len(data.encode()) > MAX_BYTES:
            raise ValueError(f"callback data too long: {self.action}")
        return data

    @classmethod
    def parse(cls, data: str) -> Self:
        """Read callback data of this kind, the last field as far as it goes; raises Outdated for anything else."""
        kinds = fields(cls)
        parts = data.split(_SEPARATOR, 1 + len(kinds))
        if parts[:2] != [VERSION, cls.action] or len(parts) != 2 + len(kinds):
            raise Outdated("errors.old_button")
        try:
            values = [int(raw) if kind.type == "int" else raw for kind, raw in zip(kinds, parts[2:], strict=True)]
        except ValueError:
            raise Outdated("errors.old_button") from None
        if any(isinstance(value, int) and abs(value) >= LARGEST for value in values):
            raise Outdated("errors.old_button")
        return cls(*values)

    @classmethod
    def pattern(cls) -> str:
        """Return the regular expression that finds this kind of button."""
        return rf"^{VERSION}{_SEPARATOR}{cls.action}({_SEPARATOR}|$)"


@dataclass(frozen=True)
class ChooseLanguage(Press):
    """« This is my language. »"""

    action: ClassVar[str] = "lang"
    code: str


@dataclass(frozen=True)
class ChoosePlace(Press):
    """« I live here. »"""

    action: ClassVar[str] = "place"
    name: str


@dataclass(frozen=True)
class Open(Press):
    """« Show me this screen. »"""

    action: ClassVar[str] = "open"
    screen: str


@dataclass(frozen=True)
class ShowGroup(Press):
    """« Show me what you know about this. »"""

    action: ClassVar[str] = "group"
    name: str
    page: int


@dataclass(frozen=True)
class ShowEntry(Press):
    """« Tell me this. »"""

    action: ClassVar[str] = "entry"
    name: str


@dataclass(frozen=True)
class Listen(Press):
    """« Say it to me. »"""

    action: ClassVar[str] = "voice"
    key: str


@dataclass(frozen=True)
class AskPerson(Press):
    """« Pass this message of mine on to a person. »"""

    action: ClassVar[str] = "ask"
    message_id: int


@dataclass(frozen=True)
class FollowUp(Press):
    """« This message goes on with that question of mine. »"""

    action: ClassVar[str] = "more"
    question_id: int
    message_id: int


@dataclass(frozen=True)
class SayMore(Press):
    """« I want to say something more about it. »"""

    action: ClassVar[str] = "reply"
    question_id: int


@dataclass(frozen=True)
class Settle(Press):
    """« Thank you, that is all. »"""

    action: ClassVar[str] = "thanks"
    question_id: int


@dataclass(frozen=True)
class ShowQuestion(Press):
    """« Show me this question. »"""

    action: ClassVar[str] = "q"
    question_id: int


@dataclass(frozen=True)
class Take(Press):
    """« I take it. »"""

    action: ClassVar[str] = "take"
    question_id: int


@dataclass(frozen=True)
class Leave(Press):
    """« I leave it. »"""

    action: ClassVar[str] = "leave"
    question_id: int


@dataclass(frozen=True)
class Decline(Press):
    """« This is not for us. »"""

    action: ClassVar[str] = "no"
    question_id: int


@dataclass(frozen=True)
class CloseQuestion(Press):
    """« This is over. »"""

    action: ClassVar[str] = "close"
    question_id: int


@dataclass(frozen=True)
class WriteAnswer(Press):
    """« I answer: my next message is the answer. »"""

    action: ClassVar[str] = "write"
    question_id: int


@dataclass(frozen=True)
class SendKnown(Press):
    """« Answer with what is known. »"""

    action: ClassVar[str] = "known"
    question_id: int
    number: int


@dataclass(frozen=True)
class SendAnswer(Press):
    """« Send this answer. »"""

    action: ClassVar[str] = "send"
    answer_id: int


@dataclass(frozen=True)
class Learn(Press):
    """« Let the bot know this from now on. »"""

    action: ClassVar[str] = "learn"
    answer_id: int


@dataclass(frozen=True)
class LearnIn(Press):
    """« Keep it, in this language. »"""

    action: ClassVar[str] = "learnin"
    language: str


@dataclass(frozen=True)
class LearnStep(Press):
    """« I write this part anew, or leave it out. »"""

    action: ClassVar[str] = "learnstep"
    step: str


@dataclass(frozen=True)
class ShowKnown(Press):
    """« Show me this entry, with who and when. »"""

    action: ClassVar[str] = "kn"
    name: str


@dataclass(frozen=True)
class EditKnown(Press):
    """« I write this text of it. »"""

    action: ClassVar[str] = "knedit"
    language: str
    name: str


@dataclass(frozen=True)
class RetireKnown(Press):
    """« Out of the answers (1), or back (0). »"""

    action: ClassVar[str] = "knoff"
    is_retired: int
    name: str


@dataclass(frozen=True)
class Record(Press):
    """« Let me read this, in this language. »"""

    action: ClassVar[str] = "rec"
    language: str
    key: str


@dataclass(frozen=True)
class Withdraw(Press):
    """« Take this voice back. »"""

    action: ClassVar[str] = "recoff"
    language: str
    key: str


@dataclass(frozen=True)
class ListVoices(Press):
    """« What lacks a voice, in this language. »"""

    action: ClassVar[str] = "recs"
    language: str
    page: int


@dataclass(frozen=True)
class ListenFirst(Press):
    """« I would rather listen (1) or read (0). »"""

    action: ClassVar[str] = "listen"
    listens: int


@dataclass(frozen=True)
class ShareWith(Press):
    """« My phone answers for so many relatives too. »"""

    action: ClassVar[str] = "rel"
    relatives: int


@dataclass(frozen=True)
class ChooseQuiet(Press):
    """« Let me sleep between these hours. »"""

    action: ClassVar[str] = "quiet"
    begins: int
    ends: int


@dataclass(frozen=True)
class Hear(Press):
    """« I want to hear of this (1), or no more (0). »"""

    action: ClassVar[str] = "hear"
    is_wanted: int
    kind: str


@dataclass(frozen=True)
class HearNothing(Press):
    """« Write to me no more unasked. »"""

    action: ClassVar[str] = "stop"


@dataclass(frozen=True)
class HearAgain(Press):
    """« I want to hear of everything again. »"""

    action: ClassVar[str] = "again"


@dataclass(frozen=True)
class Tell(Press):
    """« I tell you my name, or my phone: my next message does. »"""

    action: ClassVar[str] = "tell"
    what: str


@dataclass(frozen=True)
class ForgetPhone(Press):
    """« Forget my telephone number. »"""

    action: ClassVar[str] = "nophone"


@dataclass(frozen=True)
class Join(Press):
    """« I want to become a member. »"""

    action: ClassVar[str] = "join"


@dataclass(frozen=True)
class ShowRequest(Press):
    """« Show me who asks to join. »"""

    action: ClassVar[str] = "joins"
    request_id: int


@dataclass(frozen=True)
class Admit(Press):
    """« They may come in (1), or not (0). »"""

    action: ClassVar[str] = "admit"
    request_id: int
    accepts: int


@dataclass(frozen=True)
class Invite(Press):
    """« Make an invitation »; « - » and 0 are not chosen yet."""

    action: ClassVar[str] = "inv"
    uses: int
    days: int
    role: str
    place: str


@dataclass(frozen=True)
class ShowInvitation(Press):
    """« Show me this invitation. »"""

    action: ClassVar[str] = "invs"
    invitation_id: int


@dataclass(frozen=True)
class WithdrawInvitation(Press):
    """« Let nobody in by it any more. »"""

    action: ClassVar[str] = "invoff"
    invitation_id: int


@dataclass(frozen=True)
class Browse(Press):
    """« Show me these people »; « - » is any."""

    action: ClassVar[str] = "dir"
    page: int
    place: str
    role: str
    language: str
    reach: str


@dataclass(frozen=True)
class Narrow(Press):
    """« Let me choose among these people by place, role or language. »"""

    action: ClassVar[str] = "dirby"
    what: str
    place: str
    role: str
    language: str
    reach: str


@dataclass(frozen=True)
class ShowMember(Press):
    """« Show me this person. »"""

    action: ClassVar[str] = "mem"
    member_id: int


@dataclass(frozen=True)
class SetRole(Press):
    """« This is their role from now on »; « - » is not chosen yet."""

    action: ClassVar[str] = "role"
    member_id: int
    role: str


@dataclass(frozen=True)
class Revoke(Press):
    """« Their phone was stolen. »"""

    action: ClassVar[str] = "revoke"
    member_id: int


@dataclass(frozen=True)
class ToCall(Press):
    """« Whom must somebody telephone? »"""

    action: ClassVar[str] = "call"
    page: int


@dataclass(frozen=True)
class TakeAll(Press):
    """« I take over all that is open. »"""

    action: ClassVar[str] = "takeall"


@dataclass(frozen=True)
class StepIn(Press):
    """« Nobody coordinates: I do. »"""

    action: ClassVar[str] = "stepin"


@dataclass(frozen=True)
class ShowChat(Press):
    """« Show me this group. »"""

    action: ClassVar[str] = "gcard"
    chat_id: int


@dataclass(frozen=True)
class LinkChat(Press):
    """« This group gets messages in these languages », joined by +."""

    action: ClassVar[str] = "glink"
    chat_id: int
    languages: str


@dataclass(frozen=True)
class ChatHears(Press):
    """« This group gets this kind (1), or no more (0). »"""

    action: ClassVar[str] = "ghear"
    chat_id: int
    is_wanted: int
    kind: str


@dataclass(frozen=True)
class LeaveChat(Press):
    """« Leave this group. »"""

    action: ClassVar[str] = "gleave"
    chat_id: int


@dataclass(frozen=True)
class Erase(Press):
    """« Erase all you know of me »; asked for (0), then sure: when that was asked, in seconds since 1970."""

    action: ClassVar[str] = "erase"
    asked_at: int


@dataclass(frozen=True)
class Stay(Press):
    """« I am still here. »"""

    action: ClassVar[str] = "stay"


@dataclass(frozen=True)
class NewAnnouncement(Press):
    """« I announce something. »"""

    action: ClassVar[str] = "anew"


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
class SendAnnouncement(Press):
    """« Send it »; sure (1) after a question."""

    action: ClassVar[str] = "anns"
    announcement_id: int
    is_sure: int


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
    """« Say it to me. »"""

    action: ClassVar[str] = "anne"
    announcement_id: int


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
