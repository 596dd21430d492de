"""The outbox: written in the transaction of its cause, emptied by the worker.

Nobody is missed, and duplicates never exceed the sends in flight at the instant of a crash.
Why claims carry an epoch: a leader that was stopped and wakes up late must not touch a row any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.domain import policy
from db.models import Delivery, DeliveryState, Lane, Leadership, Member, Pause

EVERYBODY = 0
MAX_RESENDS = 1
UNASKED = ("announcements", "meetings", "delegations", "volunteers")
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.AMBIGUOUS)


def put(
    session: Session,
    *,
    chat_id: int,
    view: str,
    lane: Lane,
    now: datetime,
    member_id: int | None = None,
    values: dict[str, Any] | None = None,
    dedupe_key: str | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    author_id: int | None = None,
    action: str | None = None,
    subject_id: int | None = None,
) -> Delivery | None:
    """Queue one message; None when one with the same `dedupe_key` was queued before.

    `view` and `values` say what to render; the text is made when it is sent, for the reader of then.
    What `author_id` sends goes only if they may still do `action` at that moment.
    """
    if dedupe_key and session.scalar(select(Delivery.id).where(Delivery.dedupe_key == dedupe_key)):
        return None
    delivery = Delivery(
        chat_id=chat_id, member_id=member_id, view=view, values=values or {}, lane=lane, state=DeliveryState.QUEUED,
        dedupe_key=dedupe_key, created_at=now, not_before=not_before or now, expires_at=expires_at, resends=0, tries=0,
        author_id=author_id, action=action, subject_id=subject_id,
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    return delivery


def _leads(epoch: int) -> ColumnElement[bool]:
    return exists().where(Leadership.id == 1, Leadership.epoch == epoch)


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Tell what has lost its meaning, whether or not the tick has noticed yet."""
    return and_(Delivery.expires_at.is_not(None), Delivery.expires_at <= now)


def due(session: Session, *, now: datetime, limit: int) -> list[Delivery]:
    """Return what may be sent now, most urgent lane first: the oldest open one of each chat that is not paused."""
    earlier = aliased(Delivery)
    # Order per chat is kept within a lane: an urgent message may overtake a broadcast, never its own kind.
    # One that was tried and waits for its next try keeps its place; one planned for later does not block yet.
    blocked = exists().where(
        earlier.chat_id == Delivery.chat_id, earlier.lane == Delivery.lane, earlier.id < Delivery.id,
        earlier.state.in_(OPEN), or_(earlier.not_before <= now, earlier.claimed_at.is_not(None)),
    )  # fmt: skip
    busy = exists().where(earlier.chat_id == Delivery.chat_id, earlier.state == DeliveryState.SENDING)
    paused = exists().where(Pause.chat_id.in_((EVERYBODY, Delivery.chat_id)), Pause.until > now)
    ready = (
        select(Delivery)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.not_before <= now, ~_is_over(now), ~blocked, ~busy, ~paused)
        .order_by(Delivery.lane, Delivery.id)
        .limit(limit * len(Lane))
    )
    first: dict[int, Delivery] = {}
    for delivery in session.scalars(ready):
        first.setdefault(delivery.chat_id, delivery)
    return list(first.values())[:limit]


def claim(session: Session, delivery_id: int, *, epoch: int, now: datetime) -> bool:
    """Take one delivery for this leader; False when it was taken, cancelled, or we lead no more."""
    taken = session.scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.QUEUED, _leads(epoch))
        .values(state=DeliveryState.SENDING, claimed_at=now, epoch=epoch, tries=Delivery.tries + 1)
        .returning(Delivery.id)
    )
    return taken is not None


def settle(
    session: Session,
    delivery_id: int,
    state: DeliveryState,
    *,
    epoch: int,
    now: datetime,
    message_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Write down what became of a delivery that this leader had taken."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.SENDING, Delivery.epoch == epoch)
        .values(state=state, settled_at=now, message_id=message_id, reason=(reason or "")[:200] or None)
    )


