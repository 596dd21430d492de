"""Start, home, help; the screens buttons open."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import callbacks
from bot.context import Context
from bot.domain import announcements as reports
from bot.domain import drafts, invitations, members
from bot.errors import Outdated
from bot.messages import HOME_KEY, OutgoingMessage
from bot.rendering.members import here
from bot.views import buttons, home, privacy
from bot.views import members as member_views
from db.models import Invitation, Member
from handlers import (
    agenda,
    announcement_copies,
    announcements,
    delegations,
    desk,
    directory,
    documents,
    groups,
    health,
    inviting,
    knowledge,
    profile,
    questions,
    recordings,
    roles,
    tasks,
    volunteers,
    yearly,
)
from handlers import privacy as privacy_doors
from handlers.doors import Handler, action, enter

INVITED, SCREEN = "i-", "s-"  # what a deep link begins with: the secret of an invitation, the name of a screen
POSTER = re.compile(r"s-([amdh]\d{1,15})")  # something announced, a meeting, a visit, a call for help


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler("start", start),
        CommandHandler(("aide", "help", "deme"), show_help),
        MessageHandler(filters.Text([HOME_KEY]), start),
        CallbackQueryHandler(open_screen, callbacks.Open.pattern()),
    ]


@action("members.start")
async def start(update: Update, context: Context) -> None:
    """/start, 🏠: where the person stands, whoever they are; a link may let them in, or lead them to a screen."""
    if context.argument.startswith(SCREEN) and context.member is not None and not members.missing_step(context.member):
        await show_screen(context.argument.removeprefix(SCREEN), update, context)
        return
    poster = POSTER.fullmatch(context.argument)
    token = context.argument.removeprefix(INVITED) if context.argument.startswith(INVITED) else None

    def begin(session: Session, member: Member) -> Invitation | None:
        members.start(session, member, now=context.now)
        if poster and members.missing_step(member):  # where the link leads is shown after the welcome
            drafts.put(session, member, kind=members.WELCOME, step=members.missing_step(member) or "", now=context.now,
                       screen=poster[1])  # fmt: skip
        if token is None:
            return None
        invitation = invitations.use(
            session, member, token, desk=context.desk, vault=context.machine.vault, now=context.now
        )
        if members.missing_step(member):
            drafts.put(session, member, kind=members.WELCOME, step=members.missing_step(member) or "", now=context.now,
                       came_in=invitation is not None)  # fmt: skip
        elif invitation is not None:
            _through(session, member, context)
        return invitation

    was_new = context.member is None
    invitation = await context.transaction(begin)
    member = context.member
    if member is None or members.missing_step(member):
        await context.show(here(member, context.reader))
    elif token is not None:
        await inviting.show_outcome(context, is_in=invitation is not None, is_first=was_new)
    else:
        await context.show(here(member, context.reader))


def _through(session: Session, member: Member, context: Context) -> None:
    """A personal invitation has answered everything the welcome asks."""
    if member.agreed_at is None:
        members.go_on(session, member, first_name=context.first_name, now=context.now)
        invitations.arrived(session, member, desk=context.desk, now=context.now)


@action("members.look")
async def show_help(update: Update, context: Context) -> None:
    """What one can do here."""
    await context.show(home.help_screen(context.reader))


@action("members.look")
async def open_screen(update: Update, context: Context) -> None:
    """A button that shows a screen."""
    name = callbacks.Open.parse(context.pressed).screen
    if name == buttons.HOME_SCREEN and context.member is not None:
        await context.transaction(lambda session, member: _go_home(session, member, context))
    context.notice()
    await show_screen(name, update, context)


def _go_home(session: Session, member: Member, context: Context) -> None:
    members.start(session, member, now=context.now)
    if context.pressed_under is not None:
        reports.looked_away(session, chat_id=context.chat_id, message_id=context.pressed_under)


async def show_screen(name: str, update: Update, context: Context) -> None:
    """Show a screen by its name; who has not finished the welcome goes on there. Raises Outdated."""
    if context.member is None or members.missing_step(context.member):
        await context.show(here(context.member, context.reader))
    elif name.startswith("a") and name[1:].isdecimal():
        await announcement_copies.show_from_link(int(name[1:16]), context)
    elif name.startswith("m") and name[1:].isdecimal():
        await agenda.show_from_link(int(name[1:16]), context)
    elif name.startswith("d") and name[1:].isdecimal():
        await delegations.show_one(int(name[1:16]), context)
    elif name.startswith("h") and name[1:].isdecimal():
        await volunteers.show_one(int(name[1:16]), context)
    elif name in DOORS:
        await enter(DOORS[name], update, context)
    else:
        await context.show(await _screen(name, context.member, context))


async def _screen(name: str, member: Member, context: Context) -> OutgoingMessage:
    reader = context.reader
    match name:
        case buttons.HOME_SCREEN:
            return home.home(member.role, reader)
        case "questions":
            return questions.menu(context)
        case "waiting":
            return await desk.waiting(context)
        case "knowledge":
            return await knowledge.shelf(context)
        case "me":
            return member_views.me(member, reader)
        case "language":
            return member_views.choose_language(reader.words, way_back=buttons.home(reader))
        case "place":
            return member_views.choose_place(reader, way_back=buttons.home(reader))
        case "privacy":
            return privacy.notice(reader)
        case "help":
            return home.help_screen(reader)
    raise Outdated("errors.old_button")


# Screens that are more than a look: each asks the policy for its own row.
DOORS: dict[str, Handler] = {
    "announcements": announcements.show_menu,
    "agenda": agenda.show_agenda,
    "documents": documents.show_all,
    "delegations": delegations.show_all,
    "skills": tasks.show_skills,
    "helping": volunteers.show_all,
    "coordination": roles.show_room,
    "directory": directory.show_people,
    "call": directory.show_to_call,
    "invite": inviting.show_menu,
    "invitations": inviting.show_running,
    "person": inviting.choose_person,
    "list": inviting.ask_list,
    "join": inviting.join,
    "groups": groups.show_known,
    "statistics": desk.show_statistics,
    "health": health.show,
    "year": yearly.show_year,
    "voices": recordings.show_missing,
    "profile": profile.show_profile,
    "relatives": profile.show_relatives,
    "hear": profile.show_kinds,
    "quiet": profile.show_quiet,
    "data": privacy_doors.show_data,
}
