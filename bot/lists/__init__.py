"""Lists of people that a coordinator keeps in a spreadsheet: read with every fault named, and written back."""

from bot.lists.people import MAX_ROWS, REASONS, Fault, Listed, fold, read
from bot.lists.rows import MAX_BYTES
from bot.lists.unreadable import Unreadable
from bot.lists.writing import workbook_of, written

__all__ = ["MAX_BYTES", "MAX_ROWS", "REASONS", "Fault", "Listed", "Unreadable", "fold", "read", "workbook_of", "written"]
