"""The outbox: what must reach a chat, and what became of it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class DeliveryState(enum.StrEnum):
    """queued → sending → sent · failed · cancelled · expired · held · parked; a crash leaves sending → ambiguous."""

    QUEUED = "queued"
    SENDING = "sending"
    AMBIGUOUS = "ambiguous"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HELD = "held"
    PARKED = "parked"


class Lane(enum.IntEnum):
    """Who goes first."""

    REPLY = 0
    URGENT = 1
    REMINDER = 2
    BROADCAST = 3


class Delivery(Base):
    """One message to one chat. It says which view to render, never the rendered text."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in DeliveryState)})", name="state"),
        Index("ix_deliveries_due", "state", "lane", "id"),
        Index("ix_deliveries_chat", "chat_id", "state", "id"),
        Index("ix_deliveries_subject", "view", "subject_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int]
    member_id: Mapped[int | None]
    author_id: Mapped[int | None]  # whose act it carries out; it is not sent once they may not do so any more
    action: Mapped[str | None] = mapped_column(String(48))
    subject_id: Mapped[int | None]  # what its copies are found by, to be redrawn
    lane: Mapped[int]
    view: Mapped[str] = mapped_column(String(64))
    values: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.QUEUED)
    dedupe_key: Mapped[str | None] = mapped_column(String(128), unique=True)
    resends: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")  # how often the program fell while it was in flight
    epoch: Mapped[int | None]
    message_id: Mapped[int | None]
    message_ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))  # all of them, when there were several
    reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class Pause(Base):
    """Until when Telegram wants silence: for one chat, or for the whole bot (chat 0)."""

    __tablename__ = "pauses"

    chat_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[datetime]
