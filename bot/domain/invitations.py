"""Invitations: a link lets people in, as often and as long as its maker said. Only the hash of its secret is kept."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.domain import audit, marks, members, outbox, policy, roles
from bot.domain import desk as desks
from bot.domain.desk import Desk
from bot.domain.policy import RANK, Role
from bot.errors import NotFound
from bot.lists import Listed
from bot.vault import Vault
from db.models import Delivery, DeliveryState, Invitation, JoinRequest, Lane, Member, RequestState

TOKEN_BYTES = 16  # 128 bits
USES = (1, 10, 50)
DAYS = (1, 7, 30)
PERSONAL_DAYS = 30
FIRST_DAYS = 7
GUESSES = 5
GUESSES_WITHIN = timedelta(minutes=15)
NAMELESS_FOR = timedelta(minutes=5)
OFFERED_ROLES = (Role.MEMBER, Role.COMMITTEE, Role.COORDINATOR)


def new_token() -> str:
    """Return a fresh secret, fit for a link: 22 characters, 128 bits."""
    return _written(secrets.token_bytes(TOKEN_BYTES))


def _written(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make(
    session: Session, actor: Member, *, role: str, place: str | None, uses: int, days: int, token: str, now: datetime
) -> Invitation:
    """Keep an invitation that `token` opens. Raises NotFound for what no button offers."""
    policy.require(actor.role, "invitations.make")
    if role not in OFFERED_ROLES or uses not in USES or days not in DAYS or (role == Role.COORDINATOR and uses != 1):
        raise NotFound("errors.old_button")
    invitation = _keep(session, token, role=role, place=place, uses=uses, days=days, made_by=actor.id, now=now)
    if role == Role.COORDINATOR:
        roles.announce_invitation(session, actor, now=now)
    audit.note(session, actor, "invitations.made", f"invitation {invitation.id}", now=now)
    return invitation


def _keep(
    session: Session, token: str, *, role: str, place: str | None, uses: int, days: int, made_by: int | None, now: datetime
) -> Invitation:
    invitation = Invitation(
        token_hash=_hashed(token), role=role, place=place, uses_allowed=uses, uses=0, made_by=made_by, made_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    return invitation


def first(session: Session, *, named: Sequence[int], is_orphaned: bool, now: datetime) -> str | None:
    """Return the secret of the one invitation that makes the first coordinator; None ever after, or when one is named.

    `is_orphaned` when an older copy was put back whose coordinators had been erased since: then there is one more.
    """
    has_coordinator = session.scalar(select(Member.id).where(Member.role == Role.COORDINATOR).limit(1))
    made_before = session.scalar(select(Invitation.id).where(Invitation.made_by.is_(None)).limit(1))
    if named or has_coordinator or (made_before and not is_orphaned):
        return None
    token = new_token()
    _keep(session, token, role=Role.COORDINATOR, place=None, uses=1, days=FIRST_DAYS, made_by=None, now=now)
    return token


# ---- coming in
def use(session: Session, member: Member, token: str, *, desk: Desk, vault: Vault, now: datetime) -> Invitation | None:
    """Let somebody in; None when the invitation does not hold, whatever the reason, or when they have guessed too often.

    One lets the same person in once, even when they were erased in between; pressed again it changes nothing.
    """
    policy.require(member.role, "invitations.use")
    if _guesses(session, member, vault, now) >= GUESSES:
        return None
    invitation = session.scalar(select(Invitation).where(Invitation.token_hash == _hashed(token)))
    if invitation is None or not _holds(session, invitation, now):
        _guessed(session, member, vault, now)
        return None
    mark = vault.mark(marks.USED, invitation.id, member.telegram_id)
    if marks.has(session, marks.USED, mark):
        is_theirs = invitation.id == member.invitation_id and RANK[Role(member.role)] >= RANK[Role(invitation.role)]
        return invitation if is_theirs else None
    was_taken_since = member.demoted_at is not None and invitation.made_at <= member.demoted_at
    if was_taken_since or not _take_place(session, invitation):
        _guessed(session, member, vault, now)
        return None
    marks.put(session, marks.USED, mark, now=now)
    _come_in(session, member, invitation, desk, now)
    return invitation


def _holds(session: Session, invitation: Invitation, now: datetime) -> bool:
    """An invitation holds while it is neither revoked nor over, and its maker may still invite."""
    if invitation.revoked_at is not None or invitation.expires_at <= now:
        return False
    if invitation.made_by is None:
        return True
    maker = session.get(Member, invitation.made_by)
    return maker is not None and policy.may(maker.role, "invitations.make")


def _take_place(session: Session, invitation: Invitation) -> bool:
    taken = session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.uses < Invitation.uses_allowed)
        .values(uses=Invitation.uses + 1)
        .returning(Invitation.id)
    )
    session.refresh(invitation)
    return taken is not None


def _come_in(session: Session, member: Member, invitation: Invitation, desk: Desk, now: datetime) -> None:
    """Give them what the invitation gives. A personal one has told what it knew: it forgets it; only they give their number."""
    member.invitation_id = invitation.id
    member.language = member.language or invitation.language
    member.place = member.place or invitation.place
    if invitation.first_name and not member.is_name_chosen:
        member.first_name, member.is_name_chosen = invitation.first_name, True
    invitation.first_name, invitation.phone = None, None
    if RANK[Role(invitation.role)] > RANK[Role(member.role)]:
        if invitation.role == Role.COORDINATOR:
            roles.became_coordinator(session, member, now=now)
        member.role = invitation.role
    session.execute(
        update(JoinRequest)
        .where(JoinRequest.member_id == member.id, JoinRequest.state == RequestState.OPEN)
        .values(state=RequestState.ACCEPTED, decided_at=now)
    )
    audit.note(session, member, "invitations.used", f"invitation {invitation.id}", now=now)
    _tell_maker(session, member, invitation, desk, now)


def _tell_maker(session: Session, member: Member, invitation: Invitation, desk: Desk, now: datetime) -> None:
    """Tell who made it; a stranger has no name before the welcome is over, so that waits for a few minutes."""
    maker = session.get(Member, invitation.made_by) if invitation.made_by else None
    if maker is None or not maker.is_reachable:
        return
    opens = desks.opening(session, desk, maker.telegram_id, now=now)
    values = {"member_id": member.id, "uses": invitation.uses, "uses_allowed": invitation.uses_allowed}
    outbox.put(
        session, chat_id=maker.telegram_id, member_id=maker.id, view="invitations.used", lane=Lane.REMINDER, now=now,
        not_before=max(opens, now if member.agreed_at else now + NAMELESS_FOR), values=values, subject_id=member.id,
    )  # fmt: skip


def arrived(session: Session, member: Member, *, desk: Desk, now: datetime) -> None:
    """They are through the welcome and have a name: whoever invited them hears now."""
    told = select(Delivery).where(
        Delivery.view == "invitations.used", Delivery.subject_id == member.id, Delivery.state == DeliveryState.QUEUED
    )
    for delivery in session.scalars(told):
        delivery.not_before = desks.opening(session, desk, delivery.chat_id, now=now)


def _guesses(session: Session, member: Member, vault: Vault, now: datetime) -> int:
    mark = vault.mark(marks.GUESS, member.telegram_id)
    return marks.count(session, marks.GUESS, mark, since=now - GUESSES_WITHIN)


def _guessed(session: Session, member: Member, vault: Vault, now: datetime) -> None:
    """Count a wrong one; somebody who tries again and again is locked out, and the coordinators hear of it."""
    marks.put(session, marks.GUESS, vault.mark(marks.GUESS, member.telegram_id), now=now)
    if _guesses(session, member, vault, now) < GUESSES:
        return
    for one in members.coordinators(session):
        outbox.put(
            session, chat_id=one.telegram_id, member_id=one.id, view="invitations.guessed", lane=Lane.URGENT, now=now,
            dedupe_key=f"invitations.guessed:{one.id}:{member.id}:{int(now.timestamp() // GUESSES_WITHIN.seconds)}",
        )  # fmt: skip


# ---- those that are out
def running(session: Session, *, now: datetime) -> list[Invitation]:
    """Return the invitations for anybody that still hold, newest first."""
    still = (Invitation.revoked_at.is_(None), Invitation.expires_at > now, Invitation.uses < Invitation.uses_allowed)
    return list(session.scalars(select(Invitation).where(*still, Invitation.list_key.is_(None)).order_by(Invitation.id.desc())))


def found(session: Session, invitation_id: int) -> Invitation:
    """Return an invitation; raises NotFound."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound("errors.old_button")
    return invitation


