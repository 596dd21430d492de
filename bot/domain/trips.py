"""Members' own journeys: told in four taps, seen by coordinators, ended by themselves.

Source: the source document's « circulation of documents by travellers ».
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.domain import audit, outbox, policy
from bot.errors import NotFound, Refusal
from db.models import Lane, Member, Trip

LONGEST = timedelta(days=400)
LONGEST_ENTRUSTED = 400
ENTRUSTED, ANSWERED, DROPPED = "trips.entrusted", "trips.answered", "trips.dropped"
LISTED = 8


def tell(session: Session, member: Member, destination: str, leaves_on: date, returns_on: date, *, now: datetime) -> Trip:
    """« Je pars … du … au … ». Raises Refusal for a return before leaving, or a past one."""
    policy.require(member.role, "trips.tell")
    if returns_on < leaves_on or returns_on < now.date():
        raise Refusal("trips.back_before")
    if returns_on - leaves_on > LONGEST:
        raise Refusal("dates.too_far")
    same = (Trip.member_id == member.id, Trip.destination == destination, Trip.leaves_on == leaves_on,
            Trip.returns_on == returns_on)  # fmt: skip
    if (known := session.scalar(select(Trip).where(*same).limit(1))) is not None:
        return known
    trip = Trip(member_id=member.id, destination=destination, leaves_on=leaves_on, returns_on=returns_on, made_at=now)
    session.add(trip)
    session.flush()
    return trip


def own(session: Session, member: Member, *, now: datetime) -> list[Trip]:
    """Return somebody's journeys that are not over."""
    rows = select(Trip).where(Trip.member_id == member.id, Trip.returns_on >= now.date()).order_by(Trip.leaves_on)
    return list(session.scalars(rows.limit(LISTED)))


def board(session: Session, actor: Member, *, now: datetime) -> list[tuple[Trip, Member]]:
    """Return who travels, the next to leave first."""
    policy.require(actor.role, "trips.see")
    rows = select(Trip, Member).join(Member, Member.id == Trip.member_id).where(Trip.returns_on >= now.date())
    return [(trip, member) for trip, member in session.execute(rows.order_by(Trip.leaves_on, Trip.id).limit(LISTED))]


def found(session: Session, trip_id: int) -> Trip:
    """Return a journey; raises NotFound."""
    trip = session.get(Trip, trip_id)
    if trip is None:
        raise NotFound("errors.old_button")
    return trip


def drop(session: Session, member: Member, trip_id: int, *, now: datetime) -> None:
    """They do not travel after all; whoever entrusted them with something hears it. Raises NotFound for another's journey."""
    trip = found(session, trip_id)
    if trip.member_id != member.id:
        raise NotFound("errors.old_button")
    _tell_dropped(session, trip, member.id, now)
    session.delete(trip)


def forget(session: Session, member: Member, *, now: datetime) -> None:
    """Somebody is erased: whoever entrusted them with something must find another traveller. No name is told."""
    for trip in session.scalars(select(Trip).where(Trip.member_id == member.id, Trip.returns_on >= now.date())).all():
        _tell_dropped(session, trip, None, now)


def _tell_dropped(session: Session, trip: Trip, member_id: int | None, now: datetime) -> None:
    asker = session.get(Member, trip.entrusted_by) if trip.entrusted_by and trip.accepted is not False else None
    if trip.entrusted and asker is not None:
        values = {"member_id": member_id, "destination": trip.destination, "leaves_on": trip.leaves_on.isoformat()}
        outbox.put(session, chat_id=asker.telegram_id, member_id=asker.id, view=DROPPED, lane=Lane.REMINDER, now=now,
                   values=values)  # fmt: skip


def entrust(session: Session, actor: Member, trip_id: int, text: str, *, now: datetime) -> Trip:
    """Ask a traveller to carry papers or to meet somebody; they say yes or no. Raises Refusal for too many words."""
    policy.require(actor.role, "trips.see")
    trip = found(session, trip_id)
    if not text.strip() or len(text) > LONGEST_ENTRUSTED:
        raise Refusal("meetings.title_too_long", longest=LONGEST_ENTRUSTED)
    traveller = session.get(Member, trip.member_id)
    trip.entrusted, trip.entrusted_by, trip.accepted = text.strip(), actor.id, None
    if traveller is not None:
        outbox.put(session, chat_id=traveller.telegram_id, member_id=traveller.id, view=ENTRUSTED, lane=Lane.REMINDER, now=now,
                   values={"trip_id": trip.id})  # fmt: skip
    audit.note(session, actor, "trips.entrusted", f"trip {trip.id}", now=now)
    return trip


def answer(session: Session, member: Member, trip_id: int, *, accepts: bool, now: datetime) -> Trip:
    """Accept what was entrusted, or not; whoever asked hears it. Raises NotFound for somebody else's journey."""
    trip = found(session, trip_id)
    if trip.member_id != member.id:
        raise NotFound("errors.old_button")
    if trip.accepted is not accepts:
        trip.accepted = accepts
        asker = session.get(Member, trip.entrusted_by) if trip.entrusted_by else None
        if asker is not None:
            outbox.put(session, chat_id=asker.telegram_id, member_id=asker.id, view=ANSWERED, lane=Lane.REMINDER, now=now,
                       values={"trip_id": trip.id})  # fmt: skip
    return trip


def purge(session: Session, *, now: datetime) -> None:
    """Forget journeys that are over."""
    session.execute(delete(Trip).where(Trip.returns_on < now.date()))
