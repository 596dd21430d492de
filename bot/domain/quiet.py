"""Quiet hours: nothing rings by night where the person lives; from 21:00 to 08:00 unless they said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from db.models import Member

EVENING, MORNING = 21, 8
# What a person may choose: (from, until), hours of their own clock; each goes over midnight.
CHOICES = ((20, 9), (21, 8), (22, 7), (23, 6))


@dataclass(frozen=True)
class Night:
    """When it is night for somebody: hours of the clock of `zone`."""

    zone: ZoneInfo
    begins: int = EVENING
    ends: int = MORNING


def night_of(member: Member | None, zone: ZoneInfo) -> Night:
    """Return somebody's night where they live."""
    if member is None or member.quiet_from is None or member.quiet_until is None:
        return Night(zone)
    return Night(zone, member.quiet_from, member.quiet_until)


def opens_at(now: datetime, night: Night) -> datetime:
    """Return `now` by day, the coming morning by night; aware, UTC."""
    local = now.astimezone(night.zone)
    if night.ends <= local.hour < night.begins:
        return now
    day = local.date() + timedelta(days=1 if local.hour >= night.begins else 0)
    return datetime.combine(day, time(night.ends), night.zone).astimezone(UTC)


def is_quiet(now: datetime, night: Night) -> bool:
    """Tell whether it is night there."""
    return opens_at(now, night) > now
