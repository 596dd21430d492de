"""Asking to join: a card for the coordinators, decided once, kindly; reminded of while nobody decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain import audit, outbox, policy
from bot.domain import desk as desks
from bot.domain.desk import Desk
from bot.domain.policy import Role
from bot.errors import NotFound, Refusal, Taken
from db.models import JoinRequest, Lane, Member, RequestState

PROMISE = timedelta(hours=24)
REMINDED_FOR = timedelta(days=7)


def ask(session: Session, member: Member, *, desk: Desk, now: datetime) -> JoinRequest:
    """Ask to become a member; once, however often they press. Raises Refusal for who is one."""
    policy.require(member.role, "members.join")
    if member.role != Role.VISITOR:
        raise Refusal("joining.is_member")
    request = _open_one(session, member)
    if request is None:
        request = JoinRequest(member_id=member.id, state=RequestState.OPEN, asked_at=now)
        session.add(request)
        session.flush()
        _tell_coordinators(session, request, "joining.card", desk, now)
    elif now - request.asked_at > REMINDED_FOR:
        request.asked_at, request.reminded_at = now, None
        _tell_coordinators(session, request, "joining.card", desk, now)
    return request


def show(session: Session, actor: Member, request_id: int, *, chat_id: int, now: datetime) -> None:
    """Put a request's card at the bottom of a coordinator's chat. Raises NotFound."""
    policy.require(actor.role, "members.admit")
    if session.get(JoinRequest, request_id) is None:
        raise NotFound("members.gone")
    outbox.put(session, chat_id=chat_id, view="joining.card", lane=Lane.REPLY, now=now, values={"request_id": request_id},
               subject_id=request_id)  # fmt: skip


def _open_one(session: Session, member: Member) -> JoinRequest | None:
    mine = select(JoinRequest).where(JoinRequest.member_id == member.id, JoinRequest.state == RequestState.OPEN)
    return session.scalar(mine.limit(1))


def _tell_coordinators(session: Session, request: JoinRequest, view: str, desk: Desk, now: datetime) -> None:
    for chat_id in desk.chats(session):
        desks.tell(session, desk, chat_id, view, {"request_id": request.id}, subject_id=request.id, now=now)


def decide(session: Session, actor: Member, request_id: int, *, accepts: bool, now: datetime) -> JoinRequest:
    """Accept as a member, or refuse kindly; exactly one decision counts. Raises Taken, naming who was faster."""
    policy.require(actor.role, "members.admit")
    state = RequestState.ACCEPTED if accepts else RequestState.REFUSED
    won = session.scalar(
        update(JoinRequest)
        .where(JoinRequest.id == request_id, JoinRequest.state == RequestState.OPEN)
        .values(state=state, decided_by=actor.id, decided_at=now)
        .returning(JoinRequest.id)
    )
    request = session.get(JoinRequest, request_id, populate_existing=True)
    if request is None:
        raise NotFound("members.gone")
    if won is None:
        faster = session.get(Member, request.decided_by) if request.decided_by else None
        raise Taken("joining.is_decided", name=faster.first_name if faster else "")
    asker = session.get_one(Member, request.member_id)
    if accepts and asker.role == Role.VISITOR:
        asker.role = Role.MEMBER
    audit.note(session, actor, f"joining.{state}", f"member {asker.id}", now=now)
    outbox.put(session, chat_id=asker.telegram_id, member_id=asker.id, view=f"joining.{state}", lane=Lane.REPLY, now=now)
    outbox.redraw(session, "joining.card", request.id, now=now)
    return request


def waiting(session: Session) -> list[JoinRequest]:
    """Return the requests nobody has decided, oldest first."""
    return list(session.scalars(select(JoinRequest).where(JoinRequest.state == RequestState.OPEN).order_by(JoinRequest.id)))


def askers(session: Session) -> list[tuple[int, str]]:
    """Return (request, first name) of who waits to be let in, oldest first."""
    rows = session.execute(
        select(JoinRequest.id, Member.first_name).join(Member, Member.id == JoinRequest.member_id)
        .where(JoinRequest.state == RequestState.OPEN).order_by(JoinRequest.id)
    ).all()  # fmt: skip
    return [(int(number), str(name)) for number, name in rows]


def remind(session: Session, desk: Desk, *, now: datetime) -> None:
    """Put requests nobody has decided in front of the coordinators again, once a day for a week."""
    for request in waiting(session):
        is_due = (request.reminded_at or request.asked_at) + PROMISE <= now
        if is_due and now - request.asked_at <= REMINDED_FOR:
            request.reminded_at = now
            _tell_coordinators(session, request, "joining.card", desk, now)
