"""Updates: stored before they are confirmed, done in the transaction of their effect."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from db.models import DeadLetter, InboxUpdate

DONE = "{}"
AT_ONCE = 500
STORING = 0x696E626F  # « inbo »: whoever stores on PostgreSQL stores alone, so that arrivals are in order
_TABLE = cast(Table, InboxUpdate.__table__)
_AT = bindparam("at", type_=_TABLE.c.done_at.type)
# What every update asks, built once: to build it costs as much as to ask it.
_KNOWN = select(_TABLE.c.update_id).where(_TABLE.c.update_id.in_(bindparam("numbers", expanding=True)))
_LAST = select(func.max(_TABLE.c.arrival))
_DONE = (
    update(_TABLE).where(_TABLE.c.update_id == bindparam("number"), _TABLE.c.done_at.is_(None))
    .values(done_at=_AT, payload=DONE).returning(_TABLE.c.update_id)
)  # fmt: skip
_ANSWERED = (
    update(_TABLE).where(_TABLE.c.chat_id == bindparam("chat"), _TABLE.c.done_at.is_not(None), _TABLE.c.answered_at.is_(None))
    .values(answered_at=_AT)
)  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """An update to handle: its id, the chat it belongs to, its raw JSON."""

    update_id: int
    chat_id: int
    payload: str


class AlreadyDone(Exception):
    """This update had its effect before; nothing is to be done twice."""


def store(session: Session, updates: Sequence[Waiting], *, now: datetime) -> list[Waiting]:
    """Keep raw updates and return those that are new, in order. Several processes may do so at once."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(STORING)))
    ids = [waiting.update_id for waiting in updates]
    known = set(session.scalars(_KNOWN, {"numbers": ids}))
    arrival = session.scalar(_LAST) or 0
    fresh = []
    for waiting in updates:
        if waiting.update_id not in known:
            known.add(waiting.update_id)
            arrival += 1
            fresh.append(waiting)
            session.add(InboxUpdate(
                update_id=waiting.update_id, arrival=arrival, chat_id=waiting.chat_id, payload=waiting.payload,
                received_at=now,
            ))  # fmt: skip
    return fresh


def pending(session: Session, *, besides: Collection[int] = ()) -> list[Waiting]:
    """Return what was stored and not yet done, in order of arrival, `besides` updates that somebody has in hand."""
    open_ = InboxUpdate.done_at.is_(None)
    ids = session.scalars(select(InboxUpdate.update_id).where(open_).order_by(InboxUpdate.arrival)).all()
    fresh = [update_id for update_id in ids if update_id not in besides]
    found = []
    for start in range(0, len(fresh), AT_ONCE):
        some = InboxUpdate.update_id.in_(fresh[start : start + AT_ONCE])
        rows = session.scalars(select(InboxUpdate).where(open_, some).order_by(InboxUpdate.arrival))
        found += [Waiting(row.update_id, row.chat_id, row.payload) for row in rows]
    return found


def done(session: Session, update_id: int, *, now: datetime) -> None:
    """Mark an update as done, in the transaction of its effect; raises AlreadyDone when another was faster.

    What it said is not needed any more and goes: only its number stays, so that it is never done twice.
    """
    marked = session.connection().execute(_DONE, {"number": update_id, "at": now})
    if marked.scalar() is None:
        raise AlreadyDone(update_id)


def forget(session: Session, update_ids: Sequence[int]) -> None:
    """Forget updates as if they had never come; one that Telegram brings again may have its effect then."""
    session.execute(delete(InboxUpdate).where(InboxUpdate.update_id.in_(update_ids), InboxUpdate.done_at.is_(None)))


def answered(session: Session, chat_id: int, *, now: datetime) -> None:
    """Note that this chat sees what its updates did: the newest screen answers the earlier ones too."""
    session.connection().execute(_ANSWERED, {"chat": chat_id, "at": now})


def unanswered_chats(session: Session, *, since: datetime) -> list[int]:
    """Return the chats whose last effect was committed but, after a crash, never shown."""
    rows = (
        select(InboxUpdate.chat_id)
        .where(InboxUpdate.done_at >= since, InboxUpdate.answered_at.is_(None))
        .group_by(InboxUpdate.chat_id)
    )
    return list(session.scalars(rows))


def bury(session: Session, waiting: Waiting, *, reason: str, code: str, now: datetime) -> None:
    """Put aside an update that cannot be read or handled, so that it never blocks its neighbours."""
    session.add(DeadLetter(update_id=waiting.update_id, payload=waiting.payload, reason=reason[:200], code=code, died_at=now))


def purge(session: Session, *, before: datetime) -> None:
    """Forget raw updates and dead letters received before then."""
    session.execute(delete(InboxUpdate).where(InboxUpdate.received_at < before, InboxUpdate.done_at.is_not(None)))
    session.execute(delete(DeadLetter).where(DeadLetter.died_at < before))
