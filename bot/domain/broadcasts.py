"""One message to many, written by INSERT … SELECT: nothing of the audience passes through this process.

Nobody is written to by night, nor twice a day unasked, unless it wakes; who cannot be reached is counted as missed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    String,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session, aliased

from bot.domain import outbox, quiet
from bot.domain.desk import Desk
from bot.domain.quiet import Night
from db.models import Delivery, DeliveryState, Lane, Member

# What comes unasked: at most one of these a day.
ONE_A_DAY = ("announcements.copy", "meetings.card", "polls.card", "delegations.public", "volunteers.card",
             "volunteers.again")  # fmt: skip
A_DAY = timedelta(hours=16)
_OTHER = aliased(Delivery)


@dataclass(frozen=True)
class Post:
    """What is sent: its view and subject, its lane, whose act it is. Another `wave` is another time for the same subject.

    `wakes` lets it ring by night, `is_one_a_day` makes it wait for tomorrow where somebody had one today;
    `is_better_early` lets it come at once, without a sound by night, rather than too late.
    """

    view: str
    subject_id: int
    lane: Lane
    author_id: int | None = None
    action: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    wave: str = ""
    expires_at: datetime | None = None
    wakes: bool = False
    is_one_a_day: bool = False
    is_better_early: bool = False

    @property
    def key(self) -> str:
        """Return how the dedupe keys of its copies begin."""
        return f"{self.view}:{self.subject_id}:" + (f"{self.wave}:" if self.wave else "")


def queue(
    session: Session, wanted: Sequence[ColumnElement[bool]], post: Post, *, desk: Desk, now: datetime, not_before: datetime
) -> int:
    """Write a copy for every member the conditions `wanted` hold for, by day where they live; returns how many."""
    queued = 0
    for night, same_night in nights(session, desk, *wanted):
        opens = _opens_at(post, not_before, night)
        is_too_late = post.expires_at is not None and opens >= post.expires_at
        if is_too_late and post.is_better_early and not_before < (post.expires_at or not_before):
            opens, is_too_late = not_before, False
        if not is_too_late:
            queued += _insert(session, [*wanted, same_night], post, now=now, not_before=opens, night=night)
    return queued


def waits(
    session: Session, wanted: Sequence[ColumnElement[bool]], post: Post, *, desk: Desk, not_before: datetime
) -> int:
    """Return how many of those who can be reached would get their copy later: it is night there, or they had one that day."""
    found = 0
    for night, same_night in nights(session, desk, *wanted):
        has_had_one = _had_one(post, not_before) if _may_be_put_off(post) else false()
        must_wait = true() if _opens_at(post, not_before, night) > not_before else has_had_one
        whose = select(func.count()).select_from(Member).where(*wanted, same_night, Member.is_reachable, must_wait)
        found += session.scalar(whose) or 0
    return found


def _opens_at(post: Post, not_before: datetime, night: Night) -> datetime:
    return not_before if post.wakes else quiet.opens_at(not_before, night)


def nights(session: Session, desk: Desk, *whose: ColumnElement[bool]) -> list[tuple[Night, ColumnElement[bool]]]:
    """Return every night the people meant have, and the condition that finds who has it: places and hours that occur."""
    rows = session.execute(select(Member.place, Member.quiet_from, Member.quiet_until).where(*whose).distinct()).all()
    found: list[tuple[Night, ColumnElement[bool]]] = []
    for place, begins, ends in rows:
        same = [Member.place.is_(None) if place is None else Member.place == place,
                Member.quiet_from.is_(None) if begins is None else Member.quiet_from == begins,
                Member.quiet_until.is_(None) if ends is None else Member.quiet_until == ends]  # fmt: skip
        night = desk.night(Member(place=place, quiet_from=begins, quiet_until=ends))
        found.append((night, same[0] & same[1] & same[2]))
    return found


def wait_for_day(session: Session, view: str, subject_id: int, *, desk: Desk, now: datetime) -> None:
    """Let copies that could go now wait for the morning where it is night: what was late rings nobody out of bed."""
    late = (Delivery.view == view, Delivery.subject_id == subject_id, Delivery.state == DeliveryState.QUEUED,
            Delivery.not_before <= now)  # fmt: skip
    theirs = Member.id.in_(select(Delivery.member_id).where(*late))
    for night, same_night in nights(session, desk, theirs):
        opens = quiet.opens_at(now, night)
        if opens > now:
            asleep = Delivery.member_id.in_(select(Member.id).where(same_night))
            session.execute(update(Delivery).where(*late, asleep).values(not_before=opens))


def _insert(
    session: Session, conditions: Sequence[ColumnElement[bool]], post: Post, *, now: datetime, not_before: datetime,
    night: Night,
) -> int:  # fmt: skip
    instant = Delivery.not_before.type
    opens: ColumnElement[Any] = literal(not_before, instant)
    if _may_be_put_off(post):
        morning = quiet.opens_at(_evening_of(not_before, night), night)
        if not (post.is_better_early and post.expires_at and morning >= post.expires_at):
            opens = case((_had_one(post, not_before), literal(morning, instant)), else_=opens)
    columns: dict[str, Any] = {
        "chat_id": Member.telegram_id, "member_id": Member.id, "view": literal(post.view),
        "values": literal(post.values, type_=Delivery.values.type), "lane": literal(int(post.lane)),
        "state": case((Member.is_reachable, DeliveryState.QUEUED.value), else_=DeliveryState.FAILED.value),
        "dedupe_key": _key_of(post), "resends": literal(0), "tries": literal(0),
        "author_id": literal(post.author_id, BigInteger), "action": literal(post.action, String),
        "subject_id": literal(post.subject_id),
        "reason": case((Member.is_reachable, null()), else_=func.coalesce(Member.unreachable_why, "blocked")),
        "created_at": literal(now, instant), "not_before": opens, "expires_at": literal(post.expires_at, instant),
        "settled_at": case((Member.is_reachable, null()), else_=literal(now, instant)),
    }  # fmt: skip
    recipients = select(*columns.values()).where(*conditions, has_none(post))
    done = session.execute(insert(Delivery).from_select([*columns], recipients), execution_options={"preserve_rowcount": True})
    return int(cast("CursorResult[Any]", done).rowcount)


def has_none(post: Post) -> ColumnElement[bool]:
    """Tell that no copy was ever written for a member."""
    return ~exists().where(_OTHER.dedupe_key == _key_of(post))


def _key_of(post: Post) -> ColumnElement[str]:
    return literal(post.key) + as_type(Member.telegram_id, String)


def _may_be_put_off(post: Post) -> bool:
    return post.is_one_a_day and not post.wakes


def _had_one(post: Post, not_before: datetime) -> ColumnElement[bool]:
    return exists().where(
        Delivery.view.in_(ONE_A_DAY), Delivery.chat_id == Member.telegram_id,
        or_(Delivery.subject_id != post.subject_id, Delivery.view != post.view),
        Delivery.state.in_((DeliveryState.SENT, DeliveryState.QUEUED)), Delivery.not_before > not_before - A_DAY,
        Delivery.not_before <= not_before,
    )  # fmt: skip


def _evening_of(instant: datetime, night: Night) -> datetime:
    """Return a moment of the coming night, so that what waits goes out the next morning."""
    local = instant.astimezone(night.zone)
    evening = local.replace(hour=night.begins, minute=30, second=0, microsecond=0)
    return evening if local.hour < night.begins else local


def queue_edits(session: Session, original: tuple[str, int], view: str, *, wave: str, now: datetime) -> None:
    """Queue one change for every copy of `original` (view, subject) that has arrived or is just arriving.

    A copy in flight is changed after it has arrived: the change stands behind it in its chat. Where a change of this
    view already waits, or the copy itself does, nothing is added: it will show what is true when it is made. That it waits
    is certain only once it is locked: the worker may be taking it, to show what is true now, while we look.
    """
    copied_view, subject_id = original
    theirs = (Delivery.view.in_((view, copied_view)), Delivery.subject_id == subject_id)
    waits = select(Delivery.id, Delivery.chat_id, Delivery.view).where(*theirs, Delivery.state == DeliveryState.QUEUED)
    waiting = waits.with_for_update(skip_locked=True).cte("waiting")
    # « NOT IN » is hashed whatever the statistics say; « NOT EXISTS » was a loop in a loop, half a minute for 10 000 copies.
    is_coming = Delivery.id.in_(select(waiting.c.id))
    is_changing = Delivery.chat_id.in_(select(waiting.c.chat_id).where(waiting.c.view == view))
    instant = Delivery.created_at.type
    columns: dict[str, Any] = {
        "chat_id": Delivery.chat_id, "member_id": Delivery.member_id, "view": literal(view),
        "values": literal({}, type_=Delivery.values.type), "lane": Delivery.lane, "state": literal(DeliveryState.QUEUED.value),
        "dedupe_key": literal(f"{view}:{subject_id}:{wave}:") + as_type(Delivery.chat_id, String), "resends": literal(0),
        "tries": literal(0), "subject_id": literal(subject_id), "created_at": literal(now, instant),
        "not_before": literal(now, instant),
    }  # fmt: skip
    copies = select(*columns.values()).where(
        Delivery.view == copied_view, Delivery.subject_id == subject_id,
        Delivery.state.in_(outbox.SHOWS_IT), ~is_coming, ~is_changing,
    )  # fmt: skip
    session.execute(insert(Delivery).from_select([*columns], copies))


def queue_for_groups_told(
    session: Session, original: tuple[str, int], post: Post, where: ColumnElement[bool], *, now: datetime, not_before: datetime,
) -> None:  # fmt: skip
    """Write a copy for each group in which the message `original` (view, subject) has arrived, of those `where` holds for."""
    view, subject_id = original
    told = select(Delivery.chat_id).where(
        Delivery.view == view, Delivery.subject_id == subject_id, Delivery.chat_id < 0, Delivery.state == DeliveryState.SENT,
        where,
    )  # fmt: skip
    for chat_id in session.scalars(told.distinct()).all():
        outbox.put(
            session, chat_id=chat_id, view=post.view, lane=post.lane, now=now, not_before=not_before, values=post.values,
            subject_id=post.subject_id, expires_at=post.expires_at, dedupe_key=f"{post.key}{chat_id}",
        )  # fmt: skip


def copies_in(session: Session, view: str, subject_id: int, chat_ids: Collection[int]) -> dict[int, Delivery]:
    """Return chat → the copy of a message that has arrived there; a chat without one is left out."""
    theirs = (Delivery.view == view, Delivery.subject_id == subject_id, Delivery.chat_id.in_(chat_ids))
    arrived = select(Delivery).where(*theirs, Delivery.state == DeliveryState.SENT).order_by(Delivery.id.desc())
    return {copy.chat_id: copy for copy in session.scalars(arrived)}


def is_copy(session: Session, view: str, chat_id: int, message_id: int) -> bool:
    """Tell whether a message of a chat is a copy of this view, whatever it is about."""
    copy = (Delivery.view == view, Delivery.chat_id == chat_id, Delivery.message_id == message_id)
    return session.scalar(select(Delivery.id).where(*copy).limit(1)) is not None


def open_copies(session: Session, view: str, subject_id: int) -> bool:
    """Tell whether copies of a message are still to be sent."""
    return any(outbox.counts(session, view, subject_id).get(state) for state in outbox.OPEN)
