"""What a visit is made of when it begins, and flights as people type them from a ticket. Source: locales/visits.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import dates

FILE = "visits.toml"
LONGEST_FLIGHT = timedelta(hours=36)
EXAMPLE = "AF596 CDG-BKO 5/12 16:15-20:35"
_NUMBER = re.compile(r"\b([A-Z]{2}|[A-Z][0-9]|[0-9][A-Z]) ?([0-9]{2,4})\b(?! ?[:H/])")
_DAYS_LATER = re.compile(r"\(? ?J? ?\+ ?([0-3])(?: ?J(?:OURS?)?)?\b ?\)?")  # as tickets print it: « 6:05 +1 »
_HOURS = re.compile(r"([0-9]{1,2})\s?[:hH]\s?([0-9]{2})?")


@dataclass(frozen=True)
class TaskPlan:
    """Something to do, `offset` minutes from its stop, for how many, asking for skills."""

    kind: str
    offset: int
    capacity: int
    wants: tuple[str, ...]


@dataclass(frozen=True)
class StopPlan:
    """A stop: `gap` minutes after the one before, or on the `day`th day after the arrival at `hour`."""

    kind: str
    place: str
    gap: int | None
    day: int | None
    hour: str
    tasks: tuple[TaskPlan, ...]


@dataclass(frozen=True)
class VisitPlan:
    """One direction: where it goes from and to, who receives, the stops there and on the way back."""

    goes: str
    comes: str
    receives: tuple[str, ...]
    stops: tuple[StopPlan, ...]
    back: tuple[StopPlan, ...]


@dataclass(frozen=True)
class Airport:
    """Where planes land: the letters on the ticket, the town, its clock."""

    code: str
    name: str
    time_zone: ZoneInfo


@dataclass(frozen=True)
class Visits:
    """What visits are made of, by direction; the airports."""

    plans: Mapping[str, VisitPlan]
    airports: Mapping[str, Airport]

    @classmethod
    def load(cls, folder: Path) -> Visits:
        """Read the file below `folder`; raises ValueError, KeyError for what is not so."""
        read = tomllib.loads((folder / FILE).read_text("utf-8"))
        airports = {code: Airport(code, one["name"], ZoneInfo(one["time_zone"])) for code, one in read.pop("airports").items()}
        return cls({direction: _plan(plan) for direction, plan in read.items()}, airports)


def _plan(read: Mapping[str, Any]) -> VisitPlan:
    return VisitPlan(read["goes"], read["comes"], tuple(read["receives"]), _stops(read["stops"]), _stops(read["back"]))


def _stops(read: Sequence[Mapping[str, Any]]) -> tuple[StopPlan, ...]:
    return tuple(
        StopPlan(
            one["kind"], one.get("place", ""), one.get("gap"), one.get("day"), one.get("hour", ""),
            tuple(TaskPlan(task["kind"], task["offset"], task.get("capacity", 1), tuple(task.get("wants", ())))
                  for task in one.get("tasks", ())),
        )
        for one in read
    )  # fmt: skip


@dataclass(frozen=True)
class Flight:
    """A flight as it stands on the ticket: each hour on the clock of its own airport."""

    number: str
    origin: Airport
    target: Airport
    leaves: dates.Wall
    lands: dates.Wall

    @property
    def leaves_at(self) -> datetime:
        """Return when it leaves: aware, UTC."""
        return dates.first_instant(self.leaves, self.origin.time_zone)

    @property
    def lands_at(self) -> datetime:
        """Return when it lands: aware, UTC."""
        return dates.first_instant(self.lands, self.target.time_zone)


def read_flight(
    text: str, airports: Mapping[str, Airport], *, goes: str, comes: str, now: datetime
) -> Flight | dates.Unclear:
    """Read « AF596 CDG-BKO 5/12 16:15-20:35 »; without airports those of the plan are meant, without a number none.

    It lands on the first day on which that comes after leaving, or so many days later as « +1 » says. Unclear where a day or
    one of the hours is missing or wrong.
    """
    words = re.sub(r"[→>–—-]", " - ", text.upper())
    later = _DAYS_LATER.search(words)
    words = _DAYS_LATER.sub(" ", words)
    codes = [code for code in re.findall(r"\b[A-Z]{3}\b", words) if code in airports]
    for code in codes:
        words = re.sub(rf"\b{code}\b", " ", words)
    number = _NUMBER.search(words)
    if number:
        words = words.replace(number.group(), " ", 1)
    hours = list(_HOURS.finditer(words))
    if len(hours) != 2:
        return dates.Unclear("no_hour")
    if codes == [comes]:  # « for Bamako » alone names where it lands
        codes = []
    if len(codes) < 2:
        codes = [codes[0] if codes else goes, comes]
    origin, target = airports[codes[0]], airports[codes[1]]
    if origin is target:
        return dates.Unclear("unknown")
    day = _HOURS.sub(" ", words).replace("-", " ")
    leaves = dates.read(f"{day} {hours[0].group()}".lower(), now=now, zone=origin.time_zone)
    if isinstance(leaves, dates.Unclear):
        return leaves
    landing = dates.read_hour(hours[1].group())
    if landing is None:
        return dates.Unclear("no_such_hour")
    left_at = dates.first_instant(leaves, origin.time_zone)
    day_before = leaves.day - timedelta(days=1)  # flying west over midnight lands on an earlier date than it left
    for ahead in [int(later.group(1)) + 1] if later else range(4):
        lands = dates.Wall(day_before + timedelta(days=ahead), landing)
        flies = dates.first_instant(lands, target.time_zone) - left_at
        if timedelta() < flies <= LONGEST_FLIGHT:
            return Flight("".join(number.groups()) if number else "", origin, target, leaves, lands)
    return dates.Unclear("no_such_hour")
