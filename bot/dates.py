"""Days and hours as coordinators type them, in French and in Bambara: a closed grammar that never guesses.

What it does not know in full is Unclear, so that somebody is asked instead of a meeting standing on a wrong
evening. Whoever shows a Wall shows its weekday too: that is how people see that they were misread.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.names import visible

REASONS = ("unknown", "no_hour", "no_day", "past", "gap", "no_such_day", "no_such_hour", "too_far")
FARTHEST_DAYS = 400

_HOOKS = str.maketrans({"ɛ": "e", "ε": "e", "є": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "œ": "oe"} | dict.fromkeys("’‘ʼ`´", "'"))
_TYPED = [
    (re.compile(pattern), put)
    for pattern, put in (
        (r"(?<=[a-z])['‐‑-](?=[a-z])", " "), (r"ou", "u"), (r"dj|di(?=[aou])", "j"), (r"gn|ni(?=[aeou])", "ny"),
        (r"z", "s"), (r"m(?=b)", "n"), (r"([a-z])\1+", r"\1"),
    )
]  # fmt: skip


def _key(text: str) -> str:
    """Return how a text is compared: no accents, no hooks, djouma = juma, desamburu = desanburu."""
    # Not NFKD: it makes « 51/2 » of « 5½ » and a year of a superscript.
    text = unicodedata.normalize("NFD", visible(text).lower())
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_HOOKS)
    for pattern, put in _TYPED:
        text = pattern.sub(put, text)
    return " ".join(text.split())


def _numbered(start: int, names: str) -> Mapping[str, int]:
    return {_key(name): number for number, line in enumerate(names.split(";"), start) for name in line.split()}


# The names of CLDR, then what people type. « mar » stands nowhere: mardi, mars or marisi.
_WEEKDAYS = _numbered(
    0,
    "lundi lun ntɛnɛ ntɛnɛn tɛnɛ tɛnɛn; mardi tarata; mercredi mer araba; jeudi jeu alamisa; vendredi ven juma;"
    "samedi sam sibiri; dimanche dim kari lafiyɛn",
)
_MONTHS = _numbered(
    1,
    "janvier janv jan zanwuye; février févr fév feburuye; mars marisi marsi; avril avr awirili; mai mɛ;"
    "juin zuwɛn; juillet juil zuluye; août uti; septembre sept sep sɛtanburu; octobre oct ɔkutɔburu oktɔburu;"
    "novembre nov nowanburu nɔwanburu; décembre déc desanburu",
)
_AHEAD = {_key(name): ahead for name, ahead in {
    "aujourd'hui": 0, "aujourdhui": 0, "auj": 0, "bi": 0, "demain": 1, "dem": 1, "sini": 1,
    "après-demain": 2, "aprèsdemain": 2, "sinikɛnɛ": 2, "sini kɛnɛ": 2,
}.items()}  # fmt: skip
# The hours a part of the day has: « 8h du soir » is 20:00, « 18h du matin » is no hour.
_PARTS = {_key(name): hours for name, hours in {
    "matin": range(12), "sɔgɔma": range(12), "tilegan": range(10, 16), "après-midi": range(12, 19),
    "aprèsmidi": range(12, 19), "aprem": range(12, 19), "wula": range(12, 20), "soir": range(16, 24), "su": range(18, 24),
    "sufɛ": range(18, 24),
}.items()}  # fmt: skip
_FILLERS = frozenset(_key(word) for word in ("le", "la", "l", "à", "pour", "on", "du", "de", "fɛ", "na", "waati"))


def _any(words: Mapping[str, object]) -> str:
    return "(" + "|".join(sorted(words, key=len, reverse=True)) + ")"


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z]){pattern}(?![a-z])")


_MONTH = rf"{_any(_MONTHS)}(?: ?kalo)?(?![a-z])\.?"
# Each piece is said once at most. The order matters: the days leave their figures before the hours are read
# (« 18h 15 décembre »), and « après-midi » goes before « midi ».
_PIECES = (
    ("date", re.compile(r"(?<![\w/.:-])([0-9]{1,2})(?P<sign> ?/ ?|\.)([0-9]{1,2})(?:(?P=sign)([0-9]{4}|[0-9]{2}))?"
                        r"(?! ?[/:]|\.?[0-9])")),
    ("named", re.compile(rf"(?<![\w/.:-])([0-9]{{1,2}})(?:er)? ?{_MONTH}(?:,? ?(?:san )?([0-9]{{4}})(?![\w/:]|\.[0-9]))?")),
    ("named_first", _word(rf"{_MONTH},? tile ([0-9]{{1,2}})(?![\w/.:])(?:,? ?(?:san )?([0-9]{{4}})(?![\w/:]|\.[0-9]))?")),
    ("half", _word(r"(?:le|tile) ([0-9]{1,2})(?:er)?(?! ?(?:[0-9/.:]|h))")),
    ("half", _word(_MONTH)),
    ("hour", _word(r"(?:lere|nege ?kanye) ?([0-9]{1,2})(?: ?(?:[:h]|ni sanga) ?([0-9]{2})| ?h)?(?![0-9]| ?:)")),
    ("hour", re.compile(r"(?<![0-9/.:-])([0-9]{1,2}) ?(?:h|hrs?|heures?)(?![a-z])"
                        r"(?: ?([0-9]{2})(?![0-9]|\.[0-9]| ?[/:h])(?: ?(?:mn|min|minutes?)(?![a-z]))?)?(?! ?:)")),
    ("hour", re.compile(r"(?<![0-9/.:-])([0-9]{1,2}) ?: ?([0-9]{2})(?![0-9]|\.[0-9]| ?[/:h])")),
    ("part", _word(rf"(?:(cet?) )?{_any(_PARTS)}")),
    ("twelve", _word(r"(?:(ce) )?(midi|minuit)")),
    ("ahead", _word(_any(_AHEAD))),
    ("weekday", _word(rf"(?:ce )?{_any(_WEEKDAYS)}(?: ?don)?(?![a-z])\.?( prochain| nata)?")),
)  # fmt: skip


@dataclass(frozen=True)
class Wall:
    """A day and an hour on the writer's own clock."""

    day: date
    hour: time


