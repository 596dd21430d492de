"""What is kept of a person: shown whole, erased whole, forgotten in time. Source: db/data_map.toml."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, String, Table, cast, delete, exists, or_, select, update
from sqlalchemy.orm import Session

import db
from bot.domain import audit, health, marks, outbox, policy, questions, roles, rsvps, signups, tasks, trips
from bot.domain.desk import Desk
from bot.domain.policy import Role
from bot.vault import Vault
from db.models import (
    Announcement,
    Asking,
    Base,
    Chat,
    DeadLetter,
    Delivery,
    DeliveryState,
    Draft,
    EntryText,
    InboxUpdate,
    Invitation,
    JoinRequest,
    Lane,
    MeetingPoint,
    Member,
    PointState,
    Question,
    QuestionMessage,
    QuestionPost,
    Recording,
)

ERASED = -1  # who made an invitation, once they have been erased; nobody at all made the first one
NOBODY = 0  # the chat of deliveries whose person was erased: they still count, and say nothing
STAYS_ASKED_AFTER = timedelta(days=730)
STAYS_ANSWER_WITHIN = timedelta(days=30)
_SEALED = ("phone",)
_QUOTING = ("learn",)  # conversations that hold what somebody asked


@dataclass(frozen=True)
class Kept:
    """A table as the data map describes it."""

    whose: str | None
    is_exported: bool
    plain: frozenset[str]
    personal: Mapping[str, tuple[str, str, str]]  # column → purpose, basis, period
    hidden: frozenset[str]  # personal columns that may name others too


@functools.cache
def data_map() -> Mapping[str, Kept]:
    """Return table → what of it is personal."""
    read = tomllib.loads((Path(db.__file__).parent / "data_map.toml").read_text("utf-8"))
    words = ("whose", "export", "plain", "hidden")
    return {
        table: Kept(
            rows.get("whose"), rows.get("export", True), frozenset(rows["plain"]),
            {name: tuple(said) for name, said in rows.items() if name not in words}, frozenset(rows.get("hidden", ())),
        )
        for table, rows in read.items() if table != "bases"
    }  # fmt: skip


# ---- shown
def exported(session: Session, member: Member, *, vault: Vault, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return all that is kept of a person and nothing of others: table → rows, sealed numbers opened."""
    policy.require(member.role, "privacy.export")
    found = {}
    for name, kept in data_map().items():
        if kept.whose and kept.is_exported:
            table = Base.metadata.tables[name]
            rows = session.execute(select(table).where(_is_theirs(table, kept.whose, member))).mappings()
            found[name] = [_readable(dict(row), kept, vault) for row in rows]
    audit.note(session, member, "privacy.exported", f"member {member.id}", now=now)
    return {name: rows for name, rows in found.items() if rows}


def _is_theirs(table: Table, whose: str, member: Member) -> ColumnElement[bool]:
    number = member.telegram_id if whose in ("telegram_id", "chat_id") else member.id
    return table.c[whose] == number


def _readable(row: dict[str, Any], kept: Kept, vault: Vault) -> dict[str, Any]:
    names = kept.personal.keys() - kept.hidden
    shown = {name: value for name, value in row.items() if name in names and value is not None}
    for name in _SEALED:
        if name in shown:
            shown[name] = vault.opened(shown[name])
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in shown.items()}


# ---- erased
def erase(session: Session, member: Member, *, desk: Desk, vault: Vault, now: datetime) -> str:
    """Forget a person: nothing of them stays but counts. Returns the mark by which an older copy is erased anew.

    What they had taken is free, what waited to be sent to them is dropped. Raises Refusal for the last coordinator.
    """
    policy.require(member.role, "privacy.erase")
    if member.role == Role.COORDINATOR:
        roles.lock(session, member, "privacy.erase")
        roles.gone(session, member, now=now)
    roles.require_another(session, member, Role.VISITOR)
    mark = vault.mark(marks.ERASED, member.telegram_id)
    _questions(session, member, desk, now)
    for request_id in session.scalars(select(JoinRequest.id).where(JoinRequest.member_id == member.id)).all():
        outbox.redraw(session, "joining.card", request_id, now=now)
    _deliveries(session, member, now)
    _raw(session, member)
    _what_they_made(session, member, now)
    rsvps.forget(session, member, now=now)
    tasks.forget(session, member, desk=desk, now=now)
    signups.forget(session, member, desk=desk, now=now)
    trips.forget(session, member, now=now)
    audit.note(session, None, "privacy.erased", now=now)
    marks.put(session, marks.ERASED, mark, now=now)
    session.flush()
    session.delete(member)
    session.flush()
    return mark


