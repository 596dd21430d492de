"""Visits: what everybody may know, the team's card that works without a network, the board of whoever prepares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from bot import callbacks
from bot.domain.itineraries import Conflict, Moved
from bot.domain.tasks import Given, Job
from bot.i18n import Reader
from bot.lists import workbook_of, written
from bot.messages import Button, Document, OutgoingMessage, Place
from bot.views import buttons
from bot.views.announcement_copies import plain
from bot.views.meeting_words import cut, moment_told
from bot.views.members import known_as, place_name
from bot.views.posters import Poster
from bot.views.visit_words import STOP_KINDS, stop_name, task_name, visit_name, when
from db.models import ClaimState, Delegation, DelegationState, Member, Stop, StopState

DELAYS = (30, 60, 120, 1440)
LONGEST_CARD = 3800
LONGEST_ON_CARD = 300
LINK = "s-d"


@dataclass(frozen=True)
class Visit:
    """A visit as the team's card shows it: stops, tasks with who is on them, the phones that were given."""

    delegation: Delegation
    stops: Sequence[Stop]
    jobs: Sequence[Job]
    phones: Mapping[int, str]
    conflicts: Sequence[Conflict] = ()


# ---- for everybody
def public(delegation: Delegation, reader: Reader) -> OutgoingMessage:
    """What everybody may know: how many come, and on which day. No name, no hour."""
    number = delegation.id
    lines = _public_lines(delegation, reader)
    rows: tuple[tuple[Button, ...], ...] = ((buttons.home(reader),),)
    if delegation.state == DelegationState.OPEN:
        rows = (
            (Button(reader.say("delegations.button.help"), callbacks.AboutVisit(number, "offer", "").pack(), style="success"),),
            (Button(reader.say("announcements.button.ask"), callbacks.AboutVisit(number, "ask", "").pack()),
             Button(reader.say("meetings.button.retell"), callbacks.AboutVisit(number, "retell", "").pack())),
            (buttons.home(reader),),
        )  # fmt: skip
    text = "\n".join([*lines, "", reader.say("announcements.signature")])
    return OutgoingMessage(text, buttons=rows, spoken="say:heard.visit_comes")


def _public_lines(delegation: Delegation, reader: Reader) -> list[str]:
    if delegation.state == DelegationState.CANCELLED:
        return [reader.say("delegations.public.cancelled", title=visit_name(delegation, reader))]
    day = day_of(delegation.arrives_on, reader)
    names = {DelegationState.CLOSED: "delegations.public.was"}
    name = names.get(DelegationState(delegation.state), "delegations.public")
    return [reader.say_n(name, delegation.persons, title=visit_name(delegation, reader), day=day)]


def day_of(day: date | None, reader: Reader) -> str:
    """Return a day in words, without an hour."""
    return reader.day(day) if day else reader.say("meetings.day_to_come")


def answer(
    coming: Delegation | None,
    last: Delegation | None,
    reader: Reader,
    *,
    sees: bool,
    writes: bool,
    message_id: int | None = None,
    own: Sequence[Delegation] = (),
) -> OutgoingMessage:
    """« Quand vient la délégation ? »: the next one somebody may know of, or that none is planned; and the last one."""
    lines = _public_lines(coming, reader) if coming else [str(reader.say("delegations.none"))]
    if last is not None:
        lines.append(reader.say_n("delegations.last", last.persons, day=day_of(last.arrives_on, reader)))
    rows: list[tuple[Button, ...]] = []
    if coming is not None:
        name = "delegations.button.card" if sees else "delegations.button.see"
        rows.append((Button(reader.say(name), callbacks.ShowVisit(coming.id).pack(), style="success"),))
    rows += [
        (Button(cut(f"🧭 {visit_name(one, reader)} {reader.weekday(one.arrives_on) if one.arrives_on else ''}", 32),
                callbacks.BoardVisit(one.id).pack()),)
        for one in own if coming is None or one.id != coming.id
    ]  # fmt: skip
    if message_id is not None:
        rows.append((buttons.ask_person(reader, message_id),))
    rows.append((Button(reader.say("trips.button.tell"), callbacks.TellTrip("-", "-", "-").pack()),))
    if writes:
        rows.append((Button(reader.say("delegations.button.prepare"), callbacks.NewVisit("-").pack()),
                     Button(reader.say("trips.button.board"), callbacks.TripBoard().pack())))  # fmt: skip
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (buttons.home(reader),)))


