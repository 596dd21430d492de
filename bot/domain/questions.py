"""Questions for people: gathered, passed on, taken by exactly one, answered, gone on with. Nothing asked is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.domain import desk as desks
from bot.domain import outbox, policy, quiet
from bot.domain.desk import Desk
from bot.errors import NotFound, Taken
from db.models import Asking, Delivery, DeliveryState, Lane, Member, Question, QuestionMessage, QuestionPost, QuestionState

PROMISE = timedelta(hours=24)
CLAIM = timedelta(hours=24)
GATHERED_WITHIN = timedelta(minutes=10)
SAME_BREATH = timedelta(minutes=1)
THREAD_LASTS = timedelta(days=30)
LONGEST_TEXT = 1000
KNOWN = 3
OPEN = QuestionState.OPEN


@dataclass(frozen=True)
class Said:
    """A message somebody sent: where it is, and its words when it has some."""

    chat_id: int
    message_id: int
    text: str | None = None


# ---- the asker's side
def gather(session: Session, member: Member, said: Said, *, about: int | None = None, now: datetime) -> Question:
    """Keep a message that may go to a person; those of the last minutes are one question, in order.

    `about` is the message of ours in the same chat it refers to; it goes along.
    """
    policy.require(member.role, "questions.ask")
    question = _bundle(session, member, now) or _begin(session, member, said, now)
    known = {message.message_id for message in messages(session, question)}
    if about is not None and about not in known:
        _add(session, question, member, Said(said.chat_id, about), now)
    if said.message_id not in known:
        _add(session, question, member, said, now)
        question.text = " ".join(filter(None, (question.text, said.text)))[:LONGEST_TEXT] or None
    question.changed_at = now
    return question


def _bundle(session: Session, member: Member, now: datetime) -> Question | None:
    return session.scalar(
        select(Question)
        .where(
            Question.member_id == member.id,
            Question.state == QuestionState.GATHERING,
            Question.changed_at >= now - GATHERED_WITHIN,
        )
        .order_by(Question.id.desc())
        .limit(1)
    )


def _begin(session: Session, member: Member, said: Said, now: datetime) -> Question:
    question = Question(
        member_id=member.id, message_id=said.message_id, first_name=member.first_name, state=QuestionState.GATHERING,
        language=member.language, known=[], asked_at=now, due_at=now + PROMISE, changed_at=now,
    )  # fmt: skip
    session.add(question)
    session.flush()
    return question


def _add(
    session: Session, question: Question, author: Member, said: Said, now: datetime, *, is_answer: bool = False
) -> QuestionMessage:
    message = QuestionMessage(
        question_id=question.id, author_id=author.id, is_answer=is_answer, chat_id=said.chat_id, message_id=said.message_id,
        text=said.text[:4096] if said.text else None, said_at=now, sent_at=None if is_answer else now,
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message


def messages(session: Session, question: Question) -> list[QuestionMessage]:
    """Return what the asker has said, in order."""
    said = select(QuestionMessage).where(QuestionMessage.question_id == question.id, ~QuestionMessage.is_answer)
    return list(session.scalars(said.order_by(QuestionMessage.id)))


def holding(session: Session, member: Member, message_id: int) -> Question | None:
    """Return the question one of somebody's own messages is part of."""
    return session.scalar(
        select(Question)
        .join(QuestionMessage, QuestionMessage.question_id == Question.id)
        .where(Question.member_id == member.id, QuestionMessage.message_id == message_id, ~QuestionMessage.is_answer)
        .order_by(Question.id.desc())
        .limit(1)
    )


def is_gathering(session: Session, member: Member, *, now: datetime) -> bool:
    """Tell whether somebody has just sent things that may go to a person: what they say now belongs to them."""
    bundle = _bundle(session, member, now)
    return bundle is not None and bundle.changed_at >= now - SAME_BREATH


def is_still_here(session: Session, member: Member, message_id: int) -> bool:
    """Tell whether a message of theirs was gathered and nobody has been asked yet."""
    question = holding(session, member, message_id)
    return question is not None and question.state == QuestionState.GATHERING


