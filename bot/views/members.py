"""Language, place, « me » and what one tells of oneself."""

from __future__ import annotations

from collections.abc import Collection

from bot import callbacks
from bot.domain import members, quiet
from bot.domain.policy import Role
from bot.i18n import Reader, Words
from bot.messages import Button, Key, OutgoingMessage
from bot.views import buttons
from db.models import Member

# The sign of who speaks for the association. No name can bear it: names are letters.
_BADGES = {Role.COORDINATOR: "🛡", Role.COMMITTEE: "⭐"}


def choose_language(words: Words, *, way_back: Button | None = None) -> OutgoingMessage:
    """One button a language, each in its own name; nothing else is asked before."""
    readers = [words.reader(code, None) for code in words.languages]
    lines = [f"{reader.say('language.greeting')} {reader.say('language.ask')}" for reader in readers if _greets(reader)]
    rows = [(Button(reader.say("language.name"), callbacks.ChooseLanguage(reader.language.code).pack()),) for reader in readers]
    return OutgoingMessage("\n".join(lines), buttons=(*rows, *_back(way_back)))


def _greets(reader: Reader) -> bool:
    """A third language whose greeting is not translated yet has its button, and no line of French."""
    return "language.ask" in reader.language.sentences and "language.greeting" in reader.language.sentences


def choose_place(reader: Reader, *, way_back: Button | None = None) -> OutgoingMessage:
    """One button a place; the first line asks."""
    rows = [
        (Button(f"{place.icon} {place_name(reader, place.name)}", callbacks.ChoosePlace(place.name).pack()),)
        for place in reader.words.places.values()
    ]
    return OutgoingMessage(reader.say("members.place.ask"), buttons=(*rows, *_back(way_back)), spoken="say:members.place.ask")


def me(member: Member, reader: Reader) -> OutgoingMessage:
    """What we know of somebody, and how to change it."""
    text = reader.say("members.me", name=named(member, reader), language=reader.language.name,
                      place=place_name(reader, member.place), role=role_name(member.role, reader))  # fmt: skip
    row = (
        Button(reader.say("members.button.language"), callbacks.Open("language").pack()),
        Button(reader.say("members.button.place"), callbacks.Open("place").pack()),
    )
    wish, sentence = (0, "members.button.read") if member.listens_first else (1, "members.button.listen")
    listen = Button(reader.say(sentence), callbacks.ListenFirst(wish).pack())
    more = Button(reader.say("members.button.more"), callbacks.Open("profile").pack())
    privacy = Button(reader.say("members.button.privacy"), callbacks.Open("privacy").pack())
    return OutgoingMessage(text, buttons=(row, (listen,), (more,), (privacy,), (buttons.home(reader),)))


def profile(member: Member, phone: str | None, reader: Reader) -> OutgoingMessage:
    """What somebody has told of themselves, and how to change it."""
    relatives = reader.say_n("members.relatives", member.relatives) if member.relatives else ""
    text = reader.say("members.profile", name=named(member, reader), phone=phone or reader.say("members.phone.none"))
    hours = reader.say("members.profile.quiet", hours=hours_of(member))
    lines = [text, *([relatives] if relatives else []), hours]
    tell = (
        Button(reader.say("members.button.name"), callbacks.Tell("name").pack()),
        Button(reader.say("members.button.phone"), callbacks.Tell("phone").pack()),
    )
    rows = (
        tell,
        (Button(reader.say("members.button.relatives"), callbacks.Open("relatives").pack()),),
        (Button(reader.say("members.button.hear"), callbacks.Open("hear").pack()),),
        (Button(reader.say("members.button.quiet"), callbacks.Open("quiet").pack()),),
        (Button(reader.say("members.button.skills"), callbacks.Open("skills").pack()),),
        (Button(reader.say("buttons.back"), callbacks.Open("me").pack()),),
    )
    return OutgoingMessage("\n".join(lines), buttons=rows)


def hours_of(member: Member) -> str:
    """Return somebody's quiet hours, in figures."""
    begins = quiet.EVENING if member.quiet_from is None else member.quiet_from
    ends = quiet.MORNING if member.quiet_until is None else member.quiet_until
    return _hours(begins, ends)


def _hours(begins: int, ends: int) -> str:
    return f"{begins:02}:00 – {ends:02}:00"


def named(member: Member, reader: Reader) -> str:
    """Return somebody's name with the sign of their role; who has not told a name is somebody all the same."""
    badge = _BADGES.get(Role(member.role), "")
    return f"{badge} {known_as(member.first_name, reader)}".strip()


def known_as(first_name: str, reader: Reader) -> str:
    """Return a first name, or « somebody » where there is none."""
    return first_name or reader.say("members.somebody")


