"""What the association knows, and which entry a question is about.

`locales/<language>/faq.toml` holds the entries, `typing.toml` how people type. Phrasings of all languages
stand in one ranking (messages mix them); the answer comes in the reader's language. Base and question go
through the same fold, then TF-IDF over letters and words. Below the thresholds it says it does not know.
"""

from __future__ import annotations

import enum
import itertools
import math
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Measured on ../shared/qa/dev_questions.yaml: strict with answers, generous with « do you mean ».
SURE = 0.58
SURE_AHEAD = 0.12
CERTAIN = 0.85
MAYBE = 0.20
SERVICE_SURE = 0.40
PASSAGE_WORDS = 9
PASSAGE_STEP = 3
PASSAGE_WEIGHT = 0.93
OTHER_TOWN_WEIGHT = 0.7
OPTIONS = 3
LONGEST_QUESTION = 600

_SPECIAL = {"ɛ": "e", "ε": "e", "є": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "œ": "oe", "æ": "ae"}
_LETTERS = str.maketrans(_SPECIAL | dict.fromkeys("’‘ʼ`", "'"))
_TYPED = [
    (re.compile(pattern), put)
    for pattern, put in (
        (r"oua", "wa"), (r"oui\B", "wi"), (r"ou", "u"), (r"dj", "j"), (r"gn", "ny"), (r"ni(?=[aeou])", "ny"),
        (r"tch|th(?=i)|ty|ti(?=[eo])", "c"), (r"kh|qu|ck|q|x", "k"), (r"ph", "f"), (r"gu(?=[ei])", "g"),
        (r"z", "s"), (r"c(?=[aou])", "k"), (r"(.)\1+", r"\1"), (r"y\b", "i"),
    )
]  # fmt: skip


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
    """How the menu lays out what is known: a name, a sign, the groups that stand on it."""

    name: str
    icon: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """An entry and how near the question came to it, 0 to 1."""

    entry: Entry
    score: float


@dataclass(frozen=True)
class Verdict:
    """What to do with a question: `kind` is answer, clarify, handoff, service or smalltalk."""

    kind: str
    candidates: tuple[Candidate, ...]

    @property
    def entry(self) -> Entry:
        """Return the nearest entry."""
        return self.candidates[0].entry


def fold(text: str) -> str:
    """Return one key for the ways a text is typed: mogo = mɔgɔ, dougou = dugu, « ça » = « sa »."""
    text = unicodedata.normalize("NFD", text.lower())
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_LETTERS)
    text = re.sub(r"[^a-z0-9']+", " ", text).replace("'", " ")
    for pattern, put in _TYPED:
        text = pattern.sub(put, text)
    return re.sub(r"\s+", " ", text).strip()


class Typing:
    """How people type: courtesy taken off, abbreviations written out."""

    def __init__(self, files: Iterable[Mapping[str, Any]]) -> None:
        files = list(files)
        self._courtesy = sorted({fold(word) for file in files for word in file["courtesy"]}, key=len, reverse=True)
        self._tables = [
            (frozenset(file["not_this_language"]), {_plain(short): whole for short, whole in file["abbreviations"].items()})
            for file in files
        ]

    def normal(self, text: str) -> str:
        """Return the folded question without greetings, unless nothing else is left."""
        for not_this_language, abbreviations in self._tables:
            words = _plain(text).split()
            if abbreviations and not not_this_language.intersection(words):
                text = " ".join(abbreviations.get(word, word) for word in words)
        folded = fold(text)
        bare = self._without_courtesy(folded)
        return bare if bare else folded

    def _without_courtesy(self, text: str) -> str:
        changed = True
        while changed:
            changed = False
            for words in self._courtesy:
                if text == words or text.startswith(words + " "):
                    text, changed = text[len(words) :].strip(), True
                if text.endswith(" " + words):
                    text, changed = text[: -len(words)].strip(), True
        return text


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFD", text.lower())
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_LETTERS)
    return re.sub(r"[^a-z0-9' ]+", " ", text)


def _features(folded: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    words = folded.split()
    for word in words:
        found[word] += 1.2
        padded = f"_{word}_"
        for size in (3, 4, 5):
            for start in range(len(padded) - size + 1):
                found["#" + padded[start : start + size]] += 0.5
    for left, right in itertools.pairwise(words):
        found[f"{left} {right}"] += 0.8
    return found


class Index:
    """Phrasings ranked by the cosine of their weighted features."""

    def __init__(self, phrasings: Sequence[str]) -> None:
        documents = [_features(phrasing) for phrasing in phrasings]
        seen = Counter(feature for document in documents for feature in document)
        total = len(documents) + 1
        self._rarity = {feature: math.log(total / (count + 0.5)) + 0.2 for feature, count in seen.items()}
        self._unseen = math.log(total / 0.5)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, document in enumerate(documents):
            for feature, weight in self._vector(document).items():
                self._postings[feature].append((number, weight))

    def _vector(self, counts: Mapping[str, float]) -> dict[str, float]:
        weighted = {feature: math.log1p(count) * self._rarity.get(feature, self._unseen) for feature, count in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in weighted.values())) or 1.0
        return {feature: weight / length for feature, weight in weighted.items()}

    def scores(self, folded: str) -> dict[int, float]:
        """Return phrasing number → similarity, for all that share anything."""
        found: dict[int, float] = defaultdict(float)
        for feature, weight in self._vector(_features(folded)).items():
            for number, other in self._postings.get(feature, ()):
                found[number] += weight * other
        return found


