"""Hostile words in every field that people can type into, looked at in every place where they come out.

What breaks is seen in three ways: Telegram (the simulator) refuses a call, the log has a bug, a link is alive that nobody made.
Source: FAULTS G1-G4, F7, H2, goals 14 and 16.
The long ones: ./run test -m drill -o faulthandler_timeout=0 tests/test_hostile_words.py
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter, deque
from pathlib import Path

import pytest
from canaries import OVERHEARD
from hostile import MARK, corpus, typed
from sqlalchemy import select
from telegram.ext import Application, CallbackQueryHandler

import handlers
from bot import callbacks
from bot.domain import members, policy
from bot.errors import Outdated
from db.models import Base, DeadLetter, Draft, Member, Need, Question, Signup, Trip
from tests.conftest import let_in
from tests.handlers import test_announcements, test_delegations, test_library, test_meetings, test_volunteers

GROUP = -1009
# What ends the walk, or changes who walks.
LEFT_ALONE = {"Erase", "SetRole", "StepIn", "ChooseLanguage", "ChoosePlace", "LeaveChat", "ListenFirst"}
LAST = {"cancel", "cancelled", "drop", "delete", "retire", "withdraw", "stop", "remove", "off", "close"}
DOORS = ("/start", "/aide", "/agenda", "/annonces", "/delegations", "/documents", "/aider", "/annee", "/question", "/membres",
         "/moi", "/privacy", "/langue", "/coordination", "/mesdonnees")  # fmt: skip
# Not what somebody typed: names of ours, moments, files.
OURS = {"state", "kind", "role", "roles", "groups", "places", "place", "language", "languages", "kinds", "wall", "end_wall",
        "time_zone", "fingerprint", "media", "album", "voice", "leaves_wall", "leaves_zone", "leaves_from", "based_at",
        "least_role", "programme_file", "agenda_file", "answer", "mood", "known", "entry", "about", "counts", "unreachable_why",
        "phone", "destination", "direction", "online_url", "photo", "reason"}  # fmt: skip
UNTOUCHED = {"inbox", "dead_letters", "leadership", "deliveries", "occurrences", "marks", "pauses", "drafts", "audit",
             "invitations", "recordings", "entries", "meeting_series", "skills"}  # fmt: skip
MOST_OF_ONE_KIND = 8
NOT_ITS_WORDS = ("not modified", "query is too old", "message to edit not found", "can't initiate conversation")
AT_ONCE = 150  # below what makes a flood
NOISE = ("", "x", "-1", "0", "1", "999999999999999999999", "1e9", " 1", "１", "\u202e", "'", "<b>", "{}", "%s", "../x", "\x00",
         "🎉", "0x1", "True")  # fmt: skip
sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
async def busy(people):
    """A house with something of everything, and a group that hears of it."""
    people.world.add_group(GROUP, "Foyer", [people.phone(name).id for name in ("Aminata", "Moussa", "Fanta", "Demba")])
    await people.settled()
    await test_library.keeps(people, caption="Convention 2007")
    await test_library.asks(people)
    await test_meetings.invites(people)
    await test_volunteers.calls(people)
    await test_delegations.prepares(people)
    await test_announcements.announces(people)
    await test_announcements.sends(people)
    await people.phone("Moussa").types("Combien coûte le loyer du foyer Adoma de Bobigny ?")
    await people.phone("Moussa").presses(people.phone("Moussa").labels[0])
    people.world.calls.clear()
    return people


def kind_of(data):
    """Return what is alike in buttons about different things."""
    return tuple("#" if part.lstrip("-").isdigit() else part for part in data.split(":"))


class Walk:
    """Somebody who presses whatever they see, and types what they please where something is to be typed."""

    def __init__(self, phone, words):
        self.phone, self.house, self.words = phone, phone.house, words
        self.pressed = []
        self.typed = []
        self.counts = Counter()
        self.draft = None
        self.known = set()
        self.waiting, self.last = deque(), deque()

    def sees(self):
        """Note the buttons on the screen."""
        for message in self.phone.bot_messages[-12:]:
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    data = button.get("callback_data")
                    if data is None or PRESSES[action := data.split(":")[1]].__name__ in LEFT_ALONE:
                        continue
                    if data not in self.known and self.counts[kind_of(data)] < 1 and self.counts[action] < MOST_OF_ONE_KIND:
                        self.known.add(data)
                        self.counts[kind_of(data)] += 1
                        self.counts[action] += 1
                        (self.last if LAST & set(data.split(":")) else self.waiting).append((data, message["message_id"]))

    async def goes(self, most):
        """Walk, at most so many presses."""
        for door in DOORS:
            await self.phone.types(door)
            self.sees()
        while (self.waiting or self.last) and len(self.pressed) < most:
            data, message_id = (self.waiting or self.last).popleft()
            self.pressed.append(data)
            await self.phone.presses_data(data, message_id)
            self.sees()
            draft = await self.house.database.read(self._draft)
            if draft and draft != self.draft:
                word = typed(next(self.words))
                self.typed.append(word)
                await self.phone.types(word)
                self.sees()
                draft = await self.house.database.read(self._draft)
            self.draft = draft
        return self

    def _draft(self, session):
        """What is to be typed now, and since when."""
        member = members.by_telegram_id(session, self.phone.id)
        draft = session.scalar(select(Draft).where(Draft.member_id == member.id))
        return draft and (draft.kind, draft.step, draft.changed_at)


PRESSES = {press.action: press for press in callbacks.Press.__subclasses__()}


def breaks(house):
    """Return what broke: calls that were refused for what they say, bugs in the log, links nobody made."""
    refused = [f"{call['method']}: {call['error']}" for call in house.world.calls if "error" in call]
    refused = [one for one in refused if not any(kind in one for kind in NOT_ITS_WORDS)]
    bugs = [line for line in OVERHEARD.lines if '"error"' in line or "not rendered" in line or "broke" in line]
    links = [
        entity
        for chat in house.world.chats.values()
        for message in chat.messages.values()
        if message.get("from", {}).get("is_bot")
        for entity in message.get("entities", []) + message.get("caption_entities", [])
        if MARK in entity.get("url", "") or "tg://user" in entity.get("url", "")
    ]
    return refused + bugs + links


def plant(session, words):
    """Put a word into every column that holds what somebody typed, as long as the column takes it."""
    planted = 0
    for table in Base.metadata.sorted_tables:
        if table.name in UNTOUCHED:
            continue
        texts = [one for one in table.columns if type(one.type).__name__ in ("String", "Text", "JSON")]
        columns = [one for one in texts if one.name not in OURS]
        key = next(iter(table.primary_key.columns))
        for row in session.execute(select(table)).mappings().all():
            values = {}
            for column in columns:
                word = typed(next(words))[: getattr(column.type, "length", None) or 300]
                word = word if word.strip() else "mot"
                values[column.name] = _like(row[column.name], word)
            if table.name == "announcement_texts":
                values["text"] = values["before"] = None if row["text"] is None else "<b>gras</b> &lt;b&gt;"
            if values:
                session.execute(table.update().where(key == row[key.name]).values(values))
                planted += len(values)
    return planted


def _like(old, word):
    """Return a word in the shape of what stood there."""
    if isinstance(old, dict):
        return {name: _like(value, word) for name, value in old.items()}
    if isinstance(old, list):
        return [_like(value, word) for value in old]
    return word if isinstance(old, str) else old


def state_of(session):
    """Return every row of every table but those that only note that somebody came."""
    left_out = {"inbox", "leadership", "deliveries"}
    return {table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables
            if table.name not in left_out}  # fmt: skip


@sqlite_only
@pytest.mark.parametrize(("rounds", "sample"), [(1, 40), pytest.param(12, 1000, marks=pytest.mark.drill)])
async def test_g1_g2_hostile_words_typed_everywhere_come_out_as_they_are(busy, rounds, sample):
    words = corpus(1000)
    random.Random(16).shuffle(words)
    words = itertools.cycle(words[:sample])
    first = await Walk(busy.phone("Aminata"), words).goes(90)
    for _ in range(rounds - 1):
        await Walk(busy.phone("Aminata"), words).goes(200)

    assert len(first.pressed) > 80
    assert len(first.typed) >= 10
    assert breaks(busy) == []


@sqlite_only
@pytest.mark.parametrize(("most", "rounds"), [(30, 2), pytest.param(400, 25, marks=pytest.mark.drill)])
async def test_g1_hostile_words_that_are_there_already_come_out_as_they_are(busy, most, rounds):
    words = itertools.cycle(corpus(1000))
    for round_number in range(rounds):
        assert await busy.database.transaction(lambda session: plant(session, words)) > 30
        await Walk(busy.phone(("Aminata", "Moussa")[round_number % 2]), words).goes(most)

    assert breaks(busy) == []


@pytest.mark.parametrize("database_kind", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize("word", ["avant \ud800 après", "\udfff", "avant \x00 après", "\x00", "👍 \ud83d", "\\u0000 tel quel"])
async def test_f7_what_no_database_keeps_is_taken_out_at_the_door(people, word):
    fanta = people.phone("Fanta")
    await fanta.types("/moi")
    await fanta.presses(next(label for label in fanta.labels if label.startswith("✏️")))
    people.world.push("message", {"message_id": 5000, "date": 1, "chat": {"id": fanta.id, "type": "private"}, "text": word,
                                  "from": {"id": fanta.id, "is_bot": False, "first_name": f"F{word}"}})  # fmt: skip
    await people.settled()
    await fanta.look()
    name = await people.database.read(lambda session: members.by_telegram_id(session, fanta.id).first_name)

    assert not fanta.text.startswith("😔")
    assert name is not None and not set(name) & set("\x00\ud800\udfff\ud83d")
    assert breaks(people) == []


# ---- what comes once more
@sqlite_only
async def test_f1_all_that_came_comes_again_after_a_restart_and_changes_nothing(people):
    """A day of everything: each of its updates once more, in batches, to a bot that has just come up again."""
    world, came, pushed = people.world, [], people.world.push_raw
    world.push_raw = lambda update: came.append(update) or pushed(update)
    await test_meetings.invites(people)
    await test_volunteers.calls(people)
    await test_announcements.announces(people)
    await test_announcements.sends(people)
    moussa = people.phone("Moussa")
    await moussa.types("Combien coûte le loyer du foyer Adoma de Bobigny ?")
    await moussa.presses(moussa.labels[0])
    await people.passes(seconds=1)
    await people.close()
    await people.open()
    await people.settled()
    before, calls = await people.database.read(state_of), len(world.calls)
    for update in list(came):
        pushed(update)
    await people.settled()

    assert len(came) > 20
    assert await people.database.read(state_of) == before
    assert {call["method"] for call in world.calls[calls:]} <= {"getUpdates"}


# ---- buttons pressed by whom they are not for
def actions():
    """Return the row of the policy table that each kind of button needs."""
    application = Application.builder().token("42:SIMULATOR").updater(None).job_queue(None).build()
    handlers.register(application)
    presses = {press.pattern(): press for press in callbacks.Press.__subclasses__()}
    return {
        presses[door.pattern.pattern].action: door.callback.action
        for door in application.handlers[0]
        if isinstance(door, CallbackQueryHandler) and door.pattern is not None
    }


async def presses_all(house, person_id, every, chat_id=None):
    """Somebody presses all these in one breath; returns the queries nobody answered."""
    queries = []
    for at in range(0, len(every), AT_ONCE):
        queries += [house.world.person_presses(person_id, 999_999, data, chat_id) for data in every[at : at + AT_ONCE]]
        await house.settled()
    return [query for query in queries if query not in house.world.answers]


@sqlite_only
@pytest.mark.parametrize("most", [50, pytest.param(1500, marks=pytest.mark.drill)])
async def test_h2_what_was_pressed_does_nothing_for_whom_it_is_not(busy, most):
    """Every button of a coordinator's walk, pressed again by every lower role, by strangers, in a group, after demotion."""
    needs = actions()
    walk = await Walk(busy.phone("Aminata"), itertools.cycle(["Fête"])).goes(most)
    await busy.settled()
    shown = [data for data in walk.known if data.split(":")[1] in needs]
    stranger = await busy.new_phone("Zan", person_id=1300)
    visitor, member, committee = policy.Role.VISITOR, policy.Role.MEMBER, policy.Role.COMMITTEE
    roles = {"Demba": visitor, "Moussa": member, "Fanta": committee, "Zan": visitor}
    await let_in(busy, "Fanta", role="committee")
    tried = Counter()
    for name, role in [*roles.items(), ("Aminata", None)]:
        if role is None:  # in a group nothing is done that has its place in private, whoever presses
            forbidden = [data for data in shown if not policy.POLICY[needs[data.split(":")[1]]].where & policy.Where.GROUP]
        else:
            forbidden = [data for data in shown if not policy.may(role, needs[data.split(":")[1]])]
        await busy.passes(seconds=1)  # what the scheduler would redraw by itself is drawn
        before = await busy.database.read(state_of)
        unanswered = await presses_all(busy, busy.phone(name).id, forbidden, GROUP if role is None else None)
        assert {table: rows for table, rows in (await busy.database.read(state_of)).items() if rows != before[table]} == {}
        assert unanswered == [], name
        tried[name] = len(forbidden)
    assert all(count > 10 for count in tried.values()), tried
    assert stranger.id not in await busy.database.read(lambda session: list(session.scalars(select(Member.telegram_id))))
    assert breaks(busy) == []


