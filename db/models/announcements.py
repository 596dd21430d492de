"""Announcements: what was written, for whom, when; who has seen it. Its copies are deliveries."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class AnnouncementState(enum.StrEnum):
    """draft → scheduled → sending ⇄ paused → sent or stopped → withdrawn; held: its author may not send any more."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    HELD = "held"
    SENDING = "sending"
    PAUSED = "paused"
    STOPPED = "stopped"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


class Announcement(Base):
    """One announcement. Empty `places` and `roles` mean everybody who is inside; `groups` are chats.

    `wall` and `time_zone` are when its author wants it sent, `send_at` that instant; `version` grows with corrections.
    """

    __tablename__ = "announcements"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in AnnouncementState)})", name="state"),
        Index("ix_announcements_state", "state", "send_at"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default=AnnouncementState.DRAFT)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(16), default="news")
    is_urgent: Mapped[bool] = mapped_column(default=False)
    places: Mapped[list[Any]] = mapped_column(JSON)
    roles: Mapped[list[Any]] = mapped_column(JSON)
    groups: Mapped[list[Any]] = mapped_column(JSON)
    wall: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    send_at: Mapped[datetime | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    progress_chat_id: Mapped[int | None]
    progress_message_id: Mapped[int | None]

    @property
    def mute_kind(self) -> str:
        """Return the kind of message one may mute it by: what it is about."""
        return self.kind


class AnnouncementText(Base):
    """What an announcement says in one language: markup, files by their ids (photos of an album in order), a voice."""

    __tablename__ = "announcement_texts"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    text: Mapped[str] = mapped_column(Text(), default="")
    before: Mapped[str | None] = mapped_column(Text())  # what it said before the last correction
    corrected_at: Mapped[datetime | None]
    media: Mapped[list[Any]] = mapped_column(JSON)
    album: Mapped[str | None] = mapped_column(String(64))
    voice: Mapped[str | None] = mapped_column(String(256))
    voice_seconds: Mapped[int] = mapped_column(default=0)


class AnnouncementSeen(Base):
    """Somebody pressed « 👍 Vu »."""

    __tablename__ = "announcement_seen"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]
