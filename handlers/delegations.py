"""Visits: what everybody may know, the team's card, preparing, delays, arrivals, the end."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks, dates
from bot.context import Context
from bot.domain import delegations, drafts, itineraries, policy, questions, tasks
from bot.errors import NotFound, Outdated, Refusal
from bot.messages import OutgoingMessage
from bot.views import delegations as views
from bot.views import posters
from bot.views import questions as question_views
from bot.views.announcements import unclear
from bot.views.visit_words import STOP_KINDS, visit_name
from bot.visits import EXAMPLE, read_flight
from db.models import Delegation, DelegationState, Draft, Member, Question, Stop, StopState
from handlers.announcements import content_of
from handlers.cards import show_beside_card
from handlers.doors import action

EDIT, ASK = "visit", "visit_ask"
LATEST = timedelta(days=60)


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("delegations", "cidenkuluw"), show_all),
        CallbackQueryHandler(show_all, callbacks.Visits.pattern()),
        CallbackQueryHandler(new, callbacks.NewVisit.pattern()),
        CallbackQueryHandler(show, callbacks.ShowVisit.pattern()),
        CallbackQueryHandler(show_board, callbacks.BoardVisit.pattern()),
        CallbackQueryHandler(about, callbacks.AboutVisit.pattern()),
        CallbackQueryHandler(edit, callbacks.EditVisit.pattern()),
        CallbackQueryHandler(act, callbacks.ActVisit.pattern()),
        CallbackQueryHandler(show_stop, callbacks.ShowStop.pattern()),
        CallbackQueryHandler(edit_stop, callbacks.EditStop.pattern()),
        CallbackQueryHandler(delay, callbacks.DelayStop.pattern()),
        CallbackQueryHandler(arrived, callbacks.Arrived.pattern()),
    ]


def known(context: Context) -> Member:
    """Return who acts. Raises NotFound for nobody."""
    if context.member is None:
        raise NotFound("errors.old_button")
    return context.member


# ---- for everybody
@action("delegations.look")
async def show_all(update: Update, context: Context) -> None:
    """The next visit somebody may know of, and the last one."""
    context.notice()
    member, writes = known(context), policy.may(context.role, "delegations.write")
    asked = context.incoming.message  # a question that was typed may go to a person all the same
    message_id = asked.message_id if asked and not (asked.text or "/").startswith("/") else None

    def look(session: Session) -> OutgoingMessage:
        coming = delegations.coming(session, now=context.now)
        sees = coming is not None and delegations.sees(session, member, coming)
        own = delegations.listed(session, member)
        return views.answer(
            coming, delegations.last(session), context.reader, sees=sees, writes=writes, message_id=message_id, own=own
        )

    await context.show(await context.read(look))


@action("delegations.look")
async def show(update: Update, context: Context) -> None:
    """A visit: the card for its team, what everybody may know for everybody else."""
    number = callbacks.ShowVisit.parse(context.pressed).delegation_id
    context.notice()
    await show_one(number, context)


async def show_one(number: int, context: Context) -> None:
    """Show a visit as far as whoever asks may see it. Raises NotFound for one that is not out."""
    member = known(context)
    delegation = await context.read(lambda session: delegations.found(session, number))
    if await context.read(lambda session: delegations.sees(session, member, delegation)):
        await _show_card(number, context)
    elif delegation.state == DelegationState.DRAFT:
        raise NotFound("delegations.not_found")
    else:
        if not context.is_done:
            await context.transaction(lambda session, actor: drafts.drop(session, actor, kind=ASK))
        await context.show(views.public(delegation, context.reader))


async def _show_card(number: int, context: Context) -> None:
    """The team's card is one message, pinned and kept true: who has it is led there, who has not gets it."""

    def give(session: Session, member: Member) -> None:
        for kind in (EDIT, ASK):
            drafts.drop(session, member, kind=kind)
        delegations.give_card(session, delegations.found(session, number), member, now=context.now)

    if not context.is_done:
        await context.transaction(give)
    await context.say(views.pinned(await visit_of(number, context), context.reader))


