"""Updates as Telegram sent them, stored before they are confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class InboxUpdate(Base):
    """One raw update; `done_at` is set in the transaction of its effect."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_pending", "done_at", "arrival"),
        Index("ix_inbox_unanswered", "chat_id", "answered_at"),
    )

    update_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    arrival: Mapped[int]  # order of arrival; update ids may jump back after a quiet week
    chat_id: Mapped[int]
    payload: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class DeadLetter(Base):
    """An update that could not be read or handled; kept for two days for whoever repairs the bug."""

    __tablename__ = "dead_letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int]
    payload: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(8))
    died_at: Mapped[datetime]
