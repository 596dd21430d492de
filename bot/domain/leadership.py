"""The epoch: every new leader counts on, and only the newest one's writes take effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from db.models import Leadership


def take_over(session: Session, *, now: datetime) -> int:
    """Become the leader and return the new epoch; earlier leaders' claims are void from here on."""
    leadership = session.get(Leadership, 1, with_for_update=True)
    if leadership is None:
        leadership = Leadership(id=1, epoch=0, since=now)
        session.add(leadership)
    leadership.epoch += 1
    leadership.since = now
    return leadership.epoch


def leads(session: Session, epoch: int) -> bool:
    """Tell whether nobody has taken over since."""
    leadership = session.get(Leadership, 1)
    return leadership is not None and leadership.epoch == epoch
