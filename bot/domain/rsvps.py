"""Who comes: answers that may change until the start, seats, the waiting list, and who came in the end.

Seats are counted under the meeting's lock, so that two people pressing for the last one take turns. Families stay
together: a party that is too large for what is free is passed by a smaller one behind it, and the list says so.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from bot.domain import audiences, broadcasts, meetings, outbox, policy
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.errors import NotFound, Refusal
from db.models import Delivery, Document, Lane, Meeting, MeetingPoint, MeetingState, Member, PointState, Rsvp, Venue

ANSWERS = ("yes", "maybe", "no")
SEATED, THANKS = "meetings.seated", "meetings.thanks"


@dataclass(frozen=True)
class Counts:
    """Persons who come, may come, do not come (phones), wait for a seat; those of the coming who have yet to confirm."""

    coming: int = 0
    maybe: int = 0
    no: int = 0
    waiting: int = 0
    to_confirm: int = 0


class FewSeats(Refusal):
    """There are seats, but not for all of them: come with fewer, or wait."""

    def __init__(self, free: int, persons: int) -> None:
        """`free` may be nothing at all: then one can only wait."""
        super().__init__("meetings.full", free=free)
        self.free, self.persons = free, persons


_SEATED = and_(Rsvp.answer == "yes", Rsvp.waiting_since.is_(None))


def counts(session: Session, meeting_id: int) -> Counts:
    """Return how many answered what, in persons."""
    asked = select(Rsvp.answer, Rsvp.waiting_since.is_not(None), Rsvp.is_to_confirm, func.sum(Rsvp.persons), func.count())
    rows = session.execute(
        asked.where(Rsvp.meeting_id == meeting_id).group_by(Rsvp.answer, Rsvp.waiting_since.is_not(None), Rsvp.is_to_confirm)
    )
    found: Counter[str] = Counter()
    for answer, waits, is_to_confirm, persons, phones in rows:
        if answer == "yes":
            found["waiting" if waits else "coming"] += int(persons)
            found["to_confirm"] += int(persons) if is_to_confirm and not waits else 0
        elif answer == "maybe":
            found["maybe"] += int(persons)
        elif answer == "no":
            found["no"] += int(phones)
    return Counts(**found)


def of(session: Session, meeting_id: int, member: Member) -> Rsvp | None:
    """Return what somebody has answered."""
    return session.get(Rsvp, (meeting_id, member.id))


def answers(session: Session, meeting_id: int, member_ids: Collection[int]) -> dict[int, Rsvp]:
    """Return what each of them has answered, by member; who has not is left out."""
    rows = session.scalars(select(Rsvp).where(Rsvp.meeting_id == meeting_id, Rsvp.member_id.in_(member_ids)))
    return {row.member_id: row for row in rows}


def seats_left(session: Session, meeting: Meeting, *, besides: Member | None = None) -> int | None:
    """Return how many seats are free, those of `besides` counted as free; None when there is no limit."""
    if meeting.capacity is None:
        return None
    taken = select(func.coalesce(func.sum(Rsvp.persons), 0)).where(Rsvp.meeting_id == meeting.id, _SEATED)
    if besides is not None:
        taken = taken.where(Rsvp.member_id != besides.id)
    return max(0, meeting.capacity - int(session.scalar(taken) or 0))


def is_for(member: Member, meeting: Meeting) -> bool:
    """Tell whether somebody may know of a meeting: it is public, they are invited, or they prepare meetings."""
    if meeting.is_public or policy.may(member.role, "meetings.write"):
        return True
    invites = member.role in (meeting.roles or audiences.INSIDE)
    return invites and (not meeting.places or member.place in meeting.places)


def readable(session: Session, member: Member, meeting_id: int) -> Meeting:
    """Return a meeting to who may know of it: also to whom its card was sent. Raises NotFound."""
    policy.require(member.role, "meetings.look")
    meeting = meetings.found(session, meeting_id)
    if policy.may(member.role, "meetings.write"):
        return meeting
    is_inside = policy.may(member.role, "meetings.see_names")  # who was put out keeps the card, and reads it no more
    if is_known(meeting) and (is_for(member, meeting) or (is_inside and _has_card(session, member, meeting))):
        return meeting
    raise NotFound("meetings.not_found")


def is_known(meeting: Meeting) -> bool:
    """Tell whether a meeting is out: published, or planned as the next of a series that has begun."""
    if meeting.state == MeetingState.PLANNED:
        return meeting.series_id is not None
    return meeting.state != MeetingState.DRAFT


def _has_card(session: Session, member: Member, meeting: Meeting) -> bool:
    card = select(Delivery.id).where(
        Delivery.view == meetings.CARD, Delivery.subject_id == meeting.id, Delivery.chat_id == member.telegram_id
    )
    return session.scalar(card.limit(1)) is not None or of(session, meeting.id, member) is not None


@dataclass(frozen=True)
class Standing:
    """A meeting as one reader's card shows it: where, how many, the accepted points, and what they have answered."""

    meeting: Meeting
    venue: Venue | None
    counts: Counts
    free: int | None
    points: Sequence[str]
    own: Rsvp | None = None
    rank: int = 0
    is_over: bool = False
    has_started: bool = False
    has_minutes: bool = False
    takes_points: bool = False
    voices: Sequence[str] = ()


