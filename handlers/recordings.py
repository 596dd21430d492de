"""Voices: read aloud by people, heard by who would rather listen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import askings, drafts, members, policy, recordings
from bot.errors import NotFound
from bot.knowledge import Kind
from bot.messages import OutgoingMessage
from bot.questioning import plain
from bot.views import members as member_views
from bot.views import recordings as views
from bot.views.recordings import Sayable
from bot.voices import SENTENCES
from db.models import Draft, Member
from handlers.doors import action

RECORD = "voice"
_UNREAD = {"when": "…", "name": "…"}


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("voix", "kan_ta"), show_missing),
        CallbackQueryHandler(list_missing, callbacks.ListVoices.pattern()),
        CallbackQueryHandler(record, callbacks.Record.pattern()),
        CallbackQueryHandler(withdraw, callbacks.Withdraw.pattern()),
        CallbackQueryHandler(listen, callbacks.Listen.pattern()),
        CallbackQueryHandler(listen_first, callbacks.ListenFirst.pattern()),
    ]


# ---- listening
@action("members.look")
async def listen(update: Update, context: Context) -> None:
    """🔊 was pressed: the voice, in the reader's language or the one it was asked in."""
    key = callbacks.Listen.parse(context.pressed).key
    files, own = context.machine.voices.files, context.reader.language.code
    file_id = files.get((key, own)) or next(
        (files[key, code] for code in context.machine.words.languages if (key, code) in files), ""
    )
    if not file_id:
        raise NotFound("recordings.gone")
    context.notice()
    await context.say(views.said(key, file_id, context.reader))


@action("members.listen_first")
async def listen_first(update: Update, context: Context) -> None:
    """« I would rather listen », or read."""
    press = callbacks.ListenFirst.parse(context.pressed)
    await context.transaction(lambda session, member: members.listen_first(session, member, listens=bool(press.listens)))
    context.notice()
    if context.member is not None:
        await context.show(member_views.me(context.member, context.reader))


# ---- recording
@action("recordings.write")
async def show_missing(update: Update, context: Context) -> None:
    """/voix: what lacks a voice in the reader's language."""
    await context.show(await missing(context.reader.language.code, 0, context))


@action("recordings.write")
async def list_missing(update: Update, context: Context) -> None:
    """Another page, another language."""
    press = callbacks.ListVoices.parse(context.pressed)
    context.notice()
    await context.show(await missing(press.language, press.page, context))


async def missing(language: str, page: int, context: Context) -> OutgoingMessage:
    """Return the list of what may be spoken, what lacks a voice first, most asked first."""
    policy.require(context.role, "recordings.write")
    if language not in context.machine.words.languages:
        raise NotFound("errors.old_button")
    told, texts, listeners = await context.read(
        lambda session: (askings.told_most(session), recordings.texts(session), recordings.listeners(session))
    )
    sayable = [_sayable(key, language, texts, told[key.removeprefix("entry:")], context) for key in _keys(context)]
    sayable.sort(key=lambda one: (one.recorded == one.text, one.recorded is not None, -one.asked))
    return views.missing(sayable, language, page, listeners, context.reader)


def _keys(context: Context) -> list[str]:
    entries = [entry.name for entry in context.machine.knowledge.entries.values() if entry.kind is Kind.ENTRY]
    return [*(f"say:{name}" for name in SENTENCES), *(f"entry:{name}" for name in entries)]


def _sayable(key: str, language: str, texts: dict[tuple[str, str], str], asked: int, context: Context) -> Sayable:
    kind, _, name = key.partition(":")
    reader = context.machine.words.reader(language, None)
    if kind == "entry":
        text = context.machine.knowledge.entries[name].text(language)
        return Sayable(key, text.title, text.answer, asked, texts.get((key, language)))
    said = plain(reader.say(name, **_UNREAD))
    return Sayable(key, said.replace("\n", " ")[:28], said, asked, texts.get((key, language)))


async def _found(key: str, language: str, context: Context) -> Sayable:
    if key not in _keys(context) or language not in context.machine.words.languages:
        raise NotFound("errors.old_button")
    texts = await context.read(recordings.texts)
    return _sayable(key, language, texts, 0, context)


def _longest(key: str) -> int:
    return recordings.NOTICE_SECONDS if key == recordings.NOTICE else recordings.LONGEST_SECONDS


@action("recordings.write")
async def record(update: Update, context: Context) -> None:
    """Something to read was pressed: its text, and the next voice message is kept."""
    press = callbacks.Record.parse(context.pressed)
    sayable = await _found(press.key, press.language, context)
    await context.transaction(
        lambda session, member: drafts.put(session, member, kind=RECORD, step="read", now=context.now, key=press.key,
                                           language=press.language)
    )  # fmt: skip
    context.notice()
    await context.say(views.read_aloud(sayable, press.language, _longest(press.key), context.reader))


async def record_step(update: Update, context: Context, draft: Draft) -> None:
    """The voice has come, or something else, and we go on waiting."""
    voice, key, language = context.message.voice, draft.content["key"], draft.content["language"]
    if voice is None:
        await context.say(views.not_a_voice(context.reader))
        return
    sayable, seconds = await _found(key, language, context), _seconds(voice.duration)

    def keep(session: Session, member: Member) -> None:
        recordings.put(session, member, key=key, language=language, file_id=voice.file_id, seconds=seconds,
                       text=sayable.text, now=context.now)  # fmt: skip
        drafts.drop(session, member, kind=RECORD)

    await context.transaction(keep)
    await context.machine.learn_voices()
    await context.say(views.kept(language, context.reader))


def _seconds(duration: int | timedelta) -> int:
    """Return a duration in whole seconds, whichever way the library gives it."""
    return int(duration.total_seconds()) if isinstance(duration, timedelta) else duration


@action("recordings.write")
async def withdraw(update: Update, context: Context) -> None:
    """Take a voice back."""
    press = callbacks.Withdraw.parse(context.pressed)
    await context.transaction(
        lambda session, member: recordings.withdraw(session, member, key=press.key, language=press.language)
    )
    await context.machine.learn_voices()
    context.notice()
    await context.show(await missing(press.language, 0, context))
