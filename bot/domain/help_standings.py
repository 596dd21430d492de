"""How calls for help stand: places taken, who waits and with which rank, what is the reader's own."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.domain import help_calls
from bot.domain.help_calls import IN_IT, TAKES
from bot.errors import NotFound
from db.models import HelpAnswer, HelpCall, Meeting, Member, Need, Signup, SignupState


@dataclass(frozen=True)
class Place:
    """Somebody in a need: the sign-up and whose it is; nobody's once they are erased."""

    signup: Signup
    member: Member | None


@dataclass(frozen=True)
class NeedStanding:
    """A need as a reader sees it: persons who have a place, who wait; what is the reader's own, and their rank."""

    need: Need
    taken: int
    waiting: int
    own: Sequence[Signup] = ()
    rank: int = 0

    @property
    def free(self) -> int:
        """Return how many are wanted still."""
        return 0 if self.need.is_closed else max(0, self.need.capacity - self.taken)

    @property
    def mine(self) -> Signup | None:
        """Return the reader's own place, their relatives' left aside."""
        return next((one for one in self.own if not one.name), None)


@dataclass(frozen=True)
class Answer:
    """What somebody has answered to a call: their places by need, or that they cannot help."""

    own: Mapping[int, Sequence[Signup]]
    said_no: bool = False


@dataclass(frozen=True)
class CallStanding:
    """A call as one reader's card shows it; `event` is the meeting it is for."""

    call: HelpCall
    needs: Sequence[NeedStanding]
    event: Meeting | None = None
    said_no: bool = False
    is_over: bool = False


def standing(session: Session, call: HelpCall, member: Member | None, *, now: datetime) -> CallStanding:
    """Return how a call stands for somebody; `member` None is a picture for everybody."""
    found = help_calls.needs(session, call.id)
    event = session.get(Meeting, call.meeting_id) if call.meeting_id else None
    standing = CallStanding(call, _standings(session, found), event, is_over=help_calls.are_over(found, now=now))
    if member is None:
        return standing
    return seen_by(session, standing, answers(session, standing, [member.id])[member.id])


def answers(session: Session, standing: CallStanding, member_ids: Collection[int]) -> dict[int, Answer]:
    """Return what each of them has answered to a call, by member."""
    own = _own(session, [one.need.id for one in standing.needs], member_ids)
    asked = (HelpAnswer.call_id == standing.call.id, HelpAnswer.member_id.in_(member_ids), HelpAnswer.said_no_at.is_not(None))
    said_no = set(session.scalars(select(HelpAnswer.member_id).where(*asked)))
    return {member_id: Answer(own.get(member_id, {}), member_id in said_no) for member_id in member_ids}


def seen_by(session: Session, standing: CallStanding, answer: Answer) -> CallStanding:
    """Return how a call stands for somebody, from how it stands for everybody and what they have answered."""
    needs = [_seen_by(session, one, answer.own) for one in standing.needs]
    return dataclasses.replace(standing, needs=needs, said_no=answer.said_no)


def need_standing(session: Session, need: Need, member: Member | None) -> NeedStanding:
    """Return how one need stands for somebody."""
    found = _standings(session, [need])[0]
    return _seen_by(session, found, _own(session, [need.id], [member.id]).get(member.id, {})) if member else found


def _standings(session: Session, needs: Sequence[Need]) -> list[NeedStanding]:
    """Return how needs stand for everybody: persons with a place, persons who wait."""
    theirs = (Signup.need_id.in_([one.id for one in needs]), Signup.state.in_(IN_IT))
    counted = select(Signup.need_id, Signup.state, func.sum(Signup.persons)).where(*theirs)
    places: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for need_id, state, persons in session.execute(counted.group_by(Signup.need_id, Signup.state)):
        places[state in TAKES][need_id] += int(persons)
    return [NeedStanding(one, places[True][one.id], places[False][one.id]) for one in needs]


def _own(session: Session, need_ids: Collection[int], member_ids: Collection[int]) -> dict[int, dict[int, list[Signup]]]:
    """Return member → need → what is theirs there, where anything is."""
    theirs = (Signup.need_id.in_(need_ids), Signup.member_id.in_(member_ids), Signup.state.in_(IN_IT))
    own: dict[int, dict[int, list[Signup]]] = {}
    for one in session.scalars(select(Signup).where(*theirs).order_by(Signup.id)):
        own.setdefault(one.member_id or 0, {}).setdefault(one.need_id, []).append(one)
    return own


def _seen_by(session: Session, standing: NeedStanding, own: Mapping[int, Sequence[Signup]]) -> NeedStanding:
    """Return how a need stands for somebody: what is theirs there, and which rank they have on the waiting list."""
    theirs = own.get(standing.need.id, ())
    waits = next((one for one in theirs if one.state == SignupState.WAITING), None)
    return dataclasses.replace(standing, own=theirs, rank=rank(session, waits) if waits else 0)


def taken(session: Session, need: Need) -> int:
    """Return how many persons have a place, or are being asked whether they take it."""
    return _standings(session, [need])[0].taken


def rank(session: Session, signup: Signup) -> int:
    """Return how many sign-ups are before this one, itself counted."""
    before = or_(Signup.since < signup.since, (Signup.since == signup.since) & (Signup.id <= signup.id))
    waiting = (Signup.need_id == signup.need_id, Signup.state == SignupState.WAITING, before)
    return session.scalar(select(func.count()).where(*waiting)) or 0


def people(session: Session, need_id: int, states: Collection[SignupState] = IN_IT) -> list[Place]:
    """Return who is in a need, in the order they came: those with a place first, then who waits."""
    rows = session.execute(
        select(Signup, Member).outerjoin(Member, Member.id == Signup.member_id)
        .where(Signup.need_id == need_id, Signup.state.in_(states))
        .order_by(Signup.state != SignupState.HELD, Signup.since, Signup.id)
    )  # fmt: skip
    return [Place(signup, member) for signup, member in rows]


def mine(session: Session, member: Member, *, now: datetime) -> list[tuple[Signup, Need, HelpCall]]:
    """Return what somebody is engaged in, by hour."""
    rows = session.execute(
        select(Signup, Need, HelpCall).join(Need, Need.id == Signup.need_id).join(HelpCall, HelpCall.id == Need.call_id)
        .where(Signup.member_id == member.id, Signup.state.in_(IN_IT), HelpCall.state.in_(help_calls.VISIBLE))
        .order_by(Need.starts_at, Signup.id)
    ).all()  # fmt: skip
    return [(signup, need, call) for signup, need, call in rows if (end := help_calls.ends_at(need)) is None or end > now]


def own(session: Session, member: Member, signup_id: int) -> tuple[Signup, Need]:
    """Return a sign-up of somebody's own with its need. Raises NotFound."""
    signup = session.get(Signup, signup_id)
    if signup is None or signup.member_id != member.id:
        raise NotFound("errors.old_button")
    return signup, help_calls.need_found(session, signup.need_id)
