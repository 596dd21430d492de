"""What the association knows, as it is written down: `locales/<language>/faq.toml`."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


class Kind(enum.StrEnum):
    """Where in a faq.toml something stands."""

    ENTRY = "entries"
    SERVICE = "services"
    SMALL_TALK = "smalltalk"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Text:
    """One entry in one language."""

    title: str
    answer: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """Something we know (or know that we do not): its name, its group, its facts, the year they are of."""

    name: str
    kind: Kind
    group: str
    source: tuple[str, ...]
    valid: str
    texts: Mapping[str, Text] = field(repr=False)

    def text(self, language: str) -> Text:
        """Return the entry in a language, or in the first one it has."""
        return self.texts.get(language) or next(iter(self.texts.values()))


@dataclass(frozen=True)
class Shelf:
    """How the menu lays out what is known: a name, a sign, the groups that stand on it; entries that are a project."""

    name: str
    icon: str
    groups: tuple[str, ...]
    projects: tuple[str, ...] = ()


def _filled(text: str, facts: Mapping[str, str]) -> str:
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", fact.replace("\\", "\\\\").replace('"', '\\"'))
    return text


def phrasings(entry: Entry) -> Iterator[str]:
    """Yield every way an entry is asked for, its titles included."""
    for text in entry.texts.values():
        yield from text.questions
        if text.title:
            yield text.title


def read(paths: Mapping[str, Path], facts: Mapping[str, str]) -> list[Entry]:
    """Return the entries of language → file; `{names}` in them are filled with `facts`."""
    files = {code: tomllib.loads(_filled(path.read_text("utf-8"), facts)) for code, path in paths.items()}
    entries = []
    for kind in Kind:
        names = dict.fromkeys(name for file in files.values() for name in file.get(kind, {}))
        for name in names:
            found = {code: file[kind][name] for code, file in files.items() if name in file.get(kind, {})}
            first = next(iter(found.values()))
            texts = {
                code: Text(one.get("title", ""), one.get("answer", ""), tuple(one["questions"])) for code, one in found.items()
            }
            key = name if kind in (Kind.ENTRY, Kind.SERVICE) else f"{kind}.{name}"
            entries.append(
                Entry(key, kind, first.get("group", ""), tuple(first.get("source", ())), first.get("valid", ""), texts)
            )
    return entries
