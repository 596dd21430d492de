"""Who something is for: places × roles, less those who do not want to hear of its kind; and linked groups.

A head-count and the queue are made from the same conditions, so that what was promised is what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.domain import members, outbox
from bot.domain.broadcasts import Post
from bot.domain.policy import Role
from db.models import Chat, ChatState, Member, Mute

INSIDE = (Role.MEMBER, Role.COMMITTEE, Role.COORDINATOR)
NIGHT_OWLS = 10


class Aimed(Protocol):
    """Something that is for some people: empty `places` and `roles` mean everybody who is inside, `groups` are chats."""

    @property
    def places(self) -> list[Any]: ...
    @property
    def roles(self) -> list[Any]: ...
    @property
    def groups(self) -> list[Any]: ...
    @property
    def is_urgent(self) -> bool:
        """Tell whether it may wake people, and reaches those who muted its kind."""
    @property
    def mute_kind(self) -> str:
        """Return the kind of message one may mute it by."""


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


def conditions(aimed: Aimed) -> list[ColumnElement[bool]]:
    """Return what the people it is for have in common; something urgent is for those who muted its kind too."""
    found = invited(aimed)
    if not aimed.is_urgent:
        found.append(~exists().where(Mute.member_id == Member.id, Mute.kind == aimed.mute_kind))
    return found


def invited(aimed: Aimed) -> list[ColumnElement[bool]]:
    """Return what the people it concerns have in common, whether or not they want to hear of its kind."""
    roles = aimed.roles or [*INSIDE]
    found: list[ColumnElement[bool]] = [Member.role.in_(roles), Member.agreed_at.is_not(None)]
    if aimed.places:
        found.append(Member.place.in_(aimed.places))
    return found


def groups(session: Session, aimed: Aimed) -> list[Chat]:
    """Return the linked groups it also goes to."""
    if not aimed.groups:
        return []
    chosen = select(Chat).where(Chat.id.in_(aimed.groups), Chat.state == ChatState.LINKED)
    return list(session.scalars(chosen.order_by(Chat.id)))


def queue_for_groups(session: Session, aimed: Aimed, post: Post, *, now: datetime, not_before: datetime) -> None:
    """Write a copy for each of the groups it also goes to."""
    for chat in groups(session, aimed):
        outbox.put(
            session, chat_id=chat.id, view=post.view, lane=post.lane, now=now, not_before=not_before, values=post.values,
            subject_id=post.subject_id, author_id=post.author_id, action=post.action, dedupe_key=f"{post.key}{chat.id}",
        )  # fmt: skip


def count(session: Session, aimed: Aimed) -> Count:
    """Return for how many it is at this moment."""
    wanted = conditions(aimed)
    by_language = session.execute(select(Member.language, func.count()).where(*wanted).group_by(Member.language)).all()
    unreachable = session.scalar(select(func.count()).select_from(Member).where(*wanted, ~Member.is_reachable)) or 0
    languages = {str(language or ""): int(number) for language, number in by_language}
    return Count(
        members.persons(session, *wanted), sum(languages.values()), languages, unreachable,
        len(groups(session, aimed)),
    )  # fmt: skip


def sleepers(session: Session, aimed: Aimed, asleep: Sequence[ColumnElement[bool]]) -> tuple[list[str], int]:
    """Return the first names of some who would be woken, and how many more: those for whom one of `asleep` holds."""
    if not asleep:
        return [], 0
    woken = (*conditions(aimed), Member.is_reachable, or_(*asleep))
    names = select(Member.first_name).where(*woken).order_by(Member.first_name, Member.id).limit(NIGHT_OWLS)
    number = session.scalar(select(func.count()).select_from(Member).where(*woken)) or 0
    return list(session.scalars(names)), max(0, number - NIGHT_OWLS)
