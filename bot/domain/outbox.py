"""The outbox: written in the transaction of its cause, emptied by the worker.

Nobody is missed, and duplicates never exceed the sends in flight at the instant of a crash.
Why claims carry an epoch: a leader that was stopped and wakes up late must not touch a row any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CursorResult,
    Integer,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from bot.domain import policy
from bot.domain.policy import Role
from db.models import (
    Announcement,
    AnnouncementState,
    Delegation,
    Delivery,
    DeliveryState,
    Lane,
    Leadership,
    Member,
    Pause,
)

EVERYBODY = 0
MAX_RESENDS = 1
UNASKED = ("announcements", "meetings", "delegations", "volunteers")
# What is changed where it stands, or tells who was told: once forgotten, nobody could correct or withdraw it any more.
LASTING = (
    "announcements.copy", "announcements.read", "announcements.told_anew", "meetings.card", "meetings.point", "polls.card",
    "delegations.card", "delegations.public", "volunteers.card", "groups.card", "joining.card",
)  # fmt: skip
MAX_COPIES = 3
RESTS = timedelta(seconds=15)
STOPPED = "stopped"
LEFT_OUT, MUTED = "left out", "muted"
IN_DOUBT = ("in doubt twice", "crashes")  # it may have arrived
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.AMBIGUOUS)
SHOWS_IT = (DeliveryState.SENT, *OPEN)  # or will, or did
_TABLE = cast(Table, Delivery.__table__)
_COLUMNS = tuple(
    _TABLE.c[name]
    for name in ("id", "chat_id", "member_id", "author_id", "action", "subject_id", "lane", "view", "values", "tries",
                 "crashes", "resends")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that was claimed: what is needed to make its message and send it. `tries` counts this one."""

    id: int
    chat_id: int
    member_id: int | None
    author_id: int | None
    action: str | None
    subject_id: int | None
    lane: int
    view: str
    values: dict[str, Any]
    tries: int
    crashes: int
    resends: int

    @property
    def is_suspect(self) -> bool:
        """Tell whether it flies alone: it was in flight at a crash, or one more doubt parks it."""
        return _flies_alone(self.crashes, self.resends)


def _flies_alone(crashes: int, resends: int) -> bool:
    """Once a crash is enough: whoever falls again falls with one message, and no innocent is parked with the culprit."""
    return crashes > 0 or crashes + resends >= MAX_COPIES - 1


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
    if dedupe_key and _was_queued(session, dedupe_key):
        return None
    delivery = Delivery(
        chat_id=chat_id, member_id=member_id, view=view, values=values or {}, lane=lane, state=DeliveryState.QUEUED,
        dedupe_key=dedupe_key, created_at=now, not_before=not_before or now, expires_at=expires_at, resends=0, tries=0,
        author_id=author_id, action=action, subject_id=subject_id,
    )  # fmt: skip
    if dedupe_key:
        return _put_once(session, delivery, dedupe_key)
    session.add(delivery)
    session.flush()
    return delivery


def _put_once(session: Session, delivery: Delivery, dedupe_key: str) -> Delivery | None:
    """Queue it unless somebody else is queueing the same at this instant: on PostgreSQL nobody sees what is not committed."""
    try:
        with session.begin_nested():
            session.add(delivery)
    except IntegrityError:
        if not _was_queued(session, dedupe_key):
            raise
        return None
    return delivery


_QUEUED_AS = select(Delivery.id).where(Delivery.dedupe_key == bindparam("key"))


def _was_queued(session: Session, dedupe_key: str) -> bool:
    return session.scalar(_QUEUED_AS, {"key": dedupe_key}) is not None


def queued_among(session: Session, dedupe_keys: Collection[str]) -> set[str]:
    """Return those of the keys under which something was queued before."""
    return {str(key) for key in session.scalars(select(Delivery.dedupe_key).where(Delivery.dedupe_key.in_(dedupe_keys)))}


def counts(session: Session, view: str, subject_id: int) -> dict[DeliveryState, int]:
    """Return how many copies of a message are in each state; states without any are left out."""
    asked = select(Delivery.state, func.count()).where(*_copies(view, subject_id)).group_by(Delivery.state)
    return {DeliveryState(state): count for state, count in session.execute(asked)}


