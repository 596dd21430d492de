"""Conversations of several steps, kept in a row so that a restart forgets nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import Draft, Member


def of(session: Session, member: Member) -> Draft | None:
    """Return what this person is in the middle of."""
    return session.get(Draft, member.id)


def put(session: Session, member: Member, *, kind: str, step: str, now: datetime, **content: Any) -> Draft:
    """Begin a conversation, or go to a step of it; what it has learned so far stays."""
    draft = of(session, member)
    if draft is None or draft.kind != kind:
        if draft is not None:
            session.delete(draft)
            session.flush()
        draft = Draft(member_id=member.id, kind=kind, content={}, step=step, changed_at=now)
        session.add(draft)
    draft.step, draft.changed_at, draft.content = step, now, {**draft.content, **content}
    return draft


def takes(draft: Draft, album: str | None) -> bool:
    """Tell whether a message is for this conversation: one that waits for more of an album takes nothing else."""
    return "album" not in draft.content or draft.content["album"] == album


def leave(session: Session, member: Member, *, but: str) -> None:
    """End whatever was begun, except a conversation of kind `but`: who goes home has changed their mind."""
    draft = of(session, member)
    if draft is not None and draft.kind != but:
        session.delete(draft)
        session.flush()


def purge(session: Session, *, before: datetime) -> None:
    """Forget conversations nobody has gone on with since then; where the welcome stands is seen from the member."""
    session.execute(delete(Draft).where(Draft.changed_at < before))


def forget(session: Session, name: str, value: int) -> None:
    """End whatever conversation of whomever is about something that is gone: `name` is how its content calls it."""
    for draft in session.scalars(select(Draft)).all():
        if draft.content.get(name) == value:
            session.delete(draft)
    session.flush()


def drop(session: Session, member: Member, *, kind: str) -> None:
    """End a conversation of this kind, if there is one."""
    draft = of(session, member)
    if draft is not None and draft.kind == kind:
        session.delete(draft)