class Knowledge:
    """All entries, and the judgement which one is meant."""

    def __init__(
        self, entries: Sequence[Entry], typing: Typing, shelves: Sequence[Shelf] = (), towns: Iterable[str] = ()
    ) -> None:
        self.shelves = {shelf.name: shelf for shelf in shelves}
        self.entries = {entry.name: entry for entry in entries}
        self._typing = typing
        pairs = [(self._typing.normal(phrasing), entry) for entry in entries for phrasing in _phrasings(entry)]
        self._owners = [entry for _, entry in pairs]
        # « How many people in Kita? » is as near to « … in Koniakary? » as can be: names of towns must agree.
        self._towns = {fold(town) for town in towns}
        self._named = [self._towns & set(phrasing.split()) for phrasing, _ in pairs]
        self._index = Index([phrasing for phrasing, _ in pairs])

    @classmethod
    def load(cls, folder: Path, languages: Sequence[str]) -> Knowledge:
        """Read `<language>/faq.toml` and `typing.toml`; a language without them adds nothing."""
        bases = {code: path for code in languages if (path := folder / code / "faq.toml").exists()}
        typed = [path for code in languages if (path := folder / code / "typing.toml").exists()]
        laid_out = tomllib.loads((folder / "shelves.toml").read_text("utf-8"))
        shelves = [Shelf(name, shelf["icon"], tuple(shelf["groups"])) for name, shelf in laid_out.items()]
        towns = tomllib.loads((folder / "towns.toml").read_text("utf-8"))["towns"]
        return cls(_read(bases), Typing(tomllib.loads(path.read_text("utf-8")) for path in typed), shelves, towns)

    def on(self, shelf: Shelf) -> list[Entry]:
        """Return the entries of a shelf, in the order of the file."""
        return [entry for entry in self.entries.values() if entry.kind is Kind.ENTRY and entry.group in shelf.groups]

    def faults(self, languages: Sequence[str]) -> list[str]:
        """Name what is wrong with the entries: a language without them, a group on no shelf."""
        shelved = {group for shelf in self.shelves.values() for group in shelf.groups}
        entries = [entry for entry in self.entries.values() if entry.kind is Kind.ENTRY]
        lonely = [f"{entry.name}: group {entry.group!r} stands on no shelf" for entry in entries if entry.group not in shelved]
        bare = [f"{entry.name}: no {code} text" for entry in entries for code in languages if code not in entry.texts]
        return lonely + bare

    def rank(self, question: str) -> list[Candidate]:
        """Return every entry that shares anything with the question, nearest first."""
        folded = self._typing.normal(question[:LONGEST_QUESTION])
        best: dict[str, list[float]] = defaultdict(list)
        for number, score in self._scores(folded).items():
            best[self._owners[number].name].append(score)
        ranked = [Candidate(self.entries[name], _together(scores)) for name, scores in best.items()]
        return sorted(ranked, key=lambda candidate: -candidate.score)

    def _scores(self, folded: str) -> dict[int, float]:
        """Return phrasing number → similarity: of the whole question or, where it is long, of its best passage."""
        found = self._index.scores(folded)
        for passage in _passages(folded):
            for number, score in self._index.scores(passage).items():
                found[number] = max(found.get(number, 0.0), PASSAGE_WEIGHT * score)
        towns = self._towns & set(folded.split())
        if towns:
            for number in found:
                if self._named[number] and not self._named[number] & towns:
                    found[number] *= OTHER_TOWN_WEIGHT
        return found

    def judge(self, question: str) -> Verdict:
        """Decide: answer only when sure, else at most three suggestions, else a person."""
        ranked = self.rank(question)
        if not ranked or ranked[0].score < MAYBE:
            return Verdict("handoff", tuple(ranked[:OPTIONS]))
        first, second = ranked[0], ranked[1].score if len(ranked) > 1 else 0.0
        kind = _kind_of(first, first.score - second)
        if kind != "clarify":
            return Verdict(kind, tuple(ranked[:OPTIONS]))
        options = [one for one in ranked if one.entry.kind is Kind.ENTRY and one.score >= MAYBE]
        return Verdict("clarify" if options else "handoff", tuple(options[:OPTIONS]))


def _kind_of(first: Candidate, ahead: float) -> str:
    match first.entry.kind:
        case Kind.SERVICE:
            return "service" if first.score >= SERVICE_SURE else "clarify"
        case Kind.SMALL_TALK:
            return "smalltalk" if first.score >= SURE else "clarify"
        case Kind.OUTSIDE:
            return "handoff"
        case _:
            sure = first.score >= CERTAIN or (first.score >= SURE and ahead >= SURE_AHEAD)
            return "answer" if sure else "clarify"


def _together(scores: list[float]) -> float:
    """The nearest phrasing decides; a second near one makes it a little surer."""
    scores.sort(reverse=True)
    second = scores[1] if len(scores) > 1 else 0.0
    return min(1.0, 0.9 * scores[0] + 0.15 * second)


def _passages(folded: str) -> Iterator[str]:
    """Yield overlapping pieces of a long question: who talks at length asks in a few words of it."""
    words = folded.split()
    if len(words) > PASSAGE_WORDS + 2:
        for start in range(0, len(words) - PASSAGE_WORDS // 2, PASSAGE_STEP):
            yield " ".join(words[start : start + PASSAGE_WORDS])


def _phrasings(entry: Entry) -> Iterator[str]:
    for text in entry.texts.values():
        yield from text.questions
        if text.title:
            yield text.title


def _read(paths: Mapping[str, Path]) -> list[Entry]:
    files = {code: tomllib.loads(path.read_text("utf-8")) for code, path in paths.items()}
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
