"""What fires once: a row says that it has, so that the next tick, or another process, does not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import Occurrence


def fired_among(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of these have fired."""
    return set(session.scalars(select(Occurrence.key).where(Occurrence.key.in_(keys)))) if keys else set()


def purge(session: Session, *, before: datetime) -> None:
    """Forget what fired before then."""
    session.execute(delete(Occurrence).where(Occurrence.fired_at < before))
