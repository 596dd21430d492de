"""Never deaf: bad answers, bad updates, floods; every update handled once and in order."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import sqlite3
from contextlib import closing

import pytest
from conftest import WEBHOOK_SECRET, free_port, until
from sqlalchemy import func, select

from bot import app, jobs, receiver, webhook
from bot.domain import inbox
from db.models import DeadLetter, InboxUpdate, Member

SECRET = "s3cret"
BAD_ANSWERS = [
    {"kind": "status", "code": 401, "description": "Unauthorized"},
    {"kind": "status", "code": 404, "description": "Not Found"},
    {"kind": "status", "code": 403, "description": "Forbidden"},
    {"kind": "status", "code": 409, "description": "Conflict: terminated by other getUpdates request"},
    {"kind": "status", "code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 1}},
    {"kind": "status", "code": 502, "description": "Bad Gateway"},
    {"kind": "status", "code": 500},
    {"kind": "garbage"},
    {"kind": "garbage", "body": ""},
    {"kind": "garbage", "body": '{"ok": true}'},
    {"kind": "garbage", "body": '{"ok": true, "result": 5}'},
    {"kind": "garbage", "body": '{"ok": true, "result": [null, 5, {"update_id": "x"}]}'},
    {"kind": "garbage", "body": "[" * 100_000},
    {"kind": "drop_before"},
    {"kind": "drop_after"},
]


@pytest.mark.parametrize(
    "fault", BAD_ANSWERS, ids=lambda fault: f"{fault['kind']}-{fault.get('code', fault.get('body', ''))}"[:40]
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_bad_answer_does_not_make_the_bot_deaf(house, fault):
    """Rows B4, B6, B8, B9, B11 of the fault table."""
    demba = house.phone("Demba")
    await house.post("/sim/faults", {**fault, "method": "getUpdates", "times": 2})

    await demba.types("/start")

    assert demba.labels == ["Français", "Bamanankan"]


@pytest.fixture
def impatient(monkeypatch):
    """Polls that do not wait, are given up after two seconds and begun anew at once."""
    monkeypatch.setattr(receiver, "LONG_POLL_SECONDS", 0)
    monkeypatch.setattr(receiver, "LONGEST_BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(app, "HARD_LIMIT_SECONDS", 2)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_b8_polls_that_are_cut_off_fifty_times_leave_a_connection_to_ask_by(impatient, house, kind):
    """There are two: one that was lost and not given back would be missed soon."""
    demba = house.phone("Demba")
    await house.post("/sim/faults", {"kind": kind, "method": "getUpdates", "times": 50})
    await until(lambda: house.simulator.faults.planned[0].times == 0, "the last cut")

    await demba.types("/start")

    assert demba.labels == ["Français", "Bamanankan"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_b7_a_poll_that_is_never_answered_is_given_up(impatient, house):
    demba = house.phone("Demba")
    await house.post("/sim/faults", {"kind": "stall", "method": "getUpdates", "seconds": 600})

    await demba.types("/start")

    assert house.simulator.faults.planned[0].times == 0
    assert demba.labels == ["Français", "Bamanankan"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_b16_the_screen_does_not_wait_for_the_answer_to_the_press(house):
    demba = house.phone("Demba")
    await demba.types("/start")
    await house.post("/sim/faults", {"kind": "stall", "method": "answerCallbackQuery", "seconds": 600})
    screen = demba.screen["message_id"]

    house.world.person_presses(demba.id, screen, "1:lang:fr")
    shown = house.world.chats[demba.id].messages
    await until(lambda: shown[screen]["text"] != demba.text, "the next screen")
    await until(lambda: house.simulator.faults.planned[0].times == 0, "the press to be answered")

    assert house.machine.has_later  # the answer is still under way


BAD_UPDATES = [
    {"message": {"message_id": 1}},
    {"message": {"message_id": 1, "date": 10**15, "chat": {"id": 1002, "type": "private"}, "text": "x"}},
    {"message": {"message_id": 1, "date": "yesterday", "chat": {"id": 1002, "type": "private"}}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 1002, "type": "private"}, "from": {"id": 1002}}},
    {"callback_query": {"id": "1", "from": {"id": 1002, "is_bot": False, "first_name": "M"}}},
    {"callback_query": []},
    {"message": None},
    {"message": "text"},
    {"something_new": {"x": [1, 2, {"y": None}]}},
    {},
]


@pytest.mark.parametrize("content", BAD_UPDATES, ids=[str(n) for n in range(len(BAD_UPDATES))])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_f4_an_update_that_cannot_be_read_never_blocks_its_neighbours(house, content):
    demba = house.phone("Demba")
    number = house.world.push("message", {"message_id": 1})
    await house.post("/sim/updates", {"update_id": number + 1, **content})

    await demba.types("/start")

    assert demba.labels == ["Français", "Bamanankan"]
    waiting = await house.database.read(inbox.pending)
    assert waiting == []


async def test_f4_an_unreadable_update_is_put_aside(house):
    await house.post("/sim/updates", {"update_id": 5000, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}}})
    await house.settled()

    letters = await house.database.read(lambda session: list(session.scalars(select(DeadLetter.update_id))))

    assert letters == [5000]


async def test_f4_coordinators_hear_once_that_something_was_put_aside(people):
    for number in (5000, 5001):
        unread = {"message_id": 1, "chat": {"id": 7, "type": "private"}}
        await people.post("/sim/updates", {"update_id": number, "message": unread})
        await people.settled()
        await jobs.watch(people.machine)
    await people.settled()
    aminata, moussa = people.phone("Aminata"), people.phone("Moussa")
    for phone in (aminata, moussa):
        await phone.look()

    assert len(aminata.all_texts("⚠️ Un message n'a pas pu être traité. Il est mis de côté.\n☎️")) == 1
    assert not moussa.all_texts("⚠️")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_b11_e8_coordinators_hear_that_somebody_else_polls_with_our_token(people):
    conflict = {"kind": "status", "code": 409, "description": "Conflict: terminated by other getUpdates request"}
    await people.post("/sim/faults", {**conflict, "method": "getUpdates", "times": 1})
    await until(lambda: people.machine.rivalled_at > 0, "Telegram to say so")
    for _ in range(2):
        await jobs.watch(people.machine)
    await people.settled()
    aminata = people.phone("Aminata")
    await aminata.look()

    assert len(aminata.all_texts("⚠️ Un autre ordinateur reçoit mes messages à ma place. Il faut l'arrêter.\n☎️")) == 1


DEMBA = {"id": 1004, "is_bot": False, "first_name": "Demba"}
PASSED_OVER = {
    "message_reaction": {"chat": {"id": 1004, "type": "private"}, "message_id": 1, "date": 1, "old_reaction": [], "user": DEMBA,
                         "new_reaction": [{"type": "emoji", "emoji": "👍"}]},
    "poll_answer": {"poll_id": "1", "option_ids": [0], "user": DEMBA},
    "inline_query": {"id": "1", "query": "x", "offset": "", "from": DEMBA},
    "chat_boost": {"chat": {"id": 1004, "type": "private"}, "boost": {"boost_id": "1"}},
    "hologram_of_tomorrow": {"chat": {"id": 1004, "type": "private"}, "size": 3},
}  # fmt: skip


@pytest.mark.parametrize("kind", PASSED_OVER)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_f5_a_kind_of_update_nobody_asked_for_is_passed_over(people, kind):
    before = len(people.world.calls)
    await people.post("/sim/updates", {"update_id": 5000, kind: PASSED_OVER[kind]})
    await people.settled()

    assert await people.database.read(inbox.pending) == []
    assert await people.database.read(lambda session: session.scalars(select(DeadLetter.reason)).all()) == []
    assert {call["method"] for call in people.world.calls[before:]} <= {"getUpdates"}


@pytest.mark.parametrize("content", [
    {"message": {"chat": {"id": 1004, "type": "private"}, "message_id": 5, "date": 0}, "data": "1:open:me"},
    {"data": "1:open:me"}, {"inline_message_id": "x", "data": "1:open:me"}, {"game_short_name": "x"},
    {"message": {"chat": {"id": 1004, "type": "private"}, "message_id": 5, "date": 0}},
], ids=["deleted", "no message", "inline", "game", "no data"])  # fmt: skip
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_f9_a_button_of_which_little_is_left_is_answered_with_a_screen(people, content):
    demba = people.phone("Demba")
    people.world.push("callback_query", {"id": "77", "from": DEMBA, "chat_instance": "1", **content})
    await people.settled()
    seen = len(demba.bot_messages)
    await demba.look()

    assert [call["values"]["callback_query_id"] for call in people.calls("answerCallbackQuery")][-1:] == ["77"]
    assert len(demba.bot_messages) > seen and demba.labels
    assert await people.database.read(lambda session: session.scalars(select(DeadLetter.reason)).all()) == []


async def test_f1_the_same_update_twice_has_one_effect(house):
    demba = house.phone("Demba")
    await demba.types("/start")
    update = {"update_id": 7000, "message": {
        "message_id": 900, "date": 1796482800, "chat": {"id": demba.id, "type": "private"}, "text": "/aide",
        "from": {"id": demba.id, "is_bot": False, "first_name": "Demba"},
        "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
    }}  # fmt: skip

    await house.post("/sim/updates", update)
    await house.post("/sim/updates", update)
    await house.settled()
    await demba.look()

    assert len(demba.bot_messages) == 2


async def test_f3_ids_may_jump_back_after_a_quiet_week(house):
    demba = house.phone("Demba")
    await demba.types("/start")
    house.world._next_update = 17

    await demba.types("/aide")

    assert demba.text.startswith("Je réponds sur Villetaneuse et Koniakary.")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_f13_a_slow_call_for_one_chat_leaves_the_others_alone(house):
    moussa, demba = house.phone("Moussa"), house.phone("Demba")
    await house.post("/sim/faults", {"kind": "stall", "method": "sendMessage", "chat_id": moussa.id, "seconds": 30})
    house.world.person_sends(moussa.id, {"text": "/start"})

    house.world.person_sends(demba.id, {"text": "/start"})
    await until(lambda: any(m["from"]["is_bot"] for m in house.world.chats[demba.id].messages.values()), "Demba's screen")

    assert not any(m["from"]["is_bot"] for m in house.world.chats[moussa.id].messages.values())


@pytest.mark.parametrize("database_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.drill)], indirect=True)
async def test_a_hundred_phones_at_once_lose_no_update(house):
    people = [house.world.add_person(20_000 + number, f"P{number}", "fr") for number in range(100)]
    for person in people:
        house.world.person_sends(person.id, {"text": "/start"})
    for number, person in enumerate(people):
        house.world.person_presses(person.id, 1, f"1:lang:{'bm' if number % 2 else 'fr'}")
        house.world.person_presses(person.id, 1, "1:place:bamako")
        house.world.person_presses(person.id, 1, "1:place:villetaneuse")
    await house.settled()

    def states(session):
        found = select(Member.language, Member.place, func.count()).where(Member.telegram_id >= 20_000)
        return sorted(tuple(row) for row in session.execute(found.group_by(Member.language, Member.place)))

    assert await house.database.read(states) == [("bm", "villetaneuse", 50), ("fr", "villetaneuse", 50)]


async def screen_of(house, person_id):
    """Wait for what the bot shows somebody first."""
    shown = house.world.chats[person_id].messages
    await until(lambda: any(message["from"]["is_bot"] for message in shown.values()), "the screen")
    return next(message for message in shown.values() if message["from"]["is_bot"])


async def test_a_webhook_stores_before_it_acknowledges(posted, client):
    house, address, headers = posted, posted.hook, {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
    root = address.removesuffix("/hook")
    house.world.person_sends(1004, {"text": "/start"})
    await screen_of(house, 1004)
    async with client.post(address, json={"update_id": 1}) as refused:
        assert refused.status == 401
    async with client.post(address, data=io.BytesIO(b"x" * 2_000_000), headers=headers) as refused:
        assert refused.status == 413
    async with client.post(address, data=b"{", headers=headers) as refused:
        assert refused.status == 400
    async with client.get(f"{root}/healthz") as health:
        assert health.status == 200
    async with client.get(f"{root}/readyz") as ready:
        assert (ready.status, await ready.text()) == (200, "ready\n")
    async with client.get(f"{root}/metrics") as metrics:
        words = await metrics.text()
        assert "enndam_queue_due 0\n" in words and "enndam_leads 1\n" in words
    stored = await house.database.read(lambda session: session.scalar(select(func.count()).select_from(InboxUpdate)))

    assert stored == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_k6_who_is_deaf_lives_and_is_not_ready(house, client):
    """Starting anew does not help while Telegram is away; nobody is sent there meanwhile."""
    await house.close()
    house.settings = dataclasses.replace(house.settings, listen=("127.0.0.1", free_port()))
    await house.open()
    root = f"http://127.0.0.1:{house.settings.listen[1]}"
    await until(lambda: house.world.poller, "it to listen")
    house.machine.heard_at -= 91
    async with client.get(f"{root}/readyz") as ready, client.get(f"{root}/healthz") as health:
        answers = (ready.status, await ready.text(), health.status)

    assert answers == (503, "deaf: Telegram does not answer\n", 200)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_i2_a_body_that_drips_is_not_waited_for(posted, monkeypatch):
    """Five seconds a body; here a tenth of one. Others are answered meanwhile."""
    house, (_, port) = posted, posted.settings.listen
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = ["POST /hook HTTP/1.1", "Host: here", f"X-Telegram-Bot-Api-Secret-Token: {WEBHOOK_SECRET}", "Content-Length: 1000"]
    writer.write(("\r\n".join(lines) + "\r\n\r\n{").encode())
    house.world.person_sends(1004, {"text": "/start"})
    await screen_of(house, 1004)
    answer = await reader.read()  # until the other side closes
    writer.close()

    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_i3_a_database_that_is_away_makes_telegram_try_again(posted, client):
    """Locked by somebody else for longer than we wait: 503, stored nowhere; free again, it is handled."""
    house = posted
    await nobody_else_is_let_in(house)
    screen = await screen_of(house, 1004)

    assert [button["text"] for row in screen["reply_markup"]["inline_keyboard"] for button in row] == ["Français", "Bamanankan"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_i3_a_database_that_is_away_as_the_bot_begins_is_waited_for(posted):
    """It has just told Telegram where to post, and has not yet settled what was in flight."""
    house = posted
    await house.close()
    house.world.webhook = None
    await house.post("/sim/faults", {"kind": "drop_after", "method": "setWebhook"})
    await house.open()
    await nobody_else_is_let_in(house)
    screen = await screen_of(house, 1004)

    assert screen["text"]


async def nobody_else_is_let_in(house):
    """Lock the database for longer than anybody waits, let somebody write, and unlock it once Telegram was refused."""
    with closing(sqlite3.connect(house.database.url.database, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout=5000")
        other.execute("BEGIN EXCLUSIVE")
        house.world.person_sends(1004, {"text": "/start"})
        await until(lambda: house.world.webhook.last_error == "Wrong response from the webhook: 503", "the refusal")
        other.execute("ROLLBACK")
