"""Announcements: written, looked at, confirmed once, sent to everybody they promised, corrected, withdrawn, reported on.

The copies are deliveries of the view COPY whose subject is the announcement. Confirming writes them all in one
transaction, by one INSERT … SELECT for each clock; a correction queues an edit for every copy that has arrived.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.domain import audiences, audit, members, outbox, policy, quiet
from bot.domain.desk import Desk
from bot.domain.quiet import Night
from bot.errors import NotFound, Refusal, Taken
from db.models import (
    Announcement,
    AnnouncementSeen,
    AnnouncementState,
    AnnouncementText,
    Chat,
    Delivery,
    DeliveryState,
    Lane,
    Member,
    Question,
)

COPY, EDIT, TAKE_BACK, TOLD_ANEW = (
    "announcements.copy", "announcements.edit", "announcements.take_back", "announcements.told_anew",
)  # fmt: skip
UNDO = timedelta(seconds=30)
SAME_WITHIN = timedelta(minutes=10)
DELETABLE = timedelta(hours=48)
FURTHEST = timedelta(days=400)
NEAR_A_VOICE_WORDS = 60
LONGEST_VOICE_SECONDS = 60
MOST_MEDIA = 10
LISTED = 8
RUNNING = (AnnouncementState.SENDING, AnnouncementState.PAUSED)
NOT_REACHED = (DeliveryState.FAILED, DeliveryState.PARKED, DeliveryState.EXPIRED, DeliveryState.CANCELLED)
OVER = (AnnouncementState.SENT, AnnouncementState.STOPPED)


@dataclass(frozen=True)
class Content:
    """What a coordinator sent: markup, and a file by its id with its kind (photo, video, document, voice, audio)."""

    text: str
    media: tuple[str, str] | None = None
    album: str | None = None
    seconds: int = 0


# ---- writing
def begin(session: Session, actor: Member, *, now: datetime) -> Announcement:
    """Begin a draft for everybody, of the kind « news »."""
    policy.require(actor.role, "announcements.write")
    announcement = Announcement(
        author_id=actor.id, state=AnnouncementState.DRAFT, kind="news", places=[], roles=[], groups=[], made_at=now,
        changed_at=now,
    )  # fmt: skip
    session.add(announcement)
    session.flush()
    return announcement


def found(session: Session, announcement_id: int) -> Announcement:
    """Return an announcement; raises NotFound."""
    announcement = session.get(Announcement, announcement_id, populate_existing=True)
    if announcement is None:
        raise NotFound("errors.old_button")
    return announcement


def _draft(session: Session, actor: Member, announcement_id: int) -> Announcement:
    """Return a draft that may still be changed. Raises Taken for one that somebody has confirmed."""
    policy.require(actor.role, "announcements.write")
    announcement = found(session, announcement_id)
    if announcement.state not in (AnnouncementState.DRAFT, AnnouncementState.HELD):
        raise Taken("announcements.is_confirmed")
    return announcement


def texts(session: Session, announcement: Announcement) -> dict[str, AnnouncementText]:
    """Return language → what it says there, for the languages in which it says anything."""
    rows = session.scalars(select(AnnouncementText).where(AnnouncementText.announcement_id == announcement.id))
    return {row.language: row for row in rows if row.text or row.media or row.voice}


def write(
    session: Session, actor: Member, announcement_id: int, language: str, content: Content, *, now: datetime
) -> Announcement:
    """Keep what it says in a language; the pictures of one album come one after the other and stay in order."""
    announcement = _draft(session, actor, announcement_id)
    _put(session, announcement, language, content)
    announcement.changed_at = now
    return announcement


def _put(session: Session, announcement: Announcement, language: str, content: Content) -> AnnouncementText:
    row = _text(session, announcement, language)
    goes_on = content.album is not None and row.album == content.album
    if not goes_on:
        row.text, row.media = content.text, []
    elif content.text:
        row.text = content.text
    if content.media and len(row.media) < MOST_MEDIA:
        row.media = [*row.media, list(content.media)]
    row.album = content.album
    session.flush()
    return row


def _text(session: Session, announcement: Announcement, language: str) -> AnnouncementText:
    row = session.get(AnnouncementText, (announcement.id, language))
    if row is None:
        row = AnnouncementText(announcement_id=announcement.id, language=language, media=[])
        session.add(row)
        session.flush()
    return row


def speak(
    session: Session, actor: Member, announcement_id: int, language: str, file_id: str, seconds: int, *, now: datetime
) -> Announcement:
    """Add a voice that says it in a language. Raises Refusal for one that is empty or too long."""
    announcement = _draft(session, actor, announcement_id)
    if seconds < 1:
        raise Refusal("recordings.empty")
    if seconds > LONGEST_VOICE_SECONDS:
        raise Refusal("recordings.too_long", longest=LONGEST_VOICE_SECONDS)
    row = _text(session, announcement, language)
    row.voice, row.voice_seconds, announcement.changed_at = file_id, seconds, now
    return announcement


def wants_voice(row: AnnouncementText | None) -> bool:
    """Tell whether a text is long enough for a voice to be suggested."""
    return row is not None and row.voice is None and len(row.text.split()) > NEAR_A_VOICE_WORDS


def aim(
    session: Session, actor: Member, announcement_id: int, what: str, value: str, *, is_wanted: bool, now: datetime
) -> Announcement:
    """Take a place, role or group into the audience, or out of it; none of a kind is everybody. Raises NotFound."""
    announcement = _draft(session, actor, announcement_id)
    if what not in ("places", "roles", "groups"):
        raise NotFound("errors.old_button")
    item: Any = int(value) if what == "groups" else value
    others = [one for one in getattr(announcement, what) if one != item]
    setattr(announcement, what, [*others, item] if is_wanted else others)
    announcement.changed_at = now
    return announcement


def set_kind(
    session: Session, actor: Member, announcement_id: int, kind: str, *, is_urgent: bool, now: datetime
) -> Announcement:
    """Say what it is about, and whether it may wake people. Raises NotFound."""
    announcement = _draft(session, actor, announcement_id)
    if kind not in members.KINDS:
        raise NotFound("errors.old_button")
    announcement.kind, announcement.is_urgent, announcement.changed_at = kind, is_urgent, now
    return announcement


def schedule(
    session: Session, actor: Member, announcement_id: int, *, wall: str | None, time_zone: str, send_at: datetime | None,
    now: datetime,
) -> Announcement:  # fmt: skip
    """Say when it goes: `wall` is what its author meant on their own clock; None is at once. Raises Refusal for the past."""
    announcement = _draft(session, actor, announcement_id)
    if send_at is not None and not now < send_at <= now + FURTHEST:
        raise Refusal("dates.past")
    announcement.wall, announcement.time_zone = wall, time_zone if wall else None
    announcement.send_at, announcement.changed_at = send_at, now
    return announcement


def throw_away(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> None:
    """Throw a draft away, or cancel one that is scheduled."""
    policy.require(actor.role, "announcements.write")
    announcement = found(session, announcement_id)
    if announcement.state not in (AnnouncementState.DRAFT, AnnouncementState.SCHEDULED, AnnouncementState.HELD):
        raise Taken("announcements.is_confirmed")
    audit.note(session, actor, "announcements.thrown_away", f"announcement {announcement.id}", now=now)
    session.delete(announcement)


def again(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> Announcement:
    """Begin a draft that says the same to the same people."""
    policy.require(actor.role, "announcements.write")
    old = found(session, announcement_id)
    copy = begin(session, actor, now=now)
    copy.kind, copy.places, copy.roles, copy.groups = old.kind, list(old.places), list(old.roles), list(old.groups)
    for language, row in texts(session, old).items():
        session.add(AnnouncementText(
            announcement_id=copy.id, language=language, text=row.text, media=list(row.media), voice=row.voice,
            voice_seconds=row.voice_seconds,
        ))  # fmt: skip
    session.flush()
    return copy


def listed(session: Session, *states: AnnouncementState) -> list[Announcement]:
    """Return announcements in these states, the last changed first."""
    rows = select(Announcement).where(Announcement.state.in_(states))
    return list(session.scalars(rows.order_by(Announcement.changed_at.desc(), Announcement.id.desc()).limit(LISTED)))


# ---- confirming
def confirm(
    session: Session, actor: Member, announcement_id: int, *, desk: Desk, is_sure: bool = False, now: datetime
) -> Announcement:
    """Let it go, now or when its hour comes; exactly once, however often and by however many it is pressed.

    Raises Refusal for one that says nothing, is for nobody or whose hour is over, Same for one that was sent ten minutes
    ago to the same people (unless `is_sure`), Taken when somebody was faster.
    """
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    _require_sendable(session, announcement, now)
    fingerprint = _fingerprint(session, announcement)
    if not is_sure and _was_sent(session, announcement, fingerprint, now):
        raise Same("announcements.same")
    is_later = announcement.send_at is not None
    won = session.scalar(
        update(Announcement)
        .where(Announcement.id == announcement.id, Announcement.state.in_((AnnouncementState.DRAFT, AnnouncementState.HELD)))
        .values(
            state=AnnouncementState.SCHEDULED if is_later else AnnouncementState.SENDING, author_id=actor.id,
            confirmed_at=now, changed_at=now, fingerprint=fingerprint,
        )
        .returning(Announcement.id)
    )  # fmt: skip
    announcement = found(session, announcement_id)
    if won is None:
        raise Taken("announcements.is_confirmed")
    audit.note(session, actor, "announcements.confirmed", f"announcement {announcement.id}", now=now)
    if not is_later:
        _queue(session, announcement, desk, now=now, not_before=now + UNDO)
    return announcement


class Same(Refusal):
    """The same words went to the same people a moment ago."""


def _require_sendable(session: Session, announcement: Announcement, now: datetime) -> None:
    if announcement.state not in (AnnouncementState.DRAFT, AnnouncementState.HELD):
        raise Taken("announcements.is_confirmed")
    if not texts(session, announcement):
        raise Refusal("announcements.says_nothing")
    if audiences.count(session, announcement).is_empty:
        raise Refusal("announcements.for_nobody")
    if announcement.send_at is not None and announcement.send_at <= now:
        raise Refusal("dates.past")


def _fingerprint(session: Session, announcement: Announcement) -> str:
    said = {language: [row.text, row.media, row.voice] for language, row in sorted(texts(session, announcement).items())}
    aimed = [sorted(announcement.places), sorted(announcement.roles), sorted(announcement.groups), announcement.kind]
    return hashlib.sha256(json.dumps([said, aimed]).encode()).hexdigest()


def _was_sent(session: Session, announcement: Announcement, fingerprint: str, now: datetime) -> bool:
    same = select(Announcement.id).where(
        Announcement.fingerprint == fingerprint, Announcement.id != announcement.id,
        Announcement.confirmed_at > now - SAME_WITHIN, Announcement.state != AnnouncementState.DRAFT,
    )  # fmt: skip
    return session.scalar(same.limit(1)) is not None


def _queue(session: Session, announcement: Announcement, desk: Desk, *, now: datetime, not_before: datetime) -> None:
    """Write a copy for everybody it is for, in one go for each night people may have; who cannot be reached is counted."""
    lane = Lane.URGENT if announcement.is_urgent else Lane.BROADCAST
    wanted = audiences.conditions(announcement)
    for night, same_night in _nights(session, desk):
        opens = not_before if announcement.is_urgent else quiet.opens_at(not_before, night)
        _insert(session, announcement, lane, now=now, not_before=opens, conditions=[*wanted, same_night], night=night)
    for chat in audiences.groups(session, announcement):
        outbox.put(
            session, chat_id=chat.id, view=COPY, lane=lane, now=now, not_before=not_before, subject_id=announcement.id,
            author_id=announcement.author_id, action="announcements.send", dedupe_key=f"{COPY}:{announcement.id}:{chat.id}",
        )  # fmt: skip


def _insert(
    session: Session, announcement: Announcement, lane: Lane, *, now: datetime, not_before: datetime,
    conditions: Sequence[ColumnElement[bool]], night: Night,
) -> None:  # fmt: skip
    """One INSERT … SELECT: nothing of the audience passes through this process."""
    morning = quiet.opens_at(_evening_of(not_before, night), night)
    had_one = exists().where(
        Delivery.view == COPY, Delivery.chat_id == Member.telegram_id, Delivery.subject_id != announcement.id,
        Delivery.state.in_((DeliveryState.SENT, DeliveryState.QUEUED)), Delivery.not_before > not_before - timedelta(hours=16),
        Delivery.not_before <= not_before,
    )  # fmt: skip
    waits = literal(announcement.is_urgent).is_(False) & had_one
    recipients = select(
        Member.telegram_id, Member.id, literal(COPY), literal({}, type_=Delivery.values.type), literal(int(lane)),
        case((Member.is_reachable, DeliveryState.QUEUED.value), else_=DeliveryState.FAILED.value),
        literal(f"{COPY}:{announcement.id}:") + cast(Member.telegram_id, String), literal(0), literal(0),
        literal(announcement.author_id, BigInteger), literal("announcements.send"), literal(announcement.id),
        case((Member.is_reachable, null()), else_=func.coalesce(Member.unreachable_why, "blocked")),
        literal(now, Delivery.created_at.type),
        case((waits, literal(morning, Delivery.not_before.type)), else_=literal(not_before, Delivery.not_before.type)),
        case((Member.is_reachable, null()), else_=literal(now, Delivery.settled_at.type)),
    ).where(*conditions)  # fmt: skip
    session.execute(
        insert(Delivery).from_select(
            ["chat_id", "member_id", "view", "values", "lane", "state", "dedupe_key", "resends", "tries", "author_id", "action",
             "subject_id", "reason", "created_at", "not_before", "settled_at"],
            recipients,
        )
    )  # fmt: skip


def _evening_of(instant: datetime, night: Night) -> datetime:
    """Return a moment of the coming night, so that what waits goes out the next morning."""
    local = instant.astimezone(night.zone)
    evening = local.replace(hour=night.begins, minute=30, second=0, microsecond=0)
    return evening if local.hour < night.begins else local


def _nights(session: Session, desk: Desk) -> list[tuple[Night, ColumnElement[bool]]]:
    """Return every night people have, and the condition that finds who has it: places and hours that occur."""
    rows = session.execute(select(Member.place, Member.quiet_from, Member.quiet_until).distinct()).all()
    found: list[tuple[Night, ColumnElement[bool]]] = []
    for place, begins, ends in rows:
        same = [Member.place.is_(None) if place is None else Member.place == place,
                Member.quiet_from.is_(None) if begins is None else Member.quiet_from == begins,
                Member.quiet_until.is_(None) if ends is None else Member.quiet_until == ends]  # fmt: skip
        night = desk.night(Member(place=place, quiet_from=begins, quiet_until=ends))
        found.append((night, same[0] & same[1] & same[2]))
    return found


def woken(session: Session, announcement: Announcement, desk: Desk, *, now: datetime) -> list[str]:
    """Return the first names of some whom an urgent announcement would wake now."""
    asleep = [same for night, same in _nights(session, desk) if quiet.is_quiet(now, night)]
    return audiences.sleepers(session, announcement, asleep)


# ---- on its way
def release(session: Session, desk: Desk, *, now: datetime) -> None:
    """Send what was scheduled and whose hour has come; hold it, and say so, when its author may not send any more."""
    due = select(Announcement).where(Announcement.state == AnnouncementState.SCHEDULED, Announcement.send_at <= now)
    for announcement in session.scalars(due.order_by(Announcement.send_at)).all():
        author = session.get(Member, announcement.author_id) if announcement.author_id else None
        if author is None or not policy.may(author.role, "announcements.send"):
            hold(session, announcement, now=now)
        else:
            announcement.state, announcement.changed_at = AnnouncementState.SENDING, now
            _queue(session, announcement, desk, now=now, not_before=now)


def hold(session: Session, announcement: Announcement, *, now: datetime) -> None:
    """Keep an announcement back: its author may not send any more, the coordinators decide."""
    announcement.state, announcement.changed_at, announcement.send_at = AnnouncementState.HELD, now, None
    _tell_coordinators(session, announcement, "announcements.held", now)


def author_left(session: Session, author: Member, *, now: datetime) -> None:
    """Somebody may not send any more: what they had scheduled or under way waits for another coordinator."""
    theirs = select(Announcement).where(
        Announcement.author_id == author.id, Announcement.state.in_((AnnouncementState.SCHEDULED, *RUNNING))
    )
    for announcement in session.scalars(theirs).all():
        if announcement.state == AnnouncementState.SCHEDULED:
            hold(session, announcement, now=now)
        else:
            _stop(session, announcement, now)
            _tell_coordinators(session, announcement, "announcements.stopped_by_role", now)


def _tell_coordinators(session: Session, announcement: Announcement, view: str, now: datetime) -> None:
    for one in members.coordinators(session):
        outbox.put(session, chat_id=one.telegram_id, member_id=one.id, view=view, lane=Lane.URGENT, now=now,
                   values={"announcement_id": announcement.id})  # fmt: skip


def _copies(announcement: Announcement) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Delivery.view == COPY, Delivery.subject_id == announcement.id


def undo(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> Announcement:
    """Take it back within thirty seconds: nothing has left, it is a draft again. Raises Taken when it has."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    is_running = announcement.state in RUNNING and announcement.confirmed_at is not None
    if announcement.state == AnnouncementState.SCHEDULED:
        announcement.state, announcement.changed_at = AnnouncementState.DRAFT, now
    elif is_running and announcement.confirmed_at and now < announcement.confirmed_at + UNDO:
        session.execute(delete(Delivery).where(*_copies(announcement)))
        announcement.state, announcement.confirmed_at, announcement.changed_at = AnnouncementState.DRAFT, None, now
    else:
        raise Taken("announcements.has_left")
    audit.note(session, actor, "announcements.undone", f"announcement {announcement.id}", now=now)
    return announcement


