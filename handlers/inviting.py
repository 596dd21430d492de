"""Bringing people in: links and posters, a chosen person, a list; asking to join."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.orm import Session
from telegram import Document, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import callbacks, lists
from bot.context import Context
from bot.domain import drafts, invitations, joining, members, policy
from bot.domain.invitations import Personal
from bot.errors import Outdated
from bot.lists import Fault
from bot.messages import OutgoingMessage
from bot.rendering.members import here
from bot.views import home, posters, privacy
from bot.views import invitations as views
from db.models import Draft, Invitation, Member
from handlers import directory
from handlers.doors import action

LIST = "list"
ROWS_BYTES = 1024 * 1024


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("inviter", "invite", "wele"), show_menu),
        CallbackQueryHandler(make, callbacks.Invite.pattern()),
        CallbackQueryHandler(show_invitation, callbacks.ShowInvitation.pattern()),
        CallbackQueryHandler(withdraw, callbacks.WithdrawInvitation.pattern()),
        CallbackQueryHandler(join, callbacks.Join.pattern()),
        CallbackQueryHandler(show_request, callbacks.ShowRequest.pattern()),
        CallbackQueryHandler(admit, callbacks.Admit.pattern()),
        MessageHandler(filters.StatusUpdate.USERS_SHARED, person_chosen),
    ]


def address(context: Context, token: str) -> str:
    """Return the link that an invitation's secret makes."""
    return f"https://t.me/{context.bot.username}?start=i-{token}"


# ---- links
@action("invitations.make")
async def show_menu(update: Update, context: Context) -> None:
    """How to bring people in."""
    await context.show(views.menu(context.reader))


@action("invitations.make")
async def make(update: Update, context: Context) -> None:
    """One thing more of an invitation is chosen; when all are, it is made: the link once, and a poster."""
    press = callbacks.Invite.parse(context.pressed)
    places = (views.ANYWHERE, "", *context.machine.words.places)
    if press.role not in ("-", *invitations.OFFERED_ROLES) or press.place not in places:
        raise Outdated("errors.old_button")
    if press.role == "-" or not press.place or not press.uses or not press.days:
        context.notice()
        await context.show(views.next_step(press, context.reader))
        return
    token = invitations.new_token()
    place = None if press.place == views.ANYWHERE else press.place

    def keep(session: Session, member: Member) -> Invitation:
        return invitations.make(session, member, role=press.role, place=place, uses=press.uses, days=press.days, token=token,
                                now=context.now)  # fmt: skip

    invitation = await context.transaction(keep)
    context.notice()
    link = address(context, token)
    await context.show(views.made(invitation, link, context.reader))
    picture = await asyncio.to_thread(posters.drawn, views.poster(invitation, link, context.reader))
    await context.say(OutgoingMessage(picture=picture))


@action("invitations.make")
async def show_running(update: Update, context: Context) -> None:
    """The invitations that still hold."""
    found = await context.read(lambda session: invitations.running(session, now=context.now))
    await context.show(views.running(found, context.reader))


@action("invitations.make")
async def show_invitation(update: Update, context: Context) -> None:
    """One of them."""
    press = callbacks.ShowInvitation.parse(context.pressed)
    found = await context.read(lambda session: invitations.found(session, press.invitation_id))
    context.notice()
    await context.show(views.card(found, context.reader, is_over=_is_over(found, context)))


def _is_over(invitation: Invitation, context: Context) -> bool:
    is_used_up = invitation.uses >= invitation.uses_allowed
    return is_used_up or invitation.revoked_at is not None or invitation.expires_at <= context.now


@action("invitations.make")
async def withdraw(update: Update, context: Context) -> None:
    """Let nobody in by it any more."""
    press = callbacks.WithdrawInvitation.parse(context.pressed)
    found = await context.transaction(
        lambda session, member: invitations.withdraw(session, member, press.invitation_id, now=context.now)
    )
    context.notice()
    await context.show(views.card(found, context.reader, is_over=True))


async def show_outcome(context: Context, *, is_in: bool, is_first: bool) -> None:
    """Tell how an invitation went, then home; whoever met the bot by it also reads what is kept."""
    member = context.member
    if member is None:
        return
    if not is_in:
        await context.say(views.refused(member, context.reader))
        return
    if is_first:
        await context.say(privacy.first_notice(context.reader))
        await context.say(home.welcome(context.reader))
    await context.say(views.came_in(member, context.reader))
    await context.say(here(member, context.reader))


