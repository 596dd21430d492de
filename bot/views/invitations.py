"""Coming in: invitations made, shown, used; asking to join; a list of people."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from bot import callbacks
from bot.domain.invitations import DAYS, OFFERED_ROLES, USES, Personal
from bot.domain.policy import Role
from bot.i18n import Reader
from bot.lists import Fault, written
from bot.messages import Button, Document, Key, OutgoingMessage
from bot.views import buttons
from bot.views.members import known_as, named, place_name, role_name
from bot.views.posters import Poster
from db.models import Invitation, JoinRequest, Member, RequestState

ANYWHERE = "-"
FAULTS_SHOWN = 10
PEOPLE_KEY = 1


def menu(reader: Reader) -> OutgoingMessage:
    """How to bring people in."""
    link = Button(reader.say("invitations.button.link"), callbacks.Invite(0, 0, "-", "").pack(), style="success")
    rows = (
        (link,),
        (Button(reader.say("invitations.button.person"), callbacks.Open("person").pack()),),
        (Button(reader.say("invitations.button.list"), callbacks.Open("list").pack()),),
        (Button(reader.say("invitations.button.running"), callbacks.Open("invitations").pack()),),
        (buttons.coordination(reader),),
    )
    return OutgoingMessage(reader.say("invitations.menu"), buttons=rows)


def next_step(so_far: callbacks.Invite, reader: Reader) -> OutgoingMessage:
    """The next thing to choose of an invitation: role, place, how many people, how long."""
    uses, role, place = so_far.uses, so_far.role, so_far.place
    if role == "-":
        choices = [(callbacks.Invite(0, 0, one, ""), role_name(one, reader)) for one in OFFERED_ROLES]
        text = reader.say("invitations.ask.role")
    elif not place:
        places = [(name, f"{one.icon} {place_name(reader, name)}") for name, one in reader.words.places.items()]
        choices = [(callbacks.Invite(0, 0, role, name), label) for name, label in places]
        choices.insert(0, (callbacks.Invite(0, 0, role, ANYWHERE), reader.say("invitations.button.anywhere")))
        text = reader.say("invitations.ask.place")
    elif not uses:
        numbers = USES[:1] if role == Role.COORDINATOR else USES
        choices = [(callbacks.Invite(number, 0, role, place), reader.say_n("invitations.people", number)) for number in numbers]
        text = reader.say("invitations.ask.uses")
    else:
        choices = [(callbacks.Invite(uses, number, role, place), reader.say_n("invitations.days", number)) for number in DAYS]
        text = reader.say("invitations.ask.days")
    rows = [(Button(label, press.pack()),) for press, label in choices]
    return OutgoingMessage(text, buttons=(*rows, (buttons.cancel(reader),)))


def made(invitation: Invitation, address: str, reader: Reader) -> OutgoingMessage:
    """The link, to be copied or passed on; it is shown this once, we keep no copy."""
    what, until = _what(invitation, reader), reader.date(invitation.expires_at)
    text = reader.say("invitations.made", what=what, until=until, link=address)
    pass_on = Button(reader.say("invitations.button.whatsapp"), url=whatsapp(reader, address))
    copy = Button(reader.say("invitations.button.copy"), copies=address)
    withdraw = Button(reader.say("invitations.button.withdraw"), callbacks.WithdrawInvitation(invitation.id).pack())
    return OutgoingMessage(text, buttons=((pass_on,), (copy,), (withdraw,), (buttons.coordination(reader),)))


def whatsapp(reader: Reader, address: str) -> str:
    """Return a link that opens WhatsApp with words that stand alone, in every language, and the invitation."""
    words = [reader.words.reader(code, None).say("invitations.whatsapp") for code in reader.words.languages]
    return "https://wa.me/?text=" + quote("\n\n".join([*words, address]))


def poster(invitation: Invitation, address: str, reader: Reader) -> Poster:
    """Return what hangs on the door: in every language, who may come and until when."""
    readers = [reader.words.reader(code, invitation.place) for code in reader.words.languages]
    texts = [
        one.say("invitations.poster", role=role_name(invitation.role, one), until=one.date(invitation.expires_at))
        for one in readers
    ]
    return Poster(reader.say("association.name"), tuple(texts), address)


def _what(invitation: Invitation, reader: Reader) -> str:
    parts = [role_name(invitation.role, reader)]
    if invitation.place:
        parts.append(place_name(reader, invitation.place))
    parts.append(f"{invitation.uses}/{invitation.uses_allowed}")
    return " · ".join(parts)


def running(invitations: Sequence[Invitation], reader: Reader) -> OutgoingMessage:
    """The invitations that still hold."""
    rows = [
        (Button(_what(one, reader)[:32], callbacks.ShowInvitation(one.id).pack()),) for one in invitations[: buttons.MOST_ROWS]
    ]
    text = reader.say_n("invitations.running", len(invitations)) if invitations else reader.say("invitations.none")
    return OutgoingMessage(text, buttons=(*rows, (_to_menu(reader),)))


def card(invitation: Invitation, reader: Reader, *, is_over: bool) -> OutgoingMessage:
    """One invitation: what it gives, how often it was used, until when."""
    name = "invitations.card.over" if is_over else "invitations.card"
    text = reader.say(name, what=_what(invitation, reader), until=reader.date(invitation.expires_at))
    withdraw = Button(
        reader.say("invitations.button.withdraw"), callbacks.WithdrawInvitation(invitation.id).pack(), style="danger"
    )
    return OutgoingMessage(text, buttons=(*(() if is_over else ((withdraw,),)), (_to_menu(reader),)))


def _to_menu(reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.Open("invite").pack())


def used(member: Member, uses: int, uses_allowed: int, reader: Reader) -> OutgoingMessage:
    """Somebody came in by your invitation."""
    text = reader.say("invitations.used", name=known_as(member.first_name, reader), uses=uses, allowed=uses_allowed)
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))


def came_in(member: Member, reader: Reader) -> OutgoingMessage:
    """You are in."""
    return OutgoingMessage(reader.say("invitations.came_in", role=role_name(member.role, reader)))


def refused(member: Member, reader: Reader) -> OutgoingMessage:
    """The invitation does not hold, for whatever reason: always the same words, and a way in all the same."""
    ask = [(join_button(reader),)] if member.role == Role.VISITOR else []
    return OutgoingMessage(reader.say("invitations.refused"), buttons=(*ask, (buttons.home(reader),)))


def guessed(reader: Reader) -> OutgoingMessage:
    """Somebody tries invitations at random."""
    return OutgoingMessage(reader.say("invitations.guessed"), buttons=((buttons.home(reader),),))


# ---- choosing a person
def choose_person(reader: Reader) -> OutgoingMessage:
    """Telegram's own chooser, behind one key."""
    key = Key(reader.say("invitations.key.person"), asks_for_people=PEOPLE_KEY)
    return OutgoingMessage(reader.say("invitations.person"), keys=(key,))


