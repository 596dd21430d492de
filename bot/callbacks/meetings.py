"""Buttons of meetings, the agenda, the library and polls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.callbacks.press import Press


@dataclass(frozen=True)
class ShowMeeting(Press):
    """« Show me this meeting »: its card, or the board of whoever prepares it."""

    action: ClassVar[str] = "mt"
    meeting_id: int


@dataclass(frozen=True)
class AnswerMeeting(Press):
    """« We are so many, and this is our answer »; `waits` (1) takes a place on the waiting list."""

    action: ClassVar[str] = "mta"
    meeting_id: int
    persons: int
    waits: int
    answer: str


@dataclass(frozen=True)
class MoreMeeting(Press):
    """« Show me this of the meeting »: who comes, the calendar, the way, what it is about …"""

    action: ClassVar[str] = "mtm"
    meeting_id: int
    what: str


@dataclass(frozen=True)
class PosterMeeting(Press):
    """« Give me its poster in this language », + for all of them."""

    action: ClassVar[str] = "mtw"
    meeting_id: int
    language: str


@dataclass(frozen=True)
class WantMinutes(Press):
    """« I want the minutes (1), or not (0). »"""

    action: ClassVar[str] = "mtz"
    meeting_id: int
    wants: int


@dataclass(frozen=True)
class NewMeeting(Press):
    """« I prepare a meeting of this kind »; « - » asks for a sentence."""

    action: ClassVar[str] = "mtn"
    kind: str


@dataclass(frozen=True)
class BoardMeeting(Press):
    """« Let me change this meeting. »"""

    action: ClassVar[str] = "mtb"
    meeting_id: int


@dataclass(frozen=True)
class EditMeeting(Press):
    """« This of it is so »; an empty value asks."""

    action: ClassVar[str] = "mte"
    meeting_id: int
    what: str
    value: str


@dataclass(frozen=True)
class AimMeeting(Press):
    """« It is for these (1), or not (0) »; nothing in `value` shows what to choose from."""

    action: ClassVar[str] = "mti"
    meeting_id: int
    is_wanted: int
    what: str
    value: str


@dataclass(frozen=True)
class ActMeeting(Press):
    """« Publish it, take it back, put it off, call it off … »; asked for (0), then sure (1)."""

    action: ClassVar[str] = "mtx"
    meeting_id: int
    is_sure: int
    act: str


@dataclass(frozen=True)
class CheckIn(Press):
    """« They came with so many »; 0 takes it back. `page` is where the list stands."""

    action: ClassVar[str] = "mtc"
    meeting_id: int
    member_id: int
    persons: int
    page: int


@dataclass(frozen=True)
class ListGuests(Press):
    """« Show me who is expected », a page of the list."""

    action: ClassVar[str] = "mtg"
    meeting_id: int
    page: int


@dataclass(frozen=True)
class ThankGuests(Press):
    """« Thank those who came. »"""

    action: ClassVar[str] = "mty"
    meeting_id: int


@dataclass(frozen=True)
class ExportMeeting(Press):
    """« Give me the list of answers », as csv or xlsx."""

    action: ClassVar[str] = "mtl"
    meeting_id: int
    form: str


@dataclass(frozen=True)
class DecidePoint(Press):
    """« This point is on the agenda (1), or not (0). »"""

    action: ClassVar[str] = "mtp"
    point_id: int
    accepts: int


@dataclass(frozen=True)
class Agenda(Press):
    """« Show me what comes, this month, what was … »"""

    action: ClassVar[str] = "ag"
    what: str
    page: int


@dataclass(frozen=True)
class ShowDocument(Press):
    """« Send me this document. »"""

    action: ClassVar[str] = "doc"
    document_id: int


@dataclass(frozen=True)
class ShowShelf(Press):
    """« Show me the documents of this kind »; empty is all."""

    action: ClassVar[str] = "docs"
    page: int
    kind: str


@dataclass(frozen=True)
class ShowProject(Press):
    """« Show me the documents of this project. »"""

    action: ClassVar[str] = "docp"
    page: int
    project: str


@dataclass(frozen=True)
class NewDocument(Press):
    """« My next message is a document », or the minutes of a meeting."""

    action: ClassVar[str] = "docn"
    meeting_id: int


@dataclass(frozen=True)
class EditDocument(Press):
    """« This of the document is so »; an empty value asks."""

    action: ClassVar[str] = "doce"
    document_id: int
    what: str
    value: str


@dataclass(frozen=True)
class ShowPoll(Press):
    """« Show me this poll. »"""

    action: ClassVar[str] = "pl"
    poll_id: int


@dataclass(frozen=True)
class Vote(Press):
    """« This is what I choose. »"""

    action: ClassVar[str] = "plv"
    poll_id: int
    option: int


@dataclass(frozen=True)
class EditPoll(Press):
    """« Ask, close, hide names, write it in this language »; 0 begins a new one."""

    action: ClassVar[str] = "ple"
    poll_id: int
    what: str
    value: str
