"""Delegations: prepared by two people far apart, opened to a welcome team, delayed in one tap, closed when all are safe.

The team's card is a delivery of the view CARD whose subject is the visit: one pinned message each, edited in place. What
everybody may know is the view PUBLIC. Names, hours and phones are the team's alone, and are purged a week after the end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from bot import dates
from bot.domain import announcements, audiences, audit, broadcasts, itineraries, members, outbox, policy, quiet, task_calls
from bot.domain.announcements import Content
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.domain.itineraries import Moved
from bot.errors import NotAllowed, NotFound, Refusal, Taken
from bot.visits import Flight, VisitPlan
from db.models import (
    Claim,
    ClaimState,
    Delegation,
    DelegationState,
    Delivery,
    DeliveryState,
    Lane,
    Member,
    Occurrence,
    Stop,
    StopState,
    Task,
    TeamMember,
)

NEWS, CARD_BELOW, LEFT_TEAM, FLIGHT_OFF = (
    "delegations.news", "delegations.card_below", "delegations.left_team", "delegations.flight_off",
)  # fmt: skip
CARD, EDIT, PUBLIC, PUBLIC_EDIT, DELAYED, ARRIVED, CANCELLED, CLOSED = (
    "delegations.card", "delegations.edit", "delegations.public", "delegations.public_edit", "delegations.delayed",
    "delegations.arrived", "delegations.cancelled", "delegations.closed",
)  # fmt: skip
PURGED_AFTER = timedelta(days=7)
FORGOTTEN_DRAFT = timedelta(days=90)
LONGEST_NOTE, LONGEST_TRAVELLERS, LONGEST_PROGRAMME, MOST_PERSONS, LONGEST_TITLE = 200, 600, 2000, 200, 80
LISTED = 6


# ---- finding
def found(session: Session, delegation_id: int, *, locks: bool = False) -> Delegation:
    """Return a visit; raises NotFound."""
    delegation = session.get(Delegation, delegation_id, populate_existing=True, with_for_update=locks or None)
    if delegation is None:
        raise NotFound("delegations.not_found")
    return delegation


def is_in_team(session: Session, member: Member, delegation_id: int) -> bool:
    """Tell whether somebody welcomes this visit."""
    return session.get(TeamMember, (delegation_id, member.id)) is not None


def sees(session: Session, member: Member, delegation: Delegation) -> bool:
    """Tell whether somebody may read the itinerary: the team, and who coordinates."""
    is_inside = policy.may(member.role, "delegations.welcome")
    return policy.may(member.role, "delegations.write") or (is_inside and is_in_team(session, member, delegation.id))


def require_team(session: Session, member: Member, delegation_id: int) -> Delegation:
    """Return a visit to who may read its itinerary. Raises NotFound for anybody else, as if there were none."""
    delegation = found(session, delegation_id)
    if not sees(session, member, delegation):
        raise NotFound("delegations.not_found")
    return delegation


def listed(session: Session, actor: Member) -> list[Delegation]:
    """Return visits in preparation and under way that somebody may read, the last changed first."""
    rows = select(Delegation).where(Delegation.state.in_((DelegationState.DRAFT, DelegationState.OPEN)))
    return [one for one in session.scalars(rows.order_by(Delegation.changed_at.desc())) if sees(session, actor, one)][:LISTED]


def coming(session: Session, *, now: datetime) -> Delegation | None:
    """Return the next visit everybody may know of, or the one that is here."""
    today = now.date()
    rows = select(Delegation).where(Delegation.state == DelegationState.OPEN)
    found_ = session.scalars(rows.order_by(Delegation.arrives_on.is_(None), Delegation.arrives_on, Delegation.id)).all()
    return next((one for one in found_ if (one.leaves_on or one.arrives_on or today) >= today), None)


def last(session: Session) -> Delegation | None:
    """Return the last visit that is over. Source of « when did the last delegation come? »."""
    rows = select(Delegation).where(Delegation.state == DelegationState.CLOSED, Delegation.arrives_on.is_not(None))
    return session.scalar(rows.order_by(Delegation.arrives_on.desc(), Delegation.id.desc()).limit(1))


def team(session: Session, delegation_id: int) -> list[Member]:
    """Return the welcome team, by name."""
    rows = select(Member).join(TeamMember, TeamMember.member_id == Member.id).where(TeamMember.delegation_id == delegation_id)
    return list(session.scalars(rows.order_by(Member.first_name, Member.id)))


# ---- prepared
def begin(session: Session, actor: Member, direction: str, plan: VisitPlan, *, now: datetime) -> Delegation:
    """Begin a visit in one direction, with the stops and tasks of its plan."""
    policy.require(actor.role, "delegations.write")
    delegation = Delegation(direction=direction, author_id=actor.id, state=DelegationState.DRAFT, titles={}, places=[],
                            made_at=now, changed_at=now)  # fmt: skip
    session.add(delegation)
    session.flush()
    itineraries.begin(session, delegation, plan)
    return delegation


def _open_to_change(session: Session, actor: Member, delegation_id: int) -> Delegation:
    """Return a visit that may still be changed, to a coordinator or its team. Raises Taken when it is over."""
    delegation = found(session, delegation_id, locks=True)
    if not sees(session, actor, delegation):
        raise NotFound("delegations.not_found")
    if delegation.state not in (DelegationState.DRAFT, DelegationState.OPEN):
        raise Taken("delegations.is_over")
    return delegation


def touched(delegation: Delegation, now: datetime) -> Delegation:
    """Note that cards no longer show what is true."""
    delegation.changed_at, delegation.version = now, delegation.version + 1
    delegation.is_stale = delegation.state == DelegationState.OPEN
    return delegation


def set_words(
    session: Session, actor: Member, delegation_id: int, what: str, text: str, *, language: str = "", now: datetime
) -> Delegation:
    """Write its title in a language, who comes, or the programme. Raises Refusal for what is too long."""
    delegation = _open_to_change(session, actor, delegation_id)
    longest = {"title": LONGEST_TITLE, "travellers": LONGEST_TRAVELLERS, "programme": LONGEST_PROGRAMME}[what]
    if not text.strip() or len(text) > longest:
        raise Refusal("meetings.title_too_long", longest=longest)
    if what == "title":
        delegation.titles = {**delegation.titles, language: " ".join(text.split())}
    else:
        setattr(delegation, what, text.strip())
    return touched(delegation, now)


def set_programme_file(session: Session, actor: Member, delegation_id: int, file: tuple[str, str], *, now: datetime) -> None:
    """Keep the programme as a document (kind, file id)."""
    delegation = _open_to_change(session, actor, delegation_id)
    delegation.programme_file = list(file)
    touched(delegation, now)


def set_persons(
    session: Session, actor: Member, delegation_id: int, persons: int, women: int, *, now: datetime
) -> Delegation:
    """Say how many come, and how many of them are women. Raises Refusal for numbers that are none."""
    delegation = _open_to_change(session, actor, delegation_id)
    if not 1 <= persons <= MOST_PERSONS or not 0 <= women <= persons:
        raise Refusal("meetings.bad_number", most=MOST_PERSONS)
    delegation.persons, delegation.women = persons, women
    return touched(delegation, now)


def set_flight(
    session: Session, actor: Member, delegation_id: int, flight: Flight, plan: VisitPlan, *, is_back: bool, desk: Desk,
    now: datetime,
) -> Delegation:  # fmt: skip
    """Set the flight there or back; what hangs on it gets its hour. Another ticket is told as a delay is.

    Raises Refusal for a way back before the arrival.
    """
    delegation = _open_to_change(session, actor, delegation_id)
    day, was = delegation.arrives_on, {one.id: one.at for one in itineraries.stops(session, delegation.id)}
    off = [one.id for one in itineraries.stops(session, delegation.id) if one.state == StopState.CANCELLED]
    flight_stop = itineraries.fly(session, delegation, flight, plan, is_back=is_back)
    _dated(session, delegation)
    if delegation.arrives_on and delegation.leaves_on and delegation.leaves_on < delegation.arrives_on:
        raise Refusal("delegations.back_before")
    touched(delegation, now)
    moved = [Moved(one, before, one.at) for one in itineraries.stops(session, delegation.id)
             if (before := was[one.id]) is not None and one.at is not None and before != one.at]  # fmt: skip
    if flight_stop.id in off:  # whoever was told that they need not come is asked whether they still can
        outbox.stop(session, FLIGHT_OFF, delegation.id, now=now)
        if flight_stop in [one.stop for one in moved]:
            _ask_again(session, [flight_stop.id])
        else:
            task_calls.tell_on_again(session, delegation, Task.stop_id == flight_stop.id, actor=actor, desk=desk, now=now)
    _tell_moved(session, delegation, moved, day, actor, desk, now)
    return delegation


def _dated(session: Session, delegation: Delegation) -> None:
    """Note on which days it arrives and leaves, on the clocks there."""
    for stop in itineraries.stops(session, delegation.id):
        if stop.state == StopState.CANCELLED:
            continue
        if stop.kind == "flight" and stop.at:
            delegation.arrives_on = stop.at.astimezone(ZoneInfo(stop.time_zone or "UTC")).date()
        elif stop.kind == "flight_back" and stop.leaves_at:
            delegation.leaves_on = stop.leaves_at.astimezone(ZoneInfo(stop.leaves_zone or "UTC")).date()


def set_stop(
    session: Session, actor: Member, stop_id: int, *, wall: dates.Wall | None = None, zone: ZoneInfo | None = None,
    place: str | None = None, note: str | None = None, point: tuple[float, float] | None = None, hangs: bool = False,
    desk: Desk, now: datetime,
) -> Stop:  # fmt: skip
    """Change one stop: its hour (then it stands by itself), its place, a note, its point on the map; or let it hang."""
    stop = itineraries.found(session, stop_id)
    delegation = _open_to_change(session, actor, stop.delegation_id)
    if wall is not None and zone is not None:
        moved = itineraries.put(session, stop, wall, zone)
        _tell_moved(session, touched(delegation, now), moved, delegation.arrives_on, actor, desk, now)
    if hangs:
        itineraries.hang(session, stop)
    if place is not None:
        stop.place = " ".join(place.split())[:64]
    if note is not None:
        stop.note = note.strip()[:LONGEST_NOTE]
    if point is not None:
        stop.latitude, stop.longitude = point
    touched(delegation, now)
    return stop


def add_stop(session: Session, actor: Member, delegation_id: int, kind: str, *, now: datetime) -> Stop:
    """Add a stop before the way back."""
    delegation = _open_to_change(session, actor, delegation_id)
    rows = itineraries.stops(session, delegation_id)
    ends = [one.position for one in rows if one.kind in ("farewell", "flight_back")]
    back = ends[0] if ends else (rows[-1].position + 10 if rows else 0)
    stop = Stop(delegation_id=delegation_id, position=back - 1, kind=kind, state=StopState.PLANNED)
    session.add(stop)
    session.flush()
    touched(delegation, now)
    return stop


# ---- the team
def invite_to_team(session: Session, actor: Member, delegation_id: int, member_id: int, *, now: datetime) -> Member:
    """Name somebody for the welcome team: their card comes, pinned. Raises NotFound, NotAllowed for who is no member."""
    policy.require(actor.role, "delegations.write")
    delegation = _open_to_change(session, actor, delegation_id)
    member = members.found(session, member_id)
    if not policy.may(member.role, "delegations.welcome"):
        raise NotAllowed("errors.not_allowed")
    join(session, delegation, member, now=now)
    audit.note(session, actor, "delegations.team", f"delegation {delegation.id} member {member.id}", now=now)
    return member


def in_or_out(
    session: Session, actor: Member, delegation_id: int, member_id: int, *, desk: Desk, now: datetime
) -> Member:
    """Name somebody for the team, or take them out again: then what they held is free, and they hear so.

    Raises as `invite_to_team`.
    """
    member = members.found(session, member_id)
    if not is_in_team(session, member, delegation_id):
        return invite_to_team(session, actor, delegation_id, member_id, now=now)
    policy.require(actor.role, "delegations.write")
    _open_to_change(session, actor, delegation_id)
    delegation = found(session, delegation_id)
    session.execute(delete(TeamMember).where(TeamMember.delegation_id == delegation_id, TeamMember.member_id == member.id))
    theirs = select(Task.id).where(Task.delegation_id == delegation_id)
    held = (Claim.member_id == member.id, Claim.task_id.in_(theirs), Claim.state.in_(itineraries.HELD))
    session.execute(update(Claim).where(*held).values(state=ClaimState.FREED, ended_at=now))
    touched(delegation, now)
    if delegation.state == DelegationState.OPEN and member.is_reachable:
        outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view=LEFT_TEAM, lane=Lane.URGENT, now=now,
                   not_before=quiet.opens_at(now, desk.night(member)), subject_id=delegation.id)  # fmt: skip
    return member


def join(session: Session, delegation: Delegation, member: Member, *, now: datetime) -> None:
    """Take somebody into the team; once it is open they get its card."""
    if is_in_team(session, member, delegation.id):
        return
    session.add(TeamMember(delegation_id=delegation.id, member_id=member.id, joined_at=now))
    session.flush()
    if delegation.state == DelegationState.OPEN:
        give_card(session, delegation, member, now=now)
    touched(delegation, now)


def give_card(session: Session, delegation: Delegation, member: Member, *, now: datetime) -> None:
    """Send somebody the card, once: from then on it is kept true in place. A draft has none yet."""
    if delegation.state == DelegationState.DRAFT:
        return
    outbox.put(
        session, chat_id=member.telegram_id, member_id=member.id, view=CARD, lane=Lane.REMINDER, now=now,
        subject_id=delegation.id, dedupe_key=f"{CARD}:{delegation.id}:{member.telegram_id}",
    )  # fmt: skip


def give_card_again(session: Session, delegation: Delegation, member: Member, *, now: datetime) -> None:
    """Somebody has lost their card: they get it anew, and the one that stands further up, if it does, says so."""
    lost = broadcasts.copies_in(session, CARD, delegation.id, [member.telegram_id]).get(member.telegram_id)
    if lost is None or lost.message_id is None:
        give_card(session, delegation, member, now=now)
        return
    lost.state = DeliveryState.CANCELLED  # it is not kept true any more
    session.flush()
    outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view=CARD_BELOW, lane=Lane.URGENT, now=now,
               values={"message_id": lost.message_id})  # fmt: skip
    outbox.put(
        session, chat_id=member.telegram_id, member_id=member.id, view=CARD, lane=Lane.URGENT, now=now,
        subject_id=delegation.id, dedupe_key=f"{CARD}:{delegation.id}:{member.telegram_id}:{lost.id}",
    )  # fmt: skip


def open_(session: Session, actor: Member, delegation_id: int, *, now: datetime) -> Delegation:
    """Let the team work: everybody of it gets the card. Raises Refusal without a flight or without people."""
    policy.require(actor.role, "delegations.write")
    delegation = found(session, delegation_id, locks=True)
    if delegation.state != DelegationState.DRAFT:
        raise Taken("delegations.is_open")
    if delegation.arrives_on is None:
        raise Refusal("delegations.no_flight")
    if not delegation.persons:
        raise Refusal("delegations.no_persons")
    delegation.state, delegation.opened_at = DelegationState.OPEN, now
    touched(delegation, now)
    for member in team(session, delegation.id):
        give_card(session, delegation, member, now=now)
    audit.note(session, actor, "delegations.opened", f"delegation {delegation.id}", now=now)
    return delegation


def tell_members(session: Session, actor: Member, delegation_id: int, *, desk: Desk, now: datetime) -> int:
    """Tell every member that a visit comes, without names or hours; nobody twice. Returns how many. Raises Refusal."""
    policy.require(actor.role, "delegations.write")
    delegation = found(session, delegation_id, locks=True)
    if delegation.state != DelegationState.OPEN:
        raise Refusal("delegations.not_open")
    post = Post(PUBLIC, delegation.id, Lane.BROADCAST, author_id=actor.id, action="delegations.write", is_one_a_day=True)
    audit.note(session, actor, "delegations.announced", f"delegation {delegation.id}", now=now)
    return broadcasts.queue(session, _everybody(delegation), post, desk=desk, now=now, not_before=now)


def _everybody(delegation: Delegation) -> list[ColumnElement[bool]]:
    """Return whom a visit concerns: members who want to hear of visits."""
    return audiences.conditions(delegation)


def _in_team(delegation: Delegation) -> ColumnElement[bool]:
    return exists().where(TeamMember.delegation_id == delegation.id, TeamMember.member_id == Member.id)


# ---- on its way
def delay(
    session: Session, actor: Member, stop_id: int, minutes: int, *, desk: Desk, now: datetime
) -> list[Moved]:
    """Move a stop and all that hangs on it, in one act; those on the moved tasks hear first, the team next.

    The public hears only when the day of the arrival changes; then claims are asked again too. Raises Refusal, NotFound.
    """
    stop = itineraries.found(session, stop_id)
    delegation = _open_to_change(session, actor, stop.delegation_id)
    day = delegation.arrives_on
    moved = itineraries.delay(session, stop, minutes)
    _dated(session, delegation)
    _tell_moved(session, touched(delegation, now), moved, day, actor, desk, now)
    audit.note(session, actor, "delegations.delayed", f"stop {stop.id}", now=now)
    return moved


def _tell_moved(
    session: Session, delegation: Delegation, moved: Sequence[Moved], day: date | None, actor: Member, desk: Desk,
    now: datetime,
) -> None:  # fmt: skip
    """What moved is told to the team of an open visit, the first of it by name; another day asks claims again."""
    _ask_again(session, [one.stop.id for one in moved if one.is_another_day])
    if not moved or delegation.state != DelegationState.OPEN:
        return
    first = moved[0]
    values = {"stop_id": first.stop.id, "before": first.before.isoformat(), "after": first.after.isoformat()}
    _tell_team(session, delegation, DELAYED, values, [one.stop.id for one in moved], first.before, actor, desk, now)
    if delegation.arrives_on != day:
        broadcasts.queue_edits(session, (PUBLIC, delegation.id), PUBLIC_EDIT, wave=str(delegation.version), now=now)
        _tell_public(session, delegation, "delegations.moved", {"before": str(day)}, desk, now)


def _ask_again(session: Session, stop_ids: Collection[int]) -> None:
    """Let whoever holds a task of these stops say whether the other day suits them too."""
    theirs = select(Task.id).where(Task.stop_id.in_(stop_ids), Task.is_cancelled.is_(False))
    session.execute(
        update(Claim).where(Claim.task_id.in_(theirs), Claim.state == ClaimState.HELD).values(is_to_confirm=True)
    )


def _tell_team(
    session: Session, delegation: Delegation, view: str, values: dict[str, Any], stop_ids: Sequence[int],
    nearest: datetime, actor: Member, desk: Desk, now: datetime,
) -> None:  # fmt: skip
    """Those on the tasks first, on the urgent lane; then the rest of the team and whoever coordinates."""
    outbox.stop(session, view, delegation.id, now=now)
    is_soon = nearest - now < task_calls.SOON
    holds = exists().where(
        Claim.member_id == Member.id, Claim.state.in_(itineraries.HELD), Claim.task_id == Task.id, Task.stop_id.in_(stop_ids)
    )
    wave = str(delegation.version)
    first = Post(view, delegation.id, Lane.URGENT, values=values, wave=wave, wakes=is_soon)
    broadcasts.queue(session, [holds], first, desk=desk, now=now, not_before=now)
    rest = Post(view, delegation.id, Lane.REMINDER, values=values, wave=wave, wakes=is_soon)
    concerned = or_(_in_team(delegation), Member.role == "coordinator")
    broadcasts.queue(session, [concerned, ~holds, Member.id != actor.id], rest, desk=desk, now=now, not_before=now)


def _tell_public(
    session: Session, delegation: Delegation, view: str, values: dict[str, Any], desk: Desk, now: datetime
) -> None:
    """Tell those who were told that a visit comes; the team has heard more already."""
    told = exists().where(Delivery.view == PUBLIC, Delivery.subject_id == delegation.id,
                          Delivery.chat_id == Member.telegram_id, Delivery.state == DeliveryState.SENT)  # fmt: skip
    outbox.stop(session, view, delegation.id, now=now)
    post = Post(view, delegation.id, Lane.REMINDER, values=values, wave=str(delegation.version))
    broadcasts.queue(session, [told, ~_in_team(delegation)], post, desk=desk, now=now, not_before=now)


def arrived(session: Session, actor: Member, stop_id: int, *, desk: Desk, now: datetime) -> Delegation:
    """🛬: the stop is done; when it is the arrival, both shores hear it. Once, however often it is pressed."""
    stop = itineraries.found(session, stop_id)
    delegation = _open_to_change(session, actor, stop.delegation_id)
    if stop.state != StopState.PLANNED:
        return delegation
    stop.state, stop.done_at = StopState.DONE, now
    touched(delegation, now)
    if stop.kind in itineraries.FLIGHTS and delegation.state == DelegationState.OPEN:
        delegation.arrived_at = delegation.arrived_at or now
        post = Post(ARRIVED, delegation.id, Lane.URGENT, values={"stop_id": stop.id}, wave=str(stop.id))
        coordinates = Member.role == "coordinator"
        everybody = or_(_all(_everybody(delegation)), _in_team(delegation))
        broadcasts.queue(session, [coordinates], dataclasses.replace(post, wakes=True), desk=desk, now=now, not_before=now)
        broadcasts.queue(session, [everybody, ~coordinates], post, desk=desk, now=now, not_before=now)
    return delegation


def _all(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole = conditions[0]
    for one in conditions[1:]:
        whole = whole & one
    return whole


def news(
    session: Session, actor: Member, delegation_id: int, language: str, content: Content, *, now: datetime
) -> None:
    """News of the journey, from somebody of the team: they reach people after a coordinator's yes. Raises NotFound, Taken."""
    delegation = _open_to_change(session, actor, delegation_id)
    draft = announcements.suggested(session, "delegations", language, content, now=now)
    for one in members.coordinators(session):
        outbox.put(session, chat_id=one.telegram_id, member_id=one.id, view=NEWS, lane=Lane.REMINDER, now=now,
                   values={"by_id": actor.id, "announcement_id": draft.id}, subject_id=delegation.id)  # fmt: skip


