"""Where one can help: calls, signing up in one tap, one's own places, offering, how it was."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import drafts, help_calls, help_standings, members, policy, questions, signups
from bot.domain.help_standings import CallStanding
from bot.errors import NotFound, Outdated, Refusal
from bot.messages import OutgoingMessage
from bot.views import calendar, certificates, posters
from bot.views import questions as question_views
from bot.views import volunteers as views
from bot.views.volunteer_words import call_name, need_name
from db.models import Draft, HelpCall, Member, Need, Question
from handlers import questions as asking
from handlers.announcements import content_of
from handlers.cards import is_under_card, show_beside_card
from handlers.delegations import known
from handlers.doors import action

A_NUMBER = re.compile(r"(\d[ .()-]*){8}")  # eight figures on end; « 12/12/2026 » is a day
ASK, NAME, OFFER, CONTACT, FEEL = "help_ask", "help_name", "help_offer", "help_contact", "help_feel"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("aider", "deme_ke"), show_all),
        CallbackQueryHandler(show_all, callbacks.Helping.pattern()),
        CallbackQueryHandler(show_mine, callbacks.MyHelp.pattern()),
        CallbackQueryHandler(show, callbacks.ShowCall.pattern()),
        CallbackQueryHandler(sign_up, callbacks.SignUp.pattern()),
        CallbackQueryHandler(show_need, callbacks.ShowNeed.pattern()),
        CallbackQueryHandler(act, callbacks.MySignup.pattern()),
        CallbackQueryHandler(say_no, callbacks.SayNo.pattern()),
        CallbackQueryHandler(about, callbacks.AboutCall.pattern()),
        CallbackQueryHandler(offer, callbacks.OfferHelp.pattern()),
        CallbackQueryHandler(feel, callbacks.Mood.pattern()),
    ]


# ---- what there is
@action("volunteers.look")
async def show_all(update: Update, context: Context) -> None:
    """The calls one may help with."""
    context.notice()
    member, writes, now = known(context), policy.may(context.role, "volunteers.write"), context.now

    def look(session: Session) -> OutgoingMessage:
        found = [help_standings.standing(session, one, member, now=now) for one in help_calls.coming(session, member, now=now)]
        return views.listed(found, len(help_standings.mine(session, member, now=now)), context.reader, writes=writes)

    if not context.is_done:
        await context.transaction(lambda session, actor: _leave(session, actor))
    await context.show(await context.read(look))


def _leave(session: Session, member: Member) -> None:
    for kind in (ASK, NAME, OFFER, CONTACT, FEEL):
        drafts.drop(session, member, kind=kind)


@action("volunteers.look")
async def show_mine(update: Update, context: Context) -> None:
    """What one has taken."""
    context.notice()
    member = known(context)
    await context.show(
        views.mine(await context.read(lambda session: help_standings.mine(session, member, now=context.now)), context.reader)
    )


@action("volunteers.look")
async def show(update: Update, context: Context) -> None:
    """One call."""
    number = callbacks.ShowCall.parse(context.pressed).call_id
    context.notice()
    await context.transaction(lambda session, member: _leave(session, member))
    await show_one(number, context)


async def show_one(number: int, context: Context) -> None:
    """Show the card of a call to who may know of it. Raises NotFound."""
    is_card = await is_under_card(help_calls.CARD, context)
    await context.show(views.card(await _standing(number, context), context.reader, has_way_back=not is_card))


async def _standing(number: int, context: Context) -> CallStanding:
    member = known(context)
    return await context.read(
        lambda session: help_standings.standing(session, help_calls.readable(session, member, number), member, now=context.now)
    )


# ---- signing up
@action("volunteers.sign_up")
async def sign_up(update: Update, context: Context) -> None:
    """One tap; where something else falls into these hours, a second one."""
    press, member, now = callbacks.SignUp.parse(context.pressed), known(context), context.now
    if not press.is_sure:
        found, need = await context.read(lambda session: _overlaps(session, member, press.need_id))
        if found:
            call = await context.read(lambda session: help_calls.readable(session, member, need.call_id))
            context.notice()
            await show_beside_card(help_calls.CARD, views.overlap(need, press.persons, found, call, context.reader), context)
            return

    def work(session: Session, actor: Member) -> tuple[Need, bool]:
        is_new = not help_standings.mine(session, actor, now=now)
        signups.sign_up(session, actor, press.need_id, persons=press.persons, desk=context.desk, now=now)
        need = help_calls.need_found(session, press.need_id)
        lacks_contact = is_new and not policy.may(actor.role, "meetings.see_names") and actor.phone is None
        if lacks_contact:
            drafts.put(session, actor, kind=CONTACT, step="share", now=now)
        return need, lacks_contact

    need, lacks_contact = await context.transaction(work)
    context.notice(context.reader.say("meetings.notice.noted"))
    if press.persons > 1 or press.is_sure:
        await _show_need(need.id, context)
    else:
        await show_one(need.call_id, context)
    if lacks_contact:
        await context.say(views.ask_contact(context.reader))


def _overlaps(session: Session, member: Member, need_id: int) -> tuple[list[signups.Overlap], Need]:
    need = help_calls.need_found(session, need_id)
    return signups.overlaps(session, member, need), need


async def contact_step(update: Update, context: Context, draft: Draft) -> None:
    """A resident's own number, given by the key; a typed number is asked for again, anything else is meant otherwise.

    The number may still come after it.
    """
    contact, typed = context.message.contact, context.message.text or ""
    vault = context.machine.vault
    if contact is None and A_NUMBER.search(typed):
        await context.say(views.ask_contact(context.reader))
        return

    if contact is None:
        await (asking.asked if typed else asking.received)(update, context)
        return

    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=CONTACT)
        members.give_phone(session, member, contact.phone_number, owner_id=contact.user_id, vault=vault)

    await context.transaction(keep)
    await context.say(views.contact_noted(context.reader))


@action("volunteers.look")
async def show_need(update: Update, context: Context) -> None:
    """What one has taken there."""
    number = callbacks.ShowNeed.parse(context.pressed).need_id
    context.notice()
    await context.transaction(lambda session, member: _leave(session, member))
    await _show_need(number, context)


async def _show_need(number: int, context: Context) -> None:
    member = known(context)

    def look(session: Session) -> OutgoingMessage:
        need = help_calls.need_found(session, number)
        call = help_calls.readable(session, member, need.call_id)
        standing = help_standings.need_standing(session, need, member)
        if not standing.own:
            return views.card(help_standings.standing(session, call, member, now=context.now), context.reader)
        return views.own_need(standing, call, context.reader)

    await show_beside_card(help_calls.CARD, await context.read(look), context)


@action("volunteers.sign_up")
async def act(update: Update, context: Context) -> None:
    """One's own place: still coming, or withdrawing in two taps."""
    press, member = callbacks.MySignup.parse(context.pressed), known(context)
    if press.act == "leave":
        signup, need = await context.read(lambda session: help_standings.own(session, member, press.signup_id))
        context.notice()
        await context.show(views.sure_to_leave(signup, need, context.reader))
        return

    def work(session: Session, actor: Member) -> Need:
        match press.act:
            case "yes":
                return signups.confirm(session, actor, press.signup_id, now=context.now)
            case "leave_sure":
                return signups.leave(session, actor, press.signup_id, desk=context.desk, now=context.now)
        raise Outdated("errors.old_button")

    need = await context.transaction(work)
    context.notice(context.reader.say("meetings.notice.noted"))
    await _show_need(need.id, context)


