"""Questions for people: passed on as they are, answered by replying."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.domain import members, outbox, policy
from bot.errors import NotFound
from db.models import Delivery, Lane, Member, Question


def ask(
    session: Session, member: Member, *, message_id: int, first_name: str, inbox_chat_id: int | None, now: datetime
) -> Question:
    """Pass somebody's message on to the coordinators, once however often they press.

    Each coordinator, or the one inbox chat, gets a card and below it the message as it was sent.
    """
    policy.require(member.role, "questions.ask")
    asked = select(Question).where(Question.member_id == member.id, Question.message_id == message_id)
    question = session.scalar(asked)
    if question is None:
        question = Question(member_id=member.id, message_id=message_id, first_name=first_name[:64], asked_at=now)
        session.add(question)
        session.flush()
        _pass_on(session, question, member, inbox_chat_id, now)
    return question


def _pass_on(session: Session, question: Question, member: Member, inbox_chat_id: int | None, now: datetime) -> None:
    chats = [inbox_chat_id] if inbox_chat_id else [one.telegram_id for one in members.coordinators(session)]
    for chat_id in chats:
        for view in ("questions.card", "questions.copy"):
            outbox.put(
                session, chat_id=chat_id, view=view, lane=Lane.REMINDER, now=now,
                values={"question_id": question.id, "message_id": question.message_id, "asker_chat_id": member.telegram_id},
                dedupe_key=f"{view}:{question.id}:{chat_id}",
            )  # fmt: skip


def pass_on_waiting(session: Session, coordinator: Member, *, now: datetime) -> None:
    """Give a coordinator who has just come the questions that nobody has answered."""
    for question in session.scalars(select(Question).where(Question.answered_at.is_(None)).order_by(Question.id)):
        asker = session.get_one(Member, question.member_id)
        _pass_on(session, question, asker, coordinator.telegram_id, now)


def behind(session: Session, *, chat_id: int, message_id: int) -> Question | None:
    """Return the question that a card in a coordinator's chat is about."""
    card = session.scalar(
        select(Delivery).where(
            Delivery.chat_id == chat_id, Delivery.message_id == message_id, Delivery.view.startswith("questions.")
        )
    )
    return session.get(Question, card.values["question_id"]) if card else None


def answer(session: Session, coordinator: Member, question: Question, *, chat_id: int, message_id: int, now: datetime) -> None:
    """Send a coordinator's message to whoever asked, quoting their question. Raises NotAllowed, NotFound."""
    policy.require(coordinator.role, "questions.answer")
    asker = session.get(Member, question.member_id)
    if asker is None or not asker.is_reachable:
        raise NotFound("questions.asker_gone")
    question.answered_at = now
    values = {"question_id": question.id, "chat_id": chat_id, "message_id": message_id, "quotes": question.message_id}
    for view in ("questions.answer_comes", "questions.answer"):
        outbox.put(
            session, chat_id=asker.telegram_id, member_id=asker.id, view=view, lane=Lane.REPLY, now=now, values=values,
            dedupe_key=f"{view}:{question.id}:{chat_id}:{message_id}",
        )  # fmt: skip


def purge(session: Session, *, before: datetime) -> None:
    """Forget questions asked before then."""
    session.execute(delete(Question).where(Question.asked_at < before))
