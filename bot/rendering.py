"""What a queued delivery becomes when its moment has come: rows loaded, then the view in the reader's language."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.domain import (
    announced,
    announcements,
    broadcasts,
    delegations,
    documents,
    groups,
    health,
    help_calls,
    help_reminders,
    itineraries,
    meetings,
    members,
    outbox,
    policy,
    polls,
    questions,
    quiet,
    reminders,
    roles,
    rsvps,
    signups,
    task_calls,
    tasks,
    trips,
)
from bot.domain.outbox import Parcel
from bot.domain.policy import Role
from bot.i18n import Reader, Words
from bot.knowledge import Entry, Knowledge
from bot.messages import CommandMenu, Copied, Leaving, OutgoingMessage, TakeBack
from bot.views import announcements as announcement_views
from bot.views import delegations as delegation_views
from bot.views import desk as desk_views
from bot.views import documents as document_views
from bot.views import errors as error_views
from bot.views import groups as group_views
from bot.views import health as health_views
from bot.views import home, privacy
from bot.views import invitations as invitation_views
from bot.views import meetings as meeting_views
from bot.views import members as member_views
from bot.views import polls as poll_views
from bot.views import questions as question_views
from bot.views import roles as role_views
from bot.views import tasks as task_views
from bot.views import trips as trip_views
from bot.views import volunteer_board as volunteer_board_views
from bot.views import volunteers as volunteer_views
from bot.views.meeting_words import title_of
from bot.views.visit_words import visit_name
from bot.voices import Voices
from db.models import (
    Announcement,
    AnnouncementState,
    CallState,
    Chat,
    Claim,
    ClaimState,
    Delegation,
    DelegationState,
    Delivery,
    Document,
    HelpCall,
    JoinRequest,
    Lane,
    Meeting,
    MeetingPoint,
    MeetingState,
    Member,
    Need,
    Poll,
    PollState,
    Question,
    QuestionMessage,
    QuestionPost,
    QuestionState,
    Signup,
    SignupState,
    Stop,
    StopState,
    Task,
    Trip,
)

logger = logging.getLogger(__name__)
Rendered = OutgoingMessage | CommandMenu | Leaving | TakeBack | None


@dataclass(frozen=True)
class Stage:
    """What views are made with: words, what is known, voices; and whether questions have topics of their own."""

    words: Words
    knowledge: Knowledge
    voices: Voices
    has_topics: bool
    username: str = ""
    opened: Callable[[str | None], str | None] = lambda sealed: None


@dataclass(frozen=True)
class Moment:
    """One delivery being rendered."""

    session: Session
    delivery: Parcel | Delivery
    reader: Reader
    stage: Stage
    now: datetime
    member: Member | None = None
    listens: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """Return what was queued with it."""
        return self.delivery.values

    def name(self, key: str) -> str:
        """Return the first name of whoever a value means; empty for nobody, and for who has been erased."""
        member = self.session.get(Member, self.values[key]) if self.values.get(key) else None
        return member.first_name if member else ""

    def question(self) -> Question | None:
        """Return the question it is about."""
        return self.session.get(Question, self.values["question_id"])

    def entry(self, name: str | None) -> Entry | None:
        """Return an entry that is still known."""
        return self.stage.knowledge.entries.get(name or "")


_View = Callable[[Moment], Rendered]


def here(member: Member | None, reader: Reader) -> OutgoingMessage:
    """Return the screen somebody stands at: the step of the welcome they have not answered, else home."""
    match members.missing_step(member) if member else "language":
        case "language":
            return member_views.choose_language(reader.words)
        case "place":
            return member_views.choose_place(reader)
        case _:
            return home.home(member.role if member else Role.VISITOR, reader)


def _here(moment: Moment) -> Rendered:
    return here(members.by_telegram_id(moment.session, moment.values["chat_id"]), moment.reader)


def _card(moment: Moment) -> Rendered:
    """The card of a question as it stands now; the topic it opens is remembered by whoever sends it."""
    question, session = moment.question(), moment.session
    asker = questions.asker_of(session, question) if question else None
    if question is None:
        return None
    if asker is None:
        return _erased(moment)
    group = questions.group(session, question)
    known = [entry for name in question.known if (entry := moment.entry(name))]
    taker = session.get(Member, question.taker_id) if question.taker_id else None
    card = desk_views.Card(question, asker, taker, group, known, moment.entry(question.entry), _about(question, moment))
    opens_topic = moment.stage.has_topics and question.topic_id is None and moment.delivery.chat_id < 0
    screen = desk_views.card(card, moment.reader)
    topic = desk_views.topic_name(question) if opens_topic else ""
    return dataclasses.replace(screen, edits=moment.values.get("edits"), topic=topic, thread_id=question.topic_id)


def _about(question: Question, moment: Moment) -> str:
    """What a question was asked under: its beginning, and the language it was read in."""
    if not question.about:
        return ""
    kind, number, language = question.about.split(" ")
    name = moment.stage.words.languages[language].name if language in moment.stage.words.languages else language
    if kind == "delegation":
        delegation = moment.session.get(Delegation, int(number))
        return f"{visit_name(delegation, moment.reader)} ({name})" if delegation else ""
    if kind == "meeting":
        meeting = moment.session.get(Meeting, int(number))
        return f"{title_of(meeting, moment.reader)} ({name})" if meeting else ""
    announcement = moment.session.get(Announcement, int(number))
    texts = announcements.texts(moment.session, announcement) if announcement else {}
    return f"{announcement_views.title_of(texts, moment.reader)} ({name})"


def _erased(moment: Moment) -> Rendered:
    """A card whose person is gone says so where it stands; it is not sent anew."""
    edits = moment.values.get("edits")
    return dataclasses.replace(desk_views.erased(moment.reader), edits=edits) if edits else None


def _copy(moment: Moment) -> Rendered:
    values, question = moment.values, moment.question()
    if question is None or question.member_id is None:
        return None
    chat_id = values.get("from_chat_id") or values["asker_chat_id"]
    message_ids = values.get("message_ids") or [values["message_id"]]
    return dataclasses.replace(question_views.passed_on(chat_id, message_ids), thread_id=question.topic_id)


def _more(moment: Moment) -> Rendered:
    """The words « something more » stand under the card, so that one sees what about."""
    question = moment.question()
    if question is None or question.member_id is None:
        return None
    card = select(QuestionPost.message_id).where(
        QuestionPost.question_id == question.id, QuestionPost.chat_id == moment.delivery.chat_id,
        QuestionPost.view == "questions.card",
    )  # fmt: skip
    quotes = moment.session.scalar(card.order_by(QuestionPost.id.desc()).limit(1))
    return dataclasses.replace(desk_views.more(question, moment.reader), quotes=quotes, thread_id=question.topic_id)


def _digest(moment: Moment) -> Rendered:
    waiting = questions.waiting(moment.session)
    return desk_views.digest(len(waiting), moment.reader) if waiting else None


def _late(moment: Moment) -> Rendered:
    question = moment.question()
    is_open = question is not None and question.state == QuestionState.OPEN
    return desk_views.late(question, moment.reader, now=moment.now) if question and is_open else None


def _freed(moment: Moment) -> Rendered:
    question = moment.question()
    return desk_views.freed(question, moment.name("by_id"), moment.reader) if question else None


def _preview_head(moment: Moment) -> Rendered:
    question = moment.question()
    if question is None:
        return None
    return dataclasses.replace(desk_views.preview_head(question, moment.reader), thread_id=question.topic_id)


def _preview(moment: Moment) -> Rendered:
    answer, question = moment.session.get(QuestionMessage, moment.values["answer_id"]), moment.question()
    if answer is None or question is None:
        return None
    return dataclasses.replace(desk_views.preview(answer, moment.reader), thread_id=question.topic_id)


def _not_delivered(moment: Moment) -> Rendered:
    question = moment.question()
    return desk_views.not_delivered(question, moment.reader) if question else None


def _taken_over(moment: Moment) -> Rendered:
    question = moment.question()
    return desk_views.taken_over(question, moment.name("by_id"), moment.reader) if question else None


def _taken(moment: Moment) -> Rendered:
    return question_views.taken(moment.name("by_id"), moment.reader)


def _declined(moment: Moment) -> Rendered:
    return question_views.declined(moment.reader)


def _still_waiting(moment: Moment) -> Rendered:
    question = moment.question()
    is_open = question is not None and question.state == QuestionState.OPEN
    return question_views.still_waiting(moment.values["lateness"], moment.reader) if is_open else None


def _answer_comes(moment: Moment) -> Rendered:
    return question_views.answer_comes(moment.reader, quotes=moment.values["quotes"])


def _answer(moment: Moment) -> Rendered:
    values = moment.values
    passed = question_views.passed_on(values["chat_id"], [values["message_id"]])
    return dataclasses.replace(passed, buttons=question_views.thread_buttons(values["question_id"], moment.reader))


def _known(moment: Moment) -> Rendered:
    entry = moment.entry(moment.values["entry"])
    if entry is None:
        return None
    return question_views.told_by_person(entry, moment.values["question_id"], moment.reader, quotes=moment.values["quotes"])


def _request(moment: Moment) -> Rendered:
    request = moment.session.get(JoinRequest, moment.values["request_id"])
    asker = moment.session.get(Member, request.member_id) if request else None
    if request is None or asker is None:
        return _erased(moment)
    decider = moment.session.get(Member, request.decided_by) if request.decided_by else None
    screen = invitation_views.request(request, asker, decider, moment.reader)
    return dataclasses.replace(screen, edits=moment.values.get("edits"))


def _invitation_used(moment: Moment) -> Rendered:
    member, values = moment.session.get(Member, moment.values["member_id"]), moment.values
    return invitation_views.used(member, values["uses"], values["uses_allowed"], moment.reader) if member else None


def _group_card(moment: Moment) -> Rendered:
    chat = moment.session.get(Chat, moment.values["chat_id"])
    return dataclasses.replace(group_views.card(chat, moment.reader), edits=moment.values.get("edits")) if chat else None


def _hello(moment: Moment) -> Rendered:
    known = {chat.id for chat in groups.known(moment.session)}
    return group_views.hello(moment.stage.words) if moment.delivery.chat_id in known else None


def _handover(moment: Moment) -> Rendered:
    return role_views.handover(roles.open_things(moment.session), moment.reader)


def _take_back(moment: Moment) -> Rendered:
    return TakeBack(tuple(moment.values["message_ids"]))


def _announcement(moment: Moment) -> Announcement | None:
    """The announcement a copy belongs to, while it is to be read."""
    number = moment.delivery.subject_id or moment.values["announcement_id"]
    return moment.session.get(Announcement, number)


def _announced(moment: Moment) -> Rendered:
    """The copy for one reader or group, in the language of this moment."""
    announcement = _announcement(moment)
    if announcement is None or announcement.state == AnnouncementState.WITHDRAWN:
        return None
    texts = announcements.texts(moment.session, announcement)
    if moment.delivery.chat_id < 0:
        chat = moment.session.get(Chat, moment.delivery.chat_id)
        return announcement_views.group_copy(announcement, texts, chat.languages if chat else [], moment.reader)
    shown = announcement_views.chosen(announcement, texts, moment.reader, listens=moment.listens)
    return announcement_views.copy(shown, moment.reader) if shown else None


def _edited(moment: Moment) -> Rendered:
    """The copy that stands in a chat, as it is to read now."""
    return _in_place(moment, announcements.COPY, _announced(moment))


def _taken_back(moment: Moment) -> Rendered:
    """A withdrawn copy: deleted while Telegram lets us, else a notice in its place."""
    copy = broadcasts.copy_in(moment.session, announcements.COPY, moment.delivery.subject_id or 0, moment.delivery.chat_id)
    if copy is None or copy.message_id is None:
        return None
    if announced.is_deletable(copy, now=moment.now):
        return TakeBack(tuple(copy.message_ids or (copy.message_id,)))
    return dataclasses.replace(announcement_views.withdrawn(moment.reader), edits=copy.message_id)


def _told_anew(moment: Moment) -> Rendered:
    announcement = _announcement(moment)
    texts = announcements.texts(moment.session, announcement) if announcement else {}
    shown = announcement_views.chosen(announcement, texts, moment.reader) if announcement else None
    return announcement_views.told_anew(shown.text, moment.reader) if shown else None


def _nudged(moment: Moment) -> Rendered:
    announcement = _announcement(moment)
    texts = announcements.texts(moment.session, announcement) if announcement else {}
    return announcement_views.nudge(announcement, texts, moment.reader) if announcement and texts else None


def _announcing(moment: Moment) -> Rendered:
    """Where the progress stands, or the report that has taken its place."""
    announcement = _announcement(moment)
    if announcement is None:
        return None
    title = announcement_views.title_of(announcements.texts(moment.session, announcement), moment.reader)
    found = announced.report(moment.session, announcement)
    may_undo = announcement.confirmed_at is not None and moment.now < announcement.confirmed_at + announcements.UNDO
    left = announced.time_left(announcement, found, now=moment.now)
    screen = announcement_views.progress(announcement, found, title, moment.reader, may_undo=may_undo, left=left)
    return dataclasses.replace(screen, edits=moment.values.get("edits"))


def _held(moment: Moment) -> Rendered:
    announcement = _announcement(moment)
    texts = announcements.texts(moment.session, announcement) if announcement else {}
    title = announcement_views.title_of(texts, moment.reader)
    return announcement_views.held(announcement, title, moment.reader) if announcement else None


def _meeting(moment: Moment) -> Meeting | None:
    return moment.session.get(Meeting, moment.values.get("meeting_id") or moment.delivery.subject_id)


def _standing(moment: Moment, meeting: Meeting) -> rsvps.Standing:
    return rsvps.standing(moment.session, meeting, moment.member, now=moment.now)


def _meeting_card(moment: Moment) -> Rendered:
    """The card for one reader, or for a group, as the meeting stands now."""
    meeting = _meeting(moment)
    if meeting is None or meeting.state in (MeetingState.DRAFT, MeetingState.PLANNED):
        return None
    standing = _standing(moment, meeting)
    if moment.delivery.chat_id < 0:
        return meeting_views.group_card(standing, _readers_of_group(moment), address=_meeting_address(moment, meeting))
    if moment.member is None or not (meeting.is_public or policy.may(moment.member.role, "meetings.see_names")):
        return None  # who was put out since
    return meeting_views.card(standing, moment.reader)


def _meeting_address(moment: Moment, meeting: Meeting) -> str:
    return f"https://t.me/{moment.stage.username}?start={meeting_views.LINK}{meeting.id}"


def _readers_of_group(moment: Moment) -> list[Reader]:
    chat = moment.session.get(Chat, moment.delivery.chat_id)
    codes: list[str | None] = [str(code) for code in chat.languages] if chat and chat.languages else [None]
    return [moment.stage.words.reader(code, None) for code in codes]


def _as_group(moment: Moment, meeting: Meeting, shown: Callable[[Reader], OutgoingMessage]) -> OutgoingMessage:
    """What a group hears, in its languages; nothing to press but the way to private."""
    readers = _readers_of_group(moment)
    text = "\n\n".join(shown(one).text for one in readers)
    return OutgoingMessage(text, buttons=(meeting_views.in_private(readers[0], _meeting_address(moment, meeting)),))


def _in_place(moment: Moment, view: str, rendered: Rendered) -> Rendered:
    """What stands in a chat already takes this form."""
    copy = broadcasts.copy_in(moment.session, view, moment.delivery.subject_id or 0, moment.delivery.chat_id)
    if copy is None or copy.message_id is None or not isinstance(rendered, OutgoingMessage):
        return None
    return dataclasses.replace(rendered, edits=copy.message_id, before=(), place=None)


def _meeting_changed(moment: Moment) -> Rendered:
    meeting = _meeting(moment)
    if meeting is None or meeting.state not in meetings.TOLD:
        return None
    standing, before = _standing(moment, meeting), moment.values["before"]
    if moment.delivery.chat_id < 0:
        return _as_group(moment, meeting, lambda reader: meeting_views.changed(standing, before, reader))
    return meeting_views.changed(standing, before, moment.reader)


def _meeting_cancelled(moment: Moment) -> Rendered:
    meeting, before = _meeting(moment), moment.values["before"]
    if meeting is None:
        return None
    if moment.delivery.chat_id < 0:
        return _as_group(moment, meeting, lambda reader: meeting_views.cancelled(meeting, before, reader))
    return meeting_views.cancelled(meeting, before, moment.reader)


def _seated(moment: Moment) -> Rendered:
    meeting = _meeting(moment)
    standing = _standing(moment, meeting) if meeting else None
    is_seated = standing is not None and standing.own is not None and standing.own.answer == "yes" and not standing.rank
    return meeting_views.seated(standing, moment.reader) if standing and is_seated else None


def _thanks(moment: Moment) -> Rendered:
    meeting = _meeting(moment)
    return meeting_views.thanks(meeting, moment.reader) if meeting else None


def _reminder(moment: Moment) -> Rendered:
    """What of it still holds: one card, or several in one message."""
    told = [(int(number), str(kind), int(start)) for number, kind, start in moment.values["reminders"]]
    found = reminders.still_true(moment.session, told, now=moment.now)
    shown = [(_standing(moment, meeting), kind) for meeting, kind in found]
    shown = [(standing, kind) for standing, kind in shown if standing.own is None or standing.own.answer != "no"]
    if len(shown) == 1:
        return meeting_views.reminder(*shown[0], moment.reader, now=moment.now)
    return meeting_views.reminders([standing for standing, _ in shown], moment.reader) if shown else None


def _meeting_held(moment: Moment) -> Rendered:
    meeting = _meeting(moment)
    return meeting_views.held(meeting, moment.reader) if meeting else None


def _point(moment: Moment) -> Rendered:
    point = moment.session.get(MeetingPoint, moment.values["point_id"])
    meeting = moment.session.get(Meeting, point.meeting_id) if point else None
    if point is None or meeting is None:
        return _erased(moment)
    member = moment.session.get(Member, point.member_id) if point.member_id else None
    screen = meeting_views.proposed(point, meeting, member.first_name if member else "", moment.reader)
    edits = moment.values.get("edits")
    return dataclasses.replace(screen, edits=edits, before=()) if edits else screen


def _point_decided(moment: Moment) -> Rendered:
    point = moment.session.get(MeetingPoint, moment.values["point_id"])
    meeting = moment.session.get(Meeting, point.meeting_id) if point else None
    return meeting_views.point_decided(point, meeting, moment.reader) if point and meeting else None


def _minutes(moment: Moment) -> Rendered:
    document, member = moment.session.get(Document, moment.delivery.subject_id or 0), moment.member
    if document is None or member is None or not _may_read_document(moment, document):
        return None
    meeting = moment.session.get(Meeting, document.meeting_id) if document.meeting_id else None
    name = document_views.name_of(document, meeting, moment.reader)
    return document_views.document(document, name, moment.reader, writes=False)


def _may_read_document(moment: Moment, document: Document) -> bool:
    member = moment.session.get(Member, moment.member.id) if moment.member else None
    return member is not None and documents.may_read(moment.session, member, document)


def _poll(moment: Moment) -> Rendered:
    poll = moment.session.get(Poll, moment.delivery.subject_id or 0)
    if poll is None or moment.member is None:
        return None
    member = moment.session.get(Member, moment.member.id)
    chosen = polls.choice(moment.session, member, poll.id) if member else None
    found = polls.results(moment.session, poll) if poll.state == PollState.CLOSED else None
    return poll_views.card(poll, chosen, found, moment.reader)


def _delegation(moment: Moment) -> Delegation | None:
    return moment.session.get(Delegation, moment.delivery.subject_id or 0)


def _visit_card(moment: Moment) -> Rendered:
    """The card of somebody of the team; who is not in it any more gets nothing."""
    delegation, member = _delegation(moment), moment.member
    if delegation is None or member is None:
        return None
    if not delegations.sees(moment.session, member, delegation):
        # Who is not in the team any more keeps a card that says what everybody may know.
        return delegation_views.public(delegation, moment.reader) if moment.delivery.view == delegations.EDIT else None
    jobs = tasks.jobs(moment.session, delegation.id)
    phones = {who.id: phone for job in jobs for _, who in job.claims if (phone := moment.stage.opened(who.phone))}
    stops = itineraries.stops(moment.session, delegation.id)
    visit = delegation_views.Visit(delegation, stops, jobs, phones)
    return delegation_views.card(visit, moment.reader, now=moment.now)


def _visit_public(moment: Moment) -> Rendered:
    delegation = _delegation(moment)
    return delegation_views.public(delegation, moment.reader) if delegation else None


def _visit_moved(moment: Moment) -> Rendered:
    delegation = _delegation(moment)
    return delegation_views.moved(delegation, moment.values["before"], moment.reader) if delegation else None


def _visit_called_off(moment: Moment) -> Rendered:
    delegation = _delegation(moment)
    return delegation_views.called_off(delegation, moment.reader) if delegation else None


def _visit_left(moment: Moment) -> Rendered:
    """Who was taken out of the team, unless they are in it again."""
    delegation, member = _delegation(moment), moment.member
    if delegation is None or member is None or delegations.is_in_team(moment.session, member, delegation.id):
        return None
    return delegation_views.left_team(delegation, moment.reader)


def _visit_arrived(moment: Moment) -> Rendered:
    delegation, stop = _delegation(moment), moment.session.get(Stop, moment.values["stop_id"])
    return delegation_views.arrived(delegation, stop, moment.reader) if delegation and stop else None


def _visit_delayed(moment: Moment) -> Rendered:
    """What was, what is, and the reader's own tasks at their new hours."""
    delegation, stop, member = _delegation(moment), moment.session.get(Stop, moment.values["stop_id"]), moment.member
    if delegation is None or stop is None or member is None or not delegations.sees(moment.session, member, delegation):
        return None
    own = [
        (job, claim.is_to_confirm) for job in tasks.jobs(moment.session, delegation.id) for claim, who in job.claims
        if who.id == member.id
    ]  # fmt: skip
    return delegation_views.delayed(delegation, stop, moment.values, own, moment.reader)


