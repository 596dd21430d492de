"""Asking: answered when sure, suggested when not, passed on to people in one tap, gone on with as a thread."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import askings, drafts, members, questions
from bot.errors import Outdated
from bot.knowledge import Entry, Kind, Verdict
from bot.messages import OutgoingMessage
from bot.rendering.members import here
from bot.views import buttons, home
from bot.views import members as member_views
from bot.views import questions as views
from db.models import Draft, Member, Question
from handlers import agenda, delegations, documents
from handlers.doors import Handler, action, enter

THREAD = "thread"
LONGEST_READ = 1000
# What somebody asks for → where it is told from what is planned.
SERVICES: dict[str, Handler] = {"next_meeting": agenda.show_agenda, "delegation": delegations.show_all}


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("question", "nyininkali"), show_menu),
        CallbackQueryHandler(show_shelf, callbacks.ShowGroup.pattern()),
        CallbackQueryHandler(show_entry, callbacks.ShowEntry.pattern()),
        CallbackQueryHandler(ask_person, callbacks.AskPerson.pattern()),
        CallbackQueryHandler(follow_up, callbacks.FollowUp.pattern()),
        CallbackQueryHandler(begin_more, callbacks.SayMore.pattern()),
        CallbackQueryHandler(settle, callbacks.Settle.pattern()),
    ]


@action("questions.look")
async def show_menu(update: Update, context: Context) -> None:
    """/question."""
    await context.show(menu(context))


def menu(context: Context) -> OutgoingMessage:
    """Return the subjects that hold anything."""
    knowledge = context.machine.knowledge
    return views.menu([shelf for shelf in knowledge.shelves.values() if knowledge.on(shelf)], context.reader)


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

    def note(session: Session, member: Member) -> None:
        askings.note(session, member, message_id=0, kind="chosen", entry=entry.name, language=context.reader.language.code,
                     text=None, now=context.now)  # fmt: skip

    await context.transaction(note)
    context.notice()
    await context.say(await _with_documents(views.answer(entry, context.reader, message_id=None), entry, context))


async def asked(update: Update, context: Context) -> None:
    """Somebody typed something that is no step of a conversation."""
    if context.member is None or members.missing_step(context.member):
        await context.show(here(context.member, context.reader))
        return
    text = context.message.text or ""
    document = await documents.asked_for(text, context)
    if document is not None:
        await context.say(document)
        return
    verdict = await judged(context, text)
    if verdict.kind == "service" and verdict.entry.name in SERVICES:
        await enter(SERVICES[verdict.entry.name], update, context)
        return
    passed = await context.transaction(lambda session, member: _noted(session, member, verdict, context))
    if isinstance(passed, Question):
        await context.show(views.handed_over(passed, context.reader))
    elif verdict.kind == "answer":
        await context.show(await _with_documents(reply(verdict, context), verdict.entry, context))
    else:
        await context.show(reply(verdict, context, thread_id=passed))


async def _with_documents(shown: OutgoingMessage, entry: Entry, context: Context) -> OutgoingMessage:
    """Return an answer, with the way to the documents of the project it is about, if there are any for whoever asks."""
    there = await documents.of_project(entry.name, context)
    return views.with_documents(shown, entry, context.reader) if there else shown


async def judged(context: Context, text: str) -> Verdict:
    """Return what to do with a text, in the light of what the person was last told."""
    member, now = context.member, context.now
    topic = await context.read(lambda session: askings.last_topic(session, member, now=now)) if member else None
    verdict = await _verdict(text, context, after=topic)
    return verdict if len(text) <= LONGEST_READ else Verdict("handoff", verdict.candidates)


async def _verdict(text: str, context: Context, *, after: str | None = None) -> Verdict:
    knowledge = context.machine.knowledge
    await knowledge.ready()
    return await asyncio.to_thread(knowledge.judge, text, after=after)


def _noted(session: Session, member: Member, verdict: Verdict, context: Context) -> Question | int | None:
    """Write down what became of a message. A second miss in a row passes itself on: returns that question.

    Otherwise returns the thread of theirs it may go on with, if there is one.
    """
    said, now = context.said, context.now
    missed = askings.missed_before(session, member, now=now) if verdict.kind == "handoff" else None
    is_second = missed is not None and questions.is_still_here(session, member, missed)
    entry = verdict.entry.name if verdict.kind == "answer" else None
    askings.note(session, member, message_id=said.message_id, kind=verdict.kind, entry=entry,
                 language=context.reader.language.code, text=said.text, now=now)  # fmt: skip
    if verdict.kind == "handoff" or questions.is_gathering(session, member, now=now):
        questions.gather(session, member, said, about=replied_to(context), now=now)
    if is_second:
        return questions.ask(session, member, said, desk=context.desk, known=known(verdict), now=now)
    return questions.latest_thread(session, member, now=now) if verdict.kind == "handoff" else None


def replied_to(context: Context) -> int | None:
    """Return the message of ours that somebody's message answers, to show people what it is about."""
    replied = context.message.reply_to_message
    is_ours = replied is not None and replied.from_user is not None and replied.from_user.id == context.bot.id
    return replied.message_id if replied is not None and is_ours else None


