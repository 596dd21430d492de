"""What people are told of the tasks of a visit: that somebody is sought for one, that theirs is off or on again.

It stands below both visits and tasks: either may take a task from under somebody, who must hear of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.domain import itineraries, outbox, quiet
from bot.domain.desk import Desk
from bot.domain.itineraries import HELD
from db.models import Claim, Delegation, DelegationState, Lane, Member, Stop, Task

SEEKING, CALL, UNCLAIMED, FREED, REMINDER, OFF, ON_AGAIN = (
    "tasks.seeking", "tasks.call", "tasks.unclaimed", "tasks.freed", "tasks.reminder", "tasks.off", "tasks.on_again",
)  # fmt: skip
SOON = timedelta(hours=24)


def opens_at(at: datetime | None, member: Member, *, desk: Desk, now: datetime) -> datetime:
    """Return when somebody may hear what concerns an hour: at once a day before it or after, else by day where they live."""
    is_soon = at is not None and abs(at - now) < SOON
    return now if is_soon else quiet.opens_at(now, desk.night(member))


def stop_all(session: Session, delegation_id: int, *, now: datetime) -> None:
    """Call nobody any more for a visit that is over."""
    for view in (CALL, SEEKING, UNCLAIMED, REMINDER):
        outbox.stop(session, view, delegation_id, now=now)


def tell_off(
    session: Session, delegation: Delegation, taken: ColumnElement[bool], *, actor: Member, desk: Desk, now: datetime
) -> None:
    """Tell whoever is on the tasks that `taken` holds for that nobody is wanted there any more."""
    for claim, who, at in _holders(session, delegation, taken, actor):
        _tell(session, OFF, claim, who, at, desk, now)


def tell_on_again(
    session: Session, delegation: Delegation, planned: ColumnElement[bool], *, actor: Member, desk: Desk, now: datetime
) -> None:
    """Ask whoever was told off whether they still can; who had not heard of it yet hears nothing of either."""
    for claim, who, at in _holders(session, delegation, planned, actor):
        if not outbox.stop(session, OFF, claim.id, now=now):
            claim.is_to_confirm = True
            _tell(session, ON_AGAIN, claim, who, at, desk, now)


def _holders(
    session: Session, delegation: Delegation, wanted: ColumnElement[bool], actor: Member
) -> list[tuple[Claim, Member, datetime | None]]:
    """Return who is on these tasks and when, besides whoever acts; nobody while a visit is a draft or over."""
    if delegation.state != DelegationState.OPEN:
        return []
    rows = session.execute(
        select(Claim, Member, Task, Stop).join(Member, Member.id == Claim.member_id).join(Task, Task.id == Claim.task_id)
        .join(Stop, Stop.id == Task.stop_id).where(Claim.state.in_(HELD), Member.id != actor.id, wanted).order_by(Claim.id)
    ).all()  # fmt: skip
    return [(claim, who, itineraries.due_at(task, stop)) for claim, who, task, stop in rows]


def _tell(
    session: Session, view: str, claim: Claim, who: Member, at: datetime | None, desk: Desk, now: datetime
) -> None:
    if who.is_reachable:
        outbox.put(
            session, chat_id=who.telegram_id, member_id=who.id, view=view, lane=Lane.URGENT, now=now,
            not_before=opens_at(at, who, desk=desk, now=now), expires_at=at if at and at > now else None,
            subject_id=claim.id, values={"task_id": claim.task_id},
        )  # fmt: skip
