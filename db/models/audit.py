"""Who did what and when; never what was said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class AuditEntry(Base):
    """One act that others may have to understand later; `subject` is a kind and a number, e.g. « member 12 »."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(48))


class Mark(Base):
    """What must be remembered of somebody who may have been erased: a mark only our key can make again, no name, no number.

    `kind` is « erased » (an older copy is erased anew), « named » (the settings made them coordinator: they do so once),
    « used » (an invitation lets nobody in twice), « guess » (whoever guesses is locked out), « key » (the key of all marks),
    « shut out » and « restored » (what the coordinators are still to hear).
    """

    __tablename__ = "marks"
    __table_args__ = (Index("ix_marks_kind", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    mark: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]