async def visit_of(number: int, context: Context) -> views.Visit:
    """Return all of a visit, for its team."""
    return await context.read(lambda session: gathered(session, number, context.machine.vault.opened))


def gathered(session: Session, number: int, opened: Any) -> views.Visit:
    """Load a visit with its stops, tasks, the phones of whoever is on one, and what is impossible."""
    jobs = tasks.jobs(session, number)
    phones = {member.id: opened(member.phone) for job in jobs for _, member in job.claims if member.phone}
    return views.Visit(
        delegations.found(session, number), itineraries.stops(session, number), jobs,
        {one: phone for one, phone in phones.items() if phone}, itineraries.conflicts(session, number),
    )  # fmt: skip


# ---- prepared
@action("delegations.write")
async def new(update: Update, context: Context) -> None:
    """Which way? Then the flight."""
    direction, member = callbacks.NewVisit.parse(context.pressed).direction, known(context)
    context.notice()
    plans = context.machine.visits.plans
    if direction not in plans:
        under_way = await context.read(lambda session: delegations.listed(session, member))
        await context.show(views.choose_direction(under_way, context.reader))
        return

    def begin(session: Session, actor: Member) -> Delegation:
        delegation = delegations.begin(session, actor, direction, plans[direction], now=context.now)
        drafts.put(session, actor, kind=EDIT, step="flight", now=context.now, number=delegation.id)
        return delegation

    delegation = await context.transaction(begin)
    await context.show(views.ask(delegation.id, "delegations.ask_flight", context.reader, example=EXAMPLE))


@action("delegations.welcome")
async def show_board(update: Update, context: Context) -> None:
    """Everything of a visit, for its team and for coordinators."""
    number = callbacks.BoardVisit.parse(context.pressed).delegation_id
    context.notice()
    await context.transaction(lambda session, member: drafts.drop(session, member, kind=EDIT))
    await show_beside_card(delegations.CARD, await _board(number, context), context)


async def _board(number: int, context: Context) -> OutgoingMessage:
    member, opened = known(context), context.machine.vault.opened
    writes = policy.may(context.role, "delegations.write")

    def look(session: Session) -> OutgoingMessage:
        delegations.require_team(session, member, number)
        visit, team = gathered(session, number, opened), delegations.team(session, number)
        return views.board(visit, team, context.reader, writes=writes, now=context.now)

    return await context.read(look)


ASKED = {"title": "delegations.ask_title", "persons": "delegations.ask_persons", "travellers": "delegations.ask_travellers",
         "flight": "delegations.ask_flight", "flight_back": "delegations.ask_flight_back",
         "change_programme": "delegations.ask_programme", "news": "delegations.ask_news"}  # fmt: skip


@action("delegations.look")
async def about(update: Update, context: Context) -> None:
    """Asking about a visit, offering a hand, passing it on: for whoever may know of it."""
    press = callbacks.AboutVisit.parse(context.pressed)
    context.notice()
    if press.what not in ("ask", "offer", "retell", "poster"):
        raise Outdated("errors.old_button")
    await _for_everybody(press.delegation_id, press.what, press.language, context)


@action("delegations.welcome")
async def edit(update: Update, context: Context) -> None:
    """One part of it: asked for, chosen, shown; whether they are of its team is asked of the domain."""
    press = callbacks.EditVisit.parse(context.pressed)
    number, what, value = press.delegation_id, press.what, press.value
    context.notice()
    member = known(context)
    await context.read(lambda session: delegations.require_team(session, member, number))
    if what in ASKED:
        await _await(what, number, context, language=value)
        name = context.machine.words.languages[value].name if value in context.machine.words.languages else ""
        await context.say(views.ask(number, ASKED[what], context.reader, example=EXAMPLE, language=name))
    elif what == "stops":
        await context.show(views.stops(await visit_of(number, context), context.reader))
    elif what == "add_stop" and not value:
        await context.show(views.choose_stop(number, context.reader))
    elif what == "add_stop" and value in STOP_KINDS[2:]:
        await context.transaction(lambda session, actor: delegations.add_stop(session, actor, number, value, now=context.now))
        await context.show(views.stops(await visit_of(number, context), context.reader))
    elif what == "programme":
        delegation = await context.read(lambda session: delegations.found(session, number))
        await show_beside_card(delegations.CARD, views.programme(delegation, context.reader), context)
    elif what == "card_again":
        await context.transaction(
            lambda session, actor: delegations.give_card_again(
                session, delegations.found(session, number), actor, now=context.now
            )
        )
    elif what == "team":
        await _team(number, value, context)
    elif what == "report":
        await _report(number, value, context)
    else:
        raise Outdated("errors.old_button")


