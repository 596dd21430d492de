"""Who helps: signed up in one tap, waiting by rank, promoted by itself, confirmed, written down at the door, thanked.

Places are counted under the need's lock, so that people pressing for the last one take turns. A place that becomes free is
offered to the head of the list until an hour that leaves time for the next; then it passes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, exists, func, select, update
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from bot.domain import audiences, audit, broadcasts, help_calls, help_standings, itineraries, meetings, outbox, policy, quiet
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.domain.help_calls import IN_IT, SOON, TAKES
from bot.domain.quiet import Night
from bot.errors import NotFound, Refusal, Taken
from db.models import (
    CallState,
    Claim,
    ClaimState,
    Delivery,
    HelpAnswer,
    HelpCall,
    Lane,
    Meeting,
    MeetingState,
    Member,
    Need,
    Rsvp,
    Signup,
    SignupState,
    Stop,
    StopState,
    Task,
)

OFFERED, PASSED_ON, REMOVED, WITHDREW, THANKS, WORD = (
    "volunteers.offered", "volunteers.passed_on", "volunteers.removed", "volunteers.withdrew", "volunteers.thanks",
    "volunteers.word",
)  # fmt: skip
LONGEST_CONFIRM = timedelta(hours=12)
ENOUGH = timedelta(hours=3)  # to say yes and to come
MOST_PERSONS, LONGEST_NAME, LONGEST_REASON, MOST_HOURS, LONGEST_COMMENT = 10, 40, 160, 24, 1000
REASONS = ("enough", "changed", "closed")
MOODS = ("good", "so_so", "bad")
A_TASK = timedelta(hours=2)  # how long a task of a visit is taken to last


# ---- signing up
@dataclass(frozen=True)
class Overlap:
    """Something else somebody is expected at in these hours: another need, a meeting, a task of a visit."""

    starts_at: datetime
    need: Need | None = None
    meeting: Meeting | None = None
    task: Task | None = None


def overlaps(session: Session, member: Member, need: Need) -> list[Overlap]:
    """Return what else somebody has promised for these hours; the call's own meeting is none."""
    start, end = need.starts_at, help_calls.ends_at(need)
    if start is None or end is None:
        return []
    found: list[Overlap] = []
    others = (
        select(Need).join(Signup, Signup.need_id == Need.id)
        .where(Signup.member_id == member.id, Signup.state.in_(TAKES), Signup.name == "", Need.id != need.id,
               Need.starts_at < end)
    )  # fmt: skip
    found += [Overlap(one.starts_at, need=one) for one in session.scalars(others)
              if one.starts_at and (help_calls.ends_at(one) or start) > start]  # fmt: skip
    call = session.get(HelpCall, need.call_id)
    coming = (Rsvp.member_id == member.id, Rsvp.answer == "yes", Meeting.state == MeetingState.OPEN, Meeting.starts_at < end)
    for meeting in session.scalars(select(Meeting).join(Rsvp, Rsvp.meeting_id == Meeting.id).where(*coming)):
        ends = meetings.ends_at(meeting)
        if meeting.starts_at and ends and ends > start and (call is None or meeting.id != call.meeting_id):
            found.append(Overlap(meeting.starts_at, meeting=meeting))
    held = (Claim.member_id == member.id, Claim.state == ClaimState.HELD, Stop.state == StopState.PLANNED, Stop.at.is_not(None))
    for task, stop in session.execute(
        select(Task, Stop).join(Claim, Claim.task_id == Task.id).join(Stop, Stop.id == Task.stop_id).where(*held)
    ):
        at = itineraries.due_at(task, stop)
        if at is not None and start - A_TASK < at < end:
            found.append(Overlap(at, task=task))
    return found


