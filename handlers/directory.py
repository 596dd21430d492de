"""The directory: lists, search, one person's card, whom to telephone."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import directory, drafts, policy
from bot.domain.directory import ANY, REACHES, Filter
from bot.errors import Outdated
from bot.views import directory as views
from db.models import Draft, Member
from handlers.doors import action

SEARCH = "directory"
LAST_PAGE = 10_000


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
    wanted = _filter(press.place, press.role, press.language, press.reach, context)
    await _show_page(wanted, _page(press.page), context)


def _page(number: int) -> int:
    return min(max(0, number), LAST_PAGE)


async def _show_page(wanted: Filter, number: int, context: Context) -> None:
    def look(session: Session, member: Member) -> directory.Page:
        begun = drafts.of(session, member)
        if begun is None or begun.kind == SEARCH:  # looking somebody up ends nothing that was begun
            drafts.put(session, member, kind=SEARCH, step="name", now=context.now)
        return directory.page(session, member, wanted, number)

    page = await context.transaction(look)
    context.notice()
    await context.show(views.people(page, wanted, number, context.reader))


def _filter(place: str, role: str, language: str, reach: str, context: Context) -> Filter:
    words = context.machine.words
    chosen, known = (place, role, language, reach), (words.places, [*policy.Role], words.languages, REACHES)
    if not all(one == ANY or one in values for one, values in zip(chosen, known, strict=True)):
        raise Outdated("errors.old_button")
    return Filter(place, role, language, reach)


@action("members.list")
async def narrow(update: Update, context: Context) -> None:
    """By place, by role, by language?"""
    press = callbacks.Narrow.parse(context.pressed)
    wanted = _filter(press.place, press.role, press.language, press.reach, context)
    if press.what not in ("place", "role", "language", "reach"):
        raise Outdated("errors.old_button")
    context.notice()
    await context.show(views.narrow(press.what, wanted, context.reader))


async def search_step(update: Update, context: Context, draft: Draft) -> None:
    """A name was typed."""
    text = context.message.text or ""

    def find(session: Session, member: Member) -> list[Member]:
        drafts.drop(session, member, kind=SEARCH)
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
    await _show_to_call(_page(press.page), context)


async def _show_to_call(page: int, context: Context) -> None:
    viewer = context.member
    if viewer is None:
        raise Outdated("errors.old_button")
    people = await context.read(lambda session: directory.to_call(session, viewer, now=context.now))
    phones = [directory.phone_of(viewer, one.phone, context.machine.vault) for one in people]
    await context.show(views.to_call(people, phones, page, context.reader))