# ---- a chosen person
@action("invitations.make")
async def choose_person(update: Update, context: Context) -> None:
    """Telegram's own chooser."""
    await context.say(views.choose_person(context.reader))


@action("invitations.make")
async def person_chosen(update: Update, context: Context) -> None:
    """Somebody was chosen: their card when we know them, else a link of their own to pass on."""
    shared = context.message.users_shared
    if shared is None or not shared.users:
        raise Outdated("errors.old_button")
    token, chosen_id = invitations.new_token(), shared.users[0].user_id

    def find(session: Session, member: Member) -> Member | None:
        found = members.by_telegram_id(session, chosen_id)
        if found is None:
            invitations.make(session, member, role=policy.Role.MEMBER, place=None, uses=1, days=7, token=token, now=context.now)
        return found

    found = await context.transaction(find)
    await context.say(views.chosen(context.reader))
    if found is None:
        await context.say(views.not_here_yet(address(context, token), context.reader))
    else:
        await directory.show_card(found.id, context)


# ---- asking to join
@action("members.join")
async def join(update: Update, context: Context) -> None:
    """« I want to become a member. »"""
    await context.transaction(lambda session, member: joining.ask(session, member, desk=context.desk, now=context.now))
    context.notice()
    await context.show(views.asked(context.reader))


@action("members.admit")
async def show_request(update: Update, context: Context) -> None:
    """One of those who ask was pressed: their card comes to the bottom."""
    press = callbacks.ShowRequest.parse(context.pressed)
    await context.transaction(
        lambda session, member: joining.show(session, member, press.request_id, chat_id=context.chat_id, now=context.now)
    )
    context.notice()


@action("members.admit")
async def admit(update: Update, context: Context) -> None:
    """They may come in, or not: the first decision counts, every card shows it."""
    press = callbacks.Admit.parse(context.pressed)
    await context.transaction(
        lambda session, member: joining.decide(session, member, press.request_id, accepts=bool(press.accepts), now=context.now)
    )
    context.notice()


# ---- a list
@action("invitations.make")
async def ask_list(update: Update, context: Context) -> None:
    """The next document is a list of people."""
    await context.transaction(lambda session, member: drafts.put(session, member, kind=LIST, step="send", now=context.now))
    await context.say(views.ask_list(context.reader, lists.MAX_ROWS))


async def list_step(update: Update, context: Context, draft: Draft) -> None:
    """The list has come: one personal link a row, and what is wrong with the others; anything else, and we wait on."""
    document = context.message.document
    if document is None:
        await context.say(views.not_a_list(context.reader))
        return
    try:
        listed, faults = await asyncio.to_thread(_read, await _fetched(document), context)
    except lists.Unreadable as refused:
        await context.say(views.unreadable(refused.kind, context.reader, lists.MAX_ROWS))
        return

    def keep(session: Session, member: Member) -> list[Personal]:
        drafts.drop(session, member, kind=LIST)
        return invitations.import_list(session, member, listed, vault=context.machine.vault, now=context.now)

    personal = await context.transaction(keep)
    links = [address(context, one.token) for one in personal]
    await context.say(views.imported(personal, faults, links, context.reader))


async def _fetched(document: Document) -> bytes:
    """Return what is in a document; raises Unreadable for one too large, or that Telegram does not hand out."""
    try:
        if (document.file_size or 0) > ROWS_BYTES:
            raise lists.Unreadable("too_large")
        file = await document.get_file()
        if (file.file_size or 0) > ROWS_BYTES:
            raise lists.Unreadable("too_large")
        return bytes(await file.download_as_bytearray())
    except TelegramError as error:
        raise lists.Unreadable("too_large" if "too big" in str(error) else "not_a_list") from None


def _read(content: bytes, context: Context) -> tuple[list[lists.Listed], list[Fault]]:
    """Read a list with the names of places and languages as every catalogue has them."""
    words = context.machine.words
    readers = [words.reader(code, None) for code in words.languages]
    places = {lists.fold(reader.say(f"places.{name}")): name for reader in readers for name in words.places
              if reader.has(f"places.{name}")}  # fmt: skip
    places |= {lists.fold(name): name for name in words.places}
    languages = {lists.fold(language.name): code for code, language in words.languages.items()}
    languages |= {code: code for code in words.languages}
    regions = {name: place.region for name, place in words.places.items()}
    return lists.read(content, places=places, languages=languages, regions=regions, default_region=next(iter(regions.values())))
