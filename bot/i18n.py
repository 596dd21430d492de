"""Words: catalogues read at start, and the Reader who is spoken to.

`say()` escapes every value; markup lives in the catalogues alone. A sentence missing in a language
falls back, alone, to the first language. Names of days and months come from Babel where it knows the
language; elsewhere the catalogue writes its dates in figures.
"""

from __future__ import annotations

import gettext
import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime
from functools import cached_property
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FALLBACK = "fr"


class Html(str):
    """Text that is markup already: what the Reader itself has made."""


class SafeFormatter(Formatter):
    """Fills {names} and nothing else: no attributes, no indexes, no conversions."""

    def get_field(self, field_name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[object, str]:
        """Return the value of a plain name; refuses `{0.__class__}` and its like."""
        if not field_name.isidentifier():
            raise KeyError(field_name)
        return kwargs[field_name], field_name


_FORMAT = SafeFormatter()


@dataclass(frozen=True)
class Place:
    """Where people live: its name in settings, its sign, whose clock it shares, its zone, the country of its phones."""

    name: str
    icon: str
    clock: str
    time_zone: ZoneInfo
    region: str = ""


@dataclass(frozen=True)
class Language:
    """One language: its code, its sentences (several forms where it counts), the locale of its dates."""

    code: str
    sentences: Mapping[str, tuple[str, ...]]
    catalog: Catalog = field(repr=False)
    dates: Locale | None

    @property
    def name(self) -> str:
        """Return the language's name in itself."""
        return self.sentences["language.name"][0]

    def form(self, number: int) -> int:
        """Return which form a count takes, by the rule of the catalogue's own header."""
        return int(self._plural(abs(number)))

    @cached_property
    def _plural(self) -> Callable[[int], int]:
        return gettext.c2py(self.catalog.plural_expr)


def load_languages(folder: Path) -> dict[str, Language]:
    """Read every `<code>/LC_MESSAGES/bot.po` below `folder`; the fallback comes first, then by code."""
    found = sorted(folder.glob("*/LC_MESSAGES/bot.po"), key=lambda path: (path.parts[-3] != FALLBACK, path.parts[-3]))
    return {path.parts[-3]: read_language(path) for path in found}


def read_language(path: Path) -> Language:
    """Read one catalogue; the language's code is the name of its folder."""
    code = path.parts[-3]
    with path.open("rb") as file:
        catalog = read_po(file)
    sentences = {str(message.id if isinstance(message.id, str) else message.id[0]): _forms(message.string)
                 for message in catalog if message.id}  # fmt: skip
    try:
        dates: Locale | None = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        dates = None
    return Language(code, {name: forms for name, forms in sentences.items() if any(forms)}, catalog, dates)


def _forms(string: str | Sequence[str] | None) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string or ())


class Words:
    """All languages and places of this association; makes a Reader for anybody."""

    def __init__(self, languages: Mapping[str, Language], places: Sequence[Place]) -> None:
        self.languages = languages
        self.places = {place.name: place for place in places}

    def reader(self, language: str | None, place: str | None) -> Reader:
        """Return how to speak to somebody; unknown language or place gets the first one."""
        chosen = self.languages.get(language or "") or next(iter(self.languages.values()))
        return Reader(self, chosen, self.places.get(place or "") or next(iter(self.places.values())))