@action("volunteers.sign_up")
async def say_no(update: Update, context: Context) -> None:
    """« Non merci »."""
    number = callbacks.SayNo.parse(context.pressed).call_id
    await context.transaction(lambda session, member: signups.say_no(session, member, number, now=context.now))
    context.notice()
    await show_one(number, context)


# ---- about it
@action("volunteers.look")
async def about(update: Update, context: Context) -> None:
    """Asking, passing it on, a relative, the calendar, the certificate."""
    press = callbacks.AboutCall.parse(context.pressed)
    context.notice()
    if press.what not in ABOUT:
        raise Outdated("errors.old_button")
    await ABOUT[press.what](press.number, press.language, context)


def _address(number: int, context: Context) -> str:
    return f"https://t.me/{context.bot.username}?start={views.LINK}{number}"


async def _more(number: int, _: str, context: Context) -> None:
    screen = views.more(await _standing(number, context), _address(number, context), context.reader)
    await show_beside_card(help_calls.CARD, screen, context)


async def _poster(number: int, language: str, context: Context) -> None:
    if language not in context.machine.words.languages:
        raise Outdated("errors.old_button")
    standing = await _standing(number, context)
    reader = context.machine.words.reader(language, context.member.place if context.member else None)
    picture = await asyncio.to_thread(posters.drawn, views.poster(standing, reader, _address(number, context)))
    await context.say(OutgoingMessage(picture=picture))


