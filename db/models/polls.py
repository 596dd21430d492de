"""Opinion polls: one question in each language, one tap one vote."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class PollState(enum.StrEnum):
    """draft → open → closed."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Poll(Base):
    """A poll. `questions` is language → question, `options` a list of language → answer; empty `places`, `roles`: everybody."""

    __tablename__ = "polls"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in PollState)})", name="state"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=PollState.DRAFT)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    questions: Mapped[dict[str, Any]]
    options: Mapped[list[Any]] = mapped_column(JSON)
    places: Mapped[list[Any]] = mapped_column(JSON)
    roles: Mapped[list[Any]] = mapped_column(JSON)
    groups: Mapped[list[Any]] = mapped_column(JSON)
    is_anonymous: Mapped[bool] = mapped_column(default=True)
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # what came out, once it is closed
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def is_urgent(self) -> bool:
        """A poll wakes nobody."""
        return False

    @property
    def mute_kind(self) -> str:
        """Return the kind of message one may mute it by."""
        return "meetings"


class PollVote(Base):
    """What one member chose: the number of an option."""

    __tablename__ = "poll_votes"
    __table_args__ = (Index("ix_poll_votes_member_id", "member_id"),)

    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    option: Mapped[int]
    voted_at: Mapped[datetime]
