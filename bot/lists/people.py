"""Rows to people: each row is somebody, or one fault with its line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import phonenumbers

from bot.lists.rows import rows_of
from bot.lists.unreadable import Unreadable
from bot.names import clean_name, visible

MAX_ROWS = 2000
REASONS = ("no_name", "name_unreadable", "place_unknown", "language_unknown", "phone_wrong", "twice")
_SHOWN = 40
_INTERNATIONAL_DIGITS = 11
_HOOKS = str.maketrans({"ɛ": "e", "ε": "e", "є": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "œ": "oe", "æ": "ae"})

Columns = Mapping[str, int]
_ORDER: Columns = {"name": 0, "place": 1, "language": 2, "phone": 3}
# As `fold` gives them. Of several columns for one thing the word that stands first here wins: a list with
# « Nom » and « Prénom » has the first name in the second.
_HEADERS: Mapping[str, Sequence[str]] = {
    "name": ("prenom", "prenoms", "first name", "firstname", "given name", "togo", "prenom et nom", "nom et prenom",
             "nom prenom", "prenom nom", "togo ni jamu", "full name", "name", "nom", "noms"),
    "place": ("lieu", "place", "ville", "village", "yoro", "dugu", "city", "town", "lieu de residence", "residence"),
    "language": ("langue", "langues", "language", "kan"),
    "phone": ("telephone", "tel", "phone", "portable", "nimoro", "telefoni", "mobile", "numero", "whatsapp",
              "numero de telephone", "n de telephone", "no de telephone", "phone number", "telefoni nimoro"),
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """Somebody on the list, and on which line; the phone in E.164."""

    line: int
    first_name: str
    place: str | None
    language: str | None
    phone: str | None


@dataclass(frozen=True)
class Fault:
    """Why a line is nobody; `reason` is one of REASONS, the end of a catalogue name, `value` what stood there."""

    line: int
    reason: str
    value: str


@dataclass(frozen=True)
class _Known:
    """What a row is compared with: words people write, and the region of each place's numbers."""

    places: Mapping[str, str]
    languages: Mapping[str, str]
    regions: Mapping[str, str]
    default_region: str


def fold(text: str) -> str:
    """Return one key for the ways a word is written: no case, accents or hooks; hyphens and signs are spaces."""
    text = unicodedata.normalize("NFKD", visible(text).casefold())
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_HOOKS)
    return " ".join(re.sub(r"[\W_]+", " ", text).split())


def read(
    content: bytes,
    *,
    places: Mapping[str, str],
    languages: Mapping[str, str],
    regions: Mapping[str, str],
    default_region: str,
) -> tuple[list[Listed], list[Fault]]:
    """Return who is on a CSV or XLSX list, and for every other row that is not empty its first fault.

    `places` and `languages` go from a name as `fold` gives it to its key, `regions` from a place's key to the ISO
    region of its telephone numbers. Raises Unreadable for the file as a whole.
    """
    known = _Known(places, languages, regions, default_region)
    listed: list[Listed] = []
    faults: list[Fault] = []
    first_lines: dict[tuple[str, str | None], int] = {}
    for line, cells in _people_rows(content):
        found = _person(line, cells, known)
        if isinstance(found, Listed):
            found = _once(found, first_lines)
        if isinstance(found, Listed):
            listed.append(found)
        else:
            faults.append(found)
    if not listed and not faults:
        raise Unreadable("empty")
    return listed, faults


def _people_rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line and cells by name, without header and empty rows, until there are too many."""
    columns: Columns | None = None
    count = 0
    for line, row in enumerate(rows_of(content, most=MAX_ROWS + 1), 1):
        if not any(row) or not any(visible(cell).strip() for cell in row):
            continue
        if columns is None:
            columns = _header(row)
            if columns:
                continue
            columns = _ORDER
        cells = {name: visible(row[at]).strip() for name, at in columns.items() if at < len(row)}
        if not any(cells.values()):
            continue
        count += 1
        if count > MAX_ROWS:
            raise Unreadable("too_many")
        yield line, cells


def _header(row: Sequence[str]) -> Columns | None:
    """Return where each column is, or None when the row is somebody already."""
    titles = [fold(cell) for cell in row]
    columns = {
        name: titles.index(title)
        for name, words in _HEADERS.items()
        if (title := next((word for word in words if word in titles), None))
    }
    # Kan is a language's title and a first name: one such word among others makes no header.
    if "name" not in columns and 2 * len(columns) <= sum(map(bool, titles)):
        return None
    if "name" not in columns:
        raise Unreadable("no_name_column")
    return columns


def _person(line: int, cells: Mapping[str, str], known: _Known) -> Listed | Fault:
    def fault(reason: str, column: str) -> Fault:
        return Fault(line, reason, cells.get(column, "")[:_SHOWN])

    written = {column: cells.get(column) or None for column in _ORDER}
    name = clean_name(cells.get("name", ""))
    place = known.places.get(fold(written["place"])) if written["place"] else None
    language = known.languages.get(fold(written["language"])) if written["language"] else None
    if not name:
        return fault("name_unreadable" if written["name"] else "no_name", "name")
    if written["place"] and place is None:
        return fault("place_unknown", "place")
    if written["language"] and language is None:
        return fault("language_unknown", "language")
    region = known.regions.get(place or "", known.default_region)
    phone = _phone(written["phone"], region) if written["phone"] else None
    if written["phone"] and phone is None:
        return fault("phone_wrong", "phone")
    return Listed(line, name, place, language, phone)


def _phone(text: str, region: str) -> str | None:
    """Return a valid number in E.164; a spreadsheet has eaten the plus of 33612345678, and the zero of 612345678."""
    if any(char.isalpha() for char in text):
        return None  # letters are digits to the library, as on the keys of a telephone
    found = _valid(text, region)
    digits = re.sub(r"[\s.()-]", "", text)
    if found is None and digits.isdecimal() and len(digits) >= _INTERNATIONAL_DIGITS and digits[0] != "0":
        found = _valid(f"+{digits}", region)
    return found


def _valid(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _once(person: Listed, first_lines: dict[tuple[str, str | None], int]) -> Listed | Fault:
    """Return the person, or the fault of being on the list already: same phone, or same name and place with none."""
    key = (person.phone, None) if person.phone else (fold(person.first_name), person.place)
    first = first_lines.setdefault(key, person.line)
    return person if first == person.line else Fault(person.line, "twice", str(first))