def _questions(session: Session, member: Member, desk: Desk, now: datetime) -> None:
    """Their questions keep their dates and lose their words; what coordinators see of them in their chats goes too."""
    if policy.may(member.role, "questions.answer"):
        questions.let_go(session, member, desk=desk, now=now)
    theirs = session.scalars(select(Question).where(Question.member_id == member.id)).all()
    _empty(session, {question.id for question in theirs}, now)
    for question in theirs:
        _take_back_copies(session, question, now)
        questions.forget(session, question, desk=desk, now=now)
    session.execute(
        update(QuestionMessage).where(QuestionMessage.author_id == member.id)
        .values(author_id=None, text=None, chat_id=NOBODY, message_id=0)
    )  # fmt: skip
    session.execute(update(Asking).where(Asking.member_id == member.id).values(member_id=None, text=None, message_id=0))


def _empty(session: Session, question_ids: set[int], now: datetime) -> None:
    """What was sent of their questions says nothing any more; what waits to be sent, and what others were writing, goes."""
    if not question_ids:
        return
    told = select(Delivery).where(Delivery.view.like("questions.%"), Delivery.state != DeliveryState.SENDING)
    for delivery in session.scalars(told):
        if delivery.values.get("question_id") in question_ids:
            if delivery.settled_at is None:
                delivery.state, delivery.settled_at, delivery.reason = DeliveryState.CANCELLED, now, "erased"
            delivery.values = {}
    session.execute(delete(Draft).where(Draft.kind.in_(_QUOTING)))


def _take_back_copies(session: Session, question: Question, now: datetime) -> None:
    copies = select(QuestionPost).where(QuestionPost.question_id == question.id, QuestionPost.view == "questions.copy")
    by_chat: dict[int, list[int]] = {}
    for post in session.scalars(copies):
        by_chat.setdefault(post.chat_id, []).append(post.message_id)
    for chat_id, message_ids in by_chat.items():
        outbox.put(session, chat_id=chat_id, view="privacy.take_back", lane=Lane.URGENT, now=now,
                   values={"message_ids": message_ids})  # fmt: skip


def _deliveries(session: Session, member: Member, now: datetime) -> None:
    """What was to reach them is dropped; what reached them counts on, without them."""
    theirs = or_(Delivery.chat_id == member.telegram_id, Delivery.member_id == member.id)
    waiting = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.AMBIGUOUS)
    session.execute(
        update(Delivery).where(theirs, Delivery.state.in_(waiting))
        .values(state=DeliveryState.CANCELLED, settled_at=now, reason="erased")
    )  # fmt: skip
    session.execute(
        update(Delivery).where(theirs, Delivery.state != DeliveryState.SENDING)
        .values(chat_id=NOBODY, member_id=None, values={}, message_id=None, message_ids=None, dedupe_key=None)
    )  # fmt: skip
    outbox.cancel_by(session, member.id, now=now)
    session.execute(update(Delivery).where(Delivery.author_id == member.id).values(author_id=None))
    _unmention(session, member)


def _unmention(session: Session, member: Member) -> None:
    """What others were sent out of their chat (an answer copied from it) forgets where it came from."""
    holds = cast(Delivery.values, String).contains(str(member.telegram_id), autoescape=True)
    session.execute(update(Delivery).where(holds, Delivery.settled_at.is_not(None)).values(values={}))


