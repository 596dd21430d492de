"""Who may do what, and where: one table, asked at one place. What has no row is refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import NotAllowed, NotHere


class Role(enum.StrEnum):
    """Each role may do what the ones before it may."""

    VISITOR = "visitor"
    MEMBER = "member"
    COMMITTEE = "committee"
    COORDINATOR = "coordinator"


class Where(enum.Flag):
    """Kinds of chat: a person's own, the coordinators' group for questions, any other group or channel."""

    PRIVATE = enum.auto()
    INBOX = enum.auto()
    GROUP = enum.auto()
    ANYWHERE = PRIVATE | INBOX | GROUP


@dataclass(frozen=True)
class Rule:
    """The least role that may do something, and where it is done."""

    least: Role
    where: Where = Where.PRIVATE


RANK = {role: rank for rank, role in enumerate(Role)}

POLICY: Mapping[str, Rule] = {
    "members.start": Rule(Role.VISITOR),
    "members.choose_language": Rule(Role.VISITOR),
    "members.choose_place": Rule(Role.VISITOR),
    "members.listen_first": Rule(Role.VISITOR),
    "members.look": Rule(Role.VISITOR),
    "members.come_or_go": Rule(Role.VISITOR, Where.ANYWHERE),
    "members.profile": Rule(Role.VISITOR),
    "members.join": Rule(Role.VISITOR),
    "members.admit": Rule(Role.COORDINATOR, Where.PRIVATE | Where.INBOX),
    "members.list": Rule(Role.COMMITTEE),
    "members.see_phone": Rule(Role.COORDINATOR),
    "members.change_role": Rule(Role.COORDINATOR),
    "members.hand_over": Rule(Role.COORDINATOR),
    "members.step_in": Rule(Role.COMMITTEE),
    "invitations.use": Rule(Role.VISITOR),
    "invitations.make": Rule(Role.COORDINATOR),
    "privacy.look": Rule(Role.VISITOR, Where.ANYWHERE),
    "privacy.export": Rule(Role.VISITOR),
    "privacy.erase": Rule(Role.VISITOR),
    "announcements.look": Rule(Role.VISITOR),
    "announcements.write": Rule(Role.COORDINATOR),
    "announcements.send": Rule(Role.COORDINATOR),
    "meetings.look": Rule(Role.VISITOR),
    "meetings.show_here": Rule(Role.VISITOR, Where.ANYWHERE),
    "meetings.answer": Rule(Role.VISITOR),
    "meetings.propose": Rule(Role.VISITOR),
    "meetings.see_names": Rule(Role.MEMBER),
    "meetings.write": Rule(Role.COMMITTEE),
    "delegations.look": Rule(Role.VISITOR),
    "delegations.write": Rule(Role.COORDINATOR),
    "delegations.welcome": Rule(Role.MEMBER),
    "trips.tell": Rule(Role.MEMBER),
    "trips.see": Rule(Role.COORDINATOR),
    "volunteers.look": Rule(Role.VISITOR),
    "volunteers.sign_up": Rule(Role.VISITOR),
    "volunteers.see_phone": Rule(Role.COMMITTEE),
    "volunteers.write": Rule(Role.COMMITTEE),
    "documents.look": Rule(Role.VISITOR),
    "documents.write": Rule(Role.COMMITTEE),
    "polls.vote": Rule(Role.MEMBER),
    "polls.write": Rule(Role.COMMITTEE),
    "questions.look": Rule(Role.VISITOR),
    "questions.ask": Rule(Role.VISITOR),
    "questions.answer": Rule(Role.COORDINATOR, Where.PRIVATE | Where.INBOX),
    "knowledge.write": Rule(Role.COORDINATOR, Where.PRIVATE | Where.INBOX),
    "recordings.write": Rule(Role.COMMITTEE),
    "health.look": Rule(Role.COORDINATOR),
    "health.release": Rule(Role.COORDINATOR),
    "statistics.look": Rule(Role.COORDINATOR),
    "coordination.look": Rule(Role.COMMITTEE),
    "groups.called": Rule(Role.VISITOR, Where.ANYWHERE),
    "groups.link": Rule(Role.COORDINATOR),
}


def may(role: str, action: str) -> bool:
    """Tell whether a role may do something; an action without a row is nobody's."""
    rule = POLICY.get(action)
    return rule is not None and role in RANK and RANK[Role(role)] >= RANK[rule.least]


def require(role: str, action: str) -> None:
    """Raise NotAllowed unless `role` may do `action`."""
    if not may(role, action):
        raise NotAllowed("errors.not_allowed")


def require_here(role: str, action: str, where: Where) -> None:
    """Raise NotHere unless `action` is done in such a chat, NotAllowed unless `role` may do it.

    The chat comes first: nobody learns in a group what anybody may.
    """
    rule = POLICY.get(action)
    if rule is not None and not where & rule.where:
        raise NotHere("groups.private")
    require(role, action)
