"""What there is to do for a visit: claimed in one tap, never two on one place, handed on rather than dropped.

A dropped task is not a free task: who cannot do it stays named until somebody takes it over or a coordinator frees them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from bot.domain import audit, delegations, itineraries, members, occurrences, outbox, policy, quiet, task_calls
from bot.domain.desk import Desk
from bot.domain.itineraries import HELD
from bot.domain.task_calls import CALL, FREED, REMINDER, SEEKING, UNCLAIMED
from bot.errors import NotFound, Refusal, Taken
from bot.visits import VisitPlan
from db.models import (
    Claim,
    ClaimState,
    Delegation,
    DelegationState,
    Lane,
    Member,
    Mute,
    Occurrence,
    Skill,
    Stop,
    StopState,
    Task,
    TaskCall,
    TeamMember,
)

SKILLS = ("vehicle", "woman", "french", "bambara", "soninke", "pulaar", "cooking", "photo")
A_DAY = timedelta(days=1)
ESCALATES = (("week", timedelta(days=7)), ("days", timedelta(days=2)), ("hours", timedelta(hours=12)))
JUST_ASKED = timedelta(hours=3)
TOGETHER = timedelta(hours=12)  # who is called for one task is called at once for those that would be soon
CAPACITIES, OFFSETS = range(1, 10), (-240, -180, -120, -60, -30, 0, 30, 60, 120)
HOURS_EACH = timedelta(hours=2)  # what a task is counted as, in the report


@dataclass(frozen=True)
class Job:
    """A task as it stands: when it is due, who is on it."""

    task: Task
    stop: Stop
    at: datetime | None
    claims: Sequence[tuple[Claim, Member]]

    @property
    def free(self) -> int:
        """Return how many are still wanted."""
        return max(0, self.task.capacity - len(self.claims))

    @property
    def leaving(self) -> list[tuple[Claim, Member]]:
        """Return who is on it and seeks a replacement, or cannot be reached any more: somebody may take over from them."""
        on_it = [(claim, who) for claim, who in self.claims if claim.state in HELD]
        return [(claim, who) for claim, who in on_it if claim.state == ClaimState.SEEKING or not who.is_reachable]

    @property
    def is_open(self) -> bool:
        """Tell whether somebody may still take it, or take it over."""
        return self.stop.state == StopState.PLANNED and (self.free > 0 or bool(self.leaving))

    def is_late(self, now: datetime) -> bool:
        """Tell whether it should be done by now, and nobody has said that it is."""
        is_done = any(claim.state == ClaimState.DONE for claim, _ in self.claims)
        return self.stop.state == StopState.PLANNED and self.at is not None and self.at < now and not is_done

    @property
    def is_unsure(self) -> bool:
        """Tell whether somebody has not said yet whether another day suits them."""
        return self.stop.state == StopState.PLANNED and any(claim.is_to_confirm for claim, _ in self.claims)


def jobs(session: Session, delegation_id: int) -> list[Job]:
    """Return what there is to do for a visit with who is on it, in the order of its stops."""
    return _jobs(session, Task.delegation_id == delegation_id)


def _jobs(session: Session, which: ColumnElement[bool]) -> list[Job]:
    on = (*HELD, ClaimState.DONE)
    rows = session.execute(
        select(Claim, Member).join(Member, Member.id == Claim.member_id).join(Task, Task.id == Claim.task_id)
        .where(which, Claim.state.in_(on)).order_by(Claim.id)
    ).all()  # fmt: skip
    by_task: dict[int, list[tuple[Claim, Member]]] = {}
    for claim, member in rows:
        by_task.setdefault(claim.task_id, []).append((claim, member))
    return [
        Job(task, stop, itineraries.due_at(task, stop), by_task.get(task.id, []))
        for task, stop in itineraries.tasks(session, which)
    ]


def jobs_at(session: Session, stop: Stop) -> list[Job]:
    """Return what there is to do at one stop."""
    return _jobs(session, Task.stop_id == stop.id)


def job(session: Session, task_id: int) -> Job:
    """Return one task as it stands; raises NotFound."""
    found = _jobs(session, Task.id == task_id)
    if not found:
        raise NotFound("errors.old_button")
    return found[0]


# ---- prepared
def _editable(session: Session, actor: Member, task_id: int) -> tuple[Task, Delegation]:
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise NotFound("errors.old_button")
    delegation = delegations.require_team(session, actor, task.delegation_id)
    if delegation.state not in (DelegationState.DRAFT, DelegationState.OPEN):
        raise Taken("delegations.is_over")
    return task, delegation


def add(session: Session, actor: Member, stop_id: int, language: str, title: str, *, now: datetime) -> Task:
    """Add something to do at a stop. Raises Refusal for an empty or endless title."""
    stop = itineraries.found(session, stop_id)
    delegation = delegations.require_team(session, actor, stop.delegation_id)
    words = " ".join(title.split())
    if not words or len(words) > delegations.LONGEST_TITLE:
        raise Refusal("meetings.title_too_long", longest=delegations.LONGEST_TITLE)
    task = Task(delegation_id=delegation.id, stop_id=stop.id, kind="other", titles={language: words}, capacity=1, wants=[])
    session.add(task)
    session.flush()
    delegations.touched(delegation, now)
    return task


def set_part(session: Session, actor: Member, task_id: int, what: str, value: str, *, now: datetime) -> Task:
    """Set for how many it is, how long before its stop, or take a skill in or out. Raises NotFound, Refusal.

    For fewer than are on it nobody is dropped: it is refused.
    """
    task, delegation = _editable(session, actor, task_id)
    number = int(value) if value.removeprefix("-").isdecimal() and len(value) < 9 else None
    if what == "capacity" and number is not None and number in CAPACITIES:
        if number < len(job(session, task_id).claims):
            raise Refusal("tasks.more_are_on_it")
        task.capacity = number
    elif what == "offset" and number is not None and number in OFFSETS:
        task.offset_minutes = number
    elif what == "wants" and value in SKILLS:
        others = [one for one in task.wants if one != value]
        task.wants = others if value in task.wants else [*others, value]
    else:
        raise NotFound("errors.old_button")
    delegations.touched(delegation, now)
    return task


def drop(session: Session, actor: Member, task_id: int, *, desk: Desk, now: datetime) -> Task:
    """It is not to be done any more: whoever is on it hears so, and is free. Raises NotFound, NotAllowed, Taken."""
    policy.require(actor.role, "delegations.write")
    task, delegation = _editable(session, actor, task_id)
    if not task.is_cancelled:
        task.is_cancelled = True
        task_calls.tell_off(session, delegation, Task.id == task.id, actor=actor, desk=desk, now=now)
        held = (Claim.task_id == task.id, Claim.state.in_(HELD))
        session.execute(update(Claim).where(*held).values(state=ClaimState.FREED, ended_at=now))
        delegations.touched(delegation, now)
    return task


# ---- claimed
def claim(session: Session, member: Member, task_id: int, *, desk: Desk, now: datetime) -> Claim:
    """Take a task, or take it over from somebody who seeks a replacement; exactly one wins the last place.

    Whoever was called and claims is in the team from then on. Raises NotFound for who may not know of it, Refusal for a skill
    it asks for, Taken when others were faster.
    """
    policy.require(member.role, "delegations.welcome")
    # The lock makes two people pressing for the last place take turns.
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise NotFound("errors.old_button")
    delegation = _may_claim(session, member, task)
    found = job(session, task_id)
    mine = next((one for one, _ in found.claims if one.member_id == member.id), None)
    if mine is not None:
        mine.state, mine.is_to_confirm = ClaimState.HELD, False
        delegations.touched(delegation, now)
        return mine
    missing = [one for one in task.wants if one not in skills_of(session, member)]
    if missing:
        raise Refusal("tasks.wants_more")
    if not found.is_open:
        raise Taken("tasks.is_taken")
    if found.leaving:
        _take_over(session, found, member, desk, now)
    made = Claim(task_id=task_id, member_id=member.id, state=ClaimState.HELD, claimed_at=now)
    session.add(made)
    session.flush()
    delegations.join(session, delegation, member, now=now)
    delegations.touched(delegation, now)
    return made


def _may_claim(session: Session, member: Member, task: Task) -> Delegation:
    delegation = delegations.found(session, task.delegation_id)
    was_called = session.get(TaskCall, (task.id, member.id)) is not None
    if delegation.state != DelegationState.OPEN:
        raise Refusal("delegations.not_open")
    if not (was_called or delegations.sees(session, member, delegation)):
        raise NotFound("errors.old_button")
    return delegation


def _take_over(session: Session, found: Job, member: Member, desk: Desk, now: datetime) -> None:
    """The first who sought a replacement is free, and is thanked; by night only for what is near."""
    seeking, before = found.leaving[0]
    seeking.state, seeking.ended_at = ClaimState.FREED, now
    outbox.put(session, chat_id=before.telegram_id, member_id=before.id, view=FREED, lane=Lane.URGENT, now=now,
               not_before=task_calls.opens_at(found.at, before, desk=desk, now=now),
               values={"task_id": found.task.id, "by_id": member.id})  # fmt: skip


def _own(session: Session, member: Member, task_id: int) -> Claim:
    found = job(session, task_id)
    mine = next((one for one, _ in found.claims if one.member_id == member.id), None)
    if mine is None:
        raise NotFound("errors.old_button")
    return mine


def _require_open(session: Session, claim_: Claim) -> None:
    """Raise Taken when the visit is over: an old button calls nobody."""
    task = session.get(Task, claim_.task_id)
    if task is None or delegations.found(session, task.delegation_id).state != DelegationState.OPEN:
        raise Taken("delegations.is_over")


def seek(session: Session, member: Member, task_id: int, *, desk: Desk, now: datetime) -> Claim:
    """« Je ne peux plus »: they stay named; the team and the coordinators hear at once that somebody is sought."""
    mine = _own(session, member, task_id)
    _require_open(session, mine)
    if mine.state != ClaimState.SEEKING:
        mine.state, mine.is_to_confirm = ClaimState.SEEKING, False
        found = job(session, task_id)
        delegation = delegations.touched(delegations.found(session, found.task.delegation_id), now)
        for one in _concerned(session, delegation, besides=member):
            outbox.put(
                session, chat_id=one.telegram_id, member_id=one.id, view=SEEKING, lane=Lane.URGENT, now=now,
                not_before=task_calls.opens_at(found.at, one, desk=desk, now=now),
                values={"task_id": task_id, "claim_id": mine.id}, subject_id=delegation.id,
            )  # fmt: skip
    return mine


def _concerned(session: Session, delegation: Delegation, *, besides: Member) -> list[Member]:
    """Return the team and the coordinators, each once."""
    found = {one.id: one for one in (*delegations.team(session, delegation.id), *members.coordinators(session))}
    inside = [one for one in found.values() if policy.may(one.role, "delegations.welcome")]
    return [one for one in inside if one.id != besides.id and one.is_reachable]


def free(session: Session, actor: Member, claim_id: int, *, now: datetime) -> Claim:
    """Free somebody of a task, as only a coordinator may. Raises NotFound."""
    policy.require(actor.role, "delegations.write")
    freed = session.get(Claim, claim_id)
    if freed is None or freed.state not in HELD:
        raise NotFound("errors.old_button")
    freed.state, freed.ended_at = ClaimState.FREED, now
    task, who = session.get(Task, freed.task_id), session.get(Member, freed.member_id)
    if task is not None and who is not None:
        delegations.touched(delegations.found(session, task.delegation_id), now)
        outbox.put(session, chat_id=who.telegram_id, member_id=who.id, view=FREED, lane=Lane.REMINDER, now=now,
                   values={"task_id": task.id, "by_id": actor.id})  # fmt: skip
        audit.note(session, actor, "tasks.freed", f"task {task.id} member {who.id}", now=now)
    return freed


def done(session: Session, member: Member, task_id: int, *, photo: str | None = None, now: datetime) -> Claim:
    """It is done, perhaps with a photo."""
    mine = _own(session, member, task_id)
    _require_open(session, mine)
    mine.state, mine.is_to_confirm, mine.ended_at = ClaimState.DONE, False, now
    mine.photo = photo or mine.photo
    found = session.get(Task, task_id)
    if found is not None:
        delegations.touched(delegations.found(session, found.delegation_id), now)
    return mine


def refuse(session: Session, member: Member, task_id: int, *, also_others: bool = False, now: datetime) -> None:
    """« Non merci »: they are not asked for this again, nor, if so wished, for the others they were called for with it."""
    policy.require(member.role, "delegations.welcome")
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("errors.old_button")
    asked = session.get(TaskCall, (task_id, member.id))
    if asked is None:
        asked = TaskCall(task_id=task_id, member_id=member.id)
        session.add(asked)
    asked.said_no_at = now
    if also_others:
        session.flush()
        same_visit = select(Task.id).where(Task.delegation_id == task.delegation_id)
        session.execute(
            update(TaskCall).where(TaskCall.member_id == member.id, TaskCall.task_id.in_(same_visit)).values(said_no_at=now)
        )


def is_asked(session: Session, member: Member, found: Job) -> bool:
    """Tell whether somebody may still be asked to take a task: they have not said no, and are not on it."""
    asked = session.get(TaskCall, (found.task.id, member.id))
    said_no = asked is not None and asked.said_no_at is not None
    return not said_no and all(who.id != member.id for _, who in found.claims)


# ---- what people can do
def skills_of(session: Session, member: Member) -> set[str]:
    """Return what somebody said they can help with."""
    return set(session.scalars(select(Skill.name).where(Skill.member_id == member.id)))


def set_skill(session: Session, member: Member, name: str, *, has_it: bool) -> None:
    """Offer a skill, or take it back. Raises NotFound for one nobody asks for."""
    policy.require(member.role, "members.profile")
    if name not in SKILLS:
        raise NotFound("errors.old_button")
    known = session.get(Skill, (member.id, name))
    if has_it and known is None:
        session.add(Skill(member_id=member.id, name=name))
    elif not has_it and known is not None:
        session.delete(known)
    session.flush()


# ---- nobody forgets
def escalate(session: Session, desk: Desk, plans: Mapping[str, VisitPlan], *, now: datetime) -> None:
    """A week, two days and twelve hours before, ask for what nobody has taken: the team first, then who lives there.

    Never who said no or holds it already; one message for all that is due then. The coordinators see who was asked.
    """
    for delegation in session.scalars(select(Delegation).where(Delegation.state == DelegationState.OPEN)).all():
        plan, found = plans.get(delegation.direction), jobs(session, delegation.id)
        fired = occurrences.fired_among(session, [_step(one, name) for one in found for name, _ in ESCALATES])
        due = [one for one in found if _due_step(session, one, now, fired)]
        if due and plan:
            together, only = now + TOGETHER, ("week", "days")
            due += [one for one in found if one not in due and _due_step(session, one, together, fired, only=only)]
            _call(session, delegation, due, plan, desk, now)
        for one in found:
            _remind(session, delegation, one, desk, now)


def _step(found: Job, name: str) -> str:
    """Return what a step of the escalation is called that fires once for the hour the task has."""
    return f"tasks:{found.task.id}:{name}:{int(found.at.timestamp()) if found.at else 0}"


def _due_step(session: Session, found: Job, now: datetime, fired: set[str], *, only: Collection[str] = ()) -> str | None:
    """Return which step of the escalation is due and has not fired: only the last one, should several be."""
    if found.at is None or found.at <= now or not (found.is_open or found.is_unsure):
        return None
    due = [name for name, before in ESCALATES if found.at - before <= now]
    if only and (not due or due[-1] not in only):
        return None
    fresh = []
    for name in due:
        if (key := _step(found, name)) not in fired:
            fired.add(key)
            session.add(Occurrence(key=key, was_late=name != due[-1], fired_at=now))
            fresh.append(name)
    return due[-1] if due and due[-1] in fresh else None


def _remind(session: Session, delegation: Delegation, found: Job, desk: Desk, now: datetime) -> None:
    """The day before, whoever holds it is reminded, at the hour it has then."""
    if found.at is None or not found.at - A_DAY <= now < found.at or found.stop.state != StopState.PLANNED:
        return
    for claim_, who in found.claims:
        if claim_.state == ClaimState.HELD and who.is_reachable:
            outbox.put(
                session, chat_id=who.telegram_id, member_id=who.id, view=REMINDER, lane=Lane.REMINDER, now=now,
                not_before=quiet.opens_at(now, desk.night(who)), expires_at=found.at, values={"task_id": found.task.id},
                subject_id=delegation.id, dedupe_key=f"{REMINDER}:{claim_.id}:{int(found.at.timestamp())}",
            )  # fmt: skip


def _call(
    session: Session, delegation: Delegation, due: Sequence[Job], plan: VisitPlan, desk: Desk, now: datetime
) -> None:
    """Call everybody who may, can, and has not said no, each in one message for all they may take.

    Who has just been asked, or will be in the morning, is not asked again: two steps may fall into one night.
    """
    by_member: dict[int, list[Job]] = {}
    who: dict[int, Member] = {}
    for found in due:
        for one in _wanted(session, delegation, found, plan) if found.is_open else []:
            who[one.id] = one
            if _note_asked(session, found, one, opens=quiet.opens_at(now, desk.night(one)), now=now):
                by_member.setdefault(one.id, []).append(found)
    for member_id, theirs in by_member.items():
        one = who[member_id]
        outbox.put(
            session, chat_id=one.telegram_id, member_id=one.id, view=CALL, lane=Lane.REMINDER, now=now,
            not_before=quiet.opens_at(now, desk.night(one)), expires_at=_latest(theirs),
            values={"task_ids": [found.task.id for found in theirs]}, subject_id=delegation.id,
        )  # fmt: skip
    asked = sorted(who.values(), key=lambda one: (one.first_name, one.id))
    _tell_coordinators(session, delegation, due, asked, desk, now)


def _note_asked(session: Session, found: Job, member: Member, *, opens: datetime, now: datetime) -> bool:
    """Write down when somebody is asked for a task; False when that is, or was, a moment ago."""
    asked = session.get(TaskCall, (found.task.id, member.id))
    if asked is None:
        asked = TaskCall(task_id=found.task.id, member_id=member.id)
        session.add(asked)
    elif asked.asked_at is not None and asked.asked_at > now - JUST_ASKED:
        return False
    asked.asked_at = opens
    return True


def _latest(due: Iterable[Job]) -> datetime | None:
    return max((one.at for one in due if one.at is not None), default=None)


def _wanted(session: Session, delegation: Delegation, found: Job, plan: VisitPlan) -> list[Member]:
    """Return everybody who may take a task, can, and has not said no."""
    in_team = exists().where(TeamMember.delegation_id == delegation.id, TeamMember.member_id == Member.id)
    called = (TaskCall.task_id == found.task.id, TaskCall.member_id == Member.id)
    said_no = exists().where(*called, TaskCall.said_no_at.is_not(None))
    on_it = (Claim.task_id == found.task.id, Claim.member_id == Member.id)
    holds = exists().where(*on_it, Claim.state.in_((*HELD, ClaimState.DONE)))
    wanted = [Member.role != "visitor", Member.is_reachable, ~said_no, ~holds, in_team | Member.place.in_(plan.receives)]
    for kind in ("delegations", "volunteering"):
        wanted.append(~exists().where(Mute.member_id == Member.id, Mute.kind == kind))
    for name in found.task.wants:
        wanted.append(exists().where(Skill.member_id == Member.id, Skill.name == name))
    return list(session.scalars(select(Member).where(*wanted).order_by(Member.first_name)))


def _tell_coordinators(
    session: Session, delegation: Delegation, due: Sequence[Job], asked: Sequence[Member], desk: Desk, now: datetime
) -> None:
    values = {"task_ids": [one.task.id for one in due], "asked": [who.id for who in asked][:20]}
    for one in members.coordinators(session):
        outbox.put(
            session, chat_id=one.telegram_id, member_id=one.id, view=UNCLAIMED, lane=Lane.REMINDER, now=now, values=values,
            subject_id=delegation.id, not_before=quiet.opens_at(now, desk.night(one)), expires_at=_latest(due),
        )  # fmt: skip


# ---- counted
@dataclass(frozen=True)
class Given:
    """What somebody did for a visit."""

    member: Member
    task: Task
    hours: float


def given(session: Session, delegation_id: int) -> list[Given]:
    """Return who did what for a visit, and the hours it counts."""
    hours = HOURS_EACH.total_seconds() / 3600
    return [Given(member, one.task, hours) for one in jobs(session, delegation_id) for _, member in one.claims]


def hours_of(session: Session, member: Member, delegation_id: int) -> float:
    """Return the hours somebody gave to a visit."""
    return sum(one.hours for one in given(session, delegation_id) if one.member.id == member.id)


def forget(session: Session, member: Member, *, desk: Desk, now: datetime) -> None:
    """Somebody is erased, or may not welcome any more: what they held is free again.

    The coordinators hear which tasks, without a name.
    """
    held = select(Claim).join(Task, Task.id == Claim.task_id).where(Claim.member_id == member.id, Claim.state.in_(HELD))
    freed: dict[int, list[Job]] = {}
    for one in session.scalars(held.where(Task.is_cancelled.is_(False))).all():
        one.state, one.ended_at = ClaimState.FREED, now
        session.flush()
        found = job(session, one.task_id)
        freed.setdefault(found.task.delegation_id, []).append(found)
    for delegation_id, theirs in freed.items():
        delegation = delegations.touched(delegations.found(session, delegation_id), now)
        if delegation.state == DelegationState.OPEN:
            _tell_coordinators(session, delegation, theirs, [], desk, now)
    for one_id in session.scalars(select(TeamMember.delegation_id).where(TeamMember.member_id == member.id)).all():
        delegations.touched(delegations.found(session, one_id), now)
    session.execute(delete(TeamMember).where(TeamMember.member_id == member.id))
    session.execute(delete(TaskCall).where(TaskCall.member_id == member.id))


def open_count(session: Session, delegation_id: int) -> int:
    """Return how many places nobody has taken."""
    return sum(one.free for one in jobs(session, delegation_id) if one.stop.state == StopState.PLANNED)


def claims_of(session: Session, member: Member) -> int:
    """Return how many tasks somebody holds."""
    return session.scalar(select(func.count()).where(Claim.member_id == member.id, Claim.state.in_(HELD))) or 0