def moved(delegation: Delegation, before: str, reader: Reader) -> OutgoingMessage:
    """The day of the arrival is another one."""
    was = day_of(date.fromisoformat(before), reader) if before != "None" else ""
    text = reader.say("delegations.moved", title=visit_name(delegation, reader), before=was,
                      now=day_of(delegation.arrives_on, reader))  # fmt: skip
    return OutgoingMessage(text, buttons=((_see(delegation, reader),),), spoken="say:heard.visit_moved")


def _see(delegation: Delegation, reader: Reader) -> Button:
    return Button(reader.say("delegations.button.see"), callbacks.ShowVisit(delegation.id).pack())


def arrived(delegation: Delegation, stop: Stop, reader: Reader) -> OutgoingMessage:
    """They are there: told on both shores."""
    is_back = stop.kind == "flight_back"
    name, heard = ("delegations.back_home", "heard.back_home") if is_back else ("delegations.arrived", "heard.arrived")
    text = reader.say_n(name, delegation.persons, title=visit_name(delegation, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),), spoken=f"say:{heard}")


def called_off(delegation: Delegation, reader: Reader) -> OutgoingMessage:
    """It does not come."""
    text = reader.say("delegations.public.cancelled", title=visit_name(delegation, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),), spoken="say:heard.visit_off")


def retell(delegation: Delegation, address: str, reader: Reader) -> OutgoingMessage:
    """On WhatsApp: what everybody may know, and a poster."""
    words = plain("\n".join(_public_lines(delegation, reader))) + "\n" + address
    rows: list[tuple[Button, ...]] = [(Button("📤 WhatsApp", url="https://wa.me/?text=" + quote(words)),)]
    rows += [
        (Button(f"🖼 {language.name}", callbacks.AboutVisit(delegation.id, "poster", code).pack()),)
        for code, language in reader.words.languages.items()
    ]
    return OutgoingMessage(reader.say("announcements.retell"), buttons=(*rows, (buttons.home(reader),)))


def poster(delegation: Delegation, reader: Reader, address: str) -> Poster:
    """Return the picture: how many come, on which day, and the square that leads to how things are today."""
    return Poster(reader.say("association.name"), (plain("\n".join(_public_lines(delegation, reader))),), address)


# ---- the team's card
def card(visit: Visit, reader: Reader, *, now: datetime) -> OutgoingMessage:
    """All that is needed, in one message that can be read again without a network; protected, the team's alone."""
    delegation = visit.delegation
    if delegation.state in (DelegationState.CLOSED, DelegationState.CANCELLED):
        return OutgoingMessage("\n".join(_public_lines(delegation, reader)), is_protected=True)
    lines: list[str] = [reader.say("delegations.card", title=visit_name(delegation, reader))]
    lines.append(reader.say_n("delegations.card.persons", delegation.persons, women=delegation.women))
    if countdown := _countdown(visit, reader, now):
        lines.append(countdown)
    if delegation.travellers:
        lines.append(reader.say("delegations.card.travellers", text=delegation.travellers))
    if delegation.programme:
        lines.append(reader.say("delegations.programme", text=cut(delegation.programme, LONGEST_ON_CARD)))
    following = next((one for one in visit.stops if one.state == StopState.PLANNED), None)
    for stop in visit.stops:
        lines += ["", *_stop_lines(visit, stop, reader, is_next=stop is following)]
    lines += ["", reader.say("delegations.card.updated", when=reader.short_moment(now))]
    return OutgoingMessage(_within(lines), buttons=_card_buttons(visit, following, reader), is_protected=True, is_pinned=True)


