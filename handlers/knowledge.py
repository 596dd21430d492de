"""What people teach the bot: an answer kept after it was given, entries searched, edited, retired."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler

from bot import callbacks
from bot.context import Context
from bot.domain import drafts, knowledge, policy, questions
from bot.errors import NotFound, Refusal
from bot.knowledge import Entry, Kind, Text
from bot.messages import OutgoingMessage
from bot.views import knowledge as views
from db.models import Draft, Member
from handlers.doors import action

LEARN, EDIT, SEARCH = "learn", "edit", "search"


def doors() -> list[BaseHandler[Any, Any, Any]]:
    """Return the doors of this feature."""
    return [
        CommandHandler(("connaissances", "donniya"), show_shelf),
        CallbackQueryHandler(learn, callbacks.Learn.pattern()),
        CallbackQueryHandler(learn_in, callbacks.LearnIn.pattern()),
        CallbackQueryHandler(learn_other, callbacks.LearnStep.pattern()),
        CallbackQueryHandler(show_entry, callbacks.ShowKnown.pattern()),
        CallbackQueryHandler(edit, callbacks.EditKnown.pattern()),
        CallbackQueryHandler(retire, callbacks.RetireKnown.pattern()),
    ]


# ---- after an answer
@action("knowledge.write")
async def learn(update: Update, context: Context) -> None:
    """« Add to what the bot knows » was pressed under « your answer is on its way »."""
    press = callbacks.Learn.parse(context.pressed)

    def begin(session: Session, member: Member) -> dict[str, Any]:
        question, answer = questions.pair(session, press.answer_id)
        content = {
            "question": knowledge.without_person(question.text or "", question.first_name)[: knowledge.LONGEST_QUESTION],
            "answer": knowledge.without_person(answer.text or "", question.first_name)[: knowledge.LONGEST_ANSWER],
            "language": context.reader.language.code, "entry": "",
        }  # fmt: skip
        step = "question" if not content["question"] else "answer" if not content["answer"] else "keep"
        drafts.put(session, member, kind=LEARN, step=step, now=context.now, **content)
        return content

    content = await context.transaction(begin)
    context.notice()
    await context.say(_next_of(content, context))


def _next_of(content: dict[str, Any], context: Context) -> OutgoingMessage:
    """Return the screen that asks for what is still missing, or shows what will be kept."""
    is_twin = bool(content["entry"])
    for step in ("question", "answer"):
        if not content[step]:
            return views.ask_for(step, content["language"], context.reader, may_skip=is_twin)
    return views.learn(content, context.reader)


async def learn_step(update: Update, context: Context, draft: Draft) -> None:
    """The question or the answer, written."""
    text = _short_enough(context, draft.step)
    content = {**draft.content, draft.step: text}
    if content["entry"] and content["question"] and content["answer"]:
        await _keep_twin(context, content)
        return

    def go_on(session: Session, member: Member) -> None:
        step = "answer" if not content["answer"] else "keep"
        drafts.put(session, member, kind=LEARN, step=step, now=context.now, **content)

    await context.transaction(go_on)
    await context.say(_next_of(content, context))


def _short_enough(context: Context, step: str) -> str:
    """Return what was written; raises Refusal for what is no text, or too long to be told."""
    longest = knowledge.LONGEST_ANSWER if step == "answer" else knowledge.LONGEST_QUESTION
    text = (context.message.text or "").strip()
    if not text:
        raise Refusal("knowledge.text_only")
    if len(text) > longest:
        raise Refusal("knowledge.too_long", longest=longest)
    return text


@action("knowledge.write")
async def learn_in(update: Update, context: Context) -> None:
    """A language was pressed: kept in it, live at once; then the other one is asked for."""
    language = callbacks.LearnIn.parse(context.pressed).language
    if language not in context.machine.words.languages:
        raise NotFound("errors.old_button")
    others = [code for code in context.machine.words.languages if code != language]

    def keep(session: Session, member: Member) -> str:
        draft = drafts.of(session, member)
        if draft is None or draft.kind != LEARN or draft.step != "keep":
            raise NotFound("errors.old_button")
        name = knowledge.add(session, member, language=language, question=draft.content["question"],
                             answer=draft.content["answer"], now=context.now)  # fmt: skip
        if others:
            drafts.put(session, member, kind=LEARN, step="question", now=context.now, question="", answer="", entry=name,
                       language=others[0])  # fmt: skip
        else:
            drafts.drop(session, member, kind=LEARN)
        return name

    name = await context.transaction(keep)
    context.notice()
    await context.machine.learn()
    if others:
        await context.say(views.ask_for("question", others[0], context.reader, may_skip=True))
    else:
        await context.say(views.kept(name, context.reader, missing=()))


async def _keep_twin(context: Context, content: dict[str, Any]) -> None:
    """The second language has come."""
    entry = _entry(content["entry"], context)
    text = Text(knowledge.title_of(content["question"]), content["answer"], (content["question"],))

    def keep(session: Session, member: Member) -> None:
        knowledge.put_text(session, member, entry, content["language"], text, now=context.now)
        drafts.drop(session, member, kind=LEARN)

    await context.transaction(keep)
    await context.machine.learn()
    await context.say(views.kept(entry.name, context.reader, missing=()))


@action("knowledge.write")
async def learn_other(update: Update, context: Context) -> None:
    """Write the question or the answer anew, or leave the second language for later."""
    step = callbacks.LearnStep.parse(context.pressed).step

    def go_to(session: Session, member: Member) -> dict[str, Any]:
        draft = drafts.of(session, member)
        if draft is None or draft.kind != LEARN:
            raise NotFound("errors.old_button")
        content = dict(draft.content)
        if step == "later":
            drafts.drop(session, member, kind=LEARN)
        else:
            content[step] = ""
            drafts.put(session, member, kind=LEARN, step=step, now=context.now, **{step: ""})
        return content

    content = await context.transaction(go_to)
    context.notice()
    if step == "later":
        await context.say(views.kept(content["entry"], context.reader, missing=[content["language"]]))
    else:
        await context.say(_next_of(content, context))


# ---- the shelf
@action("knowledge.write")
async def show_shelf(update: Update, context: Context) -> None:
    """/connaissances, perhaps with a word to look for."""
    words = " ".join(context.args or [])
    await context.show(await found(words, context) if words else await shelf(context))


async def shelf(context: Context) -> OutgoingMessage:
    """Return what is to be looked at first, then the newest; a word that is written next is looked for."""
    policy.require(context.role, "knowledge.write")
    changes = await context.read(knowledge.changes)
    entries = [entry for entry in _all(context).values() if entry.name in changes or _lacks(entry, context)]
    entries.sort(key=lambda entry: (not (entry.name in changes and changes[entry.name].stale), not _lacks(entry, context)))
    if not context.is_done:
        await context.transaction(
            lambda session, member: drafts.put(session, member, kind=SEARCH, step="word", now=context.now)
        )
    return views.shelf(entries, changes, context.reader, total=len(_all(context)))


def _all(context: Context) -> dict[str, Entry]:
    """Return every entry, those taken out of the answers included."""
    machine = context.machine
    known = {**machine.retired, **machine.knowledge.entries}
    return {name: entry for name, entry in known.items() if entry.kind is Kind.ENTRY}


def _lacks(entry: Entry, context: Context) -> bool:
    return any(code not in entry.texts for code in context.machine.words.languages)


def _entry(name: str, context: Context) -> Entry:
    entry = _all(context).get(name)
    if entry is None:
        raise NotFound("errors.old_button")
    return entry


async def search_step(update: Update, context: Context, draft: Draft) -> None:
    """A word to look for."""
    screen = await found(context.message.text or "", context)
    await context.transaction(lambda session, member: drafts.drop(session, member, kind=SEARCH))
    await context.say(screen)


async def found(words: str, context: Context) -> OutgoingMessage:
    """Return the entries nearest to some words."""
    await context.machine.knowledge.ready()
    reading = context.machine.knowledge.read(words)
    entries = [one.entry for one in reading.candidates if one.entry.kind is Kind.ENTRY][: views.LISTED]
    return views.shelf(entries, await context.read(knowledge.changes), context.reader, total=len(_all(context)))


@action("knowledge.write")
async def show_entry(update: Update, context: Context) -> None:
    """An entry was pressed."""
    entry = _entry(callbacks.ShowKnown.parse(context.pressed).name, context)
    changes = await context.read(knowledge.changes)
    context.notice()
    await context.show(views.entry(entry, changes.get(entry.name), context.reader))


@action("knowledge.write")
async def edit(update: Update, context: Context) -> None:
    """« Write » was pressed: the next message is the answer; an entry new in this language is asked its question first."""
    press = callbacks.EditKnown.parse(context.pressed)
    entry = _entry(press.name, context)
    if press.language not in context.machine.words.languages:
        raise NotFound("errors.old_button")
    step = "answer" if press.language in entry.texts else "question"

    def begin(session: Session, member: Member) -> None:
        drafts.put(
            session, member, kind=EDIT, step=step, now=context.now, entry=entry.name, language=press.language, question=""
        )

    await context.transaction(begin)
    context.notice()
    await context.say(views.ask_for(step, press.language, context.reader, may_skip=False))


async def edit_step(update: Update, context: Context, draft: Draft) -> None:
    """The question, then the answer, written."""
    content, language = draft.content, draft.content["language"]
    entry, text = _entry(content["entry"], context), _short_enough(context, draft.step)
    if draft.step == "question":
        await context.transaction(
            lambda session, member: drafts.put(session, member, kind=EDIT, step="answer", now=context.now, question=text)
        )
        await context.say(views.ask_for("answer", language, context.reader, may_skip=False))
        return
    before = entry.texts.get(language)
    new = Text(knowledge.title_of(content["question"]), text, (content["question"],))
    new = dataclasses.replace(before, answer=text) if before else new

    def keep(session: Session, member: Member) -> None:
        knowledge.put_text(session, member, entry, language, new, now=context.now)
        drafts.drop(session, member, kind=EDIT)

    await context.transaction(keep)
    await _changed(entry.name, context)


async def _changed(name: str, context: Context) -> None:
    """Answer from what has just been written, and show it."""
    await context.machine.learn()
    changes = await context.read(knowledge.changes)
    await context.show(views.entry(_entry(name, context), changes.get(name), context.reader))


@action("knowledge.write")
async def retire(update: Update, context: Context) -> None:
    """Out of the answers, or back."""
    press = callbacks.RetireKnown.parse(context.pressed)
    entry = _entry(press.name, context)
    await context.transaction(
        lambda session, member: knowledge.retire(session, member, entry, is_retired=bool(press.is_retired), now=context.now)
    )
    context.notice()
    await _changed(entry.name, context)
