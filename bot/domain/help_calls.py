"""Calls for volunteers: prepared, published once, changed and told anew, filled, closed, called off.

The card is a delivery of the view CARD whose subject is the call: one message each, edited in place. A call that belongs to
a meeting or a visit follows it: each tick compares the hour it knows with the hour there is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from bot import dates
from bot.domain import audiences, audit, broadcasts, delegations, meetings, members, outbox, policy
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.errors import NotFound, Refusal, Taken
from db.models import (
    CallState,
    Delegation,
    DelegationState,
    Delivery,
    DeliveryState,
    HelpAnswer,
    HelpCall,
    Lane,
    Meeting,
    MeetingState,
    Member,
    Need,
    Signup,
    SignupState,
    Stop,
)

CARD, EDIT, CHANGED, STOOD_DOWN, AGAIN = (
    "volunteers.card", "volunteers.edit", "volunteers.changed", "volunteers.stood_down", "volunteers.again",
)  # fmt: skip
ROLES = ("cooking", "welcome", "transport", "translation", "setup", "photo", "dance", "childcare", "other")
# Who said that they can do this is asked first. Source: what the usual needs ask for.
SKILLS_FOR = {"cooking": ("cooking",), "transport": ("vehicle",), "translation": ("french", "bambara", "soninke", "pulaar"),
              "photo": ("photo",)}  # fmt: skip
LONGEST_TITLE, LONGEST_PLACE, LONGEST_BRING, LONGEST_CONTACT = 80, 64, 200, 64
MOST_PERSONS, LONGEST_MINUTES, MOST_NEEDS, LISTED = 500, 24 * 60 * 3, 12, 6
CONFIRM_HOURS = (2, 6, 12)
HEAD_START = timedelta(hours=24)  # how long before the others those who said that they can are asked
A_DAY = timedelta(days=1)
SOON = timedelta(hours=24)  # a change this near wakes people
IN_IT = (SignupState.HELD, SignupState.WAITING, SignupState.OFFERED)
TAKES = (SignupState.HELD, SignupState.OFFERED)  # these take a place
VISIBLE = (CallState.OPEN, CallState.CLOSED)


# ---- finding
def found(session: Session, call_id: int, *, locks: bool = False) -> HelpCall:
    """Return a call, kept from others until the transaction ends when `locks`; raises NotFound."""
    call = session.get(HelpCall, call_id, populate_existing=True, with_for_update=locks or None)
    if call is None:
        raise NotFound("volunteers.not_found")
    return call


def need_found(session: Session, need_id: int, *, locks: bool = False) -> Need:
    """Return a need; raises NotFound."""
    need = session.get(Need, need_id, populate_existing=True, with_for_update=locks or None)
    if need is None:
        raise NotFound("volunteers.not_found")
    return need


def needs(session: Session, call_id: int) -> list[Need]:
    """Return what a call asks for, by hour."""
    rows = select(Need).where(Need.call_id == call_id)
    return list(session.scalars(rows.order_by(Need.starts_at.is_(None), Need.starts_at, Need.id)))


def ends_at(need: Need) -> datetime | None:
    """Return when it is over; None while it has no hour."""
    return need.starts_at + timedelta(minutes=need.lasts_minutes) if need.starts_at else None


def is_near(need: Need, *, now: datetime) -> bool:
    """Tell whether people may be getting ready: from the day before until it is over."""
    return need.starts_at is not None and need.starts_at - now < SOON


def is_over(session: Session, call: HelpCall, *, now: datetime) -> bool:
    """Tell whether all that it asks for is past."""
    return are_over(needs(session, call.id), now=now)


def are_over(asked: Sequence[Need], *, now: datetime) -> bool:
    """Tell whether all of this is past; nothing at all is not."""
    ends = [ends_at(one) for one in asked]
    return bool(ends) and all(end is not None and end <= now for end in ends)


def is_for(member: Member, call: HelpCall) -> bool:
    """Tell whether somebody may help: the call is public, they are called, or they prepare calls."""
    if call.is_public or policy.may(member.role, "volunteers.write"):
        return True
    return member.role in (call.roles or audiences.INSIDE) and (not call.places or member.place in call.places)


def readable(session: Session, member: Member, call_id: int) -> HelpCall:
    """Return a call to who may know of it. Raises NotFound."""
    policy.require(member.role, "volunteers.look")
    call = found(session, call_id)
    if policy.may(member.role, "volunteers.write") or (call.state != CallState.DRAFT and is_for(member, call)):
        return call
    raise NotFound("volunteers.not_found")


def coming(session: Session, member: Member, *, now: datetime) -> list[HelpCall]:
    """Return the open calls somebody may help with, the newest first."""
    rows = select(HelpCall).where(HelpCall.state == CallState.OPEN).order_by(HelpCall.published_at.desc(), HelpCall.id.desc())
    mine = [one for one in session.scalars(rows) if is_for(member, one) and not is_over(session, one, now=now)]
    return mine[:LISTED]


def prepared(session: Session, actor: Member, *, now: datetime) -> list[HelpCall]:
    """Return calls in preparation, under way and just over, for who prepares them."""
    policy.require(actor.role, "volunteers.write")
    recent = (HelpCall.state != CallState.CANCELLED, HelpCall.changed_at > now - timedelta(days=30))
    return list(session.scalars(select(HelpCall).where(*recent).order_by(HelpCall.changed_at.desc()).limit(LISTED)))


# ---- prepared
def begin(
    session: Session, actor: Member, *, meeting_id: int | None = None, delegation_id: int | None = None,
    title: tuple[str, str] | None = None, now: datetime,
) -> HelpCall:  # fmt: skip
    """Begin a call for a meeting, for a visit, or by itself; `title` is (language, title). Raises NotFound, Refusal."""
    policy.require(actor.role, "volunteers.write")
    call = HelpCall(author_id=actor.id, state=CallState.DRAFT, titles={}, places=[], roles=[], groups=[], made_at=now,
                    meeting_id=meeting_id, delegation_id=delegation_id, changed_at=now)  # fmt: skip
    if title:
        call.titles = {title[0]: _short(title[1], LONGEST_TITLE)}
    if meeting_id is not None:
        meeting = meetings.found(session, meeting_id)
        call.places, call.roles, call.is_public = list(meeting.places), list(meeting.roles), meeting.is_public
    if delegation_id is not None:
        delegations.require_team(session, actor, delegation_id)
    call.based_on, call.based_at = hour_of_event(session, call), place_of_event(session, call)
    session.add(call)
    session.flush()
    return call


def hour_of_event(session: Session, call: HelpCall) -> datetime | None:
    """Return when the meeting or visit is that a call belongs to; None when it has no hour, or belongs to none."""
    if call.meeting_id is not None:
        meeting = session.get(Meeting, call.meeting_id)
        return meeting.starts_at if meeting else None
    if call.delegation_id is not None:
        arrival = select(Stop.at).where(Stop.delegation_id == call.delegation_id, Stop.kind == "flight")
        return session.scalar(arrival.limit(1))
    return None


def place_of_event(session: Session, call: HelpCall) -> str:
    """Return where the meeting is that a call belongs to; nothing for a visit, which is at many places."""
    meeting = session.get(Meeting, call.meeting_id) if call.meeting_id else None
    venue = meetings.venue_of(session, meeting) if meeting else None
    return venue.name if venue else ""


def _short(text: str, longest: int) -> str:
    words = " ".join(text.split())
    if not words or len(words) > longest:
        raise Refusal("meetings.title_too_long", longest=longest)
    return words


def editable(session: Session, actor: Member, call_id: int) -> HelpCall:
    """Return a call that may still be changed, locked. Raises Taken for one that is called off."""
    policy.require(actor.role, "volunteers.write")
    call = found(session, call_id, locks=True)
    if call.state == CallState.CANCELLED:
        raise Taken("volunteers.is_cancelled")
    return call


def touched(call: HelpCall, now: datetime) -> HelpCall:
    """Note that cards no longer show what is true."""
    call.changed_at, call.is_stale = now, call.state != CallState.DRAFT
    return call


def set_title(session: Session, actor: Member, call_id: int, language: str, title: str, *, now: datetime) -> HelpCall:
    """Say what it is called in a language. Raises Refusal for an empty or endless title."""
    call = editable(session, actor, call_id)
    call.titles = {**call.titles, language: _short(title, LONGEST_TITLE)}
    return touched(call, now)


def aim(session: Session, actor: Member, call_id: int, what: str, value: str, *, now: datetime) -> HelpCall:
    """Take a place in or out of whom it is for, let residents help who are no members, or say how long a freed place waits.

    Raises NotFound.
    """
    call = editable(session, actor, call_id)
    if what in ("with", "without"):
        others = [one for one in call.places if one != value]
        call.places = [*others, value] if what == "with" else others
    elif what == "public":
        call.is_public = value == "1"
    elif what == "confirm" and value.isdecimal() and int(value[:3]) in CONFIRM_HOURS:
        call.confirm_hours = int(value[:3])
    else:
        raise NotFound("errors.old_button")
    return touched(call, now)


def add_need(
    session: Session, actor: Member, call_id: int, role: str, *, title: tuple[str, str] | None = None, now: datetime
) -> Need:
    """Add something to do, at the hour and place of the call's meeting. Raises NotFound, Refusal for one too many."""
    call = editable(session, actor, call_id)
    if role not in ROLES:
        raise NotFound("errors.old_button")
    if len(needs(session, call_id)) >= MOST_NEEDS:
        raise Refusal("volunteers.too_many_needs", most=MOST_NEEDS)
    need = Need(call_id=call.id, role=role, titles={}, capacity=2)
    if title:
        need.titles = {title[0]: _short(title[1], LONGEST_TITLE)}
    _as_the_event(session, call, need)
    session.add(need)
    session.flush()
    touched(call, now)
    return need


