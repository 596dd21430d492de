"""Which entry a question is nearest to: kernel logistic regression over letters, words and sounds.

Why not a library: with a few thousand short phrasings the problem is one small dense matrix, and forty lines of
numpy fit it in a second where scikit-learn takes ten and a hundred megabytes. Measured: README, « How well it answers ».
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

RIDGE = 0.02
STEPS = 40
COMMON = 48
LETTERS, WORDS, SOUNDS = 1.0, 0.6, 0.7

# What French writes in several ways and says in one; the base and the question go through the same.
_SOUNDS = [
    (re.compile(pattern), put)
    for pattern, put in (
        (r"(ent|es|s|e|t|d|x|p)\b", ""), (r"eau|au", "o"), (r"ai|ei", "e"), (r"er\b|ez\b", "e"),
        (r"[ae][nm]", "an"), (r"i[nm]", "1"), (r"h", ""),
    )
]  # fmt: skip


def _sounds(text: str) -> str:
    for pattern, put in _SOUNDS:
        text = pattern.sub(put, text)
    return text


def _pieces(text: str, sizes: Sequence[int]) -> Counter[str]:
    """Return the runs of letters inside each word, its borders included."""
    return Counter(
        padded[start : start + size]
        for word in text.split()
        for padded in (f" {word} ",)
        for size in sizes
        for start in range(len(padded) - size + 1)
    )


def _channels(folded: str) -> tuple[tuple[float, Counter[str]], ...]:
    words = folded.split()
    phrases = Counter([*words, *(f"{left} {right}" for left, right in itertools.pairwise(words))])
    return (
        (LETTERS, _pieces(folded, (2, 3, 4, 5))),
        (WORDS, Counter({f"w:{phrase}": count for phrase, count in phrases.items()})),
        (SOUNDS, Counter({f"s:{piece}": count for piece, count in _pieces(_sounds(folded), (3, 4, 5)).items()})),
    )


class Ranking:
    """Phrasings and whom they belong to, fitted; `rank` compares a question with all of them."""

    def __init__(self, phrasings: Sequence[str], owners: Sequence[int]) -> None:
        """Fit `phrasings` (folded), each of the class `owners` names: 0 to the number of classes - 1."""
        channels = [_channels(phrasing) for phrasing in phrasings]
        seen = Counter(feature for document in channels for _, counts in document for feature in counts)
        self._rarity = {feature: math.log((1 + len(phrasings)) / (1 + count)) + 1 for feature, count in seen.items()}
        self._owners = np.asarray(owners)
        self._classes = int(self._owners.max()) + 1
        self._postings = self._invert([self._weights(document) for document in channels])
        self._count = len(phrasings)
        self._alpha = self._fitted(self._gram())

    def _weights(self, channels: tuple[tuple[float, Counter[str]], ...]) -> dict[str, float]:
        """Return feature → weight; each channel has the length its share says. Unknown features weigh nothing."""
        found: dict[str, float] = {}
        for share, counts in channels:
            weighted = {
                feature: (1 + math.log(count)) * self._rarity[feature]
                for feature, count in counts.items()
                if feature in self._rarity
            }
            length = math.sqrt(sum(weight * weight for weight in weighted.values())) or 1.0
            found.update((feature, share * weight / length) for feature, weight in weighted.items())
        return found

    @staticmethod
    def _invert(documents: Sequence[Mapping[str, float]]) -> dict[str, tuple[NDArray[np.int32], Vector]]:
        postings: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for number, weights in enumerate(documents):
            for feature, weight in weights.items():
                postings[feature][0].append(number)
                postings[feature][1].append(weight)
        return {
            feature: (np.asarray(numbers, np.int32), np.asarray(weights, np.float32))
            for feature, (numbers, weights) in postings.items()
        }

    def _gram(self) -> Vector:
        """Return the similarity of every phrasing with every other: common features at once, rare ones by their few."""
        common = [posting for posting in self._postings.values() if len(posting[0]) > COMMON]
        block = np.zeros((self._count, len(common)), np.float32)
        for column, (numbers, weights) in enumerate(common):
            block[numbers, column] = weights
        gram = block @ block.T
        for numbers, weights in self._postings.values():
            if len(numbers) == 1:
                gram[numbers[0], numbers[0]] += weights[0] ** 2
            elif len(numbers) <= COMMON:
                gram[numbers[:, None], numbers] += weights[:, None] * weights
        return np.asarray(gram, np.float32)

    def _fitted(self, gram: Vector) -> Vector:
        """Return the weight of each phrasing for each class: logistic regression in its dual, by accelerated descent."""
        rows = np.arange(self._count)
        target: Vector = np.zeros((self._count, self._classes), np.float32)
        target[rows, self._owners] = 1
        alpha: Vector = np.zeros_like(target)
        before, best, step, momentum, lowest = alpha, alpha, 1.0, 0, math.inf
        for _ in range(STEPS):
            ahead: Vector = alpha + np.float32(momentum / (momentum + 3)) * (alpha - before)
            scores = gram @ ahead
            chances = softmax(scores)
            loss = RIDGE / 2 * float((ahead * scores).sum()) - float(
                np.log(np.maximum(chances[rows, self._owners], 1e-12)).sum()
            )
            if loss > lowest * 1.02:  # too fast: back to the best place so far, with half the step
                alpha, before, step, momentum = best, best, step / 2, 0
                continue
            if loss < lowest:
                best, lowest = ahead, loss
            slope: Vector = chances - target + np.float32(RIDGE) * ahead
            before, alpha = alpha, np.asarray(ahead - step * slope, np.float32)
            momentum += 1
        return best

    def similarities(self, folded: str) -> Vector:
        """Return how like each phrasing a question is, 0 to LETTERS² + WORDS² + SOUNDS²."""
        found = np.zeros(self._count, np.float32)
        for feature, weight in self._weights(_channels(folded)).items():
            numbers, weights = self._postings[feature]
            found[numbers] += np.float32(weight) * weights
        return found

    def scores(self, similarities: Vector) -> Vector:
        """Return the score of each class, before it is made a chance."""
        return similarities @ self._alpha

    def likeness(self, one: str, other: str) -> float:
        """Return how like each other two folded texts are, on the scale of `similarities`."""
        left, right = self._weights(_channels(one)), self._weights(_channels(other))
        return sum(weight * right.get(feature, 0.0) for feature, weight in left.items())


def softmax(scores: Vector) -> Vector:
    """Return scores as chances that add up to one."""
    risen = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(risen / risen.sum(axis=-1, keepdims=True), np.float32)