def text_of(session: Session, telegram_id: int, message_id: int) -> str:
    """Return the words of a message somebody sent us, as far as they were kept; else nothing."""
    kept = select(QuestionMessage.text).where(QuestionMessage.chat_id == telegram_id, QuestionMessage.message_id == message_id)
    missed = select(Asking.text).join(Member).where(Member.telegram_id == telegram_id, Asking.message_id == message_id)
    return session.scalar(kept.where(QuestionMessage.text.is_not(None)).limit(1)) or session.scalar(missed.limit(1)) or ""


def latest_thread(session: Session, member: Member, *, now: datetime) -> int | None:
    """Return the thread somebody was last answered in, while it is fresh enough to go on with."""
    return session.scalar(
        select(Question.id)
        .where(Question.member_id == member.id, Question.state.in_((QuestionState.ANSWERED, QuestionState.CLOSED)),
               Question.answered_at >= now - THREAD_LASTS)
        .order_by(Question.answered_at.desc())
        .limit(1)
    )  # fmt: skip


def own(session: Session, member: Member, question_id: int) -> Question:
    """Return a question of somebody's own. Raises NotFound, for another's as for one that never was."""
    question = session.get(Question, question_id)
    if question is None or question.member_id != member.id:
        raise NotFound("errors.old_button")
    return question


def ask(
    session: Session,
    member: Member,
    said: Said,
    *,
    desk: Desk,
    known: Sequence[str] = (),
    entry: str | None = None,
    now: datetime,
) -> Question:
    """Pass a message on to the coordinators, with what was gathered around it; once, however often they press.

    `known` names the nearest entries, `entry` the one that was told and was not it.
    """
    question = holding(session, member, said.message_id) or gather(session, member, said, now=now)
    if question.state != QuestionState.GATHERING:
        return question
    question.state, question.asked_at, question.due_at, question.changed_at = OPEN, now, now + PROMISE, now
    question.known, question.entry = list(known)[:KNOWN], entry
    lead = _same(session, question, desk)
    if lead is None:
        _post(session, question, desk, now)
    else:
        question.lead_id = lead.id
        redraw(session, lead, now)
    return question


def _same(session: Session, question: Question, desk: Desk) -> Question | None:
    """Return the open question of somebody that asks the same; only words are compared, never voices."""
    if not question.text or len(messages(session, question)) > 1 or question.entry:
        return None
    leads = select(Question).where(
        Question.state == OPEN, Question.lead_id.is_(None), Question.id != question.id, Question.text.is_not(None)
    )
    same = (one for one in session.scalars(leads.order_by(Question.id)) if desk.alike(one.text or "", question.text))
    return next(same, None)


def say_more(session: Session, member: Member, question: Question, said: Said, *, desk: Desk, now: datetime) -> Question:
    """Add a later word to a thread; one that was over is open again, and whoever answered hears first."""
    policy.require(member.role, "questions.ask")
    if said.message_id in {message.message_id for message in messages(session, question)}:
        return question
    _add(session, question, member, said, now)
    was_over = question.state in (QuestionState.ANSWERED, QuestionState.CLOSED)
    question.changed_at = now
    if was_over:
        question.state, question.due_at, question.lateness, question.lead_id = OPEN, now + PROMISE, 0, None
        question.taken_at = now if question.taker_id else None
    lead = _lead(session, question)
    taker = taker_of(session, lead)
    chats = [taker.telegram_id] if taker and not desk.inbox_chat_id else desk.chats(session)
    values = {"question_id": question.id, "message_ids": [said.message_id], "from_chat_id": said.chat_id}
    for chat_id in chats:
        desks.tell(session, desk, chat_id, "questions.more", {"question_id": question.id}, now=now)
        desks.put_silently(
            session, chat_id, "questions.copy", values, now=now, after=desks.opening(session, desk, chat_id, now=now)
        )
    redraw(session, lead, now)
    return question


def thread_of(session: Session, member: Member, *, chat_id: int, message_id: int) -> Question | None:
    """Return the thread of their own that somebody replies into: to an answer, a notice, or their own question."""
    question = behind(session, chat_id=chat_id, message_id=message_id) or holding(session, member, message_id)
    is_theirs = question is not None and question.member_id == member.id and question.state != QuestionState.GATHERING
    return question if is_theirs else None


def settle(session: Session, member: Member, question_id: int, *, now: datetime) -> None:
    """« Thank you, that is all »: the asker closes their thread."""
    question = own(session, member, question_id)
    if question.state == QuestionState.ANSWERED:
        question.state, question.changed_at = QuestionState.CLOSED, now
        redraw(session, _lead(session, question), now)


