"""What people asked, what the bot made of it, and what people answered."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import REUSES_NO_ID, Base


class QuestionState(enum.StrEnum):
    """gathering → open → answered → closed; a later word of the asker leads back to open."""

    GATHERING = "gathering"
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Question(Base):
    """One person's thread with the coordinators. Those who ask the same are led by the first (`lead_id`)."""

    __tablename__ = "questions"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in QuestionState)})", name="state"),
        Index("ix_questions_state", "state", "asked_at"),
        Index("ix_questions_member", "member_id", "id"),
        REUSES_NO_ID,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    message_id: Mapped[int]
    first_name: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default=QuestionState.OPEN)
    text: Mapped[str | None] = mapped_column(Text())
    language: Mapped[str | None] = mapped_column(String(8))
    album: Mapped[str | None] = mapped_column(String(64))
    entry: Mapped[str | None] = mapped_column(String(64))
    about: Mapped[str | None] = mapped_column(String(64))  # what it was asked under, e.g. « announcement 12 bm »
    known: Mapped[list[Any]] = mapped_column(JSON)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id", ondelete="SET NULL"))
    taker_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    taken_at: Mapped[datetime | None]
    topic_id: Mapped[int | None]
    lateness: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class QuestionMessage(Base):
    """A message of a thread, which stays in its own chat: the asker's, or a person's answer (a draft until `sent_at`)."""

    __tablename__ = "question_messages"
    __table_args__ = (Index("ix_question_messages_question", "question_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    is_answer: Mapped[bool]
    chat_id: Mapped[int]
    message_id: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text())
    said_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class QuestionPost(Base):
    """A message of ours that belongs to a question: replying to it, anywhere, means that question."""

    __tablename__ = "question_posts"
    __table_args__ = (Index("ix_question_posts_message", "chat_id", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    view: Mapped[str] = mapped_column(String(64))
    chat_id: Mapped[int]
    message_id: Mapped[int]


class Asking(Base):
    """What the bot made of one message: for follow-ups, second misses and statistics. Only misses keep their words."""

    __tablename__ = "askings"
    __table_args__ = (Index("ix_askings_member", "member_id", "id"), Index("ix_askings_asked", "asked_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    message_id: Mapped[int]
    language: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    entry: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Text())
    was_wrong: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime]