def _visit_flight_off(moment: Moment) -> Rendered:
    """Only while no other ticket has taken its place."""
    delegation, stop, member = _delegation(moment), moment.session.get(Stop, moment.values["stop_id"]), moment.member
    if delegation is None or stop is None or member is None or not delegations.sees(moment.session, member, delegation):
        return None
    return delegation_views.flight_off(delegation, stop, moment.reader) if stop.state == StopState.CANCELLED else None


def _visit_closed(moment: Moment) -> Rendered:
    delegation, member = _delegation(moment), moment.member
    if delegation is None or member is None:
        return None
    return delegation_views.closed(delegation, tasks.hours_of(moment.session, member, delegation.id), moment.reader)


def _job(moment: Moment, task_id: int | None = None) -> tasks.Job | None:
    """The task a message is about, while its visit is open."""
    task = moment.session.get(Task, moment.values["task_id"] if task_id is None else task_id)
    delegation = moment.session.get(Delegation, task.delegation_id) if task else None
    if task is None or task.is_cancelled or delegation is None or delegation.state != DelegationState.OPEN:
        return None
    return tasks.job(moment.session, task.id)


def _jobs(moment: Moment) -> list[tasks.Job]:
    return [found for number in moment.values["task_ids"] if (found := _job(moment, number)) is not None]


