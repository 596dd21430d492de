"""Meetings: where, when and for whom; what people answered; what they want to speak about; which reminders have fired."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base

LONGEST_LINK = 1024
LINK = String(LONGEST_LINK).with_variant(String(256), "sqlite")  # declared so at first; SQLite does not count


class MeetingState(enum.StrEnum):
    """draft → planned (published at its hour) → open ⇄ postponed (no day yet) → cancelled; it is over when its hour is."""

    DRAFT = "draft"
    PLANNED = "planned"
    OPEN = "open"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class PointState(enum.StrEnum):
    """What became of a point that somebody wants on the agenda."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Venue(Base):
    """A place where people meet; `directions` is language → how to get there, in degrees its point on the map."""

    __tablename__ = "venues"
    __table_args__ = (REUSES_NO_ID,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(128), default="")
    directions: Mapped[dict[str, Any]]
    latitude: Mapped[float | None] = mapped_column(Float())
    longitude: Mapped[float | None] = mapped_column(Float())
    place: Mapped[str | None] = mapped_column(String(32))  # where people live who find it near: a Place
    used_at: Mapped[datetime]


class MeetingSeries(Base):
    """Meetings that come again: an RFC 5545 rule for their days, the wall hours of the first; each is a meeting of its own."""

    __tablename__ = "meeting_series"
    __table_args__ = (REUSES_NO_ID,)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    first_on: Mapped[date]
    wall: Mapped[str] = mapped_column(String(16))
    end_wall: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    is_over: Mapped[bool] = mapped_column(default=False)


class Meeting(Base):
    """A gathering. `wall`, `end_wall` and `time_zone` are the intent, `starts_at` and `ends_at` those instants.

    `titles` and `agenda` are language → text; without titles it goes by its kind. Empty `places` and `roles` mean everybody
    who is inside. `most_guests` is how many relatives one may bring. `sequence` grows with what calendars must learn.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in MeetingState)})", name="state"),
        UniqueConstraint("series_id", "occurs_on"),
        Index("ix_meetings_state", "state", "starts_at"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=MeetingState.DRAFT)
    kind: Mapped[str] = mapped_column(String(16), default="meeting")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    titles: Mapped[dict[str, Any]]
    wall: Mapped[str | None] = mapped_column(String(16))
    end_wall: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venues.id", ondelete="SET NULL"))
    online_url: Mapped[str | None] = mapped_column(LINK)
    places: Mapped[list[Any]] = mapped_column(JSON)
    roles: Mapped[list[Any]] = mapped_column(JSON)
    groups: Mapped[list[Any]] = mapped_column(JSON)
    is_public: Mapped[bool] = mapped_column(default=False)
    agenda: Mapped[dict[str, Any]]
    agenda_file: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    capacity: Mapped[int | None]
    has_waitlist: Mapped[bool] = mapped_column(default=True)
    most_guests: Mapped[int] = mapped_column(default=5)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_series.id", ondelete="SET NULL"))
    occurs_on: Mapped[date | None]  # the day of its series it stands for, wherever it was moved
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    is_stale: Mapped[bool] = mapped_column(default=False)  # cards show counts that are no longer true
    was_at: Mapped[datetime | None]  # while it is postponed: what stands in people's calendars still
    was_until: Mapped[datetime | None]
    came_besides: Mapped[int] = mapped_column(default=0)  # people who are nobody's answer: walk-ins
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def is_urgent(self) -> bool:
        """An invitation wakes nobody."""
        return False

    @property
    def mute_kind(self) -> str:
        """Return the kind of message one may mute it by."""
        return "meetings"


class Rsvp(Base):
    """What somebody answers to a meeting, for how many persons; on the waiting list since when; who of them came."""

    __tablename__ = "rsvps"
    __table_args__ = (Index("ix_rsvps_member_id", "member_id"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    answer: Mapped[str | None] = mapped_column(String(8))
    persons: Mapped[int] = mapped_column(default=1)
    waiting_since: Mapped[datetime | None]
    was_passed: Mapped[bool] = mapped_column(default=False)  # too many for the seats that were free: a smaller party went first
    is_to_confirm: Mapped[bool] = mapped_column(default=False)  # the day has changed since
    said_for: Mapped[str | None] = mapped_column(String(10))  # the day on the wall the answer was given for
    wants_minutes: Mapped[bool | None]
    came: Mapped[int | None]
    answered_at: Mapped[datetime | None]


class MeetingPoint(Base):
    """Something a member wants to speak about at a meeting, in words or by voice."""

    __tablename__ = "meeting_points"
    __table_args__ = (Index("ix_meeting_points_meeting_id", "meeting_id"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text(), default="")
    voice: Mapped[str | None] = mapped_column(String(256))
    state: Mapped[str] = mapped_column(String(16), default=PointState.PROPOSED)
    made_at: Mapped[datetime]


class Occurrence(Base):
    """Something that was due at an hour and has been seen to: it never fires again."""

    __tablename__ = "occurrences"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    was_late: Mapped[bool] = mapped_column(default=False)  # its use was over: nothing was sent
    fired_at: Mapped[datetime]
