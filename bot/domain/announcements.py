"""Announcements: written, looked at, confirmed once, sent to everybody they promised, corrected, withdrawn, reported on.

The copies are deliveries of the view COPY whose subject is the announcement. Confirming writes them all in one
transaction, by one INSERT … SELECT for each night people have; a correction queues an edit for every copy that has arrived.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.domain import audiences, audit, broadcasts, members, outbox, policy, quiet
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.errors import NotFound, Refusal, Taken
from bot.links import Link, links_of
from db.models import (
    Announcement,
    AnnouncementSeen,
    AnnouncementState,
    AnnouncementText,
    Delivery,
    DeliveryState,
    Lane,
    Member,
    Question,
)

COPY, EDIT, TAKE_BACK, SILENCE, TOLD_ANEW, READ = (
    "announcements.copy", "announcements.edit", "announcements.take_back", "announcements.silence",
    "announcements.told_anew", "announcements.read",
)  # fmt: skip
UNDO = timedelta(seconds=30)
WATCHED = timedelta(days=7)
SAME_WITHIN = timedelta(minutes=10)
FURTHEST = timedelta(days=400)
NEAR_A_VOICE_WORDS = 60
LONGEST_VOICE_SECONDS = 60
MOST_MEDIA = 10
MOST_A_DAY = 20  # that one person may let go within 24 hours: whoever holds a stolen phone sends no more
GOES, PROGRESS = "announcements.goes", "announcements.progress"
LISTED = 6  # on a page
RUNNING = (AnnouncementState.SENDING, AnnouncementState.PAUSED)
LEFT = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.AMBIGUOUS, DeliveryState.PARKED)  # perhaps they have it
OVER = (AnnouncementState.SENT, AnnouncementState.STOPPED)
GONE_OUT = (*RUNNING, *OVER)
UNDER_WAY = (AnnouncementState.DRAFT, AnnouncementState.SCHEDULED, AnnouncementState.HELD, *RUNNING)


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


def suggested(session: Session, kind: str, language: str, content: Content, *, now: datetime) -> Announcement:
    """Keep what somebody suggests to announce as a draft of nobody's: only a coordinator can look at it and send it."""
    announcement = Announcement(
        state=AnnouncementState.DRAFT, kind=kind, places=[], roles=[], groups=[], made_at=now, changed_at=now,
    )  # fmt: skip
    session.add(announcement)
    session.flush()
    _put(session, announcement, language, content)
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


def read_in(said: Mapping[str, AnnouncementText], own: str, languages: Iterable[str]) -> str | None:
    """Return the language somebody reads it in: their own where it has words or pictures there, else the first that has.

    Where nothing was written at all, the first in which it is spoken; None when it says nothing.
    """
    there = [code for code in (own, *languages) if code in said]
    return next((code for code in there if is_written(said[code])), there[0] if there else None)


def is_written(row: AnnouncementText) -> bool:
    """Tell whether a text has words or pictures; it may be a voice alone."""
    return bool(row.text or row.media)


def links(session: Session, announcement: Announcement) -> list[Link]:
    """Return the links of all its texts, each once."""
    return list(dict.fromkeys(link for row in texts(session, announcement).values() for link in links_of(row.text)))


def write(
    session: Session, actor: Member, announcement_id: int, language: str, content: Content, *, joins: bool = False,
    now: datetime,
) -> AnnouncementText:  # fmt: skip
    """Keep what it says in a language; the pictures of one album come one after the other and stay in order.

    What `joins` is added to what it says already.
    """
    announcement = _draft(session, actor, announcement_id)
    row = _put(session, announcement, language, content, joins=joins)
    announcement.changed_at = now
    return row


def _put(
    session: Session, announcement: Announcement, language: str, content: Content, *, joins: bool = False
) -> AnnouncementText:
    row = text_in(session, announcement, language)
    goes_on = joins or (content.album is not None and row.album == content.album)
    if not goes_on:
        row.text, row.media = content.text, []
    elif content.text:
        row.text = "\n\n".join(part for part in (row.text, content.text) if part)
    if content.media and len(row.media) < MOST_MEDIA:
        row.media = [*row.media, list(content.media)]
    row.album = content.album
    session.flush()
    return row


