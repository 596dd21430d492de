"""Meetings that come again: « every first Saturday ». Each occurrence is a meeting of its own: one can be moved or called off.

The rule is about days on the wall calendar; the hour stays the same on the wall, summer and winter.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import dates
from bot.domain import audit, meetings, policy
from bot.domain.desk import Desk
from bot.errors import NotFound, Refusal
from db.models import Meeting, MeetingSeries, MeetingState, Member

HORIZON = timedelta(days=62)  # so far ahead occurrences stand in the agenda
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def rules_for(first: date) -> list[str]:
    """Return the rules that may begin on a day: the nth or the last such weekday of each month, each week, each second week."""
    name = _DAYS[first.weekday()]
    nth = (first.day - 1) // 7 + 1
    is_last = (first + timedelta(days=7)).month != first.month
    monthly = [f"FREQ=MONTHLY;BYDAY=+{nth}{name}"] if nth < 5 else []
    monthly += [f"FREQ=MONTHLY;BYDAY=-1{name}"] if is_last else []
    return [*monthly, "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2"]


def days(rule: str, first: date, *, after: date, until: date) -> list[date]:
    """Return the days of a rule that began on `first`, later than `after` and not later than `until`."""
    found = rrulestr(f"RRULE:{rule}", dtstart=datetime.combine(first, time()))
    coming = takewhile(lambda at: at.date() <= until, found)
    return [at.date() for at in coming if at.date() > after]


def repeat(session: Session, actor: Member, meeting_id: int, rule: str, *, now: datetime) -> Meeting:
    """Let a draft come again by one of the rules of its day; "" is once. Raises Refusal without a day, NotFound."""
    policy.require(actor.role, "meetings.write")
    meeting = meetings.found(session, meeting_id, locks=True)
    if meeting.state != MeetingState.DRAFT:
        raise Refusal("meetings.is_published")
    if meeting.wall is None:
        raise Refusal("meetings.no_day")
    first = dates.unwritten(meeting.wall).date()
    meetings.once(session, meeting)
    if rule:
        if rule not in rules_for(first):
            raise NotFound("errors.old_button")
        series = MeetingSeries(
            rule=rule, first_on=first, wall=meeting.wall, end_wall=meeting.end_wall, time_zone=meeting.time_zone or ""
        )
        session.add(series)
        session.flush()
        meeting.series_id, meeting.occurs_on = series.id, first
    meeting.changed_at = now
    return meeting


def extend(session: Session, *, now: datetime) -> None:
    """Plan the occurrences of the coming two months, each as the newest that was not called off."""
    for series in session.scalars(select(MeetingSeries).where(MeetingSeries.is_over.is_(False))).all():
        rows = session.scalars(select(Meeting).where(Meeting.series_id == series.id).order_by(Meeting.occurs_on.desc())).all()
        # Not before it is too late to take the first one back.
        begun = [one for one in rows if one.published_at is not None and one.published_at <= now - meetings.UNDO]
        if not begun or rows[0].occurs_on is None:
            continue
        pattern = next((one for one in begun if one.state != MeetingState.CANCELLED), begun[0])
        until = (now + HORIZON).date()
        for day in days(series.rule, series.first_on, after=rows[0].occurs_on, until=until):
            _occurrence(session, series, pattern, day, now)


def _occurrence(session: Session, series: MeetingSeries, pattern: Meeting, day: date, now: datetime) -> None:
    zone, first = ZoneInfo(series.time_zone), dates.unwritten(series.wall)
    wall = datetime.combine(day, first.time())
    starts_at = dates.first_instant(dates.wall_of(wall), zone)
    if starts_at <= now:
        return
    end = dates.wall_of(wall + (dates.unwritten(series.end_wall) - first)) if series.end_wall else None
    session.add(Meeting(
        state=MeetingState.PLANNED, kind=pattern.kind, author_id=pattern.author_id, titles=pattern.titles,
        wall=dates.written(dates.wall_of(wall)), time_zone=zone.key, starts_at=starts_at,
        end_wall=dates.written(end) if end else None, ends_at=dates.first_instant(end, zone) if end else None,
        venue_id=pattern.venue_id, online_url=pattern.online_url, places=pattern.places, roles=pattern.roles,
        groups=pattern.groups, is_public=pattern.is_public, agenda={}, capacity=pattern.capacity,
        has_waitlist=pattern.has_waitlist, most_guests=pattern.most_guests, series_id=series.id, occurs_on=day,
        publish_at=max(now, starts_at - meetings.INVITES_BEFORE), made_at=now, changed_at=now,
    ))  # fmt: skip
    session.flush()


def end(session: Session, actor: Member, meeting_id: int, *, desk: Desk, now: datetime) -> int:
    """Let it come no more: what is only planned is called off, what people were invited to stays. Returns how many went."""
    policy.require(actor.role, "meetings.write")
    meeting = meetings.found(session, meeting_id)
    series = session.get(MeetingSeries, meeting.series_id) if meeting.series_id else None
    if series is None:
        raise NotFound("errors.old_button")
    series.is_over = True
    planned = select(Meeting).where(Meeting.series_id == series.id, Meeting.state == MeetingState.PLANNED)
    gone = session.scalars(planned).all()
    for one in gone:
        meetings.cancel(session, actor, one.id, desk=desk, now=now)
    audit.note(session, actor, "meetings.series_ended", f"meeting {meeting.id}", now=now)
    return len(gone)