def chosen(reader: Reader) -> OutgoingMessage:
    """They have been chosen; the lasting 🏠 key comes back."""
    return OutgoingMessage(reader.say("invitations.chosen"), has_home_key=True)


def not_here_yet(address: str, reader: Reader) -> OutgoingMessage:
    """They have never written to us: only they can begin, by this link."""
    pass_on = Button(reader.say("invitations.button.whatsapp"), url=whatsapp(reader, address))
    copy = Button(reader.say("invitations.button.copy"), copies=address)
    text = reader.say("invitations.not_here", link=address)
    return OutgoingMessage(text, buttons=((pass_on,), (copy,), (buttons.home(reader),)))


# ---- asking to join
def join_button(reader: Reader) -> Button:
    """« I want to become a member. »"""
    return Button(reader.say("joining.button.ask"), callbacks.Join().pack(), style="success")


def asked(reader: Reader) -> OutgoingMessage:
    """The request is with the coordinators."""
    return OutgoingMessage(reader.say("joining.asked"), buttons=((buttons.home(reader),),))


def request(asked_for: JoinRequest, asker: Member, decider: Member | None, reader: Reader) -> OutgoingMessage:
    """Somebody asks to join; accepted or refused with one tap."""
    head = reader.say("joining.card", name=known_as(asker.first_name, reader), place=place_name(reader, asker.place))
    if asked_for.state == RequestState.OPEN:
        accept = Button(reader.say("joining.button.accept"), callbacks.Admit(asked_for.id, 1).pack(), style="success")
        refuse = Button(reader.say("joining.button.refuse"), callbacks.Admit(asked_for.id, 0).pack())
        return OutgoingMessage(head, buttons=((accept,), (refuse,)))
    name = {"accepted": "joining.card.accepted", "refused": "joining.card.refused"}[asked_for.state]
    return OutgoingMessage(f"{head}\n{reader.say(name, name=named(decider, reader) if decider else '')}")


