"""Buttons of calls for volunteers: signing up, one's own places, and what organisers do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.callbacks.press import Press


@dataclass(frozen=True)
class Helping(Press):
    """« Where can I help? »"""

    action: ClassVar[str] = "hl"


@dataclass(frozen=True)
class MyHelp(Press):
    """« What have I taken? »"""

    action: ClassVar[str] = "hy"


@dataclass(frozen=True)
class ShowCall(Press):
    """« Show me this call. »"""

    action: ClassVar[str] = "hc"
    call_id: int


@dataclass(frozen=True)
class SignUp(Press):
    """« I help here, with so many »; sure (1) although something else falls into these hours."""

    action: ClassVar[str] = "hn"
    need_id: int
    persons: int
    is_sure: int


@dataclass(frozen=True)
class ShowNeed(Press):
    """« Show me what I have taken there. »"""

    action: ClassVar[str] = "hw"
    need_id: int


@dataclass(frozen=True)
class MySignup(Press):
    """« I withdraw (asked, then sure), I still come »: about a place of one's own."""

    action: ClassVar[str] = "hs"
    signup_id: int
    act: str


@dataclass(frozen=True)
class SayNo(Press):
    """« No thank you », to a call."""

    action: ClassVar[str] = "ho"
    call_id: int


@dataclass(frozen=True)
class AboutCall(Press):
    """« I ask about it, I pass it on, for a relative, my calendar, my certificate. »"""

    action: ClassVar[str] = "hm"
    number: int
    what: str
    language: str


@dataclass(frozen=True)
class OfferHelp(Press):
    """« I can do something that nobody asks for. »"""

    action: ClassVar[str] = "hf"


@dataclass(frozen=True)
class Mood(Press):
    """« It was so. »"""

    action: ClassVar[str] = "hd"
    call_id: int
    mood: str


@dataclass(frozen=True)
class NewCall(Press):
    """« I call for help, for this meeting, this visit, or by itself »; without a kind it is asked."""

    action: ClassVar[str] = "hbn"
    kind: str
    number: int


@dataclass(frozen=True)
class BoardCall(Press):
    """« Let me prepare this call. »"""

    action: ClassVar[str] = "hb"
    call_id: int


@dataclass(frozen=True)
class EditCall(Press):
    """« This of the call is so »; an empty value asks."""

    action: ClassVar[str] = "hbe"
    call_id: int
    what: str
    value: str


@dataclass(frozen=True)
class ActCall(Press):
    """« Publish it, close it, open it again, call it off, thank »; asked for (0), then sure (1)."""

    action: ClassVar[str] = "hba"
    call_id: int
    is_sure: int
    act: str


@dataclass(frozen=True)
class EditNeed(Press):
    """« This of what is needed is so »; an empty value asks."""

    action: ClassVar[str] = "hbx"
    need_id: int
    what: str
    value: str


@dataclass(frozen=True)
class Helper(Press):
    """« They came, they did not, take them out because »: about somebody who signed up."""

    action: ClassVar[str] = "hbp"
    signup_id: int
    what: str
    value: str


@dataclass(frozen=True)
class ShowYear(Press):
    """« What was done that year? », as text or as a file."""

    action: ClassVar[str] = "yr"
    year: int
    form: str
