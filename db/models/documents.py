"""The library: conventions, minutes, reports, posters; sent by their file's id, found by asking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class Document(Base):
    """A document. `titles` is language → title, `text` what it says (searched), `media` its file: kind and id.

    `more` are the files that came with it as one album; `project` is the shelf of the project it is about.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_meeting_id", "meeting_id"), REUSES_NO_ID)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    titles: Mapped[dict[str, Any]]
    text: Mapped[str] = mapped_column(Text(), default="")
    media: Mapped[list[Any]] = mapped_column(JSON)
    more: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    least_role: Mapped[str] = mapped_column(String(16), default="member")
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id", ondelete="SET NULL"))
    project: Mapped[str | None] = mapped_column(String(64))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
