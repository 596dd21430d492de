"""Start, home, help."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import callbacks
from bot.context import Context
from bot.domain import members
from bot.errors import Outdated
from bot.messages import HOME_KEY, OutgoingMessage
from bot.rendering import here
from bot.views import buttons, home, privacy
from bot.views import members as member_views
from db.models import Member
from handlers import desk, knowledge, questions
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler("start", start),
        CommandHandler(("aide", "help", "deme"), show_help),
        MessageHandler(filters.Text([HOME_KEY]), start),
        CallbackQueryHandler(open_screen, callbacks.Open.pattern()),
    ]


@action("members.start")
async def start(update: Update, context: Context) -> None:
    """/start, 🏠: where the person stands, whoever they are and whatever the link said."""

    def begin(session: Session, member: Member) -> None:
        members.start(session, member, now=context.now)

    await context.transaction(begin)
    await context.show(here(context.member, context.reader))


@action("members.look")
async def show_help(update: Update, context: Context) -> None:
    """What one can do here."""
    await context.show(home.help_screen(context.reader))


@action("members.look")
async def open_screen(update: Update, context: Context) -> None:
    """A button that shows a screen."""
    name = callbacks.Open.parse(context.pressed).screen
    if name == buttons.HOME_SCREEN and context.member is not None:
        await context.transaction(lambda session, member: members.start(session, member, now=context.now))
    context.notice()
    await context.show(await _screen(name, context))


async def _screen(name: str, context: Context) -> OutgoingMessage:
    member, reader = context.member, context.reader
    if member is None or members.missing_step(member):
        return here(member, reader)
    match name:
        case buttons.HOME_SCREEN:
            return home.home(reader)
        case "questions":
            return questions.menu(context)
        case "waiting":
            return await desk.waiting(context)
        case "knowledge":
            return await knowledge.shelf(context)
        case "me":
            return member_views.me(member, reader)
        case "language":
            return member_views.choose_language(reader.words, way_back=buttons.home(reader))
        case "place":
            return member_views.choose_place(reader, way_back=buttons.home(reader))
        case "privacy":
            return privacy.notice(reader)
    raise Outdated("errors.old_button")