def pause(session: Session, actor: Member, announcement_id: int, *, is_paused: bool, now: datetime) -> Announcement:
    """Hold back what has not left yet, or let it go on. Raises Taken when nothing is on its way."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state not in RUNNING:
        raise Taken("announcements.is_over")
    before, after = (DeliveryState.QUEUED, DeliveryState.HELD) if is_paused else (DeliveryState.HELD, DeliveryState.QUEUED)
    session.execute(update(Delivery).where(*_copies(announcement), Delivery.state == before).values(state=after))
    announcement.state = AnnouncementState.PAUSED if is_paused else AnnouncementState.SENDING
    announcement.changed_at = now
    return announcement


def stop(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> Announcement:
    """Let nothing more leave. Raises Taken when nothing is on its way."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state not in RUNNING:
        raise Taken("announcements.is_over")
    _stop(session, announcement, now)
    audit.note(session, actor, "announcements.stopped", f"announcement {announcement.id}", now=now)
    return announcement


def _stop(session: Session, announcement: Announcement, now: datetime) -> None:
    waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
    session.execute(
        update(Delivery).where(*_copies(announcement), waiting)
        .values(state=DeliveryState.CANCELLED, settled_at=now, reason="stopped")
    )  # fmt: skip
    announcement.state, announcement.ended_at, announcement.changed_at = AnnouncementState.STOPPED, now, now


