"""Who sends: one leader at a time, told apart by a growing epoch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class Leadership(Base):
    """A single row; its epoch fences the late writes of a former leader."""

    __tablename__ = "leadership"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    since: Mapped[datetime]
