"""One sentence that says a whole meeting: « Assemblée générale, samedi 5/12 15h, salle des fêtes »."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import dates

LONGEST_WORDS = 40
LONGEST_WHEN = 9  # words a day and an hour may take
_EDGES = " ,;.:–—-\n"
# What stands between a day and a place, or before a day, and belongs to neither.
_JOINTS = re.compile(r"^(?:(?:à|a|au|aux|dans|chez|en)\s+)", re.IGNORECASE)
_BEFORE = re.compile(r"\s+(?:le|la|ce|cette|du|pour)$", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """What a sentence says: the kind and title, the day and hour, the place; `why` there is no day and hour in it."""

    kind: str
    title: str
    is_kind_only: bool
    wall: dates.Wall | None
    place: str
    why: str = ""


def read_sentence(text: str, kinds: Mapping[str, str], *, now: datetime, zone: ZoneInfo) -> Sentence | None:
    """Read what, when and where; None for a text without a word. `kinds` is name in lower case → kind.

    The day is the longest run of words that speaks of one and of nothing else; what stands before it is the title, what
    stands after it the place. `why` is one of the reasons of `dates`, or nothing when there is a day.
    """
    words = text.split()[:LONGEST_WORDS]
    if not words:
        return None
    first, last, meant = _when(words, now, zone)
    before, after = " ".join(words[:first]).strip(_EDGES), " ".join(words[last:]).strip(_EDGES)
    if not before:
        before, _, after = (part.strip(_EDGES) for part in after.partition(","))
    elif meant is None:
        before, _, after = (part.strip(_EDGES) for part in before.partition(","))
    title = _BEFORE.sub("", before).strip(_EDGES)
    place = _JOINTS.sub("", after).strip(_EDGES)
    name = next((one for one in sorted(kinds, key=len, reverse=True) if one in title.casefold()), "")
    kind = kinds.get(name, "meeting")
    wall = meant if isinstance(meant, dates.Wall) else None
    why = meant.why if isinstance(meant, dates.Unclear) else ""
    return Sentence(kind, title, not title or title.casefold() == name, wall, place, why)


def _when(words: list[str], now: datetime, zone: ZoneInfo) -> tuple[int, int, dates.Wall | dates.Unclear | None]:
    """Return where the day stands among the words and what it means: the longest run that speaks of a day, right or wrong.

    An hour alone is no day: « hier 15h » is not today.
    """
    for length in range(min(LONGEST_WHEN, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            said = " ".join(words[first : first + length]).strip(_EDGES)
            meant = dates.read(said, now=now, zone=zone)
            if dates.read_hour(said) is not None:
                continue
            if isinstance(meant, dates.Wall) or meant.why != "unknown":
                return first, first + length, meant
    return len(words), len(words), None
