"""Reminders, derived from the meetings: nothing is planned ahead, so what moves takes its reminders along.

A week before to those who have not answered; the day before at 18:00 on the reader's own clock and three hours before
to all but those who said no. What was due while we were away is sent late only until the next one is due, never after
the start; several at once become one message, what waits for the morning too. That one has fired is a row, so that it
fires once. Source: FAULTS, section D.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from bot import dates
from bot.domain import broadcasts, meetings, occurrences
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from db.models import Delivery, DeliveryState, Lane, Meeting, MeetingState, Member, Occurrence, Rsvp

WEEK, EVE, HOURS = "week", "eve", "hours"
EVENING = time(18)
LOOKS_AHEAD = timedelta(days=9)
NEWLY_INVITED = timedelta(hours=12)  # who has just had the invitation is not reminded of it
_Told = tuple[int, str, int]  # meeting, kind of reminder, the start it spoke of in seconds since 1970


@dataclass(frozen=True)
class Due:
    """A reminder: when it is due and until when it is of use, on the clock of one zone."""

    kind: str
    at: datetime
    until: datetime


def due_times(starts_at: datetime, zone: ZoneInfo) -> list[Due]:
    """Return when to remind people of `zone`: aware, UTC, soonest first, past ones included."""
    day = starts_at.astimezone(zone).date()
    week = dates.first_instant(dates.Wall(day - timedelta(days=7), EVENING), zone)
    eve = dates.first_instant(dates.Wall(day - timedelta(days=1), EVENING), zone)
    hours = starts_at - timedelta(hours=3)
    return [Due(WEEK, week, eve), Due(EVE, eve, max(hours, eve)), Due(HOURS, hours, starts_at)]


def fire(session: Session, desk: Desk, *, now: datetime) -> None:
    """Send every reminder whose time has come, each once; of what has just been changed, once it can be taken back no more."""
    coming = (
        Meeting.state == MeetingState.OPEN, Meeting.starts_at > now, Meeting.starts_at < now + LOOKS_AHEAD,
        Meeting.changed_at <= now - meetings.UNDO,
    )  # fmt: skip
    owed: dict[int, list[_Told]] = defaultdict(list)
    starts: dict[int, datetime] = {}
    places = _zones(desk.zones)
    for meeting, zone, due in _newly_due(session, session.scalars(select(Meeting).where(*coming)).all(), places, now):
        starts[meeting.id] = meeting.starts_at or now
        told = (meeting.id, due.kind, int(starts[meeting.id].timestamp()))
        for member_id in session.scalars(select(Member.id).where(*_wants(meeting, due), _lives_in(places[zone], desk))):
            owed[member_id].append(told)
    _join_those_that_wait(session, owed, starts)
    alike: dict[tuple[_Told, ...], list[int]] = defaultdict(list)
    for member_id, told_them in owed.items():
        alike[tuple(told_them)].append(member_id)
    for same, member_ids in alike.items():
        _queue(session, same, member_ids, starts, desk, now)


def _join_those_that_wait(session: Session, owed: dict[int, list[_Told]], starts: Mapping[int, datetime]) -> None:
    """Who has a reminder waiting for the morning gets one message: what is owed joins it, the nearer word of each meeting."""
    waiting = select(Delivery).where(
        Delivery.view == meetings.REMINDER, Delivery.state == DeliveryState.QUEUED, Delivery.member_id.in_(owed)
    )
    for delivery in session.scalars(waiting.with_for_update(skip_locked=True)).all():
        joins = owed.pop(delivery.member_id or 0, None)
        if joins is None:
            continue  # they have another one waiting, which took it
        newest = {meeting_id: (meeting_id, kind, start) for meeting_id, kind, start in (*delivery.values["reminders"], *joins)}
        delivery.values = {**delivery.values, "reminders": [list(one) for one in newest.values()]}
        ends = [starts[meeting_id] for meeting_id, _, _ in joins]
        delivery.expires_at = max(ends if delivery.expires_at is None else [*ends, delivery.expires_at])


def _zones(zones: Mapping[str, ZoneInfo]) -> dict[ZoneInfo, list[str]]:
    found: dict[ZoneInfo, list[str]] = defaultdict(list)
    for place, zone in zones.items():
        found[zone].append(place)
    return found


def _lives_in(places: list[str], desk: Desk) -> ColumnElement[bool]:
    """Tell who lives on that clock; who has not said lives where the first place is."""
    lives = Member.place.in_(places)
    return or_(lives, Member.place.is_(None)) if next(iter(desk.zones)) in places else lives


def _newly_due(
    session: Session, coming: Sequence[Meeting], zones: Iterable[ZoneInfo], now: datetime
) -> Iterator[tuple[Meeting, ZoneInfo, Due]]:
    """Yield what is due now and still of use, the next meeting first; that it was due is written down either way."""
    due_by_key = {
        f"meetings:{meeting.id}:{due.kind}:{int(meeting.starts_at.timestamp())}:{zone.key}": (meeting, zone, due)
        for meeting in sorted(coming, key=lambda one: one.starts_at or now) if meeting.starts_at
        for zone in zones for due in due_times(meeting.starts_at, zone) if due.at <= now
    }  # fmt: skip
    fired = occurrences.fired_among(session, due_by_key)
    for key, (meeting, zone, due) in due_by_key.items():
        if key in fired:
            continue
        is_late = now >= due.until or due.at < (meeting.published_at or meeting.made_at) + _grace(due)
        session.add(Occurrence(key=key, was_late=is_late, fired_at=now))
        if not is_late:
            yield meeting, zone, due


def _grace(due: Due) -> timedelta:
    return NEWLY_INVITED if due.kind != HOURS else timedelta()


def _wants(meeting: Meeting, due: Due) -> list[ColumnElement[bool]]:
    """Return whom a reminder is for: those told of the meeting, not just now, by what they answered."""
    mine = (Rsvp.meeting_id == meeting.id, Rsvp.member_id == Member.id)
    is_silent = ~exists().where(*mine, Rsvp.answer.is_not(None))
    comes = exists().where(*mine, Rsvp.answer.in_(("yes", "maybe")), Rsvp.waiting_since.is_(None))
    has_just_heard = exists().where(
        Delivery.view == meetings.CARD, Delivery.subject_id == meeting.id, Delivery.chat_id == Member.telegram_id,
        Delivery.state == DeliveryState.SENT, Delivery.settled_at > due.at - _grace(due),
    )  # fmt: skip
    return [meetings.told(meeting), ~has_just_heard, is_silent if due.kind == WEEK else or_(is_silent, comes)]


def _queue(
    session: Session, told: tuple[_Told, ...], member_ids: list[int], starts: Mapping[int, datetime], desk: Desk, now: datetime
) -> None:
    wave = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    ends = max(starts[meeting_id] for meeting_id, _, _ in told)
    values = {"reminders": [list(one) for one in told]}
    post = Post(meetings.REMINDER, told[0][0], Lane.REMINDER, values=values, wave=wave, expires_at=ends)
    broadcasts.queue(session, [Member.id.in_(member_ids)], post, desk=desk, now=now, not_before=now)


def still_true(session: Session, told: list[_Told], *, now: datetime) -> list[tuple[Meeting, str]]:
    """Return what of a reminder still holds when it is sent: not what was moved, called off or has begun since."""
    found = []
    for meeting_id, kind, start in told:
        meeting = session.get(Meeting, meeting_id)
        if meeting is None or meeting.state != MeetingState.OPEN or meeting.starts_at is None:
            continue
        if int(meeting.starts_at.timestamp()) == start and meeting.starts_at > now:
            found.append((meeting, kind))
    return found