def withdraw(session: Session, actor: Member, invitation_id: int, *, now: datetime) -> Invitation:
    """Let nobody in by it any more. Raises NotFound."""
    policy.require(actor.role, "invitations.make")
    invitation = found(session, invitation_id)
    invitation.revoked_at = invitation.revoked_at or now
    audit.note(session, actor, "invitations.withdrawn", f"invitation {invitation.id}", now=now)
    return invitation


# ---- a list of people
@dataclass(frozen=True)
class Personal:
    """A row of a list and the secret of its link; `is_new` unless an earlier list held the same row."""

    listed: Listed
    token: str
    is_new: bool


def import_list(session: Session, actor: Member, listed: Sequence[Listed], *, vault: Vault, now: datetime) -> list[Personal]:
    """Make one personal invitation a row; the same row again gives the same link and changes nothing."""
    policy.require(actor.role, "invitations.make")
    made = [_personal(session, actor, one, vault, now) for one in listed]
    audit.note(session, actor, "invitations.imported", f"rows {len(made)}", now=now)
    return made


def _personal(session: Session, actor: Member, listed: Listed, vault: Vault, now: datetime) -> Personal:
    """The secret is drawn from the row with our key, so that a list read twice needs no secret stored."""
    key = vault.mark("list", listed.phone or f"{listed.first_name.casefold()}|{listed.place or ''}")
    token = _written(bytes.fromhex(vault.mark("link", key))[:TOKEN_BYTES])
    known = session.scalar(select(Invitation).where(Invitation.list_key == key))
    if known is None:
        known = _keep(
            session, token, role=Role.MEMBER, place=listed.place, uses=1, days=PERSONAL_DAYS, made_by=actor.id, now=now
        )
        known.language, known.first_name, known.list_key = listed.language, listed.first_name, key
        known.phone = vault.seal(listed.phone) if listed.phone else None
        session.flush()
        return Personal(listed, token, is_new=True)
    if known.uses == 0 and (known.expires_at <= now or known.revoked_at is not None or known.made_by != actor.id):
        known.expires_at, known.revoked_at, known.made_by = now + timedelta(days=PERSONAL_DAYS), None, actor.id
    return Personal(listed, token, is_new=False)


def never_came(session: Session) -> list[Invitation]:
    """Return the personal invitations nobody has used, by name."""
    unused = select(Invitation).where(Invitation.list_key.is_not(None), Invitation.uses == 0, Invitation.revoked_at.is_(None))
    return list(session.scalars(unused.order_by(Invitation.first_name, Invitation.id)))


def purge(session: Session, *, before: datetime) -> None:
    """Forget invitations that have been over since before then, with what they knew of people."""
    session.execute(delete(Invitation).where(Invitation.expires_at < before, Invitation.made_by.is_not(None)))
