"""Buttons of people: the way home, language and place, the profile, who is in, roles, invitations, groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.callbacks.press import Press


@dataclass(frozen=True)
class Open(Press):
    """« Show me this screen. »"""

    action: ClassVar[str] = "open"
    screen: str


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