async def _await(step: str, number: int, context: Context, **content: Any) -> None:
    def begin(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=EDIT)
        session.flush()
        drafts.put(session, member, kind=EDIT, step=step, now=context.now, number=number, **content)

    await context.transaction(begin)


async def _for_everybody(number: int, what: str, value: str, context: Context) -> None:
    """Asking, offering a hand, passing it on: for whoever may know of the visit."""
    delegation = await context.read(lambda session: delegations.found(session, number))
    if delegation.state == DelegationState.DRAFT:
        raise NotFound("delegations.not_found")
    address = f"https://t.me/{context.bot.username}?start={views.LINK}{number}"
    if what == "retell":
        await context.say(views.retell(delegation, address, context.reader))
    elif what == "poster":
        if value not in context.machine.words.languages:
            raise Outdated("errors.old_button")
        reader = context.machine.words.reader(value, context.member.place if context.member else None)
        picture = await asyncio.to_thread(posters.drawn, views.poster(delegation, reader, address))
        await context.say(OutgoingMessage(picture=picture))
    else:
        await context.transaction(
            lambda session, member: drafts.put(session, member, kind=ASK, step="say", now=context.now, number=number)
        )
        title = visit_name(delegation, context.reader)
        asked = question_views.ask_about(title, context.reader)
        offered = views.ask_offer(number, context.reader)
        await context.say(asked if what == "ask" else offered)


async def ask_step(update: Update, context: Context, draft: Draft) -> None:
    """A question about a visit, or an offer to help: straight to people."""

    def pass_on(session: Session, member: Member) -> Question:
        drafts.drop(session, member, kind=ASK)
        question = questions.gather(session, member, context.said, now=context.now)
        question.about = f"delegation {draft.content['number']} {context.reader.language.code}"
        return questions.ask(session, member, context.said, desk=context.desk, now=context.now)

    question = await context.transaction(pass_on)
    await context.say(question_views.handed_over(question, context.reader))


async def _team(number: int, value: str, context: Context) -> None:
    """Who welcomes: those who live where the visit arrives, each a tap; first those who do already."""
    policy.require(context.role, "delegations.write")
    if value:
        if not value.isdecimal() or len(value) > 9:
            raise Outdated("errors.old_button")
        await context.transaction(
            lambda session, actor: delegations.in_or_out(
                session, actor, number, int(value), desk=context.desk, now=context.now
            )
        )

    def look(session: Session) -> OutgoingMessage:
        delegation = delegations.found(session, number)
        receives = context.machine.visits.plans[delegation.direction].receives
        there = select(Member).where(Member.place.in_(receives), Member.role != "visitor", Member.is_reachable)
        candidates = session.scalars(there.order_by(Member.first_name, Member.id)).all()
        shown = [(one, delegations.is_in_team(session, one, number)) for one in candidates]
        return views.choose_team(delegation, sorted(shown, key=lambda one: not one[1]), context.reader)

    await context.show(await context.read(look))


async def _report(number: int, form: str, context: Context) -> None:
    policy.require(context.role, "delegations.write")
    given = await context.read(lambda session: tasks.given(session, number))
    if form in ("csv", "xlsx"):
        await context.say(OutgoingMessage(document=views.report_file(given, form, context.reader)))
        return
    delegation = await context.read(lambda session: delegations.found(session, number))
    await context.show(views.report(delegation, given, context.reader))