def _as_the_event(session: Session, call: HelpCall, need: Need) -> None:
    """Take over hour and place: of the meeting or visit, else of what the call asks for already."""
    if call.meeting_id is None and call.delegation_id is None:
        _as_the_first(session, call, need)
        return
    need.gap_minutes, need.starts_at, need.place = 0, call.based_on, call.based_at
    meeting = session.get(Meeting, call.meeting_id) if call.meeting_id else None
    if meeting is not None:
        need.wall, need.time_zone = meeting.wall, meeting.time_zone
        ends = meetings.ends_at(meeting)
        if ends is not None and meeting.starts_at is not None and ends - meeting.starts_at <= A_DAY:
            need.lasts_minutes = int((ends - meeting.starts_at).total_seconds() // 60)


def _as_the_first(session: Session, call: HelpCall, need: Need) -> None:
    first = next(iter(needs(session, call.id)), None)
    if first is not None:
        need.wall, need.time_zone, need.starts_at = first.wall, first.time_zone, first.starts_at
        need.lasts_minutes, need.place = first.lasts_minutes, first.place


def set_words(session: Session, actor: Member, need_id: int, what: str, text: str, *, desk: Desk, now: datetime) -> Need:
    """Say where it is, what to bring, whom to turn to; another place is told. Raises Refusal for what is too long."""
    need = need_found(session, need_id)
    call = editable(session, actor, need.call_id)
    longest = {"place": LONGEST_PLACE, "bring": LONGEST_BRING, "contact": LONGEST_CONTACT}[what]
    before = as_told(need)
    setattr(need, what, _short(text, longest))
    touched(call, now)
    if what == "place":
        _tell_changed(session, call, [(need, before)], desk, now)
    return need


def set_need_title(session: Session, actor: Member, need_id: int, language: str, title: str, *, now: datetime) -> Need:
    """Say what it is in a language, where no usual name fits."""
    need = need_found(session, need_id)
    call = editable(session, actor, need.call_id)
    need.titles = {**need.titles, language: _short(title, LONGEST_TITLE)}
    touched(call, now)
    return need


def set_hours(
    session: Session, actor: Member, need_id: int, wall: dates.Wall, zone: ZoneInfo, minutes: int | None, *, desk: Desk,
    now: datetime,
) -> Need:  # fmt: skip
    """Say from when, and for how long if so said; whoever signed up is told and asked again. Raises Refusal for a gap."""
    need = need_found(session, need_id)
    call = editable(session, actor, need.call_id)
    if dates.is_gap(wall, zone):
        raise Refusal("dates.gap")
    if minutes is not None and not 0 < minutes <= LONGEST_MINUTES:
        raise Refusal("meetings.ends_before")
    before = as_told(need)
    need.wall, need.time_zone, need.starts_at = dates.written(wall), zone.key, dates.instant(wall, zone)
    need.lasts_minutes = minutes or need.lasts_minutes
    if call.based_on is not None:
        need.gap_minutes = int((need.starts_at - call.based_on).total_seconds() // 60)
    touched(call, now)
    _tell_changed(session, call, [(need, before)], desk, now)
    return need


def as_told(need: Need) -> dict[str, Any]:
    """Return what people rely on: when and where, as values a delivery can carry."""
    return {"at": need.starts_at.isoformat() if need.starts_at else None, "where": need.place}


def remove_need(session: Session, actor: Member, need_id: int, *, desk: Desk, now: datetime) -> HelpCall:
    """It is not needed any more: whoever signed up hears so first, on the urgent lane."""
    need = need_found(session, need_id, locks=True)
    call = editable(session, actor, need.call_id)
    if call.state == CallState.DRAFT:
        session.delete(need)
    else:
        stand_down(session, actor, need.id, "off", desk=desk, now=now)
    session.flush()
    return touched(call, now)


# ---- published
def publish(session: Session, actor: Member, call_id: int, *, desk: Desk, now: datetime) -> int:
    """Call everybody it is for, once; those who said that they can do what is needed a day before the others.

    Returns how many are called. Raises Refusal for one without needs, without an hour, or for nobody; Taken when it is out.
    """
    policy.require(actor.role, "volunteers.write")
    call = found(session, call_id, locks=True)
    if call.state != CallState.DRAFT:
        raise Taken("volunteers.is_published")
    wanted = needs(session, call.id)
    if not wanted:
        raise Refusal("volunteers.no_needs")
    starts = [one.starts_at for one in wanted if one.starts_at is not None]
    if len(starts) < len(wanted):
        raise Refusal("meetings.no_day")
    if min(starts) <= now:
        raise Refusal("dates.past")
    if audiences.count(session, call).is_empty:
        raise Refusal("announcements.for_nobody")
    call.state, call.published_at, call.author_id = CallState.OPEN, now, actor.id
    touched(call, now).is_stale = False
    audit.note(session, actor, "volunteers.published", f"call {call.id}", now=now)
    session.flush()
    return _call(session, call, wanted, min(starts), desk, now)


def _call(session: Session, call: HelpCall, wanted: Sequence[Need], starts_at: datetime, desk: Desk, now: datetime) -> int:
    everybody = audiences.conditions(call)
    post = Post(CARD, call.id, Lane.BROADCAST, author_id=call.author_id, action="volunteers.write", is_one_a_day=True,
                expires_at=max(one.starts_at for one in wanted if one.starts_at), is_better_early=True)  # fmt: skip
    can = members.have_skill({name for one in wanted for name in SKILLS_FOR.get(one.role, ())})
    queued = broadcasts.queue(session, [*everybody, can], post, desk=desk, now=now, not_before=now)
    is_far = starts_at - now > 3 * HEAD_START
    later = now + HEAD_START if queued and is_far else now
    queued += broadcasts.queue(session, [*everybody, ~can], post, desk=desk, now=now, not_before=later)
    return queued


def refresh(session: Session, *, now: datetime) -> None:
    """Redraw the cards of calls whose counts have changed."""
    for call in session.scalars(select(HelpCall).where(HelpCall.is_stale)).all():
        call.is_stale = False
        wave = f"{call.version}.{int(now.timestamp() * 1000)}"
        broadcasts.queue_edits(session, (CARD, call.id), EDIT, wave=wave, now=now)


# ---- changed
def follow(session: Session, desk: Desk, *, now: datetime) -> None:
    """Let calls follow the meeting or visit they belong to: moved, they move and ask again; called off, they are off."""
    attached = HelpCall.meeting_id.is_not(None) | HelpCall.delegation_id.is_not(None)
    for call in session.scalars(select(HelpCall).where(HelpCall.state.in_((*VISIBLE, CallState.DRAFT)), attached)).all():
        if _event_is_off(session, call):
            _end(session, call, CallState.CANCELLED, desk, now)
            continue
        at, where = hour_of_event(session, call), place_of_event(session, call)
        is_moved = at != call.based_on and (at is None or at > now)
        if is_moved or (where != call.based_at and not is_over(session, call, now=now)):
            _move(session, call, at if is_moved else call.based_on, where, desk, now)


def _event_is_off(session: Session, call: HelpCall) -> bool:
    meeting = session.get(Meeting, call.meeting_id) if call.meeting_id else None
    visit = session.get(Delegation, call.delegation_id) if call.delegation_id else None
    return (meeting is not None and meeting.state == MeetingState.CANCELLED) or (
        visit is not None and visit.state == DelegationState.CANCELLED
    )


def _move(
    session: Session, call: HelpCall, at: datetime | None, where: str, desk: Desk, now: datetime
) -> None:
    """Whoever signed up to a need that hangs on the event is told its new hour or place and asked again."""
    was_at, call.based_on, call.based_at = call.based_at, at, where
    meeting = session.get(Meeting, call.meeting_id) if call.meeting_id else None
    moved = []
    for need in needs(session, call.id):
        before = as_told(need)
        if need.gap_minutes is not None:
            _follow_hour(need, at, ZoneInfo((meeting.time_zone if meeting else None) or need.time_zone or "UTC"))
        if need.place == was_at and where:
            need.place = where
        moved.append((need, before))
    touched(call, now)
    _tell_changed(session, call, moved, desk, now)


def _follow_hour(need: Need, at: datetime | None, zone: ZoneInfo) -> None:
    if at is None:  # put off: the day is to come
        need.wall = need.starts_at = None
        return
    need.starts_at = at + timedelta(minutes=need.gap_minutes or 0)
    need.wall, need.time_zone = dates.written(dates.wall_of(need.starts_at.astimezone(zone).replace(tzinfo=None))), zone.key


def _tell_changed(
    session: Session, call: HelpCall, changed: Sequence[tuple[Need, dict[str, Any]]], desk: Desk, now: datetime
) -> None:
    """Tell whoever is in a need that changed, in one message, and ask again; who said no to the call is asked once more.

    A message that still waits gives way to one that tells from what was known; a slip put right at once tells nobody.
    """
    if call.state == CallState.DRAFT or not [need for need, before in changed if as_told(need) != before]:
        return
    call.version += 1
    known = _known_before(session, call)
    outbox.stop(session, CHANGED, call.id, now=now)
    for need, before in changed:
        if as_told(need) != before:  # what did not change keeps the answer it waits for
            known.setdefault(need.id, before)
    now_other = {number: before for number, before in known.items() if as_told(need_found(session, number)) != before}
    _ask_again(session, known.keys(), now_other.keys())
    if not now_other:
        return
    moved = [need_found(session, number) for number in now_other]
    hours = [at for need in moved for at in (need.starts_at, _hour(now_other[need.id])) if at]
    mine = exists().where(Signup.need_id.in_(list(now_other)), Signup.member_id == Member.id, Signup.state.in_(IN_IT))
    ends = [end for need in moved if (end := ends_at(need)) is not None]
    until = max(ends) if len(ends) == len(moved) else None
    post = Post(CHANGED, call.id, Lane.URGENT, wave=str(call.version), expires_at=until,
                values={"changed": [[number, before] for number, before in now_other.items()]},
                wakes=any(at - now < SOON for at in hours))  # fmt: skip
    broadcasts.queue(session, [mine], post, desk=desk, now=now, not_before=now)
    again = Post(AGAIN, call.id, Lane.BROADCAST, wave=f"no.{now.date()}", is_one_a_day=True, values={"once_more": True},
                 expires_at=post.expires_at)  # fmt: skip
    broadcasts.queue(session, [said_no(call), *audiences.conditions(call)], again, desk=desk, now=now, not_before=now)


def _known_before(session: Session, call: HelpCall) -> dict[int, dict[str, Any]]:
    """Return what people know of needs whose change has not reached them yet."""
    waiting = (Delivery.view == CHANGED, Delivery.subject_id == call.id, Delivery.state == DeliveryState.QUEUED)
    values = session.scalar(select(Delivery.values).where(*waiting).limit(1))
    return {int(number): before for number, before in values["changed"]} if values else {}


def _ask_again(session: Session, touched_ids: Collection[int], changed_ids: Collection[int]) -> None:
    held = Signup.state == SignupState.HELD
    session.execute(update(Signup).where(Signup.need_id.in_(list(touched_ids)), held).values(is_to_confirm=False))
    session.execute(update(Signup).where(Signup.need_id.in_(list(changed_ids)), held).values(is_to_confirm=True))


def _hour(told_: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(told_["at"]) if told_["at"] else None


# ---- enough, closed, called off
def stand_down(session: Session, actor: Member, need_id: int, why: str, *, desk: Desk, now: datetime) -> Need:
    """Nobody else is to come for this: « enough » have, or it is « off ». Those on their way hear first.

    Long before, « enough » only takes nobody else. Who has come stays written down. Raises Taken for a call that is called off.
    """
    need = need_found(session, need_id, locks=True)
    call = editable(session, actor, need.call_id)
    need.is_closed = True
    if why == "off" or is_near(need, now=now):
        _send_home(session, call, [need], why, desk, now)
    audit.note(session, actor, "volunteers.stood_down", f"need {need.id}", now=now)
    touched(call, now)
    return need


def reopen(session: Session, actor: Member, need_id: int, *, now: datetime) -> Need:
    """Somebody is wanted again."""
    need = need_found(session, need_id, locks=True)
    call = editable(session, actor, need.call_id)
    need.is_closed = False
    call.state = CallState.OPEN if call.state == CallState.CLOSED else call.state
    touched(call, now)
    return need


def cancel(session: Session, actor: Member, call_id: int, *, desk: Desk, now: datetime) -> HelpCall:
    """Call it off: whoever signed up hears it on the urgent lane, cards say so. Raises Taken when it is off already."""
    call = editable(session, actor, call_id)
    audit.note(session, actor, "volunteers.cancelled", f"call {call.id}", now=now)
    return _end(session, call, CallState.CANCELLED, desk, now)


def close(session: Session, actor: Member, call_id: int, *, now: datetime) -> HelpCall:
    """Nobody else is asked; who signed up comes. It can be opened again."""
    call = editable(session, actor, call_id)
    if call.state != CallState.OPEN:
        raise Refusal("volunteers.not_open")
    call.state = CallState.CLOSED
    outbox.stop(session, CARD, call.id, now=now)
    outbox.stop(session, AGAIN, call.id, now=now)
    return touched(call, now)


def open_again(session: Session, actor: Member, call_id: int, *, now: datetime) -> HelpCall:
    """Others may sign up again."""
    call = editable(session, actor, call_id)
    if call.state != CallState.CLOSED:
        raise Refusal("volunteers.is_published")
    call.state = CallState.OPEN
    return touched(call, now)


def _end(session: Session, call: HelpCall, state: CallState, desk: Desk, now: datetime) -> HelpCall:
    was_out = call.state != CallState.DRAFT
    call.state, call.ended_at = state, now
    outbox.stop(session, CARD, call.id, now=now)
    outbox.stop(session, AGAIN, call.id, now=now)
    if was_out:
        _send_home(session, call, needs(session, call.id), "off", desk, now)
    touched(call, now)
    return call


def _send_home(session: Session, call: HelpCall, wanted: Sequence[Need], why: str, desk: Desk, now: datetime) -> None:
    """Those who are in it and have not come hear that they need not; their places are free."""
    call.version += 1
    if len(wanted) == len(needs(session, call.id)):
        outbox.stop(session, CHANGED, call.id, now=now)
    for need in wanted:
        if (end := ends_at(need)) is not None and end <= now:
            continue
        absent = (Signup.need_id == need.id, Signup.state.in_(IN_IT), Signup.came.is_(None))
        mine = exists().where(*absent, Signup.member_id == Member.id)
        post = Post(STOOD_DOWN, need.id, Lane.URGENT, values={"why": why}, wave=str(call.version), expires_at=ends_at(need),
                    wakes=need.starts_at is not None and need.starts_at - now < SOON)  # fmt: skip
        broadcasts.queue(session, [mine], post, desk=desk, now=now, not_before=now)
        session.flush()
        session.execute(update(Signup).where(*absent).values(state=SignupState.GONE, reason=why, confirm_by=None, ended_at=now))


def said_no(call: HelpCall) -> ColumnElement[bool]:
    """Return who said « non merci » to a call."""
    answer = (HelpAnswer.call_id == call.id, HelpAnswer.member_id == Member.id)
    return exists().where(*answer, HelpAnswer.said_no_at.is_not(None))


def told(call: HelpCall) -> ColumnElement[bool]:
    """Return who has its card."""
    arrived = Delivery.state.in_((DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.AMBIGUOUS))
    return exists().where(
        Delivery.view == CARD, Delivery.subject_id == call.id, Delivery.chat_id == Member.telegram_id, arrived
    )


def organisers(session: Session, call: HelpCall) -> list[Member]:
    """Return who hears of what becomes of a call: who published it, or else whoever coordinates."""
    author = session.get(Member, call.author_id) if call.author_id else None
    if author is not None and author.is_reachable and policy.may(author.role, "volunteers.write"):
        return [author]
    return members.coordinators(session)
