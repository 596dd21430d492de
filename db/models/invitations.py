"""How people come in: invitations, and asking to join."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class Invitation(Base):
    """A link that lets people in. Only the hash of its secret is kept.

    A personal one, made from a list, also knows who is meant; `list_key` finds its row of the list again.
    """

    __tablename__ = "invitations"
    __table_args__ = (REUSES_NO_ID,)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    place: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str | None] = mapped_column(String(8))
    first_name: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(256))
    list_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    uses_allowed: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RequestState(enum.StrEnum):
    """open → accepted or refused."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class JoinRequest(Base):
    """Somebody asks to become a member."""

    __tablename__ = "join_requests"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in RequestState)})", name="state"),
        Index("ix_join_requests_state", "state", "asked_at"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16), default=RequestState.OPEN)
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
