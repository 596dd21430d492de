"""One sentence that says a whole meeting: « Assemblée générale, samedi 5/12 15h, salle des fêtes »."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot import dates

LONGEST_WORDS = 40
LONGEST_WHEN = 9  # words a day and an hour may take
_EDGES = " ,;.:–—-\n"
# What stands between a day and a place, or before a day, and belongs to neither.
_JOINTS = re.compile(r"^(?:(?:à|a|au|aux|dans|chez|en)\s+)", re.IGNORECASE)
_BEFORE = re.compile(r"\s+(?:le|la|ce|cette|du|pour)$", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_NO_PLACE = ("en ligne", "ligne", "online", "ɛntɛrinɛti kan")  # an address online is still to come


def link_in(text: str) -> str:
    """Return the first address online in a text, without what punctuation follows it; empty when there is none."""
    match = _LINK.search(text)
    return match[0].rstrip(".,;:!?»)") if match else ""


@dataclass(frozen=True)
class Sentence:
    """What a sentence says: the kind and title, the day and hours, the place or link; `why` there is no day in it."""

    kind: str
    title: str
    is_kind_only: bool
    wall: dates.Wall | None
    place: str
    why: str = ""
    until: time | None = None
    link: str = ""


def read_sentence(text: str, kinds: Mapping[str, str], *, now: datetime, zone: ZoneInfo) -> Sentence | None:
    """Read what, when and where; None for a text without a word, or with more than a sentence has.

    `kinds` is name in lower case → kind. The day is the longest run of words that speaks of one and of nothing else; what
    stands before it is the title, what stands after it the place. `why` is one of the reasons of `dates`, or nothing.
    """
    words = text.split()
    if not 0 < len(words) <= LONGEST_WORDS:
        return None
    first, last, meant, until = _when(words, now, zone)
    before, after = " ".join(words[:first]).strip(_EDGES), " ".join(words[last:]).strip(_EDGES)
    if not before:
        before, _, after = (part.strip(_EDGES) for part in after.partition(","))
    elif meant is None:
        before, _, after = (part.strip(_EDGES) for part in before.partition(","))
    title = _BEFORE.sub("", before).strip(_EDGES)
    link = link_in(after)
    place = "" if link or after.casefold() in _NO_PLACE else _JOINTS.sub("", after).strip(_EDGES)
    name = next((one for one in sorted(kinds, key=len, reverse=True) if one in title.casefold()), "")
    kind = kinds.get(name, "meeting")
    wall = meant if isinstance(meant, dates.Wall) else None
    why = meant.why if isinstance(meant, dates.Unclear) else ""
    return Sentence(kind, title, not title or title.casefold() == name, wall, place, why, until, link)


def _when(
    words: list[str], now: datetime, zone: ZoneInfo
) -> tuple[int, int, dates.Wall | dates.Unclear | None, time | None]:
    """Return where the day stands among the words, what it means and until when: the longest run that speaks of a day.

    Right or wrong; an hour alone is no day: « hier 15h » is not today.
    """
    for length in range(min(LONGEST_WHEN, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            said, until = dates.from_and_to(" ".join(words[first : first + length]).strip(_EDGES))
            meant = dates.read(said, now=now, zone=zone)
            if dates.read_hour(said) is not None:
                continue
            if isinstance(meant, dates.Wall) or meant.why != "unknown":
                return first, first + length, meant, until
    return len(words), len(words), None, None
