"""How calls and needs are called, in one reader's language."""

from __future__ import annotations

from datetime import timedelta

from bot.i18n import Html, Reader
from bot.views.meeting_words import title_of, titled
from db.models import HelpCall, Meeting, Need

_ROLES = {
    "cooking": "volunteers.role.cooking", "welcome": "volunteers.role.welcome", "transport": "volunteers.role.transport",
    "translation": "volunteers.role.translation", "setup": "volunteers.role.setup", "photo": "volunteers.role.photo",
    "dance": "volunteers.role.dance", "childcare": "volunteers.role.childcare", "other": "volunteers.role.other",
}  # fmt: skip


def role_of(role: str, reader: Reader) -> str:
    """Return what a usual need is called, with its sign."""
    return reader.say(_ROLES.get(role, _ROLES["other"]))


def need_name(need: Need, reader: Reader) -> str:
    """Return what a need is called: its own title, else its usual name."""
    own = titled(need.titles, reader)
    return f"🙋 {own}" if own else role_of(need.role, reader)


def call_name(call: HelpCall, event: Meeting | None, reader: Reader) -> str:
    """Return what a call is called: its own title, that of its meeting, or just a call for help."""
    return titled(call.titles, reader) or (title_of(event, reader) if event else reader.say("volunteers.call"))


def hours_of(need: Need, reader: Reader) -> Html:
    """Return from when to when, on both clocks."""
    if need.starts_at is None:
        return reader.say("meetings.day_to_come")
    end = (need.starts_at + timedelta(minutes=need.lasts_minutes)).astimezone(reader.place.time_zone)
    return reader.say("volunteers.from_to", start=reader.short_moment(need.starts_at), end=f"{end:%H:%M}")


def figure(hours: float) -> str:
    """Return hours as people write them: « 2,5 »."""
    return f"{hours:g}".replace(".", ",")
