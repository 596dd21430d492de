"""Lists as files, for a computer: CSV or Excel from the same rows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.agenda import Turnout
from bot.domain.rsvps import Guest
from bot.i18n import Reader
from bot.lists import workbook_of, written
from bot.messages import Document
from bot.views.meeting_words import short
from bot.views.members import known_as, place_name

Rows = Sequence[Sequence[str | int]]


def _file(name: str, rows: Rows, form: str) -> Document:
    if form == "xlsx":
        return Document(f"{name}.xlsx", workbook_of({name: rows}))
    return Document(f"{name}.csv", written([[str(cell) for cell in row] for row in rows]))


def guests(found: Sequence[Guest], form: str, reader: Reader) -> Document:
    """Who answered what to a meeting: name, place, answer, how many, how many came."""
    words = {"yes": "meetings.export.yes", "maybe": "meetings.export.maybe", "no": "meetings.export.no"}
    columns = ("lists.column.name", "meetings.column.place", "meetings.column.answer", "meetings.column.persons")
    rows: list[list[str | int]] = [[reader.say(name) for name in (*columns, "meetings.column.came")]]
    for guest in found:
        said = guest.rsvp.answer or ""
        answer = reader.say("meetings.export.waits" if guest.rsvp.waiting_since else words[said]) if said else ""
        rows.append([known_as(guest.member.first_name, reader), place_name(reader, guest.member.place), answer,
                     guest.rsvp.persons if said == "yes" else 0, guest.rsvp.came or 0])  # fmt: skip
    return _file("reponses", rows, form)


def turnouts(found: Sequence[Turnout], form: str, reader: Reader) -> Document:
    """The meetings of a year with who had said yes and who came."""
    head = [reader.say(name) for name in ("meetings.column.meeting", "meetings.column.promised", "meetings.column.came")]
    rows: list[list[str | int]] = [[*head]]
    rows += [[short(one.meeting, reader), one.promised, one.came] for one in found]
    return _file("presence", rows, form)