def _task_call(moment: Moment) -> Rendered:
    """A call goes only while somebody is still wanted, and names what the reader may still take."""
    member = moment.member
    if member is None:
        return None
    wanted = [one for one in _jobs(moment) if one.is_open and one.at and tasks.is_asked(moment.session, member, one)]
    return task_views.call(wanted, moment.reader) if wanted else None


def _task_off(moment: Moment) -> Rendered:
    """Only what is off still: somebody may have thought better of it."""
    task = moment.session.get(Task, moment.values["task_id"])
    stop = moment.session.get(Stop, task.stop_id) if task else None
    if task is None or stop is None or (stop.state == StopState.PLANNED and not task.is_cancelled):
        return None
    return task_views.off(task, itineraries.due_at(task, stop), moment.reader)


def _task_on_again(moment: Moment) -> Rendered:
    job = _job(moment)
    return task_views.on_again(job, moment.reader) if job and job.stop.state == StopState.PLANNED else None


def _task_seeking(moment: Moment) -> Rendered:
    job, claim = _job(moment), moment.session.get(Claim, moment.values["claim_id"])
    who = moment.session.get(Member, claim.member_id) if claim else None
    if job is None or claim is None or who is None or claim.state != ClaimState.SEEKING or not _welcomes(moment, job):
        return None
    return task_views.seeking(job, who.first_name, moment.reader)