def watch(session: Session, *, now: datetime) -> None:
    """Redraw the progress of what is on its way, when it has changed; once all is settled the report takes its place."""
    for announcement in session.scalars(select(Announcement).where(Announcement.state.in_(RUNNING))).all():
        counts = progress(session, announcement)
        if not sum(counts.get(state, 0) for state in (*outbox.OPEN, DeliveryState.HELD)):
            announcement.state, announcement.ended_at = AnnouncementState.SENT, now
        if announcement.progress_chat_id and announcement.progress_message_id:
            stands = f"{announcement.state}:{int(announcement.changed_at.timestamp())}:{counts.get(DeliveryState.SENT, 0)}"
            outbox.put(
                session, chat_id=announcement.progress_chat_id, view="announcements.progress", lane=Lane.REMINDER, now=now,
                values={"announcement_id": announcement.id, "edits": announcement.progress_message_id},
                dedupe_key=f"announcements.progress:{announcement.id}:{stands}",
            )  # fmt: skip


def progress(session: Session, announcement: Announcement) -> Mapping[str, int]:
    """Return state → how many copies are in it; together they are the audience."""
    rows = session.execute(select(Delivery.state, func.count()).where(*_copies(announcement)).group_by(Delivery.state))
    return {str(state): int(number) for state, number in rows}


