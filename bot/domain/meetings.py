"""Meetings: prepared, published once, moved, postponed, cancelled; whoever was told is told of each change.

The invitation is a delivery of the view CARD whose subject is the meeting; it is edited in place when something changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, true, update
from sqlalchemy.orm import Session

from bot import dates
from bot.domain import audiences, audit, broadcasts, drafts, members, outbox, policy
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.errors import NotFound, Refusal, Taken
from db.models import LONGEST_LINK, Delivery, DeliveryState, Lane, Meeting, MeetingSeries, MeetingState, Member, Rsvp, Venue

CARD, EDIT, CHANGED, CANCELLED, REMINDER = (
    "meetings.card", "meetings.edit", "meetings.changed", "meetings.cancelled", "meetings.reminder",
)  # fmt: skip
KINDS = ("meeting", "committee", "assembly", "celebration", "exhibition", "other")
LASTS = timedelta(hours=3)  # how long one without an end is taken to last
UNDO = timedelta(seconds=30)  # also how long two changes have to become one message
SOON = timedelta(hours=24)  # a change this near wakes people
FURTHEST = timedelta(days=400)
POINTS_UNTIL = timedelta(hours=48)
LONGEST_TITLE, LONGEST_AGENDA, MOST_SEATS, MOST_GUESTS = 80, 2000, 5000, 9
PUBLISHED = (MeetingState.OPEN, MeetingState.POSTPONED)
TOLD = (*PUBLISHED, MeetingState.PLANNED)  # of a planned one those know who have answered
INVITES_BEFORE = timedelta(days=14)  # how long before an occurrence of a series its invitations go out


# ---- finding
def found(session: Session, meeting_id: int, *, locks: bool = False) -> Meeting:
    """Return a meeting, kept from others until the transaction ends when `locks`; raises NotFound."""
    meeting = session.get(Meeting, meeting_id, populate_existing=True, with_for_update=locks or None)
    if meeting is None:
        raise NotFound("meetings.not_found")
    return meeting


def venue_of(session: Session, meeting: Meeting) -> Venue | None:
    """Return where it is, when that is a place."""
    return session.get(Venue, meeting.venue_id) if meeting.venue_id else None


def ends_at(meeting: Meeting) -> datetime | None:
    """Return when it is over, or taken to be; None while it has no day."""
    return meeting.ends_at or (meeting.starts_at + LASTS if meeting.starts_at else None)


def is_over(meeting: Meeting, *, now: datetime) -> bool:
    """Tell whether it has ended."""
    ended = ends_at(meeting)
    return ended is not None and ended <= now


def has_started(meeting: Meeting, *, now: datetime) -> bool:
    """Tell whether answers come too late."""
    return meeting.starts_at is not None and meeting.starts_at <= now


def takes_points(meeting: Meeting, *, now: datetime) -> bool:
    """Tell whether a point may still be proposed: until 48 hours before."""
    is_open = meeting.state in (MeetingState.OPEN, MeetingState.PLANNED)
    return is_open and meeting.starts_at is not None and now < meeting.starts_at - POINTS_UNTIL


def lacks_title(meeting: Meeting, languages: list[str]) -> list[str]:
    """Return the languages it has no title in, although it has one in another: without any it goes by its kind."""
    return [code for code in languages if meeting.titles and code not in meeting.titles]


# ---- preparing
def begin(session: Session, actor: Member, *, kind: str, title: tuple[str, str] | None = None, now: datetime) -> Meeting:
    """Begin a draft for everybody who is inside; `title` is (language, title). Raises NotFound, Refusal."""
    policy.require(actor.role, "meetings.write")
    if kind not in KINDS:
        raise NotFound("errors.old_button")
    meeting = Meeting(
        author_id=actor.id, state=MeetingState.DRAFT, kind=kind, titles={}, places=[], roles=[], groups=[], agenda={},
        made_at=now, changed_at=now,
    )  # fmt: skip
    if title:
        meeting.titles = {title[0]: _short(title[1])}
    session.add(meeting)
    session.flush()
    return meeting


def _short(title: str) -> str:
    """Return a title on one line. Raises Refusal for an empty or endless one."""
    words = " ".join(title.split())
    if not words:
        raise Refusal("meetings.no_title")
    if len(words) > LONGEST_TITLE:
        raise Refusal("meetings.title_too_long", longest=LONGEST_TITLE)
    return words


def _editable(session: Session, actor: Member, meeting_id: int) -> Meeting:
    """Return a meeting that may still be changed. Raises Taken for one that is cancelled."""
    policy.require(actor.role, "meetings.write")
    meeting = found(session, meeting_id, locks=True)
    if meeting.state == MeetingState.CANCELLED:
        raise Taken("meetings.is_cancelled")
    return meeting


def set_title(session: Session, actor: Member, meeting_id: int, language: str, title: str, *, now: datetime) -> Meeting:
    """Say what it is called in a language; cards change. Raises Refusal for an empty or endless title."""
    meeting = _editable(session, actor, meeting_id)
    meeting.titles = {**meeting.titles, language: _short(title)}
    meeting.sequence += meeting.state in TOLD
    return _touched(session, meeting, now)


def set_agenda(
    session: Session, actor: Member, meeting_id: int, language: str, text: str, file: tuple[str, str] | None, *, now: datetime
) -> Meeting:
    """Say what it is about, in words, by a document (kind, file id), or both. Raises Refusal for an endless text."""
    meeting = _editable(session, actor, meeting_id)
    if len(text) > LONGEST_AGENDA:
        raise Refusal("meetings.agenda_too_long", longest=LONGEST_AGENDA)
    if text.strip():
        meeting.agenda = {**meeting.agenda, language: text.strip()}
    if file:
        meeting.agenda_file = list(file)
    return _touched(session, meeting, now)


def set_option(session: Session, actor: Member, meeting_id: int, name: str, value: int, *, now: datetime) -> Meeting:
    """Set whether it is public, how many guests one may bring, whether there is a waiting list. Raises NotFound."""
    meeting = _editable(session, actor, meeting_id)
    if name == "guests" and 0 <= value <= MOST_GUESTS:
        meeting.most_guests = value
    elif name == "public":
        meeting.is_public = bool(value)
    elif name == "waitlist":
        meeting.has_waitlist = bool(value)
    else:
        raise NotFound("errors.old_button")
    return _touched(session, meeting, now)


def set_kind(session: Session, actor: Member, meeting_id: int, kind: str, *, now: datetime) -> Meeting:
    """Say what kind of meeting it is. Raises NotFound."""
    meeting = _editable(session, actor, meeting_id)
    if kind not in KINDS:
        raise NotFound("errors.old_button")
    meeting.kind = kind
    return _touched(session, meeting, now)


def aim(
    session: Session, actor: Member, meeting_id: int, what: str, value: str, *, is_wanted: bool, now: datetime
) -> Meeting:
    """Take a place, role or group into the audience, or out of it. Raises NotFound, Taken once it is published."""
    meeting = _editable(session, actor, meeting_id)
    if meeting.state in PUBLISHED:
        raise Taken("meetings.is_published")
    if what not in ("places", "roles", "groups"):
        raise NotFound("errors.old_button")
    item: Any = int(value) if what == "groups" else value
    others = [one for one in getattr(meeting, what) if one != item]
    setattr(meeting, what, [*others, item] if is_wanted else others)
    return _touched(session, meeting, now)


def _touched(session: Session, meeting: Meeting, now: datetime) -> Meeting:
    meeting.changed_at = now
    if meeting.state in PUBLISHED:
        meeting.is_stale = True
    session.flush()
    return meeting


# ---- when and where
@dataclass(frozen=True)
class Change:
    """What is to be different: a day and hour with the zone they are meant in, an end, a venue or an address online."""

    wall: dates.Wall | None = None
    zone: ZoneInfo | None = None
    end: dates.Wall | None = None
    venue_id: int | None = None
    online_url: str | None = None

    def kept(self) -> dict[str, Any]:
        """Return it as a draft keeps it."""
        return {
            "wall": dates.written(self.wall) if self.wall else None, "zone": self.zone.key if self.zone else None,
            "end": dates.written(self.end) if self.end else None, "venue_id": self.venue_id, "online_url": self.online_url,
        }  # fmt: skip

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Change:
        """Return what a draft has kept."""
        wall, end = (dates.wall_of(dates.unwritten(kept[name])) if kept[name] else None for name in ("wall", "end"))
        zone = ZoneInfo(kept["zone"]) if kept["zone"] else None
        return cls(wall, zone, end, kept["venue_id"], kept["online_url"])


def previewed(
    session: Session, actor: Member, meeting_id: int, wanted: Change, *, now: datetime
) -> tuple[dict[str, Any], Meeting]:
    """Return what people rely on now, and the meeting as it would be; nothing is changed. Raises as `change` does."""
    policy.require(actor.role, "meetings.write")
    meeting = found(session, meeting_id)
    before = as_told(session, meeting)
    session.expunge(meeting)
    _apply(session, meeting, wanted, now)
    return before, meeting


def change(
    session: Session, actor: Member, meeting_id: int, wanted: Change, *, desk: Desk, now: datetime
) -> Meeting:
    """Set day, hour, end or place. Once it is published everybody who was told is told what was and what is.

    When the day changes every « yes » has to be confirmed. Raises Refusal for the past, a gap of the clock, an end before
    the start; Taken for one that is cancelled or over.
    """
    meeting = _editable(session, actor, meeting_id)
    before = as_told(session, meeting)
    old_day = day_of(meeting)
    _apply(session, meeting, wanted, now)
    if venue := venue_of(session, meeting):
        venue.used_at = now
    has_siblings = _has_siblings(session, meeting)
    if not has_siblings and meeting.state in (MeetingState.DRAFT, MeetingState.PLANNED):
        _lead_series(session, meeting, old_day)
    if meeting.wall and day_of(meeting) != old_day:
        _forget_other_days(session, meeting, old_day)
        to_confirm(session, meeting)
    is_late = bool(meeting.publish_at and meeting.starts_at and meeting.publish_at >= meeting.starts_at)
    if wanted.wall and meeting.publish_at and meeting.starts_at and (has_siblings or is_late):
        meeting.publish_at = max(now, meeting.starts_at - INVITES_BEFORE)
    if meeting.state in TOLD and as_told(session, meeting) != before:
        meeting.state = MeetingState.OPEN if meeting.state == MeetingState.POSTPONED and meeting.starts_at else meeting.state
        _keep_alive(session, meeting)
        _tell(session, meeting, CHANGED, desk, now, before)
    elif meeting.state in PUBLISHED:
        meeting.sequence += 1
    return _touched(session, meeting, now)


def _lead_series(session: Session, meeting: Meeting, old_day: str | None) -> None:
    """The first of a series that has no others yet: they will be like it; on another day its rule holds no more."""
    series = session.get(MeetingSeries, meeting.series_id) if meeting.series_id else None
    if series is None or meeting.wall is None:
        return
    if meeting.wall[:10] == old_day:
        series.wall, series.end_wall, series.time_zone = meeting.wall, meeting.end_wall, meeting.time_zone or ""
    elif meeting.state == MeetingState.DRAFT:
        once(session, meeting)


def _has_siblings(session: Session, meeting: Meeting) -> bool:
    """Tell whether others of its series stand: it keeps its place among them wherever it is moved."""
    others = exists().where(Meeting.series_id == meeting.series_id, Meeting.id != meeting.id)
    return meeting.series_id is not None and bool(session.scalar(select(others)))


def _keep_alive(session: Session, meeting: Meeting) -> None:
    """Invitations that have not left yet are of use until the new start."""
    waiting = (Delivery.view == CARD, Delivery.subject_id == meeting.id, Delivery.state == DeliveryState.QUEUED)
    session.execute(update(Delivery).where(*waiting).values(expires_at=meeting.starts_at))


def _apply(session: Session, meeting: Meeting, wanted: Change, now: datetime) -> None:
    if meeting.state == MeetingState.OPEN and has_started(meeting, now=now):
        raise Taken("meetings.has_started")
    if wanted.wall and wanted.zone:
        _set_start(meeting, wanted.wall, wanted.zone, now)
    if wanted.end and meeting.time_zone:
        _set_end(meeting, wanted.end)
    if wanted.venue_id:
        if session.get(Venue, wanted.venue_id) is None:
            raise NotFound("errors.old_button")
        meeting.venue_id, meeting.online_url = wanted.venue_id, None
    if wanted.online_url:
        if len(wanted.online_url) > LONGEST_LINK:
            raise Refusal("meetings.title_too_long", longest=LONGEST_LINK)
        meeting.online_url, meeting.venue_id = wanted.online_url, None


def as_told(session: Session, meeting: Meeting) -> dict[str, Any]:
    """Return what people rely on: when, until when and where, as values a delivery can carry."""
    venue = venue_of(session, meeting)
    return {"at": meeting.starts_at.isoformat() if meeting.starts_at else None,
            "until": meeting.ends_at.isoformat() if meeting.ends_at else None,
            "where": venue.name if venue else meeting.online_url}  # fmt: skip


def _set_start(meeting: Meeting, wall: dates.Wall, zone: ZoneInfo, now: datetime) -> None:
    if dates.is_gap(wall, zone):
        raise Refusal("dates.gap")
    starts_at = dates.instant(wall, zone)
    if starts_at <= now:
        raise Refusal("dates.past")
    if starts_at > now + FURTHEST:
        raise Refusal("dates.too_far")
    lasts = _lasts(meeting)
    meeting.wall, meeting.time_zone, meeting.starts_at = dates.written(wall), zone.key, starts_at
    meeting.was_at = meeting.was_until = None
    if lasts is not None:
        _set_end(meeting, dates.wall_of(dates.unwritten(meeting.wall) + lasts))


def _lasts(meeting: Meeting) -> timedelta | None:
    """Return how long it lasts on the wall, or did before it was put off; None where nobody has said."""
    if meeting.end_wall and meeting.wall:
        return dates.unwritten(meeting.end_wall) - dates.unwritten(meeting.wall)
    if meeting.was_until and meeting.was_at:
        zone = ZoneInfo(meeting.time_zone or "UTC")
        began, ended = (at.astimezone(zone).replace(tzinfo=None) for at in (meeting.was_at, meeting.was_until))
        return ended - began
    return None


def once(session: Session, meeting: Meeting) -> None:
    """Let a draft come once only: its series goes, unless there are others of it."""
    if meeting.series_id:
        old, meeting.series_id, meeting.occurs_on = meeting.series_id, None, None
        session.flush()
        others = exists().where(Meeting.series_id == MeetingSeries.id)
        session.execute(delete(MeetingSeries).where(MeetingSeries.id == old, ~others))


def _set_end(meeting: Meeting, end: dates.Wall) -> None:
    zone = ZoneInfo(meeting.time_zone or "UTC")
    at = dates.first_instant(end, zone)
    if meeting.starts_at is None or at <= meeting.starts_at:
        raise Refusal("meetings.ends_before")
    meeting.end_wall, meeting.ends_at = dates.written(end), at


def to_confirm(session: Session, meeting: Meeting) -> None:
    """Let every « yes » that was given for another day be asked again: the seats stay theirs."""
    is_other = true() if meeting.wall is None else func.coalesce(Rsvp.said_for, "") != day_of(meeting)
    session.execute(update(Rsvp).where(*_says_yes(meeting)).values(is_to_confirm=is_other))


def _forget_other_days(session: Session, meeting: Meeting, old_day: str | None) -> None:
    """Who has heard that their day was no more, and has not said yes again, may have made other plans: even for that day."""
    unaware = [chat_id for _, chats in _unaware(session, meeting) for chat_id in chats]
    theirs = Rsvp.member_id.in_(select(Member.id).where(Member.telegram_id.in_(unaware)))
    session.execute(update(Rsvp).where(*_says_yes(meeting), Rsvp.said_for != (old_day or ""), ~theirs).values(said_for=None))


def _says_yes(meeting: Meeting) -> tuple[ColumnElement[bool], ...]:
    return Rsvp.meeting_id == meeting.id, Rsvp.answer == "yes"


def day_of(meeting: Meeting) -> str | None:
    """Return the day on the wall where it takes place, as it is written; None while it has none."""
    return meeting.wall[:10] if meeting.wall else None


def _tell(session: Session, meeting: Meeting, view: str, desk: Desk, now: datetime, before: dict[str, Any]) -> None:
    """Tell everybody who was told, on the urgent lane, and redraw the cards; the message before, if it waits, gives way.

    It states what holds already: it goes whatever becomes of who did it. Each is told from what they know: some may have
    heard of the change before while others sleep. A slip that was put right at once tells nobody who had not heard of it.
    """
    unaware = _unaware(session, meeting)
    outbox.stop(session, CHANGED, meeting.id, now=now)
    _stop_reminders(session, meeting, now)
    meeting.sequence += 1
    broadcasts.queue_edits(session, (CARD, meeting.id), EDIT, wave=f"{meeting.sequence}", now=now)
    present = as_told(session, meeting)
    for known, chats in unaware:
        if view != CHANGED or known != present:
            _tell_some(session, meeting, view, known, chats, desk, now)
    _tell_some(session, meeting, view, before, [chat for _, chats in unaware for chat in chats], desk, now, are_left_out=True)


def _unaware(session: Session, meeting: Meeting) -> list[tuple[dict[str, Any], list[int]]]:
    """Return whose message about the last change still waits: what each of them knows, and their chats."""
    waiting = (Delivery.view == CHANGED, Delivery.subject_id == meeting.id, Delivery.state == DeliveryState.QUEUED)
    found: list[tuple[dict[str, Any], list[int]]] = []
    for chat_id, values in session.execute(select(Delivery.chat_id, Delivery.values).where(*waiting)):
        alike = next((chats for known, chats in found if known == values["before"]), None)
        if alike is None:
            found.append((values["before"], [chat_id]))
        else:
            alike.append(chat_id)
    return found


def _tell_some(
    session: Session, meeting: Meeting, view: str, known: dict[str, Any], chats: Sequence[int], desk: Desk, now: datetime, *,
    are_left_out: bool = False,
) -> None:  # fmt: skip
    """Tell some chats, or all but them, what they know and what holds now."""
    hours = [datetime.fromisoformat(known["at"])] if known["at"] else []
    hours += [meeting.starts_at] if meeting.starts_at else []
    post = Post(
        view, meeting.id, Lane.URGENT, wave=str(meeting.sequence), values={"before": known}, expires_at=ends_at(meeting),
        wakes=any(at - now < SOON for at in hours),
    )  # fmt: skip
    not_before = now + UNDO if view == CHANGED else now
    who = Member.telegram_id.not_in(chats) if are_left_out else Member.telegram_id.in_(chats)
    broadcasts.queue(session, [told(meeting), who], post, desk=desk, now=now, not_before=not_before)
    where = Delivery.chat_id.not_in(chats) if are_left_out else Delivery.chat_id.in_(chats)
    broadcasts.queue_for_groups_told(session, (CARD, meeting.id), post, where, now=now, not_before=not_before)


def _stop_reminders(session: Session, meeting: Meeting, now: datetime) -> None:
    """What reminds of this meeting alone dies with it; one that reminds of others too leaves it out when it is made."""
    waiting = select(Delivery).where(
        Delivery.view == REMINDER, Delivery.subject_id == meeting.id, Delivery.state == DeliveryState.QUEUED
    )
    for one in session.scalars(waiting).all():
        if len(one.values["reminders"]) == 1:
            one.state, one.settled_at, one.reason = DeliveryState.CANCELLED, now, outbox.STOPPED


def told(meeting: Meeting) -> ColumnElement[bool]:
    """Return who knows of it: who has its card, or has answered."""
    arrived = Delivery.state.in_((DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.AMBIGUOUS))
    has_card = exists().where(
        Delivery.view == CARD, Delivery.subject_id == meeting.id, Delivery.chat_id == Member.telegram_id, arrived
    )
    has_answered = exists().where(Rsvp.meeting_id == meeting.id, Rsvp.member_id == Member.id)
    knows = or_(has_card, has_answered)
    # Who was put out since is told nothing more, unless anybody may know.
    return knows if meeting.is_public else knows & Member.role.in_(meeting.roles or [*audiences.INSIDE])


def told_count(session: Session, meeting: Meeting) -> int:
    """Return how many know of it."""
    return session.scalar(select(func.count()).select_from(Member).where(told(meeting))) or 0


# ---- published
def publish(session: Session, actor: Member, meeting_id: int, *, desk: Desk, now: datetime) -> Meeting:
    """Invite everybody it is for, now or at its hour; exactly once, however often and by however many it is pressed.

    Raises Refusal for one without a day or place, or for nobody; Taken when somebody was faster.
    """
    policy.require(actor.role, "meetings.write")
    meeting = found(session, meeting_id, locks=True)
    if meeting.state not in (MeetingState.DRAFT, MeetingState.PLANNED):
        raise Taken("meetings.is_published")
    _require_ready(session, meeting, now)
    meeting.author_id, meeting.changed_at = actor.id, now
    audit.note(session, actor, "meetings.published", f"meeting {meeting.id}", now=now)
    if meeting.publish_at is not None and meeting.publish_at > now:
        meeting.state = MeetingState.PLANNED
        session.flush()
        return meeting
    return _open(session, meeting, desk, now=now, not_before=now + UNDO)


def _require_ready(session: Session, meeting: Meeting, now: datetime) -> None:
    if meeting.starts_at is None:
        raise Refusal("meetings.no_day")
    if meeting.starts_at <= now:
        raise Refusal("dates.past")
    if meeting.venue_id is None and not meeting.online_url:
        raise Refusal("meetings.no_place")
    if meeting.kind == "other" and not meeting.titles:
        raise Refusal("meetings.no_title")  # « other » is what no kind says
    if audiences.count(session, meeting).is_empty:
        raise Refusal("announcements.for_nobody")


def _open(session: Session, meeting: Meeting, desk: Desk, *, now: datetime, not_before: datetime) -> Meeting:
    meeting.state, meeting.published_at, meeting.publish_at = MeetingState.OPEN, now, None
    session.flush()
    post = _invitation(meeting)
    broadcasts.queue(session, audiences.conditions(meeting), post, desk=desk, now=now, not_before=not_before)
    audiences.queue_for_groups(session, meeting, post, now=now, not_before=not_before)
    return meeting


def _invitation(meeting: Meeting) -> Post:
    return Post(CARD, meeting.id, Lane.BROADCAST, author_id=meeting.author_id, action="meetings.write", is_one_a_day=True,
                expires_at=meeting.starts_at, is_better_early=True)  # fmt: skip


def invite_newcomers(session: Session, desk: Desk, *, now: datetime) -> None:
    """Invite whoever has come in, moved or changed role since the invitations of a meeting went out; nobody twice."""
    out = (Meeting.state == MeetingState.OPEN, Meeting.starts_at > now, Meeting.published_at <= now - UNDO)
    for meeting in session.scalars(select(Meeting).where(*out).order_by(Meeting.starts_at)).all():
        has_answered = exists().where(Rsvp.meeting_id == meeting.id, Rsvp.member_id == Member.id)
        invitation = _invitation(meeting)
        wanted = [*audiences.conditions(meeting), ~has_answered, broadcasts.has_none(invitation)]
        broadcasts.queue(session, wanted, invitation, desk=desk, now=now, not_before=now)


def publish_later(session: Session, actor: Member, meeting_id: int, at: datetime | None, *, now: datetime) -> Meeting:
    """Say when its invitations go out; None is at once. Raises Refusal for the past or an hour after the start."""
    meeting = _editable(session, actor, meeting_id)
    if at is not None and (at <= now or (meeting.starts_at is not None and at >= meeting.starts_at)):
        raise Refusal("dates.past")
    meeting.publish_at = at
    return _touched(session, meeting, now)


def release(session: Session, desk: Desk, *, now: datetime) -> None:
    """Publish what was planned and whose hour has come; what its author may not publish any more waits for another."""
    due = select(Meeting).where(Meeting.state == MeetingState.PLANNED, Meeting.publish_at <= now).order_by(Meeting.publish_at)
    for meeting in session.scalars(due).all():
        author = session.get(Member, meeting.author_id) if meeting.author_id else None
        is_late = meeting.starts_at is None or meeting.starts_at <= now
        if is_late or author is None or not policy.may(author.role, "meetings.write"):
            meeting.state, meeting.publish_at = MeetingState.DRAFT, None
            for one in members.coordinators(session):
                outbox.put(session, chat_id=one.telegram_id, member_id=one.id, view="meetings.held", lane=Lane.URGENT, now=now,
                           values={"meeting_id": meeting.id})  # fmt: skip
        else:
            _open(session, meeting, desk, now=now, not_before=now)


def undo(session: Session, actor: Member, meeting_id: int, *, now: datetime) -> Meeting:
    """Take it back within thirty seconds, or before its hour: it is a draft again. Raises Taken when it has left."""
    policy.require(actor.role, "meetings.write")
    meeting = found(session, meeting_id, locks=True)
    is_fresh = meeting.state == MeetingState.OPEN and meeting.published_at is not None and now < meeting.published_at + UNDO
    has_left = set(outbox.counts(session, CARD, meeting.id)) - {DeliveryState.QUEUED, DeliveryState.FAILED}
    if has_left or (meeting.state != MeetingState.PLANNED and not is_fresh):
        raise Taken("announcements.has_left")
    session.execute(delete(Delivery).where(Delivery.view == CARD, Delivery.subject_id == meeting.id))
    meeting.state, meeting.published_at, meeting.changed_at = MeetingState.DRAFT, None, now
    audit.note(session, actor, "meetings.undone", f"meeting {meeting.id}", now=now)
    return meeting


def cancel(session: Session, actor: Member, meeting_id: int, *, desk: Desk, now: datetime) -> Meeting:
    """Call it off: everybody who was told hears it, reminders die, cards and calendar files say so. Raises Taken."""
    meeting = _editable(session, actor, meeting_id)
    if is_over(meeting, now=now):
        raise Taken("meetings.has_started")
    was_told, before = meeting.state in TOLD or _has_siblings(session, meeting), as_told(session, meeting)
    meeting.state, meeting.cancelled_at, meeting.changed_at = MeetingState.CANCELLED, now, now
    outbox.stop(session, CARD, meeting.id, now=now)
    if was_told:
        _tell(session, meeting, CANCELLED, desk, now, before)
    audit.note(session, actor, "meetings.cancelled", f"meeting {meeting.id}", now=now)
    return meeting


def postpone(session: Session, actor: Member, meeting_id: int, *, desk: Desk, now: datetime) -> Meeting:
    """Put it off to a day that is not known yet: everybody hears it, answers will have to be confirmed. Raises Taken."""
    meeting = _editable(session, actor, meeting_id)
    if meeting.state != MeetingState.OPEN or has_started(meeting, now=now):
        raise Taken("meetings.has_started")
    before = as_told(session, meeting)
    meeting.was_at, meeting.was_until = meeting.starts_at, meeting.ends_at
    meeting.state, meeting.wall, meeting.starts_at = MeetingState.POSTPONED, None, None
    meeting.end_wall = meeting.ends_at = None
    meeting.changed_at = now
    _keep_alive(session, meeting)
    to_confirm(session, meeting)
    _tell(session, meeting, CHANGED, desk, now, before)
    audit.note(session, actor, "meetings.postponed", f"meeting {meeting.id}", now=now)
    return meeting


def throw_away(session: Session, actor: Member, meeting_id: int, *, desk: Desk, now: datetime) -> None:
    """Throw away what nobody was told of; an occurrence of a series stays away. Raises Taken for what is published."""
    policy.require(actor.role, "meetings.write")
    meeting = found(session, meeting_id, locks=True)
    if meeting.state not in (MeetingState.DRAFT, MeetingState.PLANNED):
        raise Taken("meetings.is_published")
    audit.note(session, actor, "meetings.thrown_away", f"meeting {meeting.id}", now=now)
    drafts.forget(session, "meeting_id", meeting.id)
    if _has_siblings(session, meeting):
        cancel(session, actor, meeting.id, desk=desk, now=now)  # whoever has answered already hears it
        return
    once(session, meeting)
    session.delete(meeting)


def refresh(session: Session, *, now: datetime) -> None:
    """Redraw the cards of meetings whose counts have changed; where a redrawing waits already, that one will do."""
    for meeting in session.scalars(select(Meeting).where(Meeting.is_stale)).all():
        meeting.is_stale = False
        wave = f"{meeting.sequence}.{int(now.timestamp() * 1000)}"
        broadcasts.queue_edits(session, (CARD, meeting.id), EDIT, wave=wave, now=now)


def follow_clocks(session: Session, *, now: datetime) -> None:
    """Compute again the instants of what is to come, should the rules of a zone have changed: the wall hour is what counts."""
    for meeting in session.scalars(select(Meeting).where(Meeting.starts_at > now)).all():
        instants = _instant_of(meeting.wall, meeting), _instant_of(meeting.end_wall, meeting)
        if meeting.wall and instants != (meeting.starts_at, meeting.ends_at):
            meeting.starts_at, meeting.ends_at = instants
            meeting.sequence += 1
            meeting.is_stale = True


def _instant_of(wall: str | None, meeting: Meeting) -> datetime | None:
    if not wall or not meeting.time_zone:
        return None
    return dates.first_instant(dates.wall_of(dates.unwritten(wall)), ZoneInfo(meeting.time_zone))