def _welcomes(moment: Moment, job: tasks.Job) -> bool:
    delegation = moment.session.get(Delegation, job.task.delegation_id)
    return moment.member is not None and delegation is not None and delegations.sees(moment.session, moment.member, delegation)


def _task_reminder(moment: Moment) -> Rendered:
    """Only while they are on it, and at the hour it has now."""
    job, member = _job(moment), moment.member
    is_on_it = job is not None and member is not None and any(who.id == member.id for _, who in job.claims)
    return task_views.reminder(job, moment.reader) if job and is_on_it and _welcomes(moment, job) else None


def _task_freed(moment: Moment) -> Rendered:
    job = _job(moment)
    return task_views.freed(job, moment.name("by_id"), moment.reader) if job else None


def _task_unclaimed(moment: Moment) -> Rendered:
    missing = [one for one in _jobs(moment) if one.is_open or one.is_unsure]
    asked = [who for number in moment.values["asked"] if (who := moment.session.get(Member, number))]
    return task_views.unclaimed(missing, asked, moment.reader) if missing else None


def _trip(moment: Moment) -> Trip | None:
    return moment.session.get(Trip, moment.values["trip_id"])


def _trip_entrusted(moment: Moment) -> Rendered:
    trip = _trip(moment)
    asker = moment.session.get(Member, trip.entrusted_by) if trip and trip.entrusted_by else None
    return trip_views.entrusted(trip, asker.first_name if asker else "", moment.reader) if trip else None


