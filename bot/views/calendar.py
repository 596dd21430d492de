"""A meeting for a calendar: a link that adds it, a file with a stable identity. We rely on neither: we remind people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from icalendar import Calendar, Event

from bot.domain import meetings
from bot.i18n import Reader
from bot.messages import Document
from bot.names import visible
from bot.views.meeting_words import place_of, title_of
from db.models import Meeting, MeetingState, Need, Venue

_STAMP = "%Y%m%dT%H%M%SZ"


def link(meeting: Meeting, venue: Venue | None, reader: Reader) -> str:
    """Return the address that adds a meeting to Google's calendar."""
    starts_at, ends_at = _times(meeting)
    fields = {"action": "TEMPLATE", "text": title_of(meeting, reader), "location": place_of(meeting, venue),
              "dates": f"{starts_at.strftime(_STAMP)}/{ends_at.strftime(_STAMP)}"}  # fmt: skip
    return "https://calendar.google.com/calendar/render?" + urlencode(fields)


def file(meeting: Meeting, venue: Venue | None, reader: Reader, *, identity: str, now: datetime) -> Document:
    """Return the .ics of a meeting: one event in UTC; a cancelled or postponed one takes itself out again.

    `identity` is what the bot goes by: with the meeting's number it makes the UID, which never changes; SEQUENCE grows.
    """
    calendar, event = Calendar(), Event()
    is_cancelled = meeting.state in (MeetingState.CANCELLED, MeetingState.POSTPONED)
    calendar.add("prodid", f"-//{identity}//meetings//")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    starts_at, ends_at = _times(meeting)
    event.add("uid", f"meeting-{meeting.id}@{identity}")
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", visible(title_of(meeting, reader)))
    event.add("location", visible(place_of(meeting, venue)))
    if venue and venue.latitude is not None and venue.longitude is not None:
        event.add("geo", (venue.latitude, venue.longitude))
    calendar.add_component(event)
    return Document("rendez-vous.ics", calendar.to_ical())


def need_file(need: Need, name: str, *, identity: str, sequence: int, now: datetime) -> Document:
    """Return the .ics of something somebody helps with: its hours, its place."""
    calendar, event = Calendar(), Event()
    calendar.add("prodid", f"-//{identity}//volunteers//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    starts_at = (need.starts_at or now).astimezone(UTC)
    event.add("uid", f"need-{need.id}@{identity}")
    event.add("sequence", sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=need.lasts_minutes))
    event.add("summary", visible(name))
    event.add("location", visible(need.place))
    calendar.add_component(event)
    return Document("aide.ics", calendar.to_ical())


def _times(meeting: Meeting) -> tuple[datetime, datetime]:
    """Return from when to when; of a postponed one what stands in calendars still."""
    starts_at = meeting.starts_at or meeting.was_at or meeting.changed_at
    ends_at = meetings.ends_at(meeting) or meeting.was_until or starts_at + meetings.LASTS
    return starts_at.astimezone(UTC), ends_at.astimezone(UTC)
