"""What the association knows, and which entry a question is about.

`locales/<language>/faq.toml` holds the entries, `typing.toml` how people type; people add entries in the database.
Phrasings of all languages stand in one ranking (messages mix them); the answer comes in the reader's language.
Base and question go through the same fold (`folding`), then the `ranking`, then the gate of `judging`: below its
thresholds the bot offers, or says that it does not know.
"""

from bot.knowledge.base import Candidate, Knowledge, Reading, Verdict
from bot.knowledge.entries import Entry, Kind, Shelf, Text
from bot.knowledge.folding import fold

__all__ = ["Candidate", "Entry", "Kind", "Knowledge", "Reading", "Shelf", "Text", "Verdict", "fold"]
