"""The agenda: what is next, this month, what was; and the way to preparing, to documents and to polls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from bot import callbacks
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.meeting_words import short
from db.models import Meeting, MeetingState, Rsvp

T = TypeVar("T")
NEXT, PAGE = 3, 5
_SIGNS = {"yes": "✅", "maybe": "🤔", "no": "❌"}


def agenda(coming: Sequence[Meeting], answers: Mapping[int, Rsvp], reader: Reader, *, writes: bool) -> OutgoingMessage:
    """What is next, and the other shelves."""
    rows: list[tuple[Button, ...]] = [(_meeting(one, answers, reader),) for one in coming[:NEXT]]
    rows.append((_to("month", "agenda.button.month", reader), _to("past", "agenda.button.past", reader)))
    visits = Button(reader.say("agenda.button.visits"), callbacks.Visits().pack())
    rows.append((Button(reader.say("agenda.button.documents"), callbacks.ShowShelf(0, "").pack()), visits))
    if writes:
        new = Button(reader.say("agenda.button.new"), callbacks.NewMeeting("-").pack(), style="success")
        rows.append((new, _to("prepare", "agenda.button.prepare", reader)))
    text = reader.say("agenda.title" if coming else "agenda.nothing")
    return OutgoingMessage(
        text, buttons=(*rows, (buttons.home(reader),)), spoken="say:agenda.title" if coming else "say:agenda.nothing"
    )


def _meeting(meeting: Meeting, answers: Mapping[int, Rsvp], reader: Reader) -> Button:
    own = answers.get(meeting.id)
    sign = _SIGNS.get(own.answer or "", "📅") if own else "📅"
    if own and own.waiting_since:
        sign = "⏳"
    if meeting.state == MeetingState.CANCELLED:
        sign = "🚫"
    return Button(f"{sign} {short(meeting, reader)}", callbacks.ShowMeeting(meeting.id).pack())


def _to(what: str, name: str, reader: Reader, page: int = 0) -> Button:
    return Button(reader.say(name), callbacks.Agenda(what, page).pack())


def _turned(found: Sequence[T], page: int) -> tuple[Sequence[T], int]:
    """Return what stands on a page, and how many pages there are; after the last one comes the first."""
    pages = max(1, -(-len(found) // PAGE))
    first = page % pages * PAGE
    return found[first : first + PAGE], pages


def listed(
    found: Sequence[Meeting], what: str, page: int, answers: Mapping[int, Rsvp], reader: Reader, *, only_here: bool = False
) -> OutgoingMessage:
    """A page of meetings: this month (for everybody or my place only), or those that were."""
    shown, pages = _turned(found, page)
    rows: list[tuple[Button, ...]] = [(_meeting(one, answers, reader),) for one in shown]
    if pages > 1:
        rows.append((_to(what, "buttons.more", reader, (page + 1) % pages),))
    if what in ("month", "here"):
        rows.append(
            (_to("month", "agenda.button.everywhere", reader) if only_here else _to("here", "agenda.button.here", reader),)
        )
    names = {"month": "agenda.month", "here": "agenda.here", "past": "agenda.past"}
    text = reader.say(names[what] if found else "agenda.nothing")
    return OutgoingMessage(text, buttons=(*rows, (_to("next", "buttons.back", reader), buttons.home(reader))))


def preparing(drafts: Sequence[Meeting], untitled: Sequence[Meeting], page: int, reader: Reader) -> OutgoingMessage:
    """For those who prepare: drafts, what lacks a title in a language, polls, the year."""
    known = {one.id for one in drafts}
    found = [("✏️", one) for one in drafts] + [("➕", one) for one in untitled if one.id not in known]
    shown, pages = _turned(found, page)
    rows: list[tuple[Button, ...]] = [
        (Button(f"{sign} {short(one, reader)}", callbacks.BoardMeeting(one.id).pack()),) for sign, one in shown
    ]
    if pages > 1:
        rows.append((_to("prepare", "buttons.more", reader, (page + 1) % pages),))
    rows.append((_to("year", "agenda.button.year", reader), _to("polls", "agenda.button.polls", reader)))
    lines: list[str] = [reader.say("agenda.preparing" if drafts else "agenda.no_drafts")]
    if untitled:
        lines.append(reader.say_n("agenda.untitled", len(untitled)))
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (_to("next", "buttons.back", reader), buttons.home(reader))))


def in_group(texts: Sequence[str], address: str, reader: Reader) -> OutgoingMessage:
    """What a group may read of what comes, in its languages; a button leads to private."""
    answer = Button(reader.say("meetings.button.answer"), url=address)
    return OutgoingMessage("\n\n".join(texts) or reader.say("agenda.nothing"), buttons=((answer,),))
