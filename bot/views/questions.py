"""Answers, suggestions, and the way to a person."""

from __future__ import annotations

import html
from collections.abc import Sequence

from bot import callbacks
from bot.i18n import Reader
from bot.knowledge import Entry, Shelf
from bot.messages import Button, Copied, OutgoingMessage
from bot.views import buttons
from bot.views.members import place_name
from db.models import Member, Question

PAGE = 4


def menu(shelves: Sequence[Shelf], reader: Reader) -> OutgoingMessage:
    """How to ask, and what is known, by subject."""
    rows = [
        (Button(f"{shelf.icon} {_shelf_name(reader, shelf)}", callbacks.ShowGroup(shelf.name, 0).pack()),) for shelf in shelves
    ]
    return OutgoingMessage(reader.say("questions.menu"), buttons=(*rows, (buttons.home(reader),)))


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
    return OutgoingMessage(text, buttons=(*rows, (buttons.home(reader),)))


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
    return OutgoingMessage(text, buttons=(*rows, (buttons.home(reader),)))


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


def unknown(reader: Reader, *, message_id: int) -> OutgoingMessage:
    """We do not know, and say so; a person may."""
    return _for_a_person("questions.unknown", reader, message_id)


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
    return OutgoingMessage(reader.say(name), buttons=rows)


def stop(reader: Reader) -> OutgoingMessage:
    """Nothing unasked will come."""
    return OutgoingMessage(reader.say("questions.stop"), buttons=((buttons.home(reader),),))


def handed_over(reader: Reader) -> OutgoingMessage:
    """A person has it now."""
    return OutgoingMessage(reader.say("questions.passed_on"), buttons=((buttons.home(reader),),))


def card(question: Question, asker: Member, reader: Reader) -> OutgoingMessage:
    """What a coordinator reads above a passed-on message; replying to it answers."""
    text = reader.say("questions.card", name=question.first_name, place=place_name(reader, asker.place),
                      when=reader.moment(question.asked_at))  # fmt: skip
    return OutgoingMessage(text)


def passed_on(chat_id: int, message_id: int) -> OutgoingMessage:
    """Somebody's message, as it was sent."""
    return OutgoingMessage(copied=Copied(chat_id, message_id))


def answer_comes(reader: Reader, *, quotes: int) -> OutgoingMessage:
    """What the asker reads above the answer, with their question quoted."""
    return OutgoingMessage(reader.say("questions.answer_comes"), quotes=quotes, buttons=((buttons.home(reader),),))


def answered(reader: Reader) -> OutgoingMessage:
    """Told to the coordinator who answered."""
    return OutgoingMessage(reader.say("questions.answered"))
