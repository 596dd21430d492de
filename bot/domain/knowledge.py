"""What people add to the knowledge that comes in files: who, when, in which language; never who asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import policy
from bot.knowledge import Entry, Kind, Text
from db.models import AddedEntry, EntryText, Member

GROUP = "added"
LONGEST_TITLE = 30
LONGEST_QUESTION = 300
LONGEST_ANSWER = 900
_NUMBER = re.compile(r"(?:\+?\d[\s.\-]?){8,}")
_ADDRESS = re.compile(r"\S+@\S+")


@dataclass(frozen=True)
class Change:
    """How an entry stands with us: languages whose text is to be looked at again, who changed it last and when."""

    stale: frozenset[str]
    changed_by: str
    changed_at: datetime
    is_retired: bool


def add(session: Session, member: Member, *, language: str, question: str, answer: str, now: datetime) -> str:
    """Add an entry in one language and return its name."""
    policy.require(member.role, "knowledge.write")
    entry = AddedEntry(name="", made_at=now)
    entry.name = f"{GROUP}.{now:%y%m%d%H%M%S}.{member.id}"
    session.add(entry)
    session.flush()
    _write(session, entry, member, language, Text(title_of(question), answer, (question,)), now)
    return entry.name


def put_text(session: Session, member: Member, entry: Entry, language: str, text: Text, *, now: datetime) -> None:
    """Write an entry in one language; its twins in the others are to be looked at again when the answer changed.

    A file's entry is overridden: its texts are taken over first.
    """
    policy.require(member.role, "knowledge.write")
    row = _row(session, entry, now)
    before = entry.texts.get(language)
    _write(session, row, member, language, text, now)
    if before is not None and before.answer != text.answer:
        for other in _texts(session, row):
            other.is_stale = other.is_stale or other.language != language


def retire(session: Session, member: Member, entry: Entry, *, is_retired: bool, now: datetime) -> None:
    """Take an entry out of the answers, or bring it back."""
    policy.require(member.role, "knowledge.write")
    row = _row(session, entry, now)
    row.retired_at = now if is_retired else None
    for text in _texts(session, row):
        text.changed_by, text.changed_at = member.first_name, now


def _row(session: Session, entry: Entry, now: datetime) -> AddedEntry:
    row = session.scalar(select(AddedEntry).where(AddedEntry.name == entry.name))
    if row is None:
        row = AddedEntry(name=entry.name, made_at=now)
        session.add(row)
        session.flush()
        for language, text in entry.texts.items():
            session.add(EntryText(
                entry_id=row.id, language=language, title=text.title, answer=text.answer, questions=list(text.questions),
                is_stale=False, changed_by="", changed_at=now,
            ))  # fmt: skip
        session.flush()
    return row


def _write(session: Session, row: AddedEntry, member: Member, language: str, text: Text, now: datetime) -> None:
    known = session.get(EntryText, (row.id, language))
    if known is None:
        known = EntryText(entry_id=row.id, language=language)
        session.add(known)
    known.title, known.answer, known.questions = text.title[:64], text.answer, list(text.questions)
    known.is_stale, known.changed_by, known.changed_at = False, member.first_name, now
    session.flush()


def _texts(session: Session, row: AddedEntry) -> list[EntryText]:
    return list(session.scalars(select(EntryText).where(EntryText.entry_id == row.id)))


def overlay(session: Session, files: dict[str, Entry]) -> tuple[list[Entry], set[str]]:
    """Return the entries people wrote or changed, and the names of those they retired."""
    written: list[Entry] = []
    retired: set[str] = set()
    for row in session.scalars(select(AddedEntry).order_by(AddedEntry.id)):
        if row.retired_at is not None:
            retired.add(row.name)
        texts = {text.language: Text(text.title, text.answer, tuple(text.questions)) for text in _texts(session, row)}
        below = files.get(row.name)
        if below:
            texts = {**below.texts, **texts}
        written.append(Entry(
            row.name, Kind.ENTRY, below.group if below else GROUP, below.source if below else (),
            below.valid if below else "", texts,
        ))  # fmt: skip
    return written, retired


def changes(session: Session) -> dict[str, Change]:
    """Return entry name → how it stands, for what people wrote or changed."""
    found = {}
    for row in session.scalars(select(AddedEntry)):
        texts = _texts(session, row)
        newest = max(texts, key=lambda text: (bool(text.changed_by), text.changed_at))
        stale = frozenset(text.language for text in texts if text.is_stale)
        found[row.name] = Change(stale, newest.changed_by, newest.changed_at, row.retired_at is not None)
    return found


def title_of(question: str) -> str:
    """Return a question short enough for a button, with its question mark."""
    words = question.strip().rstrip("?!. ").strip()
    return f"{words} ?" if len(words) <= LONGEST_TITLE - 2 else f"{words[: LONGEST_TITLE - 3].rstrip()}… ?"


def without_person(text: str, first_name: str) -> str:
    """Return a text without the asker's name, and without anything like a number or an address to reach somebody."""
    text = _ADDRESS.sub("", _NUMBER.sub("", text))
    if first_name:
        text = re.sub(rf"\b{re.escape(first_name)}\b", "", text, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", text).strip()
