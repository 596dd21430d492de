"""Who gets an announcement: places × roles, less those who do not want to hear of its kind; and linked groups.

A head-count and the queue are made from the same conditions, so that what was promised is what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.domain import members
from bot.domain.policy import Role
from db.models import Announcement, Chat, ChatState, Member, Mute

INSIDE = (Role.MEMBER, Role.COMMITTEE, Role.COORDINATOR)
NIGHT_OWLS = 10


@dataclass(frozen=True)
class Count:
    """How many an announcement is for: persons, phones, phones by language, phones that cannot be reached, groups."""

    persons: int
    phones: int
    by_language: dict[str, int]
    unreachable: int
    groups: int

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody would get it."""
        return not (self.phones or self.groups)


def conditions(announcement: Announcement) -> list[ColumnElement[bool]]:
    """Return what the people an announcement is for have in common; an urgent one is for those who muted its kind too."""
    roles = announcement.roles or [*INSIDE]
    found: list[ColumnElement[bool]] = [Member.role.in_(roles), Member.agreed_at.is_not(None)]
    if announcement.places:
        found.append(Member.place.in_(announcement.places))
    if not announcement.is_urgent:
        found.append(~exists().where(Mute.member_id == Member.id, Mute.kind == announcement.kind))
    return found


def groups(session: Session, announcement: Announcement) -> list[Chat]:
    """Return the linked groups it also goes to."""
    if not announcement.groups:
        return []
    chosen = select(Chat).where(Chat.id.in_(announcement.groups), Chat.state == ChatState.LINKED)
    return list(session.scalars(chosen.order_by(Chat.id)))


def count(session: Session, announcement: Announcement) -> Count:
    """Return for how many it is at this moment."""
    wanted = conditions(announcement)
    by_language = session.execute(select(Member.language, func.count()).where(*wanted).group_by(Member.language)).all()
    unreachable = session.scalar(select(func.count()).select_from(Member).where(*wanted, ~Member.is_reachable)) or 0
    languages = {str(language or ""): int(number) for language, number in by_language}
    return Count(
        members.persons(session, *wanted), sum(languages.values()), languages, unreachable,
        len(groups(session, announcement)),
    )  # fmt: skip


def sleepers(session: Session, announcement: Announcement, asleep: Sequence[ColumnElement[bool]]) -> list[str]:
    """Return the first names of some who would be woken: those for whom one of the conditions `asleep` holds."""
    if not asleep:
        return []
    found = select(Member.first_name).where(*conditions(announcement), Member.is_reachable, or_(*asleep))
    return list(session.scalars(found.order_by(Member.first_name).limit(NIGHT_OWLS)))
