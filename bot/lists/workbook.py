"""An XLSX to rows of text, once nothing in it can fill the memory.

Two kinds of bombs: a small zip that unpacks to gigabytes, and a sheet with two cells a billion rows apart, which
the reader would lay out whole. So each part is unpacked in pieces and looked at as XML, and the reader is given
a new file, made of the parts that were looked at and of nothing else.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from bot.lists.unreadable import Unreadable

MAX_UNPACKED_BYTES = 30_000_000
MAX_PARTS = 1_000
MAX_ELEMENTS = 500_000
MAX_CELLS = 200_000  # from A1 to the last filled one, empty ones too
_PIECE_BYTES = 65_536
_NUMBER = re.compile(r"[0-9]{1,7}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# Without styles, since a telephone number in a column of dates is then still one; as a date the reader panics at it.
# Without the parts of other kinds of workbook, which would be tried next and are not looked at as closely.
_PARTS = re.compile(r"xl/(?!styles).+\.(xml|rels)|_rels/\.rels|\[content_types\]\.xml", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, LookupError)


def rows_of(content: bytes, *, most: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the first sheet that is shown, from its first line; raises Unreadable."""
    try:
        safe, refused = _looked_at(content, most=most)
    except _BROKEN:
        raise Unreadable("not_a_list") from None
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(safe)) as book:
            return iter([tuple(_text(value) for value in row) for row in _sheet(book).to_python(skip_empty_area=False)])
    except (CalamineError, OSError, ValueError, ArithmeticError):
        raise Unreadable(refused or "not_a_list") from None
    except BaseException as error:
        # The reader's own panic is no Exception, would pass every border of ours, and has no name to import.
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("not_a_list") from None


def _sheet(book: CalamineWorkbook) -> CalamineSheet:
    for sheet in book.sheets_metadata:
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return book.get_sheet_by_name(sheet.name)
    raise Unreadable("not_a_list")


def _text(value: object) -> str:
    """A telephone number that the sheet holds as 33612345678.0 is its digits."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _looked_at(content: bytes, *, most: int) -> tuple[bytes, str | None]:
    """Return a zip of the parts that are harmless, and why a sheet was left out, if one was."""
    file, refused = io.BytesIO(), None
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(file, "w") as safe:
        parts = {part.filename.replace("\\", "/"): part for part in given.infolist()}
        if len(parts) > MAX_PARTS:
            raise Unreadable("too_large")
        left = MAX_UNPACKED_BYTES
        for name in filter(_PARTS.fullmatch, parts):
            unpacked = _unpacked(given, parts[name], left)
            left -= len(unpacked)
            reason = _Look(most).refuses(unpacked)
            if reason is None:
                safe.writestr(name, unpacked)
            elif reason != "not_a_list":
                refused = reason
    return file.getvalue(), refused


def _unpacked(given: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> bytes:
    """Return a part's bytes; what its header says of their number is not believed."""
    # Spreadsheets know no other kinds, and those are not unpacked in pieces: one piece may be a gigabyte.
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("not_a_list")
    pieces: list[bytes] = []
    with given.open(part) as stream:
        while piece := stream.read(_PIECE_BYTES):
            left -= len(piece)
            if left < 0:
                raise Unreadable("too_large")
            pieces.append(piece)
    return b"".join(pieces)


class _Look:
    """Walks through one XML part and counts what the reader would lay out."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.row = self.column = 0  # where we are; 0 is outside
        self.elements = self.filled_rows = self.lowest = self.widest = self._last_filled = 0

    def refuses(self, part: bytes) -> str | None:
        """Return why this part stays out, or None: no XML, a document type, a sheet with too much or too far apart."""
        # Never the encoding that a part claims: the reader would not follow it, and see other cells than we do.
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._opened
        parser.StartDoctypeDeclHandler = self._document_type
        try:
            parser.Parse(part, True)
        except expat.ExpatError:
            return "not_a_list"
        except Unreadable as error:
            return error.kind
        return None

    def _document_type(self, *_: object) -> None:
        raise Unreadable("not_a_list")

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        # The reader takes memory for as many as are announced, and ends the whole process when there is none.
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise Unreadable("too_large")
        for announced in {"count", "uniqueCount"} & attributes.keys():
            self._number(attributes[announced])
        match name.rpartition(":")[2]:
            case "row":
                self.row, self.column = self._number(attributes.get("r", str(self.row + 1))), 0
            case "c":
                self._at_cell(attributes.get("r"))
            case "v" | "is" | "t" | "f":
                self._fill()

    def _number(self, given: str) -> int:
        if not _NUMBER.fullmatch(given):
            raise Unreadable("not_a_list")
        return int(given)

    def _at_cell(self, reference: str | None) -> None:
        if reference is None:
            self.column += 1
            return
        found = _REFERENCE.fullmatch(reference.upper())
        if not found:
            raise Unreadable("not_a_list")
        self.column = 0
        for letter in found[1]:
            self.column = self.column * 26 + ord(letter) - ord("A") + 1
        self.row = int(found[2])

    def _fill(self) -> None:
        # Only filled cells count: programs style whole columns, and write a height for line 1 048 576.
        if self.column == 0:
            return
        self.filled_rows += self.row != self._last_filled
        self._last_filled = self.row
        self.lowest = max(self.lowest, self.row)
        self.widest = max(self.widest, self.column)
        if self.filled_rows > self.most:
            raise Unreadable("too_many")
        if self.lowest * self.widest > MAX_CELLS:
            raise Unreadable("too_large")
