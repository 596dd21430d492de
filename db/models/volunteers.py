"""Calls for volunteers: what is needed, who has signed up, who waits; what they answered and how it was."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class CallState(enum.StrEnum):
    """draft → open ⇄ closed (nobody else is wanted); or cancelled."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SignupState(enum.StrEnum):
    """waiting → offered (a place, until an hour) → held; gone is who withdrew or let it pass, removed who was told why."""

    HELD = "held"
    WAITING = "waiting"
    OFFERED = "offered"
    GONE = "gone"
    REMOVED = "removed"


class HelpCall(Base):
    """A call for volunteers, for a meeting, a visit or by itself. Empty `places` and `roles` mean everybody inside.

    `based_on` and `based_at` are hour and place of that meeting or visit as its needs know them;
    `confirm_hours` is how long a freed place waits.
    """

    __tablename__ = "help_calls"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in CallState)})", name="state"),
        Index("ix_help_calls_state", "state"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=CallState.DRAFT)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id", ondelete="SET NULL"))
    delegation_id: Mapped[int | None] = mapped_column(ForeignKey("delegations.id", ondelete="SET NULL"))
    based_on: Mapped[datetime | None]
    based_at: Mapped[str] = mapped_column(String(64), default="")
    titles: Mapped[dict[str, Any]]
    places: Mapped[list[Any]] = mapped_column(JSON)
    roles: Mapped[list[Any]] = mapped_column(JSON)
    groups: Mapped[list[Any]] = mapped_column(JSON)
    is_public: Mapped[bool] = mapped_column(default=False)
    confirm_hours: Mapped[int] = mapped_column(default=12)
    version: Mapped[int] = mapped_column(default=0)
    is_stale: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    thanked_at: Mapped[datetime | None]

    @property
    def is_urgent(self) -> bool:
        """A call wakes nobody."""
        return False

    @property
    def mute_kind(self) -> str:
        """Return the kind of message one may mute it by."""
        return "volunteering"


class Need(Base):
    """What is to be done in a call, by how many, when and where. `titles` is language → text for what goes by no usual name.

    `wall` in `time_zone` is the intent, `starts_at` that instant; with `gap_minutes` it keeps its distance from the call's
    meeting or visit and moves with it.
    """

    __tablename__ = "needs"
    __table_args__ = (Index("ix_needs_call_id", "call_id"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("help_calls.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    titles: Mapped[dict[str, Any]]
    capacity: Mapped[int] = mapped_column(default=1)
    wall: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    starts_at: Mapped[datetime | None]
    lasts_minutes: Mapped[int] = mapped_column(default=120)
    gap_minutes: Mapped[int | None]
    place: Mapped[str] = mapped_column(String(64), default="")
    bring: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(64), default="")
    is_closed: Mapped[bool] = mapped_column(default=False)


class Signup(Base):
    """Somebody who helps, with so many persons, or a relative of theirs by first name; since when, and what became of it."""

    __tablename__ = "signups"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in SignupState)})", name="state"),
        UniqueConstraint("need_id", "member_id", "name"),
        Index("ix_signups_member_id", "member_id"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("needs.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))  # erased: the hours stay
    name: Mapped[str] = mapped_column(String(64), default="")
    persons: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16), default=SignupState.HELD)
    since: Mapped[datetime]
    confirm_by: Mapped[datetime | None]
    is_to_confirm: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(200), default="")
    came: Mapped[int | None]
    hours: Mapped[float | None] = mapped_column(Float())
    ended_at: Mapped[datetime | None]


class HelpAnswer(Base):
    """What somebody said to a call besides signing up: « non merci », and afterwards how it was."""

    __tablename__ = "help_answers"
    __table_args__ = (Index("ix_help_answers_member_id", "member_id"),)

    call_id: Mapped[int] = mapped_column(ForeignKey("help_calls.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    said_no_at: Mapped[datetime | None]
    mood: Mapped[str | None] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text(), default="")
    voice: Mapped[str | None] = mapped_column(String(256))
