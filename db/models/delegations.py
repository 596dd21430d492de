"""Delegations: a visit, its stops, what there is to do at each, who does it; members' own journeys."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class DelegationState(enum.StrEnum):
    """draft → open (the team works) → closed; or cancelled."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class StopState(enum.StrEnum):
    """What became of a stop."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class ClaimState(enum.StrEnum):
    """held → seeking (wants to be replaced, and stays named until then) → replaced or freed; or done."""

    HELD = "held"
    SEEKING = "seeking"
    FREED = "freed"
    DONE = "done"


class Delegation(Base):
    """A visit, to the south or to the north. `titles` is language → title; what only the team may read is purged after it.

    Empty `places` mean every member; `version` grows with each change of the plan.
    """

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in DelegationState)})", name="state"),
        Index("ix_delegations_state", "state"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=DelegationState.DRAFT)
    direction: Mapped[str] = mapped_column(String(8))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    titles: Mapped[dict[str, Any]]
    persons: Mapped[int] = mapped_column(default=0)
    women: Mapped[int] = mapped_column(default=0)
    travellers: Mapped[str] = mapped_column(Text(), default="")  # names, roles, contacts: the team's alone
    programme: Mapped[str] = mapped_column(Text(), default="")
    programme_file: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    places: Mapped[list[Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=0)
    is_stale: Mapped[bool] = mapped_column(default=False)
    arrives_on: Mapped[date | None]
    leaves_on: Mapped[date | None]
    arrived_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]

    @property
    def roles(self) -> list[Any]:
        """Everybody who is inside may know that a visit comes."""
        return []

    @property
    def groups(self) -> list[Any]:
        """No group hears of a visit by itself."""
        return []

    @property
    def is_urgent(self) -> bool:
        """News of a visit wake nobody; its delays do, on the team's lane."""
        return False

    @property
    def mute_kind(self) -> str:
        """Return the kind of message one may mute it by."""
        return "delegations"


class Stop(Base):
    """A line of the itinerary. Where it begins is `leaves_wall` in `leaves_zone` (a flight, a road), else nothing.

    `wall` and `time_zone` are when one is there, the intent, `at` that instant. With `hangs_on` it keeps `gap_minutes` after
    that stop and moves with it; without, it is fixed.
    """

    __tablename__ = "stops"
    __table_args__ = (Index("ix_stops_delegation_id", "delegation_id", "position"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegations.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=StopState.PLANNED)
    note: Mapped[str] = mapped_column(String(200), default="")
    number: Mapped[str] = mapped_column(String(16), default="")
    leaves_from: Mapped[str] = mapped_column(String(64), default="")
    leaves_wall: Mapped[str | None] = mapped_column(String(16))
    leaves_zone: Mapped[str | None] = mapped_column(String(64))
    leaves_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(String(64), default="")
    latitude: Mapped[float | None] = mapped_column(Float())
    longitude: Mapped[float | None] = mapped_column(Float())
    wall: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime | None]
    hangs_on: Mapped[int | None] = mapped_column(ForeignKey("stops.id", ondelete="SET NULL"))
    gap_minutes: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]


class Task(Base):
    """Something to do at a stop, `offset_minutes` from it (before is negative); for how many; what it asks for.

    `titles` is language → title; without any it goes by its kind. `wants` are skills.
    """

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_delegation_id", "delegation_id"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegations.id", ondelete="CASCADE"))
    stop_id: Mapped[int] = mapped_column(ForeignKey("stops.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    titles: Mapped[dict[str, Any]]
    offset_minutes: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int] = mapped_column(default=1)
    wants: Mapped[list[Any]] = mapped_column(JSON)
    is_cancelled: Mapped[bool] = mapped_column(default=False)


class Claim(Base):
    """Who does a task. `is_to_confirm` asks again when the day has changed."""

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_task_id", "task_id"), Index("ix_claims_member_id", "member_id"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16), default=ClaimState.HELD)
    is_to_confirm: Mapped[bool] = mapped_column(default=False)
    photo: Mapped[str | None] = mapped_column(String(256))
    claimed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TeamMember(Base):
    """Somebody of the welcome team: only they see the itinerary, names and phones of a visit."""

    __tablename__ = "team_members"
    __table_args__ = (Index("ix_team_members_member_id", "member_id"),)

    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegations.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    joined_at: Mapped[datetime]


class TaskCall(Base):
    """Somebody was asked to take a task, and perhaps said no: they are not asked again."""

    __tablename__ = "task_calls"
    __table_args__ = (Index("ix_task_calls_member_id", "member_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime | None]
    said_no_at: Mapped[datetime | None]


class Skill(Base):
    """Something a member can do or bring: a vehicle, a language, accompanying women."""

    __tablename__ = "skills"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(24), primary_key=True)


class Trip(Base):
    """A member's own journey, from one day to another; what a coordinator asks them to carry or to do there."""

    __tablename__ = "trips"
    __table_args__ = (Index("ix_trips_member_id", "member_id"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    destination: Mapped[str] = mapped_column(String(32))
    leaves_on: Mapped[date]
    returns_on: Mapped[date]
    entrusted: Mapped[str] = mapped_column(Text(), default="")
    entrusted_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    accepted: Mapped[bool | None]
    made_at: Mapped[datetime]
