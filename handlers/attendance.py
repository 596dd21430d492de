"""On the day of a meeting: who came, by name or by number; the answers as a file."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks
from bot.context import Context
from bot.domain import meetings, rsvps
from bot.messages import OutgoingMessage
from bot.views import exports
from bot.views import meeting_board as views
from handlers.doors import action


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(list_guests, callbacks.ListGuests.pattern()),
        CallbackQueryHandler(check_in, callbacks.CheckIn.pattern()),
        CallbackQueryHandler(thank, callbacks.ThankGuests.pattern()),
        CallbackQueryHandler(export, callbacks.ExportMeeting.pattern()),
    ]


@action("meetings.write")
async def list_guests(update: Update, context: Context) -> None:
    """A page of those who are expected."""
    press = callbacks.ListGuests.parse(context.pressed)
    context.notice()
    await show_door(press.meeting_id, press.page, context)


@action("meetings.write")
async def check_in(update: Update, context: Context) -> None:
    """Somebody came, or did not after all."""
    press = callbacks.CheckIn.parse(context.pressed)
    await context.transaction(
        lambda session, member: rsvps.check_in(
            session, member, press.meeting_id, press.member_id, press.persons, now=context.now
        )
    )
    context.notice()
    await show_door(press.meeting_id, press.page, context)


async def show_door(number: int, page: int, context: Context) -> None:
    """Show a page of those who are expected."""

    def look(session: Session) -> OutgoingMessage:
        meeting = meetings.found(session, number)
        return views.door(meeting, rsvps.expected(session, meeting), page, rsvps.attendance(session, meeting), context.reader)

    await context.show(await context.read(look))


@action("meetings.write")
async def thank(update: Update, context: Context) -> None:
    """Those who came are thanked; who already was is not thanked again."""
    number = callbacks.ThankGuests.parse(context.pressed).meeting_id
    thanked = await context.transaction(
        lambda session, member: rsvps.thank(session, member, number, desk=context.desk, now=context.now)
    )
    context.notice()
    await context.say(OutgoingMessage(context.reader.say_n("meetings.thanked", thanked)))


@action("meetings.write")
async def export(update: Update, context: Context) -> None:
    """The answers as a file."""
    press = callbacks.ExportMeeting.parse(context.pressed)

    def look(session: Session) -> list[rsvps.Guest]:
        return rsvps.guests(session, meetings.found(session, press.meeting_id).id)

    found = await context.read(look)
    context.notice()
    await context.say(OutgoingMessage(document=exports.guests(found, press.form, context.reader)))
