"""Meetings as those see them who are invited: the card, what follows from it, reminders, changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot import callbacks
from bot.domain.rsvps import Counts, FewSeats, Standing
from bot.i18n import Html, Reader
from bot.messages import Button, OutgoingMessage, Place, Style
from bot.views import buttons, calendar
from bot.views.announcement_copies import plain
from bot.views.documents import button_of
from bot.views.meeting_words import cut, place_of, short, title_of, when, when_told
from bot.views.members import known_as, place_name
from bot.views.posters import Poster
from db.models import Meeting, MeetingPoint, MeetingState, PointState, Venue

NAMED = 40
POINTS_ON_CARD, POINTS_ON_PROGRAMME = 5, 25
LINK = "s-m"  # what a deep link to a meeting begins with, before its number


# ---- the card
def card(standing: Standing, reader: Reader) -> OutgoingMessage:
    """The invitation, and what has become of it: true at any moment, the same message from first to last."""
    lines: list[str] = [*_head(standing, reader), *_counted(standing, reader), *_points(standing, reader)]
    if own := _own(standing, reader):
        lines += ["", own]
    lines += ["", reader.say("announcements.signature")]
    return OutgoingMessage("\n".join(lines), buttons=_card_buttons(standing, reader))


def _head(standing: Standing, reader: Reader) -> list[str]:
    meeting = standing.meeting
    names = {MeetingState.CANCELLED: "meetings.card.cancelled", MeetingState.POSTPONED: "meetings.card.postponed"}
    name = names.get(MeetingState(meeting.state), "meetings.card.title")
    lines: list[str] = [
        reader.say(name, title=title_of(meeting, reader)),
        reader.say("meetings.card.when", when=when(meeting, reader)),
    ]
    if place := place_of(meeting, standing.venue):
        lines.append(reader.say("meetings.card.where", place=place))
    return lines


def _counted(standing: Standing, reader: Reader) -> list[str]:
    """How many come; before anybody has answered there is nothing to count."""
    counts, meeting = standing.counts, standing.meeting
    if meeting.state == MeetingState.CANCELLED:
        return []
    parts = [str(reader.say_n("meetings.coming", counts.coming))] if counts.coming else []
    parts += [str(reader.say_n("meetings.maybe", counts.maybe))] if counts.maybe else []
    if standing.free is not None and not standing.has_started:
        parts.append(reader.say_n("meetings.free", standing.free))
    return [" · ".join(parts)] if parts else []


def _points(standing: Standing, reader: Reader, most: int = POINTS_ON_CARD) -> list[str]:
    if standing.meeting.state == MeetingState.CANCELLED:
        return []
    shown = [str(reader.say("meetings.point_line", text=cut(text, 80))) for text in standing.points[:most]]
    return [*shown, "…"] if len(standing.points) > most else shown


def _own(standing: Standing, reader: Reader) -> str:
    """What the reader has answered."""
    own = standing.own
    if own is None or own.answer is None or standing.meeting.state == MeetingState.CANCELLED:
        return ""
    if own.answer == "yes" and own.waiting_since:
        name = "meetings.own.passed" if own.was_passed else "meetings.own.waits"
        return reader.say(name, rank=standing.rank, persons=own.persons)
    if own.answer == "yes" and own.is_to_confirm:
        return reader.say("meetings.own.to_confirm")
    if own.answer == "yes":
        return reader.say_n("meetings.own.comes", own.persons)
    return reader.say("meetings.own.maybe" if own.answer == "maybe" else "meetings.own.no")


def _card_buttons(standing: Standing, reader: Reader) -> tuple[tuple[Button, ...], ...]:
    meeting, own = standing.meeting, standing.own
    more = Button(reader.say("meetings.button.more"), callbacks.MoreMeeting(meeting.id, "more").pack())
    if meeting.state == MeetingState.CANCELLED or standing.has_started:
        return ((more, buttons.home(reader)),)
    persons = own.persons if own and own.answer == "yes" else 1
    maybe, no = (
        _answer(meeting, "maybe", 1, "meetings.button.maybe", reader),
        _answer(meeting, "no", 1, "meetings.button.no", reader),
    )
    yes = _answer(meeting, "yes", persons, "meetings.button.yes", reader, style="success")
    rows: list[tuple[Button, ...]] = [(yes,), (maybe, no)]
    if own and own.answer == "yes" and meeting.most_guests:
        fewer = [_answer(meeting, "yes", persons - 1, "meetings.button.fewer", reader)] if persons > 1 else []
        more_of_us = [_answer(meeting, "yes", persons + 1, "meetings.button.with_one_more", reader)]
        rows.append((*fewer, *(more_of_us if persons <= meeting.most_guests else [])))
    return (*rows, (more,))


def _answer(
    meeting: Meeting, answer: str, persons: int, name: str, reader: Reader, *, style: Style | None = None, waits: int = 0
) -> Button:
    return Button(reader.say(name), callbacks.AnswerMeeting(meeting.id, persons, waits, answer).pack(), style=style)


def group_card(standing: Standing, readers: Sequence[Reader], *, address: str) -> OutgoingMessage:
    """The card of a group, in its languages: no names, nobody's answer; one answers in private."""
    blocks = ["\n".join([*_head(standing, one), *_counted(standing, one)]) for one in readers]
    text = "\n\n".join([*blocks, readers[0].say("announcements.signature")])
    is_open = standing.meeting.state != MeetingState.CANCELLED and not standing.has_started
    return OutgoingMessage(text, buttons=(in_private(readers[0], address),) if is_open else ())


