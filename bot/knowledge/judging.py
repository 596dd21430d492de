"""How sure we are: what a ranking looks like in a handful of numbers, and what they are worth.

Strict with answers, generous with « do you want to know…? »: a suggestion that is wrong costs a tap, an answer
that is wrong costs trust. The weights are fitted on measuring questions, never on the base: `./run evaluate --fit`.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

GATE = Path(__file__).parent / "gate.toml"
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Signs:
    """What a ranking looks like: each a number that grows, or falls, with how sure one may be of its first entry."""

    chance: float
    """Logarithm of the first class's chance."""
    lead: float
    """Logarithm of its chance over the second one's."""
    likeness: float
    """How like its nearest phrasing the question is, 0 to 1."""
    likeness_lead: float
    """The same less the nearest phrasing of any other class."""
    not_ours: float
    """Chance of all that the base does not answer."""
    unknown: float
    """Share of the question's words that nothing in the base looks like."""
    length: float
    """Logarithm of the number of words."""


@dataclass(frozen=True)
class Gate:
    """Weights of the signs, the sureness from which we answer, and what a person is asked at once for."""

    weights: tuple[float, ...]
    intercept: float
    answer_from: float
    hand_on_from: float = 0.7
    strange_below: float = 0.15
    all_unknown_below: float = 0.25
    service_from: float = 0.2

    @classmethod
    def load(cls, path: Path = GATE) -> Gate:
        """Read the fitted weights."""
        stored = tomllib.loads(path.read_text("utf-8"))
        weights = tuple(float(stored["weights"][sign.name]) for sign in fields(Signs))
        return cls(weights, stored["intercept"], stored["answer_from"])

    def hands_on(self, signs: Signs) -> bool:
        """Tell whether nothing we know comes near: what we offered would only be in the way."""
        strange_below = self.all_unknown_below if signs.unknown == 1 else self.strange_below
        return signs.not_ours >= self.hand_on_from or signs.likeness < strange_below

    def sureness(self, signs: Signs) -> float:
        """Return the chance that the first entry is the right one, 0 to 1."""
        total = self.intercept + sum(weight * sign for weight, sign in zip(self.weights, astuple(signs), strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


def fit(examples: Sequence[Signs], right: Sequence[bool]) -> tuple[tuple[float, ...], float]:
    """Return weights and intercept of a logistic regression on examples; signs are scaled inside."""
    signs = np.array([astuple(one) for one in examples])
    middle, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-9
    scaled = np.column_stack([(signs - middle) / spread, np.ones(len(signs))])
    target, weights = np.asarray(right, float), np.zeros(signs.shape[1] + 1)
    ridge = np.eye(len(weights)) * 1.0
    ridge[-1, -1] = 0
    for _ in range(30):  # Newton's method; it converges in a few steps
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (chance - target) + ridge @ weights
        curve = (scaled * (chance * (1 - chance))[:, None]).T @ scaled + ridge
        weights -= np.linalg.solve(curve, slope)
    found = weights[:-1] / spread
    return tuple(float(one) for one in found), float(weights[-1] - found @ middle)


def years(text: str) -> set[str]:
    """Return the years a text names."""
    return set(_YEAR.findall(text))