def _raw(session: Session, member: Member) -> None:
    """Their updates are empty once they are done; those put aside are not, and may tell of them whoever sent them.

    The update under way is still to be marked as answered: it stays, under nobody's number.
    """
    theirs = InboxUpdate.chat_id == member.telegram_id
    session.execute(delete(InboxUpdate).where(theirs, InboxUpdate.answered_at.is_not(None)))
    session.execute(update(InboxUpdate).where(theirs, InboxUpdate.done_at.is_not(None)).values(chat_id=NOBODY))
    for told in (str(member.telegram_id), json.dumps(member.first_name)[1:-1]):
        if told:
            session.execute(delete(DeadLetter).where(DeadLetter.payload.contains(told, autoescape=True)))


def _what_they_made(session: Session, member: Member, now: datetime) -> None:
    theirs = Announcement.progress_chat_id == member.telegram_id
    session.execute(update(Announcement).where(theirs).values(progress_chat_id=None, progress_message_id=None))
    session.execute(update(Chat).where(Chat.linked_by == member.id).values(linked_by=None))
    for point_id in session.scalars(select(MeetingPoint.id).where(MeetingPoint.member_id == member.id)).all():
        outbox.redraw(session, "meetings.point", point_id, now=now)
    theirs_to_say = MeetingPoint.member_id == member.id
    session.execute(delete(MeetingPoint).where(theirs_to_say, MeetingPoint.state != PointState.ACCEPTED))
    session.execute(update(MeetingPoint).where(theirs_to_say).values(voice=None))
    session.execute(delete(Recording).where(Recording.recorded_by == member.id))
    session.execute(update(EntryText).where(EntryText.changed_by == member.first_name).values(changed_by=""))
    session.execute(
        update(Invitation).where(Invitation.made_by == member.id).values(made_by=ERASED, revoked_at=Invitation.expires_at)
    )


def erase_again(session: Session, erased: Mapping[str, datetime], *, desk: Desk, vault: Vault, now: datetime) -> int:
    """After a restored copy: erase anew whoever was erased since it was made. Returns how many there were.

    Somebody who came back after their erasure is somebody new, and stays.
    """
    if not erased:
        return 0
    marked = [(one, erased.get(vault.mark(marks.ERASED, one.telegram_id))) for one in session.scalars(select(Member))]
    again = [member for member, erased_at in marked if erased_at is not None and member.joined_at < erased_at]
    for member in again:
        if member.role == Role.COORDINATOR:
            member.role = Role.VISITOR
        erase(session, member, desk=desk, vault=vault, now=now)
    return len(again)


# ---- time
def ask_to_stay(session: Session, *, desk: Desk, vault: Vault, now: datetime) -> list[str]:
    """Ask whoever has said nothing for two years whether they stay; erase who does not answer in a month.

    Returns the marks of those erased. Coordinators are never erased by time. Who came while the machine's clock was not
    set is not silent since 1970: they count from now on.
    """
    session.execute(update(Member).where(Member.seen_at < health.EARLIEST).values(seen_at=now))
    silent = select(Member).where(Member.seen_at <= now - STAYS_ASKED_AFTER, Member.role != Role.COORDINATOR)
    erased = []
    for member in session.scalars(silent).all():
        if member.asked_to_stay_at is None:
            member.asked_to_stay_at = now
            outbox.put(
                session, chat_id=member.telegram_id, member_id=member.id, view="privacy.stay", lane=Lane.REMINDER, now=now
            )
        elif member.asked_to_stay_at + STAYS_ANSWER_WITHIN <= now:
            erased.append(erase(session, member, desk=desk, vault=vault, now=now))
    return erased


def sweep(session: Session, *, now: datetime) -> None:
    """Forget whose a delivery was that was just in flight when its person was erased."""
    known = exists().where(Member.telegram_id == Delivery.chat_id)
    session.execute(
        update(Delivery).where(Delivery.chat_id > 0, Delivery.settled_at.is_not(None), ~known)
        .values(chat_id=NOBODY, member_id=None, values={}, message_id=None, dedupe_key=None)
    )  # fmt: skip
