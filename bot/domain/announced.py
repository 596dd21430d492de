"""Announcements once they have gone: who has them and who has not, seen, resent, corrected, withdrawn, read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from bot.domain import announcements, audiences, audit, broadcasts, outbox, policy, quiet
from bot.domain.desk import Desk
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

LOOKS_BACK = timedelta(minutes=1)
DELETABLE = timedelta(hours=48)
ONE_CORRECTION = timedelta(days=1)
NOT_REACHED = (DeliveryState.FAILED, DeliveryState.PARKED, DeliveryState.EXPIRED, DeliveryState.CANCELLED)


@dataclass(frozen=True)
class Report:
    """What became of an announcement: copies by state, those that arrived by place and language, who it missed and why.

    `groups` have received it too: with them the places, or the languages, add up to all that was reached.
    """

    states: Mapping[str, int]
    by_place: Mapping[str, int]
    by_language: Mapping[str, int]
    missed: Sequence[tuple[str, str]]
    seen: int
    questions: int
    groups: int = 0

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


@dataclass(frozen=True)
class Ahead:
    """What is still ahead: how many a second, and when the last one leaves."""

    pace: float
    ends_at: datetime


def ahead(session: Session, announcement: Announcement, *, pace: float, now: datetime) -> Ahead | None:
    """Return how the rest will go, from the first second on; None when nothing is on its way.

    At the pace of the last minute, at `pace` a second before anything has arrived: what was waited for (an hour, the end of
    a pause, the morning) counts for nothing. Those who sleep get theirs in their morning.
    """
    if announcement.state != AnnouncementState.SENDING:
        return None
    copies = announcements.copies_of(announcement)
    waits = (*copies, Delivery.state.in_(outbox.OPEN))
    first = session.scalar(select(func.min(Delivery.not_before)).where(*waits))
    last = session.scalar(select(func.max(Delivery.not_before)).where(*waits))
    if first is None or last is None:
        return None
    begins = max(first, now)
    soon = session.scalar(select(func.count()).select_from(Delivery).where(*waits, Delivery.not_before <= begins)) or 0
    arrived = (*copies, Delivery.state == DeliveryState.SENT, Delivery.settled_at > now - LOOKS_BACK)
    number = session.scalar(select(func.count()).select_from(Delivery).where(*arrived)) or 0
    since = session.scalar(select(func.min(Delivery.settled_at)).where(*arrived))
    measured = number / (now - since).total_seconds() if since is not None and since < now else pace
    found = min(measured, pace)
    return Ahead(found, max(last, begins + timedelta(seconds=soon / found)))


def report(session: Session, announcement: Announcement) -> Report:
    """Return what became of it; the sums equal the audience."""
    arrived = select(Member.place, Member.language, func.count()).join(Delivery, Delivery.member_id == Member.id)
    has_it = (*announcements.copies_of(announcement), Delivery.state == DeliveryState.SENT)
    rows = session.execute(arrived.where(*has_it).group_by(Member.place, Member.language)).all()
    places: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for place, language, number in rows:
        places[str(place or "")] += number
        languages[str(language or "")] += number
    seen = session.scalar(select(func.count()).where(AnnouncementSeen.announcement_id == announcement.id)) or 0
    asked = session.scalar(select(func.count()).where(Question.about.like(f"announcement {announcement.id} %"))) or 0
    groups = session.scalar(select(func.count()).select_from(Delivery).where(*has_it, Delivery.chat_id < 0)) or 0
    states, not_reached = announcements.progress(session, announcement), missed(session, announcement)
    return Report(states, places, languages, not_reached, seen, asked, groups)


def missed(session: Session, announcement: Announcement) -> list[tuple[str, str]]:
    """Return (first name or title, why) of those it did not reach, by name."""
    not_reached = Delivery.state.in_(NOT_REACHED)
    rows = session.execute(
        select(Member.first_name, Chat.title, Delivery.state, Delivery.reason)
        .select_from(Delivery).outerjoin(Member, Member.id == Delivery.member_id).outerjoin(Chat, Chat.id == Delivery.chat_id)
        .where(*announcements.copies_of(announcement), not_reached).order_by(Member.first_name, Delivery.id)
    ).all()  # fmt: skip
    return [(str(name or title or ""), _why(str(state), str(reason or ""))) for name, title, state, reason in rows]


def _why(state: str, reason: str) -> str:
    """Return one word for why a copy did not arrive: blocked, never_came, gone, stopped, doubt, refused."""
    if state == DeliveryState.CANCELLED:
        return "blocked" if reason in ("stop", outbox.MUTED) else "stopped"  # who said « stop » wants no more
    if state == DeliveryState.PARKED:
        return "doubt"
    if reason in ("blocked", "gone", "never_came"):
        return reason
    if "initiate" in reason:
        return "never_came"
    if "blocked" in reason:
        return "blocked"
    gone = ("deactivated", "not found", "kicked", "left", "erased")
    return "gone" if any(word in reason for word in gone) else "refused"


def resend(session: Session, actor: Member, announcement_id: int, *, desk: Desk, now: datetime) -> int:
    """Send it, by day, to those it did not reach, can be reached now and still belong to its audience; returns how many.

    Nobody who has it gets it again, nor who perhaps has it; and nobody who has said « stop » or left since.
    """
    policy.require(actor.role, "announcements.send")
    announcement = announcements.found(session, announcement_id)
    if announcement.state not in announcements.OVER:
        raise Taken("announcements.is_over")
    not_reached = Delivery.state.in_(NOT_REACHED) & ~(
        (Delivery.state == DeliveryState.PARKED) & Delivery.reason.in_(outbox.IN_DOUBT)
    )
    reachable = or_(
        exists().where(Member.id == Delivery.member_id, Member.is_reachable, *audiences.conditions(announcement)),
        exists().where(Chat.id == Delivery.chat_id, Chat.state == "linked"),
    )
    result = session.execute(
        update(Delivery).where(*announcements.copies_of(announcement), not_reached, reachable)
        .values(state=DeliveryState.QUEUED, not_before=now, settled_at=None, reason=None, resends=0, author_id=actor.id)
        .returning(Delivery.id)
    )  # fmt: skip
    number = len(result.all())
    if number:
        outbox.leave_out(session, announcements.COPY, announcement.id)
        announcement.state, announcement.ended_at = AnnouncementState.SENDING, None
        announcements.by_day(session, announcement, desk, now=now)
    audit.note(session, actor, "announcements.resent", f"announcement {announcement.id}", now=now)
    return number


def saw(session: Session, member: Member, announcement_id: int, *, now: datetime) -> Announcement:
    """« 👍 Vu »: counted once a person, of those it is for; under a preview it counts for nothing."""
    policy.require(member.role, "announcements.look")
    announcement = _received(session, member, announcement_id)
    if _concerns(session, member, announcement) and session.get(AnnouncementSeen, (announcement.id, member.id)) is None:
        session.add(AnnouncementSeen(announcement_id=announcement.id, member_id=member.id, seen_at=now))
        session.flush()
    return announcement


def seen_count(session: Session, announcement: Announcement) -> int:
    """Return how many have pressed « 👍 Vu »."""
    return session.scalar(select(func.count()).where(AnnouncementSeen.announcement_id == announcement.id)) or 0


def _received(session: Session, member: Member, announcement_id: int) -> Announcement:
    """Return an announcement that somebody may read; raises NotFound."""
    announcement = announcements.found(session, announcement_id)
    if not _concerns(session, member, announcement) and not policy.may(member.role, "announcements.write"):
        raise NotFound("errors.old_button")
    return announcement


def _concerns(session: Session, member: Member, announcement: Announcement) -> bool:
    return _has_copy(session, member, announcement) or _is_for(session, member, announcement)


def _has_copy(session: Session, member: Member, announcement: Announcement) -> bool:
    theirs = (*announcements.copies_of(announcement), Delivery.chat_id == member.telegram_id)
    return session.scalar(select(Delivery.id).where(*theirs).limit(1)) is not None


def _is_out(announcement: Announcement) -> bool:
    return announcement.state in (*announcements.GONE_OUT, AnnouncementState.WITHDRAWN)


def _is_for(session: Session, member: Member, announcement: Announcement) -> bool:
    """Tell whether it is for somebody, who may have muted its kind: what they look for themselves they may read."""
    wanted = select(Member.id).where(*audiences.invited(announcement), Member.id == member.id)
    return _is_out(announcement) and session.scalar(wanted) is not None


def linked(session: Session, member: Member, announcement_id: int) -> tuple[Announcement, bool]:
    """Return what an old poster leads to, and whether they may read it. Raises NotFound for what has never gone out."""
    policy.require(member.role, "announcements.look")
    announcement = announcements.found(session, announcement_id)
    may_write = policy.may(member.role, "announcements.write")
    if not _is_out(announcement) and not may_write:
        raise NotFound("errors.old_button")
    return announcement, may_write or _concerns(session, member, announcement)


def readable(session: Session, member: Member, announcement_id: int) -> Announcement:
    """Return an announcement of the archive, or of an old poster, to who may read it. Raises NotFound."""
    policy.require(member.role, "announcements.look")
    return _received(session, member, announcement_id)


def read(session: Session, member: Member, announcement: Announcement, language: str, *, now: datetime) -> None:
    """Show it once more, in a language: a copy that was asked for, kept true like the others."""
    outbox.put(
        session, chat_id=member.telegram_id, member_id=member.id, view=announcements.READ, lane=Lane.REPLY, now=now,
        values={"announcement_id": announcement.id, "language": language}, subject_id=announcement.id,
    )  # fmt: skip


def archive(session: Session, member: Member, *, page: int) -> list[Announcement]:
    """Return a page of what somebody was sent, the newest first; one more when there is more."""
    policy.require(member.role, "announcements.look")
    theirs = exists().where(
        Delivery.view == announcements.COPY, Delivery.subject_id == Announcement.id, Delivery.chat_id == member.telegram_id,
        Delivery.state == DeliveryState.SENT,
    )  # fmt: skip
    rows = select(Announcement).where(theirs, Announcement.state.in_(announcements.GONE_OUT))
    newest = rows.order_by(Announcement.confirmed_at.desc(), Announcement.id.desc())
    return list(session.scalars(newest.offset(page * announcements.LISTED).limit(announcements.LISTED + 1)))


def nudge(session: Session, actor: Member, announcement_id: int, *, desk: Desk, now: datetime) -> int:
    """Remind, once, those who have it and have not said that they saw it; returns how many. Raises Taken once it is gone."""
    policy.require(actor.role, "announcements.send")
    announcement = announcements.found(session, announcement_id)
    if announcement.state not in announcements.GONE_OUT:
        raise Taken("announcements.is_over")
    saw_it = exists().where(
        AnnouncementSeen.announcement_id == announcement.id, AnnouncementSeen.member_id == Delivery.member_id
    )
    has_it = (*announcements.copies_of(announcement), Delivery.state == DeliveryState.SENT)
    wants = exists().where(Member.id == Delivery.member_id, Member.is_reachable, *audiences.conditions(announcement))
    silent = session.execute(select(Delivery.chat_id, Delivery.member_id).where(*has_it, wants, ~saw_it)).all()
    put = 0
    for chat_id, member_id in silent:
        night = desk.night(session.get(Member, member_id))
        queued = outbox.put(
            session, chat_id=chat_id, member_id=member_id, view="announcements.nudge", lane=Lane.BROADCAST, now=now,
            not_before=quiet.opens_at(now, night), author_id=actor.id, action="announcements.send",
            values={"announcement_id": announcement.id}, dedupe_key=f"announcements.nudge:{announcement.id}:{chat_id}",
        )  # fmt: skip
        put += queued is not None
    audit.note(session, actor, "announcements.nudged", f"announcement {announcement.id}", now=now)
    return put


# ---- mending
def correct(
    session: Session, actor: Member, announcement_id: int, language: str, content: announcements.Content, *, now: datetime
) -> Announcement:
    """Let it say something else in a language: copies that have arrived are edited, those still queued leave in the new form.

    Every copy is drawn again, in whichever language: who has changed theirs since may have the old words before them. Where
    nothing changes, Telegram changes nothing.
    """
    policy.require(actor.role, "announcements.send")
    announcement = announcements.found(session, announcement_id)
    if announcement.state not in announcements.GONE_OUT:
        raise Taken("announcements.is_over")
    row = announcements.text_in(session, announcement, language)
    _require_exchangeable(row, content)
    if row.text or row.media or row.voice:  # a language that comes in addition corrects nothing
        if row.corrected_at is None or _was_told(session, announcement, row.corrected_at):
            row.before = row.text  # else what people rely on is what they were told last
        row.corrected_at = now
    was_heard = bool(row.voice) and not row.media
    row.text = content.text
    row.voice, row.voice_seconds = None, 0  # it says what is true no more; another may be added
    if content.media:
        row.media = [list(content.media)]
    announcement.version, announcement.corrected_at, announcement.changed_at = announcement.version + 1, now, now
    _queue_edits(session, announcement, announcements.EDIT, now)
    if was_heard:
        copies, wave = (announcements.COPY, announcement.id), str(announcement.version)
        broadcasts.queue_edits(session, copies, announcements.SILENCE, wave=wave, now=now)
    audit.note(session, actor, "announcements.corrected", f"announcement {announcement.id}", now=now)
    return announcement


def speak(
    session: Session, actor: Member, announcement_id: int, language: str, file_id: str, seconds: int, *, now: datetime
) -> Announcement:
    """Add a voice that says it: to a draft, or to what has gone out, whose copies show 🔊 from then on. Raises Refusal."""
    announcement = announcements.found(session, announcement_id)
    if announcement.state not in announcements.GONE_OUT:
        return announcements.speak(session, actor, announcement_id, language, file_id, seconds, now=now)
    policy.require(actor.role, "announcements.send")
    announcements.give_voice(session, announcement, language, file_id, seconds, now=now)
    announcement.version += 1
    _queue_edits(session, announcement, announcements.EDIT, now)
    audit.note(session, actor, "announcements.spoken", f"announcement {announcement.id}", now=now)
    return announcement


def _was_told(session: Session, announcement: Announcement, since: datetime) -> bool:
    """Tell whether anybody has been told of a correction: what waits for the morning has told nobody."""
    arrived = (Delivery.view == announcements.TOLD_ANEW, Delivery.subject_id == announcement.id, Delivery.settled_at >= since)
    return session.scalar(select(Delivery.id).where(*arrived, Delivery.state == DeliveryState.SENT).limit(1)) is not None


def _require_exchangeable(row: AnnouncementText, content: announcements.Content) -> None:
    """A copy that has arrived keeps its form: one picture may take the place of one, with words where there were words."""
    if row.text and not content.text:
        raise Refusal("announcements.words_missing")
    kinds = [str(kind) for kind, _ in [*row.media, *([content.media] if content.media else [])]]
    if content.media and (content.album or len(row.media) > 1 or "voice" in kinds):
        raise Refusal("announcements.only_words")


def _queue_edits(session: Session, announcement: Announcement, view: str, now: datetime) -> None:
    original = (announcements.COPY, announcement.id)
    broadcasts.queue_edits(session, original, view, wave=str(announcement.version), now=now)
    outbox.redraw(session, announcements.READ, announcement.id, now=now)


def is_mended(row: AnnouncementText, announcement: Announcement) -> bool:
    """Tell whether a text is part of the last correction: what was corrected within a day, language by language, is one."""
    last = announcement.corrected_at
    return row.corrected_at is not None and last is not None and row.corrected_at > last - ONE_CORRECTION


def relied(session: Session, announcement: Announcement, languages: Sequence[str]) -> int:
    """Return how many relied on what it said before the last correction, and have not been told of it."""
    return len(_misled(session, announcement, languages))


def _misled(session: Session, announcement: Announcement, languages: Sequence[str]) -> list[tuple[Member, str]]:
    """Return who pressed « vu » or asked, and was shown what has been corrected; with the key they are told once by."""
    said = announcements.texts(session, announcement)
    told = set(session.scalars(select(Delivery.dedupe_key).where(
        Delivery.view == announcements.TOLD_ANEW, Delivery.subject_id == announcement.id
    )))  # fmt: skip
    found: list[tuple[Member, str]] = []
    for member_id, since in sorted(_relying(session, announcement).items()):
        member = session.get(Member, member_id)
        read = announcements.read_in(said, (member and member.language) or languages[0], languages)
        if member is None or not member.is_reachable or read is None or not is_mended(said[read], announcement):
            continue
        if since > (said[read].corrected_at or since):
            continue  # what they have seen or asked about is the corrected one
        key = f"{announcements.TOLD_ANEW}:{announcement.id}:{read}:{said[read].corrected_at:%y%m%d%H%M%S}:{member.id}"
        if key not in told:
            found.append((member, key))
    return found


def _relying(session: Session, announcement: Announcement) -> dict[int, datetime]:
    """Return who pressed « vu » or asked, and when first."""
    number = announcement.id
    seen = select(AnnouncementSeen.member_id, AnnouncementSeen.seen_at).where(AnnouncementSeen.announcement_id == number)
    asked = select(Question.member_id, Question.asked_at).where(Question.about.like(f"announcement {number} %"))
    found: dict[int, datetime] = {}
    for member_id, at in [*session.execute(seen), *session.execute(asked)]:
        if member_id is not None:
            found[member_id] = min(at, found.get(member_id, at))
    return found


def tell_anew(
    session: Session, actor: Member, announcement_id: int, languages: Sequence[str], *, desk: Desk, now: datetime
) -> int:
    """Tell those who relied on it, as a new message, what it said before and says now; returns how many.

    By day where they live; what was urgent is told at once, as it was the first time.
    """
    policy.require(actor.role, "announcements.send")
    announcement = announcements.found(session, announcement_id)
    if announcement.state not in announcements.GONE_OUT:
        raise Taken("announcements.is_over")
    misled = _misled(session, announcement, languages)
    for member, key in misled:
        outbox.supersede(session, announcements.TOLD_ANEW, announcement.id, member.id, now=now)
        opens = now if announcement.is_urgent else quiet.opens_at(now, desk.night(member))
        outbox.put(
            session, chat_id=member.telegram_id, member_id=member.id, view=announcements.TOLD_ANEW, now=now,
            lane=Lane.URGENT, not_before=opens, author_id=actor.id,
            action="announcements.send", subject_id=announcement.id, dedupe_key=key,
            values={"announcement_id": announcement.id},
        )  # fmt: skip
    audit.note(session, actor, "announcements.told_anew", f"announcement {announcement.id}", now=now)
    return len(misled)


def withdraw(session: Session, actor: Member, announcement_id: int, *, now: datetime) -> tuple[int, int]:
    """Take it back: younger copies are deleted, older ones edited into a notice. Returns how many of each."""
    policy.require(actor.role, "announcements.send")
    announcement = announcements.found(session, announcement_id)
    if announcement.state not in announcements.GONE_OUT:
        raise Taken("announcements.is_over")
    announcements.end(session, announcement, now)
    announcement.state, announcement.withdrawn_at = AnnouncementState.WITHDRAWN, now
    announcement.version += 1
    session.flush()
    arrived = (*announcements.copies_of(announcement), Delivery.state == DeliveryState.SENT)
    is_young = Delivery.settled_at > now - DELETABLE
    young = session.scalar(select(func.count()).select_from(Delivery).where(*arrived, is_young)) or 0
    total = session.scalar(select(func.count()).select_from(Delivery).where(*arrived)) or 0
    _queue_edits(session, announcement, announcements.TAKE_BACK, now)
    outbox.redraw(session, announcements.TOLD_ANEW, announcement.id, now=now)
    audit.note(session, actor, "announcements.withdrawn", f"announcement {announcement.id}", now=now)
    return young, total - young


def is_deletable(copy: Delivery, *, now: datetime) -> bool:
    """Tell whether Telegram still lets us delete a copy."""
    return copy.settled_at is not None and copy.settled_at > now - DELETABLE
