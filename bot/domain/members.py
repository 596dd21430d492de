"""People: who they are to us, their language, their place, what they tell of themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, select
from sqlalchemy.orm import Session, load_only

from bot.domain import drafts, outbox, policy, quiet
from bot.domain.policy import Role
from bot.errors import NotFound, Refusal
from bot.names import clean_name
from bot.vault import Vault
from db.models import Lane, Member, Mute, Skill

WELCOME = "welcome"
KINDS = ("meetings", "delegations", "volunteering", "news")
RELATIVES = range(6)  # how many a phone may answer for besides its owner


_BY_TELEGRAM_ID = select(Member).where(Member.telegram_id == bindparam("telegram_id"))


def by_telegram_id(session: Session, telegram_id: int) -> Member | None:
    """Return the person behind a Telegram account, if they have ever talked to us."""
    return session.scalar(_BY_TELEGRAM_ID, {"telegram_id": telegram_id})


# Only what a message is made with: the rest is read when somebody asks for it.
_BY_TELEGRAM_IDS = (
    select(Member).where(Member.telegram_id.in_(bindparam("telegram_ids", expanding=True)))
    .options(load_only(Member.telegram_id, Member.language, Member.place, Member.role, Member.first_name, Member.listens_first,
                       Member.quiet_from, Member.quiet_until))
)  # fmt: skip


def by_telegram_ids(session: Session, telegram_ids: Collection[int]) -> dict[int, Member]:
    """Return the people behind Telegram accounts, by account; who has never talked to us is left out."""
    found = session.scalars(_BY_TELEGRAM_IDS, {"telegram_ids": list(telegram_ids)})
    return {one.telegram_id: one for one in found}


def found(session: Session, member_id: int) -> Member:
    """Return a person; raises NotFound for one who was erased."""
    member = session.get(Member, member_id, populate_existing=True)
    if member is None:
        raise NotFound("members.gone")
    return member


def arrive(session: Session, telegram_id: int, *, is_named: bool = False, now: datetime, first_name: str = "") -> Member:
    """Return the person who writes to us, made known on their first word, reachable from now on.

    `first_name` is what they go by at present; it is kept once they have agreed, until they choose another.
    `is_named` makes a coordinator of whom the settings name, for the first time.
    """
    member = by_telegram_id(session, telegram_id)
    if member is None:
        member = Member(telegram_id=telegram_id, first_name="", role=Role.VISITOR, joined_at=now, seen_at=now)
        session.add(member)
    if is_named:
        member.role = Role.COORDINATOR
    member.is_reachable, member.unreachable_why, member.asked_to_stay_at = True, None, None
    member.seen_at = now
    if member.agreed_at:
        _is_called(member, first_name)
    session.flush()
    return member


def _is_called(member: Member, first_name: str) -> None:
    if not member.is_name_chosen:
        member.first_name = clean_name(first_name) or member.first_name


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


def choose_language(
    session: Session, member: Member, code: str, *, known: Collection[str], first_name: str, now: datetime
) -> None:
    """Speak this language from now on; their phone will list the commands in it. Raises NotFound."""
    policy.require(member.role, "members.choose_language")
    if code not in known:
        raise NotFound("errors.old_button")
    member.language = code
    outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view="members.commands", lane=Lane.REPLY, now=now)
    go_on(session, member, first_name=first_name, now=now)


def choose_place(
    session: Session, member: Member, name: str, *, known: Collection[str], first_name: str, now: datetime
) -> None:
    """Live there from now on: clock and audience follow. Raises NotFound."""
    policy.require(member.role, "members.choose_place")
    if name not in known:
        raise NotFound("errors.old_button")
    member.place = name
    go_on(session, member, first_name=first_name, now=now)


def go_on(session: Session, member: Member, *, first_name: str, now: datetime) -> None:
    """The welcome goes to its next step, or is over: from then on we know them by their first name."""
    step = missing_step(member)
    if step:
        drafts.put(session, member, kind=WELCOME, step=step, now=now)
        return
    drafts.drop(session, member, kind=WELCOME)
    member.agreed_at = member.agreed_at or now
    _is_called(member, first_name)


def listen_first(session: Session, member: Member, *, listens: bool) -> None:
    """Hear before reading from now on, or read."""
    policy.require(member.role, "members.listen_first")
    member.listens_first = listens


# ---- the profile
def choose_name(session: Session, member: Member, text: str) -> None:
    """Be called so from now on. Raises Refusal for what is no name."""
    policy.require(member.role, "members.profile")
    name = clean_name(text)
    if not name:
        raise Refusal("members.name.unreadable")
    member.first_name, member.is_name_chosen = name, True


def give_phone(session: Session, member: Member, number: str, *, owner_id: int | None, vault: Vault) -> None:
    """Keep their own telephone number, sealed. Raises Refusal for somebody else's."""
    policy.require(member.role, "members.profile")
    if owner_id != member.telegram_id:
        raise Refusal("members.phone.not_yours")
    member.phone = vault.seal(number if number.startswith("+") else f"+{number}")


