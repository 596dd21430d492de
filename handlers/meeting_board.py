"""The board of a meeting: each part asked for, set by a button or by the next message; what people rely on is shown first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks, dates
from bot.context import Context
from bot.domain import audiences, drafts, groups, meetings, recurrence, rsvps, venues
from bot.domain.meetings import Change
from bot.errors import NotFound, Outdated, Refusal
from bot.messages import OutgoingMessage
from bot.sentences import link_in
from bot.views import meeting_board as views
from bot.views.announcements import unclear
from db.models import Chat, Draft, Meeting, MeetingSeries, MeetingState, Member, Venue
from handlers.agenda import standing
from handlers.announcements import content_of
from handlers.attendance import show_door
from handlers.doors import action

EDIT = "meeting_edit"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(show_board, callbacks.BoardMeeting.pattern()),
        CallbackQueryHandler(edit, callbacks.EditMeeting.pattern()),
        CallbackQueryHandler(aim, callbacks.AimMeeting.pattern()),
    ]


# ---- the board
@action("meetings.write")
async def show_board(update: Update, context: Context) -> None:
    """Everything of a meeting, and what changes it."""
    number = callbacks.BoardMeeting.parse(context.pressed).meeting_id
    context.notice()
    await _leave(context)
    await context.show(await board_screen(number, context))


async def board_of(number: int, context: Context) -> views.Board:
    """Return everything the board shows of a meeting."""
    shown = await standing(number, context)

    def look(session: Session) -> views.Board:
        series = session.get(MeetingSeries, shown.meeting.series_id) if shown.meeting.series_id else None
        rule = series.rule if series and not series.is_over else ""
        return views.Board(shown, audiences.count(session, shown.meeting), rule)

    return await context.read(look)


async def board_screen(number: int, context: Context) -> OutgoingMessage:
    """Return the board itself."""
    return views.board(await board_of(number, context), context.reader)


async def _leave(context: Context) -> None:
    """What was asked for is not wanted any more: the next message is no part of a meeting."""
    await context.transaction(lambda session, member: drafts.drop(session, member, kind=EDIT))


async def _await(step: str, number: int, context: Context, **content: Any) -> None:
    """Let the next message be this part of a meeting."""

    def begin(session: Session, member: Member) -> None:
        meetings.found(session, number)
        drafts.drop(session, member, kind=EDIT)  # nothing of another step or meeting sticks to this one
        session.flush()
        drafts.put(session, member, kind=EDIT, step=step, now=context.now, meeting_id=number, **content)

    await context.transaction(begin)


@action("meetings.write")
async def edit(update: Update, context: Context) -> None:
    """One part of it: asked for, or set by the button that was pressed."""
    press = callbacks.EditMeeting.parse(context.pressed)
    number, value = press.meeting_id, press.value
    context.notice()
    if press.what in ASKED and not (value and press.what in SET):
        if press.what in LOOKED_AT:
            await _leave(context)
        await ASKED[press.what](number, value, context)
    elif press.what in SET:
        await SET[press.what](number, value, context)
    else:
        raise Outdated("errors.old_button")


# ---- what is asked
def days_screen(meeting: Meeting, first: date | None, context: Context) -> OutgoingMessage:
    """Return the days to choose from, from `first` on. Raises Refusal when there are none."""
    days = dates.days_from(context.now, context.reader.place.time_zone, dates.FARTHEST_DAYS)
    days = [day for day in days if first is None or day >= first][: views.DAYS_SHOWN]
    if not days:
        raise Refusal("dates.too_far")
    return views.ask_day(meeting, days, context.reader)


async def _found(number: int, context: Context) -> Meeting:
    return await context.read(lambda session: meetings.found(session, number))


async def _ask_title(number: int, language: str, context: Context) -> None:
    if language not in context.machine.words.languages:
        raise NotFound("errors.old_button")
    await _await("title", number, context, language=language)
    name = context.machine.words.languages[language].name
    await context.say(views.ask(await _found(number, context), "meetings.ask_title", context.reader, language=name))


async def _ask_days(number: int, value: str, context: Context) -> None:
    await _await("when", number, context)
    await context.show(days_screen(await _found(number, context), _day(value) if value else None, context))


async def _ask_hour(number: int, value: str, context: Context) -> None:
    await _await("hour", number, context, day=_day(value).isoformat())
    await context.show(views.ask_hour(await _found(number, context), _day(value), context.reader))


async def _ask_place(number: int, _: str, context: Context) -> None:
    await _await("place", number, context)
    known = await context.read(venues.known)
    await context.show(views.ask_place(await _found(number, context), known, context.reader))


async def _ask_agenda(number: int, _: str, context: Context) -> None:
    await _await("agenda", number, context)
    await context.say(views.ask(await _found(number, context), "meetings.ask_agenda", context.reader))


async def _ask_capacity(number: int, _: str, context: Context) -> None:
    await _await("capacity", number, context)
    await context.show(views.capacity(await _found(number, context), context.reader))


async def _ask_end(number: int, _: str, context: Context) -> None:
    await _await("end", number, context)
    await context.show(views.ask(await _found(number, context), "meetings.ask_end", context.reader))


async def _ask_way(number: int, _: str, context: Context) -> None:
    await _await("way", number, context)
    await context.say(views.ask(await _found(number, context), "meetings.ask_way", context.reader))


async def _ask_map(number: int, _: str, context: Context) -> None:
    await _await("map", number, context)
    await context.say(views.ask(await _found(number, context), "meetings.ask_map", context.reader))


async def _ask_besides(number: int, _: str, context: Context) -> None:
    await _await("besides", number, context)
    await context.say(views.ask(await _found(number, context), "meetings.ask_besides", context.reader))


async def _ask_publish(number: int, _: str, context: Context) -> None:
    await _await("publish", number, context)
    zone = context.reader.place.time_zone
    days, hour = dates.days_from(context.now, zone, 2), context.now.astimezone(zone).hour
    await context.show(views.ask_publish(await _found(number, context), days, hour, context.reader))


async def _show_options(number: int, _: str, context: Context) -> None:
    await context.show(views.options(await board_of(number, context), context.reader))


async def _show_kinds(number: int, _: str, context: Context) -> None:
    await context.show(views.kinds(await _found(number, context), context.reader))


async def _show_near(number: int, _: str, context: Context) -> None:
    def look(session: Session) -> tuple[Meeting, Venue]:
        meeting = meetings.found(session, number)
        return meeting, venues.found(session, meeting.venue_id or 0)

    meeting, venue = await context.read(look)
    await context.show(views.near(meeting, venue, context.reader))


async def _show_repeat(number: int, _: str, context: Context) -> None:
    meeting = await _found(number, context)
    if meeting.wall is None:
        raise Refusal("meetings.no_day")
    await context.show(views.repeat(meeting, dates.unwritten(meeting.wall).date(), context.reader))


async def _show_audience(number: int, _: str, context: Context) -> None:
    await context.show(views.audience(await board_of(number, context), context.reader))


async def _show_after(number: int, _: str, context: Context) -> None:
    shown = await board_of(number, context)

    def look(session: Session) -> tuple[int, dict[str, rsvps.Counts]]:
        return rsvps.attendance(session, shown.meeting), rsvps.by_place(session, number)

    came, places = await context.read(look)
    await context.show(views.after(shown, came, places, context.reader))


LOOKED_AT = ("options", "repeat", "audience", "after", "kind", "near")
ASKED = {
    "title": _ask_title, "days": _ask_days, "day": _ask_hour, "place": _ask_place, "agenda": _ask_agenda,
    "capacity": _ask_capacity, "end": _ask_end, "way": _ask_way, "map": _ask_map, "besides": _ask_besides,
    "publish": _ask_publish, "options": _show_options, "repeat": _show_repeat, "audience": _show_audience, "after": _show_after,
    "kind": _show_kinds, "near": _show_near,
}  # fmt: skip


# ---- what a button sets
def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Outdated("errors.old_button") from None


def _number(value: str) -> int:
    if not value.isdecimal() or len(value) > 9:
        raise Refusal("meetings.bad_number", most=meetings.MOST_SEATS)
    return int(value)


async def _set_at(number: int, value: str, context: Context) -> None:
    try:
        wall = dates.wall_of(datetime.fromisoformat(value))
    except ValueError:
        raise Outdated("errors.old_button") from None
    if not context.now.year <= wall.day.year <= context.now.year + 3:
        raise Outdated("errors.old_button")
    await _change(number, Change(wall, context.reader.place.time_zone), context)


async def _set_venue(number: int, value: str, context: Context) -> None:
    await _change(number, Change(venue_id=_number(value)), context)


async def _change(number: int, wanted: Change, context: Context) -> None:
    """Set when or where; what is missing next is asked, else the board shows. What people were told of is shown first."""
    if await context.read(lambda session: _concerns_people(session, number)):
        await _preview_change(number, wanted, context)
        return

    def keep(session: Session, member: Member) -> tuple[Meeting, bool]:
        meeting = meetings.change(session, member, number, wanted, desk=context.desk, now=context.now)
        lacks_place = meeting.state == MeetingState.DRAFT and meeting.venue_id is None and not meeting.online_url
        if lacks_place:
            drafts.put(session, member, kind=EDIT, step="place", now=context.now, meeting_id=number)
        else:
            drafts.drop(session, member, kind=EDIT)
        return meeting, lacks_place

    meeting, lacks_place = await context.transaction(keep)
    if lacks_place:
        known = await context.read(venues.known)
        await context.show(views.ask_place(meeting, known, context.reader))
    else:
        await context.show(await board_screen(number, context))


def _concerns_people(session: Session, number: int) -> bool:
    """Tell whether a change has to be shown before it is told: it is published, or somebody has answered already."""
    meeting = meetings.found(session, number)
    is_out = meeting.state in meetings.PUBLISHED
    return is_out or (meeting.state in meetings.TOLD and meetings.told_count(session, meeting) > 0)


async def _preview_change(number: int, wanted: Change, context: Context) -> None:
    """Before everybody is told: what was, what will be, and for how many."""

    shown_at = int(context.now.timestamp() * 1000)

    def keep(session: Session, member: Member) -> tuple[dict[str, Any], Meeting, Venue | None, int]:
        drafts.put(
            session, member, kind=EDIT, step="confirm", now=context.now, meeting_id=number, change=wanted.kept(),
            shown_at=shown_at,
        )  # fmt: skip
        told = meetings.told_count(session, meetings.found(session, number))
        before, changed = meetings.previewed(session, member, number, wanted, now=context.now)
        return before, changed, meetings.venue_of(session, changed), told

    before, changed, venue, told = await context.transaction(keep)
    await context.show(
        views.confirm_change(await board_of(number, context), changed, venue, before, told, context.reader, shown_at=shown_at)
    )


async def tell_change(number: int, shown_at: int, context: Context) -> None:
    """« Tell them »: the change that was shown above the button is made, and no other. Raises Outdated."""

    def keep(session: Session, member: Member) -> None:
        draft = drafts.of(session, member)
        if draft is None or draft.step != "confirm" or draft.content.get("shown_at") != shown_at:
            raise Outdated("errors.old_button")
        wanted = Change.of(draft.content["change"])
        drafts.drop(session, member, kind=EDIT)
        meetings.change(session, member, number, wanted, desk=context.desk, now=context.now)

    await context.transaction(keep)
    await context.show(await board_screen(number, context))


async def _confirm_step(number: int, context: Context, draft: Draft) -> None:
    """Something was typed where a yes was wanted: perhaps another day or hour."""
    await _when_step(number, context, draft)


async def _set_capacity(number: int, value: str, context: Context) -> None:
    seats = _number(value) or None

    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=EDIT)
        rsvps.set_capacity(session, member, number, seats, now=context.now)

    await context.transaction(keep)
    await _show_options(number, "", context)


async def _set_option(what: str, number: int, value: str, context: Context) -> None:
    chosen = _number(value)
    await context.transaction(
        lambda session, member: meetings.set_option(session, member, number, what, chosen, now=context.now)
    )
    await _show_options(number, "", context)


async def _set_guests(number: int, value: str, context: Context) -> None:
    await _set_option("guests", number, value, context)


async def _set_waitlist(number: int, value: str, context: Context) -> None:
    await _set_option("waitlist", number, value, context)


async def _set_public(number: int, value: str, context: Context) -> None:
    await _set_option("public", number, value, context)


async def _set_rule(number: int, value: str, context: Context) -> None:
    def keep(session: Session, member: Member) -> None:
        meeting = meetings.found(session, number)
        rules = recurrence.rules_for(dates.unwritten(meeting.wall).date()) if meeting.wall else []
        chosen = "" if value == "-" or not value.isdecimal() or int(value) >= len(rules) else rules[int(value)]
        recurrence.repeat(session, member, number, chosen, now=context.now)

    await context.transaction(keep)
    await context.show(await board_screen(number, context))


async def _set_kind(number: int, value: str, context: Context) -> None:
    await context.transaction(lambda session, member: meetings.set_kind(session, member, number, value, now=context.now))
    await context.show(await board_screen(number, context))


async def _set_near(number: int, value: str, context: Context) -> None:
    if value not in context.machine.words.places:
        raise Outdated("errors.old_button")

    def keep(session: Session, member: Member) -> None:
        venues.set_place(session, member, meetings.found(session, number).venue_id or 0, value)

    await context.transaction(keep)
    await _show_options(number, "", context)


async def _set_publish(number: int, value: str, context: Context) -> None:
    """At once, or at the hour of a button."""
    try:
        wall = None if value == "now" else dates.wall_of(datetime.fromisoformat(value))
    except ValueError:
        raise Outdated("errors.old_button") from None
    await _publish_at(number, wall, context)


async def _publish_at(number: int, wall: dates.Wall | None, context: Context) -> None:
    at = dates.first_instant(wall, context.reader.place.time_zone) if wall else None

    def keep(session: Session, member: Member) -> None:
        meetings.publish_later(session, member, number, at, now=context.now)
        drafts.drop(session, member, kind=EDIT)

    await context.transaction(keep)
    await context.show(views.ready(await board_of(number, context), context.reader))


async def _set_besides(number: int, value: str, context: Context) -> None:
    await context.transaction(
        lambda session, member: rsvps.set_besides(session, member, number, _number(value), now=context.now)
    )
    await show_door(number, 0, context)


SET = {
    "at": _set_at, "venue": _set_venue, "capacity": _set_capacity, "guests": _set_guests, "waitlist": _set_waitlist,
    "public": _set_public, "rule": _set_rule, "besides": _set_besides, "kind": _set_kind, "near": _set_near,
    "publish": _set_publish,
}  # fmt: skip


# ---- what is typed or sent
async def edit_step(update: Update, context: Context, draft: Draft) -> None:
    """What was asked for has come."""
    await STEPS[draft.step](draft.content["meeting_id"], context, draft)


def _text(context: Context) -> str:
    return context.message.text or context.message.caption or ""


async def _title_step(number: int, context: Context, draft: Draft) -> None:
    def keep(session: Session, member: Member) -> None:
        meetings.set_title(session, member, number, draft.content["language"], _text(context), now=context.now)
        drafts.drop(session, member, kind=EDIT)

    await context.transaction(keep)
    await context.say(await board_screen(number, context))


async def _when_step(number: int, context: Context, draft: Draft) -> None:
    zone = context.reader.place.time_zone
    meant = dates.read(_text(context), now=context.now, zone=zone)
    if isinstance(meant, dates.Unclear):
        await context.say(unclear(meant.why, context.reader))
        return
    await _change(number, Change(meant, zone), context)


async def _hour_step(number: int, context: Context, draft: Draft) -> None:
    """An hour alone belongs to the day that was tapped; anything else may be another day."""
    hour = dates.read_hour(_text(context))
    if hour is None:
        await _when_step(number, context, draft)
        return
    await _change(number, Change(dates.Wall(_day(draft.content["day"]), hour), context.reader.place.time_zone), context)


async def _end_step(number: int, context: Context, draft: Draft) -> None:
    """An hour alone is the next one after the start; a day and an hour may be a later day."""
    meeting, zone = await _found(number, context), context.reader.place.time_zone
    hour = dates.read_hour(_text(context))
    if hour is not None and meeting.starts_at:
        end = dates.end_after(dates.wall_of(meeting.starts_at.astimezone(zone).replace(tzinfo=None)), hour)
    else:
        meant = dates.read(_text(context), now=context.now, zone=zone)
        if isinstance(meant, dates.Unclear):
            await context.say(unclear(meant.why, context.reader))
            return
        end = meant
    there = ZoneInfo(meeting.time_zone) if meeting.time_zone else zone
    await _change(number, Change(end=dates.seen_from(end, zone, there)), context)


async def _place_step(number: int, context: Context, draft: Draft) -> None:
    """A name and an address, a point on the map, or a link."""
    message, text = context.message, _text(context)
    location = message.venue.location if message.venue else message.location
    if message.venue:
        text = f"{message.venue.title}, {message.venue.address}"
    elif location is not None:
        await _await("place", number, context, point=[location.latitude, location.longitude])
        await context.say(views.ask(await _found(number, context), "meetings.ask_place_name", context.reader))
        return
    if link := link_in(text):
        await _change(number, Change(online_url=link), context)
        return
    known = draft.content.get("point") or ([location.latitude, location.longitude] if location else None)
    point = (float(known[0]), float(known[1])) if known else None

    def keep(session: Session, member: Member) -> bool:
        venue = venues.add(session, member, text, point=point, now=context.now)
        drafts.drop(session, member, kind=EDIT)
        if _concerns_people(session, number):
            return True  # the new place is known now; choosing it shows first whom it concerns
        meetings.change(session, member, number, Change(venue_id=venue.id), desk=context.desk, now=context.now)
        return False

    if await context.transaction(keep):
        venues_known = await context.read(venues.known)
        await context.say(views.ask_place(await _found(number, context), venues_known, context.reader))
    else:
        await context.say(await board_screen(number, context))


async def _agenda_step(number: int, context: Context, draft: Draft) -> None:
    content, language = content_of(context.message), context.reader.language.code
    if content is None:
        await context.say(views.ask(await _found(number, context), "meetings.ask_agenda", context.reader))
        return

    def keep(session: Session, member: Member) -> None:
        meetings.set_agenda(session, member, number, language, _text(context), content.media, now=context.now)
        drafts.drop(session, member, kind=EDIT)

    await context.transaction(keep)
    await context.say(await board_screen(number, context))


async def _capacity_step(number: int, context: Context, draft: Draft) -> None:
    await _set_capacity(number, _text(context).strip(), context)


async def _besides_step(number: int, context: Context, draft: Draft) -> None:
    def keep(session: Session, member: Member) -> None:
        rsvps.set_besides(session, member, number, _number(_text(context).strip()), now=context.now)
        drafts.drop(session, member, kind=EDIT)

    await context.transaction(keep)
    await show_door(number, 0, context)


async def _way_step(number: int, context: Context, draft: Draft) -> None:
    def keep(session: Session, member: Member) -> None:
        meeting = meetings.found(session, number)
        venues.direct(session, member, meeting.venue_id or 0, context.reader.language.code, _text(context))
        drafts.drop(session, member, kind=EDIT)

    await context.transaction(keep)
    await _show_options(number, "", context)


async def _map_step(number: int, context: Context, draft: Draft) -> None:
    location = context.message.location
    if location is None:
        await context.say(views.ask(await _found(number, context), "meetings.ask_map", context.reader))
        return

    def keep(session: Session, member: Member) -> None:
        meeting = meetings.found(session, number)
        venues.locate(session, member, meeting.venue_id or 0, (location.latitude, location.longitude))
        drafts.drop(session, member, kind=EDIT)

    await context.transaction(keep)
    await _show_options(number, "", context)


async def _publish_step(number: int, context: Context, draft: Draft) -> None:
    zone = context.reader.place.time_zone
    meant = dates.read(_text(context), now=context.now, zone=zone)
    if isinstance(meant, dates.Unclear):
        await context.say(unclear(meant.why, context.reader))
        return
    await _publish_at(number, meant, context)


STEPS = {
    "title": _title_step, "when": _when_step, "hour": _hour_step, "end": _end_step, "place": _place_step,
    "agenda": _agenda_step, "capacity": _capacity_step, "besides": _besides_step, "way": _way_step, "map": _map_step,
    "publish": _publish_step, "confirm": _confirm_step,
}  # fmt: skip


# ---- for whom
@action("meetings.write")
async def aim(update: Update, context: Context) -> None:
    """Places, roles, groups: what to choose from, or one of them in or out."""
    press = callbacks.AimMeeting.parse(context.pressed)
    context.notice()
    known = {"places": [*context.machine.words.places], "roles": [str(role) for role in audiences.INSIDE]}
    if press.what not in (*known, "groups"):
        raise Outdated("errors.old_button")
    if press.value:
        if press.what == "groups" and not press.value.removeprefix("-").isdecimal():
            raise Outdated("errors.old_button")
        if press.what in known and press.value not in known[press.what]:
            raise Outdated("errors.old_button")
        await context.transaction(
            lambda session, member: meetings.aim(
                session, member, press.meeting_id, press.what, press.value, is_wanted=bool(press.is_wanted), now=context.now
            )
        )
    chats: list[Chat] = await context.read(groups.linked) if press.what == "groups" else []
    await context.show(views.choose(await board_of(press.meeting_id, context), press.what, chats, context.reader))