class Reader:
    """One person's language and clock."""

    def __init__(self, words: Words, language: Language, place: Place) -> None:
        self.words = words
        self.language = language
        self.place = place

    def say(self, name: str, /, **values: object) -> Html:
        """Return a sentence as HTML, its values escaped; falls back to the first language."""
        return self._fill(self._forms(name)[0], values)

    def say_n(self, name: str, number: int, /, **values: object) -> Html:
        """Return the form of a sentence that fits `number`, which it may show as {number}."""
        language = self._language_of(name)
        forms = language.sentences[name]
        form = forms[min(language.form(number), len(forms) - 1)]
        return self._fill(form, {"number": self.figure(number), **values})

    def has(self, name: str) -> bool:
        """Tell whether a sentence exists at all."""
        return name in self._language_of(name).sentences

    def _language_of(self, name: str) -> Language:
        if name in self.language.sentences:
            return self.language
        return next(iter(self.words.languages.values()))

    def _forms(self, name: str) -> tuple[str, ...]:
        return self._language_of(name).sentences[name]

    def _fill(self, sentence: str, values: Mapping[str, object]) -> Html:
        escaped = {
            key: value if isinstance(value, Html) else html.escape(str(value), quote=False) for key, value in values.items()
        }
        return Html(_FORMAT.vformat(sentence, (), escaped))

    def figure(self, number: int) -> str:
        """Return a whole number with French separators, in every language: « 12 500 »."""
        return f"{number:,}".replace(",", "\u202f")

    def date(self, instant: datetime) -> str:
        """Return the day on the reader's own calendar, weekday always: « samedi 5 décembre 2026 »."""
        return self.day(instant.astimezone(self.place.time_zone).date())

    def day(self, local: Date) -> str:
        """Return a day of the calendar, weekday always: « samedi 5 décembre 2026 »."""
        names = {"weekday": "", "month": f"{local.month:02}"}
        if self.language.dates:
            names["weekday"] = self.language.dates.days["format"]["wide"][local.weekday()]
            names["month"] = self.language.dates.months["format"]["wide"][local.month]
        return self.say("date.day", day=local.day, month_number=f"{local.month:02}", year=local.year, **names)

    def weekday(self, day: Date) -> str:
        """Return a short day for a button: « sam. 5/12 »; the month is in figures."""
        return self.say("date.short", weekday=self._weekday(day.weekday())[:3], day=day.day, month=f"{day.month:02}")

    def short_moment(self, instant: datetime) -> Html:
        """Return day and hour for a crowded screen: « sam. 5/12 20:35 (Bamako 19:35) », the reader's clock first."""
        own = instant.astimezone(self.place.time_zone)
        return self._stamped(instant, f"{self.weekday(own.date())} {own:%H:%M}", self.weekday)

    def short_date(self, instant: datetime) -> str:
        """Return a day in figures on the reader's own calendar: « 05/12/2026 »."""
        return f"{instant.astimezone(self.place.time_zone):%d/%m/%Y}"

    def weekday_name(self, number: int) -> str:
        """Return the name of a day, Monday being 0; nothing where the language writes its dates in figures."""
        return self._weekday(number)

    def _weekday(self, number: int) -> str:
        return str(self.language.dates.days["format"]["wide"][number]) if self.language.dates else ""

    def moment(self, instant: datetime) -> Html:
        """Return day and hour where the reader lives, then the other clocks where they differ.

        E.g. « samedi 5 décembre 2026 à 15:00 (Bamako 14:00) ». A tap gives the phone's own time.
        """
        own = instant.astimezone(self.place.time_zone)
        return self._stamped(instant, self.say("date.moment", day=self.date(instant), hour=f"{own:%H:%M}"), self.day)

    def hour(self, instant: datetime) -> Html:
        """Return the hour alone where the reader lives, then on the other clocks: « 18:00 (Bamako 17:00) »."""
        return self._stamped(instant, f"{instant.astimezone(self.place.time_zone):%H:%M}", self.day)

    def _stamped(self, instant: datetime, text: str, day: Callable[[Date], str]) -> Html:
        """Return a moment that a tap turns into the phone's own time, then other clocks, with their `day` if another."""
        own = instant.astimezone(self.place.time_zone)
        others = {place.clock: instant.astimezone(place.time_zone) for place in self.words.places.values()}
        different = [
            self._elsewhere(clock, f"{local:%H:%M}" if local.date() == own.date() else f"{day(local.date())} {local:%H:%M}")
            for clock, local in others.items()
            if local.utcoffset() != own.utcoffset()
        ]
        stamped = f'<tg-time unix="{int(instant.timestamp())}" format="">{text}</tg-time>'
        return Html(stamped + (f" ({', '.join(different)})" if different else ""))

    def clock(self, zone: ZoneInfo) -> str:
        """Return what the clock of a time zone is called: « Bamako »; for one no place of ours has, its town in English."""
        own = next((place.clock for place in self.words.places.values() if place.time_zone.key == zone.key), None)
        return self.say(f"clocks.{own}") if own else zone.key.rpartition("/")[2].replace("_", " ")

    def _elsewhere(self, clock: str, hour: str) -> str:
        return self.say("date.elsewhere", clock=self.say(f"clocks.{clock}"), hour=hour)
