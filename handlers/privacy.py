"""Privacy: what is kept is told to anybody, shown whole to whom it is about, erased in two taps."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import privacy
from bot.views import privacy as views
from db.models import Member
from handlers.doors import action

SURE_FOR_SECONDS = 3600


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("confidentialite", "privacy", "gundo"), show_notice),
        CommandHandler(("mesdonnees", "mydata", "nkakunnafoniw"), show_data),
        CommandHandler(("effacer", "erase", "josi"), ask_sure),
        CallbackQueryHandler(erase, callbacks.Erase.pattern()),
        CallbackQueryHandler(stay, callbacks.Stay.pattern()),
    ]


@action("privacy.look")
async def show_notice(update: Update, context: Context) -> None:
    """/confidentialite, from anybody, anywhere."""
    await context.show(views.notice(context.reader, is_private=context.is_private))


@action("privacy.export")
async def show_data(update: Update, context: Context) -> None:
    """/mesdonnees: all that is kept of whoever asks, and of nobody else."""
    kept = await context.transaction(
        lambda session, member: privacy.exported(session, member, vault=context.machine.vault, now=context.now)
    )
    await context.say(views.data(kept, context.reader))


@action("privacy.erase")
async def ask_sure(update: Update, context: Context) -> None:
    """/effacer: are you sure?"""
    await context.show(views.sure(context.reader, now=context.now))


@action("privacy.erase")
async def erase(update: Update, context: Context) -> None:
    """Asked for, then sure: all is gone, from every file."""
    press = callbacks.Erase.parse(context.pressed)
    if not 0 <= context.now.timestamp() - press.asked_at <= SURE_FOR_SECONDS:
        context.notice()
        await context.show(views.sure(context.reader, now=context.now))
        return

    def forget(session: Session, member: Member) -> None:
        privacy.erase(session, member, desk=context.desk, vault=context.machine.vault, now=context.now)

    await context.transaction(forget)
    await context.machine.erased()
    context.notice()
    await context.show(views.erased(context.reader))


@action("members.profile")
async def stay(update: Update, context: Context) -> None:
    """« I am still here »: any word says so, the button too."""
    callbacks.Stay.parse(context.pressed)
    await context.transaction(lambda session, member: None)
    context.notice()
    await context.show(views.stays(context.reader))