def sign_up(
    session: Session, member: Member, need_id: int, *, name: str = "", persons: int = 1, desk: Desk, now: datetime
) -> Signup:
    """Take a place, or one on the waiting list; for so many persons, or for a relative by their first name.

    A second time changes the number. Raises NotFound, Refusal for what is closed or begun, or for too many persons.
    """
    policy.require(member.role, "volunteers.sign_up")
    need = help_calls.need_found(session, need_id, locks=True)
    call = help_calls.readable(session, member, need.call_id)
    require_open(call, need, now)
    first_name = _first_name(name)
    if not 1 <= persons <= MOST_PERSONS or (first_name and persons != 1):
        raise Refusal("meetings.bad_number", most=MOST_PERSONS)
    same = (Signup.need_id == need.id, Signup.member_id == member.id, Signup.name == first_name)
    signup = session.scalar(select(Signup).where(*same))
    if signup is None:
        signup = Signup(need_id=need.id, member_id=member.id, name=first_name, persons=0, state=SignupState.GONE, since=now)
        session.add(signup)
    before = signup.state, signup.persons, signup.is_to_confirm
    _place(session, need, signup, persons, now)
    answer = session.get(HelpAnswer, (call.id, member.id))
    if answer is not None:
        answer.said_no_at = None
    if (signup.state, signup.persons, signup.is_to_confirm) != before:  # who taps twice changes nobody's card
        help_calls.touched(call, now)
    session.flush()
    promote(session, need, now=now, desk=desk)
    return signup


def _first_name(name: str) -> str:
    words = " ".join(name.split())
    if len(words) > LONGEST_NAME:
        raise Refusal("meetings.title_too_long", longest=LONGEST_NAME)
    return words


def require_open(call: HelpCall, need: Need, now: datetime) -> None:
    """Raise Refusal unless one may still sign up."""
    if call.state == CallState.CANCELLED:
        raise Refusal("volunteers.is_cancelled")
    if call.state != CallState.OPEN or need.is_closed:
        raise Refusal("volunteers.is_closed")
    end = help_calls.ends_at(need)
    if end is not None and end <= now:
        raise Refusal("volunteers.is_over")


def _place(session: Session, need: Need, signup: Signup, persons: int, now: datetime) -> None:
    """Give them a place where there is one for all of them and nobody waits, else a place on the list."""
    free = need.capacity - help_standings.taken(session, need)
    if persons > need.capacity:
        raise Refusal("volunteers.no_place_for_more")
    if signup.state in TAKES:
        if persons - signup.persons > max(0, free):
            raise Refusal("volunteers.no_place_for_more")
        signup.state = SignupState.HELD
    elif signup.state != SignupState.WAITING:
        earlier = exists().where(Signup.need_id == need.id, Signup.state == SignupState.WAITING, Signup.persons <= free)
        is_free = persons <= free and not session.scalar(select(earlier))
        if not is_free and need.starts_at is not None and need.starts_at <= now:
            raise Refusal("volunteers.is_closed")  # the list does not move any more
        signup.state, signup.since = SignupState.HELD if is_free else SignupState.WAITING, now
    signup.persons, signup.is_to_confirm, signup.confirm_by = persons, False, None
    signup.reason, signup.ended_at = "", None


def enter(session: Session, actor: Member, need_id: int, member_id: int, *, now: datetime) -> Signup:
    """Write somebody in, as who prepares calls may: also where it is full, for they know. Raises NotFound."""
    need = help_calls.need_found(session, need_id, locks=True)
    call = help_calls.editable(session, actor, need.call_id)
    member = session.get(Member, member_id)
    if member is None:
        raise NotFound("members.gone")
    signup = session.scalar(select(Signup).where(Signup.need_id == need.id, Signup.member_id == member.id, Signup.name == ""))
    if signup is None:
        signup = Signup(need_id=need.id, member_id=member.id, persons=1, since=now)
        session.add(signup)
    signup.state, signup.confirm_by, signup.ended_at = SignupState.HELD, None, None
    answer = session.get(HelpAnswer, (call.id, member.id))
    if answer is not None:
        answer.said_no_at = None
    help_calls.touched(call, now)
    session.flush()
    return signup


def leave(session: Session, member: Member, signup_id: int, *, desk: Desk, now: datetime) -> Need:
    """« Je me retire »: the place is free and goes to the head of the list. Shortly before, the organiser hears it."""
    signup, _ = help_standings.own(session, member, signup_id)
    need = help_calls.need_found(session, signup.need_id, locks=True)
    session.refresh(signup)
    call = help_calls.found(session, need.call_id)
    had_a_place, end = signup.state in TAKES, help_calls.ends_at(need)
    if signup.came is not None or (end is not None and end <= now):
        raise Refusal("volunteers.is_over")
    if signup.state in IN_IT:
        signup.state, signup.ended_at, signup.confirm_by = SignupState.GONE, now, None
        help_calls.touched(call, now)
        session.flush()
        if had_a_place and need.starts_at is not None and need.starts_at - now < SOON:
            for one in help_calls.organisers(session, call):
                outbox.put(
                    session, chat_id=one.telegram_id, member_id=one.id, view=WITHDREW, lane=Lane.URGENT, now=now,
                    values={"signup_id": signup.id}, subject_id=call.id, expires_at=help_calls.ends_at(need),
                )  # fmt: skip
        promote(session, need, now=now, desk=desk)
    return need


