"""Calls for volunteers, prepared and run: what is needed, who comes, the door, thanks, files."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks, dates
from bot.context import Context
from bot.domain import agenda, audiences, delegations, drafts, help_calls, help_standings, outbox, policy, quiet, signups
from bot.domain.help_standings import Place
from bot.domain.signups import TooMany
from bot.errors import NotFound, Outdated, Refusal
from bot.messages import OutgoingMessage
from bot.views import volunteer_board as views
from bot.views import volunteers as card_views
from bot.views.announcements import unclear
from db.models import Draft, HelpCall, Lane, Member, Need, Signup, SignupState
from handlers.announcements import content_of
from handlers.delegations import known
from handlers.doors import action

EDIT = "help_edit"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(new, callbacks.NewCall.pattern()),
        CallbackQueryHandler(show_board, callbacks.BoardCall.pattern()),
        CallbackQueryHandler(edit, callbacks.EditCall.pattern()),
        CallbackQueryHandler(act, callbacks.ActCall.pattern()),
        CallbackQueryHandler(edit_need, callbacks.EditNeed.pattern()),
        CallbackQueryHandler(helper, callbacks.Helper.pattern()),
    ]


# ---- beginning
@action("volunteers.write")
async def new(update: Update, context: Context) -> None:
    """For a meeting, a visit, or by itself."""
    press = callbacks.NewCall.parse(context.pressed)
    context.notice()
    if press.kind == "meeting":
        await _begin(context, meeting_id=press.number)
    elif press.kind == "visit":
        await _begin(context, delegation_id=press.number)
    elif press.kind == "own":
        await context.transaction(lambda session, member: drafts.put(session, member, kind=EDIT, step="begin", now=context.now))
        await context.show(views.ask_title(context.reader))
    else:
        await _choose(context)


async def _choose(context: Context) -> None:
    member, now = known(context), context.now

    def look(session: Session) -> OutgoingMessage:
        calls = [help_standings.standing(session, one, None, now=now) for one in help_calls.prepared(session, member, now=now)]
        visits = delegations.listed(session, member)
        return views.begin(agenda.upcoming(session, member, now=now), visits, calls, context.reader)

    await context.show(await context.read(look))


async def _begin(context: Context, **to: Any) -> None:
    call = await context.transaction(lambda session, member: help_calls.begin(session, member, now=context.now, **to))
    await context.show(views.choose_role(call.id, context.reader))


# ---- the board
@action("volunteers.write")
async def show_board(update: Update, context: Context) -> None:
    """Everything of a call."""
    number = callbacks.BoardCall.parse(context.pressed).call_id
    context.notice()
    await context.transaction(lambda session, member: drafts.drop(session, member, kind=EDIT))
    await context.show(views.board(await _board(number, context), context.reader))


async def _board(number: int, context: Context) -> views.Board:
    def look(session: Session) -> views.Board:
        call = help_calls.found(session, number)
        return views.Board(help_standings.standing(session, call, None, now=context.now), audiences.count(session, call))

    return await context.read(look)


def _phones(places: list[Place], context: Context) -> dict[int, str]:
    """Return the phones that helpers gave, to who may see them."""
    if not policy.may(context.role, "volunteers.see_phone"):
        return {}
    opened = context.machine.vault.opened
    found = {one.member.id: opened(one.member.phone) for one in places if one.member and one.member.phone}
    return {number: phone for number, phone in found.items() if phone}


async def _await(step: str, context: Context, **content: Any) -> None:
    def begin(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=EDIT)
        session.flush()
        drafts.put(session, member, kind=EDIT, step=step, now=context.now, **content)

    await context.transaction(begin)


@action("volunteers.write")
async def edit(update: Update, context: Context) -> None:
    """One part of a call."""
    press = callbacks.EditCall.parse(context.pressed)
    number, what, value = press.call_id, press.what, press.value
    context.notice()
    if what == "title":
        if value not in context.machine.words.languages:
            raise Outdated("errors.old_button")
        await _await("title", context, number=number, language=value)
        name = context.machine.words.languages[value].name
        await context.say(views.ask(number, "meetings.ask_title", context.reader, language=name))
    elif what == "need" and not value:
        await context.show(views.choose_role(number, context.reader))
    elif what == "need":
        need = await context.transaction(
            lambda session, member: help_calls.add_need(session, member, number, value, now=context.now)
        )
        await context.show(views.ask_how_many(need.id, context.reader))
    elif what == "other":
        await _await("other", context, number=number)
        await context.say(views.ask(number, "volunteers.ask_other", context.reader))
    elif what in ("with", "without") and value not in context.machine.words.places:
        raise Outdated("errors.old_button")
    elif what in ("audience", "with", "without", "public", "confirm"):
        if what != "audience":
            await context.transaction(
                lambda session, member: help_calls.aim(session, member, number, what, value, now=context.now)
            )
        await context.show(views.audience(await _board(number, context), context.reader))
    elif what == "word":
        await _await("thanks", context, number=number)
        await context.say(views.ask(number, "volunteers.ask_word", context.reader))
    elif what in ("after", "voices", "file"):
        await _after(number, what, value, context)
    else:
        raise Outdated("errors.old_button")


async def _after(number: int, what: str, value: str, context: Context) -> None:
    """Who came, how it was: shown, heard, as a file."""
    shown = await _board(number, context)

    def look(session: Session) -> OutgoingMessage:
        places = {one.need.id: help_standings.people(session, one.need.id) for one in shown.standing.needs}
        everybody = [one for found in places.values() for one in found]
        if what == "file":
            rows = [(one, places[one.need.id]) for one in shown.standing.needs]
            return OutgoingMessage(document=views.helpers_file(rows, _phones(everybody, context), value, context.reader))
        came = sum(one.signup.came or 0 for one in everybody)
        hours = sum((one.signup.hours or 0) * (one.signup.came or 0) for one in everybody)
        moods, said = signups.comments(session, number)
        return views.after(shown, came, hours, moods, said, context.reader)

    if what == "voices":
        _, said = await context.read(lambda session: signups.comments(session, number))
        for one in [one for one in said if one.voice][:10]:
            await context.say(OutgoingMessage(voice=one.voice or ""))
    elif what == "file":
        await context.say(await context.read(look))
    else:
        await context.show(await context.read(look))


@action("volunteers.write")
async def act(update: Update, context: Context) -> None:
    """Publish, close, open again, call off, thank."""
    press = callbacks.ActCall.parse(context.pressed)
    number, desk, now = press.call_id, context.desk, context.now
    context.notice()
    if not press.is_sure and press.act in ("publish", "cancel"):
        shown = await _board(number, context)
        card = card_views.card_text(shown.standing, context.reader, views.LONGEST_PREVIEW)
        await context.show(
            views.ready(shown, card, context.reader) if press.act == "publish" else views.sure(shown, context.reader)
        )
        return

    def work(session: Session, actor: Member) -> int:
        match press.act:
            case "publish":
                return help_calls.publish(session, actor, number, desk=desk, now=now)
            case "close":
                help_calls.close(session, actor, number, now=now)
            case "open":
                signups.open_again(session, actor, number, desk=desk, now=now)
            case "cancel":
                help_calls.cancel(session, actor, number, desk=desk, now=now)
            case "thank":
                return signups.thank(session, actor, number, desk=desk, now=now)
            case _:
                raise Outdated("errors.old_button")
        return 0

    told = await context.transaction(work)
    if press.act == "thank":
        await context.show(views.thanked(number, told, context.reader))
    else:
        await context.show(views.board(await _board(number, context), context.reader))


# ---- one need
NEED_ASKED = {"hours": "volunteers.ask_hours", "place": "delegations.ask_place", "bring": "volunteers.ask_bring",
              "contact": "volunteers.ask_whom", "write": "volunteers.ask_write"}  # fmt: skip


@action("volunteers.write")
async def edit_need(update: Update, context: Context) -> None:
    """What is needed: its number, hours, place; who is in it; enough, open again."""
    press = callbacks.EditNeed.parse(context.pressed)
    number, what, value = press.need_id, press.what, press.value
    context.notice()
    if what in NEED_ASKED:
        await _await("need", context, number=number, what=what)
        await context.say(views.ask_need(number, NEED_ASKED[what], context.reader))
    elif what == "capacity" and not value:
        await _await("need", context, number=number, what=what)
        await context.show(views.ask_how_many(number, context.reader))
    elif what == "capacity":
        await _set_capacity(number, _figure(value), context)
    elif what == "people":
        await _show_people(number, _figure(value), context)
    elif what in ("enter", "enter_page"):
        await _enter(number, value if what == "enter" else "", _figure(value) if what == "enter_page" else 0, context)
    elif what == "title":
        await _ask_need_title(number, value, context)
    elif what == "enough" and value != "sure" and (told := await _who_would_hear(number, context)):
        await context.show(views.sure_enough(number, told, context.reader))
    elif what in ("board", "enough", "open", "drop"):
        await _change(number, what, context)
    else:
        raise Outdated("errors.old_button")


def _figure(text: str) -> int:
    """Return a number as it was typed or pressed; 0 for what is none."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text.strip()) else 0