def accepted(reader: Reader) -> OutgoingMessage:
    """You may come in."""
    return OutgoingMessage(reader.say("joining.accepted"), buttons=((buttons.home(reader),),))


def not_accepted(reader: Reader) -> OutgoingMessage:
    """Not now; asking a person stays possible."""
    return OutgoingMessage(reader.say("joining.refused"), buttons=((buttons.home(reader),),))


# ---- a list
def ask_list(reader: Reader, longest: int) -> OutgoingMessage:
    """The next document is a list of people; an example comes with it."""
    example = written([[reader.say(f"lists.column.{name}") for name in ("name", "place", "language", "phone")],
                       ["Awa", place_name(reader, next(iter(reader.words.places))), reader.language.name, ""]])  # fmt: skip
    return OutgoingMessage(
        reader.say("lists.ask", longest=longest), document=Document("liste.csv", example), buttons=((buttons.cancel(reader),),)
    )


def not_a_list(reader: Reader) -> OutgoingMessage:
    """Something else came: we go on waiting for the list."""
    return OutgoingMessage(reader.say("lists.waiting"), buttons=((buttons.cancel(reader),),))


def unreadable(kind: str, reader: Reader, longest: int) -> OutgoingMessage:
    """This list cannot be read, and why."""
    names = {"not_a_list": "lists.not_a_list", "too_large": "lists.too_large", "too_many": "lists.too_many",
             "empty": "lists.empty", "no_name_column": "lists.no_name_column"}  # fmt: skip
    return OutgoingMessage(reader.say(names[kind], longest=longest), buttons=((buttons.cancel(reader),),))


def imported(
    personal: Sequence[Personal], faults: Sequence[Fault], addresses: Sequence[str], reader: Reader
) -> OutgoingMessage:
    """How the list was read: who is invited, which rows to mend and why; the links are in the document."""
    fresh = sum(one.is_new for one in personal)
    lines: list[str] = [reader.say_n("lists.invited", fresh)]
    if len(personal) > fresh:
        lines.append(reader.say_n("lists.known", len(personal) - fresh))
    if faults:
        lines.append(reader.say_n("lists.faults", len(faults)))
        lines += [_fault(one, reader) for one in faults[:FAULTS_SHOWN]]
    lines.append(reader.say("lists.links"))
    return OutgoingMessage(
        "\n".join(lines), document=Document("invitations.csv", _report(personal, faults, addresses, reader)),
        buttons=((buttons.coordination(reader),),),
    )  # fmt: skip


def _report(personal: Sequence[Personal], faults: Sequence[Fault], addresses: Sequence[str], reader: Reader) -> bytes:
    head = [reader.say(f"lists.column.{name}") for name in ("line", "name", "link", "fault")]
    good = [[str(one.listed.line), one.listed.first_name, link, ""] for one, link in zip(personal, addresses, strict=True)]
    bad = [[str(one.line), one.value, "", _reason(one, reader)] for one in faults]
    return written([head, *sorted(good + bad, key=lambda row: int(row[0]))])


def _fault(fault: Fault, reader: Reader) -> str:
    return reader.say("lists.fault", line=fault.line, reason=_reason(fault, reader), value=fault.value)


def _reason(fault: Fault, reader: Reader) -> str:
    names = {"no_name": "lists.fault.no_name", "name_unreadable": "lists.fault.name_unreadable",
             "place_unknown": "lists.fault.place_unknown", "language_unknown": "lists.fault.language_unknown",
             "phone_wrong": "lists.fault.phone_wrong", "twice": "lists.fault.twice"}  # fmt: skip
    return reader.say(names[fault.reason])
