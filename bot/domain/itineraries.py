"""Stops of a visit: when one is there, what hangs on what, what a delay moves and what it makes absurd.

Time hangs on things: a stop that hangs on another keeps its distance and moves with it; one that stands by itself does not,
and is shown as a question when it has become impossible. It is never moved silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot import dates
from bot.errors import NotFound, Refusal
from bot.visits import Flight, StopPlan, VisitPlan
from db.models import Claim, ClaimState, Delegation, DelegationState, Member, Stop, StopState, Task

FLIGHTS = ("flight", "flight_back")
BUSY = timedelta(hours=2)  # how long a task is taken to last
MINUTES_A_DAY = 1440
HELD = (ClaimState.HELD, ClaimState.SEEKING)


def stops(session: Session, delegation_id: int) -> list[Stop]:
    """Return the stops of a visit, in order."""
    rows = select(Stop).where(Stop.delegation_id == delegation_id).order_by(Stop.position, Stop.id)
    return list(session.scalars(rows))


def found(session: Session, stop_id: int) -> Stop:
    """Return a stop; raises NotFound."""
    stop = session.get(Stop, stop_id)
    if stop is None:
        raise NotFound("errors.old_button")
    return stop


def zone_of(session: Session, stop: Stop, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the clock a stop goes by: its own, that of where the visit arrives, or else `otherwise`."""
    arrival = next((one for one in stops(session, stop.delegation_id) if one.kind == "flight"), None)
    key = stop.time_zone or (arrival.time_zone if arrival else None)
    return ZoneInfo(key) if key else otherwise


def tasks(session: Session, *which: ColumnElement[bool]) -> list[tuple[Task, Stop]]:
    """Return what there is to do of the tasks `which` holds for, each with its stop, in the order of its hours."""
    rows = session.execute(
        select(Task, Stop).join(Stop, Stop.id == Task.stop_id).where(*which, Task.is_cancelled.is_(False))
        .order_by(Stop.position, Task.offset_minutes, Task.id)
    )  # fmt: skip
    return [(task, stop) for task, stop in rows]


def due_at(task: Task, stop: Stop) -> datetime | None:
    """Return when a task is to be done: aware, UTC; None while its stop has no hour."""
    return stop.at + timedelta(minutes=task.offset_minutes) if stop.at else None


# ---- built
def begin(session: Session, delegation: Delegation, plan: VisitPlan) -> None:
    """Give a visit the stops of its plan, without hours yet."""
    for position, one in enumerate((*plan.stops, *plan.back)):
        add(session, delegation, one, position * 10)


def add(session: Session, delegation: Delegation, plan: StopPlan, position: int) -> Stop:
    """Add one stop with its tasks."""
    stop = Stop(delegation_id=delegation.id, position=position, kind=plan.kind, place=plan.place, state=StopState.PLANNED)
    session.add(stop)
    session.flush()
    for task in plan.tasks:
        session.add(Task(delegation_id=delegation.id, stop_id=stop.id, kind=task.kind, titles={}, offset_minutes=task.offset,
                         capacity=task.capacity, wants=list(task.wants)))  # fmt: skip
    session.flush()
    return stop


def fly(session: Session, delegation: Delegation, flight: Flight, plan: VisitPlan, *, is_back: bool) -> Stop:
    """Set a flight, and with it what hangs on it and what the plan puts on a day after it."""
    kind = "flight_back" if is_back else "flight"
    rows = stops(session, delegation.id)
    stop = next((one for one in rows if one.kind == kind), None)
    if stop is None:
        raise NotFound("errors.old_button")
    stop.number, stop.leaves_from, stop.place = flight.number, flight.origin.name, flight.target.name
    stop.leaves_wall, stop.leaves_zone = dates.written(flight.leaves), flight.origin.time_zone.key
    stop.leaves_at = flight.leaves_at
    if stop.state == StopState.CANCELLED:  # another ticket takes the place of the flight that was cancelled
        stop.state = StopState.PLANNED
    _be_at(stop, flight.lands, flight.target.time_zone)
    _follow(rows, stop)  # a ticket that was changed takes along what hangs on it
    plans = {one.kind: one for one in (plan.back if is_back else plan.stops)}
    for one in rows:
        planned = plans.get(one.kind)
        if planned is None or one.id == stop.id or one.at is not None:
            continue
        _plan_hour(rows, one, planned, stop, is_back=is_back)
    return stop