# ---- the coordinators' side
def _lead(session: Session, question: Question) -> Question:
    return session.get_one(Question, question.lead_id) if question.lead_id else question


def group(session: Session, lead: Question) -> list[Question]:
    """Return a question and those that ask the same and still wait, oldest first."""
    others = select(Question).where(Question.lead_id == lead.id, Question.state == OPEN).order_by(Question.id)
    return [lead, *session.scalars(others)]


def _post(session: Session, question: Question, desk: Desk, now: datetime) -> None:
    for chat_id in desk.chats(session):
        desks.tell(session, desk, chat_id, "questions.card", {"question_id": question.id}, now=now)
        _copies(session, question, chat_id, now, desks.opening(session, desk, chat_id, now=now))


def _copies(session: Session, question: Question, chat_id: int, now: datetime, after: datetime) -> None:
    """Send what was said below its card, as it was said: one call, so that albums stay albums and order stays order."""
    said = messages(session, question)
    if not said:
        return
    values = {
        "question_id": question.id,
        "from_chat_id": said[0].chat_id,
        "message_ids": sorted(one.message_id for one in said),
    }
    desks.put_silently(session, chat_id, "questions.copy", values, now=now, after=after)


def show(session: Session, coordinator: Member, question_id: int, *, chat_id: int, now: datetime) -> None:
    """Put a question's card and messages at the bottom of a coordinator's chat."""
    policy.require(coordinator.role, "questions.answer")
    question = _lead(session, found(session, question_id))
    if asker_of(session, question) is None:
        raise NotFound("questions.asker_gone")
    desks.put_silently(session, chat_id, "questions.card", {"question_id": question.id}, now=now, after=now)
    _copies(session, question, chat_id, now, now)


def taker_of(session: Session, question: Question) -> Member | None:
    """Return who has a question; None for nobody, and for who may not answer any more or cannot be reached."""
    taker = session.get(Member, question.taker_id) if question.taker_id else None
    return taker if taker and taker.is_reachable and policy.may(taker.role, "questions.answer") else None


def asker_of(session: Session, question: Question) -> Member | None:
    """Return who asked; None for somebody who has been erased."""
    return session.get(Member, question.member_id) if question.member_id else None


def found(session: Session, question_id: int) -> Question:
    """Return a question; raises NotFound for one that was erased."""
    question = session.get(Question, question_id)
    if question is None:
        raise NotFound("questions.asker_gone")
    return question


def pass_on_waiting(session: Session, coordinator: Member, desk: Desk, *, now: datetime) -> None:
    """Give a coordinator who has just come the questions that nobody has answered."""
    if desk.inbox_chat_id:
        return
    has = select(QuestionPost.question_id).where(
        QuestionPost.chat_id == coordinator.telegram_id, QuestionPost.view == "questions.card"
    )
    seen = set(session.scalars(has))
    for question in waiting(session):
        if question.id not in seen:
            desks.tell(session, desk, coordinator.telegram_id, "questions.card", {"question_id": question.id}, now=now)
            _copies(
                session, question, coordinator.telegram_id, now, desks.opening(session, desk, coordinator.telegram_id, now=now)
            )


def waiting(session: Session) -> list[Question]:
    """Return the questions that wait for an answer, oldest first; those that ask the same once."""
    rows = select(Question).where(Question.state == OPEN, Question.lead_id.is_(None)).order_by(Question.asked_at, Question.id)
    return list(session.scalars(rows))


def forget(session: Session, question: Question, *, desk: Desk, now: datetime) -> None:
    """The asker is gone: only dates stay, cards say so; whoever asks the same is asked for anew, the first of them leading."""
    others = list(session.scalars(select(Question).where(Question.lead_id == question.id).order_by(Question.id)))
    for one in others:
        one.lead_id = others[0].id if one is not others[0] else None
    lead = _lead(session, question)
    question.member_id, question.first_name, question.text, question.album, question.lead_id = None, "", None, None, None
    question.state = QuestionState.CLOSED
    session.execute(delete(QuestionMessage).where(QuestionMessage.question_id == question.id))
    session.flush()
    redraw(session, question, now)
    if lead is not question:
        redraw(session, lead, now)
    if others and others[0].state == OPEN:
        _post(session, others[0], desk, now)


