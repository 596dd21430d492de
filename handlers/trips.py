"""Members' own journeys: told in four taps; coordinators see them and may entrust something."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks, dates
from bot.context import Context
from bot.domain import drafts, policy, trips
from bot.errors import NotFound, Outdated
from bot.messages import OutgoingMessage
from bot.views import trips as views
from bot.views.announcements import unclear
from db.models import Draft, Member, Trip
from handlers.delegations import known
from handlers.doors import action

DAYS = 14
ENTRUST, WHEN = "trip_entrust", "trip_when"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(tell, callbacks.TellTrip.pattern()),
        CallbackQueryHandler(show_board, callbacks.TripBoard.pattern()),
        CallbackQueryHandler(show, callbacks.ShowTrip.pattern()),
        CallbackQueryHandler(drop, callbacks.DropTrip.pattern()),
        CallbackQueryHandler(entrust, callbacks.Entrust.pattern()),
        CallbackQueryHandler(answer, callbacks.AnswerTrip.pattern()),
    ]


@action("trips.tell")
async def tell(update: Update, context: Context) -> None:
    """Where to, from when, to when: a tap each; a later day may be typed."""
    press = callbacks.TellTrip.parse(context.pressed)
    context.notice()
    await _go_on(press, context)


async def _go_on(press: callbacks.TellTrip, context: Context) -> None:
    member, now, zone = known(context), context.now, context.reader.place.time_zone
    if press.destination == "-":
        own = await context.read(lambda session: trips.own(session, member, now=now))
        await context.show(views.ask_destination(own, context.reader))
        return
    if press.destination not in context.machine.words.places:
        raise Outdated("errors.old_button")
    if "-" in (press.leaves, press.returns):
        first = _day(press.leaves) if press.leaves != "-" else now.astimezone(zone).date()
        days = [day for day in dates.days_from(now, zone, dates.FARTHEST_DAYS) if day >= first][:DAYS]
        await context.transaction(
            lambda session, actor: drafts.put(
                session, actor, kind=WHEN, step="day", now=now, destination=press.destination, leaves=press.leaves
            )
        )
        await context.show(views.ask_day(press, days, context.reader))
        return

    def keep(session: Session, actor: Member) -> Trip:
        drafts.drop(session, actor, kind=WHEN)
        return trips.tell(session, actor, press.destination, _day(press.leaves), _day(press.returns), now=now)

    await context.show(views.told(await context.transaction(keep), context.reader))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Outdated("errors.old_button") from None


async def when_step(update: Update, context: Context, draft: Draft) -> None:
    """A day was typed: « 20 décembre »."""
    noon = dates.read_hour("12h")
    meant = dates.read(context.message.text or "", now=context.now, zone=context.reader.place.time_zone, default_hour=noon)
    if isinstance(meant, dates.Unclear):
        await context.say(unclear(meant.why, context.reader))
        return
    destination, leaves = draft.content["destination"], draft.content["leaves"]
    day = meant.day.isoformat()
    press = callbacks.TellTrip(destination, day, "-") if leaves == "-" else callbacks.TellTrip(destination, leaves, day)
    await _go_on(press, context)


@action("trips.see")
async def show_board(update: Update, context: Context) -> None:
    """Who travels."""
    member = known(context)
    context.notice()
    found = await context.read(lambda session: trips.board(session, member, now=context.now))
    await context.show(views.board(found, context.reader))


@action("trips.tell")
async def show(update: Update, context: Context) -> None:
    """One journey, to its traveller and to coordinators."""
    number, member = callbacks.ShowTrip.parse(context.pressed).trip_id, known(context)
    context.notice()

    def look(session: Session) -> OutgoingMessage:
        trip = trips.found(session, number)
        if trip.member_id != member.id and not policy.may(member.role, "trips.see"):
            raise NotFound("errors.old_button")
        traveller = session.get(Member, trip.member_id) or member
        return views.trip(trip, traveller, context.reader, is_own=trip.member_id == member.id)

    await context.show(await context.read(look))


@action("trips.tell")
async def drop(update: Update, context: Context) -> None:
    """They do not travel after all."""
    number = callbacks.DropTrip.parse(context.pressed).trip_id
    await context.transaction(lambda session, member: trips.drop(session, member, number, now=context.now))
    context.notice()
    await _go_on_after_drop(context)


async def _go_on_after_drop(context: Context) -> None:
    member = known(context)
    own = await context.read(lambda session: trips.own(session, member, now=context.now))
    await context.show(views.ask_destination(own, context.reader))


@action("trips.see")
async def entrust(update: Update, context: Context) -> None:
    """The next message says what to carry, or whom to meet."""
    number = callbacks.Entrust.parse(context.pressed).trip_id

    def begin(session: Session, member: Member) -> None:
        trips.found(session, number)
        drafts.put(session, member, kind=ENTRUST, step="say", now=context.now, trip_id=number)

    await context.transaction(begin)
    context.notice()
    await context.say(views.ask_entrusted(context.reader))


async def entrust_step(update: Update, context: Context, draft: Draft) -> None:
    """It has come: the traveller is asked."""

    def keep(session: Session, member: Member) -> tuple[Trip, Member]:
        trip = trips.entrust(session, member, draft.content["trip_id"], context.message.text or "", now=context.now)
        drafts.drop(session, member, kind=ENTRUST)
        return trip, session.get(Member, trip.member_id) or member

    trip, traveller = await context.transaction(keep)
    await context.say(views.trip(trip, traveller, context.reader, is_own=False))


@action("trips.tell")
async def answer(update: Update, context: Context) -> None:
    """I carry it, or I cannot."""
    press = callbacks.AnswerTrip.parse(context.pressed)
    trip = await context.transaction(
        lambda session, member: trips.answer(session, member, press.trip_id, accepts=bool(press.accepts), now=context.now)
    )
    context.notice(context.reader.say("meetings.notice.noted"))
    await context.show(views.trip(trip, known(context), context.reader, is_own=True))