def _within(lines: Sequence[str]) -> str:
    """Return as many lines as a message holds; the last one always."""
    kept, length = [], len(lines[-1])
    for line in lines[:-1]:
        length += len(line) + 1
        if length > LONGEST_CARD:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join([*kept, lines[-1]])


def _countdown(visit: Visit, reader: Reader, now: datetime) -> str:
    arrival = next((one for one in visit.stops if one.kind == "flight" and one.state == StopState.PLANNED and one.at), None)
    if arrival is None or arrival.at is None or arrival.at <= now:
        return ""
    hours = int((arrival.at - now).total_seconds() // 3600)
    if hours >= 48:
        return reader.say_n("delegations.in_days", hours // 24)
    return reader.say_n("delegations.in_hours", max(1, hours))


def _stop_lines(visit: Visit, stop: Stop, reader: Reader, *, is_next: bool) -> list[str]:
    signs = {StopState.DONE: "✅", StopState.CANCELLED: "🚫"}
    sign = "▶️" if is_next else signs.get(StopState(stop.state), "▫️")
    where = " ".join(part for part in (stop.number, stop.leaves_from and f"{stop.leaves_from} →", stop.place) if part)
    lines: list[str] = [reader.say("delegations.stop_line", sign=sign, name=stop_name(stop.kind, reader), where=where),
             reader.say("meetings.card.when", when=when(stop, reader))]  # fmt: skip
    if stop.note:
        lines.append(reader.say("delegations.note", text=stop.note))
    if stop.state == StopState.PLANNED:
        lines += [job_line(one, reader, visit.phones) for one in visit.jobs if one.stop.id == stop.id]
    return lines


def job_line(job: Job, reader: Reader, phones: Mapping[int, str]) -> str:
    """Return a task with its hour, who is on it with their phones, and how many are wanted still."""
    names = [_holder(claim.state, member, phones, reader) for claim, member in job.claims]
    wanted = [str(reader.say_n("tasks.wanted", job.free))] if job.free else []
    hour = job.at.astimezone(reader.place.time_zone).strftime("%H:%M") if job.at else "…"
    return reader.say("tasks.line", hour=hour, name=task_name(job.task, reader), who=", ".join([*names, *wanted]))


def _holder(state: str, member: Member, phones: Mapping[int, str], reader: Reader) -> str:
    signs = {"seeking": "🆘 ", "done": "✅ "}
    phone = f" {phones[member.id]}" if member.id in phones else ""
    return f"{signs.get(state, '')}{known_as(member.first_name, reader)}{phone}"


def _card_buttons(visit: Visit, following: Stop | None, reader: Reader) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = []
    wanted = sum(job.free for job in visit.jobs)
    label = reader.say_n("delegations.button.tasks", wanted) if wanted else reader.say("delegations.button.all_taken")
    rows.append((Button(label, callbacks.ListTasks(visit.delegation.id, 0).pack(), style="success" if wanted else None),))
    if following is not None:
        here = "delegations.button.landed" if following.kind in ("flight", "flight_back") else "delegations.button.there"
        rows.append((Button(reader.say(here), callbacks.Arrived(following.id).pack()),
                     _late(following, reader)))  # fmt: skip
        if following.latitude is not None:
            rows.append(
                (Button(reader.say("delegations.button.map"), callbacks.EditStop(following.id, "show_map", "").pack()),)
            )
    if visit.delegation.programme_file or len(visit.delegation.programme) > LONGEST_ON_CARD:
        rows.append((_edit(visit.delegation.id, "delegations.button.programme", "programme", reader),))
    news_ = Button(reader.say("delegations.button.news"), callbacks.EditVisit(visit.delegation.id, "news", "").pack())
    rows.append((news_, Button(reader.say("delegations.button.stops"), callbacks.BoardVisit(visit.delegation.id).pack())))
    return tuple(rows)


def _late(stop: Stop, reader: Reader) -> Button:
    return Button(reader.say("delegations.button.late"), callbacks.EditStop(stop.id, "late", "").pack())


def _edit(delegation_id: int, name: str, what: str, reader: Reader) -> Button:
    return Button(reader.say(name), callbacks.EditVisit(delegation_id, what, "").pack())


def pinned(visit: Visit, reader: Reader) -> OutgoingMessage:
    """The card is above, pinned and true; here is what one may do with it. Who has lost it gets it anew."""
    following = next((one for one in visit.stops if one.state == StopState.PLANNED), None)
    text = reader.say("delegations.is_pinned", title=visit_name(visit.delegation, reader))
    rows: tuple[tuple[Button, ...], ...] = ()
    if visit.delegation.state == DelegationState.OPEN:
        again = _edit(visit.delegation.id, "delegations.button.card_again", "card_again", reader)
        rows = (*_card_buttons(visit, following, reader), (again,))
    return OutgoingMessage(text, buttons=(*rows, (buttons.home(reader),)), is_protected=True)


def card_below(reader: Reader) -> OutgoingMessage:
    """In the place of a card that was sent anew: here is nothing true any more."""
    return OutgoingMessage(reader.say("delegations.card_below"), is_protected=True)


def left_team(delegation: Delegation, reader: Reader) -> OutgoingMessage:
    """For who was taken out of the team: they need not come, and are thanked."""
    text = reader.say("delegations.left_team", title=visit_name(delegation, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),), spoken="say:heard.left_team")


def programme(delegation: Delegation, reader: Reader) -> OutgoingMessage:
    """Why they come and what is planned, as text or as a document; and how to change it."""
    words = reader.say("delegations.programme", text=delegation.programme or "–")
    change = _edit(delegation.id, "delegations.button.change_programme", "change_programme", reader)
    back = Button(reader.say("buttons.back"), callbacks.BoardVisit(delegation.id).pack())
    file = delegation.programme_file
    before = ((str(file[0]), str(file[1])),) if file else ()
    return OutgoingMessage(words, buttons=((change,), (back,)), before=before, is_protected=True)


def on_the_map(stop: Stop, reader: Reader) -> OutgoingMessage:
    """Where a stop is."""
    there = None
    if stop.latitude is not None and stop.longitude is not None:
        there = Place(stop.latitude, stop.longitude, stop.place or "📍", stop.place or "📍")
    text = reader.say("meetings.card.where", place=stop.place or "…")
    return OutgoingMessage(text, buttons=((_to_visit(stop.delegation_id, reader),),), place=there, is_protected=True)


def _to_visit(delegation_id: int, reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.ShowVisit(delegation_id).pack())


def news(name: str, announcement_id: int, reader: Reader) -> OutgoingMessage:
    """For coordinators: somebody of the team sends news; look, then let them go out."""
    look = Button(
        reader.say("delegations.button.look_news"), callbacks.ShowAnnouncement(announcement_id).pack(), style="success"
    )
    return OutgoingMessage(
        reader.say("delegations.news", who=known_as(name, reader)), buttons=((look,), (buttons.home(reader),))
    )


def news_passed_on(delegation_id: int, reader: Reader) -> OutgoingMessage:
    """A coordinator looks at it first."""
    return OutgoingMessage(reader.say("delegations.news_passed_on"), buttons=((_to_visit(delegation_id, reader),),))


# ---- late
def ask_delay(stop: Stop, clock: str, reader: Reader) -> OutgoingMessage:
    """How late? A tap, or the new hour typed as the clock there shows it."""
    names = {30: "delegations.late.half", 60: "delegations.late.one", 120: "delegations.late.two", 1440: "delegations.late.day"}
    found = [Button(reader.say(names[one]), callbacks.DelayStop(stop.id, one, 0).pack()) for one in DELAYS]
    text = reader.say("delegations.ask_delay", name=stop_name(stop.kind, reader), when=when(stop, reader), clock=clock)
    return OutgoingMessage(text, buttons=(tuple(found[:2]), tuple(found[2:]), (_to_visit(stop.delegation_id, reader),)))


def confirm_delay(
    found: Sequence[Moved], conflicts: Sequence[Conflict], minutes: int, shown_at: int, reader: Reader
) -> OutgoingMessage:
    """What moves and what becomes impossible, before anybody is told."""
    lines: list[str] = [reader.say("delegations.will_move")]
    lines += [
        reader.say("delegations.move_line", name=stop_name(one.stop.kind, reader), before=reader.short_moment(one.before),
                   now=reader.short_moment(one.after))
        for one in found
    ]  # fmt: skip
    lines += conflict_lines(conflicts, reader)
    first = found[0].stop
    tell = callbacks.DelayStop(first.id, minutes, shown_at).pack()
    yes = Button(reader.say("meetings.button.tell"), tell, style="success")
    return OutgoingMessage("\n".join(lines), buttons=((yes,), (_to_visit(first.delegation_id, reader),)), is_protected=True)


def conflict_lines(conflicts: Sequence[Conflict], reader: Reader) -> list[str]:
    """Return what cannot be as it stands, as questions."""
    lines: list[str] = []
    for one in conflicts:
        names = {"name": stop_name(one.stop.kind, reader), "other": stop_name(one.other.kind, reader) if one.other else ""}
        if one.member is not None:
            lines.append(reader.say("delegations.double", who=known_as(one.member.first_name, reader), **names))
        else:
            lines.append(reader.say("delegations.impossible", **names))
    return lines


def delayed(
    delegation: Delegation, stop: Stop, values: Mapping[str, Any], own: Sequence[tuple[Job, bool]], reader: Reader
) -> OutgoingMessage:
    """For the team: what was, what is, and their own tasks at their new hours; another day asks them again."""
    lines: list[str] = [
        reader.say("delegations.delayed", title=visit_name(delegation, reader), name=stop_name(stop.kind, reader))
    ]
    lines.append(
        reader.say(
            "meetings.changed.when", before=moment_told(values["before"], reader), now=moment_told(values["after"], reader)
        )
    )
    rows: list[tuple[Button, ...]] = []
    for job, is_to_confirm in own:
        lines.append(job_line(job, reader, {}))
        if is_to_confirm:
            lines.append(reader.say("tasks.other_day"))
            name = cut(task_name(job.task, reader), 14)
            rows.append((Button(f"✅ {name}", callbacks.ActTask(job.task.id, "claim").pack(), style="success"),
                         Button(reader.say("tasks.button.cannot"), callbacks.ActTask(job.task.id, "seek").pack())))  # fmt: skip
    return OutgoingMessage(
        "\n".join(lines), buttons=(*rows, (_card(delegation, reader),)), is_protected=True, spoken="say:heard.visit_late"
    )


def flight_off(delegation: Delegation, stop_: Stop, reader: Reader) -> OutgoingMessage:
    """For the team: there is no flight any more; the hours come with the next ticket."""
    text = reader.say("delegations.flight_off", title=visit_name(delegation, reader), name=stop_name(stop_.kind, reader))
    return OutgoingMessage(
        text, buttons=((_card(delegation, reader),),), is_protected=True, spoken="say:heard.flight_off"
    )


def _card(delegation: Delegation, reader: Reader) -> Button:
    return Button(reader.say("delegations.button.card"), callbacks.ShowVisit(delegation.id).pack())


def closed(delegation: Delegation, hours: float, reader: Reader) -> OutgoingMessage:
    """Thanks to whoever helped."""
    text = reader.say("delegations.thanks", title=visit_name(delegation, reader), hours=f"{hours:g}")
    return OutgoingMessage(text, buttons=((buttons.home(reader),),), spoken="say:heard.visit_thanks")


# ---- prepared
def choose_direction(under_way: Sequence[Delegation], reader: Reader) -> OutgoingMessage:
    """Which way does it go? Or one that is being prepared."""
    rows = [(Button(cut(f"✏️ {visit_name(one, reader)}", 32), callbacks.BoardVisit(one.id).pack()),) for one in under_way]
    new = (
        Button(reader.say("delegations.to_the_south"), callbacks.NewVisit("south").pack()),
        Button(reader.say("delegations.to_the_north"), callbacks.NewVisit("north").pack()),
    )
    back = Button(reader.say("buttons.back"), callbacks.Visits().pack())
    return OutgoingMessage(reader.say("delegations.begin"), buttons=(*rows, new, (back, buttons.home(reader))))


def ask_offer(delegation_id: int, reader: Reader) -> OutgoingMessage:
    """The next message says how they would help."""
    return OutgoingMessage(reader.say("delegations.ask_offer"), buttons=((_to_visit(delegation_id, reader),),))


def ask(delegation_id: int, name: str, reader: Reader, **values: object) -> OutgoingMessage:
    """Ask for something in the next message."""
    back = Button(reader.say("buttons.back"), callbacks.BoardVisit(delegation_id).pack())
    return OutgoingMessage(reader.say(name, **values), buttons=((back,),))


def edit_title(delegation: Delegation, code: str, name: str) -> Button:
    """Write its title in a language."""
    sign = "✅" if code in delegation.titles else "➕"
    return Button(f"{sign} {name}", callbacks.EditVisit(delegation.id, "title", code).pack())


def board(visit: Visit, team: Sequence[Member], reader: Reader, *, writes: bool, now: datetime) -> OutgoingMessage:
    """A visit at a glance, for whoever prepares it."""
    delegation, number = visit.delegation, visit.delegation.id
    lines: list[str] = [reader.say("delegations.board", title=visit_name(delegation, reader))]
    lines.append(reader.say_n("delegations.card.persons", delegation.persons, women=delegation.women))
    lines += [
        reader.say("delegations.board_stop", sign=_sign(stop), name=stop_name(stop.kind, reader), when=when(stop, reader))
        for stop in visit.stops
    ]
    lines.append(_counts(visit, reader, now))
    names = ", ".join(known_as(one.first_name, reader) for one in team)
    lines.append(reader.say("delegations.team", names=names or "–"))
    lines += conflict_lines(visit.conflicts, reader)

    def edit(name: str, what: str, value: str = "") -> Button:
        return Button(reader.say(name), callbacks.EditVisit(number, what, value).pack())

    rows: list[tuple[Button, ...]] = [tuple(
        edit_title(delegation, code, language.name)
        for code, language in reader.words.languages.items()
    )]  # fmt: skip
    rows += [
        (edit("delegations.button.flight", "flight"), edit("delegations.button.flight_back", "flight_back")),
        (edit("delegations.button.persons", "persons"), edit("delegations.button.travellers", "travellers")),
        (
            edit("delegations.button.stops", "stops"),
            Button(reader.say("delegations.button.all_tasks"), callbacks.ListTasks(number, 0).pack()),
        ),
        (edit("delegations.button.programme", "programme"),),
    ]
    if writes:
        rows.append((edit("delegations.button.team", "team"), *_levers(delegation, reader)))
        if delegation.state == DelegationState.OPEN:
            rows.append((edit("delegations.button.report", "report"), _close(delegation, reader)))
        if delegation.state in (DelegationState.DRAFT, DelegationState.OPEN):
            rows.append((_cancel(delegation, reader, is_sure=0),))
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (buttons.home(reader),)), is_protected=True)