@dataclass(frozen=True)
class Unclear:
    """Why a text is no day and hour; `why` is one of REASONS, the end of a catalogue name."""

    why: str


class _Doubt(Exception):
    """What read() answers as Unclear."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class _Hour:
    """An hour; « minuit » is the one that ends the day it is said with."""

    hour: time
    ends_day: bool = False

    def on(self, day: date) -> Wall:
        return Wall(day + timedelta(days=self.ends_day), self.hour)


def read(text: str, *, now: datetime, zone: ZoneInfo, default_hour: time | None = None) -> Wall | Unclear:
    """Return the coming moment that `text` says on the clock of `zone`, or why it says none.

    - « samedi » is the next one after today, or today while its hour is still to come. « samedi prochain » is the
      same day when that is two days away or more, else the one a week later; « sibiri nata » too.
    - A date without a year is the next such date. Today's, once its hour is over, is past: not next year's.
    - An hour alone is today's. 1 to 11 « du soir » are counted from noon, 24 is no hour.
    - « samedi minuit » ends Saturday: it comes back as Sunday 00:00, « samedi 00:00 » and « 0h » begin it.
    - A weekday that is not the one of its date makes "no_such_day".
    - At the autumn change the first of the two hours is meant; an hour that spring leaves out is a "gap".
    - `default_hour` is for a day alone; « samedi soir » still wants its hour.
    - "no_day" is half a day: « le 5 », « décembre ». What the grammar does not know is "unknown".
    """
    try:
        return _wall(_pieces(text), now, zone, default_hour)
    except _Doubt as doubt:
        return Unclear(doubt.why)


def read_hour(text: str) -> time | None:
    """Return the hour that `text` says and nothing else; where one was asked for, « 18 » is enough."""
    bare = re.fullmatch(r"(?:a )?([0-9]{1,2})", _key(text))
    try:
        pieces = _pieces(f"{bare[1]}h" if bare else text)
        hour = _hour(pieces)
    except _Doubt:
        return None
    return hour.hour if hour and not _says_day(pieces) else None


_FROM_TO = re.compile(r"(.*\d ?[hH:] ?(?:\d\d)?) ?(?:-|–|—|à|jusqu'à|fo) ?(\d{1,2} ?[hH:]? ?(?:\d\d)?|minuit|midi)")


def from_and_to(text: str) -> tuple[str, time | None]:
    """Return « samedi 14h » and 18:00 for « samedi 14h-18h »; the whole text and None where no second hour is said."""
    match = _FROM_TO.fullmatch(text.strip())
    until = read_hour(match[2]) if match else None
    return (match[1].strip(), until) if match and until else (text, None)


def end_after(start: Wall, hour: time) -> Wall:
    """Return when what begins at `start` ends: at that hour, on the next day where it is not after the first."""
    return Wall(start.day if hour > start.hour else start.day + timedelta(days=1), hour)


def instant(wall: Wall, zone: ZoneInfo) -> datetime:
    """Return the aware UTC moment of `wall`, the first of two in autumn. Raises ValueError in the spring gap."""
    local = datetime.combine(wall.day, wall.hour)
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != local:
        raise ValueError(f"{local} does not exist in {zone.key}")
    return moment


def is_gap(wall: Wall, zone: ZoneInfo) -> bool:
    """Tell whether the clocks of `zone` leave this hour out."""
    try:
        instant(wall, zone)
    except ValueError:
        return True
    return False


def days_from(now: datetime, zone: ZoneInfo, count: int) -> list[date]:
    """Return `count` days on the clock of `zone`, today first."""
    today = now.astimezone(zone).date()
    return [today + timedelta(days=ahead) for ahead in range(count)]


def _pieces(text: str) -> dict[str, re.Match[str]]:
    """Return what was said, each piece by its kind; a doubt when anything is left over or said twice."""
    left, pieces = _key(text), {}
    for kind, pattern in _PIECES:
        for match in pattern.finditer(left):
            if kind in pieces:
                raise _Doubt("unknown")
            pieces[kind] = match
        # A comma, so that what stood on both sides is not read as one.
        left = pattern.sub(" , ", left)
    words = [word.strip(".,;") for word in left.split() if word != "-"]
    if not pieces or any(word and word not in _FILLERS for word in words):
        raise _Doubt("unknown")
    return pieces


def _hour(pieces: Mapping[str, re.Match[str]]) -> _Hour | None:
    part = pieces.get("part")
    hours = _PARTS[part[2]] if part else range(24)
    if twelve := pieces.get("twelve"):
        if "hour" in pieces:
            raise _Doubt("unknown")
        midnight = twelve[2] == "minuit"
        if (23 if midnight else 12) not in hours:
            raise _Doubt("no_such_hour")
        return _Hour(time(0 if midnight else 12), ends_day=midnight)
    if not (said := pieces.get("hour")):
        return None
    hour, minute = int(said[1]), int(said[2] or 0)
    if hour not in hours and 1 <= hour <= 11:
        hour += 12
    if hour not in hours or minute > 59:
        raise _Doubt("no_such_hour")
    return _Hour(time(hour, minute))


def _days(pieces: Mapping[str, re.Match[str]], today: date) -> Iterator[date]:
    """Yield every day that is said outright; weekdays are not."""
    if match := pieces.get("date"):
        yield _dated(int(match[1]), int(match[3]), match[4], today)
    if match := pieces.get("named"):
        yield _dated(int(match[1]), _MONTHS[match[2]], match[3], today)
    if match := pieces.get("named_first"):
        yield _dated(int(match[2]), _MONTHS[match[1]], match[3], today)
    if match := pieces.get("ahead"):
        yield today + timedelta(days=_AHEAD[match[1]])
    for kind in ("part", "twelve"):
        if (match := pieces.get(kind)) and match[1]:
            yield today


def _says_day(pieces: Mapping[str, re.Match[str]]) -> bool:
    return not pieces.keys() <= {"hour", "part", "twelve"} or any(match[1] for kind, match in pieces.items() if kind != "hour")


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    """Return the day of that year, « 26 » is 2026; without a year the next one."""
    # Nine years hold a 29 February, whatever the century.
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else range(today.year, today.year + 9)
    for candidate in years:
        with suppress(ValueError):
            found = date(candidate, month, day)
            if year or found >= today:
                return found
    raise _Doubt("no_such_day")


def _wall(pieces: Mapping[str, re.Match[str]], now: datetime, zone: ZoneInfo, default_hour: time | None) -> Wall:
    today = now.astimezone(zone).date()
    days = set(_days(pieces, today))
    if len(days) > 1:
        raise _Doubt("unknown")
    hour = _hour(pieces)
    if "half" in pieces:
        raise _Doubt("no_day")
    day = days.pop() if days else None if "weekday" in pieces else today
    if day:
        _check_day(day, pieces.get("weekday"), today)
    if hour is None:
        if default_hour is None or "part" in pieces:
            raise _Doubt("no_hour")
        hour = _Hour(default_hour)
    wall = hour.on(day or _coming(pieces["weekday"], hour, now, zone))
    if not _is_to_come(wall, now, zone):
        raise _Doubt("past")
    if is_gap(wall, zone):
        raise _Doubt("gap")
    if (wall.day - today).days > FARTHEST_DAYS:
        raise _Doubt("too_far")
    return wall


def _check_day(day: date, weekday: re.Match[str] | None, today: date) -> None:
    if day < today:
        raise _Doubt("past")
    if weekday and _WEEKDAYS[weekday[1]] != day.weekday():
        raise _Doubt("no_such_day")
    if (day - today).days > FARTHEST_DAYS:
        raise _Doubt("too_far")


def _coming(weekday: re.Match[str], hour: _Hour, now: datetime, zone: ZoneInfo) -> date:
    today = now.astimezone(zone).date()
    ahead = (_WEEKDAYS[weekday[1]] - today.weekday()) % 7
    if ahead == 0 and not _is_to_come(hour.on(today), now, zone):
        ahead = 7
    if weekday[2] and ahead < 2:
        ahead += 7
    return today + timedelta(days=ahead)


def _is_to_come(wall: Wall, now: datetime, zone: ZoneInfo) -> bool:
    if is_gap(wall, zone):
        # No moment to compare: what the clock on the wall shows has to do.
        return datetime.combine(wall.day, wall.hour) > now.astimezone(zone).replace(tzinfo=None)
    return instant(wall, zone) > now


def first_instant(wall: Wall, zone: ZoneInfo) -> datetime:
    """Return the aware UTC moment of `wall`; in the spring gap the first one after it."""
    local = datetime.combine(wall.day, wall.hour)
    while is_gap(wall_of(local), zone):
        local += timedelta(minutes=1)
    return instant(wall_of(local), zone)


def seen_from(wall: Wall, zone: ZoneInfo, other: ZoneInfo) -> Wall:
    """Return what the clock of `other` shows when that of `zone` shows `wall`."""
    return wall_of(first_instant(wall, zone).astimezone(other).replace(tzinfo=None))


def wall_of(local: datetime) -> Wall:
    """Return the day and hour of a naive moment, to the minute."""
    return Wall(local.date(), local.time().replace(second=0, microsecond=0, tzinfo=None))


def written(wall: Wall) -> str:
    """Return a wall hour as it is kept: 2026-12-05T15:00."""
    return f"{wall.day.isoformat()}T{wall.hour:%H:%M}"


def unwritten(text: str) -> datetime:
    """Return the naive moment that was kept."""
    return datetime.fromisoformat(text)
