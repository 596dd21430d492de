"""The year on one page."""

from __future__ import annotations

import asyncio
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import yearly
from bot.errors import Outdated
from bot.messages import OutgoingMessage
from bot.views import yearly as views
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("annee", "san"), show_year),
        CallbackQueryHandler(turn_to, callbacks.ShowYear.pattern()),
    ]


@action("statistics.look")
async def show_year(update: Update, context: Context) -> None:
    """/annee: the year so far."""
    found = await context.read(lambda session: yearly.of(session, context.now.year))
    await context.show(views.page(found, context.now.year, context.reader))


@action("statistics.look")
async def turn_to(update: Update, context: Context) -> None:
    """Another year, or the same one as a file."""
    press = callbacks.ShowYear.parse(context.pressed)
    context.notice()
    if not views.FIRST <= press.year <= context.now.year:
        raise Outdated("errors.old_button")
    found = await context.read(lambda session: yearly.of(session, press.year))
    match press.form:
        case "text":
            await context.show(views.page(found, context.now.year, context.reader))
        case "picture":
            await context.say(OutgoingMessage(picture=await asyncio.to_thread(views.picture, found, context.reader)))
        case "csv" | "xlsx":
            await context.say(OutgoingMessage(document=views.table(found, press.form, context.reader)))
        case _:
            raise Outdated("errors.old_button")
