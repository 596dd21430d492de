"""What people have added to the knowledge that comes in files, and the voices that speak it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class AddedEntry(Base):
    """An entry that a person wrote, or a file's entry they changed or retired; `name` is the file's then."""

    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class EntryText(Base):
    """An entry in one language; `is_stale` when the text it was made from has changed since."""

    __tablename__ = "entry_texts"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    title: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text())
    questions: Mapped[list[Any]] = mapped_column(JSON)
    is_stale: Mapped[bool] = mapped_column(default=False)
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]


class Recording(Base):
    """A human voice for a sentence or an entry, in one language; `text` is what was read."""

    __tablename__ = "recordings"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    file_id: Mapped[str] = mapped_column(String(256))
    seconds: Mapped[int]
    text: Mapped[str] = mapped_column(Text())
    recorded_by: Mapped[int | None]
    recorded_at: Mapped[datetime]
