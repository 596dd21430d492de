"""Language and place: chosen with a tap, changed at any moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from telegram import ChatMember, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ChatMemberHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import drafts, invitations, members, questions, roles
from bot.domain.policy import Role
from bot.rendering.members import here
from bot.views import buttons, home, privacy
from bot.views import members as views
from db.models import Member
from handlers import groups, inviting
from handlers import home as screens
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("langue", "language", "kan"), ask_language),
        CommandHandler(("lieu", "place", "yoro"), ask_place),
        CommandHandler(("moi", "me", "ne"), show_me),
        CallbackQueryHandler(choose_language, callbacks.ChooseLanguage.pattern()),
        CallbackQueryHandler(choose_place, callbacks.ChoosePlace.pattern()),
        ChatMemberHandler(come_or_go, ChatMemberHandler.MY_CHAT_MEMBER),
    ]


@action("members.look")
async def ask_language(update: Update, context: Context) -> None:
    """/langue."""
    settled = context.member is not None and not members.missing_step(context.member)
    way_back = buttons.home(context.reader) if settled else None
    await context.show(views.choose_language(context.machine.words, way_back=way_back))


@action("members.look")
async def ask_place(update: Update, context: Context) -> None:
    """/lieu."""
    if context.member is None or members.missing_step(context.member):
        await context.show(here(context.member, context.reader))
    else:
        await context.show(views.choose_place(context.reader, way_back=buttons.home(context.reader)))


@action("members.look")
async def show_me(update: Update, context: Context) -> None:
    """/moi."""
    if context.member is None or members.missing_step(context.member):
        await context.show(here(context.member, context.reader))
    else:
        await context.show(views.me(context.member, context.reader))


@action("members.choose_language")
async def choose_language(update: Update, context: Context) -> None:
    """A language was pressed."""
    press = callbacks.ChooseLanguage.parse(context.pressed)

    def choose(session: Session, member: Member) -> _Arrival:
        arrival = _Arrival.of(session, member)
        known = context.machine.words.languages
        members.choose_language(session, member, press.code, known=known, first_name=context.first_name, now=context.now)
        arrival.through(session, member, context)
        return arrival

    arrival = await context.transaction(choose)
    context.notice()
    if not arrival.was_settled:
        await context.show(privacy.first_notice(context.reader))
    await _show_result(context, arrival)


@action("members.choose_place")
async def choose_place(update: Update, context: Context) -> None:
    """A place was pressed."""
    press = callbacks.ChoosePlace.parse(context.pressed)

    def choose(session: Session, member: Member) -> _Arrival:
        arrival = _Arrival.of(session, member)
        known = context.machine.words.places
        members.choose_place(session, member, press.name, known=known, first_name=context.first_name, now=context.now)
        arrival.through(session, member, context)
        return arrival

    arrival = await context.transaction(choose)
    context.notice()
    await _show_result(context, arrival)


@dataclass(frozen=True)
class _Arrival:
    """Where somebody stood before they chose, and what they arrived with: how the invitation went, where the link leads."""

    was_settled: bool
    came_in: bool | None
    screen: str = ""

    @classmethod
    def of(cls, session: Session, member: Member) -> _Arrival:
        draft = drafts.of(session, member)
        brought = draft.content if draft and draft.kind == members.WELCOME else {}
        return cls(not members.missing_step(member), brought.get("came_in"), brought.get("screen", ""))

    def through(self, session: Session, member: Member, context: Context) -> None:
        """Do what is due once somebody is through the welcome."""
        if self.was_settled or members.missing_step(member):
            return
        if member.role == Role.COORDINATOR:
            questions.pass_on_waiting(session, member, context.desk, now=context.now)
        invitations.arrived(session, member, desk=context.desk, now=context.now)


async def _show_result(context: Context, arrival: _Arrival) -> None:
    """Redraw the screen: « me » for who changes something, the next step or home for who arrives."""
    member = context.member
    if member is None or members.missing_step(member):
        await context.say(here(member, context.reader))
    elif arrival.was_settled:
        await context.show(views.me(member, context.reader))
    else:
        await context.say(home.welcome(context.reader))
        if arrival.came_in is None:
            await context.say(here(member, context.reader))
        else:
            await inviting.show_outcome(context, is_in=arrival.came_in, is_first=False)
        if arrival.screen:
            await screens.show_screen(arrival.screen, context.incoming, context)


@action("members.come_or_go")
async def come_or_go(update: Update, context: Context) -> None:
    """Somebody blocked the bot, or let it in again; or a group did."""
    change = update.my_chat_member
    if change is None:
        return
    is_gone = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    if not context.is_private:
        await groups.come_or_go(change.chat, context, is_gone=is_gone)
    elif is_gone:  # whoever goes is not made known by going
        await context.commit(lambda session: roles.left(session, change.chat.id, "blocked", now=context.now))
    elif context.member is not None:
        await context.transaction(lambda session, member: None)