def standing(session: Session, meeting: Meeting, member: Member | None, *, now: datetime) -> Standing:
    """Return how a meeting stands for somebody; `member` None is a group, which sees nobody's answer."""
    accepted = session.scalars(
        select(MeetingPoint).where(MeetingPoint.meeting_id == meeting.id, MeetingPoint.state == PointState.ACCEPTED)
        .order_by(MeetingPoint.id)
    ).all()  # fmt: skip
    minutes = select(Document.id).where(Document.meeting_id == meeting.id, Document.kind == "minutes").limit(1)
    found = Standing(
        meeting, meetings.venue_of(session, meeting), counts(session, meeting.id), seats_left(session, meeting),
        [point.text or "🎙" for point in accepted],
        is_over=meetings.is_over(meeting, now=now), has_started=meetings.has_started(meeting, now=now),
        has_minutes=session.scalar(minutes) is not None, takes_points=meetings.takes_points(meeting, now=now),
        voices=[point.voice for point in accepted if point.voice],
    )  # fmt: skip
    return seen_by(session, found, of(session, meeting.id, member)) if member else found


def seen_by(session: Session, standing: Standing, own: Rsvp | None) -> Standing:
    """Return how a meeting stands for somebody, from how it stands for everybody and what they have answered."""
    waits = own is not None and own.answer == "yes" and own.waiting_since is not None
    return dataclasses.replace(standing, own=own, rank=rank(session, own) if own and waits else 0)


# ---- answering
def answer(
    session: Session, member: Member, meeting_id: int, said: str, *, persons: int = 1, waits: bool = False, now: datetime
) -> Meeting:
    """Record what somebody answers, for how many; a second answer replaces the first.

    Answers close when the meeting starts. `waits` takes a place on the waiting list where there are too few seats.
    Raises Refusal (cancelled, started, too many guests), FewSeats, NotFound.
    """
    policy.require(member.role, "meetings.answer")
    readable(session, member, meeting_id)
    # The lock makes two people pressing for the last seat take turns.
    meeting = meetings.found(session, meeting_id, locks=True)
    _require_open(meeting, now)
    if said not in ANSWERS:
        raise NotFound("errors.old_button")
    row = of(session, meeting_id, member) or _new(session, meeting_id, member)
    held, before = row.persons if row.answer == "yes" else 1, _shown(row)
    if not 1 <= persons <= max(held, 1 + max(meeting.most_guests, member.relatives)):
        raise Refusal("meetings.too_many_guests", most=meeting.most_guests)
    if said == "yes":
        _seat(session, meeting, member, row, persons, waits, now)
    else:
        row.waiting_since, row.was_passed = None, False
    row.answer, row.persons, row.answered_at = said, persons, now
    row.is_to_confirm, row.said_for = False, meetings.day_of(meeting)
    meeting.is_stale = meeting.is_stale or _shown(row) != before
    session.flush()
    promote(session, meeting, now=now)
    return meeting


def _shown(row: Rsvp) -> tuple[object, ...]:
    """Return what others' cards count of it: while that is the same, nobody's has to be redrawn."""
    return row.answer, row.persons, row.waiting_since is not None, row.is_to_confirm


def _new(session: Session, meeting_id: int, member: Member) -> Rsvp:
    row = Rsvp(meeting_id=meeting_id, member_id=member.id, persons=1)
    session.add(row)
    return row


def _require_open(meeting: Meeting, now: datetime) -> None:
    if meeting.state == MeetingState.CANCELLED:
        raise Refusal("meetings.is_cancelled")
    if not is_known(meeting):
        raise NotFound("meetings.not_found")
    if meetings.has_started(meeting, now=now):
        raise Refusal("meetings.has_started")


