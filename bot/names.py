"""What a person may be called: any script, no signs, nothing that a spreadsheet would run."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 64
# Letters and marks by their category, and yet nobody sees them: fillers, joiners, variation selectors.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Before anything else, since normalizing tears an acute accent typed as an apostrophe apart: N´Diaye.
_TYPED = str.maketrans(dict.fromkeys("´`ʻʼʹ′＇", "’") | dict.fromkeys("‐‑‒–—", "-"))
_MARKS_A_LETTER = 3  # no script stacks more; a joke does, and climbs over the lines above


def clean_name(text: str) -> str:
    """Return a name as it may be shown: letters, spaces, apostrophes, hyphens, dots; "" when it is none.

    Signs and figures become a space, what cannot be seen goes away, at most 64 characters stay.
    A formula (`=cmd()`, `@x`) is no name, even behind an apostrophe.
    """
    seen = visible(unicodedata.normalize("NFKC", visible(text).translate(_TYPED)))
    if seen.lstrip(" '’").startswith(("=", "+", "@")):
        return ""
    words = " ".join(_lettered(seen).split())
    name = unicodedata.normalize("NFC", words).lstrip(" .-'’")[:LONGEST].rstrip(" -'’")
    return name if any(char.isalpha() for char in name) else ""


def _lettered(text: str) -> str:
    kept, marks = "", 0
    for char in text:
        if unicodedata.category(char) in ("Mn", "Mc"):
            # A mark belongs to the letter before it; alone it would settle on a space.
            marks += 1
            kept += char if kept and not kept[-1].isspace() and kept[-1] not in ".-'’" and marks <= _MARKS_A_LETTER else ""
        else:
            marks = 0
            kept += char if char.isalpha() or char in ".-'’" else " "
    return kept


def visible(text: str) -> str:
    """Return a text on one line, without control, bidirectional, zero-width and other unseen characters."""
    flat = re.sub(r"\s", " ", _UNSEEN.sub("", text))
    return "".join(char for char in flat if not unicodedata.category(char).startswith("C"))
