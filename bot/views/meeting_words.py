"""How a meeting is called: its title, its day, its place, in one reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.i18n import Html, Reader
from db.models import Meeting, Venue

_KIND = {
    "meeting": "meetings.kind.meeting", "committee": "meetings.kind.committee", "assembly": "meetings.kind.assembly",
    "celebration": "meetings.kind.celebration", "exhibition": "meetings.kind.exhibition", "other": "meetings.kind.other",
}  # fmt: skip


def kind_name(kind: str, reader: Reader) -> str:
    """Return what a kind of meeting is called."""
    return reader.say(_KIND[kind])


def titled(titles: dict[str, Any], reader: Reader) -> str:
    """Return a title in the reader's language, else in the first one that has one, else nothing."""
    own = reader.language.code
    order = [own, *(code for code in reader.words.languages if code != own)]
    return next((str(titles[code]) for code in order if titles.get(code)), "")


def title_of(meeting: Meeting, reader: Reader) -> str:
    """Return what a meeting is called; without any title it goes by its kind."""
    return titled(meeting.titles, reader) or kind_name(meeting.kind, reader)


def place_of(meeting: Meeting, venue: Venue | None) -> str:
    """Return where it is, on one line: name and address, or the address online."""
    if venue is None:
        return meeting.online_url or ""
    return f"{venue.name}, {venue.address}" if venue.address else venue.name


def when(meeting: Meeting, reader: Reader) -> Html:
    """Return day and hour on the reader's clock, then the others where they differ; the end likewise, with another day."""
    return _span(meeting.starts_at, meeting.ends_at, reader)


def _span(starts_at: datetime | None, ends_at: datetime | None, reader: Reader) -> Html:
    if starts_at is None:
        return reader.say("meetings.day_to_come")
    if ends_at is None:
        return reader.moment(starts_at)
    zone = reader.place.time_zone
    is_same_day = starts_at.astimezone(zone).date() == ends_at.astimezone(zone).date()
    end = reader.hour(ends_at) if is_same_day else reader.moment(ends_at)
    return reader.say("meetings.from_to", start=reader.moment(starts_at), end=end)


def short(meeting: Meeting, reader: Reader) -> str:
    """Return day and title for a button: « sam. 5/12 · Assemblée générale »."""
    day = reader.weekday(meeting.starts_at.astimezone(reader.place.time_zone).date()) if meeting.starts_at else "⏸"
    return cut(f"{day} · {title_of(meeting, reader)}", 32)


def cut(words: str, longest: int) -> str:
    """Return words that fit a button."""
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def moment_told(at: str | None, reader: Reader) -> Html:
    """Return a moment that a delivery carries."""
    return reader.moment(datetime.fromisoformat(at)) if at else reader.say("meetings.day_to_come")


def when_told(told: Mapping[str, Any], reader: Reader) -> Html:
    """Return day and hours that a delivery carries."""
    starts_at, ends_at = (datetime.fromisoformat(told[name]) if told.get(name) else None for name in ("at", "until"))
    return _span(starts_at, ends_at, reader)