async def _ask_need_title(number: int, language: str, context: Context) -> None:
    if language not in context.machine.words.languages:
        raise Outdated("errors.old_button")
    await _await("need", context, number=number, what="title", language=language)
    name = context.machine.words.languages[language].name
    await context.say(views.ask_need(number, "meetings.ask_title", context.reader, language=name))


async def _who_would_hear(number: int, context: Context) -> int:
    """Return how many would be sent home now: nobody while it is days away."""

    def look(session: Session) -> int:
        need = help_calls.need_found(session, number)
        places = help_standings.people(session, number) if help_calls.is_near(need, now=context.now) else []
        return sum(one.signup.came is None for one in places)

    return await context.read(look)


async def _change(number: int, what: str, context: Context) -> None:
    desk, now = context.desk, context.now

    def work(session: Session, actor: Member) -> HelpCall | None:
        drafts.drop(session, actor, kind=EDIT)
        if what == "enough":
            help_calls.stand_down(session, actor, number, "enough", desk=desk, now=now)
        elif what == "open":
            signups.reopen(session, actor, number, desk=desk, now=now)
        elif what == "drop":
            return help_calls.remove_need(session, actor, number, desk=desk, now=now)
        return None

    call = await context.transaction(work)
    if call is not None:
        await context.show(views.board(await _board(call.id, context), context.reader))
    else:
        await context.show(await _need(number, context))


