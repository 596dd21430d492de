"""Who may do what: every door × role × kind of chat × whose it is × way in, asked of the running program."""

from __future__ import annotations

import dataclasses
import itertools
import typing

import pytest
from sqlalchemy import select
from telegram.ext import Application, CallbackQueryHandler, CommandHandler

import handlers
from bot import callbacks
from bot.domain import members, policy
from db.models import Chat, Invitation, JoinRequest, Member, Question

REFUSAL = "Seul un responsable peut faire cela."
IN_PRIVATE = "Ici, tout le monde lit.\nContinuons en privé."
GROUP = -1009
INBOX = -1010
WAYS = ("new", "forged")
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


def doors():
    """Return (action, how it is opened): a command, or the class of a button."""
    application = Application.builder().token("42:SIMULATOR").updater(None).job_queue(None).build()
    handlers.register(application)
    presses = {press.pattern(): press for press in callbacks.Press.__subclasses__()}
    found = []
    for door in application.handlers[0]:
        if isinstance(door, CommandHandler):
            found.append((door.callback.action, f"/{sorted(door.commands)[0]}"))
        elif isinstance(door, CallbackQueryHandler) and door.pattern is not None:
            found.append((door.callback.action, presses[door.pattern.pattern]))
    return found


DOORS = doors()


def pressed(press, ids, *, own):
    """Return the data of a button of this kind about something of one's own, or of somebody else's."""
    hints = typing.get_type_hints(press)
    values = []
    for field in dataclasses.fields(press):
        if field.name in ids[own]:
            values.append(ids[own][field.name])
        else:
            values.append(0 if hints[field.name] is int else "-")
    return press(*values).pack()


@pytest.fixture
async def cast(house):
    """One person a role, each with a question and a request of their own; a group, and the coordinators' inbox."""
    await house.close()
    house.settings = dataclasses.replace(house.settings, inbox_chat_id=INBOX)
    await house.open()
    found = {}
    for number, role in enumerate(policy.Role):
        phone = await house.new_phone(role.value.title(), person_id=2000 + number)
        await phone.settles_in("Français", "🗼 Île-de-France")
        found[role] = phone
    keeper = house.phone("Aminata")  # so that the coordinator under test is never the last
    await keeper.settles_in("Français", "🗼 Île-de-France")
    house.world.add_group(GROUP, "Foyer", [phone.id for phone in found.values()])
    house.world.add_group(INBOX, "Responsables", [phone.id for phone in found.values()])
    await house.settled()

    def give(session):
        for role, phone in found.items():
            members.by_telegram_id(session, phone.id).role = role
        group = session.get(Chat, GROUP)
        group.state, group.leaves_at = "linked", None

    await house.database.transaction(give)
    return found


def state_of(session):
    """What must not change when somebody is refused."""
    people = [(one.id, one.role, one.language, one.place, one.relatives, one.phone) for one in session.scalars(select(Member))]
    asked = [(one.id, one.state, one.taker_id) for one in session.scalars(select(Question))]
    requests = [(one.id, one.state) for one in session.scalars(select(JoinRequest))]
    links = [(one.id, one.revoked_at) for one in session.scalars(select(Invitation))]
    return sorted(people), sorted(asked), sorted(requests), sorted(links)


@pytest.mark.parametrize("role", list(policy.Role))
async def test_row_95_h1_every_cell_equals_the_table(house, cast, role):
    phone, other = cast[role], house.phone("Aminata")
    await house.database.transaction(lambda session: _things(session, phone.id, other.id, house.simulator.clock.now()))
    whose = {True: phone.id, False: other.id}
    ids = await house.database.read(lambda session: {own: _ids(session, one) for own, one in whose.items()})
    cells = 0
    ways = WAYS if house.database.is_sqlite else WAYS[:1]
    for (action, way), chat_id, own, entry in itertools.product(DOORS, (phone.id, GROUP, INBOX), (True, False), ways):
        if not own and (isinstance(way, str) or pressed(way, ids, own=True) == pressed(way, ids, own=False)):
            continue  # it names nobody's things
        if entry == "forged" and chat_id == GROUP:
            continue  # whoever forges does so where others do not look on, or where it would count
        where = {phone.id: policy.Where.PRIVATE, GROUP: policy.Where.GROUP, INBOX: policy.Where.INBOX}[chat_id]
        rule = policy.POLICY[action]
        may = policy.may(role, action) and bool(where & rule.where)
        if may and action in ("privacy.erase", "members.change_role", "questions.ask", "groups.link"):
            continue  # what is allowed has its own tests; done here it would change the cast
        before = None if may else await house.database.read(state_of)
        told = await _opens(phone, way, chat_id, ids, own=own, is_forged=entry == "forged")
        cells += 1
        cell = (action, way, role, where, own, entry)
        if isinstance(way, str) and entry == "forged":  # a command that is passed on orders nothing, whoever passes it on
            assert await house.database.read(state_of) == before or may, cell
            assert not any(text.startswith(("👥", "✉️", "📊", "📚", "🎙", "📥", "🚨")) for text in told), cell
        elif may:
            assert REFUSAL not in told and IN_PRIVATE not in told, cell
        else:
            assert (IN_PRIVATE if not where & rule.where else REFUSAL) in told, (cell, told)
            assert await house.database.read(state_of) == before, cell
    assert cells >= (250 if house.database.is_sqlite else 150)  # for each of four roles