def _trip_answered(moment: Moment) -> Rendered:
    trip = _trip(moment)
    traveller = moment.session.get(Member, trip.member_id) if trip else None
    return trip_views.answered(trip, traveller.first_name if traveller else "", moment.reader) if trip else None


def _help_call(moment: Moment) -> HelpCall | None:
    return moment.session.get(HelpCall, moment.delivery.subject_id or 0)


def _help_card(moment: Moment) -> Rendered:
    """The card of a call, for whom it is; who has it keeps it, and reads on it what has become of the call."""
    call, member = _help_call(moment), moment.member
    is_new = moment.delivery.view == help_calls.CARD
    if call is None or member is None or not help_calls.is_for(member, call) or (is_new and call.state != CallState.OPEN):
        return None
    standing = signups.standing(moment.session, call, member, now=moment.now)
    return volunteer_views.card(standing, moment.reader, has_way_back=False)


def _help_again(moment: Moment) -> Rendered:
    """A second call is only for who has not answered; where hour or place changed, once more for who said no."""
    call, member = _help_call(moment), moment.member
    if call is None or member is None or call.state != CallState.OPEN or not help_calls.is_for(member, call):
        return None
    standing = signups.standing(moment.session, call, member, now=moment.now)
    is_answered = any(one.own for one in standing.needs) or (standing.said_no and not moment.values.get("once_more"))
    if is_answered or standing.is_over or not any(one.free for one in standing.needs):
        return None
    return volunteer_views.again(standing, moment.reader)


