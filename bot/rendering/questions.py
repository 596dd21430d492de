"""Questions on their way to the coordinators, and answers on their way back."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select

from bot.domain import announcements, questions
from bot.rendering.moment import Moment, Rendered, View, erased
from bot.views import announcement_copies as copy_views
from bot.views import desk as desk_views
from bot.views import questions as question_views
from bot.views.meeting_words import title_of
from bot.views.visit_words import visit_name
from db.models import Announcement, Delegation, Meeting, Member, Question, QuestionMessage, QuestionPost, QuestionState


def _card(moment: Moment) -> Rendered:
    """The card of a question as it stands now; the topic it opens is remembered by whoever sends it."""
    question, session = moment.question(), moment.session
    asker = questions.asker_of(session, question) if question else None
    if question is None:
        return None
    if asker is None:
        return erased(moment)
    group = questions.group(session, question)
    known = [entry for name in question.known if (entry := moment.entry(name))]
    taker = session.get(Member, question.taker_id) if question.taker_id else None
    card = desk_views.Card(question, asker, taker, group, known, moment.entry(question.entry), _about(question, moment))
    opens_topic = moment.stage.has_topics and question.topic_id is None and moment.delivery.chat_id < 0
    screen = desk_views.card(card, moment.reader)
    topic = desk_views.topic_name(question) if opens_topic else ""
    return dataclasses.replace(screen, edits=moment.edits, topic=topic, thread_id=question.topic_id)


def _about(question: Question, moment: Moment) -> str:
    """What a question was asked under: its beginning, and the language it was read in."""
    if not question.about:
        return ""
    kind, number, language = question.about.split(" ")
    name = moment.stage.words.languages[language].name if language in moment.stage.words.languages else language
    if kind == "delegation":
        delegation = moment.session.get(Delegation, int(number))
        return f"{visit_name(delegation, moment.reader)} ({name})" if delegation else ""
    if kind == "meeting":
        meeting = moment.session.get(Meeting, int(number))
        return f"{title_of(meeting, moment.reader)} ({name})" if meeting else ""
    announcement = moment.session.get(Announcement, int(number))
    texts = announcements.texts(moment.session, announcement) if announcement else {}
    return f"{copy_views.title_of(texts, moment.reader)} ({name})"


def _copy(moment: Moment) -> Rendered:
    values, question = moment.values, moment.question()
    if question is None or question.member_id is None:
        return None
    chat_id = values.get("from_chat_id") or values["asker_chat_id"]
    message_ids = values.get("message_ids") or [values["message_id"]]
    return dataclasses.replace(question_views.passed_on(chat_id, message_ids), thread_id=question.topic_id)


def _more(moment: Moment) -> Rendered:
    """The words « something more » stand under the card, so that one sees what about."""
    question = moment.question()
    if question is None or question.member_id is None:
        return None
    card = select(QuestionPost.message_id).where(
        QuestionPost.question_id == question.id, QuestionPost.chat_id == moment.delivery.chat_id,
        QuestionPost.view == "questions.card",
    )  # fmt: skip
    quotes = moment.session.scalar(card.order_by(QuestionPost.id.desc()).limit(1))
    return dataclasses.replace(desk_views.more(question, moment.reader), quotes=quotes, thread_id=question.topic_id)


def _digest(moment: Moment) -> Rendered:
    waiting = questions.waiting(moment.session)
    return desk_views.digest(len(waiting), moment.reader) if waiting else None


def _late(moment: Moment) -> Rendered:
    question = moment.question()
    is_open = question is not None and question.state == QuestionState.OPEN
    return desk_views.late(question, moment.reader, now=moment.now) if question and is_open else None


def _freed(moment: Moment) -> Rendered:
    question = moment.question()
    return desk_views.freed(question, moment.name("by_id"), moment.reader) if question else None


def _preview_head(moment: Moment) -> Rendered:
    question = moment.question()
    if question is None:
        return None
    return dataclasses.replace(desk_views.preview_head(question, moment.reader), thread_id=question.topic_id)


def _preview(moment: Moment) -> Rendered:
    answer, question = moment.session.get(QuestionMessage, moment.values["answer_id"]), moment.question()
    if answer is None or question is None:
        return None
    return dataclasses.replace(desk_views.preview(answer, moment.reader), thread_id=question.topic_id)


def _not_delivered(moment: Moment) -> Rendered:
    question = moment.question()
    return desk_views.not_delivered(question, moment.reader) if question else None


def _taken_over(moment: Moment) -> Rendered:
    question = moment.question()
    return desk_views.taken_over(question, moment.name("by_id"), moment.reader) if question else None


def _taken(moment: Moment) -> Rendered:
    return question_views.taken(moment.name("by_id"), moment.reader)


def _declined(moment: Moment) -> Rendered:
    return question_views.declined(moment.reader)


def _still_waiting(moment: Moment) -> Rendered:
    question = moment.question()
    is_open = question is not None and question.state == QuestionState.OPEN
    return question_views.still_waiting(moment.values["lateness"], moment.reader) if is_open else None


def _answer_comes(moment: Moment) -> Rendered:
    return question_views.answer_comes(moment.reader, quotes=moment.values["quotes"])


def _answer(moment: Moment) -> Rendered:
    values = moment.values
    passed = question_views.passed_on(values["chat_id"], [values["message_id"]])
    return dataclasses.replace(passed, buttons=question_views.thread_buttons(values["question_id"], moment.reader))


def _known(moment: Moment) -> Rendered:
    entry = moment.entry(moment.values["entry"])
    if entry is None:
        return None
    return question_views.told_by_person(entry, moment.values["question_id"], moment.reader, quotes=moment.values["quotes"])


VIEWS: dict[str, View] = {
    "questions.taken_over": _taken_over,
    "questions.card": _card,
    "questions.copy": _copy,
    "questions.more": _more,
    "questions.digest": _digest,
    "questions.late": _late,
    "questions.freed": _freed,
    "questions.preview_head": _preview_head,
    "questions.preview": _preview,
    "questions.not_delivered": _not_delivered,
    "questions.taken": _taken,
    "questions.declined": _declined,
    "questions.still_waiting": _still_waiting,
    "questions.answer_comes": _answer_comes,
    "questions.answer": _answer,
    "questions.known": _known,
}
READERS = dict.fromkeys(
    ("questions.card", "questions.copy", "questions.more", "questions.digest", "questions.late", "questions.freed",
     "questions.preview_head", "questions.preview", "questions.not_delivered", "questions.taken_over"),
    "questions.answer",
)  # fmt: skip