async def _need(number: int, context: Context) -> OutgoingMessage:
    def look(session: Session) -> OutgoingMessage:
        need = help_calls.need_found(session, number)
        call, places = help_calls.found(session, need.call_id), help_standings.people(session, number)
        standing = help_standings.need_standing(session, need, None)
        return views.need(standing, places, _phones(places, context), call.state, context.reader)

    return await context.read(look)


async def _set_capacity(number: int, wanted: int, context: Context) -> None:
    """How many: nobody is dropped silently, whoever prepares it chooses."""

    def work(session: Session, actor: Member) -> None:
        drafts.drop(session, actor, kind=EDIT)
        signups.set_capacity(session, actor, number, wanted, desk=context.desk, now=context.now)

    try:
        await context.transaction(work)
    except TooMany as refused:
        places = await context.read(lambda session: help_standings.people(session, number, help_calls.TAKES))
        await context.show(views.too_many(number, refused.taken, wanted, places, context.reader))
        return
    await context.show(await _need(number, context))


async def _show_people(number: int, page: int, context: Context) -> None:
    def look(session: Session) -> OutgoingMessage:
        need = help_calls.need_found(session, number)
        standing = help_standings.need_standing(session, need, None)
        is_near = help_calls.is_near(need, now=context.now)
        return views.people(standing, help_standings.people(session, number), page, context.reader, is_near=is_near)

    await context.show(await context.read(look))


