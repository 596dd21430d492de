"""The agenda: what comes, what was, for whoever asks; and what members want to speak about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.domain import audiences, meetings, members, outbox, policy, rsvps
from bot.errors import NotFound, Refusal
from db.models import Document, Lane, Meeting, MeetingPoint, MeetingState, Member, PointState, Rsvp

SEEN = (MeetingState.PLANNED, MeetingState.OPEN, MeetingState.POSTPONED, MeetingState.CANCELLED)
CALLED_OFF_SHOWN = timedelta(days=14)
LONGEST_POINT, MOST_POINTS = 300, 3
_DAYS_FIRST = (Meeting.starts_at.is_(None), Meeting.starts_at, Meeting.id)  # databases differ on where nothing sorts
READ = 200  # rows looked at, whatever the association's age


def upcoming(session: Session, member: Member | None, *, now: datetime, place: str | None = None) -> list[Meeting]:
    """Return what comes for somebody, the next first; what has begun and is not over too. A stranger sees what is public."""
    if member is None:
        found = [one for one in _coming(session, now) if one.is_public]
    else:
        answered = select(Rsvp.meeting_id).where(Rsvp.member_id == member.id, Rsvp.answer != "no")
        said_yes = set(session.scalars(answered))
        found = [one for one in _coming(session, now) if rsvps.is_for(member, one) or _still_comes(member, one, said_yes)]
    return [one for one in found if place is None or _is_near(session, one, place)]


def _still_comes(member: Member, meeting: Meeting, said_yes: set[int]) -> bool:
    """Tell whether somebody comes who lives elsewhere now than where it was announced."""
    return meeting.id in said_yes and member.role in (meeting.roles or audiences.INSIDE)


def upcoming_here(session: Session, chat_id: int, *, now: datetime) -> list[Meeting]:
    """Return what comes and a group may read of: what is public, what is for everybody inside, what was announced there."""
    return [
        one for one in _coming(session, now)
        if one.is_public or not (one.places or one.roles) or chat_id in one.groups
    ]  # fmt: skip


def _coming(session: Session, now: datetime) -> list[Meeting]:
    running = or_(Meeting.starts_at > now - meetings.LASTS, Meeting.ends_at > now, Meeting.starts_at.is_(None))
    rows = select(Meeting).where(Meeting.state.in_(SEEN), running).order_by(*_DAYS_FIRST).limit(READ)
    return [one for one in session.scalars(rows) if _is_shown(one, now)]


def _is_shown(meeting: Meeting, now: datetime) -> bool:
    if meeting.state == MeetingState.CANCELLED:
        was_told = meeting.published_at is not None
        if not was_told or meeting.starts_at is None or meeting.starts_at > now + CALLED_OFF_SHOWN:
            return False
    if not rsvps.is_known(meeting):
        return False
    return meeting.state == MeetingState.POSTPONED or not meetings.is_over(meeting, now=now)


def _is_near(session: Session, meeting: Meeting, place: str) -> bool:
    """Tell whether it takes place where somebody lives; where that is not known, whether it is for those who live there."""
    venue = meetings.venue_of(session, meeting)
    if venue is not None and venue.place:
        return venue.place == place
    return not meeting.places or place in meeting.places


def past(session: Session, member: Member, *, now: datetime) -> list[Meeting]:
    """Return what took place, the last first."""
    ended = (Meeting.state == MeetingState.OPEN, Meeting.starts_at <= now)
    rows = select(Meeting).where(*ended).order_by(Meeting.starts_at.desc()).limit(READ)
    return [one for one in session.scalars(rows) if meetings.is_over(one, now=now) and rsvps.is_for(member, one)]


def in_preparation(session: Session, actor: Member) -> list[Meeting]:
    """Return drafts and what is planned by hand, the last changed first."""
    policy.require(actor.role, "meetings.write")
    rows = select(Meeting).where(
        or_(Meeting.state == MeetingState.DRAFT, (Meeting.state == MeetingState.PLANNED) & Meeting.series_id.is_(None))
    )
    return list(session.scalars(rows.order_by(Meeting.changed_at.desc(), Meeting.id.desc()).limit(READ)))


def without_title(session: Session, languages: list[str], *, now: datetime) -> list[Meeting]:
    """Return what is to come and lacks a title in some language."""
    is_to_come = or_(Meeting.starts_at > now, Meeting.starts_at.is_(None))
    rows = select(Meeting).where(Meeting.state != MeetingState.CANCELLED, is_to_come)
    return [one for one in session.scalars(rows.order_by(*_DAYS_FIRST)) if meetings.lacks_title(one, languages)]


def minutes_of(session: Session, meeting_id: int) -> list[Document]:
    """Return the minutes of a meeting, oldest first."""
    rows = select(Document).where(Document.meeting_id == meeting_id, Document.kind == "minutes")
    return list(session.scalars(rows.order_by(Document.id)))


# ---- points for the agenda
def propose(
    session: Session, member: Member, meeting_id: int, text: str, voice: str | None, *, now: datetime
) -> MeetingPoint:
    """Want to speak about something, in words or by voice; whoever prepares the meeting hears it.

    Raises Refusal when it is too late, too long, or their fourth.
    """
    policy.require(member.role, "meetings.propose")
    meeting = rsvps.readable(session, member, meeting_id)
    if not meetings.takes_points(meeting, now=now):
        raise Refusal("meetings.points_closed")
    if len(text) > LONGEST_POINT or not (text.strip() or voice):
        raise Refusal("meetings.point_too_long", longest=LONGEST_POINT)
    mine = (MeetingPoint.meeting_id == meeting_id, MeetingPoint.member_id == member.id)
    if (session.scalar(select(func.count()).select_from(MeetingPoint).where(*mine)) or 0) >= MOST_POINTS:
        raise Refusal("meetings.points_enough", most=MOST_POINTS)
    point = MeetingPoint(meeting_id=meeting_id, member_id=member.id, text=text.strip(), voice=voice, made_at=now)
    session.add(point)
    session.flush()
    for one in _preparers(session, meeting):
        outbox.put(session, chat_id=one.telegram_id, member_id=one.id, view="meetings.point", lane=Lane.REMINDER, now=now,
                   values={"point_id": point.id}, subject_id=point.id)  # fmt: skip
    return point


def _preparers(session: Session, meeting: Meeting) -> Sequence[Member]:
    author = session.get(Member, meeting.author_id) if meeting.author_id else None
    is_author = author is not None and policy.may(author.role, "meetings.write")
    return [author] if author and is_author else members.coordinators(session)


def decide(session: Session, actor: Member, point_id: int, *, accepts: bool, now: datetime) -> MeetingPoint:
    """Put a point on the agenda, or not; whoever proposed it hears which. Raises NotFound."""
    policy.require(actor.role, "meetings.write")
    point = session.get(MeetingPoint, point_id, with_for_update=True)
    if point is None:
        raise NotFound("errors.old_button")
    wanted = PointState.ACCEPTED if accepts else PointState.DECLINED
    if point.state != wanted:
        point.state = wanted
        meeting = meetings.found(session, point.meeting_id)
        meeting.is_stale = True
        member = session.get(Member, point.member_id) if point.member_id else None
        if member is not None:
            outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view="meetings.point_decided",
                       lane=Lane.REMINDER, now=now, values={"point_id": point.id},
                       dedupe_key=f"meetings.point_decided:{point.id}:{wanted}")  # fmt: skip
    return point


def points(session: Session, meeting_id: int, *states: PointState) -> list[MeetingPoint]:
    """Return the points of a meeting in these states, oldest first."""
    rows = select(MeetingPoint).where(MeetingPoint.meeting_id == meeting_id, MeetingPoint.state.in_(states))
    return list(session.scalars(rows.order_by(MeetingPoint.id)))


# ---- the year
@dataclass(frozen=True)
class Turnout:
    """A meeting that took place, how many had said yes, how many came."""

    meeting: Meeting
    promised: int
    came: int


def turnouts(session: Session, actor: Member, *, now: datetime, days: int = 366) -> list[Turnout]:
    """Return the meetings of the last year with who came, oldest first."""
    policy.require(actor.role, "meetings.write")
    took_place = (Meeting.state == MeetingState.OPEN, Meeting.starts_at <= now, Meeting.starts_at > now - timedelta(days=days))
    rows = select(Meeting).where(*took_place).order_by(Meeting.starts_at)
    held = session.scalars(rows).all()
    return [Turnout(one, rsvps.counts(session, one.id).coming, rsvps.attendance(session, one)) for one in held]


def answered(session: Session, member: Member, meeting_ids: Sequence[int]) -> dict[int, Rsvp]:
    """Return meeting → what somebody answered to it."""
    rows = select(Rsvp).where(Rsvp.member_id == member.id, Rsvp.meeting_id.in_(meeting_ids))
    return {row.meeting_id: row for row in session.scalars(rows)}
