"""Announcements as those meet them who have a copy: read, heard, seen, asked about, passed on, muted."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks
from bot.context import Context
from bot.domain import announced, announcements, drafts, members, questions
from bot.errors import NotFound, Outdated
from bot.messages import OutgoingMessage
from bot.views import announcement_copies as views
from bot.views import posters
from bot.views import questions as question_views
from db.models import AnnouncementState, Draft, Member, Question
from handlers.doors import action

ASK = "announce_ask"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(saw, callbacks.Saw.pattern()),
        CallbackQueryHandler(read_in, callbacks.ReadAnnouncement.pattern()),
        CallbackQueryHandler(listen, callbacks.ListenAnnouncement.pattern()),
        CallbackQueryHandler(ask_about, callbacks.AskAbout.pattern()),
        CallbackQueryHandler(retell, callbacks.Retell.pattern()),
        CallbackQueryHandler(mute, callbacks.MuteKind.pattern()),
    ]


async def copy_of(number: int, language: str | None, context: Context) -> views.Copy:
    """Return what whoever asks may read of an announcement, in a language it exists in. Raises NotFound."""
    member, reader = context.member, context.reader
    if member is None:
        raise NotFound("errors.old_button")
    wanted = context.machine.words.reader(language, member.place) if language else reader

    def look(session: Session) -> views.Copy | None:
        announcement = announced.readable(session, member, number)
        said = announcements.texts(session, announcement)
        seen = announced.seen_count(session, announcement)
        return views.chosen(announcement, said, wanted, seen=seen, listens=member.listens_first)

    shown = await context.read(look)
    if shown is None:
        raise NotFound("errors.old_button")
    return shown


async def read(number: int, language: str | None, context: Context) -> None:
    """Show it once more, in a language it exists in; that it was withdrawn, when it was. Raises NotFound."""
    shown = await copy_of(number, language, context)
    if shown.announcement.state == AnnouncementState.WITHDRAWN:
        await context.say(views.withdrawn(context.reader))
        return
    member, now, announcement = context.member, context.now, shown.announcement

    def keep(session: Session) -> None:
        if member is not None:
            announced.read(session, member, announcement, language or context.reader.language.code, now=now)

    await (context.machine.database.transaction(keep) if context.is_done else context.commit(keep))
    context.machine.worker.wake()


async def show_from_link(number: int, context: Context) -> None:
    """An old poster, or a link that was passed on: how things are today; strangers learn whether it still holds."""
    member = context.member
    if member is None:
        raise NotFound("errors.old_button")
    announcement, may_read = await context.read(lambda session: announced.linked(session, member, number))
    if may_read:
        await read(number, None, context)
    else:
        await context.say(views.for_others(announcement, context.reader))


@action("announcements.look")
async def saw(update: Update, context: Context) -> None:
    """« 👍 Vu »."""
    number = callbacks.Saw.parse(context.pressed).announcement_id
    await context.transaction(lambda session, member: announced.saw(session, member, number, now=context.now))
    context.notice(context.reader.say("announcements.notice.seen"))


@action("announcements.look")
async def read_in(update: Update, context: Context) -> None:
    """The other language, as a new message: the first one stays."""
    press = callbacks.ReadAnnouncement.parse(context.pressed)
    if press.language not in context.machine.words.languages:
        raise Outdated("errors.old_button")
    context.notice()
    await read(press.announcement_id, press.language, context)


@action("announcements.look")
async def listen(update: Update, context: Context) -> None:
    """The voice that says it."""
    press = callbacks.ListenAnnouncement.parse(context.pressed)
    language = press.language if press.language in context.machine.words.languages else None
    shown = await copy_of(press.announcement_id, language, context)
    if not shown.voice:
        raise NotFound("recordings.gone")
    context.notice()
    await context.say(views.voice(shown.voice))


@action("questions.ask")
async def ask_about(update: Update, context: Context) -> None:
    """A question about it: the next message, and it carries what it is about."""
    press = callbacks.AskAbout.parse(context.pressed)
    shown = await copy_of(press.announcement_id, None, context)
    title = views.title_of({shown.text.language: shown.text}, context.reader)
    about = f"announcement {press.announcement_id} {shown.text.language}"

    def begin(session: Session, member: Member) -> None:
        drafts.put(session, member, kind=ASK, step="say", now=context.now, about=about)

    await context.transaction(begin)
    context.notice()
    await context.say(question_views.ask_about(title, context.reader))


async def ask_step(update: Update, context: Context, draft: Draft) -> None:
    """The question about an announcement has come: straight to people, with what it is about."""

    def pass_on(session: Session, member: Member) -> Question:
        drafts.drop(session, member, kind=ASK)
        question = questions.gather(session, member, context.said, now=context.now)
        question.about = draft.content["about"]
        return questions.ask(session, member, context.said, desk=context.desk, now=context.now)

    question = await context.transaction(pass_on)
    await context.say(question_views.handed_over(question, context.reader))


@action("announcements.look")
async def retell(update: Update, context: Context) -> None:
    """Passed on: words for WhatsApp, or a poster in a language or all of them."""
    press = callbacks.Retell.parse(context.pressed)
    shown = await copy_of(press.announcement_id, None, context)
    if shown.announcement.state == AnnouncementState.WITHDRAWN:
        context.notice()
        await context.say(views.withdrawn(context.reader))
        return
    address = f"https://t.me/{context.bot.username}?start=s-a{press.announcement_id}"
    context.notice()
    said = await context.read(lambda session: announcements.texts(session, shown.announcement))
    languages = context.machine.words.languages
    codes = [code for code in languages if code in said and said[code].text]
    if not press.language:
        await context.say(views.retell(shown, codes, address, context.reader))
        return
    wanted = [said[code] for code in codes if press.language in (code, "+")]
    if not wanted:
        named = languages.get(press.language)
        raise NotFound("announcements.not_yet", language=named.name) if named else Outdated("errors.old_button")
    poster = views.poster(shown.announcement, wanted, address, context.reader)
    await context.say(OutgoingMessage(picture=await asyncio.to_thread(posters.drawn, poster)))


@action("members.profile")
async def mute(update: Update, context: Context) -> None:
    """No more of this kind: one tap, under the message."""
    kind = callbacks.MuteKind.parse(context.pressed).kind
    now = context.now
    await context.transaction(lambda session, member: members.hear(session, member, kind, is_wanted=False, now=now))
    context.notice()
    await context.say(views.muted(kind, context.reader))