def _counts(visit: Visit, reader: Reader, now: datetime) -> str:
    """Return what is done, what should be by now, and what nobody has taken."""
    planned = [one for one in visit.jobs if one.stop.state == StopState.PLANNED]
    done = sum(claim.state == ClaimState.DONE for one in visit.jobs for claim, _ in one.claims)
    late = sum(one.is_late(now) for one in planned)
    return reader.say("delegations.counts", open=sum(one.free for one in planned), late=late, done=done)


def _sign(stop: Stop) -> str:
    return {StopState.DONE: "✅", StopState.CANCELLED: "🚫"}.get(StopState(stop.state), "▫️")


def _levers(delegation: Delegation, reader: Reader) -> list[Button]:
    act = {
        DelegationState.DRAFT: ("open", "delegations.button.open"),
        DelegationState.OPEN: ("tell", "delegations.button.tell"),
    }
    found = act.get(DelegationState(delegation.state))
    return (
        [Button(reader.say(found[1]), callbacks.ActVisit(delegation.id, 1, found[0]).pack(), style="success")] if found else []
    )


def _close(delegation: Delegation, reader: Reader) -> Button:
    return Button(reader.say("delegations.button.close"), callbacks.ActVisit(delegation.id, 1, "close").pack())


def _cancel(delegation: Delegation, reader: Reader, *, is_sure: int) -> Button:
    name = "delegations.button.drop" if delegation.state == DelegationState.DRAFT else "delegations.button.cancel"
    return Button(reader.say(name), callbacks.ActVisit(delegation.id, is_sure, "cancel").pack(), style="danger")