def put_back(session: Session, delivery_id: int, *, epoch: int, now: datetime, again_at: datetime, counts: bool) -> None:
    """Queue a delivery again that surely was not sent; a pause (`counts` false) never uses up a try."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.SENDING, Delivery.epoch == epoch)
        .values(state=DeliveryState.QUEUED, not_before=again_at, tries=Delivery.tries - (0 if counts else 1))
    )


def doubt(session: Session, delivery_id: int, *, now: datetime) -> None:
    """Settle a delivery that may or may not have arrived: sent again once at most, then parked and shown.

    A reply on the spot is not sent again: the person will ask.
    """
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.state not in (DeliveryState.SENDING, DeliveryState.AMBIGUOUS):
        return
    if delivery.resends >= MAX_RESENDS:
        delivery.state, delivery.settled_at, delivery.reason = DeliveryState.PARKED, now, "in doubt twice"
    else:
        delivery.state, delivery.resends, delivery.not_before = DeliveryState.QUEUED, delivery.resends + 1, now


def recover(session: Session, *, now: datetime) -> int:
    """Settle what a crash left in flight; returns how many there were. Called once by a new leader."""
    left = list(session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.SENDING)))
    for delivery_id in left:
        doubt(session, delivery_id, now=now)
    return len(left)


def expire(session: Session, *, now: datetime) -> None:
    """Give up what has lost its meaning."""
    session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.QUEUED, _is_over(now))
        .values(state=DeliveryState.EXPIRED, settled_at=now)
    )


def cancel_for_chat(session: Session, chat_id: int, *, now: datetime, reason: str) -> None:
    """Nothing queued reaches this chat any more."""
    session.execute(
        update(Delivery)
        .where(Delivery.chat_id == chat_id, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.FAILED, settled_at=now, reason=reason)
    )


def cancel_unasked(session: Session, chat_id: int, *, now: datetime) -> None:
    """Drop what is queued for a chat of the kinds one can do without; answers, duties and alarms still go."""
    unasked = or_(*(Delivery.view.like(f"{feature}.%") for feature in UNASKED))
    session.execute(
        update(Delivery)
        .where(Delivery.chat_id == chat_id, Delivery.state == DeliveryState.QUEUED, Delivery.lane > Lane.REPLY, unasked)
        .values(state=DeliveryState.CANCELLED, settled_at=now, reason="stop")
    )


def may_still_go(session: Session, delivery: Delivery) -> bool:
    """Tell whether whoever's act a delivery carries out may still do so: asked again at the moment of sending."""
    if delivery.author_id is None or delivery.action is None:
        return True
    author = session.get(Member, delivery.author_id)
    return author is not None and policy.may(author.role, delivery.action)


def cancel_by(session: Session, author_id: int, *, now: datetime) -> list[Delivery]:
    """Stop what somebody has set going and is still queued; returns what will not arrive."""
    theirs = select(Delivery).where(Delivery.author_id == author_id, Delivery.state == DeliveryState.QUEUED)
    stopped = list(session.scalars(theirs.with_for_update()))
    for delivery in stopped:
        delivery.state, delivery.settled_at, delivery.reason = DeliveryState.CANCELLED, now, "author"
    return stopped


def redraw(session: Session, view: str, subject_id: int, *, now: datetime) -> None:
    """Let every copy of a message that stands in somebody's chat show how things are now."""
    copies = select(Delivery).where(
        Delivery.view == view, Delivery.subject_id == subject_id, Delivery.state == DeliveryState.SENT,
        Delivery.message_id.is_not(None),
    )  # fmt: skip
    for copy in session.scalars(copies.order_by(Delivery.id)):
        values = {**copy.values, "edits": copy.message_id}
        put(session, chat_id=copy.chat_id, view=view, lane=Lane.REMINDER, now=now, values=values)


def pause(session: Session, chat_id: int, *, until: datetime) -> None:
    """Be silent towards a chat (or EVERYBODY) until then; a longer silence is never shortened."""
    known = session.get(Pause, chat_id)
    if known is None:
        session.add(Pause(chat_id=chat_id, until=until))
    else:
        known.until = max(known.until, until)


def paused_until(session: Session, chat_id: int, *, now: datetime) -> datetime | None:
    """Return when a chat may be written to again; None when it may be now."""
    asked = select(func.max(Pause.until)).where(Pause.chat_id.in_((EVERYBODY, chat_id)), Pause.until > now)
    return session.scalar(asked)


def forget_pauses(session: Session, *, now: datetime) -> None:
    """Drop pauses that are over."""
    session.execute(delete(Pause).where(Pause.until <= now))


def next_due_at(session: Session, *, now: datetime) -> datetime | None:
    """Return when the worker has to look again; None when nothing waits."""
    waiting = select(func.min(Delivery.not_before)).where(Delivery.state == DeliveryState.QUEUED)
    soonest = session.scalar(waiting)
    if soonest is None:
        return None
    pause_ends = session.scalar(select(func.min(Pause.until)).where(Pause.until > now))
    return max(soonest, now + timedelta(seconds=1), pause_ends or soonest)


def purge(session: Session, *, before: datetime) -> None:
    """Forget deliveries settled before then."""
    session.execute(delete(Delivery).where(Delivery.settled_at < before))


def pauses(session: Session) -> dict[int, datetime]:
    """Return chat → until when it wants silence."""
    return {row.chat_id: row.until for row in session.scalars(select(Pause))}
