"""The translators' view of the catalogues: what is missing, stale, unreviewed, broken.

Beside each sentence of a language stands the first language's sentence it was made from (`#. fr: …`);
when that has changed since, the translation is stale. A speaker who has read an entry adds `# reviewed: …`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.i18n import FALLBACK

_TAGS = frozenset({"b", "i", "u", "s", "a", "code", "tg-spoiler", "blockquote"})


# A wrapped comment would be read back as another sentence.
UNWRAPPED = 10_000

# A language may write its dates in figures, and its counts in words.
_OPTIONAL = frozenset({"number", "weekday", "month", "month_number"})


@dataclass
class Report:
    """What one language's catalogue looks like beside the first one's; names of sentences."""

    code: str
    total: int
    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    unreviewed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def read(folder: Path) -> dict[str, Catalog]:
    """Return language → catalogue, the first language first."""
    found = {}
    for path in sorted(folder.glob("*/LC_MESSAGES/bot.po"), key=lambda path: path.parts[-3] != FALLBACK):
        with path.open("rb") as file:
            found[path.parts[-3]] = read_po(file)
    return found


def check(catalogs: Mapping[str, Catalog]) -> list[Report]:
    """Compare every language with the first one."""
    first = catalogs[FALLBACK]
    return [_compare(code, catalog, first) for code, catalog in catalogs.items()]


def _compare(code: str, catalog: Catalog, first: Catalog) -> Report:
    report = Report(code, sum(1 for message in first if message.id))
    for message in first:
        if not message.id:
            continue
        name = _name(message.id)
        own = catalog.get(name)
        if own is None or not any(forms := _forms(own.string)):
            report.missing.append(name)
            continue
        if code != FALLBACK:
            if "fuzzy" in own.flags or recorded(own.auto_comments) != written(message.string):
                report.stale.append(name)
            if not any(comment.startswith("reviewed:") for comment in own.user_comments):
                report.unreviewed.append(name)
        allowed = set().union(*(placeholders(form) for form in _forms(message.string)))
        report.broken += [f"{name}: {fault}" for form in forms for fault in faults(form, allowed)]
    report.broken += [f"{_name(one.id)}: not in {FALLBACK}" for one in catalog if one.id and _name(one.id) not in first]
    return report


def faults(form: str, allowed: set[str]) -> Iterator[str]:
    """Name what is wrong in one sentence: placeholders the first language does not give, markup Telegram refuses."""
    try:
        extra = placeholders(form) - allowed
    except ValueError:
        yield "braces do not pair"
        return
    if extra:
        yield f"unknown placeholder {{{', '.join(sorted(extra))}}}"
    if missing := allowed - placeholders(form) - _OPTIONAL:
        yield f"missing placeholder {{{', '.join(sorted(missing))}}}"
    yield from _Markup(form).faults


class _Markup(HTMLParser):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(form)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]
        if re.search(r"&(?!(amp|lt|gt|quot|#\d+);)", form):
            self.faults.append("write & as &amp;")

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _TAGS:
            self.faults.append(f"<{tag}> is not markup Telegram knows")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def placeholders(form: str) -> set[str]:
    """Return the {names} in a sentence; raises ValueError when braces do not pair."""
    return {name for _, name, _, _ in Formatter().parse(form) if name is not None}


def _name(message_id: object) -> str:
    return str(message_id if isinstance(message_id, str) else message_id[0])  # type: ignore[index]


def _forms(string: object) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)  # type: ignore[arg-type]


def written(string: object) -> str:
    """Return a sentence as it stands in the comment beside its translation, on one line."""
    return " | ".join(_forms(string)).replace("\n", "\\n")


def recorded(comments: list[str]) -> str:
    """Return the sentence of the first language a translation was made from."""
    return next((comment.removeprefix(f"{FALLBACK}: ") for comment in comments if comment.startswith(f"{FALLBACK}: ")), "")


def update(folder: Path) -> None:
    """Write missing names (blank) and the present French into every other catalogue; stale ones become fuzzy."""
    catalogs = read(folder)
    first = catalogs.pop(FALLBACK)
    for code, catalog in catalogs.items():
        for message in first:
            if message.id:
                _bring_up_to_date(catalog, message.id, written(message.string))
        with (folder / code / "LC_MESSAGES" / "bot.po").open("wb") as file:
            write_po(file, catalog, width=UNWRAPPED, omit_header=False)


def _bring_up_to_date(catalog: Catalog, message_id: object, french: str) -> None:
    own = catalog.get(_name(message_id))
    if own is None:
        catalog.add(message_id, auto_comments=[f"{FALLBACK}: {french}"])  # type: ignore[arg-type]
        return
    if recorded(own.auto_comments) != french and any(_forms(own.string)):
        own.flags.add("fuzzy")
    others = [comment for comment in own.auto_comments if not comment.startswith(f"{FALLBACK}: ")]
    own.auto_comments[:] = [f"{FALLBACK}: {french}", *others]
