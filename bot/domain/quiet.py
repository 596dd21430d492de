"""Quiet hours: nothing rings between 21:00 and 08:00 where the person lives."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVENING, MORNING = time(21), time(8)


def opens_at(now: datetime, zone: ZoneInfo) -> datetime:
    """Return `now` by day, the coming 08:00 of `zone` by night; aware, UTC."""
    local = now.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return now
    day = local.date() + timedelta(days=1 if local.time() >= EVENING else 0)
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def is_quiet(now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether it is night there."""
    return opens_at(now, zone) > now
