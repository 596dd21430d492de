"""Buttons that stand on many screens."""

from __future__ import annotations

from bot import callbacks
from bot.i18n import Reader
from bot.messages import Button

HOME_SCREEN = "home"
MOST_ROWS = 40  # of one list: a keyboard of Telegram holds a hundred buttons


def home(reader: Reader) -> Button:
    """The way back, on every screen."""
    return Button(reader.say("home.button.home"), callbacks.Open(HOME_SCREEN).pack())


def coordination(reader: Reader) -> Button:
    """The way back to the coordinators' room."""
    return Button(reader.say("coordination.button.room"), callbacks.Open("coordination").pack())


def cancel(reader: Reader) -> Button:
    """Leave what was begun, and go home."""
    return Button(reader.say("home.button.cancel"), callbacks.Open(HOME_SCREEN).pack())


def ask_person(reader: Reader, message_id: int, label: str = "questions.button.ask_person") -> Button:
    """Pass a message of theirs on to a person."""
    is_main = label == "questions.button.ask_person"
    return Button(reader.say(label), callbacks.AskPerson(message_id).pack(), style="success" if is_main else None)
