"""A file to rows of text, whatever program wrote it; the kind is told by the bytes, never by the name."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence

from bot.lists import workbook
from bot.lists.unreadable import Unreadable

MAX_BYTES = 1_000_000
COLUMNS, LONGEST_CELL = 50, 500  # what lies beyond is not about who somebody is
SEPARATORS = ";\t,"  # as likely in France, first first
_SAMPLE_LINES = 20
_SIGNS = (b"%PDF", b"{\\rtf", b"<!DOCTYPE", b"<html", b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def rows_of(content: bytes, *, most: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a CSV or XLSX, empty ones too, so that the n-th is the line n a person sees.

    A workbook of more than `most` rows is refused. Raises Unreadable, perhaps only on the way.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large")
    if content.startswith(b"PK\x03\x04"):
        return (_bounded(row) for row in workbook.rows_of(content, most=most))
    return _csv_rows(_text_of(content))


def _text_of(content: bytes) -> str:
    if content.startswith(_SIGNS):
        raise Unreadable("not_a_list")
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError:
        raise Unreadable("not_a_list") from None
    if "\0" in text or len(_CONTROL.findall(text)) > len(text) // 100 + 1:
        raise Unreadable("not_a_list")
    return text


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = content[1::2].count(0), content[::2].count(0)
    if max(zeros) > len(content) // 8:
        return "utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _csv_rows(text: str) -> Iterator[tuple[str, ...]]:
    # One quotation mark left open would swallow all people after it: then they are letters like others.
    is_torn = text.count('"') % 2 == 1
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_separator(text), quoting=csv.QUOTE_NONE if is_torn else csv.QUOTE_MINIMAL
    )
    try:
        for row in reader:
            yield _bounded(row)
    except csv.Error:
        raise Unreadable("not_a_list") from None


def _bounded(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell[:LONGEST_CELL] for cell in row[:COLUMNS])


def _separator(text: str) -> str:
    lines = re.sub(r'"[^"]*"', "", text[:20_000]).splitlines()[:_SAMPLE_LINES]
    return max(SEPARATORS, key=lambda separator: sum(separator in line for line in lines))
