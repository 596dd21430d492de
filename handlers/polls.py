"""Opinion polls: written in each language, asked once, one tap one vote, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot import callbacks
from bot.context import Context
from bot.domain import drafts, policy, polls
from bot.errors import NotFound, Outdated
from bot.messages import OutgoingMessage
from bot.views import polls as views
from db.models import Draft, Member, Poll, PollState
from handlers.doors import action

WRITE = "poll"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CallbackQueryHandler(show, callbacks.ShowPoll.pattern()),
        CallbackQueryHandler(vote, callbacks.Vote.pattern()),
        CallbackQueryHandler(edit, callbacks.EditPoll.pattern()),
    ]


@action("polls.vote")
async def show(update: Update, context: Context) -> None:
    """A poll: its board for whoever asks, its card for everybody else."""
    number = callbacks.ShowPoll.parse(context.pressed).poll_id
    context.notice()
    await context.show(await _shown(number, context))


async def _shown(number: int, context: Context, *, as_voter: bool = False) -> OutgoingMessage:
    member, reader = context.member, context.reader
    if member is None:
        raise NotFound("errors.old_button")

    def look(session: Session) -> OutgoingMessage:
        poll = polls.readable(session, member, number)
        if policy.may(member.role, "polls.write") and not as_voter:
            return views.board(poll, polls.results(session, poll), reader)
        found = polls.results(session, poll) if poll.state == PollState.CLOSED else None
        return views.card(poll, polls.choice(session, member, number), found, reader)

    return await context.read(look)


@action("polls.vote")
async def vote(update: Update, context: Context) -> None:
    """One tap, one vote; another tap changes it."""
    press = callbacks.Vote.parse(context.pressed)
    await context.transaction(lambda session, member: polls.vote(session, member, press.poll_id, press.option, now=context.now))
    context.notice(context.reader.say("polls.notice.voted"))
    await context.show(await _shown(press.poll_id, context, as_voter=True))


@action("polls.write")
async def edit(update: Update, context: Context) -> None:
    """Begin one, write it in a language, name or hide who votes, ask everybody, close it."""
    press = callbacks.EditPoll.parse(context.pressed)
    number, words = press.poll_id, context.machine.words
    context.notice()
    match press.what:
        case "new" | "write":
            language = press.value or context.reader.language.code
            if language not in words.languages:
                raise Outdated("errors.old_button")
            await context.transaction(
                lambda session, member: drafts.put(
                    session, member, kind=WRITE, step="say", now=context.now, poll_id=number, language=language
                )
            )
            await context.say(views.ask(language, context.reader))
        case "anonymous" | "open" | "close":
            await context.transaction(_change(press, context))
            await context.show(await _shown(number, context))
        case _:
            raise Outdated("errors.old_button")


def _change(press: callbacks.EditPoll, context: Context) -> Callable[[Session, Member], Poll]:
    number, now = press.poll_id, context.now

    def work(session: Session, member: Member) -> Poll:
        if press.what == "anonymous":
            return polls.set_anonymous(session, member, number, is_anonymous=press.value == "1")
        if press.what == "open":
            return polls.open_(session, member, number, desk=context.desk, now=now)
        return polls.close(session, member, number, now=now)

    return work


async def write_step(update: Update, context: Context, draft: Draft) -> None:
    """Question and answers have come, one a line."""
    number, language = draft.content["poll_id"], draft.content["language"]

    def keep(session: Session, member: Member) -> Poll:
        poll = polls.write(session, member, number or None, language, context.message.text or "", now=context.now)
        drafts.drop(session, member, kind=WRITE)
        return poll

    poll = await context.transaction(keep)
    await context.say(await _shown(poll.id, context))