def confirm(session: Session, member: Member, signup_id: int, *, now: datetime) -> Need:
    """« J'y serai »: the offered place is theirs, or they still come. Raises Taken once the place has passed on."""
    signup, _ = help_standings.own(session, member, signup_id)
    need = help_calls.need_found(session, signup.need_id, locks=True)
    session.refresh(signup)
    if signup.state not in TAKES:
        is_off = help_calls.found(session, need.call_id).state == CallState.CANCELLED or signup.reason == "off"
        raise Taken("volunteers.is_cancelled" if is_off else "volunteers.passed_on")
    signup.state, signup.confirm_by, signup.is_to_confirm = SignupState.HELD, None, False
    help_calls.touched(help_calls.found(session, need.call_id), now)
    return need


def say_no(session: Session, member: Member, call_id: int, *, now: datetime) -> None:
    """« Non merci »: nothing more is asked of them for this call, unless its hour or place changes."""
    policy.require(member.role, "volunteers.sign_up")
    call = help_calls.readable(session, member, call_id)
    mine_ = select(Signup.id).join(Need, Need.id == Signup.need_id)
    if session.scalar(mine_.where(Need.call_id == call.id, Signup.member_id == member.id, Signup.state.in_(IN_IT)).limit(1)):
        raise Refusal("volunteers.you_are_in_it")
    answer = _answer(session, call.id, member)
    answer.said_no_at = now


def _answer(session: Session, call_id: int, member: Member) -> HelpAnswer:
    answer = session.get(HelpAnswer, (call_id, member.id))
    if answer is None:
        answer = HelpAnswer(call_id=call_id, member_id=member.id)
        session.add(answer)
    return answer


# ---- the waiting list
def promote(session: Session, need: Need, *, now: datetime, desk: Desk) -> None:
    """Offer each free place to the head of the list, who says yes within a time that fits what is left.

    A family too large for what is free is passed by a smaller one behind it, and keeps its rank.
    """
    call = help_calls.found(session, need.call_id)
    if call.state != CallState.OPEN or need.is_closed or (need.starts_at is not None and need.starts_at <= now):
        return
    free = need.capacity - help_standings.taken(session, need)
    waiting = select(Signup).where(Signup.need_id == need.id, Signup.state == SignupState.WAITING)
    for signup in session.scalars(waiting.order_by(Signup.since, Signup.id)).all():
        if free <= 0:
            break
        if signup.persons <= free and _is_reachable(session, signup):
            free -= signup.persons
            _offer(session, call, need, signup, now, desk)
    session.flush()


def _is_reachable(session: Session, signup: Signup) -> bool:
    """Tell whether an offer would reach them: who cannot read it keeps nobody waiting."""
    member = session.get(Member, signup.member_id) if signup.member_id else None
    return member is not None and member.is_reachable


def _offer(session: Session, call: HelpCall, need: Need, signup: Signup, now: datetime, desk: Desk) -> None:
    member = session.get(Member, signup.member_id) if signup.member_id else None
    opens = _asked_at(need, now, desk.night(member)) if member is not None else now
    signup.state, signup.confirm_by = SignupState.OFFERED, _until(call, need, opens)
    help_calls.touched(call, now)
    if member is not None:
        outbox.put(
            session, chat_id=member.telegram_id, member_id=member.id, view=OFFERED, lane=Lane.URGENT, now=now, not_before=opens,
            values={"signup_id": signup.id}, subject_id=signup.id, expires_at=signup.confirm_by,
            dedupe_key=f"{OFFERED}:{signup.id}:{int(now.timestamp() * 1000)}",
        )  # fmt: skip


def _asked_at(need: Need, now: datetime, night: Night) -> datetime:
    """A free place is good news, not an alarm: it waits for the morning while that leaves time to say yes and to come."""
    morning = quiet.opens_at(now, night)
    return now if need.starts_at is not None and need.starts_at - morning < ENOUGH else morning


def _until(call: HelpCall, need: Need, opens: datetime) -> datetime:
    """At most so many hours, and at most half of what is left, so that the next one can be asked too."""
    longest = min(LONGEST_CONFIRM, timedelta(hours=max(1, call.confirm_hours)))
    if need.starts_at is None or need.starts_at <= opens:
        return opens + longest
    return opens + min(longest, (need.starts_at - opens) / 2)