async def _enter(number: int, value: str, page: int, context: Context) -> None:
    """Write somebody in, who asked on the telephone."""
    if value:
        if not value.isdecimal() or len(value) > 9:
            raise Outdated("errors.old_button")
        await context.transaction(lambda session, actor: signups.enter(session, actor, number, int(value), now=context.now))
        await context.show(await _need(number, context))
        return

    def look(session: Session) -> list[Member]:
        need = help_calls.need_found(session, number)
        inside = {one.member.id for one in help_standings.people(session, number) if one.member}
        wanted = select(Member).where(*audiences.invited(help_calls.found(session, need.call_id))).order_by(Member.first_name)
        return [one for one in session.scalars(wanted) if one.id not in inside]

    await context.show(views.choose_member(number, await context.read(look), page, context.reader))


# ---- one helper
@action("volunteers.write")
async def helper(update: Update, context: Context) -> None:
    """Somebody who signed up: here or not, their hours, taken out with a reason."""
    press = callbacks.Helper.parse(context.pressed)
    number, what, value = press.signup_id, press.what, press.value
    context.notice()
    if what == "came":
        persons, _, page = value.partition(".")
        signup = await context.transaction(
            lambda session, actor: signups.check_in(session, actor, number, _figure(persons), now=context.now)
        )
        await _show_people(signup.need_id, _figure(page), context)
    elif what == "remove" and value in signups.REASONS:
        await _remove(number, value, context)
    elif what in ("show", "remove", "hours"):
        if what != "show":
            await _await("helper", context, number=number, what=what)
        await context.show(await _person(number, what, context))
    else:
        raise Outdated("errors.old_button")


async def _person(number: int, what: str, context: Context) -> OutgoingMessage:
    def look(session: Session) -> OutgoingMessage:
        place = _place(session, number)
        if what == "remove":
            return views.ask_reason(place, context.reader)
        if what == "hours":
            return views.ask_need(place.signup.need_id, "volunteers.ask_given", context.reader)
        return views.person(place, _phones([place], context).get(place.member.id if place.member else 0, ""), context.reader)

    return await context.read(look)


def _place(session: Session, number: int) -> Place:
    signup = session.get(Signup, number)
    if signup is None:
        raise NotFound("errors.old_button")
    return Place(signup, session.get(Member, signup.member_id) if signup.member_id else None)


async def _remove(number: int, reason: str, context: Context) -> None:
    def work(session: Session, actor: Member) -> Need:
        drafts.drop(session, actor, kind=EDIT)
        return signups.remove(session, actor, number, reason, desk=context.desk, now=context.now)

    need = await context.transaction(work)
    await context.show(await _need(need.id, context))


# ---- what is typed
async def edit_step(update: Update, context: Context, draft: Draft) -> None:
    """What was asked for has come."""
    policy.require(context.role, "volunteers.write")
    await STEPS[draft.step](context.message.text or "", draft, context)


async def _begin_step(text: str, draft: Draft, context: Context) -> None:
    language = context.reader.language.code

    def work(session: Session, actor: Member) -> HelpCall:
        call = help_calls.begin(session, actor, title=(language, text), now=context.now)
        drafts.drop(session, actor, kind=EDIT)
        return call

    call = await context.transaction(work)
    await context.say(views.choose_role(call.id, context.reader))


async def _title_step(text: str, draft: Draft, context: Context) -> None:
    number, language = draft.content["number"], draft.content["language"]

    def work(session: Session, actor: Member) -> None:
        help_calls.set_title(session, actor, number, language, text, now=context.now)
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(work)
    await context.say(views.board(await _board(number, context), context.reader))


async def _other_step(text: str, draft: Draft, context: Context) -> None:
    number, language = draft.content["number"], context.reader.language.code

    def work(session: Session, actor: Member) -> Need:
        need = help_calls.add_need(session, actor, number, "other", title=(language, text), now=context.now)
        drafts.drop(session, actor, kind=EDIT)
        return need

    need = await context.transaction(work)
    await context.say(views.ask_how_many(need.id, context.reader))


async def _need_step(text: str, draft: Draft, context: Context) -> None:
    number, what = draft.content["number"], draft.content["what"]
    if what == "capacity":
        await _set_capacity(number, _figure(text), context)
    elif what == "hours":
        await _hours_step(number, text, context)
    elif what == "write":
        await _write_to(number, context)
    elif what == "title":
        await _need_title_step(number, draft.content["language"], text, context)
    else:

        def work(session: Session, actor: Member) -> None:
            help_calls.set_words(session, actor, number, what, text, desk=context.desk, now=context.now)
            drafts.drop(session, actor, kind=EDIT)

        await context.transaction(work)
        await context.say(await _need(number, context))