async def _ask(number: int, _: str, context: Context) -> None:
    standing = await _standing(number, context)
    await context.transaction(
        lambda session, member: drafts.put(session, member, kind=ASK, step="say", now=context.now, number=number)
    )
    title = call_name(standing.call, standing.event, context.reader)
    await context.say(question_views.ask_about(title, context.reader))


async def ask_step(update: Update, context: Context, draft: Draft) -> None:
    """A question about a call, or an offer of what nobody asked for: straight to people."""

    def pass_on(session: Session, member: Member) -> Question:
        drafts.drop(session, member, kind=draft.kind)
        question = questions.gather(session, member, context.said, now=context.now)
        if "number" in draft.content:
            question.about = f"help {draft.content['number']} {context.reader.language.code}"
        return questions.ask(session, member, context.said, desk=context.desk, now=context.now)

    question = await context.transaction(pass_on)
    await context.say(question_views.handed_over(question, context.reader))


async def _for_relative(number: int, _: str, context: Context) -> None:
    need = await context.read(lambda session: help_calls.need_found(session, number))
    await context.transaction(
        lambda session, member: drafts.put(session, member, kind=NAME, step="say", now=context.now, number=number)
    )
    await context.say(views.ask_name(need, context.reader))


async def name_step(update: Update, context: Context, draft: Draft) -> None:
    """A relative's first name: they have a place too."""
    name = (context.message.text or "").strip()
    number = draft.content["number"]
    if not name:
        await context.say(
            views.ask_name(await context.read(lambda session: help_calls.need_found(session, number)), context.reader)
        )
        return

    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=NAME)
        signups.sign_up(session, member, number, name=name, desk=context.desk, now=context.now)

    await context.transaction(keep)
    await _show_need(number, context)


async def _calendar(number: int, _: str, context: Context) -> None:
    member = known(context)

    def look(session: Session) -> tuple[Need, HelpCall]:
        need = help_calls.need_found(session, number)
        return need, help_calls.readable(session, member, need.call_id)

    need, call = await context.read(look)
    if need.starts_at is None:
        raise Refusal("meetings.no_day")
    file = calendar.need_file(
        need, need_name(need, context.reader), identity=context.bot.username, sequence=call.version, now=context.now
    )
    await context.say(OutgoingMessage(document=file))


async def _certificate(_: int, __: str, context: Context) -> None:
    """The hours of this year and the last, as a picture that prints on A4."""
    member, now = known(context), context.now
    since = datetime(now.year - 1, 1, 1, tzinfo=now.tzinfo)
    given = await context.read(lambda session: signups.hours_of_year(session, member, since, now))
    if not given:
        raise NotFound("volunteers.no_hours")
    readers = [context.machine.words.reader(code, member.place) for code in context.machine.words.languages]
    picture = await asyncio.to_thread(certificates.drawn, certificates.of(member.first_name, given, readers, now=now))
    await context.say(OutgoingMessage(document=picture))


ABOUT = {"more": _more, "poster": _poster, "ask": _ask, "relative": _for_relative, "calendar": _calendar,
         "certificate": _certificate}  # fmt: skip


@action("volunteers.look")
async def offer(update: Update, context: Context) -> None:
    """« I can do something that nobody asks for », in words or by voice."""
    await context.transaction(lambda session, member: drafts.put(session, member, kind=OFFER, step="say", now=context.now))
    context.notice()
    await context.say(views.ask_offer(context.reader))


@action("volunteers.sign_up")
async def feel(update: Update, context: Context) -> None:
    """How it was, in one tap; a word or a voice may follow."""
    press = callbacks.Mood.parse(context.pressed)

    def keep(session: Session, member: Member) -> None:
        signups.feel(session, member, press.call_id, press.mood, now=context.now)
        drafts.put(session, member, kind=FEEL, step="say", now=context.now, number=press.call_id)

    await context.transaction(keep)
    context.notice(context.reader.say("meetings.notice.noted"))
    await context.say(views.felt(press.call_id, context.reader))


async def feel_step(update: Update, context: Context, draft: Draft) -> None:
    """How it was, in words or by voice: organisers read it without a name."""
    content = content_of(context.message)
    voice = content.media[1] if content and content.media and content.media[0] == "voice" else None

    def keep(session: Session, member: Member) -> None:
        drafts.drop(session, member, kind=FEEL)
        signups.comment(session, member, draft.content["number"], text=context.message.text or "", voice=voice)

    await context.transaction(keep)
    await context.say(views.noted(context.reader))