def pass_on(session: Session, desk: Desk, *, now: datetime) -> None:
    """Offers nobody has answered in time go to the next; who let it pass is told kindly."""
    late = select(Signup).where(Signup.state == SignupState.OFFERED, Signup.confirm_by <= now).order_by(Signup.id)
    for signup in session.scalars(late).all():
        need = help_calls.need_found(session, signup.need_id, locks=True)
        session.refresh(signup)
        if signup.state != SignupState.OFFERED:
            continue  # they said yes while we waited for our turn
        signup.state, signup.reason, signup.ended_at, signup.confirm_by = SignupState.GONE, "passed", now, None
        member = session.get(Member, signup.member_id) if signup.member_id else None
        if member is not None:
            outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view=PASSED_ON, lane=Lane.REMINDER, now=now,
                       not_before=quiet.opens_at(now, desk.night(member)), values={"signup_id": signup.id},
                       subject_id=signup.id, expires_at=help_calls.ends_at(need))  # fmt: skip
        help_calls.touched(help_calls.found(session, need.call_id), now)
        session.flush()
        promote(session, need, now=now, desk=desk)


# ---- for who prepares
class TooMany(Refusal):
    """More have signed up than that: nobody is dropped silently, somebody chooses."""

    def __init__(self, taken_: int) -> None:
        """`taken_` persons have a place."""
        super().__init__("volunteers.more_are_in_it", number=taken_)
        self.taken = taken_


def set_capacity(session: Session, actor: Member, need_id: int, number: int, *, desk: Desk, now: datetime) -> Need:
    """Say how many are wanted; more lets the list move up. Raises Refusal for no number, TooMany for fewer than are in it."""
    need = help_calls.need_found(session, need_id, locks=True)
    call = help_calls.editable(session, actor, need.call_id)
    if not 1 <= number <= help_calls.MOST_PERSONS:
        raise Refusal("meetings.bad_number", most=help_calls.MOST_PERSONS)
    if call.state != CallState.DRAFT and number < (in_it := help_standings.taken(session, need)):
        raise TooMany(in_it)
    need.capacity = number
    help_calls.touched(call, now)
    session.flush()
    promote(session, need, now=now, desk=desk)
    return need


def remove(session: Session, actor: Member, signup_id: int, reason: str, *, desk: Desk, now: datetime) -> Need:
    """Take somebody out, with a reason they read in one kind sentence. Raises Refusal without a reason, NotFound.

    `reason` is one of REASONS or words.
    """
    policy.require(actor.role, "volunteers.write")
    signup = session.get(Signup, signup_id)
    if signup is None or signup.state not in IN_IT:
        raise NotFound("errors.old_button")
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON:
        raise Refusal("meetings.title_too_long", longest=LONGEST_REASON)
    need = help_calls.need_found(session, signup.need_id, locks=True)
    session.refresh(signup)
    call = help_calls.editable(session, actor, need.call_id)
    signup.state, signup.reason, signup.ended_at, signup.confirm_by = SignupState.REMOVED, words, now, None
    member = session.get(Member, signup.member_id) if signup.member_id else None
    if member is not None:
        is_soon = need.starts_at is not None and need.starts_at - now < SOON
        outbox.put(session, chat_id=member.telegram_id, member_id=member.id, view=REMOVED, lane=Lane.URGENT, now=now,
                   not_before=now if is_soon else quiet.opens_at(now, desk.night(member)), values={"signup_id": signup.id},
                   subject_id=signup.id)  # fmt: skip
        audit.note(session, actor, "volunteers.removed", f"need {need.id} member {member.id}", now=now)
    help_calls.touched(call, now)
    session.flush()
    promote(session, need, now=now, desk=desk)
    return need


# ---- on the day, and after
def check_in(session: Session, actor: Member, signup_id: int, persons: int, *, now: datetime) -> Signup:
    """Write down that somebody came, with so many; 0 takes it back. The hours are the need's. Raises NotFound."""
    policy.require(actor.role, "volunteers.write")
    signup = session.get(Signup, signup_id)
    if signup is None or not 0 <= persons <= MOST_PERSONS:
        raise NotFound("errors.old_button")
    need = help_calls.need_found(session, signup.need_id)
    if not help_calls.is_near(need, now=now):
        raise Refusal("volunteers.too_early")
    signup.came = persons or None
    signup.hours = min(MOST_HOURS, need.lasts_minutes / 60) if persons else None
    return signup