def settle_stop(
    session: Session, actor: Member, stop_id: int, state: StopState, *, desk: Desk, now: datetime
) -> Stop:
    """Tick a stop, call it off, or plan it again; whoever has a task there hears that it is off, or on again.

    Raises Taken when the visit is over.
    """
    stop = itineraries.found(session, stop_id)
    delegation = _open_to_change(session, actor, stop.delegation_id)
    was, stop.state, stop.done_at = stop.state, state, now if state == StopState.DONE else None
    theirs = (Task.stop_id == stop.id) & Task.is_cancelled.is_(False)
    touched(delegation, now)
    if state == StopState.CANCELLED and was == StopState.PLANNED:
        if stop.kind in itineraries.FLIGHTS:
            _flight_is_off(session, delegation, stop, actor, desk, now)
        else:
            task_calls.tell_off(session, delegation, theirs, actor=actor, desk=desk, now=now)
    elif state == StopState.PLANNED and was == StopState.CANCELLED:
        _dated(session, delegation)
        if not outbox.stop(session, FLIGHT_OFF, delegation.id, now=now):
            task_calls.tell_on_again(session, delegation, theirs, actor=actor, desk=desk, now=now)
    return stop


def _flight_is_off(
    session: Session, delegation: Delegation, stop: Stop, actor: Member, desk: Desk, now: datetime
) -> None:
    """A cancelled flight: the team hears that another ticket is awaited, everybody that the day is still to come."""
    day = delegation.arrives_on
    if stop.kind == "flight":
        delegation.arrives_on = None
    if delegation.state != DelegationState.OPEN:
        return
    outbox.stop(session, DELAYED, delegation.id, now=now)
    _tell_team(session, delegation, FLIGHT_OFF, {"stop_id": stop.id}, [stop.id], stop.at or now, actor, desk, now)
    if delegation.arrives_on != day:
        broadcasts.queue_edits(session, (PUBLIC, delegation.id), PUBLIC_EDIT, wave=str(delegation.version), now=now)
        _tell_public(session, delegation, "delegations.moved", {"before": str(day)}, desk, now)


