"""What is kept, who reads it, how to see it and have it erased."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot import callbacks
from bot.i18n import Reader
from bot.messages import Button, Document, OutgoingMessage
from bot.views import buttons

_TOLD = (
    ("first_name", "privacy.data.name"), ("language", "privacy.data.language"), ("place", "privacy.data.place"),
    ("phone", "privacy.data.phone"), ("joined_at", "privacy.data.joined"),
)  # fmt: skip


def first_notice(reader: Reader) -> OutgoingMessage:
    """The notice as it is told once, aloud where there is a voice, right after the language is chosen."""
    return OutgoingMessage(reader.say("privacy.notice"), spoken="say:privacy.notice", speaks_to_all=True)


def notice(reader: Reader, *, is_private: bool = True) -> OutgoingMessage:
    """The privacy notice, in plain words; in a group without buttons."""
    rows = (
        (Button(reader.say("privacy.button.see"), callbacks.Open("data").pack()),),
        (Button(reader.say("privacy.button.erase"), callbacks.Erase(0).pack()),),
        (buttons.home(reader),),
    )
    return OutgoingMessage(reader.say("privacy.notice"), buttons=rows if is_private else (), spoken="say:privacy.notice")


def data(kept: Mapping[str, Sequence[Mapping[str, Any]]], reader: Reader) -> OutgoingMessage:
    """All that is kept of somebody: the main things in words, every single one in the document."""
    person = kept.get("members", [{}])[0]
    lines = [reader.say("privacy.data")]
    for column, name in _TOLD:
        if person.get(column):
            lines.append(reader.say(name, value=_shown(column, str(person[column]), reader)))
    lines.append(reader.say_n("privacy.data.questions", len(kept.get("questions", ()))))
    lines.append(reader.say("privacy.data.document"))
    content = json.dumps(kept, ensure_ascii=False, indent=2).encode()
    return OutgoingMessage(
        "\n".join(lines), document=Document("mes-donnees.json", content), buttons=((buttons.home(reader),),)
    )


def _shown(column: str, value: str, reader: Reader) -> str:
    if column == "language" and value in reader.words.languages:
        return reader.words.languages[value].name
    if column == "place" and reader.has(f"places.{value}"):
        return reader.say(f"places.{value}")
    return value[:10] if column == "joined_at" else value


def sure(reader: Reader, *, now: datetime) -> OutgoingMessage:
    """Erase all? It cannot be undone; the button says so for an hour."""
    press = callbacks.Erase(int(now.timestamp()))
    erase = Button(reader.say("privacy.button.erase_now"), press.pack(), style="danger")
    return OutgoingMessage(reader.say("privacy.sure"), buttons=((erase,), (buttons.cancel(reader),)))


def erased(reader: Reader) -> OutgoingMessage:
    """All is gone."""
    return OutgoingMessage(reader.say("privacy.erased"))


def stay(reader: Reader) -> OutgoingMessage:
    """Two years without a word: still here?"""
    rows = (
        (Button(reader.say("privacy.button.stay"), callbacks.Stay().pack(), style="success"),),
        (Button(reader.say("privacy.button.erase"), callbacks.Erase(0).pack()),),
    )
    return OutgoingMessage(reader.say("privacy.stay"), buttons=rows)


def stays(reader: Reader) -> OutgoingMessage:
    """Good to have you."""
    return OutgoingMessage(reader.say("privacy.stays"), buttons=((buttons.home(reader),),))