# ---- what is typed
async def edit_step(update: Update, context: Context, draft: Draft) -> None:
    """What was asked for has come."""
    await STEPS[draft.step](draft.content["number"], context, draft)


def _text(context: Context) -> str:
    return context.message.text or context.message.caption or ""


async def _flight_step(number: int, context: Context, draft: Draft) -> None:
    """A flight as it stands on the ticket; what is missing is asked again."""
    member, visits, is_back = known(context), context.machine.visits, draft.step == "flight_back"
    delegation = await context.read(lambda session: delegations.require_team(session, member, number))
    plan = visits.plans[delegation.direction]
    goes, comes = (plan.comes, plan.goes) if is_back else (plan.goes, plan.comes)
    flight = read_flight(_text(context), visits.airports, goes=goes, comes=comes, now=context.now)
    if isinstance(flight, dates.Unclear):
        await context.say(unclear(flight.why, context.reader))
        return

    def keep(session: Session, actor: Member) -> None:
        delegations.set_flight(session, actor, number, flight, plan, is_back=is_back, desk=context.desk, now=context.now)
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(keep)
    await context.say(await _board(number, context))


async def _words_step(number: int, context: Context, draft: Draft) -> None:
    content = content_of(context.message)
    language = draft.content.get("language") or context.reader.language.code

    def keep(session: Session, actor: Member) -> None:
        if draft.step == "change_programme" and content is not None and content.media:
            delegations.set_programme_file(session, actor, number, content.media, now=context.now)
        else:
            what = draft.step.removeprefix("change_")
            delegations.set_words(session, actor, number, what, _text(context), language=language, now=context.now)
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(keep)
    await context.say(await _board(number, context))


async def _news_step(number: int, context: Context, draft: Draft) -> None:
    """A photo, a voice or words from the road: to the coordinators first."""
    content = content_of(context.message)
    if content is None:
        await context.say(views.ask(number, ASKED["news"], context.reader))
        return
    language = context.reader.language.code

    def keep(session: Session, actor: Member) -> None:
        delegations.news(session, actor, number, language, content, now=context.now)
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(keep)
    await context.say(views.news_passed_on(number, context.reader))


async def _persons_step(number: int, context: Context, draft: Draft) -> None:
    """« 6 », or « 6, 2 femmes »: the first figure is all, the second the women."""
    figures = [
        int(word) for word in "".join(one if one.isdecimal() else " " for one in _text(context)).split() if len(word) < 5
    ]
    if not figures:
        raise Refusal("meetings.bad_number", most=delegations.MOST_PERSONS)

    def keep(session: Session, actor: Member) -> None:
        delegations.set_persons(session, actor, number, figures[0], figures[1] if len(figures) > 1 else 0, now=context.now)
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(keep)
    await context.say(await _board(number, context))


async def _stop_step(number: int, context: Context, draft: Draft) -> None:
    """The hour, place or note of a stop; a task for it; how late it is, as a new hour."""
    stop_id, what, text = draft.content["stop_id"], draft.content["what"], _text(context)
    zone, location = await _zone(stop_id, context), context.message.location
    wall = None
    if what in ("hour", "late"):
        meant = dates.read(text, now=context.now, zone=zone)
        if isinstance(meant, dates.Unclear):
            await context.say(unclear(meant.why, context.reader))
            return
        wall = meant
    if what == "late" and wall is not None:
        await _late_until(stop_id, dates.first_instant(wall, zone), context)
        return

    if not text and not (what == "place" and location):
        asked = STOP_ASKED.get(what, "delegations.ask_hour")
        await context.say(views.ask(number, asked, context.reader, clock=context.reader.clock(zone)))
        return

    def keep(session: Session, actor: Member) -> None:
        if what == "task":
            tasks.add(session, actor, stop_id, context.reader.language.code, text, now=context.now)
        else:
            delegations.set_stop(
                session, actor, stop_id, wall=wall, zone=zone if wall else None, note=text if what == "note" else None,
                place=text if what == "place" and text else None, desk=context.desk, now=context.now,
                point=(location.latitude, location.longitude) if what == "place" and location else None,
            )  # fmt: skip
        drafts.drop(session, actor, kind=EDIT)

    await context.transaction(keep)
    await context.say(await _stop(stop_id, context))


