"""How well the bot is: in plain numbers for whoever runs it, and what must always hold, checked on a living database.

What it cannot know from the tables (whether Telegram answers) it tells from what arrived last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select, text, update
from sqlalchemy.orm import Session

from bot.domain import marks, outbox, policy
from bot.domain.policy import Role
from db.models import (
    Claim,
    ClaimState,
    DeadLetter,
    Delivery,
    DeliveryState,
    InboxUpdate,
    Lane,
    Leadership,
    Meeting,
    Member,
    Occurrence,
    Pause,
    Rsvp,
    Task,
)

RESTORED, ALARM = "health.restored", "health.alarm"
CAUSES = ("deaf", "queue", "backup", "disk", "clock", "silence", "aside", "rival")
DOOR = "door"  # the cause that is told when it is over: while it lasts nothing can be sent
BACKUP, LOCKED_OUT, PUT_BACK = "backup", "shut out", "restored"
WAITS_TOO_LONG = timedelta(minutes=15)
FLIES_TOO_LONG = timedelta(minutes=10)
SILENT_TOO_LONG = timedelta(hours=1)
JUST_NOW = timedelta(minutes=5)
BACKUP_IS_OLD = timedelta(hours=26)
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # no clock shows an earlier day than the program was written on


@dataclass(frozen=True)
class Health:
    """What arrived last and when, what is due and since when, what was put aside, when the last copy was verified.

    `silent_until` is when the longest silence ends that Telegram asks for, towards one chat or all of them; `buried_at` when an
    update was put aside last.
    """

    received_at: datetime | None
    due: int
    due_since: datetime | None
    put_aside: int
    backed_up_at: datetime | None
    silent_until: datetime | None = None
    buried_at: datetime | None = None

    def is_stuck(self, now: datetime) -> bool:
        """Tell whether something has waited too long to be sent."""
        return self.due_since is not None and now - self.due_since > WAITS_TOO_LONG

    def is_silent(self, now: datetime) -> bool:
        """Tell whether Telegram asks for a silence that people notice."""
        return self.silent_until is not None and self.silent_until - now > SILENT_TOO_LONG

    def has_just_buried(self, now: datetime) -> bool:
        """Tell whether something that came a moment ago could not be handled."""
        return self.buried_at is not None and now - self.buried_at < JUST_NOW

    def is_backup_old(self, now: datetime) -> bool:
        """Tell whether the last copy is more than a day old, or there is none."""
        return self.backed_up_at is None or now - self.backed_up_at > BACKUP_IS_OLD


@dataclass(frozen=True)
class Check:
    """Something that must hold: its name, how many break it, what to do then."""

    name: str
    broken: int
    cure: str

    @property
    def holds(self) -> bool:
        """Tell whether all is well."""
        return self.broken == 0


def _health() -> Select[Any]:
    """Build the question how the bot is: put at every tick, so it is one, and built once."""
    now = bindparam("now", type_=Delivery.not_before.type)
    paused = select(Pause.chat_id).where(Pause.until > now)
    due = (Delivery.state == DeliveryState.QUEUED, Delivery.not_before <= now, Delivery.chat_id.not_in(paused))
    asked = (
        select(func.count()).where(*due), select(func.min(Delivery.not_before)).where(*due),
        select(func.max(InboxUpdate.received_at)), select(func.count()).where(Delivery.state == DeliveryState.PARKED),
        select(func.count()).select_from(DeadLetter), select(func.max(Pause.until)).where(Pause.until > now),
        select(func.max(DeadLetter.died_at)),
    )  # fmt: skip
    return select(*(one.scalar_subquery() for one in asked))


_HEALTH = _health()


def of(session: Session, *, now: datetime) -> Health:
    """Return how the bot is."""
    count, since, heard_at, aside, dead, silent_until, buried_at = session.execute(_HEALTH, {"now": now}).one()
    copies = marks.last(session, BACKUP)
    return Health(heard_at, int(count), since, aside + dead, max(copies.values(), default=None), silent_until, buried_at)


# ---- what must always hold
def checks(session: Session, *, now: datetime) -> list[Check]:
    """Return what must hold on a living database, each with how many break it."""
    found = of(session, now=now)
    return [
        Check("database", _damaged(session), "restore the last backup: ./run restore FILE"),
        Check("clock", int(now < EARLIEST), "set the machine's clock"),
        Check("coordinator", int(not _number(session, select(func.count()).where(Member.role == Role.COORDINATOR))),
              "name one in COORDINATOR_IDS and start anew"),
        Check("in_flight", _number(session, _left_in_flight(session, now)), "start the bot: it settles them"),
        Check("updates", _number(session, _unhandled(now)), "read the log: a message was received and never handled"),
        Check("queue", int(found.is_stuck(now)), "is the bot running, and does Telegram answer?"),
        Check("seats", len(_overbooked(session)), "more are seated than there are seats; open the meeting"),
        Check("tasks", len(_double_claimed(session)), "more hold a task than it wants; open the visit"),
        Check("backup", int(found.is_backup_old(now)), "make one: ./run backup"),
    ]  # fmt: skip


def _number(session: Session, counted: Select[int]) -> int:
    return session.scalar(counted) or 0


def _damaged(session: Session) -> int:
    """Return how many faults SQLite finds in its file; PostgreSQL looks after its own."""
    if session.get_bind().dialect.name != "sqlite":
        return 0
    whole = [row[0] for row in session.execute(text("PRAGMA integrity_check"))]
    orphans = session.execute(text("PRAGMA foreign_key_check")).all()
    return len([line for line in whole if line != "ok"]) + len(orphans)


def _left_in_flight(session: Session, now: datetime) -> Select[int]:
    epoch = session.scalar(select(Leadership.epoch)) or 0
    flies = Delivery.state == DeliveryState.SENDING
    return select(func.count()).where(flies, (Delivery.epoch < epoch) | (Delivery.claimed_at < now - FLIES_TOO_LONG))


def _unhandled(now: datetime) -> Select[int]:
    return select(func.count()).where(InboxUpdate.done_at.is_(None), InboxUpdate.received_at < now - WAITS_TOO_LONG)


def _overbooked(session: Session) -> list[int]:
    seated = (
        select(Rsvp.meeting_id).join(Meeting, Meeting.id == Rsvp.meeting_id)
        .where(Rsvp.answer == "yes", Rsvp.waiting_since.is_(None), Meeting.capacity.is_not(None))
        .group_by(Rsvp.meeting_id, Meeting.capacity).having(func.sum(Rsvp.persons) > Meeting.capacity)
    )  # fmt: skip
    return list(session.scalars(seated))


def _double_claimed(session: Session) -> list[int]:
    held = (
        select(Claim.task_id).join(Task, Task.id == Claim.task_id)
        .where(Claim.state.in_((ClaimState.HELD, ClaimState.SEEKING)))
        .group_by(Claim.task_id, Task.capacity).having(func.count() > Task.capacity)
    )  # fmt: skip
    return list(session.scalars(held))


# ---- alarms
def alarm(session: Session, cause: str, *, now: datetime, until: datetime | None = None) -> None:
    """Tell the coordinators of a cause, at most once an hour; an old copy once a day. By night it waits for the morning.

    `until` says when it is over, where that is known.
    """
    every = timedelta(days=1) if cause == "backup" else timedelta(hours=1)
    key = f"{ALARM}:{cause}:{int(now.timestamp() // every.total_seconds())}"
    if session.get(Occurrence, key) is not None:
        return
    session.add(Occurrence(key=key, fired_at=now))
    facts = {"cause": cause, **({"until": until.isoformat()} if until else {})}
    for member in session.scalars(select(Member).where(Member.role == Role.COORDINATOR, Member.is_reachable)).all():
        outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view=ALARM, lane=Lane.REMINDER, now=now,
                   values=facts, expires_at=now + every)  # fmt: skip


def locked_out(session: Session, *, now: datetime) -> None:
    """Remember that Telegram refuses our token: nobody can be told before there is another."""
    marks.only(session, LOCKED_OUT, "", now=now)


def let_in_again(session: Session, *, now: datetime) -> None:
    """Tell the coordinators, once, that Telegram had refused our token."""
    if marks.has(session, LOCKED_OUT, ""):
        marks.forget(session, LOCKED_OUT)
        alarm(session, DOOR, now=now)


# ---- after a restore
def hold_all(session: Session, *, now: datetime) -> int:
    """Keep back all that a restored copy would send once more, until somebody says what becomes of it. Returns how many."""
    open_ = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.AMBIGUOUS)
    outbox_rows = (
        update(Delivery).where(Delivery.state.in_(open_)).values(state=DeliveryState.HELD, reason=RESTORED, claimed_at=None)
    )
    session.execute(outbox_rows)
    marks.only(session, PUT_BACK, "", now=now)
    return held(session)


def was_put_back(session: Session) -> bool:
    """Tell whether a copy was put back, and nobody has been asked yet what becomes of what it would send."""
    return marks.has(session, PUT_BACK, "")


def ask(session: Session, *, now: datetime) -> None:
    """Keep back what has become due since the copy was made as well, and ask the coordinators what becomes of it all."""
    waiting = hold_all(session, now=now)
    marks.forget(session, PUT_BACK)
    for member in session.scalars(select(Member).where(Member.role == Role.COORDINATOR, Member.is_reachable)).all():
        outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view=RESTORED, lane=Lane.URGENT, now=now,
                   values={"number": waiting})  # fmt: skip


def held(session: Session) -> int:
    """Return how many messages of a restored copy wait for a coordinator's word."""
    return _number(session, select(func.count()).where(Delivery.state == DeliveryState.HELD, Delivery.reason == RESTORED))


def let_go(session: Session, actor: Member, *, sends: bool, now: datetime) -> int:
    """Send what a restored copy kept back, or drop it; returns how many. What has expired since is not sent."""
    policy.require(actor.role, "health.release")
    number = held(session)
    state = DeliveryState.QUEUED if sends else DeliveryState.CANCELLED
    kept = (Delivery.state == DeliveryState.HELD, Delivery.reason == RESTORED)
    settled = None if sends else now
    session.execute(update(Delivery).where(*kept).values(state=state, settled_at=settled, reason=None if sends else RESTORED))
    return number