def take_back_phone(session: Session, member: Member) -> None:
    """Forget their telephone number."""
    policy.require(member.role, "members.profile")
    member.phone = None


def share_with(session: Session, member: Member, relatives: int) -> None:
    """This phone answers for so many relatives too. Raises NotFound for a number no button offers."""
    policy.require(member.role, "members.profile")
    if relatives not in RELATIVES:
        raise NotFound("errors.old_button")
    member.relatives = relatives


def choose_quiet(session: Session, member: Member, begins: int, ends: int) -> None:
    """Hear nothing between these hours of their own clock. Raises NotFound for hours no button offers."""
    policy.require(member.role, "members.profile")
    if (begins, ends) not in quiet.CHOICES:
        raise NotFound("errors.old_button")
    member.quiet_from, member.quiet_until = begins, ends


def hear(session: Session, member: Member, kind: str, *, is_wanted: bool, now: datetime) -> None:
    """Hear of this kind from now on, or no more. Raises NotFound."""
    policy.require(member.role, "members.profile")
    if kind not in KINDS:
        raise NotFound("errors.old_button")
    mute = session.get(Mute, (member.id, kind))
    if is_wanted and mute is not None:
        session.delete(mute)
        outbox.offer_again(session, member.telegram_id, kind)
    if not is_wanted and mute is None:
        session.add(Mute(member_id=member.id, kind=kind))
        outbox.withhold(session, member.telegram_id, kind, now=now)
    session.flush()


def stop(session: Session, member: Member, *, now: datetime) -> None:
    """« Stop »: nothing more is sent unasked, and what waits to be sent is dropped."""
    for kind in KINDS:
        hear(session, member, kind, is_wanted=False, now=now)
    outbox.cancel_unasked(session, member.telegram_id, now=now)


def start_again(session: Session, member: Member) -> None:
    """Hear of everything again."""
    policy.require(member.role, "members.profile")
    session.execute(delete(Mute).where(Mute.member_id == member.id))


def muted(session: Session, member: Member) -> frozenset[str]:
    """Return the kinds somebody does not want to hear of."""
    return frozenset(session.scalars(select(Mute.kind).where(Mute.member_id == member.id)))


# ---- reaching them
def became_unreachable(session: Session, telegram_id: int, why: str) -> Member | None:
    """They blocked the bot (« blocked ») or their account is gone (« gone »): nothing is tried until they come back."""
    member = by_telegram_id(session, telegram_id)
    if member is not None:
        member.is_reachable, member.unreachable_why = False, why
    return member


def persons(session: Session, *conditions: ColumnElement[bool]) -> int:
    """Return how many people such phones answer for: whoever shares one counts too."""
    counted = select(func.coalesce(func.sum(1 + Member.relatives), 0)).where(*conditions)
    return int(session.scalar(counted) or 0)


def holding(session: Session, role: Role) -> list[Member]:
    """Return everybody who holds exactly this role, whether or not they can be reached."""
    return list(session.scalars(select(Member).where(Member.role == role).order_by(Member.id)))


def have_skill(names: Collection[str]) -> ColumnElement[bool]:
    """Return who said that they can do one of these."""
    return exists().where(Skill.member_id == Member.id, Skill.name.in_(list(names)))


def coordinators(session: Session) -> list[Member]:
    """Return the coordinators who can be reached."""
    found = select(Member).where(Member.role == Role.COORDINATOR, Member.is_reachable).order_by(Member.id)
    return list(session.scalars(found))
