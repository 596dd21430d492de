"""Opinion polls: asked in both languages, one tap one vote, counted by place; who chose what stays hidden when anonymous."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain import audiences, audit, broadcasts, policy
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.errors import NotFound, Refusal, Taken
from db.models import Lane, Member, Poll, PollState, PollVote

CARD, EDIT = "polls.card", "polls.edit"
OPTIONS = range(2, 6)  # how many answers there may be
LONGEST_QUESTION, LONGEST_OPTION = 200, 40
LISTED = 6
FEWEST_AT_A_PLACE = 3  # with fewer one would recognise who it was


@dataclass
class Results:
    """How many chose each option, in all and by place; who chose it, where the poll is not anonymous."""

    options: Counter[int] = field(default_factory=Counter)
    by_place: dict[str, Counter[int]] = field(default_factory=dict)
    names: dict[int, list[str]] = field(default_factory=dict)

    @property
    def votes(self) -> int:
        """Return how many have voted."""
        return sum(self.options.values())


def found(session: Session, poll_id: int) -> Poll:
    """Return a poll; raises NotFound."""
    poll = session.get(Poll, poll_id, populate_existing=True, with_for_update=True)
    if poll is None:
        raise NotFound("errors.old_button")
    return poll


def listed(session: Session) -> list[Poll]:
    """Return the last polls."""
    return list(session.scalars(select(Poll).order_by(Poll.id.desc()).limit(LISTED)))


def write(
    session: Session, actor: Member, poll_id: int | None, language: str, text: str, *, now: datetime
) -> Poll:
    """Write a poll in a language: the question on the first line, an answer on each line below. Raises Refusal, Taken.

    Every language has the same number of answers, in the same order.
    """
    policy.require(actor.role, "polls.write")
    question, *answers = [line.strip() for line in text.strip().splitlines() if line.strip()] or [""]
    if len(answers) not in OPTIONS or len(question) > LONGEST_QUESTION or any(len(one) > LONGEST_OPTION for one in answers):
        raise Refusal("polls.unreadable", fewest=OPTIONS[0], most=OPTIONS[-1], longest=LONGEST_OPTION)
    poll = found(session, poll_id) if poll_id else _begin(session, actor, len(answers), now)
    if poll.state != PollState.DRAFT:
        raise Taken("polls.is_open")
    if len(poll.options) != len(answers):
        raise Refusal("polls.other_number", number=len(poll.options))
    poll.questions = {**poll.questions, language: question}
    poll.options = [{**known, language: said} for known, said in zip(poll.options, answers, strict=True)]
    session.flush()
    return poll


def _begin(session: Session, actor: Member, options: int, now: datetime) -> Poll:
    poll = Poll(
        state=PollState.DRAFT, author_id=actor.id, questions={}, options=[{} for _ in range(options)], places=[], roles=[],
        groups=[], is_anonymous=True, made_at=now,
    )  # fmt: skip
    session.add(poll)
    return poll


def set_anonymous(session: Session, actor: Member, poll_id: int, *, is_anonymous: bool) -> Poll:
    """Say whether names are shown. Raises Taken once it is open: nobody is surprised."""
    policy.require(actor.role, "polls.write")
    poll = found(session, poll_id)
    if poll.state != PollState.DRAFT:
        raise Taken("polls.is_open")
    poll.is_anonymous = is_anonymous
    return poll


def open_(session: Session, actor: Member, poll_id: int, *, desk: Desk, now: datetime) -> Poll:
    """Ask everybody, exactly once. Raises Taken when it is open already, Refusal when it is for nobody."""
    policy.require(actor.role, "polls.write")
    poll = found(session, poll_id)
    if poll.state != PollState.DRAFT:
        raise Taken("polls.is_open")
    if audiences.count(session, poll).is_empty:
        raise Refusal("announcements.for_nobody")
    poll.state, poll.opened_at, poll.author_id = PollState.OPEN, now, actor.id
    post = Post(CARD, poll.id, Lane.BROADCAST, author_id=actor.id, action="polls.write", is_one_a_day=True)
    broadcasts.queue(session, audiences.conditions(poll), post, desk=desk, now=now, not_before=now)
    audit.note(session, actor, "polls.opened", f"poll {poll.id}", now=now)
    return poll


def close(session: Session, actor: Member, poll_id: int, *, now: datetime) -> Poll:
    """Count no more votes; every card shows what came out."""
    policy.require(actor.role, "polls.write")
    poll = found(session, poll_id)
    if poll.state == PollState.OPEN:
        found_ = results(session, poll)
        poll.counts = {"options": dict(found_.options), "places": {place: dict(one) for place, one in found_.by_place.items()}}
        poll.state, poll.closed_at = PollState.CLOSED, now
        session.flush()
        broadcasts.queue_edits(session, (CARD, poll.id), EDIT, wave="closed", now=now)
        audit.note(session, actor, "polls.closed", f"poll {poll.id}", now=now)
    return poll


def readable(session: Session, member: Member, poll_id: int) -> Poll:
    """Return a poll to who may vote in it. Raises NotFound."""
    policy.require(member.role, "polls.vote")
    poll = found(session, poll_id)
    is_asked = member.role in (poll.roles or audiences.INSIDE) and (not poll.places or member.place in poll.places)
    if (not is_asked or poll.state == PollState.DRAFT) and not policy.may(member.role, "polls.write"):
        raise NotFound("errors.old_button")
    return poll


def vote(session: Session, member: Member, poll_id: int, option: int, *, now: datetime) -> Poll:
    """Choose an answer; another tap changes it. Raises Refusal once it is closed, NotFound."""
    poll = readable(session, member, poll_id)
    if poll.state != PollState.OPEN:
        raise Refusal("polls.is_closed")
    if not 0 <= option < len(poll.options):
        raise NotFound("errors.old_button")
    chosen = session.get(PollVote, (poll_id, member.id))
    if chosen is None:
        session.add(PollVote(poll_id=poll_id, member_id=member.id, option=option, voted_at=now))
    else:
        chosen.option, chosen.voted_at = option, now
    session.flush()
    return poll


def choice(session: Session, member: Member, poll_id: int) -> int | None:
    """Return what somebody chose."""
    chosen = session.get(PollVote, (poll_id, member.id))
    return chosen.option if chosen else None


def results(session: Session, poll: Poll) -> Results:
    """Return what was chosen; without names where the poll is anonymous, nor places where few have voted.

    What came out when it was closed stays, whoever is erased since.
    """
    rows: list[Any] = list(
        session.execute(
            select(PollVote.option, Member.place, Member.first_name).join(Member, Member.id == PollVote.member_id)
            .where(PollVote.poll_id == poll.id).order_by(Member.first_name)
        )
    )  # fmt: skip
    counted = Results()
    for option, place, name in rows:
        counted.options[option] += 1
        counted.by_place.setdefault(place or "", Counter())[option] += 1
        if not poll.is_anonymous:
            counted.names.setdefault(option, []).append(name)
    if poll.counts is not None:
        counted.options = _counter(poll.counts["options"])
        counted.by_place = {place: _counter(one) for place, one in poll.counts["places"].items()}
    elif poll.is_anonymous:
        counted.by_place = {place: one for place, one in counted.by_place.items() if sum(one.values()) >= FEWEST_AT_A_PLACE}
    return counted


def _counter(kept: dict[str, int]) -> Counter[int]:
    return Counter({int(option): number for option, number in kept.items()})


def votes(session: Session, poll_id: int) -> int:
    """Return how many have voted."""
    return session.scalar(select(func.count()).select_from(PollVote).where(PollVote.poll_id == poll_id)) or 0
