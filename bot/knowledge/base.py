"""All entries, and the judgement which one is meant."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from bot.knowledge import entries as written
from bot.knowledge.entries import Entry, Kind, Shelf
from bot.knowledge.folding import Typing, fold
from bot.knowledge.judging import Gate, Signs, years
from bot.knowledge.ranking import LETTERS, SOUNDS, WORDS, Ranking, Vector, softmax

OPTIONS = 3
LONGEST_QUESTION = 1000
FOLLOW_UP_WORDS = 6
MOSTLY_UNKNOWN = 0.5
COMMON_FROM = 0.2  # said in a fifth of all entries: « and », « how much », « year » name no topic
ALIKE = 0.62
NEAR_WORD = 78.0
OTHER_TOWN = 2.0
_FULL = LETTERS**2 + WORDS**2 + SOUNDS**2


@dataclass(frozen=True)
class Candidate:
    """An entry and the chance that it is meant, 0 to 1."""

    entry: Entry
    score: float


@dataclass(frozen=True)
class Verdict:
    """What to do with a question: `kind` is answer, clarify, handoff, service or smalltalk."""

    kind: str
    candidates: tuple[Candidate, ...]
    sureness: float = 0.0

    @property
    def entry(self) -> Entry:
        """Return the nearest entry."""
        return self.candidates[0].entry


@dataclass(frozen=True)
class Reading:
    """A question compared with the base: candidates, best first, and what the comparison looks like."""

    candidates: tuple[Candidate, ...]
    signs: Signs
    is_elsewhere: bool
    years: frozenset[str]


class Knowledge:
    """What is known, in all languages; fitted when first asked, in any thread, or ahead by `ready`."""

    def __init__(
        self, known: Sequence[Entry], typing: Typing, shelves: Sequence[Shelf] = (), towns: Towns | None = None,
        gate: Gate | None = None,
    ) -> None:  # fmt: skip
        self.shelves = {shelf.name: shelf for shelf in shelves}
        self.entries = {entry.name: entry for entry in known}
        self._typing, self._towns, self._gate = typing, towns or Towns((), ()), gate or Gate.load()
        self._order = list(self.entries.values())
        self._fitting = threading.Lock()
        self._ranking: Ranking | None = None

    @classmethod
    def load(cls, folder: Path, languages: Sequence[str], contact: Mapping[str, str] | None = None) -> Knowledge:
        """Read `<language>/faq.toml` and `typing.toml`; a language without them adds nothing.

        `contact` takes the place of what contact.toml says: name, phone, email, checked_on.
        """
        bases = {code: path for code in languages if (path := folder / code / "faq.toml").exists()}
        typed = [path for code in languages if (path := folder / code / "typing.toml").exists()]
        laid_out = tomllib.loads((folder / "shelves.toml").read_text("utf-8"))
        shelves = [
            Shelf(name, shelf["icon"], tuple(shelf["groups"]), tuple(shelf.get("projects", ())))
            for name, shelf in laid_out.items()
        ]
        towns = tomllib.loads((folder / "towns.toml").read_text("utf-8"))
        typing = Typing(tomllib.loads(path.read_text("utf-8")) for path in typed)
        facts = tomllib.loads((folder / "contact.toml").read_text("utf-8")) | dict(contact or {})
        known = written.read(bases, {f"contact_{name}": fact for name, fact in facts.items()})
        return cls(known, typing, shelves, Towns(towns["ours"], towns["others"]))

    def changed(self, written_by_people: Iterable[Entry], retired: Collection[str]) -> Knowledge:
        """Return this base with entries that people wrote or changed, without those they retired; not yet fitted."""
        known = {**self.entries, **{entry.name: entry for entry in written_by_people}}
        kept = [entry for entry in known.values() if entry.name not in retired]
        return Knowledge(kept, self._typing, list(self.shelves.values()), self._towns, self._gate)

    # ---- what is there
    def on(self, shelf: Shelf) -> list[Entry]:
        """Return the entries of a shelf, in the order of the file."""
        return [entry for entry in self.entries.values() if entry.kind is Kind.ENTRY and entry.group in shelf.groups]

    @property
    def projects(self) -> dict[str, Entry]:
        """Return name → entry of the projects that documents can belong to, in the order of the file."""
        names = [name for shelf in self.shelves.values() for name in shelf.projects]
        return {name: self.entries[name] for name in names if name in self.entries}

    def faults(self, languages: Sequence[str]) -> list[str]:
        """Name what is wrong with the entries: a language without them, a group on no shelf."""
        shelved = {group for shelf in self.shelves.values() for group in shelf.groups}
        known = [entry for entry in self.entries.values() if entry.kind is Kind.ENTRY]
        lonely = [f"{entry.name}: group {entry.group!r} stands on no shelf" for entry in known if entry.group not in shelved]
        bare = [f"{entry.name}: no {code} text" for entry in known for code in languages if code not in entry.texts]
        named = [name for shelf in self.shelves.values() for name in shelf.projects]
        unknown = [f"shelves.toml: project {name!r} is no entry" for name in named if name not in self.projects]
        return lonely + bare + unknown

    # ---- fitting
    async def ready(self) -> None:
        """Wait until it is fitted, which at the start takes some seconds.

        Not asyncio.to_thread: the end of the program waits for its threads, and a stop would last as long as the fit.
        """
        if self._ranking is not None:
            return
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            try:
                self.fit()
            finally:
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(done.set)

        threading.Thread(target=work, name="fit", daemon=True).start()
        await done.wait()

    def fit(self) -> Ranking:
        """Learn the phrasings, once; some seconds. Whoever asks meanwhile waits for it in their own thread."""
        with self._fitting:
            if self._ranking is None:
                pairs = [
                    (phrasing, number) for number, entry in enumerate(self._order) for phrasing in written.phrasings(entry)
                ]
                folded = [self._typing.normal(phrasing) for phrasing, _ in pairs]
                said = Counter(
                    word
                    for word, _ in {(word, n) for words, (_, n) in zip(folded, pairs, strict=True) for word in words.split()}
                )
                self._common = frozenset(word for word, entries in said.items() if entries >= COMMON_FROM * len(self._order))
                self._owners = np.asarray([number for _, number in pairs])
                self._named = [self._towns.in_entry(entry) for entry in self._order]
                self._vocabulary = sorted({word for phrasing in folded for word in phrasing.split()})
                self._words = frozenset(self._vocabulary)
                self._ranking = Ranking(folded, [number for _, number in pairs])
            return self._ranking

    # ---- judging
    def judge(self, question: str, *, after: str | None = None) -> Verdict:
        """Decide: answer only when sure, else at most three suggestions, else a person.

        `after` names the entry the person has just been told: a short question may lean on it.
        """
        reading = self.read(question)
        verdict = self.decide(reading)
        topic = self.entries.get(after or "")
        if topic is None or topic.kind is not Kind.ENTRY or verdict.kind in ("service", "smalltalk"):
            return verdict
        words = self._typing.normal(question).split()
        if len(words) > FOLLOW_UP_WORDS or reading.signs.unknown > MOSTLY_UNKNOWN:
            return verdict
        if verdict.kind == "answer" and not self._common.issuperset(word for word in words if not word.isdigit()):
            return verdict
        return self._leaning_on(topic, question, verdict)

    def _leaning_on(self, topic: Entry, question: str, verdict: Verdict) -> Verdict:
        """Read « and in 2009? », « how much is it? » as about the last topic: suggested, never told as if sure."""
        leaning = self.read(f"{next(iter(topic.texts.values())).title} {question}")
        if leaning.is_elsewhere:
            return verdict
        near = [one for one in leaning.candidates if one.entry.kind is Kind.ENTRY]
        own = [one for one in near if one.entry.group == topic.group]
        chosen = {one.entry.name: one for one in [*own[:2], *near[:OPTIONS]]}
        return Verdict("clarify", tuple(chosen.values())[:OPTIONS], verdict.sureness)

    def read(self, question: str) -> Reading:
        """Compare a question with everything known."""
        ranking = self.fit()
        folded = self._typing.normal(question[:LONGEST_QUESTION])
        likeness = ranking.similarities(folded) / _FULL
        words = folded.split()
        towns = self._towns.named(words)
        scores = ranking.scores(likeness * _FULL) - OTHER_TOWN * self._misplaced(towns)
        chances = softmax(scores)
        order = [int(number) for number in np.argsort(-chances)]
        candidates = tuple(Candidate(self._order[number], float(chances[number])) for number in order)
        signs = self._signs(words, chances, order, likeness)
        first = next((number for number in order if self._order[number].kind is Kind.ENTRY), order[0])
        is_elsewhere = bool(towns - self._towns.ours) and not towns & self._named[first]
        return Reading(candidates, signs, is_elsewhere, frozenset(years(question)))

    def _misplaced(self, towns: frozenset[str]) -> Vector:
        """Return 1 for the entries that speak of other towns than the question does."""
        elsewhere = [bool(towns and named and not named & towns) for named in self._named]
        return np.asarray(elsewhere, np.float32)

    def _signs(self, words: Sequence[str], chances: Vector, order: Sequence[int], likeness: Vector) -> Signs:
        first, second = order[0], order[1]
        own = self._owners == first
        best, best_other = float(likeness[own].max()), float(likeness[~own].max())
        outside = sum(float(chances[number]) for number, entry in enumerate(self._order) if entry.kind is Kind.OUTSIDE)
        return Signs(
            chance=float(np.log(chances[first])), lead=float(np.log(chances[first] / chances[second])), likeness=best,
            likeness_lead=best - best_other, not_ours=outside, unknown=self._unknown(words),
            length=float(np.log(1 + len(words))),
        )  # fmt: skip

    def _unknown(self, words: Sequence[str]) -> float:
        long = [word for word in words if len(word) > 2]
        strange = [
            word for word in long
            if word not in self._words
            and process.extractOne(word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=NEAR_WORD) is None
        ]  # fmt: skip
        return len(strange) / max(1, len(long))

    def decide(self, reading: Reading) -> Verdict:
        """Return what a comparison is worth."""
        gate, first = self._gate, reading.candidates[0]
        sureness = gate.sureness(reading.signs)
        options = tuple(one for one in reading.candidates if one.entry.kind is Kind.ENTRY)[:OPTIONS]
        if first.entry.kind is Kind.SERVICE and first.score >= gate.service_from:
            return Verdict("service", (first,), sureness)
        if first.entry.kind is Kind.SMALL_TALK and first.score >= gate.service_from:
            return Verdict("smalltalk", (first,), sureness)
        if reading.is_elsewhere or gate.hands_on(reading.signs):
            return Verdict("handoff", options, sureness)
        is_dated = reading.years and not reading.years & years(" ".join(_said(first.entry)))
        if first.entry.kind is Kind.ENTRY and sureness >= gate.answer_from and not is_dated:
            return Verdict("answer", (first, *options[1:]), sureness)
        return Verdict("clarify", options, sureness)

    def alike(self, one: str, other: str) -> bool:
        """Tell whether two questions ask the same thing, as far as their letters and words say."""
        ranking = self.fit()
        return ranking.likeness(self._typing.normal(one), self._typing.normal(other)) / _FULL >= ALIKE


class Towns:
    """Names of towns: two questions that differ in the town alone are two questions."""

    def __init__(self, ours: Iterable[str], others: Iterable[str]) -> None:
        self.ours = frozenset(fold(town) for town in ours)
        self._all = self.ours | {fold(town) for town in others}

    def named(self, words: Iterable[str]) -> frozenset[str]:
        """Return the towns among folded words; « Villetanese » is one of them."""
        known = self._all.intersection(words)
        near = {
            found[0]
            for word in words
            if len(word) > 6 and word not in self._all
            and (found := process.extractOne(word, self._all, scorer=fuzz.ratio, score_cutoff=84))
        }  # fmt: skip
        return frozenset(known | near)

    def in_entry(self, entry: Entry) -> frozenset[str]:
        """Return the towns an entry speaks of."""
        return self.named(word for text in _said(entry) for word in fold(text).split())


def _said(entry: Entry) -> list[str]:
    return [said for text in entry.texts.values() for said in (text.title, text.answer, *text.questions)]
