"""The doors, in the order updates meet them. Each names its action in the policy table, or the start fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from telegram.ext import Application, BaseHandler

from bot.domain.policy import POLICY
from handlers import (
    agenda,
    announcement_copies,
    announcements,
    attendance,
    conversation,
    delegations,
    desk,
    directory,
    documents,
    errors,
    groups,
    health,
    home,
    inviting,
    knowledge,
    meeting_board,
    meetings,
    members,
    polls,
    privacy,
    profile,
    questions,
    recordings,
    roles,
    tasks,
    trips,
    volunteer_board,
    volunteers,
    yearly,
)

FEATURES = (
    desk, announcements, announcement_copies, agenda, meetings, meeting_board, attendance, documents, polls, delegations,
    tasks, trips, volunteers, volunteer_board, yearly, home, members, profile, privacy, inviting, directory, roles, questions,
    knowledge, recordings, groups, health, conversation, errors,
)  # fmt: skip
Door = BaseHandler[Any, Any, Any]


def register(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Hang every door; raises RuntimeError for one whose action has no row in the policy table."""
    doors = [door for feature in FEATURES for door in feature.doors()]
    for fault in faults(doors):
        raise RuntimeError(fault)
    for door in doors:
        application.add_handler(door)


def faults(doors: Iterable[Door] | None = None) -> Iterator[str]:
    """Name the doors, of all or of these, whose action has no row in the policy table."""
    for door in [door for feature in FEATURES for door in feature.doors()] if doors is None else doors:
        action = getattr(door.callback, "action", None)
        if action not in POLICY:
            yield f"{door.callback.__qualname__}: action {action!r} has no row in the policy table"