def role_name(role: str, reader: Reader) -> str:
    """Return what a role is called."""
    names = {"visitor": "roles.visitor", "member": "roles.member", "committee": "roles.committee",
             "coordinator": "roles.coordinator"}  # fmt: skip
    return reader.say(names[role])


def kind_name(kind: str, reader: Reader) -> str:
    """Return what a kind of message is called."""
    names = {"meetings": "kinds.meetings", "delegations": "kinds.delegations", "volunteering": "kinds.volunteering",
             "news": "kinds.news"}  # fmt: skip
    return reader.say(names[kind])


def ask_name(reader: Reader) -> OutgoingMessage:
    """The next message is the name."""
    return OutgoingMessage(reader.say("members.name.ask"), buttons=((buttons.cancel(reader),),))


def ask_phone(reader: Reader) -> OutgoingMessage:
    """One key gives one's own number; nobody else's, and nothing typed."""
    return OutgoingMessage(reader.say("members.phone.ask"), keys=(Key(reader.say("members.key.phone"), asks_for_phone=True),))


def phone_choice(reader: Reader) -> OutgoingMessage:
    """A number is kept already: another one, or none."""
    forget = Button(reader.say("members.button.forget_phone"), callbacks.ForgetPhone().pack(), style="danger")
    return OutgoingMessage(reader.say("members.phone.kept"), buttons=((forget,), (_to_profile(reader),)))


def phone_kept(reader: Reader) -> OutgoingMessage:
    """Thanks for the number; the lasting 🏠 key comes back."""
    return OutgoingMessage(reader.say("members.phone.thanks"), has_home_key=True)


def relatives(member: Member, reader: Reader) -> OutgoingMessage:
    """How many relatives this phone answers for."""
    numbers = [
        Button(_mark(number == member.relatives) + ("🙋" if number == 0 else f"+ {number}"), callbacks.ShareWith(number).pack())
        for number in members.RELATIVES
    ]
    text = reader.say("members.relatives.ask")
    return OutgoingMessage(text, buttons=(tuple(numbers[:3]), tuple(numbers[3:]), (_to_profile(reader),)))


def hear(muted: Collection[str], reader: Reader) -> OutgoingMessage:
    """What somebody wants to hear of: a tap changes it."""
    rows = [
        (
            Button(
                ("🔕 " if kind in muted else "🔔 ") + kind_name(kind, reader), callbacks.Hear(int(kind in muted), kind).pack()
            ),
        )
        for kind in members.KINDS
    ]
    return OutgoingMessage(reader.say("members.hear.ask"), buttons=(*rows, (_to_profile(reader),)))


def quiet_hours(member: Member, reader: Reader) -> OutgoingMessage:
    """Between which hours somebody wants to sleep."""
    rows = [
        (Button(_mark(_hours(*hours) == hours_of(member)) + _hours(*hours), callbacks.ChooseQuiet(*hours).pack()),)
        for hours in quiet.CHOICES
    ]
    return OutgoingMessage(reader.say("members.quiet.ask"), buttons=(*rows, (_to_profile(reader),)))


def ask_stop(reader: Reader) -> OutgoingMessage:
    """It sounded like « stop »: is it meant?"""
    yes = Button(reader.say("members.button.stop"), callbacks.HearNothing().pack())
    return OutgoingMessage(reader.say("members.stop.ask"), buttons=((yes,), (buttons.cancel(reader),)))


def stopped(reader: Reader) -> OutgoingMessage:
    """Nothing more comes unasked; one tap takes that back."""
    again = Button(reader.say("members.button.hear_again"), callbacks.HearAgain().pack())
    rows = ((again,), (buttons.home(reader),))
    return OutgoingMessage(reader.say("questions.stop"), buttons=rows, spoken="say:questions.stop")


def hears_again(reader: Reader) -> OutgoingMessage:
    """Messages come again."""
    return OutgoingMessage(reader.say("members.hears_again"), buttons=((buttons.home(reader),),))


def _to_profile(reader: Reader) -> Button:
    return Button(reader.say("buttons.back"), callbacks.Open("profile").pack())


def _mark(is_chosen: bool) -> str:
    return "✅ " if is_chosen else ""


def place_name(reader: Reader, place: str | None) -> str:
    """Return a place's name for a reader; one whose name nobody wrote down goes by its own."""
    if place is None:
        return reader.say("places.unknown")
    name = f"places.{place}"
    return reader.say(name) if reader.has(name) else place


def _back(way_back: Button | None) -> tuple[tuple[Button, ...], ...]:
    return ((way_back,),) if way_back else ()