def redraw(session: Session, lead: Question, now: datetime) -> None:
    """Let every copy of a card show how things are."""
    posts = select(QuestionPost).where(QuestionPost.question_id == lead.id, QuestionPost.view == "questions.card")
    for post in session.scalars(posts):
        values = {"question_id": lead.id, "edits": post.message_id}
        outbox.put(session, chat_id=post.chat_id, view="questions.card", lane=Lane.REMINDER, now=now, values=values)


def take(session: Session, coordinator: Member, question_id: int, *, now: datetime) -> None:
    """« I take it »: exactly one does. Raises Taken, naming who was faster."""
    policy.require(coordinator.role, "questions.answer")
    lead = _lead(session, found(session, question_id))
    is_free = or_(Question.taker_id.is_(None), Question.taker_id == coordinator.id)
    _win(session, lead, coordinator, is_free, taken_at=now, changed_at=now)
    redraw(session, lead, now)
    for one in group(session, lead):
        _tell_asker(session, one, "questions.taken", {"by_id": coordinator.id}, now)


def _win(session: Session, lead: Question, coordinator: Member, condition: Any, **values: Any) -> None:
    """Change an open question in one step that only one person can make; raises Taken for the others."""
    won = session.scalar(
        update(Question)
        .where(Question.id == lead.id, Question.state == OPEN, condition)
        .values(taker_id=coordinator.id, **values)
        .returning(Question.id)
    )
    session.refresh(lead)
    if won is None:
        raise _taken(session, lead)


def _taken(session: Session, lead: Question) -> Taken:
    taker = session.get(Member, lead.taker_id) if lead.taker_id else None
    if taker is None:
        return Taken("questions.is_closed")
    name = "questions.is_taken" if lead.state == OPEN else "questions.is_answered"
    return Taken(name, name=taker.first_name)


def leave(session: Session, coordinator: Member, question_id: int, *, desk: Desk, now: datetime) -> None:
    """« I leave it »: free for anybody, and the others hear."""
    policy.require(coordinator.role, "questions.answer")
    lead = _lead(session, found(session, question_id))
    if lead.taker_id == coordinator.id and lead.state == OPEN:
        _free(session, lead, desk, now)


def _free(session: Session, lead: Question, desk: Desk, now: datetime) -> None:
    taker = session.get(Member, lead.taker_id) if lead.taker_id else None
    lead.taker_id, lead.taken_at = None, None
    for chat_id in {*desk.chats(session), *([taker.telegram_id] if taker and taker.is_reachable else [])}:
        values = {"question_id": lead.id, "by_id": taker.id if taker else None}
        desks.tell(session, desk, chat_id, "questions.freed", values, now=now)
    redraw(session, lead, now)


def let_go(session: Session, coordinator: Member, *, desk: Desk, now: datetime) -> None:
    """Somebody answers no more: what they had is free, and what they had answered but was not sent yet is open again."""
    unsent = select(Delivery.values).where(
        Delivery.author_id == coordinator.id, Delivery.state == DeliveryState.QUEUED, Delivery.view.like("questions.%")
    )
    for question_id in {values["question_id"] for values in session.scalars(unsent)}:
        question = session.get(Question, question_id)
        if question is not None:
            question.state, question.answered_at, question.changed_at = OPEN, None, now
    session.flush()
    theirs = select(Question).where(Question.taker_id == coordinator.id, Question.lead_id.is_(None)).order_by(Question.id)
    for question in session.scalars(theirs).all():
        if question.state == OPEN:
            _free(session, question, desk, now)
        else:
            question.taker_id, question.taken_at = None, None


def take_over(session: Session, coordinator: Member, *, desk: Desk, now: datetime) -> int:
    """Have every open question from now on, whoever had it; who had one hears. Returns how many there were."""
    policy.require(coordinator.role, "questions.answer")
    taken = [question for question in waiting(session) if question.taker_id != coordinator.id]
    for question in taken:
        before = session.get(Member, question.taker_id) if question.taker_id else None
        question.taker_id, question.taken_at, question.changed_at = coordinator.id, now, now
        if before is not None and before.is_reachable:
            values = {"question_id": question.id, "by_id": coordinator.id}
            desks.tell(session, desk, before.telegram_id, "questions.taken_over", values, now=now)
        redraw(session, question, now)
        for one in group(session, question):
            _tell_asker(session, one, "questions.taken", {"by_id": coordinator.id}, now)
    return len(taken)


