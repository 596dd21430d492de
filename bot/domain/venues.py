"""Places where people meet, kept so that the next meeting there is one tap."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import policy
from bot.errors import NotFound, Refusal
from db.models import Member, Venue

LISTED = 5
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_DIRECTIONS = 64, 128, 600


def known(session: Session) -> list[Venue]:
    """Return the places used last, the newest first."""
    return list(session.scalars(select(Venue).order_by(Venue.used_at.desc(), Venue.id.desc()).limit(LISTED)))


def found(session: Session, venue_id: int) -> Venue:
    """Return a place; raises NotFound."""
    venue = session.get(Venue, venue_id)
    if venue is None:
        raise NotFound("errors.old_button")
    return venue


def named(session: Session, name: str, address: str = "") -> Venue | None:
    """Return the place of that name, whatever its capitals: every town has its « salle des fêtes », so the address counts."""
    wanted, where = name.strip().casefold(), address.casefold()  # SQLite would know the capitals of English alone
    rows = session.scalars(select(Venue).order_by(Venue.used_at.desc(), Venue.id.desc()))
    same = (one for one in rows if one.name.casefold() == wanted)
    return next((one for one in same if not where or one.address.casefold() == where), None)


def add(
    session: Session, actor: Member, text: str, *, point: tuple[float, float] | None = None, now: datetime
) -> Venue:
    """Keep a place: « name, address »; `point` is latitude and longitude. One of that name is changed. Raises Refusal.

    It is taken to be where whoever names it lives, until somebody says otherwise.
    """
    policy.require(actor.role, "meetings.write")
    name, _, address = (" ".join(part.split()) for part in text.partition(","))
    if not name or len(name) > LONGEST_NAME or len(address) > LONGEST_ADDRESS:
        raise Refusal("meetings.bad_place", longest=LONGEST_NAME)
    venue = named(session, name, address)
    if venue is None:
        venue = Venue(name=name, address=address, directions={}, used_at=now, place=actor.place)
        session.add(venue)
    venue.address, venue.used_at = address or venue.address, now
    if point:
        venue.latitude, venue.longitude = point
    session.flush()
    return venue


def locate(session: Session, actor: Member, venue_id: int, point: tuple[float, float]) -> Venue:
    """Say where it is on the map."""
    policy.require(actor.role, "meetings.write")
    venue = found(session, venue_id)
    venue.latitude, venue.longitude = point
    return venue


def set_place(session: Session, actor: Member, venue_id: int, place: str) -> Venue:
    """Say where people live who find it near: one of the places."""
    policy.require(actor.role, "meetings.write")
    venue = found(session, venue_id)
    venue.place = place
    return venue


def direct(session: Session, actor: Member, venue_id: int, language: str, text: str) -> Venue:
    """Say how to get there, in a language. Raises Refusal for an endless text."""
    policy.require(actor.role, "meetings.write")
    venue = found(session, venue_id)
    if not text.strip() or len(text) > LONGEST_DIRECTIONS:
        raise Refusal("meetings.directions_too_long", longest=LONGEST_DIRECTIONS)
    venue.directions = {**venue.directions, language: text.strip()}
    return venue
