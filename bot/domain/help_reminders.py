"""Helpers are reminded, asked on the eve whether they still come, and called once more where somebody is missing.

Derived from the needs, so that what moves takes its reminders along; that one has fired is a row. Source: FAULTS, section D.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from bot import dates
from bot.domain import broadcasts, help_calls, help_standings, outbox, quiet, signups
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from db.models import CallState, HelpCall, Lane, Member, Need, Occurrence, Signup, SignupState

EVE, HOURS, SILENT, GAPS = "volunteers.eve", "volunteers.hours", "volunteers.silent", "volunteers.gaps"
ASKS_AT, LISTS_AT = time(18), time(20)  # on the clock of the need; on the clock of the organiser
BEFORE = timedelta(hours=3)
JUST_NOW = timedelta(hours=12)  # who has just signed up is not asked whether they still come
ESCALATES = (("week", timedelta(days=7)), ("days", timedelta(days=2)), ("day", timedelta(days=1)))
A_DAY = timedelta(days=1)
LOOKS_AHEAD = timedelta(days=8)


def fire(session: Session, desk: Desk, *, now: datetime) -> None:
    """See to everything that is due, each once; what comes together for one person is one message."""
    open_ = (HelpCall.state.in_(help_calls.VISIBLE), Need.starts_at > now, Need.starts_at < now + LOOKS_AHEAD)
    rows = session.execute(select(Need, HelpCall).join(HelpCall, HelpCall.id == Need.call_id).where(*open_)).all()
    due: dict[str, list[Need]] = {EVE: [], HOURS: []}
    gaps: dict[int, HelpCall] = {}
    for need, call in rows:
        if need.starts_at is None:
            continue
        if _asks_on_the_eve(session, need, need.starts_at, desk, now):
            due[EVE].append(need)
        _list_the_silent(session, need, call, need.starts_at, desk, now)
        if need.starts_at - BEFORE <= now and _is_new(session, need, HOURS, now):
            due[HOURS].append(need)
        is_settled = call.published_at is not None and now - call.published_at >= A_DAY
        if call.state == CallState.OPEN and is_settled and _has_gap_due(session, need, need.starts_at, now):
            gaps[call.id] = call
    for view, found in due.items():
        _remind(session, view, found, desk, now)
    for call in gaps.values():
        _call_again(session, call, desk, now)


def _is_new(session: Session, need: Need, what: str, now: datetime) -> bool:
    """Note that this has fired for the hour the need has now; tells whether it had not."""
    key = f"{what}:{need.id}:{int(need.starts_at.timestamp()) if need.starts_at else 0}"
    if session.get(Occurrence, key) is not None:
        return False
    session.add(Occurrence(key=key, fired_at=now))
    return True


def _on_the_eve(need: Need, starts_at: datetime, hour: time, desk: Desk) -> datetime:
    """Return that hour of the evening before, on the clock of the need."""
    zone = ZoneInfo(need.time_zone or next(iter(desk.zones.values())).key)
    eve = starts_at.astimezone(zone).date() - A_DAY
    return dates.first_instant(dates.Wall(eve, hour), zone)


def _asks_on_the_eve(session: Session, need: Need, starts_at: datetime, desk: Desk, now: datetime) -> bool:
    """At 18:00 « toujours d'accord ? »: whoever signed up half a day ago or more says whether they still come."""
    asks = _on_the_eve(need, starts_at, ASKS_AT, desk)
    if not asks <= now < starts_at - BEFORE or not _is_new(session, need, EVE, now):
        return False
    settled = (Signup.need_id == need.id, Signup.state == SignupState.HELD, Signup.since < now - JUST_NOW)
    session.execute(update(Signup).where(*settled).values(is_to_confirm=True))
    return True


def _list_the_silent(
    session: Session, need: Need, call: HelpCall, starts_at: datetime, desk: Desk, now: datetime
) -> None:
    """At 20:00 the organisers get the names of who has not said."""
    if _on_the_eve(need, starts_at, LISTS_AT, desk) <= now and _is_new(session, need, SILENT, now):
        silent = exists().where(Signup.need_id == need.id, Signup.state == SignupState.HELD, Signup.is_to_confirm.is_(True))
        if session.scalar(select(silent)):
            _tell_organisers(session, SILENT, call, {"need_id": need.id}, starts_at, desk, now)


def _remind(session: Session, view: str, due: Sequence[Need], desk: Desk, now: datetime) -> None:
    """One message to each person for all that is due; on the eve only to who is asked."""
    wanted = [Signup.need_id.in_([need.id for need in due]), Signup.state == SignupState.HELD, Member.is_reachable]
    if view == EVE:
        wanted.append(Signup.is_to_confirm.is_(True))
    rows = session.execute(
        select(Member, Signup.need_id).join(Signup, Signup.member_id == Member.id).where(*wanted).order_by(Signup.id)
    ).all()
    by_member: dict[int, list[int]] = {}
    who = {member.id: member for member, _ in rows}
    for member, need_id in rows:
        theirs = by_member.setdefault(member.id, [])
        if need_id not in theirs:
            theirs.append(need_id)
    until = max((need.starts_at for need in due if need.starts_at), default=now)
    for member_id, need_ids in by_member.items():
        member = who[member_id]
        opens = quiet.opens_at(now, desk.night(member))
        outbox.put(
            session, chat_id=member.telegram_id, member_id=member.id, view=view, lane=Lane.REMINDER, now=now,
            not_before=opens if opens < until else now, values={"need_ids": need_ids}, subject_id=need_ids[0], expires_at=until,
        )  # fmt: skip


def _has_gap_due(session: Session, need: Need, starts_at: datetime, now: datetime) -> bool:
    if need.is_closed or help_standings.taken(session, need) >= need.capacity:
        return False
    fresh = [name for name, before in ESCALATES if starts_at - before <= now and _is_new(session, need, f"{GAPS}.{name}", now)]
    return bool(fresh)


def _call_again(session: Session, call: HelpCall, desk: Desk, now: datetime) -> None:
    """The organisers hear what is missing; who was called and has not answered is asked once more, at most once a day."""
    starts = [one.starts_at for one in help_calls.needs(session, call.id) if one.starts_at and one.starts_at > now]
    ends = max(starts, default=now)
    _tell_organisers(session, GAPS, call, {}, ends, desk, now, once=f"{GAPS}:{call.id}:{now.date()}")
    post = Post(help_calls.AGAIN, call.id, Lane.BROADCAST, wave=str(now.date()), is_one_a_day=True, expires_at=ends)
    broadcasts.queue(session, [signups.unanswered(session, call)], post, desk=desk, now=now, not_before=now)


def _tell_organisers(
    session: Session, view: str, call: HelpCall, values: dict[str, int], until: datetime, desk: Desk, now: datetime,
    *, once: str = "",
) -> None:  # fmt: skip
    for one in help_calls.organisers(session, call):
        opens = quiet.opens_at(now, desk.night(one))
        if opens < until:
            outbox.put(
                session, chat_id=one.telegram_id, member_id=one.id, view=view, lane=Lane.REMINDER, now=now, not_before=opens,
                values=values, subject_id=call.id, expires_at=until, dedupe_key=f"{once}:{one.id}" if once else None,
            )  # fmt: skip
