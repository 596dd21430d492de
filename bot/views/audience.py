"""For whom, as announcements and meetings ask it: which places, roles or groups."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.audiences import INSIDE
from bot.i18n import Reader
from bot.views.buttons import MOST_ROWS
from bot.views.members import place_name, role_name
from db.models import Chat


def choices_of(what: str, chats: Sequence[Chat], reader: Reader) -> list[tuple[str, str]]:
    """Return what there is to choose from, each with how people call it: `what` is « places », « roles » or « groups »."""
    match what:
        case "places":
            return [(name, f"{place.icon} {place_name(reader, name)}") for name, place in reader.words.places.items()]
        case "roles":
            return [(str(role), role_name(role, reader)) for role in INSIDE]
        case _:
            return [(str(chat.id), chat.title) for chat in chats[:MOST_ROWS]]


def asked_for(what: str, chats: Sequence[Chat], reader: Reader) -> str:
    """Return what choosing means: no place and no role is everybody, no group is no group."""
    if what != "groups":
        return reader.say("audience.choose")
    return reader.say("audience.choose_groups" if chats else "audience.no_groups")