async def _opens(phone, way, chat_id, ids, *, own, is_forged):
    """Knock at one door; returns what the bot says there in answer."""
    house = phone.house
    before = {number: dict(one) for number, one in house.world.chats[chat_id].messages.items()}
    if isinstance(way, str):
        fields = {"forward_origin": {"type": "hidden_user", "date": 0, "sender_user_name": "Aminata"}} if is_forged else {}
        body = {"text": f"{way}@enndam_test_bot" if chat_id < 0 else way, "chat_id": chat_id, **fields}
        await house.post(f"/sim/phones/{phone.id}/send", body)
    else:
        message_id = 999_999 if is_forged else max(before, default=1)
        body = {"message_id": message_id, "data": pressed(way, ids, own=own), "chat_id": chat_id}
        await house.post(f"/sim/phones/{phone.id}/press", body)
    await house.settled()
    after = house.world.chats[chat_id].messages
    return [one.get("text", "") for number, one in after.items() if before.get(number) != one]


def _things(session, own_id, other_id, now):
    for telegram_id in (own_id, other_id):
        member = members.by_telegram_id(session, telegram_id)
        session.add(Question(member_id=member.id, message_id=1, first_name="", state="open", known=[], lateness=0, asked_at=now,
                             due_at=now, changed_at=now))  # fmt: skip
        session.add(JoinRequest(member_id=member.id, asked_at=now, state="open"))
        session.add(Invitation(token_hash=str(telegram_id), role="member", uses_allowed=1, uses=0, made_by=member.id,
                               made_at=now, expires_at=now.replace(year=2030)))  # fmt: skip


def _ids(session, telegram_id):
    member = members.by_telegram_id(session, telegram_id)
    return {
        "member_id": member.id, "message_id": 1,
        "question_id": session.scalar(select(Question.id).where(Question.member_id == member.id)),
        "request_id": session.scalar(select(JoinRequest.id).where(JoinRequest.member_id == member.id)),
        "invitation_id": session.scalar(select(Invitation.id).where(Invitation.made_by == member.id)),
        "chat_id": GROUP, "role": "member", "code": "fr", "name": "bamako", "screen": "me",
    }  # fmt: skip


CHANNEL = -1011
MASKS = {
    "hidden": {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
               "sender_chat": {"id": INBOX, "type": "group"}},
    "channel": {"from": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
                "sender_chat": {"id": CHANNEL, "type": "channel", "title": "Enndam"}},
    "linked channel": {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}, "is_automatic_forward": True,
                       "sender_chat": {"id": CHANNEL, "type": "channel", "title": "Enndam"}},
    "a person behind a group": {"from": {"id": 2003, "is_bot": False, "first_name": "Coordinator"},
                                "sender_chat": {"id": INBOX, "type": "group"}},
    "another bot": {"from": {"id": 4242, "is_bot": True, "first_name": "Robot"}},
}  # fmt: skip


@pytest.mark.parametrize("mask", MASKS)
async def test_h5_whoever_is_no_person_has_no_role(house, cast, mask):
    """In the coordinators' own group, where a person's command is obeyed."""
    coordinator = cast[policy.Role.COORDINATOR]
    before = await house.database.read(state_of)
    obeyed = await _opens(coordinator, "/questions", INBOX, {}, own=True, is_forged=False)
    seen = set(house.world.chats[INBOX].messages)
    house.world.push("message", {
        "message_id": 7000, "date": 1, "chat": {"id": INBOX, "type": "group"}, **MASKS[mask],
        "text": "/questions@enndam_test_bot", "entities": [{"type": "bot_command", "offset": 0, "length": 26}],
    })  # fmt: skip
    await house.settled()
    told = [one.get("text", "") for number, one in house.world.chats[INBOX].messages.items() if number not in seen]

    assert obeyed[1:] == ["✅ Aucune question n'attend."]
    assert told == [REFUSAL]
    assert await house.database.read(state_of) == before