def sure(delegation: Delegation, reader: Reader) -> OutgoingMessage:
    """Calling a visit off cannot be unsaid; of one in preparation nobody has heard."""
    name = "delegations.ask_drop" if delegation.state == DelegationState.DRAFT else "delegations.ask_cancel"
    text = reader.say(name, title=visit_name(delegation, reader))
    back = Button(reader.say("buttons.back"), callbacks.BoardVisit(delegation.id).pack())
    return OutgoingMessage(text, buttons=((_cancel(delegation, reader, is_sure=1),), (back,)))


def sure_to_skip(stop_: Stop, jobs: Sequence[Job], reader: Reader) -> OutgoingMessage:
    """Somebody has a task there: they will hear that it is off."""
    names = ", ".join(dict.fromkeys(known_as(who.first_name, reader) for job in jobs for _, who in job.claims))
    text = reader.say("delegations.ask_skip", name=stop_name(stop_.kind, reader), names=names)
    yes = Button(reader.say("delegations.button.skip"), callbacks.EditStop(stop_.id, "skip", "sure").pack(), style="danger")
    back = Button(reader.say("buttons.back"), callbacks.ShowStop(stop_.id).pack())
    return OutgoingMessage(text, buttons=((yes,), (back,)), is_protected=True)


def stops(visit: Visit, reader: Reader) -> OutgoingMessage:
    """The stops, each opens what changes it."""
    rows = [
        (Button(cut(f"{_sign(one)} {stop_name(one.kind, reader)} {one.place}", 32), callbacks.ShowStop(one.id).pack()),)
        for one in visit.stops
    ]
    add = Button(reader.say("delegations.button.add_stop"), callbacks.EditVisit(visit.delegation.id, "add_stop", "").pack())
    back = Button(reader.say("buttons.back"), callbacks.BoardVisit(visit.delegation.id).pack())
    return OutgoingMessage(reader.say("delegations.stops"), buttons=(*rows, (add, back)))


