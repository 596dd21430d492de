"""Announcements: the copy, its corrections, and the message that shows how they go out."""

from __future__ import annotations

import dataclasses

from bot.domain import announced, announcements
from bot.messages import OutgoingMessage, TakeBack
from bot.rendering.moment import Moment, Rendered, View, in_place
from bot.views import announcement_copies as copy_views
from bot.views import announcements as announcement_views
from db.models import Announcement, AnnouncementSeen, AnnouncementState, AnnouncementText, Chat, Delivery, Member


def _announcement(moment: Moment) -> Announcement | None:
    """The announcement a copy belongs to, while it is to be read."""
    number = moment.delivery.subject_id or moment.values.get("announcement_id")
    if not number:
        return None
    return moment.turn.once(("announcement", number), lambda: moment.session.get(Announcement, number))


def _texts(moment: Moment, announcement: Announcement) -> dict[str, AnnouncementText]:
    return moment.turn.once(("texts", announcement.id), lambda: announcements.texts(moment.session, announcement))


def _is_gone(announcement: Announcement | None) -> bool:
    return announcement is None or announcement.state == AnnouncementState.WITHDRAWN


def _announced(moment: Moment) -> Rendered:
    """The copy for one reader or group, in the language of this moment."""
    announcement = _announcement(moment)
    if announcement is None or _is_gone(announcement):
        return None
    texts = _texts(moment, announcement)
    if moment.delivery.chat_id < 0:
        chat = moment.session.get(Chat, moment.delivery.chat_id)
        return copy_views.group_copy(texts, chat.languages if chat else [], moment.reader)
    shown = copy_views.chosen(announcement, texts, moment.reader, listens=moment.listens)
    return copy_views.copy(shown, moment.reader) if shown else None


def _edited(moment: Moment) -> Rendered:
    """The copy that stands in a chat, as it is to read now; where it came in several messages, its words alone."""
    rendered = in_place(moment, announcements.COPY, _announced(moment))
    return _worded(rendered, moment.copy_of(announcements.COPY))


def _worded(rendered: Rendered, copy: Delivery | None) -> Rendered:
    if isinstance(rendered, OutgoingMessage) and copy is not None and copy.message_ids:
        return dataclasses.replace(rendered, media=None)
    return rendered


def _read(moment: Moment) -> Rendered:
    """A copy that somebody asked for, in the language they asked for: sent, then kept true where it stands."""
    announcement = _announcement(moment)
    stands = moment.session.get(Delivery, moment.values["redraws"]) if "redraws" in moment.values else None
    if announcement is None or _is_gone(announcement):
        return _gone(stands, moment)
    wanted = moment.stage.words.reader(moment.values["language"], None)
    seen = announced.seen_count(moment.session, announcement)
    texts = _texts(moment, announcement)
    shown = copy_views.chosen(announcement, texts, wanted, seen=seen, listens=moment.listens)
    if shown is None:
        return None
    message = copy_views.copy(shown, moment.reader)
    return _worded(dataclasses.replace(message, edits=moment.edits, before=()), stands) if stands else message


def _silenced(moment: Moment) -> Rendered:
    """The voice that went ahead of words corrected since: it would go on saying the old hour to who does not read."""
    announcement = _announcement(moment)
    copy = moment.copy_of(announcements.COPY)
    ahead = tuple(copy.message_ids or ())[1:] if copy else ()
    if announcement is None or copy is None or not ahead or _is_gone(announcement):
        return None
    texts = _texts(moment, announcement)
    shown = copy_views.chosen(announcement, texts, moment.reader)
    if shown is None or shown.text.media or shown.voice:
        return None  # what goes ahead is a picture, or a voice that is still true
    when = moment.reader.date(announcement.corrected_at or moment.now)
    is_deletable = announced.is_deletable(copy, now=moment.now)
    return TakeBack(ahead, "" if is_deletable else moment.reader.say("announcements.corrected", when=when))


def _taken_back(moment: Moment) -> Rendered:
    """A withdrawn copy with all its messages: deleted while Telegram lets us, else a notice in their place."""
    return _gone(moment.copy_of(announcements.COPY), moment)


def _gone(copy: Delivery | None, moment: Moment) -> Rendered:
    if copy is None or copy.message_id is None:
        return None
    is_deletable = announced.is_deletable(copy, now=moment.now)
    notice = "" if is_deletable else copy_views.withdrawn(moment.reader).text
    return TakeBack(tuple(copy.message_ids or (copy.message_id,)), notice)


def _told_anew(moment: Moment) -> Rendered:
    announcement = _announcement(moment)
    if announcement is None or _is_gone(announcement) or "redraws" in moment.values:
        return _gone(moment.session.get(Delivery, moment.values.get("redraws", 0)), moment)
    texts = _texts(moment, announcement)
    shown = copy_views.chosen(announcement, texts, moment.reader)
    return copy_views.told_anew(shown.text, moment.reader) if shown and shown.text.corrected_at else None


def _nudged(moment: Moment) -> Rendered:
    announcement = _announcement(moment)
    if announcement is None or _is_gone(announcement):
        return None
    if moment.session.get(AnnouncementSeen, (announcement.id, moment.delivery.member_id)):
        return None  # they have said so meanwhile
    texts = _texts(moment, announcement)
    return copy_views.nudge(announcement, texts, moment.reader) if texts else None


def _announcing(moment: Moment) -> Rendered:
    """Where the progress stands, or the report that has taken its place."""
    announcement = _announcement(moment)
    if announcement is None:
        return None
    title = copy_views.title_of(_texts(moment, announcement), moment.reader)
    found = announced.report(moment.session, announcement)
    undo = announcements.undo_lasts(announcement, found.states, now=moment.now)
    ahead = announced.ahead(moment.session, announcement, pace=moment.stage.pace, now=moment.now)
    screen = announcement_views.progress(announcement, found, title, moment.reader, undo=undo, ahead=ahead, now=moment.now)
    return dataclasses.replace(screen, edits=moment.edits)


def _held(moment: Moment) -> Rendered:
    announcement = _announcement(moment)
    texts = _texts(moment, announcement) if announcement else {}
    title = copy_views.title_of(texts, moment.reader)
    return announcement_views.held(announcement, title, moment.reader) if announcement else None


def _goes(moment: Moment) -> Rendered:
    """Another coordinator lets one go; nothing once they have taken it back."""
    announcement = _announcement(moment)
    author = moment.session.get(Member, announcement.author_id) if announcement and announcement.author_id else None
    if announcement is None or author is None or announcement.state == AnnouncementState.DRAFT:
        return None
    title = copy_views.title_of(_texts(moment, announcement), moment.reader)
    return announcement_views.goes(announcement, title, author, moment.reader)


VIEWS: dict[str, View] = {
    announcements.COPY: _announced,
    announcements.EDIT: _edited,
    announcements.TAKE_BACK: _taken_back,
    announcements.SILENCE: _silenced,
    announcements.TOLD_ANEW: _told_anew,
    announcements.READ: _read,
    "announcements.nudge": _nudged,
    announcements.PROGRESS: _announcing,
    "announcements.held": _held,
    "announcements.stopped_by_role": _held,
    announcements.GOES: _goes,
}
_COORDINATED = (announcements.PROGRESS, "announcements.held", "announcements.stopped_by_role", announcements.GOES)
READERS = dict.fromkeys(_COORDINATED, "announcements.send")
FOR_A_CROWD = {announcements.COPY}