def in_private(reader: Reader, address: str) -> tuple[Button, ...]:
    """The way from a group to one's own chat."""
    return (Button(reader.say("meetings.button.answer"), url=address),)


def few_seats(meeting: Meeting, refused: FewSeats, reader: Reader) -> OutgoingMessage:
    """Too few seats: come with fewer, wait, or let it be; nothing is decided for them."""
    rows: list[tuple[Button, ...]] = []
    if refused.free:
        label = reader.say_n("meetings.button.come_with", refused.free)
        press = callbacks.AnswerMeeting(meeting.id, refused.free, 0, "yes")
        rows.append((Button(label, press.pack(), style="success"),))
    if meeting.has_waitlist:
        label = reader.say("meetings.button.wait")
        rows.append((Button(label, callbacks.AnswerMeeting(meeting.id, refused.persons, 1, "yes").pack()),))
    rows.append((_back(meeting, reader),))
    text = reader.say_n("meetings.few_seats", refused.free) if refused.free else reader.say("meetings.is_full")
    return OutgoingMessage(text, buttons=tuple(rows))


def _back(meeting: Meeting, reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.ShowMeeting(meeting.id).pack())


# ---- more
def more(standing: Standing, reader: Reader, *, writes: bool, has_documents: bool = False) -> OutgoingMessage:
    """What else there is: who comes, the calendar, the way, what it is about, passing it on, asking."""
    meeting = standing.meeting
    choices = [("who", "meetings.button.who")]
    if meeting.starts_at is not None:
        choices.append(("calendar", "meetings.button.calendar"))
    elif meeting.was_at is not None:
        choices.append(("ics", "meetings.button.off_calendar"))
    if standing.venue is not None:
        choices.append(("go", "meetings.button.go"))
    if meeting.agenda or meeting.agenda_file or standing.points or standing.takes_points or has_documents:
        choices.append(("agenda", "meetings.button.agenda"))
    if standing.has_started:
        choices = [("who", "meetings.button.who"), ("minutes", "meetings.button.minutes")]
    choices += [("retell", "meetings.button.retell"), ("ask", "announcements.button.ask")]
    found = [Button(reader.say(name), callbacks.MoreMeeting(meeting.id, what).pack()) for what, name in choices]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    if writes:
        rows.append((Button(reader.say("meetings.button.prepare"), callbacks.BoardMeeting(meeting.id).pack()),))
    text = reader.say("meetings.more", title=title_of(meeting, reader), when=when(meeting, reader))
    return OutgoingMessage(text, buttons=(*rows, (_back(meeting, reader), buttons.home(reader))))


def who(
    standing: Standing, names: Sequence[tuple[str, int]] | None, places: Mapping[str, Counts], reader: Reader
) -> OutgoingMessage:
    """Who comes: names for members, counts for everybody else."""
    lines: list[str] = [reader.say_n("meetings.coming", standing.counts.coming)]
    for name, persons in (names or [])[:NAMED]:
        lines.append(f"• {_escaped(reader, known_as(name, reader))}" + (f" +{persons - 1}" if persons > 1 else ""))
    if names and len(names) > NAMED:
        lines.append("…")
    if len(places) > 1:
        lines += [
            f"{place_name(reader, place or None)} {counts.coming}" for place, counts in sorted(places.items()) if counts.coming
        ]
    if standing.counts.waiting:
        lines.append(reader.say_n("meetings.waiting", standing.counts.waiting))
    return OutgoingMessage("\n".join(lines), buttons=((_back(standing.meeting, reader), buttons.home(reader)),))


