"""Words on a picture: broken into lines, as large as their place allows, without what the font cannot draw."""

from __future__ import annotations

import bisect
import functools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import ImageDraw, ImageFont

from bot.names import visible

FONT = Path(__file__).parent.parent / "fonts" / "NotoSans-Regular.ttf"
GAP = 1.5  # between two blocks, in heights of their letters
_NOWHERE = "\U0010ffff"  # no font has it: shows what a missing character looks like
_MARKS_A_LETTER = 2  # more would climb over the line above
_WIDEST = 250  # characters of a line, were all of them dots
_READ = 1500  # characters of all blocks; no place holds more


@dataclass(frozen=True)
class Place:
    """Where words may stand: their width and height in pixels, their number of lines, their sizes, largest first."""

    width: int
    height: int
    sizes: Sequence[int]
    spacing: float = 1.36
    lines: int = 100


@dataclass(frozen=True)
class Lettering:
    """Lines of one size, ready to draw; a new block begins before each line named in `breaks`."""

    lines: tuple[str, ...]
    size: int
    spacing: float
    breaks: tuple[int, ...] = ()

    @property
    def height(self) -> int:
        """Return how high they stand, in pixels."""
        return round(self.size * (len(self.lines) * self.spacing + len(self.breaks) * GAP))

    def middles(self, top: int) -> Iterator[tuple[str, int]]:
        """Yield each line with the height of its middle, when the first begins at `top`."""
        for number, line in enumerate(self.lines):
            before = sum(at <= number for at in self.breaks) * GAP
            yield line, round(top + self.size * ((number + 0.5) * self.spacing + before))


def fitted(blocks: Sequence[str], *places: Place) -> Lettering:
    """Return the words as large as they fit the first place that can hold them; in the last one the end is cut."""
    words = _read(blocks)
    for place in places:
        # Halving, since a text is quick to measure and slow to measure twenty times.
        at = bisect.bisect_left(place.sizes, True, key=lambda size: _fits(_set(words, place, size), place))
        if at < len(place.sizes):
            return _set(words, place, place.sizes[at])
    return _cut(_set(words, places[-1], places[-1].sizes[-1]), places[-1])


def _read(blocks: Sequence[str]) -> list[list[str]]:
    """Return the lines of each block that has any, and no more of them all than a place could hold."""
    words: list[list[str]] = []
    left = _READ
    for block in blocks:
        if lines := _drawable(block[:left]):
            words.append(lines)
        left -= len(block[:left])
    return words


def _fits(found: Lettering, place: Place) -> bool:
    return len(found.lines) <= place.lines and found.height <= place.height


def draw(pen: ImageDraw.ImageDraw, lettering: Lettering, top: int, ink: str, *, bold: bool = False) -> None:
    """Draw the lines, each in the middle of the picture."""
    # The font has one weight; a thin stroke makes the second.
    stroke = lettering.size / 45 if bold else 0
    for line, middle in lettering.middles(top):
        pen.text((pen.im.size[0] / 2, middle), line, ink, font(lettering.size), anchor="mm", stroke_width=stroke)


@functools.cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the shipped font, which has the hooked letters of Bambara."""
    return ImageFont.truetype(FONT, size)


def _set(blocks: Sequence[Sequence[str]], place: Place, size: int) -> Lettering:
    lines: list[str] = []
    breaks: list[int] = []
    for block in blocks:
        if lines:
            breaks.append(len(lines))
        for line in block:
            lines += _wrapped(line, size, place.width)
    return Lettering(tuple(lines), size, place.spacing, tuple(breaks))


def _cut(found: Lettering, place: Place) -> Lettering:
    lines = found.lines[: place.lines]
    while lines and not _fits(found := _of(found, lines), place):
        lines = lines[:-1]
    if not lines:
        return _of(found, ())
    last = lines[-1]
    while last and font(found.size).getlength(last + "…") > place.width:
        last = last[:-1]
    return _of(found, (*lines[:-1], last.rstrip(" .,;:") + "…"))


def _of(found: Lettering, lines: tuple[str, ...]) -> Lettering:
    return replace(found, lines=lines, breaks=tuple(at for at in found.breaks if at < len(lines)))


def _wrapped(text: str, size: int, width: int) -> Iterator[str]:
    line, so_far = "", 0.0
    for word in text.split():
        longer = so_far + _length(" ", size) + _length(word, size)
        if line and longer <= width:
            line, so_far = f"{line} {word}", longer
            continue
        if line:
            yield line
        while (fits := _fitting(word, size, width)) < len(word):
            yield word[:fits]
            word = word[fits:]
        line, so_far = word, _length(word, size)
    if line:
        yield line


def _fitting(word: str, size: int, width: int) -> int:
    """Return how many characters of a word stand on one line; an address breaks behind a stroke if it can."""
    shown = word[:_WIDEST]
    if shown == word and _length(word, size) <= width:
        return len(word)
    fits = max(1, bisect.bisect_right(range(1, len(shown)), width, key=lambda length: int(_length(shown[:length], size))))
    nice = max(shown.rfind(sign, 0, fits) for sign in "/?&=-_") + 1
    return nice if nice > fits // 2 else fits


@functools.lru_cache(maxsize=4096)
def _length(word: str, size: int) -> float:
    return font(size).getlength(word)


def _drawable(text: str) -> list[str]:
    lines = ["".join(_drawn_characters(unicodedata.normalize("NFC", visible(line)))) for line in text.splitlines()]
    return [line for line in lines if line.strip()]


def _drawn_characters(line: str) -> Iterator[str]:
    marks = 0
    for char in line:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARKS_A_LETTER and _has(char):
            yield char


@functools.lru_cache(maxsize=4096)
def _has(char: str) -> bool:
    def shape(of: str) -> tuple[tuple[int, int], bytes]:
        mask = font(40).getmask(of)
        return mask.size, bytes(mask)

    return shape(char) != shape(_NOWHERE)
