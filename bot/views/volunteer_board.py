"""Calls for volunteers as those see them who prepare them: the board, one need, the door on the day, what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot import callbacks
from bot.domain.audiences import Count
from bot.domain.help_calls import CONFIRM_HOURS, ROLES
from bot.domain.help_standings import CallStanding, NeedStanding, Place
from bot.domain.signups import REASONS
from bot.i18n import Reader
from bot.lists import workbook_of, written
from bot.messages import Button, Document, OutgoingMessage, Style
from bot.views import buttons
from bot.views.meeting_words import cut, short
from bot.views.members import known_as, place_name
from bot.views.visit_words import visit_name
from bot.views.volunteer_words import call_name, figure, hours_of, need_name, role_of
from db.models import CallState, Delegation, HelpAnswer, Meeting, Member, SignupState

HOW_MANY = (1, 2, 3, 4, 5, 6, 8, 10)
NAMES, LONGEST_SAID, LONGEST_PREVIEW = 14, 200, 3400
Item = TypeVar("Item")
_WHY = {"enough": "volunteers.button.why.enough", "changed": "volunteers.button.why.changed",
        "closed": "volunteers.button.why.closed"}  # fmt: skip


@dataclass(frozen=True)
class Board:
    """A call being prepared: how it stands, for how many it is."""

    standing: CallStanding
    count: Count


def begin(
    meetings: Sequence[Meeting], visits: Sequence[Delegation], calls: Sequence[CallStanding], reader: Reader
) -> OutgoingMessage:
    """Help for what? A meeting, a visit, or by itself; or a call under way."""
    rows = [(Button(cut(f"✏️ {call_name(one.call, one.event, reader)}", 32), callbacks.BoardCall(one.call.id).pack()),)
            for one in calls]  # fmt: skip
    rows += [(Button(f"➕ {short(one, reader)}", callbacks.NewCall("meeting", one.id).pack()),) for one in meetings[:4]]
    rows += [
        (Button(cut(f"➕ {visit_name(one, reader)}", 32), callbacks.NewCall("visit", one.id).pack()),) for one in visits[:3]
    ]
    rows.append((Button(reader.say("volunteers.button.by_itself"), callbacks.NewCall("own", 0).pack()),))
    back = Button(reader.say("buttons.back"), callbacks.Helping().pack())
    return OutgoingMessage(reader.say("volunteers.begin"), buttons=(*rows, (back, buttons.home(reader))))


def ask(call_id: int, name: str, reader: Reader, **values: object) -> OutgoingMessage:
    """Ask for something in the next message."""
    return OutgoingMessage(reader.say(name, **values), buttons=((_to_board(call_id, reader),),))


def ask_title(reader: Reader) -> OutgoingMessage:
    """The next message is what it is for."""
    return OutgoingMessage(reader.say("volunteers.ask_title"), buttons=((buttons.cancel(reader),),))


def _to_board(call_id: int, reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.BoardCall(call_id).pack())


def _to_need(need_id: int, reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.EditNeed(need_id, "board", "").pack())


# ---- the board
def board(shown: Board, reader: Reader) -> OutgoingMessage:
    """A call at a glance: what is missing stands out; each need opens what changes it."""
    call, standing = shown.standing.call, shown.standing
    lines: list[str] = [reader.say(_STATES[CallState(call.state)], title=call_name(call, standing.event, reader))]
    lines += [_gap_line(one, reader) for one in standing.needs]
    lines.append(reader.say_n("announcements.counted", shown.count.persons))
    rows: list[tuple[Button, ...]] = [tuple(
        Button(("✅ " if code in call.titles else "➕ ") + language.name, callbacks.EditCall(call.id, "title", code).pack())
        for code, language in reader.words.languages.items()
    )]  # fmt: skip
    rows += [(Button(cut(f"{_light(one)} {need_name(one.need, reader)} {one.taken}/{one.need.capacity}", 40),
                     callbacks.EditNeed(one.need.id, "board", "").pack()),) for one in standing.needs]  # fmt: skip
    add = Button(reader.say("volunteers.button.add_need"), callbacks.EditCall(call.id, "need", "").pack())
    whom = Button(reader.say("announcements.button.audience"), callbacks.EditCall(call.id, "audience", "").pack())
    rows += [(add, whom), *_levers(shown, reader)]
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (buttons.home(reader),)), is_protected=True)


_STATES = {CallState.DRAFT: "volunteers.board.draft", CallState.OPEN: "volunteers.board.open",
           CallState.CLOSED: "volunteers.board.closed", CallState.CANCELLED: "volunteers.board.cancelled"}  # fmt: skip


_STYLES: Mapping[str, Style] = {"publish": "success", "cancel": "danger"}


def _light(standing: NeedStanding) -> str:
    return "🔴" if standing.free else "🟢"


def _gap_line(standing: NeedStanding, reader: Reader) -> str:
    name = "volunteers.board.line_waits" if standing.waiting else "volunteers.board.line"
    return reader.say(name, sign=_light(standing), name=need_name(standing.need, reader),
                      taken=standing.taken, wanted=standing.need.capacity, waiting=standing.waiting,
                      when=hours_of(standing.need, reader))  # fmt: skip


def _levers(shown: Board, reader: Reader) -> list[tuple[Button, ...]]:
    call = shown.standing.call

    def act(name: str, what: str, sure: int = 1) -> Button:
        return Button(reader.say(name), callbacks.ActCall(call.id, sure, what).pack(), style=_STYLES.get(what))

    if call.state == CallState.DRAFT:
        return [(act("volunteers.button.publish", "publish", 0),), (act("announcements.button.drop", "cancel", 0),)]
    if call.state == CallState.CANCELLED:
        return []
    door = Button(reader.say("volunteers.button.after"), callbacks.EditCall(call.id, "after", "").pack())
    if shown.standing.is_over:
        return [(door,)]
    other = act("volunteers.button.close", "close") if call.state == CallState.OPEN else act("volunteers.button.open", "open")
    return [(door, other), (act("volunteers.button.cancel", "cancel", 0),)]


def audience(shown: Board, reader: Reader) -> OutgoingMessage:
    """For whom? Places in or out; residents who are no members too."""
    call = shown.standing.call
    found = [
        Button(
            ("✅ " if name in call.places else "▫️ ") + place_name(reader, name),
            callbacks.EditCall(call.id, "without" if name in call.places else "with", name).pack(),
        )
        for name in reader.words.places
    ]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    public = Button(("✅ " if call.is_public else "▫️ ") + reader.say("volunteers.button.public"),
                    callbacks.EditCall(call.id, "public", str(int(not call.is_public))).pack())  # fmt: skip
    hours = tuple(
        Button(f"{'✅ ' if one == call.confirm_hours else ''}{one} h", callbacks.EditCall(call.id, "confirm", str(one)).pack())
        for one in CONFIRM_HOURS
    )
    lines = [reader.say("volunteers.audience"), reader.say_n("announcements.counted", shown.count.persons)]
    text = "\n".join([*lines, reader.say("volunteers.confirm_hours")])
    return OutgoingMessage(text, buttons=(*rows, (public,), hours, (_to_board(call.id, reader),)))


def choose_role(call_id: int, reader: Reader) -> OutgoingMessage:
    """What is needed? The usual ones, or something else, typed."""
    found = [Button(role_of(role, reader), callbacks.EditCall(call_id, "need", role).pack()) for role in ROLES[:-1]]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    other = Button(reader.say("volunteers.button.other"), callbacks.EditCall(call_id, "other", "").pack())
    return OutgoingMessage(reader.say("volunteers.which_need"), buttons=(*rows, (other,), (_to_board(call_id, reader),)))


def need(
    standing: NeedStanding, places: Sequence[Place], phones: Mapping[int, str], call_state: str, reader: Reader
) -> OutgoingMessage:
    """One need: how many, when, where; who is in it with their phones; and what changes it."""
    shown = standing.need
    number = shown.id
    lines: list[str] = [_gap_line(standing, reader)]
    if shown.place:
        lines.append(reader.say("meetings.card.where", place=shown.place))
    if shown.bring:
        lines.append(reader.say("volunteers.bring", text=shown.bring))
    if shown.contact:
        lines.append(reader.say("volunteers.contact", text=shown.contact))
    lines += [_name_line(one, phones, reader) for one in places[:30]]

    def edit(name: str, what: str, value: str = "") -> Button:
        return Button(reader.say(name), callbacks.EditNeed(number, what, value).pack())

    rows: list[tuple[Button, ...]] = [
        (Button("➖ 1", callbacks.EditNeed(number, "capacity", str(shown.capacity - 1)).pack()),
         Button("➕ 1", callbacks.EditNeed(number, "capacity", str(shown.capacity + 1)).pack()),
         edit("volunteers.button.how_many", "capacity")),
        (edit("delegations.button.hour", "hours"), edit("meetings.button.where", "place")),
        (edit("volunteers.button.bring", "bring"), edit("volunteers.button.contact", "contact")),
    ]  # fmt: skip
    if shown.titles:
        rows.append(tuple(
            Button(("✅ " if code in shown.titles else "➕ ") + language.name, callbacks.EditNeed(number, "title", code).pack())
            for code, language in reader.words.languages.items()
        ))  # fmt: skip
    if call_state == CallState.DRAFT:
        rows.append((edit("tasks.button.drop", "drop", "sure"),))
    else:
        if places:
            rows.append((edit("volunteers.button.people", "people"), edit("volunteers.button.write", "write")))
        closed = edit("volunteers.button.open", "open") if shown.is_closed else edit("volunteers.button.enough", "enough")
        rows.append((edit("volunteers.button.enter", "enter"), closed))
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (_to_board(shown.call_id, reader),)), is_protected=True)


def _name_line(place: Place, phones: Mapping[int, str], reader: Reader) -> str:
    signs = {SignupState.WAITING: "⏳", SignupState.OFFERED: "❓"}
    sign = signs.get(SignupState(place.signup.state), "❓" if place.signup.is_to_confirm else "✅")
    phone = phones.get(place.member.id, "") if place.member else ""
    return reader.say("volunteers.person_line", sign=sign, who=_who(place, reader), persons=place.signup.persons, phone=phone)


def _who(place: Place, reader: Reader) -> str:
    name = known_as(place.member.first_name if place.member else "", reader)
    return f"{place.signup.name} ({name})" if place.signup.name else name


def ask_how_many(number: int, reader: Reader) -> OutgoingMessage:
    """How many are wanted? A tap, or typed."""
    found = [Button(str(one), callbacks.EditNeed(number, "capacity", str(one)).pack()) for one in HOW_MANY]
    return OutgoingMessage(
        reader.say("volunteers.ask_how_many"), buttons=(tuple(found[:4]), tuple(found[4:]), (_to_need(number, reader),))
    )


def ask_need(number: int, name: str, reader: Reader, **values: object) -> OutgoingMessage:
    """Ask for a part of a need in the next message."""
    return OutgoingMessage(reader.say(name, **values), buttons=((_to_need(number, reader),),))


def too_many(number: int, taken: int, wanted: int, places: Sequence[Place], reader: Reader) -> OutgoingMessage:
    """More are in it than that: keep them all, or choose whom to take out, each with a reason."""
    keep = Button(
        reader.say("volunteers.button.keep_all"), callbacks.EditNeed(number, "capacity", str(taken)).pack(), style="success"
    )
    rows = [(Button(f"🗑 {_who(one, reader)}", callbacks.Helper(one.signup.id, "remove", "").pack()),) for one in places[:NAMES]]
    text = reader.say("volunteers.too_many", taken=taken, wanted=wanted)
    return OutgoingMessage(text, buttons=((keep,), *rows, (_to_need(number, reader),)), is_protected=True)


def people(standing: NeedStanding, places: Sequence[Place], page: int, reader: Reader, *, is_near: bool) -> OutgoingMessage:
    """Who is in it, a page of them: from the day before on a tap writes them down as there (again: not); ⚙️ does the rest."""
    number = standing.need.id
    shown, page, more = _page(places, page)
    rows: list[tuple[Button, ...]] = []
    for one in shown:
        more_of_them = callbacks.Helper(one.signup.id, "show", "").pack()
        came = one.signup.came is not None
        tick = callbacks.Helper(one.signup.id, "came", f"{0 if came else one.signup.persons}.{page}").pack()
        name = Button(f"{'✅' if came else '▫️'} {_who(one, reader)}", tick if is_near else more_of_them)
        rows.append((name, Button("⚙️", more_of_them)))
    if more is not None:
        rows.append((Button(reader.say("buttons.more"), callbacks.EditNeed(number, "people", str(more)).pack()),))
    text = reader.say("volunteers.door" if is_near else "volunteers.people", name=need_name(standing.need, reader))
    return OutgoingMessage(text, buttons=(*rows, (_to_need(number, reader),)), is_protected=True)


def _page(found: Sequence[Item], page: int) -> tuple[Sequence[Item], int, int | None]:
    """Return what stands on a page, its number, and that of the next one if there are several."""
    pages = max(1, -(-len(found) // NAMES))
    page %= pages
    return found[page * NAMES : (page + 1) * NAMES], page, (page + 1) % pages if pages > 1 else None


def sure_enough(number: int, told: int, reader: Reader) -> OutgoingMessage:
    """Those on their way are sent home: so many hear it at once."""
    yes = Button(reader.say("volunteers.button.enough"), callbacks.EditNeed(number, "enough", "sure").pack(), style="danger")
    return OutgoingMessage(reader.say_n("volunteers.ask_enough", told), buttons=((yes,), (_to_need(number, reader),)))


def person(place: Place, phone: str, reader: Reader) -> OutgoingMessage:
    """Somebody who signed up: their phone, their hours, taking them out with a reason."""
    number = place.signup.id
    lines = [_name_line(place, {}, reader)]
    rows: list[tuple[Button, ...]] = []
    if phone:
        rows.append((Button(f"☎️ {phone}", copies=phone),))
    if place.signup.came is not None:
        lines.append(reader.say("volunteers.hours", hours=figure(place.signup.hours or 0)))
        rows.append((Button(reader.say("volunteers.button.hours"), callbacks.Helper(number, "hours", "").pack()),))
    else:
        rows.append((Button(reader.say("volunteers.button.remove"), callbacks.Helper(number, "remove", "").pack()),))
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (_to_need(place.signup.need_id, reader),)), is_protected=True)


def ask_reason(place: Place, reader: Reader) -> OutgoingMessage:
    """Why? They read it, in one kind sentence."""
    rows = [(Button(reader.say(_WHY[one]), callbacks.Helper(place.signup.id, "remove", one).pack()),) for one in REASONS]
    text = reader.say("volunteers.ask_reason", who=_who(place, reader))
    return OutgoingMessage(text, buttons=(*rows, (_to_need(place.signup.need_id, reader),)), is_protected=True)


def choose_member(number: int, candidates: Sequence[Member], page: int, reader: Reader) -> OutgoingMessage:
    """Whom do you write in?"""
    shown, _, more = _page(candidates, page)
    rows = [(Button(cut(f"➕ {known_as(one.first_name, reader)} · {place_name(reader, one.place)}", 40),
                    callbacks.EditNeed(number, "enter", str(one.id)).pack()),) for one in shown]  # fmt: skip
    if more is not None:
        rows.append((Button(reader.say("buttons.more"), callbacks.EditNeed(number, "enter_page", str(more)).pack()),))
    text = reader.say("volunteers.choose_member")
    return OutgoingMessage(text, buttons=(*rows, (_to_need(number, reader),)), is_protected=True)


def ready(shown: Board, card: str, reader: Reader) -> OutgoingMessage:
    """What they will read, for how many; and the green button."""
    call = shown.standing.call
    send = Button(reader.say("volunteers.button.send"), callbacks.ActCall(call.id, 1, "publish").pack(), style="success")
    lines = [card, "", reader.say("announcements.ready"), reader.say_n("announcements.counted", shown.count.persons)]
    return OutgoingMessage("\n".join(lines), buttons=((send,), (_to_board(call.id, reader),)))


def sure(shown: Board, reader: Reader) -> OutgoingMessage:
    """Calling it off: whoever signed up hears it."""
    call = shown.standing.call
    yes = Button(reader.say("volunteers.button.cancel"), callbacks.ActCall(call.id, 1, "cancel").pack(), style="danger")
    taken = sum(one.taken for one in shown.standing.needs)
    text = reader.say_n("volunteers.ask_cancel", taken, title=call_name(call, shown.standing.event, reader))
    return OutgoingMessage(text, buttons=((yes,), (_to_board(call.id, reader),)))


# ---- after
def after(
    shown: Board, came: int, hours: float, moods: Mapping[str, int], said: Sequence[HelpAnswer], reader: Reader
) -> OutgoingMessage:
    """Who came, how it was; thanks, lists as files."""
    call = shown.standing.call
    lines: list[str] = [
        reader.say("volunteers.after", title=call_name(call, shown.standing.event, reader), persons=came, hours=figure(hours))
    ]
    if any(moods.values()):
        lines.append(f"👍 {moods['good']} · 👌 {moods['so_so']} · 👎 {moods['bad']}")
    lines += [reader.say("volunteers.said", text=cut(one.comment, LONGEST_SAID) or "🎙") for one in said[:10]]
    rows: list[tuple[Button, ...]] = [
        (Button(f"🚪 {need_name(one.need, reader)}", callbacks.EditNeed(one.need.id, "people", "").pack()),)
        for one in shown.standing.needs
    ]
    rows.append((Button(reader.say("meetings.button.thank"), callbacks.ActCall(call.id, 1, "thank").pack(), style="success"),))
    word = Button(reader.say("volunteers.button.word"), callbacks.EditCall(call.id, "word", "").pack())
    rows.append((word,))
    if any(one.voice for one in said):
        rows.append((Button(reader.say("recordings.button.listen"), callbacks.EditCall(call.id, "voices", "").pack()),))
    rows.append((Button("📄 CSV", callbacks.EditCall(call.id, "file", "csv").pack()),
                 Button("📊 Excel", callbacks.EditCall(call.id, "file", "xlsx").pack())))  # fmt: skip
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (_to_board(call.id, reader),)), is_protected=True)


def thanked(call_id: int, number: int, reader: Reader) -> OutgoingMessage:
    """So many are thanked."""
    return OutgoingMessage(reader.say_n("meetings.thanked", number), buttons=((_to_board(call_id, reader),),))


def helpers_file(
    needs: Sequence[tuple[NeedStanding, Sequence[Place]]], phones: Mapping[int, str], form: str, reader: Reader
) -> Document:
    """Who helps where: an Excel file with a sheet a need, or one CSV."""
    head = [reader.say(name) for name in ("volunteers.column.need", "lists.column.name", "meetings.column.place",
                                          "lists.column.phone", "meetings.column.persons", "volunteers.column.state",
                                          "meetings.column.came", "tasks.column.hours")]  # fmt: skip
    sheets: dict[str, list[list[str | int]]] = {}
    for number, (standing, places) in enumerate(needs, 1):
        name = need_name(standing.need, reader)
        rows: list[list[str | int]] = [[*head]]
        rows += [_row(name, one, phones, reader) for one in places]
        sheets[f"{number}. {_sheet(name)}"] = rows
    if form == "xlsx":
        return Document("benevoles.xlsx", workbook_of(sheets))
    flat: list[list[str | int]] = [[*head], *(row for rows in sheets.values() for row in rows[1:])]
    return Document("benevoles.csv", written([[str(cell) for cell in row] for row in flat]))


def _sheet(name: str) -> str:
    """Return a name that a sheet may have: no signs, at most 31 characters in all."""
    return "".join(char for char in name if char.isalnum() or char == " ").strip()[:24] or "…"


def _row(name: str, place: Place, phones: Mapping[int, str], reader: Reader) -> list[str | int]:
    states = {SignupState.HELD: "volunteers.state.held", SignupState.WAITING: "volunteers.state.waiting",
              SignupState.OFFERED: "volunteers.state.offered"}  # fmt: skip
    signup, member = place.signup, place.member
    where, phone = (place_name(reader, member.place), phones.get(member.id, "")) if member else ("", "")
    return [name, _who(place, reader), where, phone, signup.persons, reader.say(states[SignupState(signup.state)]),
            signup.came or 0, figure(signup.hours or 0)]  # fmt: skip


def silent(standing: NeedStanding, places: Sequence[Place], phones: Mapping[int, str], reader: Reader) -> OutgoingMessage:
    """For organisers, at 20:00 on the eve: who has not said whether they still come, with their phones."""
    lines: list[str] = [reader.say("volunteers.silent", name=need_name(standing.need, reader))]
    lines += [_name_line(one, phones, reader) for one in places]
    rows = [(Button(f"☎️ {phones[one.member.id]}", copies=phones[one.member.id]),)
            for one in places[:6] if one.member and one.member.id in phones]  # fmt: skip
    see = Button(reader.say("buttons.see"), callbacks.EditNeed(standing.need.id, "board", "").pack())
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (see,)), is_protected=True)


def gaps(standing: CallStanding, reader: Reader) -> OutgoingMessage:
    """For organisers: what is missing still."""
    lines: list[str] = [reader.say("volunteers.gaps", title=call_name(standing.call, standing.event, reader))]
    lines += [_gap_line(one, reader) for one in standing.needs if one.free]
    see = Button(reader.say("buttons.see"), callbacks.BoardCall(standing.call.id).pack())
    return OutgoingMessage("\n".join(lines), buttons=((see,),))