async def moussas(house):
    """Return every button about something of Moussa's that anybody may press about their own, given its number."""
    moussa, aminata = house.phone("Moussa"), house.phone("Aminata")
    await moussa.presses_data(callbacks.TellTrip("bamako", "2026-12-01", "2026-12-20").pack())
    question, trip, need = await house.database.read(
        lambda session: tuple(session.scalar(select(one.id)) for one in (Question, Trip, Need))
    )
    await aminata.presses_data(callbacks.Entrust(trip).pack())
    await aminata.types("Un dossier pour la mairie")
    await moussa.presses_data(callbacks.SignUp(need, 1, 0).pack())
    signup = await house.database.read(lambda session: session.scalar(select(Signup.id)))
    await house.passes(seconds=1)  # what the scheduler would redraw by itself is drawn
    return [
        (question, (callbacks.Settle, callbacks.SayMore, lambda number: callbacks.FollowUp(number, 1))),
        (trip, (callbacks.ShowTrip, callbacks.DropTrip, lambda number: callbacks.AnswerTrip(number, 1))),
        (signup, [lambda number, act=act: callbacks.MySignup(number, act) for act in ("yes", "leave", "leave_sure")]),
    ]  # fmt: skip


@sqlite_only
async def test_h3_what_is_somebody_elses_is_for_others_what_is_not_there(busy):
    """Pressed by another member it does nothing, and says word for word what a number says that is nobody's."""
    fanta = busy.phone("Fanta")
    for number, kinds in await moussas(busy):
        for kind in kinds:
            before, said = await busy.database.read(state_of), []
            for one in (number, 900_000):
                seen = len(fanta.bot_messages)
                await fanta.presses_data(kind(one).pack())
                said.append([message.get("text") for message in fanta.bot_messages[seen:]])
            assert said[0] == said[1] and said[0][0].startswith("Ce bouton est ancien."), (kind(number), said)
            assert await busy.database.read(state_of) == before, kind(number)


