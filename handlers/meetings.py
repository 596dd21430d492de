"""Preparing meetings: begun by a tap or a sentence, published once, put off, called off; points for the agenda decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks, dates
from bot.context import Context
from bot.domain import agenda, drafts, meetings, recurrence, venues
from bot.domain.meetings import Change
from bot.errors import Outdated
from bot.sentences import Sentence, read_sentence
from bot.views import meeting_board as views
from bot.views import meetings as card_views
from bot.views.announcements import unclear
from bot.views.meeting_words import kind_name
from db.models import Draft, Meeting, MeetingPoint, Member
from handlers.doors import action
from handlers.meeting_board import EDIT, board_of, board_screen, days_screen, tell_change

NEW = "meeting_new"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(new, callbacks.NewMeeting.pattern()),
        CallbackQueryHandler(act, callbacks.ActMeeting.pattern()),
        CallbackQueryHandler(decide_point, callbacks.DecidePoint.pattern()),
    ]


# ---- beginning
@action("meetings.write")
async def new(update: Update, context: Context) -> None:
    """Of which kind? Then on which day; or one sentence says all."""
    kind = callbacks.NewMeeting.parse(context.pressed).kind
    context.notice()
    if kind == "-":
        await context.transaction(lambda session, member: drafts.put(session, member, kind=NEW, step="say", now=context.now))
        await context.show(views.begin(context.reader))
        return

    def begin(session: Session, member: Member) -> Meeting:
        drafts.drop(session, member, kind=NEW)
        meeting = meetings.begin(session, member, kind=kind, now=context.now)
        session.flush()
        drafts.put(session, member, kind=EDIT, step="when", now=context.now, meeting_id=meeting.id)
        return meeting

    meeting = await context.transaction(begin)
    await context.show(days_screen(meeting, None, context))


async def sentence_step(update: Update, context: Context, draft: Draft) -> None:
    """One sentence: what, when, where. What it does not say is asked on the board."""
    words, reader = context.machine.words, context.reader
    kinds = {kind_name(kind, words.reader(code, None)).casefold(): kind for kind in meetings.KINDS for code in words.languages}
    zone = reader.place.time_zone
    said = read_sentence(context.message.text or "", kinds, now=context.now, zone=zone)
    if said is None:
        await context.say(views.begin(reader))
        return
    if said.why not in ("", "no_hour", "no_day"):
        await context.say(unclear(said.why, reader))
        return

    def begin(session: Session, member: Member) -> Meeting:
        drafts.drop(session, member, kind=NEW)
        return _begun(session, member, said, context)

    meeting = await context.transaction(begin)
    await context.say(await board_screen(meeting.id, context))


def _begun(session: Session, member: Member, said: Sentence, context: Context) -> Meeting:
    title = None if said.is_kind_only else (context.reader.language.code, said.title)
    meeting = meetings.begin(session, member, kind=said.kind, title=title, now=context.now)
    venue = venues.add(session, member, said.place, now=context.now) if said.place else None
    end = dates.end_after(said.wall, said.until) if said.wall and said.until else None
    wanted = Change(said.wall, context.reader.place.time_zone, end, venue.id if venue else None, said.link or None)
    return meetings.change(session, member, meeting.id, wanted, desk=context.desk, now=context.now)


# ---- acting
@action("meetings.write")
async def act(update: Update, context: Context) -> None:
    """Publish, take back, put off, call off, throw away, end a series: what cannot be unsaid is asked once more."""
    press = callbacks.ActMeeting.parse(context.pressed)
    context.notice()
    if press.act not in (*ACTS, "tell"):
        raise Outdated("errors.old_button")
    if press.act in ("cancel", "postpone", "drop", "end_series") and not press.is_sure:
        shown = await board_of(press.meeting_id, context)
        told = await context.read(lambda session: meetings.told_count(session, shown.meeting))
        await context.show(views.sure(shown.meeting, press.act, told, context.reader))
        return
    if press.act == "tell":
        await tell_change(press.meeting_id, press.is_sure, context)
    else:
        await ACTS[press.act](press.meeting_id, context)


async def _publish(number: int, context: Context) -> None:
    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=EDIT)
        meetings.publish(session, member, number, desk=context.desk, now=context.now)

    await context.transaction(keep)
    await context.show(views.published(await board_of(number, context), context.reader))


async def _undo(number: int, context: Context) -> None:
    await context.transaction(lambda session, member: meetings.undo(session, member, number, now=context.now))
    await context.show(await board_screen(number, context))


async def _postpone(number: int, context: Context) -> None:
    await context.transaction(
        lambda session, member: meetings.postpone(session, member, number, desk=context.desk, now=context.now)
    )
    await context.show(await board_screen(number, context))


async def _cancel(number: int, context: Context) -> None:
    await context.transaction(
        lambda session, member: meetings.cancel(session, member, number, desk=context.desk, now=context.now)
    )
    await context.show(await board_screen(number, context))


async def _drop(number: int, context: Context) -> None:
    await context.transaction(
        lambda session, member: meetings.throw_away(session, member, number, desk=context.desk, now=context.now)
    )
    await context.show(views.thrown_away(context.reader))


async def _end_series(number: int, context: Context) -> None:
    await context.transaction(
        lambda session, member: recurrence.end(session, member, number, desk=context.desk, now=context.now)
    )
    await context.show(await board_screen(number, context))


ACTS = {
    "publish": _publish, "undo": _undo, "postpone": _postpone, "cancel": _cancel, "drop": _drop,
    "end_series": _end_series,
}  # fmt: skip


@action("meetings.write")
async def decide_point(update: Update, context: Context) -> None:
    """On the agenda, or not."""
    press = callbacks.DecidePoint.parse(context.pressed)

    def decide(session: Session, actor: Member) -> tuple[MeetingPoint, Meeting, str]:
        point = agenda.decide(session, actor, press.point_id, accepts=bool(press.accepts), now=context.now)
        member = session.get(Member, point.member_id) if point.member_id else None
        return point, meetings.found(session, point.meeting_id), member.first_name if member else ""

    point, meeting, name = await context.transaction(decide)
    context.notice()
    await context.show(card_views.proposed(point, meeting, name, context.reader))
