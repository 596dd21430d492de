"""Members' own journeys: told in four taps, the board of coordinators, what is entrusted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot import callbacks
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.meeting_words import cut
from bot.views.members import known_as, place_name
from db.models import Member, Trip


def ask_destination(own: Sequence[Trip], reader: Reader) -> OutgoingMessage:
    """Where to? And the journeys that were told already."""
    rows = [(Button(cut(f"🧳 {_line(one, reader)}", 32), callbacks.ShowTrip(one.id).pack()),) for one in own[:3]]
    rows += [
        (Button(f"{place.icon} {place_name(reader, name)}", callbacks.TellTrip(name, "-", "-").pack()),)
        for name, place in reader.words.places.items()
    ]
    return OutgoingMessage(reader.say("trips.where"), buttons=(*rows, (buttons.home(reader),)))


def _line(trip: Trip, reader: Reader) -> str:
    place = place_name(reader, trip.destination)
    return f"{place} {reader.weekday(trip.leaves_on)} – {reader.weekday(trip.returns_on)}"


def ask_day(press: callbacks.TellTrip, days: Sequence[date], reader: Reader) -> OutgoingMessage:
    """From which day, then to which?"""
    is_first = press.leaves == "-"
    found = [
        Button(reader.weekday(day), callbacks.TellTrip(
            press.destination, day.isoformat() if is_first else press.leaves, "-" if is_first else day.isoformat(),
        ).pack())
        for day in days
    ]  # fmt: skip
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    return OutgoingMessage(reader.say("trips.from" if is_first else "trips.to"), buttons=(*rows, (buttons.cancel(reader),)))


def told(trip: Trip, reader: Reader) -> OutgoingMessage:
    """It is noted, and ends by itself."""
    drop = Button(reader.say("trips.button.drop"), callbacks.DropTrip(trip.id).pack())
    return OutgoingMessage(reader.say("trips.told", line=_line(trip, reader)), buttons=((drop, buttons.home(reader)),))


def board(found: Sequence[tuple[Trip, Member]], reader: Reader) -> OutgoingMessage:
    """Who travels."""
    rows = [
        (
            Button(
                cut(f"🧳 {known_as(member.first_name, reader)} {_line(trip, reader)}", 40), callbacks.ShowTrip(trip.id).pack()
            ),
        )
        for trip, member in found
    ]
    back = Button(reader.say("buttons.back"), callbacks.Visits().pack())
    return OutgoingMessage(
        reader.say("trips.board" if found else "trips.nobody"), buttons=(*rows, (back, buttons.home(reader)))
    )


def trip(shown: Trip, member: Member, reader: Reader, *, is_own: bool) -> OutgoingMessage:
    """One journey: what was entrusted, and what may be."""
    lines: list[str] = [reader.say("trips.trip", name=known_as(member.first_name, reader), line=_line(shown, reader))]
    if shown.entrusted:
        names = {None: "trips.asked", True: "trips.accepted", False: "trips.refused"}
        lines += [reader.say("trips.entrusted_text", text=shown.entrusted), reader.say(names[shown.accepted])]
    act = (Button(reader.say("trips.button.drop"), callbacks.DropTrip(shown.id).pack())
           if is_own else Button(reader.say("trips.button.entrust"), callbacks.Entrust(shown.id).pack()))  # fmt: skip
    return OutgoingMessage("\n".join(lines), buttons=((act,), (buttons.home(reader),)))


def ask_entrusted(reader: Reader) -> OutgoingMessage:
    """The next message says what."""
    return OutgoingMessage(reader.say("trips.ask_entrusted"), buttons=((buttons.cancel(reader),),))


def entrusted(shown: Trip, name: str, reader: Reader) -> OutgoingMessage:
    """For the traveller: would you carry this, or meet them?"""
    text = reader.say("trips.entrusted", who=known_as(name, reader), text=shown.entrusted)
    yes = Button(reader.say("trips.button.yes"), callbacks.AnswerTrip(shown.id, 1).pack(), style="success")
    no = Button(reader.say("trips.button.no"), callbacks.AnswerTrip(shown.id, 0).pack())
    return OutgoingMessage(text, buttons=((yes, no),))


def answered(shown: Trip, name: str, reader: Reader) -> OutgoingMessage:
    """For whoever asked: yes or no."""
    text = reader.say("trips.says_yes" if shown.accepted else "trips.says_no", name=known_as(name, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def dropped(name: str, destination: str, leaves_on: str, reader: Reader) -> OutgoingMessage:
    """For whoever entrusted something: this journey is off. Without a name when the traveller has been erased."""
    where, day = place_name(reader, destination), reader.weekday(date.fromisoformat(leaves_on))
    text = reader.say("trips.dropped", name=known_as(name, reader), line=f"{where} {day}")
    look = Button(reader.say("trips.button.board"), callbacks.TripBoard().pack())
    return OutgoingMessage(text, buttons=((look, buttons.home(reader)),))
