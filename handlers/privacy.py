"""Privacy: always answered, to anybody."""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler

from bot.context import Context
from bot.views import privacy
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [CommandHandler(("confidentialite", "privacy", "gundo"), show_notice)]


@action("privacy.look")
async def show_notice(update: Update, context: Context) -> None:
    """/confidentialite."""
    await context.show(privacy.notice(context.reader))