async def _zone(stop_id: int, context: Context) -> ZoneInfo:
    """Return the clock a stop goes by: hours are typed as they are read where it is, wherever one types."""
    visits = context.machine.visits

    def look(session: Session) -> ZoneInfo:
        stop = itineraries.found(session, stop_id)
        plan = visits.plans[delegations.found(session, stop.delegation_id).direction]
        return itineraries.zone_of(session, stop, visits.airports[plan.comes].time_zone)

    return await context.read(look)


async def _late_until(stop_id: int, at: datetime, context: Context) -> None:
    """The new hour was typed, not how late it is."""
    stop = await context.read(lambda session: itineraries.found(session, stop_id))
    minutes = int((at - stop.at).total_seconds() // 60) if stop.at else 0
    if stop.at is not None and minutes == 0:
        raise Refusal("delegations.same_hour")
    if abs(timedelta(minutes=minutes)) > LATEST:
        raise Refusal("dates.too_far")
    await _preview_delay(stop_id, minutes, context)


STEPS = {
    "flight": _flight_step, "flight_back": _flight_step, "title": _words_step, "travellers": _words_step,
    "change_programme": _words_step, "news": _news_step, "persons": _persons_step, "stop": _stop_step,
}  # fmt: skip


# ---- acting
@action("delegations.write")
async def act(update: Update, context: Context) -> None:
    """Open it to the team, tell everybody, call it off, close it."""
    press = callbacks.ActVisit.parse(context.pressed)
    number, desk, now = press.delegation_id, context.desk, context.now
    context.notice()
    if press.act == "cancel" and not press.is_sure:
        delegation = await context.read(lambda session: delegations.found(session, number))
        await context.show(views.sure(delegation, context.reader))
        return

    def work(session: Session, actor: Member) -> None:
        match press.act:
            case "open":
                delegations.open_(session, actor, number, now=now)
            case "tell":
                delegations.tell_members(session, actor, number, desk=desk, now=now)
            case "cancel":
                delegations.cancel(session, actor, number, desk=desk, now=now)
            case "close":
                delegations.close(session, actor, number, desk=desk, now=now)
            case _:
                raise Outdated("errors.old_button")

    await context.transaction(work)
    await context.show(await _board(number, context))


# ---- stops
async def _stop(stop_id: int, context: Context) -> OutgoingMessage:
    member = known(context)

    def look(session: Session) -> OutgoingMessage:
        stop = itineraries.found(session, stop_id)
        delegations.require_team(session, member, stop.delegation_id)
        return views.stop(stop, tasks.jobs_at(session, stop), context.reader)

    return await context.read(look)


@action("delegations.welcome")
async def show_stop(update: Update, context: Context) -> None:
    """One stop."""
    number = callbacks.ShowStop.parse(context.pressed).stop_id
    context.notice()
    await context.show(await _stop(number, context))


STOP_ASKED = {"hour": "delegations.ask_hour", "place": "delegations.ask_place", "note": "delegations.ask_note",
              "task": "tasks.ask_title"}  # fmt: skip


@action("delegations.welcome")
async def edit_stop(update: Update, context: Context) -> None:
    """Its hour, place, note, a task; late, hanging, done, left out; where it is."""
    press = callbacks.EditStop.parse(context.pressed)
    context.notice()
    member, what = known(context), press.what
    stop = await context.read(lambda session: _of_team(session, member, press.stop_id))
    if what in STOP_ASKED or what == "late":
        await _await("stop", stop.delegation_id, context, stop_id=stop.id, what=what)
        clock = context.reader.clock(await _zone(stop.id, context))
        if what == "late":
            await show_beside_card(delegations.CARD, views.ask_delay(stop, clock, context.reader), context)
        else:
            await context.say(views.ask(stop.delegation_id, STOP_ASKED[what], context.reader, clock=clock))
    elif what == "show_map":
        await context.say(views.on_the_map(stop, context.reader))
    elif what == "hang":
        await context.transaction(
            lambda session, actor: delegations.set_stop(session, actor, stop.id, hangs=True, desk=context.desk, now=context.now)
        )
        await context.show(await _stop(stop.id, context))
    elif what in ("done", "skip"):
        await _settle(stop, what, context, is_sure=press.value == "sure")
    else:
        raise Outdated("errors.old_button")


async def _settle(stop: Stop, what: str, context: Context, *, is_sure: bool) -> None:
    """Done, or left out; the same button takes it back. Asked once more where somebody is to be there."""
    state = StopState.DONE if what == "done" else StopState.CANCELLED
    wanted = StopState.PLANNED if stop.state == state else state
    if wanted == StopState.CANCELLED and not is_sure:
        held = await context.read(lambda session: [one for one in tasks.jobs_at(session, stop) if one.claims])
        if held:
            await context.show(views.sure_to_skip(stop, held, context.reader))
            return
    await context.transaction(
        lambda session, actor: delegations.settle_stop(
            session, actor, stop.id, wanted, desk=context.desk, now=context.now
        )
    )
    await context.show(await _stop(stop.id, context))


def _of_team(session: Session, member: Member, stop_id: int) -> Stop:
    stop = itineraries.found(session, stop_id)
    delegations.require_team(session, member, stop.delegation_id)
    return stop


@action("delegations.welcome")
async def delay(update: Update, context: Context) -> None:
    """So late: what moves is shown first; then it is told, those at the airport first."""
    press = callbacks.DelayStop.parse(context.pressed)
    context.notice()
    if abs(timedelta(minutes=press.minutes)) > LATEST or press.minutes == 0:
        raise Outdated("errors.old_button")
    if not press.shown_at:
        await _preview_delay(press.stop_id, press.minutes, context)
        return

    def keep(session: Session, actor: Member) -> int:
        stop = _of_team(session, actor, press.stop_id)
        delegation = delegations.found(session, stop.delegation_id, locks=True)
        if stop.at is None or int(stop.at.timestamp()) != press.shown_at:
            raise Outdated("errors.old_button")  # somebody else has moved it meanwhile
        drafts.drop(session, actor, kind=EDIT)
        delegations.delay(session, actor, stop.id, press.minutes, desk=context.desk, now=context.now)
        return delegation.id

    number = await context.transaction(keep)
    await context.show(await _board(number, context))


async def _preview_delay(stop_id: int, minutes: int, context: Context) -> None:
    """What would move and what would become impossible: tried, then undone."""
    member = known(context)

    def work(session: Session, actor: Member) -> OutgoingMessage:
        stop = _of_team(session, member, stop_id)
        shown_at = int(stop.at.timestamp()) if stop.at else 0
        attempt = session.begin_nested()
        moved = itineraries.delay(session, stop, minutes)
        screen = views.confirm_delay(
            moved, itineraries.conflicts(session, stop.delegation_id), minutes, shown_at, context.reader
        )
        attempt.rollback()
        return screen

    await context.show(await context.transaction(work))


@action("delegations.welcome")
async def arrived(update: Update, context: Context) -> None:
    """🛬: told on both shores, once."""
    press = callbacks.Arrived.parse(context.pressed)
    member = known(context)
    await context.read(lambda session: _of_team(session, member, press.stop_id))
    delegation = await context.transaction(
        lambda session, actor: delegations.arrived(session, actor, press.stop_id, desk=context.desk, now=context.now)
    )
    context.notice(context.reader.say("meetings.notice.noted"))
    await context.say(views.pinned(await visit_of(delegation.id, context), context.reader))