def text_in(session: Session, announcement: Announcement, language: str) -> AnnouncementText:
    """Return its text in a language, an empty one where it has none yet."""
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
    give_voice(session, announcement, language, file_id, seconds, now=now)
    return announcement


def give_voice(
    session: Session, announcement: Announcement, language: str, file_id: str, seconds: int, *, now: datetime
) -> None:
    """Keep the voice that says it in a language, whatever its state. Raises Refusal for one that is empty or too long."""
    if seconds < 1:
        raise Refusal("recordings.empty")
    if seconds > LONGEST_VOICE_SECONDS:
        raise Refusal("recordings.too_long", longest=LONGEST_VOICE_SECONDS)
    row = text_in(session, announcement, language)
    row.voice, row.voice_seconds, announcement.changed_at = file_id, seconds, now


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
    audit.note(session, actor, "announcements.repeated", f"announcement {old.id}", now=now)
    return copy


def listed(session: Session, *, page: int) -> list[Announcement]:
    """Return a page of them all, what is under way before what is over, the last changed first; one more when there is more."""
    is_over = case((Announcement.state.in_(UNDER_WAY), 0), else_=1)
    rows = select(Announcement).order_by(is_over, Announcement.changed_at.desc(), Announcement.id.desc())
    return list(session.scalars(rows.offset(page * LISTED).limit(LISTED + 1)))


# ---- confirming
def confirm(
    session: Session, actor: Member, announcement_id: int, *, desk: Desk, seen: str, sure_of: int = 0, now: datetime
) -> Announcement:
    """Let it go, now or when its hour comes; exactly once, however often and by however many it is pressed.

    The other coordinators hear of it at once: they can stop what its author never meant, or never wrote (FAULTS, H9).
    Raises Refusal for one that says nothing, is for nobody or whose hour is over, or too many in a day, Taken when somebody
    was faster, Changed when it is no more what its confirmer has `seen`, Doubtful when there is a doubt that they are not
    `sure_of`.
    """
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    _require_sendable(session, announcement, now)
    _require_room(session, actor, now)
    if seen != revision(session, announcement):
        raise Changed("announcements.changed")
    fingerprint = _fingerprint(session, announcement)
    doubts = _doubts(session, announcement, fingerprint, now)
    if doubts & ~sure_of:
        raise Doubtful(doubts)
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
    # That somebody does their work rings nobody up by night.
    _tell_coordinators(session, announcement, GOES, now, lane=Lane.REMINDER, besides=actor)
    if not is_later:
        _queue(session, announcement, desk, now=now, not_before=now + UNDO)
    return announcement


class Changed(Refusal):
    """Somebody has changed it since whoever confirms it looked."""


class Doubt(enum.IntFlag):
    """What is asked before it goes; buttons keep these bits."""

    WAKES = 1  # it may wake people
    SAME = 2  # the same words went to the same people a moment ago
    TRICKY = 4  # a link leads elsewhere than it looks


class Doubtful(Refusal):
    """It is not sure that this is meant: all the doubts there are."""

    def __init__(self, doubts: Doubt) -> None:
        super().__init__("announcements.same")
        self.doubts = doubts


def _doubts(session: Session, announcement: Announcement, fingerprint: str, now: datetime) -> Doubt:
    found = {
        Doubt.WAKES: announcement.is_urgent,
        Doubt.SAME: _was_sent(session, announcement, fingerprint, now),
        Doubt.TRICKY: any(link.is_tricky for link in links(session, announcement)),
    }
    return Doubt(sum(doubt for doubt, is_there in found.items() if is_there))


