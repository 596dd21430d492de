"""What is told of roles: given, taken, handed over; a coordinator's room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import callbacks
from bot.domain import policy
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons
from bot.views.members import known_as, named, role_name
from db.models import Member

# Sentence, screen it opens, the row of the policy table it needs; two a row.
_ROOM = (
    ("coordination.button.questions", "waiting", "questions.answer"),
    ("coordination.button.members", "directory", "members.list"),
    ("coordination.button.invite", "invite", "invitations.make"),
    ("coordination.button.call", "call", "members.list"),
    ("coordination.button.knowledge", "knowledge", "knowledge.write"),
    ("coordination.button.voices", "voices", "recordings.write"),
    ("coordination.button.groups", "groups", "groups.link"),
    ("coordination.button.statistics", "statistics", "statistics.look"),
    ("coordination.button.health", "health", "health.look"),
    ("coordination.button.year", "year", "statistics.look"),
)


def coordination(member: Member, reader: Reader) -> OutgoingMessage:
    """What somebody of the committee or a coordinator may do, two buttons a row."""
    shown = [
        Button(reader.say(name), callbacks.Open(screen).pack())
        for name, screen, action in _ROOM if policy.may(member.role, action)
    ]  # fmt: skip
    rows = [tuple(shown[at : at + 2]) for at in range(0, len(shown), 2)]
    return OutgoingMessage(reader.say("coordination.title"), buttons=(*rows, (buttons.home(reader),)))


def changed(role: str, reader: Reader) -> OutgoingMessage:
    """Your role is another one."""
    return OutgoingMessage(reader.say("roles.changed", role=role_name(role, reader)), buttons=((buttons.home(reader),),))


def announced(actor: str, name: str, role: str, reader: Reader) -> OutgoingMessage:
    """Somebody's role is another one; the other coordinators hear of it. Nobody is `actor` when they came by a link."""
    values = {"name": known_as(name, reader), "role": role_name(role, reader)}
    text = reader.say("roles.announced", actor=actor, **values) if actor else reader.say("roles.joined", **values)
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def revoked(actor: str, name: str, reader: Reader) -> OutgoingMessage:
    """A phone was stolen: its owner may do nothing any more."""
    text = reader.say("roles.revoked", actor=known_as(actor, reader), name=known_as(name, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def invited(actor: str, reader: Reader) -> OutgoingMessage:
    """Somebody has made a link that makes a coordinator."""
    text = reader.say("roles.invited", actor=known_as(actor, reader))
    return OutgoingMessage(text, buttons=((buttons.coordination(reader),),))


def gone(reader: Reader) -> OutgoingMessage:
    """One of the coordinators has left; no name is told."""
    return OutgoingMessage(reader.say("roles.gone"), buttons=((buttons.coordination(reader),),))


def handover(waiting: Mapping[str, int], reader: Reader) -> OutgoingMessage:
    """A new coordinator is walked through what is open, and may take it all."""
    lines = [
        reader.say("roles.handover"),
        reader.say_n("roles.open.questions", waiting["free"] + waiting["taken"]),
        reader.say_n("roles.open.requests", waiting["requests"]),
    ]
    rows = [(Button(reader.say("coordination.button.room"), callbacks.Open("coordination").pack()),), (buttons.home(reader),)]
    if waiting["free"] + waiting["taken"]:
        rows.insert(0, (Button(reader.say("roles.button.take_all"), callbacks.TakeAll().pack(), style="success"),))
    return OutgoingMessage("\n".join(lines), buttons=tuple(rows))


def took_all(count: int, reader: Reader) -> OutgoingMessage:
    """They are yours now."""
    look = Button(reader.say("questions.button.look"), callbacks.Open("waiting").pack())
    return OutgoingMessage(reader.say_n("roles.took_all", count), buttons=((look,), (buttons.home(reader),)))


def vacant(reader: Reader) -> OutgoingMessage:
    """No coordinator can be reached: will you step in?"""
    step_in = Button(reader.say("roles.button.step_in"), callbacks.StepIn().pack(), style="success")
    return OutgoingMessage(reader.say("roles.vacant"), buttons=((step_in,), (buttons.home(reader),)))


def choose(member: Member, roles: Sequence[str], reader: Reader) -> OutgoingMessage:
    """Which role shall somebody have?"""
    rows = [
        (Button(role_name(role, reader), callbacks.SetRole(member.id, role).pack()),) for role in roles if role != member.role
    ]
    back = Button(reader.say("buttons.back"), callbacks.ShowMember(member.id).pack())
    return OutgoingMessage(reader.say("roles.choose", name=named(member, reader)), buttons=(*rows, (back,)))


def whose_phone(coordinators: Sequence[Member], reader: Reader) -> OutgoingMessage:
    """Whose phone was stolen? One tap is enough."""
    rows = [
        (Button(known_as(one.first_name, reader), callbacks.Revoke(one.id).pack(), style="danger"),) for one in coordinators
    ]
    name = "roles.revoke.ask" if rows else "roles.revoke.nobody"
    return OutgoingMessage(reader.say(name), buttons=(*rows, (buttons.cancel(reader),)))


def revoke_done(member: Member, reader: Reader) -> OutgoingMessage:
    """Done: nothing of theirs is sent any more."""
    text = reader.say("roles.revoke.done", name=known_as(member.first_name, reader))
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))