def _need(moment: Moment, need_id: int | None = None) -> signups.NeedStanding | None:
    """A need as the reader of a message about it stands in it; nothing for who may not help there any more."""
    need = moment.session.get(Need, need_id or moment.values.get("need_id") or moment.delivery.subject_id or 0)
    member = moment.session.get(Member, moment.member.id) if moment.member else None
    call = moment.session.get(HelpCall, need.call_id) if need else None
    if need is None or call is None or (member is not None and not help_calls.is_for(member, call)):
        return None
    return signups.need_standing(moment.session, need, member)


def _help_changed(moment: Moment) -> Rendered:
    """All that is another hour or place now of what the reader has taken."""
    found = [(standing, before) for number, before in moment.values["changed"]
             if (standing := _need(moment, number)) and standing.own]  # fmt: skip
    return volunteer_views.changed(found, moment.reader) if found else None


def _help_stood_down(moment: Moment) -> Rendered:
    """Not to who has signed up again since."""
    standing = _need(moment)
    if standing is None or standing.own:
        return None
    return volunteer_views.stood_down(standing.need, moment.values["why"], moment.reader)


def _help_reminder(moment: Moment) -> Rendered:
    """What the reader still holds; on the eve only what they have not confirmed yet."""
    is_eve = moment.delivery.view == help_reminders.EVE
    found = [standing for number in moment.values["need_ids"] if (standing := _need(moment, number)) and any(
        one.state == SignupState.HELD and (one.is_to_confirm or not is_eve) for one in standing.own
    )]  # fmt: skip
    return volunteer_views.reminder(found, moment.reader, is_eve=is_eve) if found else None


def _signup(moment: Moment) -> tuple[Signup, Need] | None:
    signup = moment.session.get(Signup, moment.values.get("signup_id") or 0)
    need = moment.session.get(Need, signup.need_id) if signup else None
    return (signup, need) if signup and need else None


def _help_offered(moment: Moment) -> Rendered:
    found = _signup(moment)
    if found is None or found[0].state != SignupState.OFFERED:
        return None
    return volunteer_views.offered(*found, moment.reader)


def _help_passed_on(moment: Moment) -> Rendered:
    found = _signup(moment)
    if found is None or found[0].state != SignupState.GONE:
        return None
    standing = signups.need_standing(moment.session, found[1], None)
    return volunteer_views.passed_on(*found, moment.reader, is_free=standing.free > 0)


def _help_removed(moment: Moment) -> Rendered:
    found = _signup(moment)
    return volunteer_views.removed(*found, moment.reader) if found and found[0].state == SignupState.REMOVED else None


def _help_withdrew(moment: Moment) -> Rendered:
    """Who cannot come; without a name when they have been erased."""
    found, standing = _signup(moment), _need(moment)
    if found is not None:
        who = moment.session.get(Member, found[0].member_id) if found[0].member_id else None
        return volunteer_views.withdrew(found[0].name or (who.first_name if who else ""), found[1], moment.reader)
    return volunteer_views.withdrew("", standing.need, moment.reader) if standing and moment.values.get("need_id") else None


def _help_silent(moment: Moment) -> Rendered:
    """Who has not said whether they come, with the phones they gave."""
    need = moment.session.get(Need, moment.values["need_id"])
    if need is None:
        return None
    held = signups.people(moment.session, need.id, [SignupState.HELD])
    silent = [one for one in held if one.signup.is_to_confirm]
    phones = {one.member.id: phone for one in silent if one.member and (phone := moment.stage.opened(one.member.phone))}
    standing = signups.need_standing(moment.session, need, None)
    return volunteer_board_views.silent(standing, silent, phones, moment.reader) if silent else None


def _help_gaps(moment: Moment) -> Rendered:
    call = _help_call(moment)
    if call is None or call.state != CallState.OPEN:
        return None
    standing = signups.standing(moment.session, call, None, now=moment.now)
    return volunteer_board_views.gaps(standing, moment.reader) if any(one.free for one in standing.needs) else None


def _help_thanks(moment: Moment) -> Rendered:
    call, member = _help_call(moment), moment.member
    if call is None or member is None:
        return None
    event = moment.session.get(Meeting, call.meeting_id) if call.meeting_id else None
    return volunteer_views.thanks(call, event, signups.hours_of(moment.session, member, call.id), moment.reader)