def _require_sendable(session: Session, announcement: Announcement, now: datetime) -> None:
    if announcement.state not in (AnnouncementState.DRAFT, AnnouncementState.HELD):
        raise Taken("announcements.is_confirmed")
    if not texts(session, announcement):
        raise Refusal("announcements.says_nothing")
    if audiences.count(session, announcement).is_empty:
        raise Refusal("announcements.for_nobody")
    if announcement.send_at is not None and announcement.send_at <= now:
        raise Refusal("dates.past")


def _require_room(session: Session, actor: Member, now: datetime) -> None:
    theirs = select(func.count()).where(
        Announcement.author_id == actor.id, Announcement.confirmed_at > now - timedelta(days=1),
        Announcement.state.not_in((AnnouncementState.DRAFT, AnnouncementState.HELD)),
    )  # fmt: skip
    if (session.scalar(theirs) or 0) >= MOST_A_DAY:
        raise Refusal("announcements.too_many", most=MOST_A_DAY)


def revision(session: Session, announcement: Announcement) -> str:
    """Return a short sign of all that a preview shows: another one as soon as anybody has changed anything."""
    facts = [_fingerprint(session, announcement), announcement.is_urgent, str(announcement.send_at)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]


def sign_of(row: AnnouncementText | None) -> str:
    """Return a short sign of what a text says; empty where it says nothing."""
    if row is None or not (row.text or row.media):
        return ""
    return hashlib.sha256(json.dumps([row.text, row.media]).encode()).hexdigest()[:8]


def _fingerprint(session: Session, announcement: Announcement) -> str:
    said = {language: [row.text, row.media, row.voice] for language, row in sorted(texts(session, announcement).items())}
    aimed = [sorted(announcement.places), sorted(announcement.roles), sorted(announcement.groups), announcement.kind]
    return hashlib.sha256(json.dumps([said, aimed]).encode()).hexdigest()


def _was_sent(session: Session, announcement: Announcement, fingerprint: str, now: datetime) -> bool:
    same = select(Announcement.id).where(
        Announcement.fingerprint == fingerprint, Announcement.id != announcement.id,
        func.coalesce(Announcement.send_at, Announcement.confirmed_at) > now - SAME_WITHIN,
        Announcement.state != AnnouncementState.DRAFT,
    )  # fmt: skip
    return session.scalar(same.limit(1)) is not None


def _queue(session: Session, announcement: Announcement, desk: Desk, *, now: datetime, not_before: datetime) -> None:
    """Write a copy for everybody it is for, and for the groups it also goes to."""
    post = _post(announcement)
    broadcasts.queue(session, audiences.conditions(announcement), post, desk=desk, now=now, not_before=not_before)
    audiences.queue_for_groups(session, announcement, post, now=now, not_before=not_before)


def _post(announcement: Announcement) -> Post:
    return Post(
        COPY, announcement.id, Lane.URGENT if announcement.is_urgent else Lane.BROADCAST, author_id=announcement.author_id,
        action="announcements.send", wakes=announcement.is_urgent, is_one_a_day=True,
    )  # fmt: skip


def waits(session: Session, announcement: Announcement, desk: Desk, *, now: datetime) -> int:
    """Return how many will get it only in the morning, when it goes: by night nobody is woken, and one a day is enough."""
    goes_at = announcement.send_at or now
    return broadcasts.waits(session, audiences.conditions(announcement), _post(announcement), desk=desk, not_before=goes_at)


def woken(session: Session, announcement: Announcement, desk: Desk, *, now: datetime) -> tuple[list[str], int]:
    """Return the first names of some whom an urgent announcement would wake when it goes, and how many more there are."""
    goes_at = announcement.send_at or now
    asleep = [same for night, same in broadcasts.nights(session, desk) if quiet.is_quiet(goes_at, night)]
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
            end(session, announcement, now)
            _tell_coordinators(session, announcement, "announcements.stopped_by_role", now)


