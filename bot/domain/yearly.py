"""What an association did in a year, for its partners: counts and hours, no names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.domain import rsvps, signups, tasks
from db.models import (
    Asking,
    Claim,
    ClaimState,
    Delegation,
    DelegationState,
    Meeting,
    MeetingState,
    Member,
    Question,
    Task,
)


@dataclass(frozen=True)
class Year:
    """Meetings held and presences at them; visits and who came with them; helps given, hours by place; questions."""

    year: int
    meetings: int
    presences: int
    visits: int
    visitors: int
    helpers: int
    hours: Mapping[str, float]
    asked: int
    answered: int

    @property
    def all_hours(self) -> float:
        """Return the hours given at all places."""
        return sum(self.hours.values())


def of(session: Session, year: int) -> Year:
    """Return what was done in a year, counted in UTC. What is erased or purged since counts without its names."""
    since, until = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    held = session.scalars(
        select(Meeting).where(Meeting.state == MeetingState.OPEN, Meeting.starts_at >= since, Meeting.starts_at < until)
    ).all()
    visits = session.scalars(
        select(Delegation).where(Delegation.state == DelegationState.CLOSED, Delegation.arrives_on >= date(year, 1, 1),
                                 Delegation.arrives_on < date(year + 1, 1, 1))
    ).all()  # fmt: skip
    given = signups.given_by_place(session, since, until)
    hours = Counter({one.what: one.hours for one in given})
    welcomed = _welcomed(session, [one.id for one in visits])
    hours.update(welcomed[1])
    asked = (Asking.asked_at >= since, Asking.asked_at < until, Asking.kind.in_(("answer", "clarify", "handoff")))
    answered = (Question.answered_at >= since, Question.answered_at < until)
    return Year(
        year, len(held), sum(rsvps.attendance(session, one) for one in held), len(visits), sum(one.persons for one in visits),
        sum(one.persons for one in given) + welcomed[0], dict(hours), _count(session, *asked), _count(session, *answered),
    )  # fmt: skip


def _welcomed(session: Session, visit_ids: list[int]) -> tuple[int, Counter[str]]:
    """Return how many tasks of these visits were done, and the hours they count, by place."""
    place = func.coalesce(Member.place, "elsewhere")
    rows = session.execute(
        select(place, func.count()).select_from(Claim).join(Task, Task.id == Claim.task_id)
        .join(Member, Member.id == Claim.member_id)
        .where(Task.delegation_id.in_(visit_ids), Claim.state.in_((ClaimState.DONE, ClaimState.HELD))).group_by(place)
    ).all()  # fmt: skip
    each = tasks.HOURS_EACH.total_seconds() / 3600
    return sum(count for _, count in rows), Counter({str(where): count * each for where, count in rows})


def _count(session: Session, *wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*wanted)) or 0