def _escaped(reader: Reader, text: str) -> str:
    return reader.say("meetings.name", name=text)


def to_calendar(standing: Standing, reader: Reader) -> OutgoingMessage:
    """Three ways: a tap on the day, a link, a file."""
    meeting = standing.meeting
    rows: list[tuple[Button, ...]] = []
    if meeting.state not in (MeetingState.CANCELLED, MeetingState.POSTPONED):
        rows.append((Button(reader.say("meetings.button.google"), url=calendar.link(meeting, standing.venue, reader)),))
    rows.append((Button(reader.say("meetings.button.ics"), callbacks.MoreMeeting(meeting.id, "ics").pack()),))
    text = reader.say("meetings.to_calendar", when=when(meeting, reader))
    return OutgoingMessage(text, buttons=(*rows, (_back(meeting, reader), buttons.home(reader))))


def way(meeting: Meeting, venue: Venue, reader: Reader) -> OutgoingMessage:
    """How to get there: the point on the map where it is known, then the words."""
    lines: list[str] = [reader.say("meetings.card.where", place=place_of(meeting, venue))]
    own = reader.language.code
    if text := venue.directions.get(own) or next(iter(venue.directions.values()), ""):
        lines.append(reader.say("meetings.way", text=text))
    return OutgoingMessage("\n".join(lines), buttons=((_back(meeting, reader), buttons.home(reader)),), place=point(venue))


def point(venue: Venue | None) -> Place | None:
    """Return the point on the map to send ahead, where it is known."""
    if venue is None or venue.latitude is None or venue.longitude is None:
        return None
    return Place(venue.latitude, venue.longitude, venue.name, venue.address or venue.name)


def about(standing: Standing, documents: Sequence[tuple[int, str]], reader: Reader) -> OutgoingMessage:
    """What it is about: the agenda, its documents, the accepted points; until two days before one may add a point."""
    meeting, own = standing.meeting, reader.language.code
    text = meeting.agenda.get(own) or next(iter(meeting.agenda.values()), "")
    lines: list[str] = [reader.say("meetings.about", title=title_of(meeting, reader))]
    lines += [reader.say("meetings.agenda_text", text=text)] if text else []
    lines += _points(standing, reader, POINTS_ON_PROGRAMME)
    rows = [button_of(number, title) for number, title in documents]
    if standing.takes_points:
        rows.append((Button(reader.say("meetings.button.propose"), callbacks.MoreMeeting(meeting.id, "propose").pack()),))
    file = [(str(meeting.agenda_file[0]), str(meeting.agenda_file[1]))] if meeting.agenda_file else []
    before = (*file, *(("voice", voice) for voice in standing.voices))
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (_back(meeting, reader), buttons.home(reader))), before=before)


def minutes(
    standing: Standing, documents: Sequence[tuple[int, str]], reader: Reader, *, are_there: bool
) -> OutgoingMessage:
    """What was decided: the minutes if `are_there`, what else belongs to it, and whether one wants those to come."""
    meeting, own = standing.meeting, standing.own
    rows = [button_of(number, title) for number, title in documents]
    wants = own is not None and (own.wants_minutes or (own.wants_minutes is None and own.answer == "yes"))
    name = "meetings.button.no_minutes" if wants else "meetings.button.want_minutes"
    rows.append((Button(reader.say(name), callbacks.WantMinutes(meeting.id, int(not wants)).pack()),))
    text = reader.say("meetings.minutes" if are_there else "meetings.minutes_to_come", title=title_of(meeting, reader))
    return OutgoingMessage(text, buttons=(*rows, (_back(meeting, reader), buttons.home(reader))))


def ask_point(meeting: Meeting, reader: Reader) -> OutgoingMessage:
    """The next message is what they want to speak about."""
    text = reader.say("meetings.ask_point", title=title_of(meeting, reader))
    return OutgoingMessage(text, buttons=((buttons.cancel(reader),),))


