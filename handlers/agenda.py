"""The agenda and the cards of meetings, for everybody: what comes, answering, who comes, the way, passing it on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import agenda, audiences, documents, drafts, groups, meetings, members, policy, polls, questions, rsvps
from bot.domain.policy import Where
from bot.domain.rsvps import FewSeats, Standing
from bot.errors import NotFound, Outdated, Refusal
from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.views import agenda as agenda_views
from bot.views import calendar, exports, meeting_board, posters, statistics
from bot.views import documents as document_views
from bot.views import meetings as views
from bot.views import polls as poll_views
from bot.views import questions as question_views
from bot.views.meeting_words import title_of
from db.models import Chat, Draft, Meeting, Member, Question
from handlers.doors import action
from handlers.groups import called

ASK, POINT = "meeting_ask", "meeting_point"
A_MONTH = timedelta(days=31)
IN_A_GROUP = 3


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("agenda", "reunions", "nyogonye"), show_agenda),
        CallbackQueryHandler(turn_to, callbacks.Agenda.pattern()),
        CallbackQueryHandler(show, callbacks.ShowMeeting.pattern()),
        CallbackQueryHandler(answer, callbacks.AnswerMeeting.pattern()),
        CallbackQueryHandler(more, callbacks.MoreMeeting.pattern()),
        CallbackQueryHandler(give_poster, callbacks.PosterMeeting.pattern()),
        CallbackQueryHandler(want_minutes, callbacks.WantMinutes.pattern()),
    ]


# ---- what comes
@action("meetings.show_here")
async def show_agenda(update: Update, context: Context) -> None:
    """/agenda: what is next; in a group, what everybody there may read."""
    if context.is_private:
        # Whoever looks at the agenda has left what they had begun.
        await context.transaction(lambda session, member: drafts.leave(session, member, but=members.WELCOME))
        await context.show(await _next(context))
    elif context.where is Where.INBOX or await context.read(lambda session: groups.is_linked(session, context.chat_id)):
        await _show_in_group(context)
    else:
        await called(update, context)


async def _next(context: Context) -> OutgoingMessage:
    member, now, writes = context.member, context.now, policy.may(context.role, "meetings.write")

    def look(session: Session) -> OutgoingMessage:
        coming = agenda.upcoming(session, member, now=now)
        answers = agenda.answered(session, member, [one.id for one in coming]) if member else {}
        return agenda_views.agenda(coming, answers, context.reader, writes=writes)

    return await context.read(look)


async def _show_in_group(context: Context) -> None:
    """The next meetings that are for everybody, or were announced here, without names; a button leads to private."""
    now, words = context.now, context.machine.words

    def look(session: Session) -> tuple[list[Standing], list[str]]:
        coming = agenda.upcoming_here(session, context.chat_id, now=now)[:IN_A_GROUP]
        chat = session.get(Chat, context.chat_id)
        return [rsvps.standing(session, one, None, now=now) for one in coming], [
            str(code) for code in chat.languages
        ] if chat else []

    found, codes = await context.read(look)
    readers = [words.reader(code, None) for code in codes] or [context.reader]
    address = f"https://t.me/{context.bot.username}?start=s-agenda"
    await context.say(
        agenda_views.in_group([views.text_for_group(found, one) for one in readers if found], address, readers[0])
    )


@action("meetings.look")
async def turn_to(update: Update, context: Context) -> None:
    """Another shelf of the agenda."""
    press = callbacks.Agenda.parse(context.pressed)
    context.notice()
    match press.what:
        case "next":
            await context.show(await _next(context))
        case "month" | "here" | "past":
            await context.show(await _page(press.what, press.page, context))
        case "prepare":
            await context.show(await _preparing(press.page, context))
        case "polls":
            policy.require(context.role, "polls.write")
            await context.show(poll_views.listed(await context.read(polls.listed), context.reader))
        case "year" | "picture" | "csv" | "xlsx":
            await _year(press.what, context)
        case _:
            raise Outdated("errors.old_button")


async def _page(what: str, page: int, context: Context) -> OutgoingMessage:
    member, now = context.member, context.now
    if member is None:
        raise NotFound("errors.old_button")
    place = member.place if what == "here" else None

    def look(session: Session) -> OutgoingMessage:
        if what == "past":
            found = agenda.past(session, member, now=now)
        else:
            coming = agenda.upcoming(session, member, now=now, place=place)
            found = [one for one in coming if one.starts_at is None or one.starts_at < now + A_MONTH]
        answers = agenda.answered(session, member, [one.id for one in found])
        return agenda_views.listed(found, what, page, answers, context.reader, only_here=what == "here")

    return await context.read(look)


async def _preparing(page: int, context: Context) -> OutgoingMessage:
    member, languages = context.member, [*context.machine.words.languages]
    policy.require(context.role, "meetings.write")

    def look(session: Session) -> OutgoingMessage:
        drafts_ = agenda.in_preparation(session, member) if member else []
        untitled = agenda.without_title(session, languages, now=context.now)
        return agenda_views.preparing(drafts_, untitled, page, context.reader)

    return await context.read(look)


async def _year(what: str, context: Context) -> None:
    member, now, reader = context.member, context.now, context.reader
    if member is None:
        raise NotFound("errors.old_button")
    found = await context.read(lambda session: agenda.turnouts(session, member, now=now))
    if what == "year":
        await context.show(meeting_board.year(found, reader))
    elif what == "picture":
        rows = meeting_board.year_rows(found, reader)
        title = reader.say("meetings.year_picture")
        await context.say(OutgoingMessage(picture=await asyncio.to_thread(statistics.drawn, title, rows)))
    else:
        await context.say(OutgoingMessage(document=exports.turnouts(found, what, reader)))


# ---- one of them
async def standing(number: int, context: Context, reader_of: Member | None = None) -> Standing:
    """Return how a meeting stands for whoever asks. Raises NotFound for who may not know of it."""
    member, now = reader_of or context.member, context.now
    if member is None:
        raise NotFound("errors.old_button")
    return await context.read(lambda session: rsvps.standing(session, rsvps.readable(session, member, number), member, now=now))


@action("meetings.look")
async def show(update: Update, context: Context) -> None:
    """Its card, as it stands."""
    number = callbacks.ShowMeeting.parse(context.pressed).meeting_id
    context.notice()
    await context.show(views.card(await standing(number, context), context.reader))


async def show_from_link(number: int, context: Context) -> None:
    """An old poster, or a link that was passed on: how things are today, for who may know of it."""
    await context.show(views.card(await standing(number, context), context.reader))


@action("meetings.answer")
async def answer(update: Update, context: Context) -> None:
    """✅ 🤔 ❌, and with how many; the last answer counts."""
    press = callbacks.AnswerMeeting.parse(context.pressed)
    now, number = context.now, press.meeting_id

    def record(session: Session, member: Member) -> FewSeats | None:
        try:
            with session.begin_nested():
                rsvps.answer(session, member, number, press.answer, persons=press.persons, waits=bool(press.waits), now=now)
        except FewSeats as refused:
            return refused  # not an error: a choice that is theirs
        return None

    refused = await context.transaction(record)
    shown = await standing(number, context)
    if refused is not None:
        context.notice()
        await context.say(views.few_seats(shown.meeting, refused, context.reader))
        return
    context.notice(context.reader.say("meetings.notice.noted"))
    await context.show(views.card(shown, context.reader))


@action("meetings.look")
async def more(update: Update, context: Context) -> None:
    """What else there is to a meeting."""
    press = callbacks.MoreMeeting.parse(context.pressed)
    shown, reader = await standing(press.meeting_id, context), context.reader
    context.notice()
    match press.what:
        case "more":
            writes, has_documents = policy.may(context.role, "meetings.write"), bool(await _documents(shown, context))
            await context.say(views.more(shown, reader, writes=writes, has_documents=has_documents))
        case "who":
            await context.show(await _who(shown, context))
        case "calendar":
            await context.show(views.to_calendar(shown, reader))
        case "ics" if shown.meeting.starts_at is None and shown.meeting.was_at is None:
            raise Refusal("meetings.is_postponed")
        case "ics":
            identity = context.bot.username
            file = calendar.file(shown.meeting, shown.venue, reader, identity=identity, now=context.now)
            await context.say(OutgoingMessage(document=file))
        case "go" if shown.venue is not None:
            await context.say(views.way(shown.meeting, shown.venue, reader))
        case "agenda":
            await context.say(views.about(shown, await _documents(shown, context), reader))
        case "minutes":
            await context.show(await _minutes(shown, context))
        case "retell":
            await context.say(views.retell(shown, _address(shown.meeting, context), reader))
        case "ask" | "propose":
            await _listen(shown, press.what, context)
        case "preview":
            await _preview(shown, context)
        case _:
            raise Outdated("errors.old_button")


async def _who(shown: Standing, context: Context) -> OutgoingMessage:
    """Names for members, counts for everybody else."""
    number, sees_names = shown.meeting.id, policy.may(context.role, "meetings.see_names")

    def look(session: Session) -> OutgoingMessage:
        names = rsvps.names_of_the_coming(session, number) if sees_names else None
        return views.who(shown, names, rsvps.by_place(session, number), context.reader)

    return await context.read(look)


async def _minutes(shown: Standing, context: Context) -> OutgoingMessage:
    member, meeting, reader = context.member, shown.meeting, context.reader

    def look(session: Session) -> list[tuple[int, str]]:
        found = agenda.minutes_of(session, meeting.id)
        return [
            (one.id, document_views.name_of(one, meeting, reader))
            for one in found
            if member and documents.may_read(session, member, one)
        ]

    found = await context.read(look)
    others = await _documents(shown, context)
    return views.minutes(shown, [*found, *others], reader, are_there=bool(found))


async def _documents(shown: Standing, context: Context) -> list[tuple[int, str]]:
    """What belongs to it besides its minutes, as far as whoever asks may see it."""
    member, meeting, reader = context.member, shown.meeting, context.reader

    def look(session: Session) -> list[tuple[int, str]]:
        found = documents.of_meeting(session, member, meeting.id) if member else []
        return [(one.id, document_views.name_of(one, meeting, reader)) for one in found]

    return await context.read(look)


async def _preview(shown: Standing, context: Context) -> None:
    """As they will see it, in each language; then for how many, and the green button."""
    policy.require(context.role, "meetings.write")
    words = context.machine.words
    for code in words.languages:
        await context.say(views.card(shown, words.reader(code, context.member.place if context.member else None)))
    count = await context.read(lambda session: audiences.count(session, shown.meeting))
    await context.say(meeting_board.ready(meeting_board.Board(shown, count), context.reader))


async def _listen(shown: Standing, what: str, context: Context) -> None:
    """The next message is a question about it, or a point for its agenda."""
    kind = ASK if what == "ask" else POINT

    def begin(session: Session, member: Member) -> None:
        drafts.put(session, member, kind=kind, step="say", now=context.now, meeting_id=shown.meeting.id)

    await context.transaction(begin)
    if kind == POINT:
        await context.say(views.ask_point(shown.meeting, context.reader))
    else:
        await context.say(question_views.ask_about(title_of(shown.meeting, context.reader), context.reader))


async def ask_step(update: Update, context: Context, draft: Draft) -> None:
    """The question about a meeting has come: straight to people, with what it is about."""
    about = f"meeting {draft.content['meeting_id']} {context.reader.language.code}"

    def pass_on(session: Session, member: Member) -> Question:
        drafts.drop(session, member, kind=ASK)
        question = questions.gather(session, member, context.said, now=context.now)
        question.about = about
        return questions.ask(session, member, context.said, desk=context.desk, now=context.now)

    question = await context.transaction(pass_on)
    await context.say(question_views.handed_over(question, context.reader))


async def point_step(update: Update, context: Context, draft: Draft) -> None:
    """What they want to speak about has come, in words or by voice."""
    number, message = draft.content["meeting_id"], context.message
    voice = message.voice.file_id if message.voice else None
    text = message.text or message.caption or ""
    if not text and voice is None:
        shown = await standing(number, context)
        await context.say(views.ask_point(shown.meeting, context.reader))
        return

    def keep(session: Session, member: Member) -> Meeting:
        agenda.propose(session, member, number, text, voice, now=context.now)
        drafts.drop(session, member, kind=POINT)
        return meetings.found(session, number)

    await context.say(views.point_proposed(await context.transaction(keep), context.reader))


@action("meetings.answer")
async def want_minutes(update: Update, context: Context) -> None:
    """The minutes, please; or not."""
    press = callbacks.WantMinutes.parse(context.pressed)

    def keep(session: Session, member: Member) -> None:
        meeting = rsvps.readable(session, member, press.meeting_id)
        documents.ask_for_minutes(session, member, meeting, wants=bool(press.wants))

    await context.transaction(keep)
    context.notice(context.reader.say("meetings.notice.noted"))
    await context.show(await _minutes(await standing(press.meeting_id, context), context))


@action("meetings.look")
async def give_poster(update: Update, context: Context) -> None:
    """A poster in a language, or in all of them."""
    press = callbacks.PosterMeeting.parse(context.pressed)
    shown, words = await standing(press.meeting_id, context), context.machine.words
    codes = [*words.languages] if press.language == "+" else [press.language]
    if not set(codes) <= set(words.languages):
        raise Outdated("errors.old_button")
    context.notice()
    place = context.member.place if context.member else None
    readers: list[Reader] = [words.reader(code, place) for code in codes]
    poster = views.poster(shown, readers, _address(shown.meeting, context))
    await context.say(OutgoingMessage(picture=await asyncio.to_thread(posters.drawn, poster)))


def _address(meeting: Meeting, context: Context) -> str:
    return f"https://t.me/{context.bot.username}?start={views.LINK}{meeting.id}"