def _seat(session: Session, meeting: Meeting, member: Member, row: Rsvp, persons: int, waits: bool, now: datetime) -> None:
    """Give seats, or a place on the waiting list. Who has seats keeps them, whatever else they ask for."""
    is_yes = row.answer == "yes"
    is_seated, is_waiting = is_yes and row.waiting_since is None, is_yes and row.waiting_since is not None
    if is_seated and persons <= row.persons:
        return
    free = seats_left(session, meeting, besides=member)
    if free is None:
        row.waiting_since, row.was_passed = None, False
        return
    # Free for others: the seats somebody has are no argument against those who wait.
    open_to_all = free - row.persons if is_seated else free
    is_overtaking = not is_waiting and _others_wait_for(session, meeting, member, open_to_all)
    if persons <= free and not is_overtaking:
        row.waiting_since, row.was_passed = None, False
        for behind in waiting(session, meeting.id):  # whoever waits is more than these seats would hold
            behind.was_passed = behind.was_passed or behind.member_id != member.id
    elif is_seated:
        raise Refusal("meetings.no_more_seats")
    elif not meeting.has_waitlist:
        raise FewSeats(free, persons)
    elif waits or is_waiting:
        row.waiting_since, row.was_passed = row.waiting_since or now, False
    else:
        raise FewSeats(0 if is_overtaking else free, persons)


def _others_wait_for(session: Session, meeting: Meeting, member: Member, free: int) -> bool:
    """Tell whether somebody waits whom the free seats would hold: nobody overtakes them."""
    return any(row.persons <= free and row.member_id != member.id for row in waiting(session, meeting.id))


def waiting(session: Session, meeting_id: int) -> Sequence[Rsvp]:
    """Return the waiting list, its head first."""
    rows = select(Rsvp).where(Rsvp.meeting_id == meeting_id, Rsvp.answer == "yes", Rsvp.waiting_since.is_not(None))
    return session.scalars(rows.order_by(Rsvp.waiting_since, Rsvp.member_id)).all()


def rank(session: Session, row: Rsvp) -> int:
    """Return somebody's place on the waiting list, from 1."""
    return 1 + [one.member_id for one in waiting(session, row.meeting_id)].index(row.member_id)