def stop(found: Stop, jobs: Sequence[Job], reader: Reader) -> OutgoingMessage:
    """One stop: when, where, what there is to do; and what changes it."""
    lines: list[str] = [
        reader.say("delegations.stop_line", sign=_sign(found), name=stop_name(found.kind, reader), where=found.place)
    ]
    lines.append(reader.say("meetings.card.when", when=when(found, reader)))
    lines.append(reader.say("delegations.hangs" if found.hangs_on else "delegations.stands"))
    if found.note:
        lines.append(reader.say("delegations.note", text=found.note))
    lines += [job_line(one, reader, {}) for one in jobs]

    def edit(name: str, what: str) -> Button:
        return Button(reader.say(name), callbacks.EditStop(found.id, what, "").pack())

    rows = (
        (edit("delegations.button.hour", "hour"), edit("meetings.button.where", "place")),
        (edit("delegations.button.note", "note"), edit("delegations.button.add_task", "task")),
        (edit("delegations.button.late", "late"), edit("delegations.button.hang", "hang")),
        (edit("delegations.button.done", "done"), edit("delegations.button.skip", "skip")),
        (Button(reader.say("buttons.back"), callbacks.EditVisit(found.delegation_id, "stops", "").pack()),),
    )
    return OutgoingMessage("\n".join(lines), buttons=rows, is_protected=True)


