"""Questions: answered when sure, suggested when not, passed on to a person in one tap."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import callbacks
from bot.context import Context
from bot.domain import members, questions
from bot.domain.policy import Role
from bot.errors import Outdated
from bot.knowledge import Kind, Knowledge, Verdict
from bot.messages import OutgoingMessage
from bot.rendering import here
from bot.views import buttons, home
from bot.views import members as member_views
from bot.views import questions as views
from db.models import Member, Question
from handlers.doors import action

_PRIVATE = filters.ChatType.PRIVATE
_NEW = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("question", "nyininkali"), show_menu),
        CallbackQueryHandler(show_shelf, callbacks.ShowGroup.pattern()),
        CallbackQueryHandler(show_entry, callbacks.ShowEntry.pattern()),
        CallbackQueryHandler(ask_person, callbacks.AskPerson.pattern()),
        MessageHandler(filters.REPLY & filters.UpdateType.MESSAGE & ~filters.COMMAND, replied),
        MessageHandler(_PRIVATE & _NEW & filters.TEXT & ~filters.COMMAND, asked),
        MessageHandler(_PRIVATE & _NEW, received),
    ]


@action("questions.look")
async def show_menu(update: Update, context: Context) -> None:
    """/question."""
    await context.show(views.menu(list(context.machine.knowledge.shelves.values()), context.reader))


@action("questions.look")
async def show_shelf(update: Update, context: Context) -> None:
    """A subject was pressed."""
    press = callbacks.ShowGroup.parse(context.pressed)
    knowledge = context.machine.knowledge
    shelf = knowledge.shelves.get(press.name)
    if shelf is None or press.page < 0:
        raise Outdated("errors.old_button")
    context.notice()
    await context.show(views.on_shelf(shelf, knowledge.on(shelf), press.page, context.reader))


@action("questions.look")
async def show_entry(update: Update, context: Context) -> None:
    """A question was pressed: a new message, so that the list stays."""
    entry = context.machine.knowledge.entries.get(callbacks.ShowEntry.parse(context.pressed).name)
    if entry is None or entry.kind is not Kind.ENTRY:
        raise Outdated("errors.old_button")
    context.notice()
    await context.say(views.answer(entry, context.reader, message_id=None))


@action("questions.look")
async def asked(update: Update, context: Context) -> None:
    """Somebody typed something."""
    if context.member is None or members.missing_step(context.member):
        await context.show(here(context.member, context.reader))
        return
    verdict = context.machine.knowledge.judge(context.message.text or "")
    await context.show(reply(verdict, context.machine.knowledge, context, context.message.message_id))


def reply(verdict: Verdict, knowledge: Knowledge, context: Context, message_id: int) -> OutgoingMessage:
    """Return the screen a verdict leads to."""
    reader = context.reader
    match verdict.kind:
        case "answer":
            return views.answer(verdict.entry, reader, message_id=message_id)
        case "clarify":
            return views.clarify([one.entry for one in verdict.candidates], reader, message_id=message_id)
        case "smalltalk":
            return views.small_talk(verdict.entry, reader)
        case "service":
            return _service(verdict.entry.name, context, message_id)
        case _:
            return views.unknown(reader, message_id=message_id)


def _service(name: str, context: Context, message_id: int) -> OutgoingMessage:
    reader = context.reader
    match name:
        case "language":
            return member_views.choose_language(reader.words, way_back=buttons.home(reader))
        case "help":
            return home.help_screen(reader)
        case "human":
            return views.person(reader, message_id=message_id)
        case "stop":
            return views.stop(reader)
        case _:
            return views.nothing_planned(reader, message_id=message_id)


@action("questions.look")
async def received(update: Update, context: Context) -> None:
    """A voice, a picture, a place, anything else: welcome at every step, offered to a person, the step not lost."""
    await context.say(views.received(context.reader, message_id=context.message.message_id))
    if context.member is None or members.missing_step(context.member):
        await context.say(here(context.member, context.reader))


@action("questions.ask")
async def ask_person(update: Update, context: Context) -> None:
    """« Ask a person » was pressed."""
    press = callbacks.AskPerson.parse(context.pressed)

    def pass_on(session: Session, member: Member) -> None:
        questions.ask(session, member, message_id=press.message_id, first_name=context.first_name,
                      inbox_chat_id=context.machine.settings.inbox_chat_id, now=context.now)  # fmt: skip

    await context.transaction(pass_on)
    context.notice()
    await context.show(views.handed_over(context.reader))


@action("questions.look")
async def replied(update: Update, context: Context) -> None:
    """A reply: a coordinator's, to a question's card, answers it; any other is a message like any other."""
    card = context.message.reply_to_message
    chat_id, message = context.chat_id, context.message

    def find(session: Session) -> Question | None:
        return questions.behind(session, chat_id=chat_id, message_id=card.message_id) if card else None

    is_coordinator = context.member is not None and context.member.role == Role.COORDINATOR
    question = await context.read(find) if is_coordinator else None
    if question is None:
        await (asked if message.text else received)(update, context)
        return

    def answer(session: Session, member: Member) -> None:
        found = find(session)
        if found is not None:
            questions.answer(session, member, found, chat_id=chat_id, message_id=message.message_id, now=context.now)

    await context.transaction(answer)
    await context.say(views.answered(context.reader))