def stop(session: Session, view: str, subject_id: int, *, now: datetime) -> int:
    """Cancel the copies of a message that are queued or held; returns how many. What is in flight arrives."""
    waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
    facts = {"state": DeliveryState.CANCELLED, "settled_at": now, "reason": STOPPED}
    return _count(session, update(Delivery).where(*_copies(view, subject_id), waiting).values(facts))


def leave_out(session: Session, view: str, subject_id: int) -> None:
    """Let the copies that were stopped be left out alone: others of the same message go on without sharing their lot."""
    stopped = (Delivery.state == DeliveryState.CANCELLED, Delivery.reason == STOPPED)
    session.execute(update(Delivery).where(*_copies(view, subject_id), *stopped).values(reason=LEFT_OUT))


def supersede(session: Session, view: str, subject_id: int, member_id: int, *, now: datetime) -> None:
    """What waits for somebody gives way to what says the same, and more."""
    waiting = (Delivery.member_id == member_id, Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.HELD)))
    facts = {"state": DeliveryState.CANCELLED, "settled_at": now, "reason": LEFT_OUT}
    session.execute(update(Delivery).where(*_copies(view, subject_id), *waiting).values(facts))


def withhold(session: Session, chat_id: int, kind: str, *, now: datetime) -> None:
    """Somebody wants to hear no more of this kind: what waits for them is not sent, unless they change their mind."""
    waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
    facts = {"state": DeliveryState.CANCELLED, "settled_at": now, "reason": MUTED}
    session.execute(update(Delivery).where(*_news(chat_id, kind), waiting).values(facts))


def offer_again(session: Session, chat_id: int, kind: str) -> None:
    """They have changed their mind: what was withheld, and is still on its way to others, is sent after all."""
    withheld = (Delivery.state == DeliveryState.CANCELLED, Delivery.reason == MUTED)
    facts = {"state": DeliveryState.QUEUED, "settled_at": None, "reason": None}
    under_way = (*_news(chat_id, kind, Announcement.state == AnnouncementState.SENDING), *withheld)
    session.execute(update(Delivery).where(*under_way).values(facts))