def cancel(session: Session, actor: Member, delegation_id: int, *, desk: Desk, now: datetime) -> Delegation:
    """It does not come: the team hears first, then everybody who was told; cards say so. Raises Taken when it is over."""
    policy.require(actor.role, "delegations.write")
    delegation = _open_to_change(session, actor, delegation_id)
    was_open = delegation.state == DelegationState.OPEN
    delegation.state, delegation.ended_at = DelegationState.CANCELLED, now
    delegation.changed_at, delegation.version = now, delegation.version + 1
    _stop_calls(session, delegation, now)
    outbox.stop(session, PUBLIC, delegation.id, now=now)
    if was_open:
        stop_ids = [one.id for one in itineraries.stops(session, delegation.id)]
        nearest = next((one.at for one in itineraries.stops(session, delegation.id) if one.at), now)
        _tell_team(session, delegation, CANCELLED, {}, stop_ids, nearest, actor, desk, now)
        _tell_public(session, delegation, "delegations.called_off", {}, desk, now)
        _redraw(session, delegation, now)
    audit.note(session, actor, "delegations.cancelled", f"delegation {delegation.id}", now=now)
    return delegation


def _stop_calls(session: Session, delegation: Delegation, now: datetime) -> None:
    """A visit that is over calls nobody any more, and is not late either."""
    task_calls.stop_all(session, delegation.id, now=now)
    outbox.stop(session, DELAYED, delegation.id, now=now)


