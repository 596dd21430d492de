"""The directory: who is in, found by name, place, role, language; and whom nobody can reach, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.domain import invitations, members, policy
from bot.domain.policy import Role
from bot.lists import fold
from bot.vault import Vault
from db.models import Invitation, Member

PAGE = 5
SILENT_AFTER = timedelta(days=90)
ANY = "-"
REACHES = ("yes", "no")


@dataclass(frozen=True)
class Filter:
    """Which people: « - » stands for any place, role (but visitors) or language."""

    place: str = ANY
    role: str = ANY
    language: str = ANY
    reach: str = ANY

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what the rows have in common."""
        found: list[ColumnElement[bool]] = [Member.role == self.role if self.role != ANY else Member.role != Role.VISITOR]
        if self.reach != ANY:
            found.append(Member.is_reachable == (self.reach == REACHES[0]))
        if self.place != ANY:
            found.append(Member.place == self.place)
        if self.language != ANY:
            found.append(Member.language == self.language)
        return found


@dataclass(frozen=True)
class Page:
    """Some people by name, how many phones and how many persons there are in all."""

    people: Sequence[Member]
    phones: int
    persons: int


def page(session: Session, actor: Member, wanted: Filter, number: int) -> Page:
    """Return one page of people, by name."""
    policy.require(actor.role, "members.list")
    conditions = wanted.conditions()
    rows = select(Member).where(*conditions).order_by(func.lower(Member.first_name), Member.id)
    return Page(
        list(session.scalars(rows.offset(number * PAGE).limit(PAGE))),
        session.scalar(select(func.count()).select_from(Member).where(*conditions)) or 0,
        members.persons(session, *conditions),
    )


def search(session: Session, actor: Member, text: str) -> list[Member]:
    """Return the people whose name holds these letters, however they are written; those who begin so first."""
    policy.require(actor.role, "members.list")
    wanted = fold(text[:64])
    if not wanted:
        return []
    names = session.execute(select(Member.id, Member.first_name).where(Member.first_name != "")).all()
    hits = sorted((not fold(name).startswith(wanted), fold(name), number) for number, name in names if wanted in fold(name))
    return [session.get_one(Member, number) for _, _, number in hits[:PAGE]]


def card(session: Session, actor: Member, member_id: int) -> Member:
    """Return one person; raises NotFound."""

    policy.require(actor.role, "members.list")
    return members.found(session, member_id)


def phone_of(actor: Member, sealed: str | None, vault: Vault) -> str | None:
    """Return a telephone number to who may see it."""
    return vault.opened(sealed) if policy.may(actor.role, "members.see_phone") else None


@dataclass(frozen=True)
class ToCall:
    """Somebody whom messages do not reach: why (« blocked », « gone », « never_came », « silent »), their sealed phone."""

    name: str
    why: str
    phone: str | None
    member_id: int | None = None
    seen_at: datetime | None = None


def to_call(session: Session, actor: Member, *, now: datetime) -> list[ToCall]:
    """Return whom somebody should telephone: who left, who was invited and never came, who has gone quiet."""
    policy.require(actor.role, "members.list")
    inside = Member.role != Role.VISITOR
    gone = select(Member).where(inside, ~Member.is_reachable).order_by(Member.first_name)
    quiet = select(Member).where(inside, Member.is_reachable, Member.seen_at < now - SILENT_AFTER).order_by(Member.seen_at)
    return [
        *(_unreached(one, one.unreachable_why or "blocked") for one in session.scalars(gone)),
        *(_uninvited(one) for one in invitations.never_came(session)),
        *(_unreached(one, "silent") for one in session.scalars(quiet)),
    ]


def _unreached(member: Member, why: str) -> ToCall:
    return ToCall(member.first_name, why, member.phone, member.id, member.seen_at)


def _uninvited(invitation: Invitation) -> ToCall:
    return ToCall(invitation.first_name or "", "never_came", invitation.phone)
