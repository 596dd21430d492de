"""Who is in: lists, one person's card, whom to telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import callbacks
from bot.domain import policy
from bot.domain.directory import ANY, PAGE, REACHES, Filter, Page, ToCall
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.members import known_as, named, place_name, role_name
from db.models import Member

LONGEST_LABEL = 32
_FILTERS = (
    ("place", "directory.button.place"), ("role", "directory.button.role"),
    ("language", "directory.button.language"), ("reach", "directory.button.reach"),
)  # fmt: skip


def people(page: Page, wanted: Filter, number: int, reader: Reader) -> OutgoingMessage:
    """One page of people: write a name to find somebody, or narrow the list."""
    lines: list[str] = [reader.say_n("directory.title", page.persons)]
    chosen = _chosen(wanted, reader)
    if chosen:
        lines.append(reader.say("directory.only", what=" · ".join(chosen)))
    narrow = [
        Button(reader.say(name), callbacks.Narrow(what, wanted.place, wanted.role, wanted.language, wanted.reach).pack())
        for what, name in _FILTERS
    ]
    turn = [_to_page(wanted, number - 1, "⬅️")] if number else []
    if (number + 1) * PAGE < page.phones:
        turn.append(_to_page(wanted, number + 1, "➡️"))
    rows = (
        *((_row(one, reader),) for one in page.people), tuple(narrow[:2]), tuple(narrow[2:]), tuple(turn),
        (buttons.coordination(reader),),
    )  # fmt: skip
    return OutgoingMessage("\n".join(lines), buttons=rows)


def _to_page(wanted: Filter, number: int, label: str) -> Button:
    return Button(label, callbacks.Browse(number, wanted.place, wanted.role, wanted.language, wanted.reach).pack())


def _chosen(wanted: Filter, reader: Reader) -> list[str]:
    found = []
    if wanted.place != ANY:
        found.append(place_name(reader, wanted.place))
    if wanted.role != ANY:
        found.append(role_name(wanted.role, reader))
    if wanted.language != ANY:
        found.append(reader.words.languages[wanted.language].name)
    if wanted.reach != ANY:
        found.append(_reach(wanted.reach, reader))
    return found


def _reach(reach: str, reader: Reader) -> str:
    return reader.say({"yes": "directory.reached", "no": "directory.not_reached"}[reach])


def _row(member: Member, reader: Reader) -> Button:
    sign = "" if member.is_reachable else "🚫 "
    icon = reader.words.places[member.place].icon if member.place in reader.words.places else "❔"
    label = f"{sign}{icon} {named(member, reader)}"
    short = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
    return Button(short, callbacks.ShowMember(member.id).pack())


def narrow(what: str, wanted: Filter, reader: Reader) -> OutgoingMessage:
    """Which place, role or language?"""
    words = reader.words
    choices: list[tuple[str, str]] = {
        "place": [(name, f"{place.icon} {place_name(reader, name)}") for name, place in words.places.items()],
        "role": [(str(role), role_name(role, reader)) for role in policy.Role],
        "language": [(code, language.name) for code, language in words.languages.items()],
        "reach": [(reach, _reach(reach, reader)) for reach in REACHES],
    }[what]
    rows = []
    for value, label in [*choices, (ANY, reader.say("directory.button.all"))]:
        chosen = replace(wanted, **{what: value})
        rows.append((Button(label, callbacks.Browse(0, chosen.place, chosen.role, chosen.language, chosen.reach).pack()),))
    return OutgoingMessage(reader.say("directory.narrow"), buttons=tuple(rows))


def hits(found: Sequence[Member], reader: Reader) -> OutgoingMessage:
    """Who goes by that name."""
    rows = [(_row(one, reader),) for one in found]
    text = reader.say_n("directory.found", len(found)) if found else reader.say("directory.nobody")
    back = Button(reader.say("directory.button.all"), callbacks.Open("directory").pack())
    return OutgoingMessage(text, buttons=(*rows, (back,)))


def card(member: Member, phone: str | None, viewer: Member, reader: Reader) -> OutgoingMessage:
    """One person, as far as whoever looks needs to know."""
    language = reader.words.languages.get(member.language or "")
    lines: list[str] = [
        reader.say(
            "directory.card", name=named(member, reader), role=role_name(member.role, reader),
            place=place_name(reader, member.place), language=language.name if language else "–",
            since=reader.date(member.joined_at),
        )
    ]  # fmt: skip
    if member.relatives:
        lines.append(reader.say_n("members.relatives", member.relatives))
    if not member.is_reachable:
        lines.append(f"🚫 {_why(member.unreachable_why or 'blocked', reader)}")
    back = Button(reader.say("directory.button.all"), callbacks.Open("directory").pack())
    return OutgoingMessage("\n".join(lines), buttons=(*_acts(member, phone, viewer, reader), (back,)))


def _acts(member: Member, phone: str | None, viewer: Member, reader: Reader) -> list[tuple[Button, ...]]:
    """What whoever looks may do about this person."""
    acts = [Button(f"☎️ {phone}", copies=phone)] if phone else []
    if policy.may(viewer.role, "members.change_role"):
        acts.append(Button(reader.say("directory.button.change_role"), callbacks.SetRole(member.id, "-").pack()))
        if policy.may(member.role, "members.change_role") and viewer.id != member.id:
            acts.append(Button(reader.say("directory.button.stolen"), callbacks.Revoke(member.id).pack(), style="danger"))
    return [(act,) for act in acts]


def _why(why: str, reader: Reader) -> str:
    names = {"blocked": "directory.why.blocked", "gone": "directory.why.gone", "never_came": "directory.why.never_came",
             "silent": "directory.why.silent"}  # fmt: skip
    return reader.say(names[why])


def to_call(people: Sequence[ToCall], phones: Sequence[str | None], page: int, reader: Reader) -> OutgoingMessage:
    """Whom messages do not reach, and why; one tap copies the telephone number of who gave it."""
    if not people:
        return OutgoingMessage(reader.say("directory.all_reached"), buttons=((buttons.coordination(reader),),))
    here = slice(page * PAGE, (page + 1) * PAGE)
    lines: list[str] = [reader.say_n("directory.to_call", len(people))]
    rows: list[tuple[Button, ...]] = []
    for one, phone in zip(people[here], phones[here], strict=True):
        name = known_as(one.name, reader)
        lines.append(reader.say("directory.to_call.line", name=name, why=_why(one.why, reader)))
        if phone:
            rows.append((Button(f"☎️ {name}: {phone}"[:LONGEST_LABEL], copies=phone),))
    turn = [Button("⬅️", callbacks.ToCall(page - 1).pack())] if page else []
    if (page + 1) * PAGE < len(people):
        turn.append(Button("➡️", callbacks.ToCall(page + 1).pack()))
    return OutgoingMessage("\n".join(lines), buttons=(*rows, tuple(turn), (buttons.coordination(reader),)))