def close(session: Session, actor: Member, delegation_id: int, *, desk: Desk, now: datetime) -> Delegation:
    """It is over and nobody is left behind: everybody who helped is thanked with their hours. Raises Refusal otherwise."""
    policy.require(actor.role, "delegations.write")
    delegation = found(session, delegation_id, locks=True)
    if delegation.state != DelegationState.OPEN:
        raise Taken("delegations.is_over")
    left = next((one for one in itineraries.stops(session, delegation.id) if one.state == StopState.PLANNED), None)
    if left is not None:
        raise Refusal("delegations.left_behind", place=left.place or "…")
    delegation.state, delegation.ended_at = DelegationState.CLOSED, now
    _stop_calls(session, delegation, now)
    delegation.changed_at, delegation.version = now, delegation.version + 1
    helped = exists().where(Claim.member_id == Member.id, Claim.state.in_((ClaimState.DONE, *itineraries.HELD)),
                            Claim.task_id == Task.id, Task.delegation_id == delegation.id)  # fmt: skip
    post = Post(CLOSED, delegation.id, Lane.REMINDER)
    broadcasts.queue(session, [helped], post, desk=desk, now=now, not_before=now)
    _redraw(session, delegation, now)
    audit.note(session, actor, "delegations.closed", f"delegation {delegation.id}", now=now)
    return delegation


