"""What is to be shown, before anybody knows how it travels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Style = Literal["primary", "success", "danger"]


@dataclass(frozen=True)
class Button:
    """A button under a message: it says something back (`data`), opens an address (`url`) or copies a text (`copies`)."""

    label: str
    data: str = ""
    url: str = ""
    copies: str = ""
    style: Style | None = None


@dataclass(frozen=True)
class Copied:
    """Messages of another chat, passed on as they are: text, voice, albums, anything; in order, albums whole."""

    chat_id: int
    message_ids: tuple[int, ...]


@dataclass(frozen=True)
class Key:
    """A key in place of the letters: it shares one's own number, or lets one choose people (`asks_for_people`, a number)."""

    label: str
    asks_for_phone: bool = False
    asks_for_people: int = 0


@dataclass(frozen=True)
class Document:
    """A file to send."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Place:
    """A point on the map, in degrees, with its name and address."""

    latitude: float
    longitude: float
    name: str
    address: str


@dataclass(frozen=True)
class OutgoingMessage:
    """A screen: HTML text and rows of buttons; or somebody's message passed on.

    `has_home_key` puts the lasting 🏠 key under the text field, `keys` puts others there until it comes back; Telegram then
    allows no buttons. `picture`, `document` and `media` (kind and file id) are sent with `text` below; `before` are files
    sent ahead of it, photos and videos that follow each other as an album; `place` is a point on the map sent ahead too.
    `quotes` is the message of the same chat it answers; `edits` one of ours there that it takes the place of.
    `spoken` names what a human voice may say of it (a sentence, an entry); `voice` is that voice's file;
    with `speaks_to_all` everybody hears it, whatever they prefer.
    With `is_plain` the text holds no markup; `is_pinned` keeps it at the top of the chat, without a sound.
    `topic` opens a topic of this name first, where the chat has topics; `thread_id` is the topic it belongs to.
    """

    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    copied: Copied | None = None
    has_home_key: bool = False
    quotes: int | None = None
    edits: int | None = None
    spoken: str = ""
    speaks_to_all: bool = False
    voice: str = ""
    keys: tuple[Key, ...] = ()
    media: tuple[str, str] | None = None
    before: tuple[tuple[str, str], ...] = ()
    place: Place | None = None
    picture: bytes = field(default=b"", repr=False)
    document: Document | None = None
    topic: str = ""
    thread_id: int | None = None
    is_silent: bool = False
    is_protected: bool = False
    is_plain: bool = False
    is_pinned: bool = False


@dataclass(frozen=True)
class CommandMenu:
    """The commands one person's phone lists, in their language: (command, what it does)."""

    commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Leaving:
    """Leave this chat."""


@dataclass(frozen=True)
class TakeBack:
    """Take messages of ours out of a chat, as far as Telegram still allows; with `says`, let them stand and say this."""

    message_ids: tuple[int, ...]
    says: str = ""


HOME_KEY = "🏠"
