"""Roles: given, taken, handed over; one coordinator always remains, and a demotion stops what was set going."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.domain import announcements, audit, marks, members, outbox, policy, questions, rsvps, signups, tasks
from bot.domain.desk import Desk
from bot.domain.policy import RANK, Role
from bot.errors import NotFound, Refusal
from bot.vault import Vault
from db.models import Draft, Invitation, JoinRequest, Lane, Member, Question, QuestionState, RequestState


def name(session: Session, telegram_id: int, *, named: Collection[int], vault: Vault, now: datetime) -> bool:
    """Tell whether the settings make a coordinator of somebody now: once, whatever becomes of the role, or of them."""
    mark = vault.mark(marks.NAMED, telegram_id)
    if telegram_id not in named or marks.has(session, marks.NAMED, mark):
        return False
    marks.put(session, marks.NAMED, mark, now=now)
    return True


def change(session: Session, actor: Member, member_id: int, role: str, *, desk: Desk, now: datetime) -> Member:
    """Give somebody a role; the other coordinators hear of it. Raises NotFound, NotAllowed, Refusal for the last one."""
    lock(session, actor, "members.change_role")
    member = members.found(session, member_id)
    if role not in RANK:
        raise NotFound("errors.old_button")
    if member.role == role:
        return member
    require_another(session, member, role)
    _become(session, member, Role(role), desk, now)
    audit.note(session, actor, f"roles.{role}", f"member {member.id}", now=now)
    announce(session, "roles.announced", actor, member, now=now)
    if member.id != actor.id and role != Role.COORDINATOR:  # a new coordinator is welcomed instead
        _tell(session, member, "roles.changed", {"role": role}, now)
    return member


def revoke(session: Session, actor: Member, member_id: int, *, desk: Desk, now: datetime) -> Member:
    """A phone was stolen: its owner may do nothing any more, and nothing they set going is sent. Raises as `change`."""
    lock(session, actor, "members.change_role")
    member = members.found(session, member_id)
    require_another(session, member, Role.VISITOR)
    _become(session, member, Role.VISITOR, desk, now)
    audit.note(session, actor, "roles.revoked", f"member {member.id}", now=now)
    announce(session, "roles.revoked", actor, member, now=now)
    return member


def lock(session: Session, actor: Member, action: str) -> None:
    """Let changes of roles take turns, and make sure that `actor` may still do this. Raises NotAllowed.

    Why: two coordinators who demote each other at the same moment would otherwise both succeed.
    """
    session.flush()
    session.scalars(select(Member.id).where(Member.role == Role.COORDINATOR).order_by(Member.id).with_for_update()).all()
    session.refresh(actor)
    policy.require(actor.role, action)


def require_another(session: Session, member: Member, role: str) -> None:
    """Raise Refusal when nobody who can be reached would be left to coordinate."""
    if member.role != Role.COORDINATOR or role == Role.COORDINATOR:
        return
    others = select(func.count()).where(Member.role == Role.COORDINATOR, Member.id != member.id, Member.is_reachable)
    if not session.scalar(others):
        raise Refusal("roles.last")


def _become(session: Session, member: Member, role: Role, desk: Desk, now: datetime) -> None:
    was, member.role = member.role, role
    session.flush()
    if not policy.may(role, "questions.answer") and policy.may(was, "questions.answer"):
        questions.let_go(session, member, desk=desk, now=now)
    if not policy.may(role, "invitations.make"):
        session.execute(
            update(Invitation).where(Invitation.made_by == member.id, Invitation.revoked_at.is_(None)).values(revoked_at=now)
        )
    if not policy.may(role, "announcements.send"):
        announcements.author_left(session, member, now=now)
    if policy.may(was, "delegations.welcome") and not policy.may(role, "delegations.welcome"):
        tasks.forget(session, member, desk=desk, now=now)
    if RANK[role] < RANK[Role(was)]:
        signups.put_out(session, member, desk=desk, now=now)
        rsvps.put_out(session, member, now=now)
        member.demoted_at = now
        outbox.cancel_by(session, member.id, now=now)
        if role == Role.VISITOR:
            for kind in members.KINDS:  # not all that waits: a change of a public meeting is still theirs to hear
                outbox.withhold(session, member.telegram_id, kind, now=now)
        session.execute(delete(Draft).where(Draft.member_id == member.id, Draft.kind != members.WELCOME))
    if role == Role.COORDINATOR:
        _welcome_coordinator(session, member, now)


def became_coordinator(session: Session, member: Member, *, now: datetime) -> None:
    """Make somebody a coordinator whom nobody present has chosen: by an invitation, or stepping in."""
    member.role = Role.COORDINATOR
    _welcome_coordinator(session, member, now)
    announce(session, "roles.announced", None, member, now=now)


def _welcome_coordinator(session: Session, member: Member, now: datetime) -> None:
    """Walk a new coordinator through what is open."""
    session.flush()
    _tell(session, member, "roles.handover", {}, now)


def announce(session: Session, view: str, actor: Member | None, member: Member, *, now: datetime) -> None:
    """Tell the other coordinators what somebody did to somebody's role."""
    for one in members.coordinators(session):
        if actor is None or one.id != actor.id:
            if one.id == member.id:
                continue
            values = {"actor_id": actor.id if actor else None, "member_id": member.id, "role": member.role}
            outbox.put(session, chat_id=one.telegram_id, member_id=one.id, view=view, lane=Lane.URGENT, now=now, values=values)