def _news(chat_id: int, kind: str, *which: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """The copies of announcements of a kind for one chat; what is urgent everybody hears."""
    numbers = select(Announcement.id).where(Announcement.kind == kind, Announcement.is_urgent.is_(False), *which)
    return Delivery.chat_id == chat_id, Delivery.view == "announcements.copy", Delivery.subject_id.in_(numbers)


def hold(session: Session, view: str, subject_id: int) -> int:
    """Keep back the copies of a message that are queued; returns how many."""
    queued = Delivery.state == DeliveryState.QUEUED
    return _count(session, update(Delivery).where(*_copies(view, subject_id), queued).values(state=DeliveryState.HELD))


def release(session: Session, view: str, subject_id: int) -> int:
    """Let the copies that were kept back go on; returns how many."""
    held = Delivery.state == DeliveryState.HELD
    return _count(session, update(Delivery).where(*_copies(view, subject_id), held).values(state=DeliveryState.QUEUED))


def _copies(view: str, subject_id: int) -> tuple[ColumnElement[bool], ...]:
    return Delivery.view == view, Delivery.subject_id == subject_id


def _count(session: Session, statement: Any) -> int:
    options = {"synchronize_session": False, "preserve_rowcount": True}
    return int(cast("CursorResult[Any]", session.execute(statement, execution_options=options)).rowcount)


def _leads(epoch: int) -> ColumnElement[bool]:
    return exists().where(Leadership.id == 1, Leadership.epoch == epoch)


# Asked at every turn: a statement that is built once costs half.
_EPOCH = select(Leadership.epoch).where(Leadership.id == 1).with_for_update(read=True)


def leads(session: Session, epoch: int) -> bool:
    """Tell whether we still lead, and keep it so until this transaction ends: whoever takes over waits for us."""
    return session.scalar(_EPOCH) == epoch


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Tell what has lost its meaning, whether or not the tick has noticed yet."""
    return and_(Delivery.expires_at.is_not(None), Delivery.expires_at <= now)


def _ready() -> Select[Any]:
    """Build the question « what may be sent now »: put at every turn, so it is built once."""
    now, waiting = bindparam("now", type_=_TABLE.c.not_before.type), _TABLE
    earlier = _TABLE.alias("earlier")
    # Order per chat is kept within a lane: an urgent message may overtake a broadcast, never its own kind.
    # One that was tried and waits for its next try keeps its place; one planned for later does not block yet.
    # « + 0 » keeps the index of the whole queue out of it: PostgreSQL takes a queue that has just been filled for empty, and
    # went through all of it for each row, seconds a turn, until it had new statistics.
    blocked = exists().where(
        earlier.c.chat_id == waiting.c.chat_id, earlier.c.lane + 0 == waiting.c.lane, earlier.c.id < waiting.c.id,
        earlier.c.state.in_([state.value for state in OPEN]),
        or_(earlier.c.not_before <= now, earlier.c.claimed_at.is_not(None)),
    )  # fmt: skip
    busy = exists().where(earlier.c.chat_id == waiting.c.chat_id, earlier.c.state == DeliveryState.SENDING.value)
    paused = exists().where(Pause.chat_id.in_((EVERYBODY, waiting.c.chat_id)), Pause.until > now)
    return (
        select(waiting.c.id, waiting.c.chat_id, waiting.c.crashes, waiting.c.resends)
        .where(waiting.c.state == DeliveryState.QUEUED.value, waiting.c.lane <= bindparam("least"), waiting.c.not_before <= now)
        .where(or_(waiting.c.expires_at.is_(None), waiting.c.expires_at > now), ~blocked, ~busy, ~paused)
        .where(waiting.c.chat_id.not_in(bindparam("resting", expanding=True)))
        .order_by(waiting.c.lane, waiting.c.id)
        .limit(bindparam("most", type_=Integer()))
    )


_READY = _ready()
# By their ids alone: SQLite would look through all that is queued, a million rows, for the sixty-four that were chosen.
_CLAIM = (
    update(_TABLE)
    .where(
        _TABLE.c.id.in_(bindparam("chosen", expanding=True)), _TABLE.c.state.concat("") == DeliveryState.QUEUED.value,
        exists().where(Leadership.id == 1, Leadership.epoch == bindparam("leader")),
    )
    .values(state=DeliveryState.SENDING.value, claimed_at=bindparam("at"), epoch=bindparam("leader"), tries=_TABLE.c.tries + 1)
    .returning(*_COLUMNS)
)  # fmt: skip


def _heads(session: Session, *, now: datetime, limit: int, least: Lane, resting: Collection[int], is_alone: bool) -> list[int]:
    """Return which may be sent now, most urgent lane first: the oldest open one of each chat that is not paused."""
    most = limit + min(limit, 8) * (len(Lane) - 1)  # a chat has one head in each lane, and gets one
    asked = {"now": now, "least": int(least), "resting": list(resting), "most": most}
    first: dict[int, int] = {}
    for delivery_id, chat_id, crashes, resends in session.connection().execute(_READY, asked):
        if _flies_alone(crashes, resends):
            return list(first.values()) or ([delivery_id] if is_alone else [])
        first.setdefault(chat_id, delivery_id)
        if len(first) == limit:
            break
    return list(first.values())


def claim_due(
    session: Session,
    *,
    epoch: int,
    now: datetime,
    limit: int,
    least: Lane = Lane.BROADCAST,
    resting: Collection[int] = (),
    is_alone: bool = True,
) -> list[Parcel]:
    """Take what may be sent now for this leader, at most `limit`, one a chat, in the order it is to go.

    Only lanes down to `least`; nothing for chats that are `resting`. What was in flight at two crashes is taken
    by itself, and only when `is_alone` says that nothing else is on its way.
    """
    chosen = _heads(session, now=now, limit=limit, least=least, resting=resting, is_alone=is_alone)
    if not chosen:
        return []
    taken = session.connection().execute(_CLAIM, {"chosen": chosen, "leader": epoch, "at": now})
    return sorted((Parcel(*row) for row in taken), key=lambda parcel: (parcel.lane, parcel.id))


def claim(session: Session, delivery_id: int, *, epoch: int, now: datetime) -> bool:
    """Take one delivery for this leader; False when it was taken, cancelled, or we lead no more."""
    taken = session.scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.QUEUED, _leads(epoch))
        .values(state=DeliveryState.SENDING, claimed_at=now, epoch=epoch, tries=Delivery.tries + 1)
        .returning(Delivery.id)
    )
    return taken is not None


def _arrived(row: ColumnElement[int], first: ColumnElement[Any]) -> Update:
    """Build « this one has arrived »: put for every message there is, so it is built once."""
    return (
        update(_TABLE)
        .where(_TABLE.c.id == row, _TABLE.c.state == DeliveryState.SENDING.value, _TABLE.c.epoch == bindparam("leader"))
        .values(state=DeliveryState.SENT.value, message_id=first, settled_at=bindparam("at"))
    )


_ARRIVED = _arrived(bindparam("row"), bindparam("first")).values(message_ids=bindparam("several"))
_ROWS = (
    func.unnest(bindparam("rows", type_=ARRAY(BigInteger)), bindparam("firsts", type_=ARRAY(BigInteger)))
    .table_valued("number", "first", name="arrivals").render_derived()
)  # fmt: skip
_ARRIVED_AT_ONCE = _arrived(_ROWS.c.number, _ROWS.c.first)


def arrived(session: Session, sent: Iterable[tuple[int, Sequence[int]]], *, epoch: int, now: datetime) -> None:
    """Write down many deliveries that were sent: (delivery, ids of its messages)."""
    connection, facts = session.connection(), {"at": now, "leader": epoch}
    left = [(row, next(iter(ids), None), list(ids) if len(ids) > 1 else None) for row, ids in sent]
    if connection.dialect.name == "postgresql":  # in one statement: there a batch is one round trip a row
        plain = [(row, first) for row, first, several in left if several is None]
        left = [one for one in left if one[2] is not None]
        if plain:
            rows, firsts = zip(*plain, strict=True)
            connection.execute(_ARRIVED_AT_ONCE, {"rows": rows, "firsts": firsts, **facts})
    if left:
        batch = [{"row": row, "first": first, "several": several, **facts} for row, first, several in left]
        connection.execute(_ARRIVED, batch)


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
    _as_the_others(session, [delivery_id], now)


def _as_the_others(session: Session, delivery_ids: Sequence[int], now: datetime) -> None:
    """Let what came back to the queue share the lot of its copies, were they held or stopped while it was in flight."""
    other = aliased(Delivery)
    alike = (other.view == Delivery.view, other.subject_id == Delivery.subject_id)
    back = (Delivery.id.in_(delivery_ids), Delivery.state == DeliveryState.QUEUED, Delivery.subject_id.is_not(None))
    held = exists().where(*alike, other.state == DeliveryState.HELD)
    _count(session, update(Delivery).where(*back, held).values(state=DeliveryState.HELD))
    stopped = exists().where(*alike, other.state == DeliveryState.CANCELLED, other.reason == STOPPED)
    facts = {"state": DeliveryState.CANCELLED, "settled_at": now, "reason": STOPPED}
    _count(session, update(Delivery).where(*back, stopped).values(facts))


def doubt(session: Session, delivery_id: int, *, now: datetime) -> None:
    """Settle a delivery that may or may not have arrived: sent again once at most, then parked and shown.

    A reply on the spot is not sent again: the person will ask.
    """
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.state not in (DeliveryState.SENDING, DeliveryState.AMBIGUOUS):
        return
    if delivery.resends >= MAX_RESENDS or delivery.crashes + delivery.resends >= MAX_COPIES - 1:
        delivery.state, delivery.settled_at, delivery.reason = DeliveryState.PARKED, now, IN_DOUBT[0]
        return
    delivery.state, delivery.resends, delivery.not_before = DeliveryState.QUEUED, delivery.resends + 1, now
    session.flush()
    _as_the_others(session, [delivery_id], now)


def recover(session: Session, *, now: datetime) -> int:
    """Queue again what a crash left in flight; returns how many there were. Called once by a new leader.

    What was in flight at three crashes is parked: it may be what makes us fall. The coordinators hear of it.
    Before its last try it rests, so that the others go first: an innocent is rarely caught a third time.
    """
    left = session.scalars(
        update(Delivery).where(Delivery.state == DeliveryState.SENDING)
        .values(state=DeliveryState.QUEUED, not_before=now, crashes=Delivery.crashes + 1)
        .returning(Delivery.id).execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    if not left:
        return 0
    session.execute(
        update(Delivery).where(Delivery.id.in_(left), Delivery.crashes + Delivery.resends == MAX_COPIES - 1)
        .values(not_before=now + RESTS).execution_options(synchronize_session=False)
    )  # fmt: skip
    parked = session.scalars(
        update(Delivery).where(Delivery.id.in_(left), Delivery.crashes + Delivery.resends >= MAX_COPIES)
        .values(state=DeliveryState.PARKED, settled_at=now, reason=IN_DOUBT[1])
        .returning(Delivery.id).execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    _as_the_others(session, left, now)
    for delivery_id in parked:
        _tell_parked(session, delivery_id, now)
    return len(left)


def _tell_parked(session: Session, delivery_id: int, now: datetime) -> None:
    """A message was put aside because the program fell with it: each coordinator hears of it once."""
    asked = select(Member.id, Member.telegram_id).where(Member.role == Role.COORDINATOR, Member.is_reachable)
    for member_id, chat_id in session.execute(asked):
        put(
            session, chat_id=chat_id, member_id=member_id, view="outbox.parked", lane=Lane.REMINDER, now=now,
            values={"delivery_id": delivery_id}, dedupe_key=f"outbox.parked:{delivery_id}:{chat_id}",
        )  # fmt: skip


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
    """Drop what is queued or held back for a chat of the kinds one can do without; answers, duties and alarms still go."""
    unasked = or_(*(Delivery.view.like(f"{feature}.%") for feature in UNASKED))
    waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
    session.execute(
        update(Delivery)
        .where(Delivery.chat_id == chat_id, waiting, Delivery.lane > Lane.REPLY, unasked)
        .values(state=DeliveryState.CANCELLED, settled_at=now, reason="stop")
    )


def may_still_go(session: Session, delivery: Delivery | Parcel) -> bool:
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
    """Let every copy of a message show how things are now, where it stands or once it has arrived.

    The change stands behind its copy in the chat. A copy that waits has one too: the worker may be taking it while we look.
    """
    copies = select(Delivery).where(Delivery.view == view, Delivery.subject_id == subject_id, Delivery.state.in_(SHOWS_IT))
    for copy in session.scalars(copies.order_by(Delivery.id)).all():
        put(session, chat_id=copy.chat_id, view=view, lane=Lane.REMINDER, now=now, values={**copy.values, "redraws": copy.id})


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


_SOONEST = select(
    select(func.min(Delivery.not_before)).where(Delivery.state == DeliveryState.QUEUED).scalar_subquery(),
    select(func.min(Pause.until)).where(Pause.until > bindparam("now", type_=Pause.until.type)).scalar_subquery(),
)


def next_due_at(session: Session, *, now: datetime) -> datetime | None:
    """Return when the worker has to look again; None when nothing waits."""
    found = session.execute(_SOONEST, {"now": now}).one()
    soonest, pause_ends = cast("tuple[datetime | None, datetime | None]", tuple(found))
    if soonest is None:
        return None
    return max(soonest, now + timedelta(seconds=1), pause_ends or soonest)


def purge(session: Session, *, before: datetime, lasting_before: datetime) -> None:
    """Forget deliveries settled before then; what is LASTING, before `lasting_before`: who got what is not kept for ever.

    A visit is of no more use once it is purged: what was said of it lasts no longer than the rest, for people's safety.
    """
    is_lasting = Delivery.view.in_(LASTING)
    purged = select(Delegation.id).where(Delegation.purged_at < before)
    is_past = Delivery.view.like("delegations.%") & Delivery.subject_id.in_(purged)
    is_due = or_(Delivery.settled_at < lasting_before, ~is_lasting, is_past)
    session.execute(delete(Delivery).where(Delivery.settled_at < before, is_due))


def pauses(session: Session) -> dict[int, datetime]:
    """Return chat → until when it wants silence."""
    return {row.chat_id: row.until for row in session.scalars(select(Pause))}
