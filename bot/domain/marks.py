"""What outlives an erasure: marks that only our key can make, of what must not happen twice or must happen again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db.models import Mark

ERASED, NAMED, USED, GUESS, KEY = "erased", "named", "used", "guess", "key"
GUESSES_KEPT = timedelta(days=2)


def put(session: Session, kind: str, mark: str, *, now: datetime) -> None:
    """Remember a mark, once more each time."""
    session.add(Mark(kind=kind, mark=mark, at=now))
    session.flush()


def only(session: Session, kind: str, mark: str, *, now: datetime) -> None:
    """Remember this mark of its kind and no other."""
    forget(session, kind)
    put(session, kind, mark, now=now)


def forget(session: Session, kind: str) -> None:
    """Forget the marks of a kind."""
    session.execute(delete(Mark).where(Mark.kind == kind))


def has(session: Session, kind: str, mark: str) -> bool:
    """Tell whether a mark is remembered."""
    return session.scalar(select(Mark.id).where(Mark.kind == kind, Mark.mark == mark).limit(1)) is not None


def count(session: Session, kind: str, mark: str, *, since: datetime) -> int:
    """Return how often a mark was put since then."""
    return session.scalar(select(func.count()).where(Mark.kind == kind, Mark.mark == mark, Mark.at > since)) or 0


def last(session: Session, kind: str) -> dict[str, datetime]:
    """Return mark → when it was put last."""
    rows = session.execute(select(Mark.mark, func.max(Mark.at)).where(Mark.kind == kind).group_by(Mark.mark))
    return {str(mark): at for mark, at in rows}


def purge(session: Session, *, now: datetime, before: datetime) -> None:
    """Forget guesses after two days, and marks of erasures older than any copy that is kept."""
    session.execute(delete(Mark).where(Mark.kind == GUESS, Mark.at < now - GUESSES_KEPT))
    session.execute(delete(Mark).where(Mark.kind == ERASED, Mark.at < before))
