"""What no other door took: old buttons, unknown commands, things Telegram may invent tomorrow."""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, MessageHandler, filters

from bot.context import Context
from bot.errors import Outdated
from bot.rendering.members import here
from bot.views import errors
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of last resort."""
    return [CallbackQueryHandler(old_button), MessageHandler(filters.ChatType.PRIVATE, anything)]


@action("members.look")
async def old_button(update: Update, context: Context) -> None:
    """A button of last year, of another version, or forged: answered kindly, with the present screen."""
    context.notice()
    await context.say(errors.refusal(Outdated("errors.old_button"), context.reader))
    await context.say(here(context.member, context.reader))


@action("members.look")
async def anything(update: Update, context: Context) -> None:
    """Anything else in private: where the person stands."""
    await context.say(here(context.member, context.reader))
