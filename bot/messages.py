"""What is to be shown, before anybody knows how it travels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Style = Literal["primary", "success", "danger"]


@dataclass(frozen=True)
class Button:
    """A button under a message: it says something back (`data`) or opens an address (`url`)."""

    label: str
    data: str = ""
    url: str = ""
    style: Style | None = None


@dataclass(frozen=True)
class Copied:
    """A message of another chat, passed on as it is: text, voice, photo, anything."""

    chat_id: int
    message_id: int


@dataclass(frozen=True)
class OutgoingMessage:
    """A screen: HTML text and rows of buttons; or somebody's message passed on.

    `has_home_key` puts the lasting 🏠 key under the text field; Telegram then allows no buttons.
    `quotes` is the message of the same chat it answers.
    """

    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    copied: Copied | None = None
    has_home_key: bool = False
    quotes: int | None = None
    is_protected: bool = field(default=False)


@dataclass(frozen=True)
class CommandMenu:
    """The commands one person's phone lists, in their language: (command, what it does)."""

    commands: tuple[tuple[str, str], ...]


HOME_KEY = "🏠"
