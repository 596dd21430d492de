"""Answers, suggestions, and the way to a person."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Sequence

from bot import callbacks
from bot.i18n import Reader
from bot.knowledge import Entry, Shelf
from bot.messages import Button, Copied, OutgoingMessage
from bot.views import buttons
from db.models import Question

PAGE = 4


def menu(shelves: Sequence[Shelf], reader: Reader) -> OutgoingMessage:
    """How to ask, and what is known, by subject."""
    rows = [
        (Button(f"{shelf.icon} {_shelf_name(reader, shelf)}", callbacks.ShowGroup(shelf.name, 0).pack()),) for shelf in shelves
    ]
    return OutgoingMessage(reader.say("questions.menu"), buttons=(*rows, (buttons.home(reader),)), spoken="say:questions.menu")


def _shelf_name(reader: Reader, shelf: Shelf) -> str:
    name = f"shelves.{shelf.name}"
    return reader.say(name) if reader.has(name) else shelf.name


def on_shelf(shelf: Shelf, entries: Sequence[Entry], page: int, reader: Reader) -> OutgoingMessage:
    """A handful of questions on one subject, and the way to the next ones."""
    shown = entries[page * PAGE : (page + 1) * PAGE]
    rows = [(_entry_button(entry, reader),) for entry in shown]
    if len(entries) > PAGE:
        following = (page + 1) % -(-len(entries) // PAGE)
        rows.append((Button(reader.say("questions.button.more"), callbacks.ShowGroup(shelf.name, following).pack()),))
    text = reader.say("questions.shelf", icon=shelf.icon, title=_shelf_name(reader, shelf))
    back = Button(reader.say("questions.button.subjects"), callbacks.Open("questions").pack())
    return OutgoingMessage(text, buttons=(*rows, (back, buttons.home(reader))))


def _entry_button(entry: Entry, reader: Reader) -> Button:
    return Button(entry.text(reader.language.code).title, callbacks.ShowEntry(entry.name).pack())


def answer(entry: Entry, reader: Reader, *, message_id: int | None) -> OutgoingMessage:
    """A known answer with the year it is of; « not this » passes the question on to a person."""
    text: str = reader.say("questions.answer", answer=entry.text(reader.language.code).answer)
    if entry.valid:
        text += "\n" + reader.say("questions.dated", year=entry.valid)
    rows: list[tuple[Button, ...]] = []
    if message_id is not None:
        rows.append((buttons.ask_person(reader, message_id, "questions.button.not_this"),))
    return OutgoingMessage(text, buttons=(*rows, (buttons.home(reader),)), spoken=f"entry:{entry.name}")


def with_documents(shown: OutgoingMessage, project: Entry, reader: Reader) -> OutgoingMessage:
    """An answer about a project that the library has documents of."""
    papers = Button(reader.say("documents.button.shelf"), callbacks.ShowProject(0, project.name).pack())
    return dataclasses.replace(shown, buttons=((papers,), *shown.buttons))


def small_talk(entry: Entry, reader: Reader) -> OutgoingMessage:
    """A kind word back."""
    text = html.escape(entry.text(reader.language.code).answer, quote=False)
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def clarify(entries: Sequence[Entry], reader: Reader, *, message_id: int) -> OutgoingMessage:
    """At most three « do you mean », as questions, and a person."""
    rows = [(_entry_button(entry, reader),) for entry in entries]
    return OutgoingMessage(
        reader.say("questions.clarify"), buttons=(*rows, (buttons.ask_person(reader, message_id),), (buttons.home(reader),))
    )


def unknown(reader: Reader, *, message_id: int, thread_id: int | None = None) -> OutgoingMessage:
    """We do not know, and say so; a person may. It may also go on with a question of theirs (`thread_id`)."""
    screen = _for_a_person("questions.unknown", reader, message_id)
    if thread_id is None:
        return screen
    follow_up = Button(reader.say("questions.button.follow_up"), callbacks.FollowUp(thread_id, message_id).pack())
    return dataclasses.replace(screen, buttons=((follow_up,), *screen.buttons))


def nothing_planned(reader: Reader, *, message_id: int) -> OutgoingMessage:
    """Nothing is announced here; a person may know."""
    return _for_a_person("questions.nothing_planned", reader, message_id)


def person(reader: Reader, *, message_id: int) -> OutgoingMessage:
    """How to reach a person."""
    return _for_a_person("questions.person", reader, message_id)


def received(reader: Reader, *, message_id: int) -> OutgoingMessage:
    """A voice, a picture, anything: welcome, and offered to a person."""
    return _for_a_person("questions.received", reader, message_id)


def _for_a_person(name: str, reader: Reader, message_id: int) -> OutgoingMessage:
    rows = ((buttons.ask_person(reader, message_id),), (buttons.home(reader),))
    return OutgoingMessage(reader.say(name), buttons=rows, spoken=f"say:{name}")


def handed_over(question: Question, reader: Reader) -> OutgoingMessage:
    """People have it now; until when they answer."""
    return _told("questions.passed_on", reader, when=reader.moment(question.due_at))


def passed_on(chat_id: int, message_ids: Sequence[int]) -> OutgoingMessage:
    """Somebody's messages, as they were sent."""
    return OutgoingMessage(copied=Copied(chat_id, tuple(message_ids)))


def answer_comes(reader: Reader, *, quotes: int) -> OutgoingMessage:
    """What the asker reads above the answer, with their question quoted."""
    return OutgoingMessage(reader.say("questions.answer_comes"), quotes=quotes, spoken="say:questions.answer_comes")


def thread_buttons(question_id: int, reader: Reader) -> tuple[tuple[Button, ...], ...]:
    """Say more, or thank and close."""
    return (
        (Button(reader.say("questions.button.more_words"), callbacks.SayMore(question_id).pack()),),
        (Button(reader.say("questions.button.thanks"), callbacks.Settle(question_id).pack(), style="success"),),
    )


def told_by_person(entry: Entry, question_id: int, reader: Reader, *, quotes: int) -> OutgoingMessage:
    """A known answer that a person chose."""
    known = answer(entry, reader, message_id=None)
    return dataclasses.replace(known, quotes=quotes, buttons=thread_buttons(question_id, reader))


def say_more(reader: Reader) -> OutgoingMessage:
    """The next message goes on with the question."""
    return OutgoingMessage(
        reader.say("questions.say_more"), buttons=((buttons.cancel(reader),),), spoken="say:questions.say_more"
    )


def more_passed_on(reader: Reader) -> OutgoingMessage:
    """What was added has gone to the same people."""
    return _told("questions.more_passed_on", reader)


def settled(reader: Reader) -> OutgoingMessage:
    """The thread is closed, with thanks."""
    return _told("questions.settled", reader)


def taken(name: str, reader: Reader) -> OutgoingMessage:
    """Who looks after the question."""
    return _told("questions.taken", reader, name=name)


def declined(reader: Reader) -> OutgoingMessage:
    """Nobody here can answer that."""
    return _told("questions.declined", reader)


def still_waiting(lateness: int, reader: Reader) -> OutgoingMessage:
    """Late, and not forgotten."""
    return _told("questions.late_24" if lateness == 1 else "questions.late_48", reader)


def _told(name: str, reader: Reader, /, **values: object) -> OutgoingMessage:
    return OutgoingMessage(reader.say(name, **values), buttons=((buttons.home(reader),),), spoken=f"say:{name}")


def ask_about(title: str, reader: Reader) -> OutgoingMessage:
    """The next message is the question."""
    return OutgoingMessage(reader.say("announcements.ask_about", title=title), buttons=((buttons.cancel(reader),),))
