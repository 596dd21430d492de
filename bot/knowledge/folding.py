"""One key for the many ways a text is typed: without hooks or accents, the French way, in haste."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

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