def announce_invitation(session: Session, actor: Member, *, now: datetime) -> None:
    """Tell the other coordinators that somebody has made a link that makes a coordinator."""
    for one in members.coordinators(session):
        if one.id != actor.id:
            _tell(session, one, "roles.invited", {"actor_id": actor.id}, now)


def gone(session: Session, member: Member, *, now: datetime) -> None:
    """Tell the other coordinators, without a name, that one of them has left."""
    for one in members.coordinators(session):
        if one.id != member.id:
            _tell(session, one, "roles.gone", {}, now)


def _tell(session: Session, member: Member, view: str, values: dict[str, object], now: datetime) -> None:
    outbox.put(
        session, chat_id=member.telegram_id, member_id=member.id, view=view, lane=Lane.REMINDER, now=now, values=values
    )


# ---- handing over
def open_things(session: Session) -> dict[str, int]:
    """Return what waits for a coordinator: questions nobody has, questions somebody has, people who ask to join."""
    is_open = (Question.state == QuestionState.OPEN, Question.lead_id.is_(None))
    return {
        "free": session.scalar(select(func.count()).where(*is_open, Question.taker_id.is_(None))) or 0,
        "taken": session.scalar(select(func.count()).where(*is_open, Question.taker_id.is_not(None))) or 0,
        "requests": session.scalar(select(func.count()).where(JoinRequest.state == RequestState.OPEN)) or 0,
    }


def take_all(session: Session, actor: Member, *, desk: Desk, now: datetime) -> int:
    """Take over every open question, whoever had it; returns how many. Those who had one hear who has it now."""
    policy.require(actor.role, "members.hand_over")
    taken = questions.take_over(session, actor, desk=desk, now=now)
    audit.note(session, actor, "roles.took_over", f"questions {taken}", now=now)
    return taken


# ---- nobody left
def left(session: Session, telegram_id: int, why: str, *, now: datetime) -> None:
    """Somebody can be reached no more."""
    members.became_unreachable(session, telegram_id, why)
    session.flush()
    watch(session, now=now)


def watch(session: Session, *, now: datetime) -> None:
    """While no coordinator can be reached, ask the committee, once a day, whether somebody steps in."""
    if members.coordinators(session):
        return
    committee = select(Member).where(Member.role == Role.COMMITTEE, Member.is_reachable).order_by(Member.id)
    for one in session.scalars(committee):
        outbox.put(
            session, chat_id=one.telegram_id, member_id=one.id, view="roles.vacant", lane=Lane.URGENT, now=now,
            dedupe_key=f"roles.vacant:{one.id}:{now:%Y%m%d}",
        )  # fmt: skip


def step_in(session: Session, actor: Member, *, now: datetime) -> None:
    """Somebody of the committee becomes coordinator, while no coordinator can be reached. Raises Refusal."""
    lock(session, actor, "members.step_in")
    if actor.role != Role.COORDINATOR and members.coordinators(session):
        raise Refusal("roles.not_vacant")
    if actor.role != Role.COORDINATOR:
        became_coordinator(session, actor, now=now)
        audit.note(session, actor, "roles.stepped_in", f"member {actor.id}", now=now)
