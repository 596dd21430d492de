"""Buttons of visits, their stops and tasks, and of members' own journeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.callbacks.press import Press


@dataclass(frozen=True)
class Visits(Press):
    """« Show me what visits there are. »"""

    action: ClassVar[str] = "dg"


@dataclass(frozen=True)
class NewVisit(Press):
    """« I prepare a visit in this direction »; « - » asks which."""

    action: ClassVar[str] = "dgn"
    direction: str


@dataclass(frozen=True)
class ShowVisit(Press):
    """« Show me this visit », as far as I may see it."""

    action: ClassVar[str] = "dgs"
    delegation_id: int


@dataclass(frozen=True)
class BoardVisit(Press):
    """« Let me prepare this visit. »"""

    action: ClassVar[str] = "dgb"
    delegation_id: int


@dataclass(frozen=True)
class AboutVisit(Press):
    """« I ask about it, I offer a hand, I pass it on »: for everybody who may know of it."""

    action: ClassVar[str] = "dga"
    delegation_id: int
    what: str
    language: str


@dataclass(frozen=True)
class EditVisit(Press):
    """« This of it is so »; an empty value asks."""

    action: ClassVar[str] = "dge"
    delegation_id: int
    what: str
    value: str


@dataclass(frozen=True)
class ActVisit(Press):
    """« Open it, tell everybody, call it off, close it »; asked for (0), then sure (1)."""

    action: ClassVar[str] = "dgx"
    delegation_id: int
    is_sure: int
    act: str


@dataclass(frozen=True)
class ShowStop(Press):
    """« Show me this stop. »"""

    action: ClassVar[str] = "st"
    stop_id: int


@dataclass(frozen=True)
class EditStop(Press):
    """« This of the stop is so »; an empty value asks."""

    action: ClassVar[str] = "ste"
    stop_id: int
    what: str
    value: str


@dataclass(frozen=True)
class DelayStop(Press):
    """« It is so many minutes late »; shown what moves (0), then sure: the hour it was shown at, in seconds since 1970."""

    action: ClassVar[str] = "std"
    stop_id: int
    minutes: int
    shown_at: int


@dataclass(frozen=True)
class Arrived(Press):
    """« They are here. »"""

    action: ClassVar[str] = "sta"
    stop_id: int


@dataclass(frozen=True)
class ListTasks(Press):
    """« What is there to do? »"""

    action: ClassVar[str] = "tks"
    delegation_id: int
    page: int


@dataclass(frozen=True)
class ShowTask(Press):
    """« Show me this task. »"""

    action: ClassVar[str] = "tk"
    task_id: int


@dataclass(frozen=True)
class EditTask(Press):
    """« This of the task is so. »"""

    action: ClassVar[str] = "tke"
    task_id: int
    what: str
    value: str


@dataclass(frozen=True)
class ActTask(Press):
    """« I take it, I cannot any more, it is done, no thank you. »"""

    action: ClassVar[str] = "tka"
    task_id: int
    act: str


@dataclass(frozen=True)
class FreeClaim(Press):
    """« They need not do it any more. »"""

    action: ClassVar[str] = "tkf"
    claim_id: int


@dataclass(frozen=True)
class HaveSkill(Press):
    """« I can help with this (1), or not any more (0). »"""

    action: ClassVar[str] = "skl"
    has_it: int
    name: str


@dataclass(frozen=True)
class TellTrip(Press):
    """« I travel there, from this day, to that one »; what is « - » is asked next."""

    action: ClassVar[str] = "tr"
    destination: str
    leaves: str
    returns: str


@dataclass(frozen=True)
class TripBoard(Press):
    """« Show me who travels. »"""

    action: ClassVar[str] = "trb"


@dataclass(frozen=True)
class ShowTrip(Press):
    """« Show me this journey. »"""

    action: ClassVar[str] = "trs"
    trip_id: int


@dataclass(frozen=True)
class DropTrip(Press):
    """« I do not travel after all. »"""

    action: ClassVar[str] = "trd"
    trip_id: int


@dataclass(frozen=True)
class Entrust(Press):
    """« My next message says what to carry, or whom to meet. »"""

    action: ClassVar[str] = "tre"
    trip_id: int


@dataclass(frozen=True)
class AnswerTrip(Press):
    """« I carry it (1), or I cannot (0). »"""

    action: ClassVar[str] = "tra"
    trip_id: int
    accepts: int