def time_left(announcement: Announcement, found: Report, *, now: datetime) -> timedelta | None:
    """Return how long the rest takes at the pace so far; None while nothing has left, or nothing is on its way."""
    if announcement.state != AnnouncementState.SENDING or announcement.confirmed_at is None or not found.reached:
        return None
    return (now - announcement.confirmed_at - UNDO) / found.reached * found.waiting


# ---- afterwards
@dataclass(frozen=True)
class Report:
    """What became of an announcement: copies by state, those that arrived by place and language, who it missed and why."""

    states: Mapping[str, int]
    by_place: Mapping[str, int]
    by_language: Mapping[str, int]
    missed: Sequence[tuple[str, str]]
    seen: int
    questions: int

    @property
    def audience(self) -> int:
        """Return how many copies there are in all."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """Return how many have neither arrived nor failed yet."""
        return sum(self.states.get(state, 0) for state in (*outbox.OPEN, DeliveryState.HELD))

    @property
    def reached(self) -> int:
        """Return how many have arrived."""
        return self.states.get(DeliveryState.SENT, 0)


def report(session: Session, announcement: Announcement) -> Report:
    """Return what became of it; the sums equal the audience."""
    arrived = select(Member.place, Member.language, func.count()).join(Delivery, Delivery.member_id == Member.id)
    rows = session.execute(
        arrived.where(*_copies(announcement), Delivery.state == DeliveryState.SENT).group_by(Member.place, Member.language)
    ).all()
    places: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for place, language, number in rows:
        places[str(place or "")] += number
        languages[str(language or "")] += number
    seen = session.scalar(select(func.count()).where(AnnouncementSeen.announcement_id == announcement.id)) or 0
    asked = session.scalar(select(func.count()).where(Question.about.like(f"announcement {announcement.id} %"))) or 0
    return Report(progress(session, announcement), places, languages, missed(session, announcement), seen, asked)


def missed(session: Session, announcement: Announcement) -> list[tuple[str, str]]:
    """Return (first name or title, why) of those it did not reach, by name."""
    not_reached = Delivery.state.in_(NOT_REACHED)
    rows = session.execute(
        select(Member.first_name, Chat.title, Delivery.state, Delivery.reason)
        .select_from(Delivery).outerjoin(Member, Member.id == Delivery.member_id).outerjoin(Chat, Chat.id == Delivery.chat_id)
        .where(*_copies(announcement), not_reached).order_by(Member.first_name, Delivery.id)
    ).all()  # fmt: skip
    return [(str(name or title or ""), _why(str(state), str(reason or ""))) for name, title, state, reason in rows]


def _why(state: str, reason: str) -> str:
    """Return one word for why a copy did not arrive: blocked, gone, stopped, doubt, refused."""
    if state == DeliveryState.CANCELLED:
        return "stopped"
    if state == DeliveryState.PARKED:
        return "doubt"
    if reason in ("blocked", "gone"):
        return reason
    if "blocked" in reason:
        return "blocked"
    gone = ("deactivated", "not found", "initiate", "kicked", "left", "erased")
    return "gone" if any(word in reason for word in gone) else "refused"


def resend(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> int:
    """Send it to those of its audience it did not reach and who can be reached now; returns how many.

    Nobody who has it gets it again.
    """
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state not in OVER:
        raise Taken("announcements.is_over")
    not_reached = Delivery.state.in_(NOT_REACHED)
    reachable = or_(
        exists().where(Member.id == Delivery.member_id, Member.is_reachable),
        exists().where(Chat.id == Delivery.chat_id, Chat.state == "linked"),
    )
    result = session.execute(
        update(Delivery).where(*_copies(announcement), not_reached, reachable)
        .values(state=DeliveryState.QUEUED, not_before=now, settled_at=None, reason=None, resends=0, author_id=actor.id)
        .returning(Delivery.id)
    )  # fmt: skip
    number = len(result.all())
    if number:
        announcement.state, announcement.ended_at = AnnouncementState.SENDING, None
    audit.note(session, actor, "announcements.resent", f"announcement {announcement.id}", now=now)
    return number


def saw(session: Session, member: Member, announcement_id: int, *, now: datetime) -> Announcement:
    """« 👍 Vu »: counted once a person."""
    policy.require(member.role, "announcements.look")
    announcement = _received(session, member, announcement_id)
    if session.get(AnnouncementSeen, (announcement.id, member.id)) is None:
        session.add(AnnouncementSeen(announcement_id=announcement.id, member_id=member.id, seen_at=now))
        session.flush()
    return announcement


def seen_count(session: Session, announcement: Announcement) -> int:
    """Return how many have pressed « 👍 Vu »."""
    return session.scalar(select(func.count()).where(AnnouncementSeen.announcement_id == announcement.id)) or 0


def _received(session: Session, member: Member, announcement_id: int) -> Announcement:
    """Return an announcement that somebody may read; raises NotFound."""
    announcement = found(session, announcement_id)
    has_copy = session.scalar(
        select(Delivery.id).where(*_copies(announcement), Delivery.chat_id == member.telegram_id).limit(1)
    )
    if has_copy is None and not policy.may(member.role, "announcements.write") and not _is_for(session, member, announcement):
        raise NotFound("errors.old_button")
    return announcement


def _is_for(session: Session, member: Member, announcement: Announcement) -> bool:
    is_out = announcement.state in (*RUNNING, *OVER, AnnouncementState.WITHDRAWN)
    wanted = select(Member.id).where(*audiences.conditions(announcement), Member.id == member.id)
    return is_out and session.scalar(wanted) is not None


def readable(session: Session, member: Member, announcement_id: int) -> Announcement:
    """Return an announcement of the archive, or of an old poster, to who may read it. Raises NotFound."""
    policy.require(member.role, "announcements.look")
    return _received(session, member, announcement_id)


def archive(session: Session, member: Member) -> list[Announcement]:
    """Return what somebody was sent, the newest first."""
    policy.require(member.role, "announcements.look")
    theirs = exists().where(
        Delivery.view == COPY, Delivery.subject_id == Announcement.id, Delivery.chat_id == member.telegram_id,
        Delivery.state == DeliveryState.SENT,
    )  # fmt: skip
    rows = select(Announcement).where(theirs, Announcement.state.in_((*RUNNING, *OVER)))
    return list(session.scalars(rows.order_by(Announcement.confirmed_at.desc()).limit(LISTED)))


def nudge(session: Session, actor: Member, announcement_id: int, *, desk: Desk, now: datetime) -> int:
    """Remind, once, those who have it and have not said that they saw it; returns how many."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    saw_it = exists().where(
        AnnouncementSeen.announcement_id == announcement.id, AnnouncementSeen.member_id == Delivery.member_id
    )
    silent = session.execute(
        select(Delivery.chat_id, Delivery.member_id).where(
            *_copies(announcement), Delivery.state == DeliveryState.SENT, Delivery.member_id.is_not(None), ~saw_it
        )
    ).all()
    put = 0
    for chat_id, member_id in silent:
        night = desk.night(session.get(Member, member_id))
        queued = outbox.put(
            session, chat_id=chat_id, member_id=member_id, view="announcements.nudge", lane=Lane.BROADCAST, now=now,
            not_before=quiet.opens_at(now, night), author_id=actor.id, action="announcements.send",
            values={"announcement_id": announcement.id}, dedupe_key=f"announcements.nudge:{announcement.id}:{chat_id}",
        )  # fmt: skip
        put += queued is not None
    return put