async def _need_title_step(number: int, language: str, text: str, context: Context) -> None:
    def work(session: Session, actor: Member) -> None:
        help_calls.set_need_title(session, actor, number, language, text, now=context.now)
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(work)
    await context.say(await _need(number, context))


async def _hours_step(number: int, text: str, context: Context) -> None:
    """« samedi 14h-18h », « 5/12 9h »: from when, and until when if so said."""
    begins, ends = dates.from_and_to(text)
    meant = dates.read(begins, now=context.now, zone=context.reader.place.time_zone)
    if isinstance(meant, dates.Unclear):
        await context.say(unclear(meant.why, context.reader))
        return
    zone = context.reader.place.time_zone
    minutes = None if ends is None else _minutes(meant, ends, zone)

    def work(session: Session, actor: Member) -> None:
        help_calls.set_hours(session, actor, number, meant, zone, minutes, desk=context.desk, now=context.now)
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(work)
    await context.say(await _need(number, context))


def _minutes(begins: dates.Wall, ends: time, zone: ZoneInfo) -> int:
    """Return how long it lasts until that hour on the wall, of the same day or the next."""
    day = begins.day if ends > begins.hour else begins.day + timedelta(days=1)
    lasts = dates.first_instant(dates.Wall(day, ends), zone) - dates.first_instant(begins, zone)
    return int(lasts.total_seconds() // 60)


async def _write_to(number: int, context: Context) -> None:
    """A message to those of one need, passed on as it is."""
    content = content_of(context.message)
    if content is None:
        raise Refusal("announcements.nothing")
    chat_id, message_id = context.chat_id, context.message.message_id

    def work(session: Session, actor: Member) -> None:
        drafts.drop(session, actor, kind=EDIT)
        need = help_calls.need_found(session, number)
        is_near = help_calls.is_near(need, now=context.now)
        for one in help_standings.people(session, number, [SignupState.HELD]):
            if one.member is not None and one.member.id != actor.id:
                opens = context.now if is_near else quiet.opens_at(context.now, context.desk.night(one.member))
                outbox.put(
                    session, chat_id=one.member.telegram_id, member_id=one.member.id, view=signups.WORD, lane=Lane.URGENT,
                    now=context.now, not_before=opens, values={"chat_id": chat_id, "message_id": message_id, "need_id": number},
                    author_id=actor.id, action="volunteers.write",
                    dedupe_key=f"{signups.WORD}:{chat_id}:{message_id}:{one.member.id}",
                )  # fmt: skip

    await context.transaction(work)
    await context.say(await _need(number, context))


async def _thanks_step(text: str, draft: Draft, context: Context) -> None:
    """A photo, a voice or words of the organiser go along with the thanks."""
    if content_of(context.message) is None:
        raise Refusal("announcements.nothing")
    number, word = draft.content["number"], (context.chat_id, context.message.message_id)

    def work(session: Session, actor: Member) -> int:
        drafts.drop(session, actor, kind=EDIT)
        return signups.thank(session, actor, number, word=word, desk=context.desk, now=context.now)

    await context.say(views.thanked(number, await context.transaction(work), context.reader))


async def _helper_step(text: str, draft: Draft, context: Context) -> None:
    number = draft.content["number"]
    if draft.content["what"] == "remove":
        await _remove(number, text, context)
        return
    try:
        hours = float(text.strip().lower().removesuffix("h").strip().replace(",", "."))
    except ValueError:
        raise Refusal("meetings.bad_number", most=signups.MOST_HOURS) from None

    def work(session: Session, actor: Member) -> int:
        drafts.drop(session, actor, kind=EDIT)
        return int(signups.set_hours(session, actor, number, hours, now=context.now).need_id)

    await _show_people(await context.transaction(work), 0, context)


STEPS = {"begin": _begin_step, "title": _title_step, "other": _other_step, "need": _need_step, "helper": _helper_step,
         "thanks": _thanks_step}  # fmt: skip