def known(verdict: Verdict) -> list[str]:
    """Return the names of the nearest entries."""
    return [one.entry.name for one in verdict.candidates if one.entry.kind is Kind.ENTRY]


def reply(verdict: Verdict, context: Context, *, thread_id: int | None = None) -> OutgoingMessage:
    """Return the screen a verdict leads to."""
    reader, message_id = context.reader, context.message.message_id
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
            return views.unknown(reader, message_id=message_id, thread_id=thread_id)


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
            return member_views.ask_stop(reader)
        case _:
            return views.nothing_planned(reader, message_id=message_id)


async def received(update: Update, context: Context) -> None:
    """A voice, a picture, a place, anything else: welcome at every step, offered to people, the step not lost."""
    is_sibling = await context.transaction(lambda session, member: _gathered(session, member, context))
    if is_sibling:
        return
    await context.say(views.received(context.reader, message_id=context.message.message_id))
    if context.member is None or members.missing_step(context.member):
        await context.say(here(context.member, context.reader))


def _gathered(session: Session, member: Member, context: Context) -> bool:
    """Keep a message; the later pictures of an album need no word of their own: tell whether this is one."""
    album = context.message.media_group_id
    question = questions.gather(session, member, context.said, about=replied_to(context), now=context.now)
    is_sibling = album is not None and question.album == album
    question.album = album
    return is_sibling


@action("questions.ask")
async def ask_person(update: Update, context: Context) -> None:
    """« Ask a person », or « that is not it », was pressed."""
    press = callbacks.AskPerson.parse(context.pressed)

    def texts(session: Session) -> str:
        return questions.text_of(session, context.telegram_id, press.message_id)

    text = await context.read(texts)
    verdict = await _verdict(text, context) if text else None

    def pass_on(session: Session, member: Member) -> Question:
        said = questions.Said(context.chat_id, press.message_id, text or None)
        told = askings.was_wrong(session, member, press.message_id)
        nearest = [name for name in known(verdict) if name != told] if verdict else []
        return questions.ask(session, member, said, desk=context.desk, known=nearest, entry=told, now=context.now)

    question = await context.transaction(pass_on)
    context.notice()
    await context.show(views.handed_over(question, context.reader))


# ---- a thread goes on
@action("questions.ask")
async def follow_up(update: Update, context: Context) -> None:
    """« It goes on with my question » was pressed under a message of theirs."""
    press = callbacks.FollowUp.parse(context.pressed)

    def go_on(session: Session, member: Member) -> None:
        question = questions.own(session, member, press.question_id)
        text = questions.text_of(session, context.telegram_id, press.message_id)
        said = questions.Said(context.chat_id, press.message_id, text or None)
        questions.say_more(session, member, question, said, desk=context.desk, now=context.now)

    await context.transaction(go_on)
    context.notice()
    await context.show(views.more_passed_on(context.reader))


@action("questions.ask")
async def begin_more(update: Update, context: Context) -> None:
    """« Say more » was pressed: the next message goes on with the thread."""
    press = callbacks.SayMore.parse(context.pressed)

    def begin(session: Session, member: Member) -> None:
        questions.own(session, member, press.question_id)
        drafts.put(session, member, kind=THREAD, step="say", now=context.now, question_id=press.question_id)

    await context.transaction(begin)
    context.notice()
    await context.say(views.say_more(context.reader))


async def say_more(update: Update, context: Context, draft: Draft) -> None:
    """The message that goes on with a thread."""
    await go_on_with(context, draft.content["question_id"])


async def go_on_with(context: Context, question_id: int) -> None:
    """Add the present message to a thread of whoever sent it."""

    def go_on(session: Session, member: Member) -> None:
        question = questions.found(session, question_id)
        drafts.drop(session, member, kind=THREAD)
        questions.say_more(session, member, question, context.said, desk=context.desk, now=context.now)

    await context.transaction(go_on)
    await context.say(views.more_passed_on(context.reader))


@action("questions.ask")
async def settle(update: Update, context: Context) -> None:
    """« Thank you, that is all »."""
    press = callbacks.Settle.parse(context.pressed)
    await context.transaction(lambda session, member: questions.settle(session, member, press.question_id, now=context.now))
    context.notice()
    await context.say(views.settled(context.reader))