# ---- mending
def correct(
    session: Session, actor: Member, announcement_id: int, language: str, content: Content, *, now: datetime
) -> Announcement:
    """Let it say something else: copies that have arrived are edited, those still queued leave in the new form only."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state not in (*RUNNING, *OVER):
        raise Taken("announcements.is_over")
    row = _text(session, announcement, language)
    row.before = row.text
    row.text = content.text
    if content.media:
        row.media = [list(content.media)]
    announcement.version, announcement.corrected_at, announcement.changed_at = announcement.version + 1, now, now
    _queue_edits(session, announcement, EDIT, now)
    audit.note(session, actor, "announcements.corrected", f"announcement {announcement.id}", now=now)
    return announcement


def _queue_edits(session: Session, announcement: Announcement, view: str, now: datetime) -> None:
    """Queue one change for every copy that has arrived or is just arriving, in one INSERT … SELECT.

    A copy in flight is changed after it has arrived: the change stands behind it in its chat.
    """
    arrived = Delivery.state.in_((DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.AMBIGUOUS))
    key = literal(f"{view}:{announcement.id}:{announcement.version}:") + cast(Delivery.chat_id, String)
    copies = select(
        Delivery.chat_id, Delivery.member_id, literal(view), literal({}, type_=Delivery.values.type), Delivery.lane,
        literal(DeliveryState.QUEUED.value), key, literal(0), literal(0), literal(announcement.id),
        literal(now, Delivery.created_at.type), literal(now, Delivery.not_before.type),
    ).where(*_copies(announcement), arrived)  # fmt: skip
    statement = insert(Delivery).from_select(
        ["chat_id", "member_id", "view", "values", "lane", "state", "dedupe_key", "resends", "tries", "subject_id",
         "created_at", "not_before"],
        copies,
    )  # fmt: skip
    session.execute(statement)


def copy_in(session: Session, announcement_id: int, chat_id: int) -> Delivery | None:
    """Return the copy that has arrived in a chat."""
    mine = (Delivery.view == COPY, Delivery.subject_id == announcement_id, Delivery.chat_id == chat_id)
    return session.scalar(select(Delivery).where(*mine, Delivery.state == DeliveryState.SENT).limit(1))


def relied(session: Session, announcement: Announcement) -> int:
    """Return how many pressed « vu » or asked about it: those who relied on what it said."""
    return len(_relying(session, announcement))


def _relying(session: Session, announcement: Announcement) -> set[int]:
    seen = select(AnnouncementSeen.member_id).where(AnnouncementSeen.announcement_id == announcement.id)
    asked = select(Question.member_id).where(
        Question.about.like(f"announcement {announcement.id} %"), Question.member_id.is_not(None)
    )
    return {int(one) for one in [*session.scalars(seen), *session.scalars(asked)] if one is not None}


def tell_anew(session: Session, actor: Member, announcement_id: int, *, desk: Desk, now: datetime) -> int:
    """Tell those who relied on it, as a new message, what it said before and says now; returns how many."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    told = 0
    for member_id in sorted(_relying(session, announcement)):
        member = session.get(Member, member_id)
        if member is not None and member.is_reachable:
            queued = outbox.put(
                session, chat_id=member.telegram_id, member_id=member.id, view=TOLD_ANEW, now=now,
                lane=Lane.URGENT, not_before=quiet.opens_at(now, desk.night(member)), author_id=actor.id,
                action="announcements.send", subject_id=announcement.id,
                dedupe_key=f"{TOLD_ANEW}:{announcement.id}:{announcement.version}:{member.id}",
            )  # fmt: skip
            told += queued is not None
    return told


def withdraw(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> tuple[int, int]:
    """Take it back: younger copies are deleted, older ones edited into a notice. Returns how many of each."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state not in (*RUNNING, *OVER):
        raise Taken("announcements.is_over")
    _stop(session, announcement, now)
    announcement.state, announcement.withdrawn_at = AnnouncementState.WITHDRAWN, now
    announcement.version += 1
    session.flush()
    arrived = (*_copies(announcement), Delivery.state == DeliveryState.SENT)
    is_young = Delivery.settled_at > now - DELETABLE
    young = session.scalar(select(func.count()).select_from(Delivery).where(*arrived, is_young)) or 0
    total = session.scalar(select(func.count()).select_from(Delivery).where(*arrived)) or 0
    _queue_edits(session, announcement, TAKE_BACK, now)
    audit.note(session, actor, "announcements.withdrawn", f"announcement {announcement.id}", now=now)
    return young, total - young


def is_deletable(copy: Delivery, *, now: datetime) -> bool:
    """Tell whether Telegram still lets us delete a copy."""
    return copy.settled_at is not None and copy.settled_at > now - DELETABLE


def zone_of(member: Member, desk: Desk) -> ZoneInfo:
    """Return the clock somebody writes hours of."""
    return desk.night(member).zone