def _redraw(session: Session, delegation: Delegation, now: datetime) -> None:
    wave = f"{delegation.version}.{int(now.timestamp() * 1000)}"
    broadcasts.queue_edits(session, (CARD, delegation.id), EDIT, wave=wave, now=now)
    broadcasts.queue_edits(session, (PUBLIC, delegation.id), PUBLIC_EDIT, wave=wave, now=now)


def refresh(session: Session, *, now: datetime) -> None:
    """Redraw the team's cards of visits that have changed; once a day all of them, for the days left."""
    for delegation in session.scalars(select(Delegation).where(Delegation.state == DelegationState.OPEN)).all():
        key = f"delegations:{delegation.id}:day:{now.date()}"
        if session.get(Occurrence, key) is None:
            session.add(Occurrence(key=key, fired_at=now))
            delegation.is_stale = True
    session.flush()
    for delegation in session.scalars(select(Delegation).where(Delegation.is_stale)).all():
        delegation.is_stale = False
        wave = f"{delegation.version}.{int(now.timestamp() * 1000)}"
        broadcasts.queue_edits(session, (CARD, delegation.id), EDIT, wave=wave, now=now)


def purge(session: Session, *, now: datetime) -> None:
    """A week after the end nothing is left but when it was and how many came: people's safety. Source: FAULTS, J5."""
    for delegation in session.scalars(select(Delegation).where(Delegation.purged_at.is_(None))).all():
        if not _is_long_over(delegation, now):
            continue
        delegation.travellers, delegation.programme, delegation.programme_file, delegation.purged_at = "", "", None, now
        blank = {"note": "", "number": "", "leaves_from": "", "leaves_wall": None, "leaves_at": None, "place": "",
                 "latitude": None, "longitude": None, "wall": None, "at": None}  # fmt: skip
        session.execute(update(Stop).where(Stop.delegation_id == delegation.id).values(blank))
        session.execute(update(Task).where(Task.delegation_id == delegation.id).values(titles={}))
        theirs = select(Task.id).where(Task.delegation_id == delegation.id)
        session.execute(update(Claim).where(Claim.task_id.in_(theirs)).values(photo=None))
        session.execute(
            update(Delivery).where(Delivery.view.like("delegations.%"), Delivery.subject_id == delegation.id,
                                   Delivery.settled_at.is_not(None)).values(values={})
        )  # fmt: skip
        delegation.version += 1
        _redraw(session, delegation, now)


def _is_long_over(delegation: Delegation, now: datetime) -> bool:
    """Tell whether a visit ended a week ago; one that nobody closed, or a draft nobody went on with, ends by itself."""
    if delegation.ended_at is not None:
        return delegation.ended_at < now - PURGED_AFTER
    last_day = delegation.leaves_on or delegation.arrives_on
    if last_day is not None:
        return last_day < (now - PURGED_AFTER).date()
    return delegation.changed_at < now - FORGOTTEN_DRAFT
