"""What has a voice and what lacks one; reading aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot import callbacks
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons

LISTED = 5


@dataclass(frozen=True)
class Sayable:
    """Something that may have a voice: its key, what it is called, what is read, how often it was asked, what was read."""

    key: str
    title: str
    text: str
    asked: int
    recorded: str | None


def missing(sayable: Sequence[Sayable], language: str, page: int, listeners: int, reader: Reader) -> OutgoingMessage:
    """What lacks a voice in a language, most asked first; then what may be read again."""
    lacking = sum(one.recorded is None for one in sayable)
    shown = sayable[page * LISTED : (page + 1) * LISTED]
    rows = [(Button(_label(one), callbacks.Record(language, one.key).pack()),) for one in shown]
    if len(sayable) > LISTED:
        following = (page + 1) % -(-len(sayable) // LISTED)
        rows.append((Button(reader.say("buttons.more"), callbacks.ListVoices(language, following).pack()),))
    others = tuple(
        Button(f"🗣 {other.name}", callbacks.ListVoices(code, 0).pack())
        for code, other in reader.words.languages.items() if code != language
    )  # fmt: skip
    name = reader.words.languages[language].name
    text = reader.say("recordings.list", language=name, missing=lacking, total=len(sayable), listeners=listeners)
    return OutgoingMessage(text, buttons=(*rows, others, (buttons.home(reader),)))


def _label(one: Sayable) -> str:
    sign = "🎙" if one.recorded is None else "✅" if one.recorded == one.text else "⚠️"
    label = f"{sign} {one.title}" + (f" · {one.asked}" if one.asked else "")
    return label if len(label) <= 32 else label[:31] + "…"


def read_aloud(one: Sayable, language: str, seconds: int, reader: Reader) -> OutgoingMessage:
    """The text to read; the next voice message is kept."""
    text = reader.say("recordings.read", language=reader.words.languages[language].name, seconds=seconds, text=one.text)
    rows = []
    if one.recorded is not None:
        rows = [
            (Button(reader.say("recordings.button.listen"), callbacks.Listen(one.key).pack()),),
            (Button(reader.say("recordings.button.withdraw"), callbacks.Withdraw(language, one.key).pack(), style="danger"),),
        ]
    back = Button(reader.say("recordings.button.list"), callbacks.ListVoices(language, 0).pack())
    return OutgoingMessage(text, buttons=(*rows, (back, buttons.home(reader))))


def kept(language: str, reader: Reader) -> OutgoingMessage:
    """The voice is kept, and heard from now on."""
    back = Button(reader.say("recordings.button.list"), callbacks.ListVoices(language, 0).pack(), style="success")
    return OutgoingMessage(reader.say("recordings.kept"), buttons=((back,), (buttons.home(reader),)))


def said(key: str, file_id: str, reader: Reader) -> OutgoingMessage:
    """The voice itself, and once more."""
    again = Button(reader.say("recordings.button.again"), callbacks.Listen(key).pack())
    return OutgoingMessage(voice=file_id, buttons=((again, buttons.home(reader)),))


def not_a_voice(reader: Reader) -> OutgoingMessage:
    """Something else came while we waited for a voice."""
    return OutgoingMessage(reader.say("recordings.not_a_voice"), buttons=((buttons.cancel(reader),),))
