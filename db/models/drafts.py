"""Conversations under way: a restart, or another process, goes on where they were."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class Draft(Base):
    """What one person is in the middle of; one at a time."""

    __tablename__ = "drafts"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(32))
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
