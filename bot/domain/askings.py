"""What the bot made of each message: the last topic, misses in a row, what is asked most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.models import Asking, Member, Question, QuestionState

TOPIC_LASTS = timedelta(minutes=30)
MISSED = ("handoff", "clarify")
LONGEST_TEXT = 500


def note(
    session: Session,
    member: Member,
    *,
    message_id: int,
    kind: str,
    entry: str | None,
    language: str,
    text: str | None,
    now: datetime,
) -> None:
    """Write down what became of a message; its words too, which `forget_texts` leaves only where the bot did not know."""
    kept = text[:LONGEST_TEXT] if text else None
    session.add(Asking(
        member_id=member.id, message_id=message_id, kind=kind, entry=entry, language=language, text=kept, asked_at=now,
        was_wrong=False,
    ))  # fmt: skip
    session.flush()


def last_topic(session: Session, member: Member, *, now: datetime) -> str | None:
    """Return the entry somebody was told within the last half hour, if nothing else came after it."""
    last = _last(session, member)
    is_fresh = last is not None and last.kind in ("answer", "chosen") and last.asked_at > now - TOPIC_LASTS
    return last.entry if last and is_fresh else None


def missed_before(session: Session, member: Member, *, now: datetime) -> int | None:
    """Return their last message, of the last half hour, if it found no answer either."""
    last = _last(session, member)
    is_miss = last is not None and last.kind == "handoff" and last.asked_at > now - TOPIC_LASTS
    return last.message_id if last and is_miss else None


def _last(session: Session, member: Member) -> Asking | None:
    mine = select(Asking).where(Asking.member_id == member.id).order_by(Asking.id.desc()).limit(1)
    return session.scalar(mine)


def was_wrong(session: Session, member: Member, message_id: int) -> str | None:
    """Note that the answer to a message was not it, and return the entry that was told."""
    told = select(Asking).where(Asking.member_id == member.id, Asking.message_id == message_id, Asking.kind == "answer")
    asking = session.scalar(told.order_by(Asking.id.desc()).limit(1))
    if asking is None:
        return None
    asking.was_wrong = True
    return asking.entry


@dataclass(frozen=True)
class Statistics:
    """What was asked since a day: counts, the entries told most, what was not known, how fast people answered."""

    asked: int
    known: int
    offered: int
    unknown: int
    wrong: int
    most: tuple[tuple[str, int], ...]
    missed: tuple[str, ...]
    waiting: int
    answered: int
    median_hours: float | None


def statistics(session: Session, *, since: datetime) -> Statistics:
    """Return what was asked since then; texts are those of questions the bot did not know, newest first."""
    rows = list(session.scalars(select(Asking).where(Asking.asked_at >= since).order_by(Asking.id.desc())))
    kinds = Counter(row.kind for row in rows)
    told = Counter(row.entry for row in rows if row.kind in ("answer", "chosen") and row.entry)
    missed = dict.fromkeys(row.text for row in rows if row.kind == "handoff" and row.text)
    hours = sorted(
        (answered - asked).total_seconds() / 3600
        for asked, answered in session.execute(
            select(Question.asked_at, Question.answered_at).where(Question.answered_at >= since, Question.asked_at >= since)
        )
        if answered
    )
    open_ones = session.scalar(select(func.count()).where(Question.state == QuestionState.OPEN)) or 0
    return Statistics(
        asked=sum(kinds[kind] for kind in ("answer", "clarify", "handoff")), known=kinds["answer"], offered=kinds["clarify"],
        unknown=kinds["handoff"], wrong=sum(row.was_wrong for row in rows), most=tuple(told.most_common(8)),
        missed=tuple(missed)[:5], waiting=open_ones, answered=len(hours),
        median_hours=hours[len(hours) // 2] if hours else None,
    )  # fmt: skip


def told_most(session: Session) -> Counter[str]:
    """Return how often each entry was told."""
    counted = select(Asking.entry, func.count()).where(Asking.entry.is_not(None)).group_by(Asking.entry)
    return Counter({str(entry): int(count) for entry, count in session.execute(counted)})


def forget_texts(session: Session, *, before: datetime) -> None:
    """Forget the words of what the bot knew and nobody found wrong."""
    known = (Asking.asked_at < before, Asking.kind.not_in(MISSED), ~Asking.was_wrong)
    session.execute(update(Asking).where(*known).values(text=None))


def purge(session: Session, *, before: datetime) -> None:
    """Forget what was asked before then."""
    session.execute(delete(Asking).where(Asking.asked_at < before))