def choose_stop(delegation_id: int, reader: Reader) -> OutgoingMessage:
    """Which kind of stop is added?"""
    found = [
        Button(stop_name(kind, reader), callbacks.EditVisit(delegation_id, "add_stop", kind).pack()) for kind in STOP_KINDS[2:]
    ]
    rows = [tuple(found[at : at + 2]) for at in range(0, len(found), 2)]
    back = Button(reader.say("buttons.back"), callbacks.EditVisit(delegation_id, "stops", "").pack())
    return OutgoingMessage(reader.say("delegations.which_stop"), buttons=(*rows, (back,)))


def choose_team(delegation: Delegation, candidates: Sequence[tuple[Member, bool]], reader: Reader) -> OutgoingMessage:
    """Who welcomes? Members of the place that receives; a tap names them."""
    rows = [
        (Button(cut(f"{'✅' if is_in else '➕'} {known_as(one.first_name, reader)} · {place_name(reader, one.place)}", 32),
                callbacks.EditVisit(delegation.id, "team", str(one.id)).pack()),)
        for one, is_in in candidates[: buttons.MOST_ROWS]
    ]  # fmt: skip
    back = Button(reader.say("buttons.back"), callbacks.BoardVisit(delegation.id).pack())
    return OutgoingMessage(reader.say("delegations.choose_team"), buttons=(*rows, (back,)))