VIEWS: dict[str, _View] = {
    help_calls.CARD: _help_card,
    help_calls.EDIT: lambda moment: _in_place(moment, help_calls.CARD, _help_card(moment)),
    help_calls.AGAIN: _help_again,
    help_calls.CHANGED: _help_changed,
    help_calls.STOOD_DOWN: _help_stood_down,
    help_reminders.EVE: _help_reminder,
    help_reminders.HOURS: _help_reminder,
    help_reminders.SILENT: _help_silent,
    help_reminders.GAPS: _help_gaps,
    signups.OFFERED: _help_offered,
    signups.PASSED_ON: _help_passed_on,
    signups.REMOVED: _help_removed,
    signups.WITHDREW: _help_withdrew,
    signups.THANKS: _help_thanks,
    signups.WORD: lambda moment: OutgoingMessage(
        copied=Copied(moment.values["chat_id"], (moment.values["message_id"],))
    ),
    delegations.CARD: _visit_card,
    delegations.EDIT: lambda moment: _in_place(moment, delegations.CARD, _visit_card(moment)),
    delegations.PUBLIC: _visit_public,
    delegations.PUBLIC_EDIT: lambda moment: _in_place(moment, delegations.PUBLIC, _visit_public(moment)),
    delegations.DELAYED: _visit_delayed,
    delegations.ARRIVED: _visit_arrived,
    delegations.CANCELLED: _visit_called_off,
    delegations.CLOSED: _visit_closed,
    delegations.NEWS: lambda moment: delegation_views.news(
        moment.name("by_id"), moment.values["announcement_id"], moment.reader
    ),
    "delegations.moved": _visit_moved,
    "delegations.called_off": _visit_called_off,
    delegations.CARD_BELOW: lambda moment: dataclasses.replace(
        delegation_views.card_below(moment.reader), edits=moment.values["message_id"]
    ),
    delegations.LEFT_TEAM: _visit_left,
    delegations.FLIGHT_OFF: _visit_flight_off,
    task_calls.CALL: _task_call,
    task_calls.SEEKING: _task_seeking,
    task_calls.FREED: _task_freed,
    task_calls.REMINDER: _task_reminder,
    task_calls.UNCLAIMED: _task_unclaimed,
    task_calls.OFF: _task_off,
    task_calls.ON_AGAIN: _task_on_again,
    trips.ENTRUSTED: _trip_entrusted,
    trips.ANSWERED: _trip_answered,
    trips.DROPPED: lambda moment: trip_views.dropped(
        moment.name("member_id"), moment.values["destination"], moment.values["leaves_on"], moment.reader
    ),
    meetings.CARD: _meeting_card,
    meetings.EDIT: lambda moment: _in_place(moment, meetings.CARD, _meeting_card(moment)),
    meetings.CHANGED: _meeting_changed,
    meetings.CANCELLED: _meeting_cancelled,
    meetings.REMINDER: _reminder,
    rsvps.SEATED: _seated,
    rsvps.THANKS: _thanks,
    "meetings.held": _meeting_held,
    "meetings.point": _point,
    "meetings.point_decided": _point_decided,
    documents.SENT: _minutes,
    polls.CARD: _poll,
    polls.EDIT: lambda moment: _in_place(moment, polls.CARD, _poll(moment)),
    announcements.COPY: _announced,
    announcements.EDIT: _edited,
    announcements.TAKE_BACK: _taken_back,
    announcements.TOLD_ANEW: _told_anew,
    "announcements.nudge": _nudged,
    "announcements.progress": _announcing,
    "announcements.held": _held,
    "announcements.stopped_by_role": _held,
    "roles.changed": lambda moment: role_views.changed(moment.values["role"], moment.reader),
    "roles.announced": lambda moment: role_views.announced(
        moment.name("actor_id"), moment.name("member_id"), moment.values["role"], moment.reader
    ),
    "roles.revoked": lambda moment: role_views.revoked(moment.name("actor_id"), moment.name("member_id"), moment.reader),
    "roles.invited": lambda moment: role_views.invited(moment.name("actor_id"), moment.reader),
    "roles.gone": lambda moment: role_views.gone(moment.reader),
    "roles.handover": _handover,
    "roles.vacant": lambda moment: role_views.vacant(moment.reader),
    "joining.card": _request,
    "joining.accepted": lambda moment: invitation_views.accepted(moment.reader),
    "joining.refused": lambda moment: invitation_views.not_accepted(moment.reader),
    "invitations.used": _invitation_used,
    "invitations.guessed": lambda moment: invitation_views.guessed(moment.reader),
    "groups.hello": _hello,
    "groups.card": _group_card,
    "groups.leave": lambda _moment: Leaving(),
    "privacy.stay": lambda moment: privacy.stay(moment.reader),
    "privacy.take_back": _take_back,
    "questions.taken_over": _taken_over,
    "members.commands": lambda moment: home.commands(moment.reader),
    "members.welcome": lambda moment: home.welcome(moment.reader),
    "members.here": _here,
    "errors.too_fast": lambda moment: error_views.too_fast(moment.reader),
    "questions.card": _card,
    "questions.copy": _copy,
    "questions.more": _more,
    "questions.digest": _digest,
    "questions.late": _late,
    "questions.freed": _freed,
    "questions.preview_head": _preview_head,
    "questions.preview": _preview,
    "questions.not_delivered": _not_delivered,
    "questions.taken": _taken,
    "questions.declined": _declined,
    "questions.still_waiting": _still_waiting,
    "questions.answer_comes": _answer_comes,
    "questions.answer": _answer,
    "questions.known": _known,
    health.RESTORED: lambda moment: health_views.restored(moment.values["number"], moment.reader),
    health.ALARM: lambda moment: health_views.alarm(moment.values["cause"], moment.reader),
    "outbox.parked": lambda moment: desk_views.parked(moment.values["delivery_id"], moment.reader),
}