def decline(session: Session, coordinator: Member, question_id: int, *, now: datetime) -> None:
    """« Not for us »: whoever asked is told so, kindly. Raises Taken."""
    policy.require(coordinator.role, "questions.answer")
    lead = _lead(session, found(session, question_id))
    askers = group(session, lead)
    is_free = or_(Question.taker_id.is_(None), Question.taker_id == coordinator.id)
    _win(session, lead, coordinator, is_free, state=QuestionState.CLOSED, changed_at=now)
    for one in askers:
        one.state = QuestionState.CLOSED
        _tell_asker(session, one, "questions.declined", {}, now)
    redraw(session, lead, now)


def draft(session: Session, coordinator: Member, question: Question, said: Said, *, now: datetime) -> QuestionMessage:
    """Keep what a coordinator wants to answer, and show it to them as the asker will see it. Raises Taken."""
    policy.require(coordinator.role, "questions.answer")
    lead = _lead(session, question)
    if not _may_answer(lead, coordinator):
        raise _taken(session, lead)
    answer = _add(session, lead, coordinator, said, now, is_answer=True)
    for view in ("questions.preview_head", "questions.preview"):
        values = {"question_id": lead.id, "answer_id": answer.id}
        outbox.put(session, chat_id=said.chat_id, view=view, lane=Lane.REPLY, now=now, values=values)
    return answer


def _may_answer(lead: Question, coordinator: Member) -> bool:
    is_mine = lead.taker_id == coordinator.id
    return is_mine if lead.state != OPEN else is_mine or lead.taker_id is None


def send(session: Session, coordinator: Member, answer_id: int, *, desk: Desk, now: datetime) -> Question:
    """Send a drafted answer to all who ask this, each with their own question quoted; once. Raises Taken, NotFound."""
    policy.require(coordinator.role, "questions.answer")
    answer = session.get(QuestionMessage, answer_id)
    if answer is None or answer.author_id != coordinator.id:
        raise NotFound("errors.old_button")
    lead = found(session, answer.question_id)
    if answer.sent_at is None:
        askers = _answered(session, coordinator, lead, now)
        answer.sent_at = now
        values = {"chat_id": answer.chat_id, "message_id": answer.message_id}
        for one in askers:
            for view in ("questions.answer_comes", "questions.answer"):
                _tell_asker(session, one, view, values, now, author=coordinator)
    return lead


def pair(session: Session, answer_id: int) -> tuple[Question, QuestionMessage]:
    """Return a question and one of its answers; raises NotFound."""
    answer = session.get(QuestionMessage, answer_id)
    if answer is None or not answer.is_answer:
        raise NotFound("errors.old_button")
    return found(session, answer.question_id), answer


def send_known(session: Session, coordinator: Member, question_id: int, entry: str, *, now: datetime) -> None:
    """Answer with what is known already, each asker in their own language. Raises Taken."""
    policy.require(coordinator.role, "questions.answer")
    lead = _lead(session, found(session, question_id))
    if lead.state != OPEN:
        raise _taken(session, lead)
    for one in _answered(session, coordinator, lead, now):
        _tell_asker(session, one, "questions.known", {"entry": entry}, now, author=coordinator)


def _answered(session: Session, coordinator: Member, lead: Question, now: datetime) -> list[Question]:
    """Mark a question and those that ask the same as answered by one person, and return them all."""
    askers = group(session, lead)
    reachable = [one for one in askers if (asker := asker_of(session, one)) and asker.is_reachable]
    if not reachable:
        raise NotFound("questions.asker_gone")
    if lead.state == OPEN:
        is_free = or_(Question.taker_id.is_(None), Question.taker_id == coordinator.id)
        _win(session, lead, coordinator, is_free, state=QuestionState.ANSWERED, answered_at=now, changed_at=now)
    elif not _may_answer(lead, coordinator):
        raise _taken(session, lead)
    for one in askers:
        one.state, one.answered_at, one.changed_at, one.taker_id = QuestionState.ANSWERED, now, now, coordinator.id
    redraw(session, lead, now)
    return reachable