def set_hours(session: Session, actor: Member, signup_id: int, hours: float, *, now: datetime) -> Signup:
    """Say how many hours somebody gave, where it was not what was planned. Raises Refusal, NotFound."""
    policy.require(actor.role, "volunteers.write")
    signup = session.get(Signup, signup_id)
    if signup is None or signup.came is None:
        raise NotFound("errors.old_button")
    if not 0 < hours <= MOST_HOURS:
        raise Refusal("meetings.bad_number", most=MOST_HOURS)
    signup.hours = hours
    return signup


def thank(
    session: Session, actor: Member, call_id: int, *, word: tuple[int, int] | None = None, desk: Desk, now: datetime
) -> int:
    """Thank everybody who was written down as having come, once; returns how many. Raises Refusal when nobody is left.

    `word` is a message of the organiser's (chat, message) that goes along with it.
    """
    policy.require(actor.role, "volunteers.write")
    call = help_calls.found(session, call_id)
    came = Member.id.in_(_came(call.id))
    post = Post(THANKS, call.id, Lane.BROADCAST, author_id=actor.id, action="volunteers.write")
    not_yet = ~exists().where(Delivery.dedupe_key == post.key + as_type(Member.telegram_id, String))
    if word is not None:
        values = {"chat_id": word[0], "message_id": word[1]}
        along = Post(WORD, call.id, Lane.BROADCAST, author_id=actor.id, action="volunteers.write", values=values)
        broadcasts.queue(session, [came, not_yet], along, desk=desk, now=now, not_before=now)
    thanked = broadcasts.queue(session, [came], post, desk=desk, now=now, not_before=now)
    if not thanked:
        raise Refusal("volunteers.nobody_to_thank")
    call.thanked_at = now
    return thanked


def _came(call_id: int) -> ColumnElement[int]:
    rows = select(Signup.member_id).join(Need, Need.id == Signup.need_id)
    return rows.where(Need.call_id == call_id, Signup.came.is_not(None), Signup.member_id.is_not(None)).scalar_subquery()


def hours_of(session: Session, member: Member, call_id: int) -> float:
    """Return the hours somebody gave to a call, those of who came with them counted."""
    given = select(func.coalesce(func.sum(Signup.hours * Signup.came), 0.0)).join(Need, Need.id == Signup.need_id)
    return float(session.scalar(given.where(Need.call_id == call_id, Signup.member_id == member.id)) or 0)


def feel(session: Session, member: Member, call_id: int, mood: str, *, now: datetime) -> HelpAnswer:
    """How it was, in one tap; from who came. Raises NotFound for anybody else."""
    if mood not in MOODS or not hours_of(session, member, call_id):
        raise NotFound("errors.old_button")
    answer = _answer(session, call_id, member)
    answer.mood = mood
    return answer


def comment(session: Session, member: Member, call_id: int, *, text: str = "", voice: str | None = None) -> None:
    """How it was, in words or by voice. Raises Refusal for too many words, NotFound for who was not there."""
    if not hours_of(session, member, call_id):
        raise NotFound("errors.old_button")
    if len(text) > LONGEST_COMMENT:
        raise Refusal("meetings.title_too_long", longest=LONGEST_COMMENT)
    answer = _answer(session, call_id, member)
    answer.comment, answer.voice = text.strip(), voice


def comments(session: Session, call_id: int) -> tuple[dict[str, int], list[HelpAnswer]]:
    """Return how many felt how, and what was said: without names."""
    rows = session.scalars(select(HelpAnswer).where(HelpAnswer.call_id == call_id).order_by(HelpAnswer.member_id)).all()
    moods = {mood: sum(one.mood == mood for one in rows) for mood in MOODS}
    return moods, [one for one in rows if one.comment or one.voice]


@dataclass(frozen=True)
class Given:
    """Time given in a year, by place or by call: persons and hours."""

    what: str
    persons: int
    hours: float


