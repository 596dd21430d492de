"""The directory: lists, search, one person's card, whom to telephone."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import directory, drafts, policy
from bot.domain.directory import ANY, Filter
from bot.errors import Outdated
from bot.views import directory as views
from db.models import Draft, Member
from handlers.doors import action

SEARCH = "directory"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("membres", "members", "tondenw"), show_people),
        CommandHandler(("appeler", "call"), show_to_call),
        CallbackQueryHandler(browse, callbacks.Browse.pattern()),
        CallbackQueryHandler(narrow, callbacks.Narrow.pattern()),
        CallbackQueryHandler(show_member, callbacks.ShowMember.pattern()),
        CallbackQueryHandler(turn_to_call, callbacks.ToCall.pattern()),
    ]


@action("members.list")
async def show_people(update: Update, context: Context) -> None:
    """/membres: everybody by name; a name that is typed next is searched for."""
    await _show_page(Filter(), 0, context)


@action("members.list")
async def browse(update: Update, context: Context) -> None:
    """Another page, another filter."""
    press = callbacks.Browse.parse(context.pressed)
    await _show_page(_filter(press.place, press.role, press.language, context), max(0, press.page), context)


async def _show_page(wanted: Filter, number: int, context: Context) -> None:
    def look(session: Session, member: Member) -> directory.Page:
        drafts.put(session, member, kind=SEARCH, step="name", now=context.now)
        return directory.page(session, member, wanted, number)

    page = await context.transaction(look)
    context.notice()
    await context.show(views.people(page, wanted, number, context.reader))


def _filter(place: str, role: str, language: str, context: Context) -> Filter:
    words = context.machine.words
    if place not in (ANY, *words.places) or role not in (ANY, *policy.Role) or language not in (ANY, *words.languages):
        raise Outdated("errors.old_button")
    return Filter(place, role, language)


@action("members.list")
async def narrow(update: Update, context: Context) -> None:
    """By place, by role, by language?"""
    press = callbacks.Narrow.parse(context.pressed)
    wanted = _filter(press.place, press.role, press.language, context)
    if press.what not in ("place", "role", "language"):
        raise Outdated("errors.old_button")
    context.notice()
    await context.show(views.narrow(press.what, wanted, context.reader))


async def search_step(update: Update, context: Context, draft: Draft) -> None:
    """A name was typed."""
    text = context.message.text or ""

    def find(session: Session, member: Member) -> list[Member]:
        return directory.search(session, member, text)

    found = await context.transaction(find)
    await context.say(views.hits(found, context.reader))


@action("members.list")
async def show_member(update: Update, context: Context) -> None:
    """Somebody was pressed."""
    press = callbacks.ShowMember.parse(context.pressed)
    context.notice()
    await show_card(press.member_id, context)


async def show_card(member_id: int, context: Context) -> None:
    """Show one person's card to who may look."""
    viewer = context.member
    if viewer is None:
        raise Outdated("errors.old_button")
    member = await context.read(lambda session: directory.card(session, viewer, member_id))
    phone = directory.phone_of(viewer, member.phone, context.machine.vault)
    await context.show(views.card(member, phone, viewer, context.reader))


@action("members.list")
async def show_to_call(update: Update, context: Context) -> None:
    """Whom messages do not reach."""
    await _show_to_call(0, context)


@action("members.list")
async def turn_to_call(update: Update, context: Context) -> None:
    """Another page."""
    press = callbacks.ToCall.parse(context.pressed)
    context.notice()
    await _show_to_call(max(0, press.page), context)


async def _show_to_call(page: int, context: Context) -> None:
    viewer = context.member
    if viewer is None:
        raise Outdated("errors.old_button")
    people = await context.read(lambda session: directory.to_call(session, viewer, now=context.now))
    phones = [directory.phone_of(viewer, one.phone, context.machine.vault) for one in people]
    await context.show(views.to_call(people, phones, page, context.reader))