def _plan_hour(rows: Sequence[Stop], one: Stop, planned: StopPlan, flight: Stop, *, is_back: bool) -> None:
    """Hang a stop on the flight, or put it on its day; on the way back time is counted from leaving."""
    origin = flight.leaves_at if is_back else flight.at
    zone = ZoneInfo((flight.leaves_zone if is_back else flight.time_zone) or "UTC")
    if origin is None:
        return
    if planned.gap is not None:
        one.hangs_on = flight.id
        _hang(one, flight, planned.gap if not is_back else planned.gap - _flies(flight), zone)
    elif planned.day is not None:
        day = origin.astimezone(zone).date() + timedelta(days=planned.day)
        hour = dates.read_hour(planned.hour)
        if hour is not None:
            _be_at(one, dates.Wall(day, hour), zone)


def _flies(flight: Stop) -> int:
    """Return how long a flight lasts, in minutes."""
    return int((flight.at - flight.leaves_at).total_seconds() // 60) if flight.at and flight.leaves_at else 0


def _hang(stop: Stop, on: Stop, gap: int, zone: ZoneInfo) -> None:
    stop.gap_minutes = gap
    if on.at is not None:
        _show(stop, on.at + timedelta(minutes=gap), zone)


def _be_at(stop: Stop, wall: dates.Wall, zone: ZoneInfo) -> None:
    """Mean this hour on this clock."""
    stop.wall, stop.time_zone, stop.at = dates.written(wall), zone.key, dates.first_instant(wall, zone)


def _show(stop: Stop, at: datetime, zone: ZoneInfo) -> None:
    """Be there at an instant, whatever the clock of the place then shows."""
    stop.at, stop.time_zone = at, zone.key
    stop.wall = dates.written(dates.wall_of(at.astimezone(zone).replace(tzinfo=None)))


def put(session: Session, stop: Stop, wall: dates.Wall, zone: ZoneInfo) -> list[Moved]:
    """Give a stop an hour of its own: it hangs on nothing any more; what hangs on it follows. Returns what has moved.

    Raises Refusal for a gap of the clock, and for a flight: that has two hours, and is late or has another ticket.
    """
    if stop.kind in FLIGHTS:
        raise Refusal("delegations.is_a_flight")
    if dates.is_gap(wall, zone):
        raise Refusal("dates.gap")
    before = stop.at
    stop.hangs_on, stop.gap_minutes = None, 0
    _be_at(stop, wall, zone)
    return _as_moved([(stop, before), *_follow(stops(session, stop.delegation_id), stop)])


def _as_moved(found_: Sequence[tuple[Stop, datetime | None]]) -> list[Moved]:
    return [Moved(one, was, one.at) for one, was in found_ if was is not None and one.at is not None and was != one.at]


def hang(session: Session, stop: Stop) -> None:
    """Let a stop hang on the one before it, as far from it as it is now. Raises Refusal where there is nothing to hang on."""
    before = [one for one in stops(session, stop.delegation_id) if one.position < stop.position and one.at is not None]
    if not before or stop.at is None or before[-1].at is None:
        raise Refusal("delegations.nothing_before")
    stop.hangs_on = before[-1].id
    stop.gap_minutes = int((stop.at - before[-1].at).total_seconds() // 60)


def _follow(rows: Sequence[Stop], moved: Stop) -> list[tuple[Stop, datetime | None]]:
    """Move all that hangs on a stop, and all that hangs on that; returns each with where it was."""
    found_: list[tuple[Stop, datetime | None]] = []
    for one in rows:
        if one.hangs_on == moved.id and moved.at is not None and one.state != StopState.DONE:
            was = one.at
            _show(one, moved.at + timedelta(minutes=one.gap_minutes), ZoneInfo(one.time_zone or moved.time_zone or "UTC"))
            found_ += [(one, was), *_follow(rows, one)]
    return found_


# ---- delayed
@dataclass(frozen=True)
class Moved:
    """A stop that moves: where it was, where it is now."""

    stop: Stop
    before: datetime
    after: datetime

    @property
    def is_another_day(self) -> bool:
        """Tell whether it falls on another date on the clock of its place."""
        zone = ZoneInfo(self.stop.time_zone or "UTC")
        return self.before.astimezone(zone).date() != self.after.astimezone(zone).date()


@dataclass(frozen=True)
class Conflict:
    """What has become absurd: a fixed stop that now comes before what must come first, or somebody in two places."""

    stop: Stop
    other: Stop | None = None
    member: Member | None = None


def delay(session: Session, stop: Stop, minutes: int) -> list[Moved]:
    """Move a stop by so many minutes, and all that hangs on it; returns what moved, this one first. Raises Refusal."""
    if stop.at is None:
        raise Refusal("delegations.no_hour")
    if stop.state != StopState.PLANNED:
        raise Refusal("delegations.stop_over")
    before, zone = stop.at, ZoneInfo(stop.time_zone or "UTC")
    if minutes % MINUTES_A_DAY == 0 and stop.wall:  # another day at the same hour on the wall, whatever the clocks do
        _be_at(stop, dates.wall_of(dates.unwritten(stop.wall) + timedelta(minutes=minutes)), zone)
    else:
        _show(stop, before + timedelta(minutes=minutes), zone)
    if stop.leaves_at is not None:
        stop.leaves_at += timedelta(minutes=minutes)
        origin = ZoneInfo(stop.leaves_zone or "UTC")
        stop.leaves_wall = dates.written(dates.wall_of(stop.leaves_at.astimezone(origin).replace(tzinfo=None)))
    followed = _follow(stops(session, stop.delegation_id), stop)
    session.flush()
    return _as_moved([(stop, before), *followed])


def conflicts(session: Session, delegation_id: int) -> list[Conflict]:
    """Return what cannot be as it stands: stops out of order, and people who would be in two places at once."""
    rows = [one for one in stops(session, delegation_id) if one.state == StopState.PLANNED and one.at is not None]
    found_: list[Conflict] = []
    latest: Stop | None = None
    for one in rows:
        begins = one.leaves_at or one.at
        if latest is not None and latest.at is not None and begins is not None and begins < latest.at:
            found_.append(Conflict(one, other=latest))
        if latest is None or (one.at is not None and latest.at is not None and one.at > latest.at):
            latest = one
    return found_ + _double_booked(session, delegation_id)


def _double_booked(session: Session, delegation_id: int) -> list[Conflict]:
    """Return who holds two tasks at different stops within two hours, of whichever visits."""
    rows = session.execute(
        select(Claim, Task, Stop).join(Task, Task.id == Claim.task_id).join(Stop, Stop.id == Task.stop_id)
        .join(Delegation, Delegation.id == Task.delegation_id)
        .where(Claim.state.in_(HELD), Task.is_cancelled.is_(False), Stop.state == StopState.PLANNED, Stop.at.is_not(None),
               Delegation.state.in_((DelegationState.DRAFT, DelegationState.OPEN)))
    ).all()  # fmt: skip
    by_member: dict[int, list[tuple[datetime, Stop]]] = {}
    for claim, task, stop in rows:
        at = due_at(task, stop)
        if at is not None:
            by_member.setdefault(claim.member_id, []).append((at, stop))
    found_ = []
    for member_id, held in by_member.items():
        held.sort(key=lambda one: one[0])
        for (first_at, first), (next_at, following) in pairwise(held):
            concerns = delegation_id in (first.delegation_id, following.delegation_id)
            if concerns and first.id != following.id and next_at - first_at < BUSY:
                found_.append(Conflict(following, other=first, member=session.get(Member, member_id)))
    return found_
