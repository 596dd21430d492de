"""What one tells of oneself: name, telephone, relatives, what to hear of, when to sleep."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import callbacks
from bot.context import Context
from bot.domain import drafts, members
from bot.errors import Outdated
from bot.views import members as views
from db.models import Draft, Member
from handlers.doors import action

NAME, PHONE = "name", "phone"
_STOP = r"(?i)^\s*(stop|a b[ɔo]|arr[eê]te[rz]?|a dabila)\s*[.!]*\s*$"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler("stop", stop),
        MessageHandler(filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE & filters.Regex(_STOP), stop),
        CallbackQueryHandler(stop, callbacks.HearNothing.pattern()),
        CallbackQueryHandler(hear_again, callbacks.HearAgain.pattern()),
        CallbackQueryHandler(tell, callbacks.Tell.pattern()),
        CallbackQueryHandler(forget_phone, callbacks.ForgetPhone.pattern()),
        CallbackQueryHandler(share_with, callbacks.ShareWith.pattern()),
        CallbackQueryHandler(hear, callbacks.Hear.pattern()),
        CallbackQueryHandler(choose_quiet, callbacks.ChooseQuiet.pattern()),
    ]


@action("members.profile")
async def show_profile(update: Update, context: Context) -> None:
    """All that one has told, and how to change it."""
    if context.member is not None:
        phone = context.machine.vault.opened(context.member.phone)
        await context.show(views.profile(context.member, phone, context.reader))


@action("members.profile")
async def tell(update: Update, context: Context) -> None:
    """« My name », « my telephone »: the next message tells it."""
    what = callbacks.Tell.parse(context.pressed).what
    if what not in (NAME, PHONE):
        raise Outdated("errors.old_button")

    def begin(session: Session, member: Member) -> None:
        if what == NAME or not member.phone:
            drafts.put(session, member, kind=what, step="tell", now=context.now)

    await context.transaction(begin)
    context.notice()
    if what == NAME:
        await context.say(views.ask_name(context.reader))
    elif context.member and context.member.phone:
        await context.show(views.phone_choice(context.reader))
    else:
        await context.say(views.ask_phone(context.reader))


async def name_step(update: Update, context: Context, draft: Draft) -> None:
    """The name has come; what is no name is asked for again."""

    def keep(session: Session, member: Member) -> None:
        members.choose_name(session, member, context.message.text or "")
        drafts.drop(session, member, kind=NAME)

    await context.transaction(keep)
    await show_profile(update, context)


async def phone_step(update: Update, context: Context, draft: Draft) -> None:
    """Their own number, given by the key; anything else is kindly not it, and the key stays."""
    contact = context.message.contact
    if contact is None:
        await context.say(views.ask_phone(context.reader))
        return

    def keep(session: Session, member: Member) -> None:
        members.give_phone(session, member, contact.phone_number, owner_id=contact.user_id, vault=context.machine.vault)
        drafts.drop(session, member, kind=PHONE)

    await context.transaction(keep)
    await context.say(views.phone_kept(context.reader))
    await show_profile(update, context)


@action("members.profile")
async def forget_phone(update: Update, context: Context) -> None:
    """« Forget my number »."""
    callbacks.ForgetPhone.parse(context.pressed)
    await context.transaction(members.take_back_phone)
    context.notice()
    await show_profile(update, context)


@action("members.profile")
async def show_relatives(update: Update, context: Context) -> None:
    """How many people this phone answers for."""
    if context.member is not None:
        await context.show(views.relatives(context.member, context.reader))


@action("members.profile")
async def share_with(update: Update, context: Context) -> None:
    """« Me + 2 »."""
    press = callbacks.ShareWith.parse(context.pressed)
    await context.transaction(lambda session, member: members.share_with(session, member, press.relatives))
    context.notice()
    await show_relatives(update, context)


@action("members.profile")
async def show_kinds(update: Update, context: Context) -> None:
    """What one wants to hear of."""
    member = context.member
    if member is not None:
        muted = await context.read(lambda session: members.muted(session, member))
        await context.show(views.hear(muted, context.reader))


@action("members.profile")
async def hear(update: Update, context: Context) -> None:
    """A kind was switched on or off."""
    press = callbacks.Hear.parse(context.pressed)

    def change(session: Session, member: Member) -> frozenset[str]:
        members.hear(session, member, press.kind, is_wanted=bool(press.is_wanted), now=context.now)
        return members.muted(session, member)

    muted = await context.transaction(change)
    context.notice()
    await context.show(views.hear(muted, context.reader))


@action("members.profile")
async def show_quiet(update: Update, context: Context) -> None:
    """When one wants to sleep."""
    if context.member is not None:
        await context.show(views.quiet_hours(context.member, context.reader))


@action("members.profile")
async def choose_quiet(update: Update, context: Context) -> None:
    """Hours were pressed."""
    press = callbacks.ChooseQuiet.parse(context.pressed)
    await context.transaction(lambda session, member: members.choose_quiet(session, member, press.begins, press.ends))
    context.notice()
    await show_quiet(update, context)


@action("members.profile")
async def stop(update: Update, context: Context) -> None:
    """« Stop », « a bɔ », alone in a message: nothing comes unasked any more, one tap takes it back."""
    await context.transaction(lambda session, member: members.stop(session, member, now=context.now))
    context.notice()
    await context.show(views.stopped(context.reader))


@action("members.profile")
async def hear_again(update: Update, context: Context) -> None:
    """Hear of everything again."""
    callbacks.HearAgain.parse(context.pressed)
    await context.transaction(members.start_again)
    context.notice()
    await context.show(views.hears_again(context.reader))