def point_proposed(meeting: Meeting, reader: Reader) -> OutgoingMessage:
    """It was passed on."""
    return OutgoingMessage(reader.say("meetings.point_proposed"), buttons=((_back(meeting, reader), buttons.home(reader)),))


def proposed(point: MeetingPoint, meeting: Meeting, name: str, reader: Reader) -> OutgoingMessage:
    """For whoever prepares the meeting: somebody wants to speak about something."""
    told = point.text or "🎙"
    text: str = reader.say("meetings.point_card", name=known_as(name, reader), title=title_of(meeting, reader), text=told)
    rows: tuple[tuple[Button, ...], ...] = ()
    if point.state == PointState.PROPOSED:
        yes = Button(reader.say("meetings.button.accept"), callbacks.DecidePoint(point.id, 1).pack(), style="success")
        no = Button(reader.say("meetings.button.decline"), callbacks.DecidePoint(point.id, 0).pack())
        rows = ((yes, no),)
    else:
        text += "\n" + reader.say("meetings.point_on" if point.state == PointState.ACCEPTED else "meetings.point_off")
    before = (("voice", point.voice),) if point.voice else ()
    return OutgoingMessage(text, buttons=rows, before=before)


def point_decided(point: MeetingPoint, meeting: Meeting, reader: Reader) -> OutgoingMessage:
    """For whoever proposed it: on the agenda, or not."""
    name = "meetings.point_accepted" if point.state == PointState.ACCEPTED else "meetings.point_declined"
    return OutgoingMessage(reader.say(name, title=title_of(meeting, reader)), buttons=((_back(meeting, reader),),))


# ---- passed on
def retell(standing: Standing, address: str, reader: Reader) -> OutgoingMessage:
    """On WhatsApp: the text that stands alone, or a poster in one language or all."""
    meeting = standing.meeting
    words = "\n".join([*plain("\n".join(_head(standing, reader))).splitlines(), address])
    rows: list[tuple[Button, ...]] = [(Button("📤 WhatsApp", url="https://wa.me/?text=" + quote(words[:1500])),)]
    rows += [
        (Button(f"🖼 {language.name}", callbacks.PosterMeeting(meeting.id, code).pack()),)
        for code, language in reader.words.languages.items()
    ]
    rows.append((Button(reader.say("announcements.button.poster_all"), callbacks.PosterMeeting(meeting.id, "+").pack()),))
    return OutgoingMessage(reader.say("announcements.retell"), buttons=(*rows, (_back(meeting, reader), buttons.home(reader))))


def poster(standing: Standing, readers: Sequence[Reader], address: str) -> Poster:
    """Return the picture: what, when, where in these languages, and the square that leads to how things are today."""
    blocks = tuple(plain("\n".join(_head(standing, reader))).replace("🗓 ", "").replace("📍 ", "").replace("📅 ", "")
                   for reader in readers)  # fmt: skip
    return Poster(readers[0].say("association.name"), blocks, address)


# ---- told unasked
def was_and_is(meeting: Meeting, venue: Venue | None, before: Mapping[str, Any], reader: Reader) -> list[str]:
    """Return what was and what is, in lines: the hour, the place, as far as they differ."""
    lines: list[str] = []
    hours = [at.isoformat() if at else None for at in (meeting.starts_at, meeting.ends_at)]
    if [before.get("at"), before.get("until", hours[1])] != hours:
        lines.append(reader.say("meetings.changed.when", before=when_told(before, reader), now=when(meeting, reader)))
    if before.get("where") and before.get("where") != (venue.name if venue else meeting.online_url):
        lines.append(reader.say("meetings.changed.where", before=before["where"], now=place_of(meeting, venue)))
    return lines


def changed(standing: Standing, before: Mapping[str, Any], reader: Reader) -> OutgoingMessage:
    """What was, what is; who said yes is asked again when the day has changed."""
    meeting = standing.meeting
    lines: list[str] = [reader.say("meetings.changed", title=title_of(meeting, reader))]
    lines += was_and_is(meeting, standing.venue, before, reader)
    rows: list[tuple[Button, ...]] = []
    if standing.own is not None and standing.own.is_to_confirm and meeting.starts_at is not None:
        lines.append(reader.say("meetings.own.to_confirm"))
        rows.append((
            _answer(meeting, "yes", standing.own.persons, "meetings.button.still", reader, style="success"),
            _answer(meeting, "no", 1, "meetings.button.no", reader),
        ))  # fmt: skip
    if meeting.state == MeetingState.POSTPONED:
        rows += _off_calendar(meeting, reader)
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (_see(meeting, reader),)), spoken="say:heard.meeting_changed")


