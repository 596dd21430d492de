"""People: who they are to us, their language, their place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import drafts, outbox, policy
from bot.domain.policy import Role
from bot.errors import NotFound
from db.models import Lane, Member

WELCOME = "welcome"


def by_telegram_id(session: Session, telegram_id: int) -> Member | None:
    """Return the person behind a Telegram account, if they have ever talked to us."""
    return session.scalar(select(Member).where(Member.telegram_id == telegram_id))


def arrive(session: Session, telegram_id: int, *, coordinators: Collection[int], now: datetime, first_name: str = "") -> Member:
    """Return the person who writes to us, made known on their first word, reachable from now on.

    `first_name` is what they go by at present, `coordinators` are the Telegram ids the settings name; they hold that role.
    """
    member = by_telegram_id(session, telegram_id)
    if member is None:
        member = Member(telegram_id=telegram_id, first_name="", role=Role.VISITOR, joined_at=now, is_reachable=True)
        session.add(member)
    if telegram_id in coordinators:
        member.role = Role.COORDINATOR
    member.is_reachable = True
    member.first_name = first_name[:64] or member.first_name
    session.flush()
    return member


def start(session: Session, member: Member, *, now: datetime) -> None:
    """Begin the welcome where the person stands: language first, then place."""
    policy.require(member.role, "members.start")
    drafts.leave(session, member, but=WELCOME)
    step = missing_step(member)
    if step:
        drafts.put(session, member, kind=WELCOME, step=step, now=now)


def missing_step(member: Member) -> str | None:
    """Return what we still have to ask before home: « language », « place », or nothing."""
    if member.language is None:
        return "language"
    return "place" if member.place is None else None


def choose_language(session: Session, member: Member, code: str, *, known: Collection[str], now: datetime) -> None:
    """Speak this language from now on; their phone will list the commands in it. Raises NotFound."""
    policy.require(member.role, "members.choose_language")
    if code not in known:
        raise NotFound("errors.old_button")
    member.language = code
    outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view="members.commands", lane=Lane.REPLY, now=now)
    _go_on(session, member, now)


def choose_place(session: Session, member: Member, name: str, *, known: Collection[str], now: datetime) -> None:
    """Live there from now on: clock and audience follow. Raises NotFound."""
    policy.require(member.role, "members.choose_place")
    if name not in known:
        raise NotFound("errors.old_button")
    member.place = name
    _go_on(session, member, now)


def _go_on(session: Session, member: Member, now: datetime) -> None:
    """The welcome goes to its next step, or is over."""
    step = missing_step(member)
    if step:
        drafts.put(session, member, kind=WELCOME, step=step, now=now)
    else:
        drafts.drop(session, member, kind=WELCOME)


def listen_first(session: Session, member: Member, *, listens: bool) -> None:
    """Hear before reading from now on, or read."""
    policy.require(member.role, "members.listen_first")
    member.listens_first = listens


def became_unreachable(session: Session, telegram_id: int) -> None:
    """They blocked the bot or their account is gone: nothing more is tried until they come back."""
    member = by_telegram_id(session, telegram_id)
    if member is not None:
        member.is_reachable = False


def coordinators(session: Session) -> list[Member]:
    """Return the coordinators who can be reached."""
    found = select(Member).where(Member.role == Role.COORDINATOR, Member.is_reachable).order_by(Member.id)
    return list(session.scalars(found))
