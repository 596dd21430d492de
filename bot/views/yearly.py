"""The year on one page, for partners: as text, as a picture, as a table; no names."""

from __future__ import annotations

from bot import callbacks
from bot.domain.yearly import Year
from bot.i18n import Reader
from bot.lists import workbook_of, written
from bot.messages import Button, Document, OutgoingMessage
from bot.views import buttons
from bot.views.members import place_name
from bot.views.statistics import bars, drawn
from bot.views.volunteer_words import figure

FIRST = 2000


def page(found: Year, latest: int, reader: Reader) -> OutgoingMessage:
    """Return the year in a few lines, its hours by place as bars; the years beside it, and the same as files."""
    lines: list[str] = [reader.say("yearly.title", year=found.year)]
    lines += [f"{words} : <b>{number}</b>" for words, number in rows(found, reader)]
    lines += bars([(place_name(reader, place), round(hours)) for place, hours in sorted(found.hours.items()) if hours])
    forms = tuple(
        Button(label, callbacks.ShowYear(found.year, form).pack())
        for label, form in (("🖼", "picture"), ("📄 CSV", "csv"), ("📊 Excel", "xlsx"))
    )
    beside = [Button(f"{sign} {year}", callbacks.ShowYear(year, "text").pack())
              for sign, year in (("⬅️", found.year - 1), ("➡️", found.year + 1)) if FIRST <= year <= latest]  # fmt: skip
    return OutgoingMessage(
        "\n".join(lines), buttons=(forms, tuple(beside), (buttons.coordination(reader), buttons.home(reader)))
    )


def rows(found: Year, reader: Reader) -> list[tuple[str, int]]:
    """Return what is counted, each with its number."""
    return [
        (reader.say("yearly.meetings"), found.meetings), (reader.say("yearly.presences"), found.presences),
        (reader.say("yearly.visits"), found.visits), (reader.say("yearly.visitors"), found.visitors),
        (reader.say("yearly.helpers"), found.helpers), (reader.say("yearly.hours"), round(found.all_hours)),
        (reader.say("yearly.asked"), found.asked), (reader.say("yearly.answered"), found.answered),
    ]  # fmt: skip


def picture(found: Year, reader: Reader) -> bytes:
    """Return the same as a PNG of bars."""
    return drawn(reader.say("yearly.picture", year=found.year), rows(found, reader))


def table(found: Year, form: str, reader: Reader) -> Document:
    """Return the same as a file: what is counted, then the hours by place."""
    counted: list[list[str | int]] = [[words, number] for words, number in rows(found, reader)]
    by_place: list[list[str | int]] = [[reader.say("meetings.column.place"), reader.say("tasks.column.hours")]]
    by_place += [[place_name(reader, place), figure(hours)] for place, hours in sorted(found.hours.items())]
    if form == "xlsx":
        return Document(
            f"annee-{found.year}.xlsx", workbook_of({str(found.year): counted, reader.say("tasks.column.hours"): by_place})
        )
    return Document(f"annee-{found.year}.csv", written([[str(cell) for cell in row] for row in (*counted, *by_place)]))
