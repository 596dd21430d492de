"""Meetings as those see them who prepare them: the board of a draft, its questions, the door on the day, the lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot import callbacks
from bot.domain import meetings
from bot.domain.agenda import Turnout
from bot.domain.audiences import Count
from bot.domain.recurrence import rules_for
from bot.domain.rsvps import Counts, Guest, Standing
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage, Style
from bot.views import buttons
from bot.views.audience import asked_for, choices_of
from bot.views.meeting_words import cut, kind_name, place_of, short, title_of, when
from bot.views.meetings import was_and_is
from bot.views.members import known_as, place_name
from bot.views.statistics import bars
from db.models import Chat, Meeting, MeetingState, Venue

DAYS_SHOWN, HOURS = 8, (9, 10, 14, 15, 16, 18, 19, 20)
CAPACITIES = (20, 40, 60, 100)
NAMES_A_PAGE = 14
BARS = 12
EVENING = 19
FORMS = (("📄 CSV", "csv"), ("📊 Excel", "xlsx"))


@dataclass(frozen=True)
class Board:
    """A meeting being prepared: how it stands, for how many it is, the rule by which it comes again."""

    standing: Standing
    count: Count
    rule: str = ""

    @property
    def meeting(self) -> Meeting:
        """Return the meeting itself."""
        return self.standing.meeting


# ---- beginning
def begin(reader: Reader) -> OutgoingMessage:
    """What kind of meeting? A tap, or one sentence that says all."""
    found = [Button(kind_name(kind, reader), callbacks.NewMeeting(kind).pack()) for kind in meetings.KINDS]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    return OutgoingMessage(reader.say("meetings.begin"), buttons=(*rows, (buttons.cancel(reader),)))


def ask_day(meeting: Meeting, days: Sequence[date], reader: Reader) -> OutgoingMessage:
    """On which day? The next ones as buttons, the others a page further, or typed."""
    found = [Button(reader.weekday(day), callbacks.EditMeeting(meeting.id, "day", day.isoformat()).pack()) for day in days]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    later = days[-1] + timedelta(days=1)
    further = Button(reader.say("meetings.button.later"), callbacks.EditMeeting(meeting.id, "days", later.isoformat()).pack())
    return OutgoingMessage(reader.say("meetings.ask_day"), buttons=(*rows, (further, _to_board(meeting, reader))))


def ask_hour(meeting: Meeting, day: date, reader: Reader, *, what: str = "at") -> OutgoingMessage:
    """At which hour of that day?"""
    found = [
        Button(f"{hour}:00", callbacks.EditMeeting(meeting.id, what, f"{day.isoformat()}T{hour:02}:00").pack())
        for hour in HOURS
    ]
    rows = [tuple(found[at : at + 4]) for at in range(0, len(found), 4)]
    return OutgoingMessage(
        reader.say("announcements.hour", day=reader.weekday(day)), buttons=(*rows, (_to_board(meeting, reader),))
    )


def ask_place(meeting: Meeting, venues: Sequence[Venue], reader: Reader) -> OutgoingMessage:
    """Where? A place we know, or a new one: its name and address, its point on the map, or an address online."""
    rows = [
        (Button(cut(f"📍 {place_of(meeting, venue)}", 32), callbacks.EditMeeting(meeting.id, "venue", str(venue.id)).pack()),)
        for venue in venues
    ]
    return OutgoingMessage(reader.say("meetings.ask_place"), buttons=(*rows, (_to_board(meeting, reader),)))


def ask_publish(meeting: Meeting, days: Sequence[date], hour: int, reader: Reader) -> OutgoingMessage:
    """When do the invitations go out? At once, tonight while it is early, tomorrow, or an hour that is typed."""
    quick = [("now", "announcements.button.now")]
    if hour < EVENING:
        quick.append((f"{days[0].isoformat()}T{EVENING}:00", "announcements.button.tonight"))
    quick.append((f"{days[1].isoformat()}T09:00", "announcements.button.tomorrow"))
    rows = [(Button(reader.say(name), callbacks.EditMeeting(meeting.id, "publish", value).pack()),) for value, name in quick]
    return ask(meeting, "meetings.ask_publish", reader, *rows)


def ask(meeting: Meeting, name: str, reader: Reader, *rows: tuple[Button, ...], **values: object) -> OutgoingMessage:
    """Ask for something in the next message."""
    return OutgoingMessage(reader.say(name, **values), buttons=(*rows, (_to_board(meeting, reader),)))


def _to_board(meeting: Meeting, reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.BoardMeeting(meeting.id).pack())


# ---- the board
def board(shown: Board, reader: Reader) -> OutgoingMessage:
    """A meeting at a glance: each part says how it stands and opens what changes it."""
    meeting, number = shown.meeting, shown.meeting.id
    if meeting.state == MeetingState.CANCELLED:  # nothing of it changes any more
        return OutgoingMessage("\n".join(_board_lines(shown, reader)), buttons=(_back_to_card(meeting, reader),))
    rows: list[tuple[Button, ...]] = [tuple(
        Button(_sign(code in meeting.titles) + language.name, callbacks.EditMeeting(number, "title", code).pack())
        for code, language in reader.words.languages.items()
    )]  # fmt: skip
    rows += [
        _pair(meeting, reader, ("days", "meetings.button.when"), ("place", "meetings.button.where")),
        _pair(meeting, reader, *_for_whom(meeting), ("agenda", "meetings.button.set_agenda")),
        _pair(meeting, reader, ("options", "meetings.button.options"), *_led_by(shown)),
        *_levers(shown, reader),
    ]
    if meeting.state in meetings.PUBLISHED:
        rows.append(_back_to_card(meeting, reader))
    return OutgoingMessage("\n".join(_board_lines(shown, reader)), buttons=tuple(rows))


def _back_to_card(meeting: Meeting, reader: Reader) -> tuple[Button, ...]:
    return (Button(reader.say("meetings.button.back_to_card"), callbacks.ShowMeeting(meeting.id).pack()), buttons.home(reader))


def _sign(is_there: bool) -> str:
    return "✅ " if is_there else "➕ "


def _pair(meeting: Meeting, reader: Reader, *choices: tuple[str, str]) -> tuple[Button, ...]:
    return tuple(Button(reader.say(name), callbacks.EditMeeting(meeting.id, what, "").pack()) for what, name in choices)


def _for_whom(meeting: Meeting) -> list[tuple[str, str]]:
    """Once people are invited there is nothing to choose any more."""
    return [] if meeting.state in meetings.PUBLISHED else [("audience", "announcements.button.audience")]


def _led_by(shown: Board) -> list[tuple[str, str]]:
    if shown.meeting.state in meetings.PUBLISHED:
        return [("after", "meetings.button.after")]
    return [("repeat", "meetings.button.repeat")]


def _board_lines(shown: Board, reader: Reader) -> list[str]:
    meeting, standing = shown.meeting, shown.standing
    names = {"draft": "meetings.board.draft", "planned": "meetings.board.planned", "open": "meetings.board.open",
             "postponed": "meetings.board.postponed", "cancelled": "meetings.board.cancelled"}  # fmt: skip
    lines: list[str] = [reader.say(names[meeting.state], title=title_of(meeting, reader))]
    lines.append(reader.say("meetings.card.when", when=when(meeting, reader)))
    lines.append(reader.say("meetings.card.where", place=place_of(meeting, standing.venue) or "…"))
    lines.append(reader.say_n("announcements.counted", shown.count.persons))
    if meeting.capacity:
        lines.append(reader.say_n("meetings.board.seats", meeting.capacity))
    if shown.rule:
        lines.append(reader.say("meetings.board.again", rule=rule_name(shown.rule, reader)))
    if meeting.publish_at is not None:
        lines.append(reader.say("announcements.at", when=reader.moment(meeting.publish_at)))
    if meeting.state in meetings.PUBLISHED:
        counts = standing.counts
        lines.append(reader.say("meetings.board.answers", coming=counts.coming, maybe=counts.maybe, no=counts.no,
                                waiting=counts.waiting))  # fmt: skip
        if counts.to_confirm:
            lines.append(reader.say_n("meetings.board.to_confirm", counts.to_confirm))
    missing = meetings.lacks_title(meeting, [*reader.words.languages])
    lines += [reader.say("meetings.board.no_title", language=reader.words.languages[code].name) for code in missing]
    return lines


def _levers(shown: Board, reader: Reader) -> list[tuple[Button, ...]]:
    meeting = shown.meeting

    def act(name: str, what: str, style: Style | None = None) -> Button:
        return Button(reader.say(name), callbacks.ActMeeting(meeting.id, 0, what).pack(), style=style)

    if meeting.state == MeetingState.DRAFT:
        look = Button(
            reader.say("announcements.button.preview"), callbacks.MoreMeeting(meeting.id, "preview").pack(), style="success"
        )
        return [(look,), (act("announcements.button.drop", "drop"), buttons.home(reader))]
    if meeting.state == MeetingState.PLANNED:
        return [(act("announcements.button.undo", "undo"), act("announcements.button.drop", "drop"))]
    found = [act("meetings.button.call_off", "cancel", "danger")]
    if meeting.state == MeetingState.OPEN:
        found.insert(0, act("meetings.button.put_off", "postpone"))
    return [] if shown.standing.has_started else [tuple(found)]


def ready(shown: Board, reader: Reader) -> OutgoingMessage:
    """Below the preview: for how many, and the green button."""
    meeting = shown.meeting
    send = Button(reader.say("meetings.button.publish"), callbacks.ActMeeting(meeting.id, 1, "publish").pack(), style="success")
    lines: list[str] = [reader.say("announcements.ready"), reader.say_n("announcements.counted", shown.count.persons)]
    if meeting.publish_at is not None:
        lines.append(reader.say("announcements.at", when=reader.moment(meeting.publish_at)))
    later = Button(reader.say("announcements.button.when"), callbacks.EditMeeting(meeting.id, "publish", "").pack())
    return OutgoingMessage("\n".join(lines), buttons=((send,), (later, _to_board(meeting, reader))))


def published(shown: Board, reader: Reader) -> OutgoingMessage:
    """It goes out; for thirty seconds it can be taken back."""
    meeting = shown.meeting
    undo = Button(reader.say("announcements.button.undo"), callbacks.ActMeeting(meeting.id, 1, "undo").pack(), style="danger")
    name = "meetings.planned" if meeting.state == MeetingState.PLANNED else "meetings.published"
    text = reader.say(name, title=title_of(meeting, reader), number=shown.count.persons,
                      when=reader.moment(meeting.publish_at) if meeting.publish_at else "")  # fmt: skip
    return OutgoingMessage(text, buttons=((undo,), (_to_board(meeting, reader), buttons.home(reader))))


def sure(meeting: Meeting, act: str, number: int, reader: Reader) -> OutgoingMessage:
    """What so many people will be told cannot be unsaid: really?"""
    title = title_of(meeting, reader)
    asked, label = {
        "cancel": (reader.say_n("meetings.ask_call_off", number, title=title), "meetings.button.call_off"),
        "postpone": (reader.say_n("meetings.ask_put_off", number, title=title), "meetings.button.put_off"),
        "drop": (reader.say("meetings.ask_drop", title=title), "announcements.button.drop"),
        "end_series": (reader.say("meetings.ask_end_series", title=title), "meetings.button.end_series"),
    }[act]
    yes = Button(reader.say(label), callbacks.ActMeeting(meeting.id, 1, act).pack(), style="danger")
    return OutgoingMessage(asked, buttons=((yes,), (_to_board(meeting, reader),)))


def thrown_away(reader: Reader) -> OutgoingMessage:
    """The draft is gone."""
    back = Button(reader.say("buttons.back"), callbacks.Agenda("prepare", 0).pack())
    return OutgoingMessage(reader.say("meetings.thrown_away"), buttons=((back, buttons.home(reader)),))


def confirm_change(
    shown: Board,
    changed: Meeting,
    venue: Venue | None,
    before: Mapping[str, Any],
    number: int,
    reader: Reader,
    *,
    shown_at: int,
) -> OutgoingMessage:
    """What was and what will be, for how many: seen before it is told; the button bears which preview it belongs to."""
    lines: list[str] = [reader.say_n("meetings.ask_change", number, title=title_of(changed, reader))]
    lines += was_and_is(changed, venue, before, reader)
    press = callbacks.ActMeeting(changed.id, shown_at, "tell")
    tell = Button(reader.say("meetings.button.tell"), press.pack(), style="success")
    return OutgoingMessage("\n".join(lines), buttons=((tell,), (_to_board(shown.meeting, reader),)))


# ---- choices
def options(shown: Board, reader: Reader) -> OutgoingMessage:
    """Kind, seats, guests, the waiting list, who may know of it, how long it lasts, where the place is and how to get there."""
    meeting, number = shown.meeting, shown.meeting.id

    def switch(what: str, value: int, is_on: bool, name: str) -> tuple[Button, ...]:
        sign = "✅ " if is_on else "▫️ "
        return (Button(sign + reader.say(name), callbacks.EditMeeting(number, what, str(value)).pack()),)

    rows = [
        _pair(meeting, reader, ("capacity", "meetings.button.capacity"), ("end", "meetings.button.end")),
        _pair(meeting, reader, ("kind", "meetings.button.kind"), *_where_it_is(meeting)),
        switch("guests", 0 if meeting.most_guests else 5, bool(meeting.most_guests), "meetings.option.guests"),
        switch("waitlist", int(not meeting.has_waitlist), meeting.has_waitlist, "meetings.option.waitlist"),
        switch("public", int(not meeting.is_public), meeting.is_public, "meetings.option.public"),
    ]
    if meeting.venue_id:
        rows.append(_pair(meeting, reader, ("way", "meetings.button.set_way"), ("map", "meetings.button.set_map")))
    if shown.rule:
        end = callbacks.ActMeeting(number, 0, "end_series").pack()
        rows.append((Button(reader.say("meetings.button.end_series"), end),))
    return OutgoingMessage(reader.say("meetings.options"), buttons=(*rows, (_to_board(meeting, reader),)))


def kinds(meeting: Meeting, reader: Reader) -> OutgoingMessage:
    """What kind of meeting is it?"""
    found = [
        Button(_chosen(kind == meeting.kind) + kind_name(kind, reader), callbacks.EditMeeting(meeting.id, "kind", kind).pack())
        for kind in meetings.KINDS
    ]
    return ask(meeting, "meetings.ask_kind", reader, *(tuple(found[at : at + 2]) for at in range(0, len(found), 2)))


def near(meeting: Meeting, venue: Venue, reader: Reader) -> OutgoingMessage:
    """Where is this place? So that those who live there find what takes place near them."""
    rows = [
        (Button(_chosen(name == venue.place) + f"{place.icon} {place_name(reader, name)}",
                callbacks.EditMeeting(meeting.id, "near", name).pack()),)
        for name, place in reader.words.places.items()
    ]  # fmt: skip
    return ask(meeting, "meetings.ask_near", reader, *rows, place=place_of(meeting, venue))


def _chosen(is_so: bool) -> str:
    return "✅ " if is_so else ""


def _where_it_is(meeting: Meeting) -> list[tuple[str, str]]:
    return [("near", "meetings.button.near")] if meeting.venue_id else []


def capacity(meeting: Meeting, reader: Reader) -> OutgoingMessage:
    """How many seats? A tap or a typed number."""
    found = [Button(str(one), callbacks.EditMeeting(meeting.id, "capacity", str(one)).pack()) for one in CAPACITIES]
    none = Button(reader.say("meetings.button.no_limit"), callbacks.EditMeeting(meeting.id, "capacity", "0").pack())
    return ask(meeting, "meetings.ask_capacity", reader, tuple(found), (none,))


def audience(shown: Board, reader: Reader) -> OutgoingMessage:
    """For whom: places, roles, groups."""
    choices = (("places", "announcements.button.places"), ("roles", "announcements.button.roles"),
               ("groups", "announcements.button.groups"))  # fmt: skip
    rows = [(Button(reader.say(name), callbacks.AimMeeting(shown.meeting.id, 0, what, "").pack()),) for what, name in choices]
    text = f"{reader.say('announcements.audience')}\n{reader.say_n('announcements.counted', shown.count.persons)}"
    return OutgoingMessage(text, buttons=(*rows, (_to_board(shown.meeting, reader),)))


def choose(shown: Board, what: str, chats: Sequence[Chat], reader: Reader) -> OutgoingMessage:
    """Which places, roles or groups: a tap takes one in or out."""
    meeting = shown.meeting
    chosen = [str(one) for one in getattr(meeting, what)]
    rows = [
        (Button(("✅ " if value in chosen else "") + label,
                callbacks.AimMeeting(meeting.id, int(value not in chosen), what, value).pack()),)
        for value, label in choices_of(what, chats, reader)
    ]  # fmt: skip
    back = Button(reader.say("buttons.back"), callbacks.EditMeeting(meeting.id, "audience", "").pack())
    text = f"{asked_for(what, chats, reader)}\n{reader.say_n('announcements.counted', shown.count.persons)}"
    return OutgoingMessage(text, buttons=(*rows, (back,)))


_ORDINALS = {"+1": "meetings.rule.first", "+2": "meetings.rule.second", "+3": "meetings.rule.third",
             "+4": "meetings.rule.fourth", "-1": "meetings.rule.last"}  # fmt: skip
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def rule_name(rule: str, reader: Reader) -> str:
    """Return a rule in words: « le premier samedi du mois »."""
    if rule == "FREQ=WEEKLY":
        return reader.say("meetings.rule.weekly")
    if "INTERVAL=2" in rule:
        return reader.say("meetings.rule.fortnightly")
    nth = rule.partition("BYDAY=")[2]
    return reader.say(_ORDINALS[nth[:2]], weekday=reader.weekday_name(_DAYS.index(nth[2:])))


def repeat(meeting: Meeting, first: date, reader: Reader) -> OutgoingMessage:
    """Once, or again by one of the rules of its day."""
    once = (Button(reader.say("meetings.rule.once"), callbacks.EditMeeting(meeting.id, "rule", "-").pack()),)
    rows = [
        (Button(rule_name(rule, reader), callbacks.EditMeeting(meeting.id, "rule", str(number)).pack()),)
        for number, rule in enumerate(rules_for(first))
    ]
    return OutgoingMessage(reader.say("meetings.ask_repeat"), buttons=(once, *rows, (_to_board(meeting, reader),)))


# ---- the day itself, and afterwards
def after(shown: Board, came: int, places: Mapping[str, Counts], reader: Reader) -> OutgoingMessage:
    """The door, the lists, the minutes; what was answered, by place too where there are several."""
    number = shown.meeting.id
    rows: tuple[tuple[Button, ...], ...] = (
        (Button(reader.say("meetings.button.door"), callbacks.ListGuests(number, 0).pack(), style="success"),),
        (Button(reader.say("meetings.button.minutes_new"), callbacks.NewDocument(number).pack()),),
        tuple(Button(label, callbacks.ExportMeeting(number, form).pack()) for label, form in FORMS),
        (_to_board(shown.meeting, reader), buttons.home(reader)),
    )  # fmt: skip
    lines: list[str] = [reader.say("meetings.after", title=title_of(shown.meeting, reader))]
    lines.append(reader.say("meetings.board.answers", coming=shown.standing.counts.coming, maybe=shown.standing.counts.maybe,
                            no=shown.standing.counts.no, waiting=shown.standing.counts.waiting))  # fmt: skip
    if len(places) > 1:
        lines += [
            reader.say("meetings.board.place_answers", place=place_name(reader, place or None), coming=counts.coming,
                       maybe=counts.maybe, no=counts.no, waiting=counts.waiting)
            for place, counts in sorted(places.items())
        ]  # fmt: skip
    if came:
        lines.append(reader.say_n("meetings.came", came))
        rows = ((Button(reader.say("meetings.button.thank"), callbacks.ThankGuests(number).pack()),), *rows)
    return OutgoingMessage("\n".join(lines), buttons=rows)


def door(meeting: Meeting, guests: Sequence[Guest], page: int, came: int, reader: Reader) -> OutgoingMessage:
    """Who is expected, two names a row: a tap writes down that they came, another takes it back."""
    pages = max(1, -(-len(guests) // NAMES_A_PAGE))
    page = page % pages
    shown = guests[page * NAMES_A_PAGE : (page + 1) * NAMES_A_PAGE]
    found = [_guest(meeting, guest, page, reader) for guest in shown]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    if pages > 1:
        rows.append(
            (_leaf(meeting, guests, (page - 1) % pages, "⬅️", reader), _leaf(meeting, guests, (page + 1) % pages, "➡️", reader))
        )
    besides = callbacks.EditMeeting(meeting.id, "besides", str(meeting.came_besides + 1)).pack()
    number = callbacks.EditMeeting(meeting.id, "besides", "").pack()
    rows.append((Button(reader.say("meetings.button.walk_in"), besides), Button(reader.say("meetings.button.number"), number)))
    back = Button(reader.say("buttons.back"), callbacks.EditMeeting(meeting.id, "after", "").pack())
    text = reader.say("meetings.door", title=title_of(meeting, reader), came=came, besides=meeting.came_besides)
    return OutgoingMessage(text, buttons=(*rows, (back,)))


def _guest(meeting: Meeting, guest: Guest, page: int, reader: Reader) -> Button:
    rsvp, persons = guest.rsvp, max(1, guest.rsvp.persons or 1)
    sign = "✅" if rsvp.came else {"yes": "🙋", "maybe": "🤔"}.get(rsvp.answer or "", "▫️")
    name = known_as(guest.member.first_name, reader) + (f" +{persons - 1}" if persons > 1 else "")
    return Button(
        cut(f"{sign} {name}", 20), callbacks.CheckIn(meeting.id, guest.member.id, 0 if rsvp.came else persons, page).pack()
    )


def _leaf(meeting: Meeting, guests: Sequence[Guest], page: int, sign: str, reader: Reader) -> Button:
    """A page of the list goes by the names it begins and ends with."""
    shown = guests[page * NAMES_A_PAGE : (page + 1) * NAMES_A_PAGE]
    names = [known_as(one.member.first_name, reader)[:3] for one in (shown[0], shown[-1])]
    return Button(f"{sign} {names[0]}–{names[1]}", callbacks.ListGuests(meeting.id, page).pack())


def year_rows(turnouts: Sequence[Turnout], reader: Reader) -> list[tuple[str, int]]:
    """Return (meeting, how many came) of the last ones, oldest first."""
    return [(short(one.meeting, reader), one.came) for one in turnouts[-BARS:]]


def year(turnouts: Sequence[Turnout], reader: Reader) -> OutgoingMessage:
    """The year's meetings, each with who came, as bars."""
    lines: list[str] = [reader.say("meetings.year", number=len(turnouts), came=sum(one.came for one in turnouts))]
    lines += bars(year_rows(turnouts, reader))
    rows = (
        (Button(reader.say("meetings.button.picture"), callbacks.Agenda("picture", 0).pack()),),
        tuple(Button(label, callbacks.Agenda(form, 0).pack()) for label, form in FORMS),
        (Button(reader.say("buttons.back"), callbacks.Agenda("next", 0).pack()), buttons.home(reader)),
    )
    return OutgoingMessage("\n".join(lines), buttons=rows)
