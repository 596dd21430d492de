"""Who may do what: one table, asked at one place. What has no row is refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from bot.errors import NotAllowed


class Role(enum.StrEnum):
    """Each role may do what the ones before it may."""

    VISITOR = "visitor"
    MEMBER = "member"
    COMMITTEE = "committee"
    COORDINATOR = "coordinator"


_RANK = {role: rank for rank, role in enumerate(Role)}

# action → the least role that may do it
POLICY: Mapping[str, Role] = {
    "members.start": Role.VISITOR,
    "members.choose_language": Role.VISITOR,
    "members.choose_place": Role.VISITOR,
    "members.listen_first": Role.VISITOR,
    "members.look": Role.VISITOR,
    "privacy.look": Role.VISITOR,
    "questions.look": Role.VISITOR,
    "questions.ask": Role.VISITOR,
    "questions.answer": Role.COORDINATOR,
    "knowledge.write": Role.COORDINATOR,
    "recordings.write": Role.COMMITTEE,
    "statistics.look": Role.COORDINATOR,
    "groups.called": Role.VISITOR,
}


def may(role: str, action: str) -> bool:
    """Tell whether a role may do something; an action without a row is nobody's."""
    least = POLICY.get(action)
    return least is not None and role in _RANK and _RANK[Role(role)] >= _RANK[least]


def require(role: str, action: str) -> None:
    """Raise NotAllowed unless `role` may do `action`."""
    if not may(role, action):
        raise NotAllowed("errors.not_allowed")