def _tell_coordinators(
    session: Session, announcement: Announcement, view: str, now: datetime, *, lane: Lane = Lane.URGENT,
    besides: Member | None = None,
) -> None:  # fmt: skip
    for one in members.coordinators(session):
        if one is not besides:
            outbox.put(session, chat_id=one.telegram_id, member_id=one.id, view=view, lane=lane, now=now,
                       values={"announcement_id": announcement.id})  # fmt: skip


def copies_of(announcement: Announcement) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return what the copies of an announcement have in common."""
    return Delivery.view == COPY, Delivery.subject_id == announcement.id


def undo(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> Announcement:
    """Take it back within thirty seconds: nothing has left, it is a draft again. Raises Taken when it has."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state == AnnouncementState.SCHEDULED:
        announcement.state, announcement.changed_at = AnnouncementState.DRAFT, now
    elif undo_lasts(announcement, progress(session, announcement), now=now):
        session.execute(delete(Delivery).where(*copies_of(announcement), Delivery.state.not_in(LEFT)))
        if progress(session, announcement):  # the worker was taking one while we looked
            raise Taken("announcements.has_left")
        announcement.state, announcement.confirmed_at, announcement.changed_at = AnnouncementState.DRAFT, None, now
    else:
        raise Taken("announcements.has_left")
    audit.note(session, actor, "announcements.undone", f"announcement {announcement.id}", now=now)
    return announcement


def undo_lasts(announcement: Announcement, states: Mapping[str, int], *, now: datetime) -> timedelta:
    """Return how long it may still be taken back, its copies being in these `states`: not at all once one has left."""
    if announcement.state not in RUNNING or announcement.confirmed_at is None or any(states.get(state) for state in LEFT):
        return timedelta(0)
    return max(timedelta(0), announcement.confirmed_at + UNDO - now)