# ---- told afterwards
def report(delegation: Delegation, given: Sequence[Given], reader: Reader) -> OutgoingMessage:
    """Who did what, and the hours it counts."""
    lines: list[str] = [
        reader.say("delegations.report", title=visit_name(delegation, reader), hours=f"{sum(one.hours for one in given):g}")
    ]
    lines += [
        reader.say("delegations.report_line", who=known_as(one.member.first_name, reader), what=task_name(one.task, reader))
        for one in given[:40]
    ]
    forms = tuple(
        Button(label, callbacks.EditVisit(delegation.id, "report", form).pack())
        for label, form in (("📄 CSV", "csv"), ("📊 Excel", "xlsx"))
    )
    back = Button(reader.say("buttons.back"), callbacks.BoardVisit(delegation.id).pack())
    return OutgoingMessage("\n".join(lines), buttons=(forms, (back,)))


def report_file(given: Sequence[Given], form: str, reader: Reader) -> Document:
    """The same as a file."""
    head = [reader.say(name) for name in ("lists.column.name", "tasks.column.task", "tasks.column.hours")]
    rows: list[list[str | int]] = [[*head]]
    rows += [[known_as(one.member.first_name, reader), task_name(one.task, reader), int(one.hours)] for one in given]
    if form == "xlsx":
        return Document("accueil.xlsx", workbook_of({"accueil": rows}))
    return Document("accueil.csv", written([[str(cell) for cell in row] for row in rows]))
