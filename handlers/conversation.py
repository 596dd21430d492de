"""What is said in private, in no command and by no button: the next step of what was begun, a thread, or a question."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, MessageHandler, filters

from bot.context import Context
from bot.domain import drafts, policy, questions
from bot.errors import Taken
from db.models import Draft, Member, Question
from handlers import (
    agenda,
    announcement_copies,
    announcements,
    delegations,
    desk,
    directory,
    documents,
    inviting,
    knowledge,
    meeting_board,
    meetings,
    polls,
    profile,
    recordings,
    tasks,
    trips,
    volunteer_board,
    volunteers,
)
from handlers import questions as asking
from handlers.doors import action

_PRIVATE = filters.ChatType.PRIVATE
_NEW = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE
BEGUN_LASTS = timedelta(hours=1)

Step = Callable[[Update, Context, Draft], Coroutine[Any, Any, None]]


async def _meeting_step(update: Update, context: Context, draft: Draft) -> None:
    """A step of preparing a meeting; a programme that comes as an album is more than the one file it shows."""
    is_album = draft.step == "agenda" and context.message.media_group_id is not None
    await (documents.programme_step if is_album else meeting_board.edit_step)(update, context, draft)


STEPS: dict[str, Step] = {
    announcements.WRITE: announcements.content_step,
    announcements.SPEAK: announcements.voice_step,
    announcements.WHEN: announcements.when_step,
    announcements.CORRECT: announcements.correct_step,
    announcement_copies.ASK: announcement_copies.ask_step,
    agenda.ASK: agenda.ask_step,
    agenda.POINT: agenda.point_step,
    meetings.NEW: meetings.sentence_step,
    meeting_board.EDIT: _meeting_step,
    documents.KEEP: documents.keep_step,
    documents.ALBUM: documents.album_step,
    documents.TITLE: documents.title_step,
    polls.WRITE: polls.write_step,
    delegations.EDIT: delegations.edit_step,
    delegations.ASK: delegations.ask_step,
    tasks.PHOTO: tasks.photo_step,
    volunteers.ASK: volunteers.ask_step,
    volunteers.OFFER: volunteers.ask_step,
    volunteers.NAME: volunteers.name_step,
    volunteers.CONTACT: volunteers.contact_step,
    volunteers.FEEL: volunteers.feel_step,
    volunteer_board.EDIT: volunteer_board.edit_step,
    trips.ENTRUST: trips.entrust_step,
    trips.WHEN: trips.when_step,
    asking.THREAD: asking.say_more,
    desk.ANSWER: desk.answer_drafted,
    knowledge.LEARN: knowledge.learn_step,
    knowledge.EDIT: knowledge.edit_step,
    knowledge.SEARCH: knowledge.search_step,
    recordings.RECORD: recordings.record_step,
    profile.NAME: profile.name_step,
    profile.PHONE: profile.phone_step,
    inviting.LIST: inviting.list_step,
    directory.SEARCH: directory.search_step,
}


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [MessageHandler(_PRIVATE & _NEW & ~filters.COMMAND, said)]


@action("questions.look")
async def said(update: Update, context: Context) -> None:
    """Somebody says something: find what it belongs to."""
    draft, thread = await context.read(lambda session: _belongs_to(session, context))
    if draft is not None:
        try:
            await STEPS[draft.kind](update, context, draft)
        except Taken:  # it is over: nothing more can be said to it, and the next thing said is for somebody else
            await context.transaction(lambda session, member: drafts.drop(session, member, kind=draft.kind))
            raise
    elif thread is not None:
        await _into_thread(context, thread)
    elif context.message.text:
        await asking.asked(update, context)
    else:
        await asking.received(update, context)


def _belongs_to(session: Session, context: Context) -> tuple[Draft | None, Question | None]:
    """Return the conversation under way, or else the question that the message replies to."""
    member = context.member
    if member is None or context.incoming.edited_message is not None:
        return None, None
    thread = _replied_into(session, member, context)
    if thread is not None:
        return None, thread  # a reply says more clearly than anything begun what it belongs to
    draft = drafts.of(session, member)
    is_begun = draft is not None and draft.kind in STEPS and draft.changed_at > context.now - _lasts(draft)
    is_for_it = draft is not None and drafts.takes(draft, context.message.media_group_id)
    return draft if is_begun and is_for_it else None, None


def _lasts(draft: Draft) -> timedelta:
    """Return how long a conversation waits for its next message: what an announcement says is thought about for days."""
    is_thought_about = draft.kind == announcements.WRITE and draft.step == announcements.SAY
    return announcements.THINKING if is_thought_about else BEGUN_LASTS


def _replied_into(session: Session, member: Member, context: Context) -> Question | None:
    replied = context.message.reply_to_message
    if replied is None:
        return None
    if policy.may(member.role, "questions.answer"):
        behind = questions.behind(session, chat_id=context.chat_id, message_id=replied.message_id)
        if behind is not None and behind.member_id != member.id:
            return behind
    return questions.thread_of(session, member, chat_id=context.chat_id, message_id=replied.message_id)


async def _into_thread(context: Context, question: Question) -> None:
    """The asker goes on; anybody else who may, answers."""
    if context.member is not None and question.member_id == context.member.id:
        await asking.go_on_with(context, question.id)
    else:
        await desk.preview_for(context, question.id)
