"""The coordinators' side of questions: which chats cards go to, and how seldom they ring.

Thirty questions in an hour ring at most three times: twice by themselves, then once as a count. Nothing rings
by night; the count comes in the morning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import members, outbox, quiet
from bot.domain.quiet import Night
from db.models import Delivery, Lane, Member

RINGS_AN_HOUR = 2
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Desk:
    """Where questions go, whose clock counts, and what counts as the same question."""

    inbox_chat_id: int | None
    zones: Mapping[str, ZoneInfo]
    alike: Callable[[str, str], bool]

    def night(self, member: Member | None) -> Night:
        """Return when it is night for somebody; where the first place is, for who has not said and for a group."""
        zone = self.zones.get(member.place or "") if member else None
        return quiet.night_of(member, zone or next(iter(self.zones.values())))

    def chats(self, session: Session) -> list[int]:
        """Return where a card goes: the one inbox, or every coordinator's own chat."""
        if self.inbox_chat_id:
            return [self.inbox_chat_id]
        return [one.telegram_id for one in members.coordinators(session)]


def tell(
    session: Session,
    desk: Desk,
    chat_id: int,
    view: str,
    values: dict[str, Any],
    *,
    subject_id: int | None = None,
    now: datetime,
) -> None:
    """Send something to a coordinator's chat, ringing only where it may."""
    opens = opening(session, desk, chat_id, now=now)
    rings = opens == now and _rung(session, chat_id, now) < RINGS_AN_HOUR
    outbox.put(
        session, chat_id=chat_id, view=view, lane=Lane.REMINDER, now=now, not_before=opens, subject_id=subject_id,
        values={**values, "rings": rings},
    )  # fmt: skip
    if not rings:
        _count_later(session, chat_id, opens if opens > now else _end_of_hour(now), now)


def put_silently(session: Session, chat_id: int, view: str, values: dict[str, Any], *, now: datetime, after: datetime) -> None:
    """Send something that never rings by itself, not before `after`."""
    outbox.put(
        session, chat_id=chat_id, view=view, lane=Lane.REMINDER, now=now, not_before=after, values={**values, "rings": False}
    )


def opening(session: Session, desk: Desk, chat_id: int, *, now: datetime) -> datetime:
    """Return when a chat may next be written to unasked."""
    return quiet.opens_at(now, desk.night(members.by_telegram_id(session, chat_id)))


def _rung(session: Session, chat_id: int, now: datetime) -> int:
    recent = select(Delivery.values).where(Delivery.chat_id == chat_id, Delivery.not_before > now - HOUR)
    return sum(bool(values.get("rings")) for values in session.scalars(recent))


def _count_later(session: Session, chat_id: int, at: datetime, now: datetime) -> None:
    outbox.put(
        session, chat_id=chat_id, view="questions.digest", lane=Lane.REMINDER, now=now, not_before=at, values={"rings": True},
        dedupe_key=f"questions.digest:{chat_id}:{int(at.timestamp())}",
    )  # fmt: skip


def _end_of_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + HOUR
