"""Language, place, « me »."""

from __future__ import annotations

from bot import callbacks
from bot.i18n import Reader, Words
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from db.models import Member


def choose_language(words: Words, *, way_back: Button | None = None) -> OutgoingMessage:
    """One button a language, each in its own name; nothing else is asked before."""
    readers = [words.reader(code, None) for code in words.languages]
    lines = [f"{reader.say('language.greeting')} {reader.say('language.ask')}" for reader in readers if _greets(reader)]
    rows = [(Button(reader.say("language.name"), callbacks.ChooseLanguage(reader.language.code).pack()),) for reader in readers]
    return OutgoingMessage("\n".join(lines), buttons=(*rows, *_back(way_back)))


def _greets(reader: Reader) -> bool:
    """A third language whose greeting is not translated yet has its button, and no line of French."""
    return "language.ask" in reader.language.sentences and "language.greeting" in reader.language.sentences


def choose_place(reader: Reader, *, way_back: Button | None = None) -> OutgoingMessage:
    """One button a place; the first line asks."""
    rows = [
        (Button(f"{place.icon} {place_name(reader, place.name)}", callbacks.ChoosePlace(place.name).pack()),)
        for place in reader.words.places.values()
    ]
    return OutgoingMessage(reader.say("members.place.ask"), buttons=(*rows, *_back(way_back)), spoken="say:members.place.ask")


def me(member: Member, reader: Reader) -> OutgoingMessage:
    """What we know of somebody, and how to change it."""
    text = reader.say("members.me", language=reader.language.name, place=place_name(reader, member.place))
    row = (
        Button(reader.say("members.button.language"), callbacks.Open("language").pack()),
        Button(reader.say("members.button.place"), callbacks.Open("place").pack()),
    )
    wish, sentence = (0, "members.button.read") if member.listens_first else (1, "members.button.listen")
    listen = Button(reader.say(sentence), callbacks.ListenFirst(wish).pack())
    privacy = Button(reader.say("members.button.privacy"), callbacks.Open("privacy").pack())
    return OutgoingMessage(text, buttons=(row, (listen,), (privacy,), (buttons.home(reader),)))


def place_name(reader: Reader, place: str | None) -> str:
    """Return a place's name for a reader; one whose name nobody wrote down goes by its own."""
    if place is None:
        return reader.say("places.unknown")
    name = f"places.{place}"
    return reader.say(name) if reader.has(name) else place


def _back(way_back: Button | None) -> tuple[tuple[Button, ...], ...]:
    return ((way_back,),) if way_back else ()