def cancelled(meeting: Meeting, before: Mapping[str, Any], reader: Reader) -> OutgoingMessage:
    """It does not take place; the calendar can be told."""
    text = reader.say("meetings.called_off", title=title_of(meeting, reader), when=when_told(before, reader))
    rows = (*_off_calendar(meeting, reader), (_see(meeting, reader),))
    return OutgoingMessage(text, buttons=rows, spoken="say:heard.meeting_off")


def _off_calendar(meeting: Meeting, reader: Reader) -> tuple[tuple[Button, ...], ...]:
    """What takes it out of a calendar again, where it may stand in one."""
    if meeting.starts_at is None and meeting.was_at is None:
        return ()
    return ((Button(reader.say("meetings.button.off_calendar"), callbacks.MoreMeeting(meeting.id, "ics").pack()),),)


def _see(meeting: Meeting, reader: Reader) -> Button:
    return Button(reader.say("meetings.button.see"), callbacks.ShowMeeting(meeting.id).pack())


def thanks(meeting: Meeting, reader: Reader) -> OutgoingMessage:
    """They came: thank you."""
    text = reader.say("meetings.thanks", title=title_of(meeting, reader))
    return OutgoingMessage(text, buttons=((_see(meeting, reader),),), spoken="say:heard.meeting_thanks")


def seated(standing: Standing, reader: Reader) -> OutgoingMessage:
    """A seat has become free, and it is theirs."""
    persons = standing.own.persons if standing.own else 1
    text = reader.say_n(
        "meetings.seated", persons, title=title_of(standing.meeting, reader), when=when(standing.meeting, reader)
    )
    return OutgoingMessage(text, buttons=((_see(standing.meeting, reader),),), spoken="say:heard.seated")


_REMINDERS = {"week": "meetings.reminder.week", "eve": "meetings.reminder.eve", "hours": "meetings.reminder.hours",
              "coming": "meetings.reminder.coming", "today": "meetings.reminder.today"}  # fmt: skip


def _how_soon(meeting: Meeting, kind: str, now: datetime, reader: Reader) -> str:
    """Return which words are true: what comes late must not say « in a week », nor « tomorrow » on the day itself."""
    if meeting.starts_at is None:
        return kind
    here = reader.place.time_zone
    days = (meeting.starts_at.astimezone(here).date() - now.astimezone(here).date()).days
    if kind == "week" and days != 7:
        return "coming"
    return "today" if kind == "eve" and days == 0 else kind


def reminder(standing: Standing, kind: str, reader: Reader, *, now: datetime) -> OutgoingMessage:
    """It is soon: in the words of how soon, with the answer buttons, and the map on the day itself."""
    name = _REMINDERS[_how_soon(standing.meeting, kind, now, reader)]
    head = reader.say(name)
    shown = card(standing, reader)
    where = point(standing.venue) if kind == "hours" else None
    return OutgoingMessage(f"{head}\n{shown.text}", buttons=shown.buttons, spoken=f"say:{name}", place=where)


def reminders(found: Sequence[Standing], reader: Reader) -> OutgoingMessage:
    """Several at once: one message."""
    lines: list[str] = [reader.say("meetings.reminder.several")]
    for standing in found:
        lines += ["", *_head(standing, reader)]
    rows = [(Button(short(one.meeting, reader), callbacks.ShowMeeting(one.meeting.id).pack()),) for one in found[:5]]
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (buttons.home(reader),)), spoken="say:meetings.reminder.several")


def held(meeting: Meeting, reader: Reader) -> OutgoingMessage:
    """For coordinators: whoever had planned it may not publish it any more."""
    open_it = Button(reader.say("meetings.button.prepare"), callbacks.BoardMeeting(meeting.id).pack())
    return OutgoingMessage(reader.say("meetings.held", title=title_of(meeting, reader)), buttons=((open_it,),))


def text_for_group(found: Sequence[Standing], reader: Reader) -> Html:
    """The agenda as a group may read it."""
    blocks = ["\n".join(_head(one, reader)) for one in found]
    return Html("\n\n".join([reader.say("agenda.title"), *blocks]))