def forged(dice, shown):
    """Return a datum nobody made: a right one bent, numbers of other things, kinds mixed up, or noise."""
    kind = dice.random()
    parts = dice.choice(shown).split(":")
    if kind < 0.4:
        parts[dice.randrange(len(parts))] = dice.choice(NOISE)
    elif kind < 0.6:
        parts[1] = dice.choice(list(PRESSES))
    elif kind < 0.8:
        parts = [parts[0], parts[1], *(str(dice.choice((0, -1, 1, 2, 3, 10**6, 2**53, 2**63))) for _ in parts[2:])]
    elif kind < 0.9:
        parts = parts[: dice.randrange(len(parts))] + dice.choices(NOISE, k=dice.randrange(3))
    else:
        return "".join(chr(dice.choice((*range(32, 127), 0, 10, 0x202E, 0x1F600))) for _ in range(dice.randrange(16)))
    return ":".join(parts).encode()[:64].decode("utf-8", "ignore")


RELEASED = Path(__file__).with_name("buttons.txt").read_text("utf-8").split()  # one of each kind that was ever in a chat


def test_f8_every_kind_of_button_stands_in_the_file_of_those_released():
    """Fields that are changed or an action that is renamed make another kind: its line is added, the old one stays."""
    for press in PRESSES.values():
        kinds = enumerate(dataclasses.fields(press), 1)
        made = press(*(number if one.type == "int" else f"w{number}" for number, one in kinds))
        assert made.pack() in RELEASED
        assert press.parse(made.pack()) == made


