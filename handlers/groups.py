"""Groups: silent unless called, nothing private, continued in private."""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, MessageHandler, filters

from bot.context import Context
from bot.views import groups
from handlers.doors import action

_CALLED = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE & (filters.COMMAND | filters.Entity("mention"))
_ELSEWHERE = filters.ChatType.GROUPS | filters.ChatType.CHANNEL


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [MessageHandler(_CALLED, called), MessageHandler(_ELSEWHERE, overheard)]


@action("groups.called")
async def called(update: Update, context: Context) -> None:
    """Somebody called the bot in a group."""
    await context.say(groups.in_private(context.reader, context.bot.username))


@action("groups.called")
async def overheard(update: Update, context: Context) -> None:
    """What is not said to the bot stays unread."""
