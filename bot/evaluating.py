"""How good the answers are, measured with questions that are not in the base; and the gate fitted on them.

A folder of measures holds `score.py`, `topics.yaml` and `dev_questions.yaml`.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.knowledge import Kind, Knowledge, Reading
from bot.knowledge.judging import GATE, Gate, Signs, fit

ROUNDS = 5
WRONG_AT_MOST = 0.012


def table(folder: Path, arguments: Sequence[str]) -> int:
    """Print the scorer's table for the questions of `folder`; returns its exit code."""
    program = f"{sys.executable} -m bot ask --jsonl"
    return subprocess.run([sys.executable, folder / "score.py", "--cmd", program, *arguments], check=False).returncode  # noqa: S603


@dataclass(frozen=True)
class Measured:
    """One measuring question: how it was read, and whether the first entry would have been right."""

    reading: Reading
    is_right: bool


def measured(base: Knowledge, folder: Path) -> Iterator[Measured]:
    """Yield every question of a folder that could be answered: its best entry is an answer, and not handed on."""
    import yaml

    scorer = _scorer(folder)
    topics = {topic["id"]: topic for topic in yaml.safe_load((folder / "topics.yaml").read_text("utf-8"))["topics"]}
    for asked in yaml.safe_load((folder / "dev_questions.yaml").read_text("utf-8"))["questions"]:
        reading = base.read(asked["text"])
        first = reading.candidates[0].entry
        if first.kind is Kind.ENTRY and base.decide(reading).kind != "handoff":
            yield Measured(reading, _holds(scorer, topics, asked, first.text(asked["ui"]).answer))


def _holds(scorer: ModuleType, topics: dict[str, Any], asked: dict[str, Any], answer: str) -> bool:
    wanted = asked.get("topic") or []
    names = [*([wanted] if isinstance(wanted, str) else wanted), *asked.get("also", [])]
    return any(scorer.holds(topics[name], answer) for name in names)


def _scorer(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fitted(base: Knowledge, folders: Sequence[Path]) -> Gate:
    """Return a gate whose answering threshold keeps wrong answers below the limit on questions it was not fitted on."""
    examples = [one for folder in folders for one in measured(base, folder)]
    signs, right = [one.reading.signs for one in examples], [one.is_right for one in examples]
    threshold = _threshold(*_crossed(signs, right))
    weights, intercept = fit(signs, right)
    return Gate(weights, intercept, threshold)


def _crossed(signs: Sequence[Signs], right: Sequence[bool]) -> tuple[list[float], list[bool]]:
    """Return the sureness each example gets from a gate fitted on the others."""
    sureness, truth = [], []
    for turn in range(ROUNDS):
        kept = [number for number in range(len(signs)) if number % ROUNDS != turn]
        gate = Gate(*fit([signs[number] for number in kept], [right[number] for number in kept]), 0)
        for number in range(turn, len(signs), ROUNDS):
            sureness.append(gate.sureness(signs[number]))
            truth.append(right[number])
    return sureness, truth


def _threshold(sureness: Sequence[float], right: Sequence[bool]) -> float:
    """Return the lowest sureness above which at most WRONG_AT_MOST of all questions would be answered wrongly."""
    ranked = sorted(zip(sureness, right, strict=True), reverse=True)
    wrong, lowest = 0, 1.0
    for sure, is_right in ranked:
        wrong += not is_right
        if wrong > WRONG_AT_MOST * len(ranked):
            break
        lowest = sure
    return round(lowest, 3)


def write(gate: Gate, path: Path = GATE) -> None:
    """Store a gate with the day it was fitted on."""
    lines = [
        f"# Fitted on {date.today()} by `./run evaluate --fit`; not to be edited by hand.",  # noqa: DTZ011
        f"intercept = {gate.intercept:.4f}",
        f"answer_from = {gate.answer_from}",
        "",
        "[weights]",
    ]
    lines += [f"{sign.name} = {weight:.4f}" for sign, weight in zip(fields(Signs), gate.weights, strict=True)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
