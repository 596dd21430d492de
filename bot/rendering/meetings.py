"""Meetings, their reminders and points, minutes and polls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from bot.domain import documents, meetings, policy, polls, reminders, rsvps
from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.rendering.moment import Moment, Rendered, View, erased, in_place, readers_of_group
from bot.views import documents as document_views
from bot.views import meetings as meeting_views
from bot.views import polls as poll_views
from db.models import Document, Meeting, MeetingPoint, MeetingState, Member, Poll, PollState


def _meeting(moment: Moment) -> Meeting | None:
    number = moment.values.get("meeting_id") or moment.delivery.subject_id
    return moment.turn.once(("meeting", number), lambda: moment.session.get(Meeting, number))


def _standing(moment: Moment, meeting: Meeting) -> rsvps.Standing:
    """How it stands for the reader: what is so for everybody is asked once a turn, and so are all their answers."""
    session, turn, number = moment.session, moment.turn, meeting.id
    standing = turn.once(("standing", number), lambda: rsvps.standing(session, meeting, None, now=moment.now))
    if moment.member is None:
        return standing
    answers = turn.once(("answers", number), lambda: rsvps.answers(session, number, turn.member_ids))
    return rsvps.seen_by(session, standing, answers.get(moment.member.id))


def _meeting_card(moment: Moment) -> Rendered:
    """The card for one reader, or for a group, as the meeting stands now."""
    meeting = _meeting(moment)
    if meeting is None or meeting.state in (MeetingState.DRAFT, MeetingState.PLANNED):
        return None
    standing = _standing(moment, meeting)
    if moment.delivery.chat_id < 0:
        return meeting_views.group_card(standing, readers_of_group(moment), address=_meeting_address(moment, meeting))
    if moment.member is None or not (meeting.is_public or policy.may(moment.member.role, "meetings.see_names")):
        return None  # who was put out since
    return meeting_views.card(standing, moment.reader)


def _meeting_address(moment: Moment, meeting: Meeting) -> str:
    return f"https://t.me/{moment.stage.username}?start={meeting_views.LINK}{meeting.id}"


def _as_group(moment: Moment, meeting: Meeting, shown: Callable[[Reader], OutgoingMessage]) -> OutgoingMessage:
    """What a group hears, in its languages; nothing to press but the way to private."""
    readers = readers_of_group(moment)
    text = "\n\n".join(shown(one).text for one in readers)
    return OutgoingMessage(text, buttons=(meeting_views.in_private(readers[0], _meeting_address(moment, meeting)),))


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
        return erased(moment)
    member = moment.session.get(Member, point.member_id) if point.member_id else None
    screen = meeting_views.proposed(point, meeting, member.first_name if member else "", moment.reader)
    return dataclasses.replace(screen, edits=moment.edits, before=()) if moment.edits else screen


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


VIEWS: dict[str, View] = {
    meetings.CARD: _meeting_card,
    meetings.EDIT: lambda moment: in_place(moment, meetings.CARD, _meeting_card(moment)),
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
    polls.EDIT: lambda moment: in_place(moment, polls.CARD, _poll(moment)),
}
READERS = dict.fromkeys(("meetings.held", "meetings.point"), "meetings.write")