def given_by_place(session: Session, since: datetime, until: datetime) -> list[Given]:
    """Return the hours given in a time, by where helpers live; who was erased counts with those who live elsewhere."""
    place = func.coalesce(Member.place, "elsewhere")
    rows = session.execute(
        select(place, func.sum(Signup.came), func.sum(Signup.hours * Signup.came)).select_from(Signup)
        .join(Need, Need.id == Signup.need_id).outerjoin(Member, Member.id == Signup.member_id)
        .where(Signup.came.is_not(None), Need.starts_at >= since, Need.starts_at < until).group_by(place).order_by(place)
    )  # fmt: skip
    return [Given(str(where), int(persons or 0), float(hours or 0)) for where, persons, hours in rows]


def hours_of_year(session: Session, member: Member, since: datetime, until: datetime) -> list[tuple[HelpCall, Need, float]]:
    """Return what somebody gave in a time, for their certificate."""
    rows = session.execute(
        select(HelpCall, Need, Signup.hours).join(Need, Need.call_id == HelpCall.id).join(Signup, Signup.need_id == Need.id)
        .where(Signup.member_id == member.id, Signup.name == "", Signup.came.is_not(None), Need.starts_at >= since,
               Need.starts_at < until).order_by(Need.starts_at)
    )  # fmt: skip
    return [(call, need, float(hours or 0)) for call, need, hours in rows]


def forget(session: Session, member: Member, *, desk: Desk, now: datetime) -> None:
    """Somebody is erased: their places are free, the lists move, hours given stay without them."""
    freed: dict[int, bool] = {}
    for signup in session.scalars(select(Signup).where(Signup.member_id == member.id)).all():
        freed[signup.need_id] = freed.get(signup.need_id, False) or signup.state in TAKES
        if signup.came is None:
            session.delete(signup)
        else:
            signup.member_id, signup.name, signup.reason = None, "", ""
    session.flush()
    for need_id, held_a_place in freed.items():
        need = help_calls.need_found(session, need_id, locks=True)
        call = help_calls.touched(help_calls.found(session, need.call_id), now)
        is_to_come = need.starts_at is not None and need.starts_at > now
        if held_a_place and is_to_come and call.state in help_calls.VISIBLE:
            for one in help_calls.organisers(session, call):
                if one.id != member.id:
                    outbox.put(
                        session, chat_id=one.telegram_id, member_id=one.id, view=WITHDREW, lane=Lane.REMINDER, now=now,
                        not_before=quiet.opens_at(now, desk.night(one)), values={"need_id": need.id}, subject_id=call.id,
                    )  # fmt: skip
        promote(session, need, now=now, desk=desk)


def reopen(session: Session, actor: Member, need_id: int, *, desk: Desk, now: datetime) -> Need:
    """Somebody is wanted again: who waits is asked first."""
    need = help_calls.reopen(session, actor, need_id, now=now)
    session.flush()
    promote(session, need, now=now, desk=desk)
    return need


def open_again(session: Session, actor: Member, call_id: int, *, desk: Desk, now: datetime) -> HelpCall:
    """Others may sign up again: who waits is asked first."""
    call = help_calls.open_again(session, actor, call_id, now=now)
    session.flush()
    for need in help_calls.needs(session, call.id):
        promote(session, need, now=now, desk=desk)
    return call


def put_out(session: Session, member: Member, *, desk: Desk, now: datetime) -> None:
    """Somebody may not help any more where only members do: their places are free. Public calls keep them."""
    for signup in session.scalars(select(Signup).where(Signup.member_id == member.id, Signup.state.in_(IN_IT))).all():
        need = help_calls.need_found(session, signup.need_id)
        if not help_calls.is_for(member, help_calls.found(session, need.call_id)) and signup.came is None:
            leave(session, member, signup.id, desk=desk, now=now)


def purge(session: Session, *, before: datetime) -> None:
    """Forget the names of relatives, and whom to call, of what is long over."""
    past = select(Need.id).where(Need.starts_at < before)
    session.execute(update(Need).where(Need.id.in_(past), Need.contact != "").values(contact=""))
    for signup in session.scalars(
        select(Signup).where(Signup.need_id.in_(past), Signup.name != "", ~Signup.name.startswith("#"))
    ):
        signup.name = f"#{signup.id}"  # two relatives of one person stay two


def unanswered(session: Session, call: HelpCall) -> ColumnElement[bool]:
    """Return who was called and has neither signed up nor said no."""
    in_it = exists().where(Signup.member_id == Member.id, Signup.need_id == Need.id, Need.call_id == call.id)
    said_no = help_calls.said_no(call)
    wanted = audiences.conditions(call)
    whole = help_calls.told(call) & ~in_it & ~said_no
    for one in wanted:
        whole = whole & one
    return whole