# What only those may read who may do this: asked again when it is sent, and when it is redrawn.
READERS = {
    **dict.fromkeys(
        ("questions.card", "questions.copy", "questions.more", "questions.digest", "questions.late", "questions.freed",
         "questions.preview_head", "questions.preview", "questions.not_delivered", "questions.taken_over"),
        "questions.answer",
    ),
    "joining.card": "members.admit", "groups.card": "groups.link", "invitations.used": "invitations.make",
    "invitations.guessed": "invitations.make", "roles.announced": "members.change_role", "roles.revoked": "members.change_role",
    "roles.invited": "members.change_role", "roles.gone": "members.change_role", "roles.handover": "members.hand_over",
    "roles.vacant": "members.step_in", "announcements.progress": "announcements.send",
    trips.ANSWERED: "trips.see", trips.DROPPED: "trips.see", task_calls.UNCLAIMED: "delegations.write",
    delegations.NEWS: "announcements.send", signups.WITHDREW: "volunteers.write", help_reminders.SILENT: "volunteers.write",
    help_reminders.GAPS: "volunteers.write", health.RESTORED: "health.release", health.ALARM: "health.look",
    "meetings.held": "meetings.write", "meetings.point": "meetings.write",
    "announcements.held": "announcements.send", "announcements.stopped_by_role": "announcements.send",
}  # fmt: skip


def _may_read(delivery: Parcel | Delivery, member: Member | None) -> bool:
    """In private nothing is sent to who is not known any more, nor what their role does not let them read."""
    if delivery.chat_id < 0:
        return True
    needs = READERS.get(delivery.view)
    return member is not None and (needs is None or policy.may(member.role, needs))


# Views whose message depends on what was queued and on the reader's language and place alone, on nothing else of theirs:
# it is made once for all who read alike.
FOR_A_CROWD = {announcements.COPY}


def render(session: Session, delivery: Delivery, stage: Stage, *, now: datetime) -> Rendered:
    """Return the message of a delivery in the language its reader has now; None when it has lost its object or its reader."""
    return Renderer(session, stage, {delivery.chat_id}, now=now).render(delivery)


def render_all(session: Session, parcels: Sequence[Parcel], stage: Stage, *, now: datetime) -> list[Rendered | Broken]:
    """Return the message of each parcel, in order: None when it has lost its object, or its author the right to send it.

    A bug in one view breaks its parcels and no other.
    """
    renderer = Renderer(session, stage, {parcel.chat_id for parcel in parcels}, now=now)
    return [renderer.render_safely(parcel) for parcel in parcels]


@dataclass(frozen=True)
class Broken:
    """A message that could not be made, and why: the name of the error."""

    reason: str


class Renderer:
    """Makes the messages of one turn: readers are loaded in one query, what a crowd reads alike is made once."""

    def __init__(self, session: Session, stage: Stage, chat_ids: set[int], *, now: datetime) -> None:
        self._session, self._stage, self._now = session, stage, now
        self._members = members.by_telegram_ids(session, chat_ids)
        self._readers: dict[tuple[str | None, str | None], Reader] = {}
        self._made: dict[Hashable, Rendered] = {}
        self._allowed: dict[tuple[int | None, str | None], bool] = {}

    def render_safely(self, parcel: Parcel) -> Rendered | Broken:
        """Return a parcel's message, or what broke; raises OperationalError when the database is away."""
        try:
            return self.render(parcel) if self._may_still_go(parcel) else None
        except OperationalError:
            raise
        except Exception as error:  # the border: one view must never stop another
            logger.exception("delivery not rendered id=%s view=%s", parcel.id, parcel.view)
            return Broken(type(error).__name__)

    def _may_still_go(self, parcel: Parcel) -> bool:
        key = (parcel.author_id, parcel.action)
        if key not in self._allowed:
            self._allowed[key] = outbox.may_still_go(self._session, parcel)
        return self._allowed[key]

    def render(self, delivery: Parcel | Delivery) -> Rendered:
        """Return the message of a delivery in the language its reader has now; None when it has lost its object."""
        member = self._members.get(delivery.chat_id)
        if not _may_read(delivery, member):
            return None
        reader = self._reader(member)
        listens = bool(member and member.listens_first)
        rings = delivery.values.get("rings", True) and not quiet.is_quiet(
            self._now, quiet.night_of(member, reader.place.time_zone)
        )
        is_silent = not rings and delivery.lane != Lane.URGENT
        if delivery.view not in FOR_A_CROWD or delivery.chat_id < 0:
            moment = Moment(self._session, delivery, reader, self._stage, self._now, member, listens)
            return self._make(moment, listens, is_silent)
        reads = (reader.language.code, reader.place.name, listens, is_silent)
        key = (delivery.view, delivery.subject_id, repr(delivery.values), *reads)
        if key not in self._made:
            moment = Moment(self._session, delivery, reader, self._stage, self._now, listens=listens)
            self._made[key] = self._make(moment, listens, is_silent)
        return self._made[key]

    def _reader(self, member: Member | None) -> Reader:
        key = (member.language, member.place) if member else (None, None)
        if key not in self._readers:
            self._readers[key] = self._stage.words.reader(*key)
        return self._readers[key]

    def _make(self, moment: Moment, listens: bool, is_silent: bool) -> Rendered:
        with self._session.begin_nested():  # what a view breaks in the database is undone with it
            rendered = VIEWS[moment.delivery.view](moment)
        if not isinstance(rendered, OutgoingMessage):
            return rendered
        dressed = self._stage.voices.dress(rendered, moment.reader, listens=listens)
        return dataclasses.replace(dressed, is_silent=is_silent)
