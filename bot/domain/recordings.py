"""Human voices: one for a sentence or an entry and a language; stored once, sent by its file id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain import policy
from bot.errors import Refusal
from db.models import Member, Recording

LONGEST_SECONDS = 60
NOTICE_SECONDS = 30
NOTICE = "say:privacy.notice"


def put(
    session: Session, member: Member, *, key: str, language: str, file_id: str, seconds: int, text: str, now: datetime
) -> None:
    """Store a voice in place of the one before. Raises Refusal for one that is empty or too long."""
    policy.require(member.role, "recordings.write")
    longest = NOTICE_SECONDS if key == NOTICE else LONGEST_SECONDS
    if seconds < 1:
        raise Refusal("recordings.empty")
    if seconds > longest:
        raise Refusal("recordings.too_long", longest=longest)
    recording = session.get(Recording, (key, language))
    if recording is None:
        recording = Recording(key=key, language=language)
        session.add(recording)
    recording.file_id, recording.seconds, recording.text = file_id, seconds, text
    recording.recorded_by, recording.recorded_at = member.id, now


def withdraw(session: Session, member: Member, *, key: str, language: str) -> None:
    """Take a voice back; the text is shown again."""
    policy.require(member.role, "recordings.write")
    recording = session.get(Recording, (key, language))
    if recording is not None:
        session.delete(recording)


def voices(session: Session) -> dict[tuple[str, str], str]:
    """Return (key, language) → file id, for all there is."""
    return {(one.key, one.language): one.file_id for one in session.scalars(select(Recording))}


def texts(session: Session) -> dict[tuple[str, str], str]:
    """Return (key, language) → the text that was read."""
    return {(one.key, one.language): one.text for one in session.scalars(select(Recording))}


def listeners(session: Session) -> int:
    """Return how many people would rather listen."""
    return session.scalar(select(func.count()).where(Member.listens_first)) or 0
