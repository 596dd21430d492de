"""How the bot is, for coordinators."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import health
from bot.messages import OutgoingMessage
from bot.views import health as views
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("etat", "cogo"), show),
        CallbackQueryHandler(let_go, callbacks.LetGo.pattern()),
    ]


@action("health.look")
async def show(update: Update, context: Context) -> None:
    """/etat: is it well?"""
    now = context.now

    def look(session: Session) -> OutgoingMessage:
        return views.state(health.of(session, now=now), health.held(session), context.reader, now=now)

    await context.show(await context.read(look))


@action("health.release")
async def let_go(update: Update, context: Context) -> None:
    """What a restored copy kept back: sent, or left."""
    sends = bool(callbacks.LetGo.parse(context.pressed).sends)
    number = await context.transaction(lambda session, member: health.let_go(session, member, sends=sends, now=context.now))
    context.notice()
    await context.show(views.let_go(number, context.reader, sends=sends))
