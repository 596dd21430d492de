"""Roles: given and taken, a stolen phone, handing over, stepping in; the coordinators' room."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import members, policy, roles
from bot.errors import Outdated
from bot.lists import fold
from bot.rendering.members import here
from bot.views import roles as views
from db.models import Member
from handlers import directory
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("coordination", "responsables", "nyemogow"), show_room),
        CommandHandler(("revoquer", "revoke"), revoke_by_name),
        CallbackQueryHandler(set_role, callbacks.SetRole.pattern()),
        CallbackQueryHandler(revoke, callbacks.Revoke.pattern()),
        CallbackQueryHandler(take_all, callbacks.TakeAll.pattern()),
        CallbackQueryHandler(step_in, callbacks.StepIn.pattern()),
    ]


@action("coordination.look")
async def show_room(update: Update, context: Context) -> None:
    """The coordinators' room."""
    if context.member is not None:
        await context.show(views.coordination(context.member, context.reader))


@action("members.change_role")
async def set_role(update: Update, context: Context) -> None:
    """Which role? Then: this one."""
    press = callbacks.SetRole.parse(context.pressed)
    if press.role == "-":
        found = await context.read(lambda session: members.found(session, press.member_id))
        context.notice()
        await context.show(views.choose(found, list(policy.Role), context.reader))
        return
    await context.transaction(
        lambda session, member: roles.change(session, member, press.member_id, press.role, desk=context.desk, now=context.now)
    )
    context.notice()
    if context.member is not None and policy.may(context.member.role, "members.list"):
        await directory.show_card(press.member_id, context)
    else:
        await context.show(here(context.member, context.reader))


@action("members.change_role")
async def revoke_by_name(update: Update, context: Context) -> None:
    """/revoquer Bakary: at once when only one coordinator goes by that name; else choose."""
    name, own = fold(context.argument), context.telegram_id

    def act(session: Session, member: Member) -> tuple[Member | None, list[Member]]:
        others = [one for one in members.holding(session, policy.Role.COORDINATOR) if one.telegram_id != own]
        named = [one for one in others if name and fold(one.first_name) == name]
        if len(named) == 1:
            return roles.revoke(session, member, named[0].id, desk=context.desk, now=context.now), others
        return None, others

    revoked, others = await context.transaction(act)
    await context.show(
        views.revoke_done(revoked, context.reader) if revoked else views.whose_phone(others, context.reader)
    )


@action("members.change_role")
async def revoke(update: Update, context: Context) -> None:
    """Their phone was stolen: one tap."""
    press = callbacks.Revoke.parse(context.pressed)
    if context.member is None or context.member.id == press.member_id:
        raise Outdated("errors.old_button")
    revoked = await context.transaction(
        lambda session, member: roles.revoke(session, member, press.member_id, desk=context.desk, now=context.now)
    )
    context.notice()
    await context.show(views.revoke_done(revoked, context.reader))


@action("members.hand_over")
async def take_all(update: Update, context: Context) -> None:
    """« I take over all that is open. »"""
    callbacks.TakeAll.parse(context.pressed)
    count = await context.transaction(
        lambda session, member: roles.take_all(session, member, desk=context.desk, now=context.now)
    )
    context.notice()
    await context.show(views.took_all(count, context.reader))


@action("members.step_in")
async def step_in(update: Update, context: Context) -> None:
    """Nobody coordinates: somebody of the committee does."""
    callbacks.StepIn.parse(context.pressed)
    await context.transaction(lambda session, member: roles.step_in(session, member, now=context.now))
    context.notice()
    await context.show(here(context.member, context.reader))
