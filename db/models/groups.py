"""Groups and channels the bot is in."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class ChatState(enum.StrEnum):
    """waiting (nobody has linked it) → linked → left; moved: it goes by another number now."""

    WAITING = "waiting"
    LINKED = "linked"
    LEFT = "left"
    MOVED = "moved"


class Chat(Base):
    """A group or channel: which kinds of message it gets, in which languages; `moved_to` when it became a supergroup."""

    __tablename__ = "chats"
    __table_args__ = (CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in ChatState)})", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(128))
    is_channel: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16), default=ChatState.WAITING)
    kinds: Mapped[list[Any]] = mapped_column(JSON)
    languages: Mapped[list[Any]] = mapped_column(JSON)
    linked_by: Mapped[int | None]
    added_at: Mapped[datetime]
    leaves_at: Mapped[datetime | None]
    moved_to: Mapped[int | None]
