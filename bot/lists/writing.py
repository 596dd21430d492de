"""Rows to a file that French Excel opens with a double click, and that never runs anything."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

import phonenumbers
import xlsxwriter

# Excel in East Asian settings takes the wide signs for the narrow ones.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SHEET = re.compile(r"[\[\]:*?/\\]")  # what the name of a sheet may not hold
_PHONE = re.compile(r"\+[0-9]{7,15}")


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a CSV of UTF-8 with its mark, semicolons and CRLF, in which no cell is a formula.

    A cell that would be one gets an apostrophe before it. A telephone number does not, since Excel shows that
    apostrophe when it comes from a file; +33612345678 is written +33 6 12 34 56 78 instead: with its spaces it is
    neither a figure (Excel would drop the plus and show 3,36E+10) nor a formula, so it stays as it is read aloud.
    """
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";", lineterminator="\r\n").writerows([[_harmless(cell) for cell in row] for row in rows])
    return file.getvalue().encode("utf-8-sig", "replace")


def _harmless(cell: str) -> str:
    if _PHONE.fullmatch(cell):
        return _spaced(cell)
    return f"'{cell}" if cell.startswith(_RUNS) else cell


def _spaced(phone: str) -> str:
    """The code of the country stands alone at least, whatever the habits there."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return f"'{phone}"
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return "+" + " ".join(re.findall(r"[0-9]+", shown))


def _writable(cell: str | int) -> str | int:
    """Half a character that came from somewhere must not cost the whole list."""
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell


def workbook_of(sheets: Mapping[str, Sequence[Sequence[str | int]]]) -> bytes:
    """Return an Excel file of these sheets (name → rows, the first one its head), in which no cell is a formula or a link."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(_SHEET.sub(" ", name)[:31] or "1")
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write(number, column, _writable(cell), bold if number == 0 else None)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return file.getvalue()