def promote(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Give free seats to the head of the waiting list; who is too many for them is passed, and the list says so."""
    free = seats_left(session, meeting)
    if meetings.has_started(meeting, now=now) or meeting.state == MeetingState.CANCELLED:
        return
    passed: list[Rsvp] = []
    for row in waiting(session, meeting.id):
        if free is None or row.persons <= free:
            row.waiting_since, row.was_passed = None, False
            free = None if free is None else free - row.persons
            for behind in passed:
                behind.was_passed = True
            _tell_seated(session, meeting, row, now)
        else:
            passed.append(row)
    session.flush()


def _tell_seated(session: Session, meeting: Meeting, row: Rsvp, now: datetime) -> None:
    member = session.get(Member, row.member_id)
    if member is not None:
        is_soon = meeting.starts_at is not None and meeting.starts_at - now < meetings.SOON
        outbox.put(  # by night only what is near rings
            session, chat_id=member.telegram_id, member_id=member.id, view=SEATED, now=now,
            lane=Lane.URGENT if is_soon else Lane.REMINDER,
            subject_id=meeting.id, expires_at=meeting.starts_at, values={"meeting_id": meeting.id},
        )  # fmt: skip


def set_capacity(session: Session, actor: Member, meeting_id: int, capacity: int | None, *, now: datetime) -> Meeting:
    """Say how many seats there are; None is no limit. More seats promote; fewer drop nobody: it stays overfull.

    Raises Refusal for a number that is none.
    """
    policy.require(actor.role, "meetings.write")
    meeting = meetings.found(session, meeting_id, locks=True)
    if capacity is not None and not 1 <= capacity <= meetings.MOST_SEATS:
        raise Refusal("meetings.bad_number", most=meetings.MOST_SEATS)
    meeting.capacity, meeting.changed_at = capacity, now
    meeting.is_stale = meeting.state in meetings.PUBLISHED
    session.flush()
    promote(session, meeting, now=now)
    return meeting


# ---- looking
@dataclass(frozen=True)
class Guest:
    """Somebody who answered: who, what, for how many, since when they wait, whether they came."""

    member: Member
    rsvp: Rsvp


def guests(session: Session, meeting_id: int, *conditions: ColumnElement[bool]) -> list[Guest]:
    """Return who answered, by name."""
    rows = select(Member, Rsvp).join(Rsvp, Rsvp.member_id == Member.id).where(Rsvp.meeting_id == meeting_id, *conditions)
    return [Guest(member, rsvp) for member, rsvp in session.execute(rows.order_by(Member.first_name, Member.id))]


def by_place(session: Session, meeting_id: int) -> dict[str, Counts]:
    """Return place → who comes from there."""
    found: dict[str, Counter[str]] = {}
    for guest in guests(session, meeting_id):
        here = found.setdefault(guest.member.place or "", Counter())
        if guest.rsvp.answer == "yes":
            here["waiting" if guest.rsvp.waiting_since else "coming"] += guest.rsvp.persons
        elif guest.rsvp.answer:
            here[guest.rsvp.answer] += guest.rsvp.persons if guest.rsvp.answer == "maybe" else 1
    return {place: Counts(**numbers) for place, numbers in found.items()}


def names_of_the_coming(session: Session, meeting_id: int) -> list[tuple[str, int]]:
    """Return (first name, persons) of those who come."""
    return [(guest.member.first_name, guest.rsvp.persons) for guest in guests(session, meeting_id, _SEATED)]


# ---- on the day
def expected(session: Session, meeting: Meeting) -> list[Guest]:
    """Return whom the organiser may see at the door: who said yes or maybe first, then everybody else who is invited.

    Each by name: that somebody has come moves no name under the thumb.
    """
    answered = guests(session, meeting.id, Rsvp.answer.is_not(None) | Rsvp.came.is_not(None))
    known = {guest.member.id for guest in answered}
    others = session.scalars(select(Member).where(*audiences.invited(meeting))).all()
    everybody = answered + [Guest(one, Rsvp(meeting_id=meeting.id, member_id=one.id)) for one in others if one.id not in known]
    return sorted(everybody, key=lambda one: (one.rsvp.answer not in ("yes", "maybe"), one.member.first_name, one.member.id))


def check_in(session: Session, actor: Member, meeting_id: int, member_id: int, persons: int, *, now: datetime) -> Meeting:
    """Write down that somebody came with so many; 0 takes it back. Raises NotFound, Refusal for what cannot be."""
    policy.require(actor.role, "meetings.write")
    meeting = meetings.found(session, meeting_id)
    member = session.get(Member, member_id)
    if member is None or not 0 <= persons <= 1 + meetings.MOST_GUESTS:
        raise NotFound("errors.old_button")
    row = of(session, meeting_id, member) or _new(session, meeting_id, member)
    row.came = persons or None
    meeting.changed_at = now
    session.flush()
    return meeting


def thank(session: Session, actor: Member, meeting_id: int, *, desk: Desk, now: datetime) -> int:
    """Thank everybody who was written down as having come, once; returns how many. Raises Refusal when nobody is left."""
    policy.require(actor.role, "meetings.write")
    meeting = meetings.found(session, meeting_id)
    came = Member.id.in_(select(Rsvp.member_id).where(Rsvp.meeting_id == meeting.id, Rsvp.came.is_not(None)))
    post = Post(THANKS, meeting.id, Lane.BROADCAST, author_id=actor.id, action="meetings.write")
    thanked = broadcasts.queue(session, [came], post, desk=desk, now=now, not_before=now)
    if not thanked:
        raise Refusal("meetings.nobody_to_thank")
    return thanked


def set_besides(session: Session, actor: Member, meeting_id: int, number: int, *, now: datetime) -> Meeting:
    """Say how many came who are on no list. Raises Refusal for a number that is none."""
    policy.require(actor.role, "meetings.write")
    meeting = meetings.found(session, meeting_id)
    if not 0 <= number <= meetings.MOST_SEATS:
        raise Refusal("meetings.bad_number", most=meetings.MOST_SEATS)
    meeting.came_besides, meeting.changed_at = number, now
    return meeting


def attendance(session: Session, meeting: Meeting) -> int:
    """Return how many persons came in all."""
    came = session.scalar(select(func.coalesce(func.sum(Rsvp.came), 0)).where(Rsvp.meeting_id == meeting.id))
    return int(came or 0) + meeting.came_besides


def forget(session: Session, member: Member, *, now: datetime) -> None:
    """Somebody is erased: their seats are free, who waited moves up, past meetings keep their totals."""
    for row in session.scalars(select(Rsvp).where(Rsvp.member_id == member.id)).all():
        meeting = meetings.found(session, row.meeting_id, locks=True)
        meeting.came_besides += row.came or 0
        meeting.is_stale = meeting.is_stale or not meetings.is_over(meeting, now=now)
        session.delete(row)
        session.flush()
        promote(session, meeting, now=now)


def put_out(session: Session, member: Member, *, now: datetime) -> None:
    """Somebody may not come any more where only members do: their seats are free, who waited moves up."""
    for row in session.scalars(select(Rsvp).where(Rsvp.member_id == member.id, Rsvp.answer != "no")).all():
        meeting = meetings.found(session, row.meeting_id, locks=True)
        if meetings.has_started(meeting, now=now) or is_for(member, meeting):
            continue
        row.answer, row.waiting_since, row.is_to_confirm, row.was_passed = "no", None, False, False
        meeting.is_stale = meeting.is_stale or meeting.state in meetings.PUBLISHED
        session.flush()
        promote(session, meeting, now=now)
