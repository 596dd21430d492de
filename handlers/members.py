"""Language and place: chosen with a tap, changed at any moment."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import ChatMember, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ChatMemberHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import members, questions
from bot.domain.policy import Role
from bot.rendering import here
from bot.views import buttons, home, privacy
from bot.views import members as views
from db.models import Member
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("langue", "language", "kan"), ask_language),
        CommandHandler(("lieu", "place", "yoro"), ask_place),
        CommandHandler(("moi", "me", "ne"), show_me),
        CallbackQueryHandler(choose_language, callbacks.ChooseLanguage.pattern()),
        CallbackQueryHandler(choose_place, callbacks.ChoosePlace.pattern()),
        ChatMemberHandler(come_or_go, ChatMemberHandler.MY_CHAT_MEMBER),
    ]


@action("members.look")
async def ask_language(update: Update, context: Context) -> None:
    """/langue."""
    settled = context.member is not None and not members.missing_step(context.member)
    way_back = buttons.home(context.reader) if settled else None
    await context.show(views.choose_language(context.machine.words, way_back=way_back))


@action("members.look")
async def ask_place(update: Update, context: Context) -> None:
    """/lieu."""
    if context.member is None or members.missing_step(context.member):
        await context.show(here(context.member, context.reader))
    else:
        await context.show(views.choose_place(context.reader, way_back=buttons.home(context.reader)))


@action("members.look")
async def show_me(update: Update, context: Context) -> None:
    """/moi."""
    if context.member is None or members.missing_step(context.member):
        await context.show(here(context.member, context.reader))
    else:
        await context.show(views.me(context.member, context.reader))


@action("members.choose_language")
async def choose_language(update: Update, context: Context) -> None:
    """A language was pressed."""
    press = callbacks.ChooseLanguage.parse(context.pressed)

    def choose(session: Session, member: Member) -> bool:
        was_settled = not members.missing_step(member)
        members.choose_language(session, member, press.code, known=context.machine.words.languages, now=context.now)
        return was_settled

    was_settled = await context.transaction(choose)
    context.notice()
    if not was_settled:
        await context.show(privacy.first_notice(context.reader))
        await context.say(here(context.member, context.reader))
        return
    await _show_result(context, was_settled)


@action("members.choose_place")
async def choose_place(update: Update, context: Context) -> None:
    """A place was pressed."""
    press = callbacks.ChoosePlace.parse(context.pressed)

    def choose(session: Session, member: Member) -> bool:
        was_settled = not members.missing_step(member)
        members.choose_place(session, member, press.name, known=context.machine.words.places, now=context.now)
        if member.role == Role.COORDINATOR:
            questions.pass_on_waiting(session, member, context.desk, now=context.now)
        return was_settled

    was_settled = await context.transaction(choose)
    context.notice()
    await _show_result(context, was_settled)


async def _show_result(context: Context, was_settled: bool) -> None:
    """Redraw the screen: « me » for who changes something, the next step or home for who arrives."""
    member = context.member
    if was_settled and member is not None:
        await context.show(views.me(member, context.reader))
        return
    if member is not None and not members.missing_step(member):
        await context.say(home.welcome(context.reader))
        await context.say(home.home(context.reader))
        return
    await context.show(here(member, context.reader))


@action("members.start")
async def come_or_go(update: Update, context: Context) -> None:
    """Somebody blocked the bot, or let it in again; groups are another matter."""
    change = update.my_chat_member
    if change is None or not context.is_private:
        return
    is_gone = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)

    def note(session: Session, member: Member) -> None:
        member.is_reachable = not is_gone

    await context.transaction(note)
