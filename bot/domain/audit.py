"""Who did what and when, so that coordinators can understand it later; never what was said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from db.models import AuditEntry, Member


def note(session: Session, actor: Member | None, action: str, subject: str = "", *, now: datetime) -> None:
    """Write down an act; `subject` is a kind and a number, e.g. « member 12 »."""
    session.add(AuditEntry(at=now, actor_id=actor.id if actor else None, action=action, subject=subject[:48]))


def purge(session: Session, *, before: datetime) -> None:
    """Forget what was done before then."""
    session.execute(delete(AuditEntry).where(AuditEntry.at < before))