@sqlite_only
@pytest.mark.parametrize("name", ["Aminata", "Demba"])
async def test_f8_every_button_ever_released_is_answered_and_leads_on(busy, name):
    phone = busy.phone(name)

    assert await presses_all(busy, phone.id, RELEASED) == []
    await phone.look()
    assert phone.all_texts("Ce bouton est ancien.") and not phone.all_texts("😔")
    assert phone.labels
    assert await busy.database.read(lambda session: session.scalars(select(DeadLetter.reason)).all()) == []


def test_f8_forged_data_is_read_or_refused_as_an_old_button(many=30_000):
    dice = random.Random(14)
    right = [f"1:{action}:1:2:3" for action in PRESSES]
    read = 0
    for _ in range(many):
        data = forged(dice, right)
        for press in dice.sample(list(PRESSES.values()), 2) + [PRESSES[one] for one in data.split(":")[1:2] if one in PRESSES]:
            try:
                found = press.parse(data)
            except Outdated:
                continue
            read += 1
            assert type(found) is press
            assert data.split(":")[:2] == ["1", press.action]
    assert read > 100


@sqlite_only
@pytest.mark.parametrize("many", [450, pytest.param(100_000, marks=pytest.mark.drill)])
async def test_h2_forged_data_is_always_answered_and_breaks_nothing(busy, many):
    """By those who may do little they change nothing of anybody's; by a coordinator they break nothing."""
    dice = random.Random(18)
    needs = actions()
    right = [f"1:{action}:1:2:3" for action in PRESSES]
    before = await busy.database.read(state_of)
    every = [forged(dice, right) for _ in range(many)]
    may = {action for action, row in needs.items() if policy.may(policy.Role.VISITOR, row)}
    of_a_visitor = [data for data in every if [*data.split(":"), "", ""][1] not in may]
    assert await presses_all(busy, busy.phone("Demba").id, of_a_visitor[: many // 3]) == []
    assert await busy.database.read(state_of) == before
    for name in ("Moussa", "Aminata"):
        assert await presses_all(busy, busy.phone(name).id, every[many // 3 :: 2]) == []
    assert breaks(busy) == []