def pause(
    session: Session, actor: Member, announcement_id: int, *, is_paused: bool, desk: Desk, now: datetime
) -> Announcement:
    """Hold back what has not left yet, or let it go on, by day. Raises Taken when nothing is on its way."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state not in RUNNING:
        raise Taken("announcements.is_over")
    before, after = (DeliveryState.QUEUED, DeliveryState.HELD) if is_paused else (DeliveryState.HELD, DeliveryState.QUEUED)
    session.execute(update(Delivery).where(*copies_of(announcement), Delivery.state == before).values(state=after))
    announcement.state = AnnouncementState.PAUSED if is_paused else AnnouncementState.SENDING
    announcement.changed_at = now
    by_day(session, announcement, desk, now=now)
    done = "announcements.paused" if is_paused else "announcements.resumed"
    audit.note(session, actor, done, f"announcement {announcement.id}", now=now)
    return announcement


def by_day(session: Session, announcement: Announcement, desk: Desk, *, now: datetime) -> None:
    """Let what is queued of it wait for the morning where it is night, unless it may wake people."""
    if not announcement.is_urgent:
        session.flush()
        broadcasts.wait_for_day(session, COPY, announcement.id, desk=desk, now=now)


def let_sleep(session: Session, desk: Desk, *, now: datetime) -> None:
    """What is still on its way when night falls, or when we come back by night, goes on in the morning."""
    for announcement in session.scalars(select(Announcement).where(Announcement.state == AnnouncementState.SENDING)).all():
        by_day(session, announcement, desk, now=now)


def stop(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> Announcement:
    """Let nothing more leave. Raises Taken when nothing is on its way."""
    policy.require(actor.role, "announcements.send")
    announcement = found(session, announcement_id)
    if announcement.state not in RUNNING:
        raise Taken("announcements.is_over")
    end(session, announcement, now)
    audit.note(session, actor, "announcements.stopped", f"announcement {announcement.id}", now=now)
    return announcement


def end(session: Session, announcement: Announcement, now: datetime) -> None:
    """Let nothing more of it leave, whoever asks for that."""
    waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
    session.execute(
        update(Delivery).where(*copies_of(announcement), waiting)
        .values(state=DeliveryState.CANCELLED, settled_at=now, reason="stopped")
    )  # fmt: skip
    announcement.state, announcement.ended_at, announcement.changed_at = AnnouncementState.STOPPED, now, now


def watch(session: Session, *, now: datetime) -> None:
    """Redraw the progress of what is on its way, when it has changed; once all is settled the report takes its place.

    The report goes on counting who has seen it and who asks, for a week.
    """
    is_watched = Announcement.progress_message_id.is_not(None) & (Announcement.ended_at > now - WATCHED)
    watched = Announcement.state.in_(RUNNING) | (Announcement.state.in_(OVER) & is_watched)
    found = session.scalars(select(Announcement).where(watched)).all()
    if not found:
        return
    states, answers = _progress_of(session, found), _answers(session, found)
    drawn: dict[str, tuple[int, dict[str, Any]]] = {}
    for announcement in found:
        counts = states[announcement.id]
        if announcement.state in RUNNING and not sum(counts.get(state, 0) for state in (*outbox.OPEN, DeliveryState.HELD)):
            announcement.state, announcement.ended_at = AnnouncementState.SENT, now
        if announcement.progress_chat_id and announcement.progress_message_id:
            stands = f"{announcement.state}:{int(announcement.changed_at.timestamp())}:{counts.get(DeliveryState.SENT, 0)}"
            stands += f":{answers[announcement.id]}"
            stands += ":undo" if undo_lasts(announcement, counts, now=now) else ""
            values = {"announcement_id": announcement.id, "edits": announcement.progress_message_id}
            drawn[f"{PROGRESS}:{announcement.id}:{stands}"] = announcement.progress_chat_id, values
    was_drawn = outbox.queued_among(session, drawn)
    for key, (chat_id, values) in drawn.items():
        if key not in was_drawn:
            outbox.put(session, chat_id=chat_id, view=PROGRESS, lane=Lane.REMINDER, now=now, values=values, dedupe_key=key)


def _answers(session: Session, found: Sequence[Announcement]) -> dict[int, str]:
    """Return by number how many have seen each and how many questions there are about it: whether that has changed."""
    numbers = [one.id for one in found]
    counted = select(AnnouncementSeen.announcement_id, func.count()).where(AnnouncementSeen.announcement_id.in_(numbers))
    seen = Counter(dict(session.execute(counted.group_by(AnnouncementSeen.announcement_id)).all()))
    about = or_(*(Question.about.like(f"announcement {number} %") for number in numbers))
    asked = Counter(int(str(words).split()[1]) for words in session.scalars(select(Question.about).where(about)))
    return {number: f"{seen[number]}:{asked[number]}" for number in numbers}


def watched_in(session: Session, actor: Member, announcement_id: int, *, chat_id: int, message_id: int) -> None:
    """Let the progress, and the report after it, stand in this message from now on."""
    policy.require(actor.role, "announcements.write")
    announcement = found(session, announcement_id)
    if announcement.state in GONE_OUT:
        announcement.progress_chat_id, announcement.progress_message_id = chat_id, message_id


def looked_away(session: Session, *, chat_id: int, message_id: int) -> None:
    """Show something else in a message from now on: no report is drawn over it."""
    there = (Announcement.progress_chat_id == chat_id, Announcement.progress_message_id == message_id)
    session.execute(update(Announcement).where(*there).values(progress_message_id=None))


def progress(session: Session, announcement: Announcement) -> Mapping[str, int]:
    """Return state → how many copies are in it; together they are the audience."""
    return _progress_of(session, [announcement])[announcement.id]


def _progress_of(session: Session, found: Sequence[Announcement]) -> dict[int, dict[str, int]]:
    """Return for each, by number, state → how many copies are in it."""
    states: dict[int, dict[str, int]] = {one.id: {} for one in found}
    copies = (Delivery.view == COPY, Delivery.subject_id.in_(states))
    counted = select(Delivery.subject_id, Delivery.state, func.count()).where(*copies)
    for number, state, count in session.execute(counted.group_by(Delivery.subject_id, Delivery.state)):
        states[int(number or 0)][str(state)] = int(count)
    return states
