"""The coordinators' desk: cards taken, left, answered, declined; the list; what was asked most."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import callbacks
from bot.context import Context
from bot.domain import askings, drafts, joining, policy, questions
from bot.errors import Outdated
from bot.messages import OutgoingMessage
from bot.views import desk as views
from bot.views import statistics
from db.models import Draft, Member, Question
from handlers.doors import action

ANSWER = "answer"
COUNTED_DAYS = timedelta(days=30)
_GROUP_REPLY = filters.ChatType.GROUPS & filters.REPLY & filters.UpdateType.MESSAGE & ~filters.COMMAND


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler("questions", show_waiting),
        CommandHandler(("statistiques", "jate"), show_statistics),
        MessageHandler(_GROUP_REPLY, replied_in_group),
        CallbackQueryHandler(show_question, callbacks.ShowQuestion.pattern()),
        CallbackQueryHandler(take, callbacks.Take.pattern()),
        CallbackQueryHandler(leave, callbacks.Leave.pattern()),
        CallbackQueryHandler(decline, callbacks.Decline.pattern()),
        CallbackQueryHandler(close, callbacks.CloseQuestion.pattern()),
        CallbackQueryHandler(write_answer, callbacks.WriteAnswer.pattern()),
        CallbackQueryHandler(send_known, callbacks.SendKnown.pattern()),
        CallbackQueryHandler(send_answer, callbacks.SendAnswer.pattern()),
    ]


@action("questions.answer")
async def show_waiting(update: Update, context: Context) -> None:
    """/questions."""
    await context.show(await waiting(context))


async def waiting(context: Context) -> OutgoingMessage:
    """Return the list of questions that wait."""
    policy.require(context.role, "questions.answer")
    found, asking = await context.read(lambda session: (questions.waiting(session), joining.askers(session)))
    return views.waiting(found, asking, context.reader, now=context.now)


@action("questions.answer")
async def show_question(update: Update, context: Context) -> None:
    """One of the list was pressed: its card comes to the bottom."""
    press = callbacks.ShowQuestion.parse(context.pressed)
    await context.transaction(
        lambda session, member: questions.show(session, member, press.question_id, chat_id=context.chat_id, now=context.now)
    )
    context.notice()


@action("questions.answer")
async def take(update: Update, context: Context) -> None:
    """« I take it »."""
    press = callbacks.Take.parse(context.pressed)
    await context.transaction(lambda session, member: questions.take(session, member, press.question_id, now=context.now))
    context.notice(context.reader.say("questions.notice.taken"))


@action("questions.answer")
async def leave(update: Update, context: Context) -> None:
    """« I leave it »."""
    press = callbacks.Leave.parse(context.pressed)
    await context.transaction(
        lambda session, member: questions.leave(session, member, press.question_id, desk=context.desk, now=context.now)
    )
    context.notice()


@action("questions.answer")
async def decline(update: Update, context: Context) -> None:
    """« Not for us »."""
    press = callbacks.Decline.parse(context.pressed)
    await context.transaction(lambda session, member: questions.decline(session, member, press.question_id, now=context.now))
    context.notice()


@action("questions.answer")
async def close(update: Update, context: Context) -> None:
    """« This is over »."""
    press = callbacks.CloseQuestion.parse(context.pressed)
    await context.transaction(lambda session, member: questions.close(session, member, press.question_id, now=context.now))
    context.notice()


@action("questions.answer")
async def write_answer(update: Update, context: Context) -> None:
    """« Answer »: the next message is the answer; in a group one replies to the card."""
    press = callbacks.WriteAnswer.parse(context.pressed)

    def begin(session: Session, member: Member) -> Question:
        if context.is_private:
            drafts.put(session, member, kind=ANSWER, step="write", now=context.now, question_id=press.question_id)
        return questions.found(session, press.question_id)

    question = await context.transaction(begin)
    context.notice()
    await context.say(views.write_answer(question, context.reader))


async def answer_drafted(update: Update, context: Context, draft: Draft) -> None:
    """The message that answers, after « answer » was pressed."""
    await preview_for(context, draft.content["question_id"])


async def preview_for(context: Context, question_id: int) -> None:
    """Keep the present message as an answer and show it as the asker will see it."""

    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=ANSWER)
        questions.draft(session, member, questions.found(session, question_id), context.said, now=context.now)

    await context.transaction(keep)


@action("groups.called")
async def replied_in_group(update: Update, context: Context) -> None:
    """A reply in a group: to a card, it answers; to anything else, it is not for us."""
    card, chat_id = context.message.reply_to_message, context.chat_id
    if card is None:
        return
    question = await context.read(lambda session: questions.behind(session, chat_id=chat_id, message_id=card.message_id))
    if question is not None:
        policy.require(context.role, "questions.answer")
        await preview_for(context, question.id)


@action("questions.answer")
async def send_answer(update: Update, context: Context) -> None:
    """The green button under a preview."""
    press = callbacks.SendAnswer.parse(context.pressed)
    question = await context.transaction(
        lambda session, member: questions.send(session, member, press.answer_id, desk=context.desk, now=context.now)
    )
    context.notice()
    await context.say(views.sent(question, press.answer_id, context.reader))


@action("questions.answer")
async def send_known(update: Update, context: Context) -> None:
    """A known answer was pressed on a card."""
    press = callbacks.SendKnown.parse(context.pressed)

    def send(session: Session, member: Member) -> None:
        known = questions.found(session, press.question_id).known
        if not 0 <= press.number < len(known) or known[press.number] not in context.machine.knowledge.entries:
            raise Outdated("errors.old_button")
        questions.send_known(session, member, press.question_id, known[press.number], now=context.now)

    await context.transaction(send)
    context.notice(context.reader.say("questions.notice.sent"))


@action("statistics.look")
async def show_statistics(update: Update, context: Context) -> None:
    """/statistiques: the last thirty days, in words and as a picture."""
    since, reader, entries = context.now - COUNTED_DAYS, context.reader, context.machine.knowledge.entries

    def title_of(name: str) -> str:
        return entries[name].text(reader.language.code).title if name in entries else name

    found = await context.read(lambda session: askings.statistics(session, since=since))
    await context.show(statistics.questions(found, title_of, reader))
    await context.say(await asyncio.to_thread(statistics.picture, found, title_of, reader))
