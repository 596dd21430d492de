"""What coordinators see of the knowledge: adding, searching, editing, retiring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot import callbacks
from bot.domain.knowledge import Change
from bot.i18n import Reader
from bot.knowledge import Entry, Text
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.desk import short

LISTED = 6


def learn(content: Mapping[str, Any], reader: Reader) -> OutgoingMessage:
    """Question and answer as they will be kept; one button a language keeps them."""
    text = reader.say("knowledge.learn", question=content["question"], answer=content["answer"])
    keep = [_keep(reader, code) for code in reader.words.languages]
    change = (
        Button(reader.say("knowledge.button.question"), callbacks.LearnStep("question").pack()),
        Button(reader.say("knowledge.button.answer"), callbacks.LearnStep("answer").pack()),
    )
    return OutgoingMessage(text, buttons=(*((one,) for one in keep), change, (buttons.cancel(reader),)))


def _keep(reader: Reader, code: str) -> Button:
    name = reader.words.languages[code].name
    return Button(reader.say("knowledge.button.keep", language=name), callbacks.LearnIn(code).pack(), style="success")


def ask_for(step: str, language: str, reader: Reader, *, may_skip: bool) -> OutgoingMessage:
    """Ask for the question or the answer, in a language."""
    name = reader.words.languages[language].name if language in reader.words.languages else ""
    text = reader.say(f"knowledge.ask_{step}", language=name)
    skip = [(Button(reader.say("knowledge.button.later"), callbacks.LearnStep("later").pack()),)] if may_skip else []
    return OutgoingMessage(text, buttons=(*skip, (buttons.cancel(reader),)))


def kept(entry: str, reader: Reader, *, missing: Sequence[str]) -> OutgoingMessage:
    """It is known from now on; what lacks is said."""
    text = reader.say("knowledge.kept")
    if missing:
        names = ", ".join(reader.words.languages[code].name for code in missing)
        text = reader.say("knowledge.kept_missing", languages=names)
    look = Button(reader.say("knowledge.button.look"), callbacks.ShowKnown(entry).pack())
    return OutgoingMessage(text, buttons=((look,), (buttons.home(reader),)))


def shelf(entries: Sequence[Entry], changes: Mapping[str, Change], reader: Reader, *, total: int) -> OutgoingMessage:
    """A handful of entries, those to be looked at first; write a word to find others."""
    rows = [
        (Button(_label(entry, changes.get(entry.name), reader), callbacks.ShowKnown(entry.name).pack()),)
        for entry in entries[:LISTED]
    ]
    return OutgoingMessage(reader.say_n("knowledge.shelf", total), buttons=(*rows, (buttons.home(reader),)))


def _label(entry: Entry, change: Change | None, reader: Reader) -> str:
    return f"{_sign(entry, change, reader)}{entry.text(reader.language.code).title}"


def _sign(entry: Entry, change: Change | None, reader: Reader) -> str:
    if change and change.is_retired:
        return "🗑 "
    is_incomplete = any(code not in entry.texts for code in reader.words.languages)
    return "⚠️ " if is_incomplete or (change and change.stale) else ""


def entry(known: Entry, change: Change | None, reader: Reader) -> OutgoingMessage:
    """An entry in every language, with what is missing or to be looked at, and who changed it."""
    parts = [_in_language(known, change, code, reader) for code in reader.words.languages]
    if change and change.changed_by:
        parts.append(reader.say("knowledge.changed", name=change.changed_by, when=reader.date(change.changed_at)))
    edit = [
        Button(reader.say("knowledge.button.edit", language=language.name), callbacks.EditKnown(code, known.name).pack())
        for code, language in reader.words.languages.items()
    ]
    is_retired = bool(change and change.is_retired)
    retire = Button(
        reader.say("knowledge.button.restore" if is_retired else "knowledge.button.retire"),
        callbacks.RetireKnown(int(not is_retired), known.name).pack(), style=None if is_retired else "danger",
    )  # fmt: skip
    back = Button(reader.say("knowledge.button.all"), callbacks.Open("knowledge").pack())
    return OutgoingMessage("\n\n".join(parts), buttons=(*((one,) for one in edit), (retire,), (back, buttons.home(reader))))


def _in_language(known: Entry, change: Change | None, code: str, reader: Reader) -> str:
    name = reader.words.languages[code].name
    text: Text | None = known.texts.get(code)
    if text is None:
        return reader.say("knowledge.missing", language=name)
    mark = reader.say("knowledge.stale") if change and code in change.stale else ""
    return reader.say("knowledge.text", language=name, mark=mark, title=text.title, answer=short_answer(text.answer))


def short_answer(answer: str) -> str:
    """Return an answer that fits a screen with its twins."""
    return answer if len(answer) <= 700 else short(answer)