def close(session: Session, coordinator: Member, question_id: int, *, now: datetime) -> None:
    """Close a thread; a later word of the asker opens it again."""
    policy.require(coordinator.role, "questions.answer")
    lead = _lead(session, found(session, question_id))
    for one in group(session, lead):
        one.state, one.changed_at = QuestionState.CLOSED, now
    redraw(session, lead, now)


def _tell_asker(
    session: Session, question: Question, view: str, values: dict[str, Any], now: datetime, *,
    author: Member | None = None, after: datetime | None = None,
) -> None:  # fmt: skip
    """Write to whoever asked; what an `author` answers quotes the question, and goes only while they may still answer."""
    asker = asker_of(session, question)
    if asker is None:
        return
    quoted = {"quotes": question.message_id, "answerer_id": author.id} if author else {}
    outbox.put(
        session, chat_id=asker.telegram_id, member_id=asker.id, view=view, lane=Lane.REPLY, now=now, not_before=after,
        values={"question_id": question.id, **values, **quoted}, author_id=author.id if author else None,
        action="questions.answer" if author else None,
    )  # fmt: skip


# ---- our own messages
def posted(session: Session, delivery: outbox.Parcel, message_ids: Sequence[int]) -> None:
    """Remember which messages of ours belong to a question, so that replying to any of them means it."""
    question_id = delivery.values.get("question_id")
    if question_id is None or "edits" in delivery.values or session.get(Question, question_id) is None:
        return
    for message_id in message_ids:
        session.add(QuestionPost(question_id=question_id, view=delivery.view, chat_id=delivery.chat_id, message_id=message_id))


def behind(session: Session, *, chat_id: int, message_id: int) -> Question | None:
    """Return the question that a message of ours in a chat belongs to."""
    post = select(QuestionPost).where(QuestionPost.chat_id == chat_id, QuestionPost.message_id == message_id)
    found_post = session.scalar(post.order_by(QuestionPost.id.desc()).limit(1))
    return session.get(Question, found_post.question_id) if found_post else None


def opened_topic(session: Session, delivery: outbox.Parcel, thread_id: int) -> None:
    """Remember the topic a question has of its own in the coordinators' group."""
    question = session.get(Question, delivery.values["question_id"])
    if question is not None:
        question.topic_id = thread_id


def undelivered(session: Session, delivery: outbox.Parcel, *, now: datetime) -> None:
    """Tell whoever answered that the asker is gone: the answer will never arrive."""
    values = delivery.values
    answerer = session.get(Member, values.get("answerer_id", 0))
    if answerer is not None:
        said = values.get("message_id") or values.get("entry")
        outbox.put(
            session, chat_id=answerer.telegram_id, view="questions.not_delivered", lane=Lane.REMINDER, now=now,
            values={"question_id": values["question_id"]}, dedupe_key=f"questions.not_delivered:{values['question_id']}:{said}",
        )  # fmt: skip


# ---- time
def remind(session: Session, desk: Desk, *, now: datetime) -> None:
    """Free claims that nobody made good in a day; at 24 h and at 48 h tell those who can do something, and the asker."""
    for question in waiting(session):
        if question.taken_at and question.taken_at + CLAIM <= now:
            _free(session, question, desk, now)
        late = 2 if question.due_at + PROMISE <= now else 1 if question.due_at <= now else 0
        if late > question.lateness:
            question.lateness = late
            _tell_late(session, question, desk, now)


def _tell_late(session: Session, question: Question, desk: Desk, now: datetime) -> None:
    taker = taker_of(session, question) if question.lateness == 1 else None
    chats = [taker.telegram_id] if taker and not desk.inbox_chat_id else desk.chats(session)
    for chat_id in chats:
        desks.tell(session, desk, chat_id, "questions.late", {"question_id": question.id}, now=now)
    for one in group(session, question):
        opens = quiet.opens_at(now, desk.night(asker_of(session, one)))
        _tell_asker(session, one, "questions.still_waiting", {"lateness": question.lateness}, now, after=opens)


def purge(session: Session, *, before: datetime) -> None:
    """Forget threads in which nothing has been said since then."""
    session.execute(delete(Question).where(Question.changed_at < before, Question.state != OPEN))


def forget_gathered(session: Session, *, before: datetime) -> None:
    """Forget what was gathered before then and never passed on."""
    session.execute(delete(Question).where(Question.state == QuestionState.GATHERING, Question.changed_at < before))
