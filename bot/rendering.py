"""What a queued delivery becomes when its moment has come: rows loaded, then the view in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import members
from bot.i18n import Reader, Words
from bot.messages import CommandMenu, OutgoingMessage
from bot.views import home, questions
from bot.views import members as member_views
from db.models import Delivery, Member, Question

Rendered = OutgoingMessage | CommandMenu | None
_View = Callable[[Session, dict[str, Any], Reader], Rendered]


def _commands(session: Session, values: dict[str, Any], reader: Reader) -> Rendered:
    return home.commands(reader)


def _welcome(session: Session, values: dict[str, Any], reader: Reader) -> Rendered:
    return home.welcome(reader)


def here(member: Member | None, reader: Reader) -> OutgoingMessage:
    """Return the screen somebody stands at: the step of the welcome they have not answered, else home."""
    match members.missing_step(member) if member else "language":
        case "language":
            return member_views.choose_language(reader.words)
        case "place":
            return member_views.choose_place(reader)
        case _:
            return home.home(reader)


def _here(session: Session, values: dict[str, Any], reader: Reader) -> Rendered:
    return here(members.by_telegram_id(session, values["chat_id"]), reader)


def _card(session: Session, values: dict[str, Any], reader: Reader) -> Rendered:
    question = session.get(Question, values["question_id"])
    asker = session.get(Member, question.member_id) if question else None
    return questions.card(question, asker, reader) if question and asker else None


def _copy(session: Session, values: dict[str, Any], reader: Reader) -> Rendered:
    return questions.passed_on(values["asker_chat_id"], values["message_id"])


def _answer_comes(session: Session, values: dict[str, Any], reader: Reader) -> Rendered:
    return questions.answer_comes(reader, quotes=values["quotes"])


def _answer(session: Session, values: dict[str, Any], reader: Reader) -> Rendered:
    return questions.passed_on(values["chat_id"], values["message_id"])


VIEWS: dict[str, _View] = {
    "members.commands": _commands,
    "members.welcome": _welcome,
    "members.here": _here,
    "questions.card": _card,
    "questions.copy": _copy,
    "questions.answer_comes": _answer_comes,
    "questions.answer": _answer,
}


def render(session: Session, delivery: Delivery, words: Words) -> Rendered:
    """Return the message of a delivery in the language its reader has now; None when it has lost its object."""
    member = members.by_telegram_id(session, delivery.chat_id)
    reader = words.reader(member.language if member else None, member.place if member else None)
    return VIEWS[delivery.view](session, delivery.values, reader)
