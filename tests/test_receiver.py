"""Never deaf: bad answers, bad updates, floods; every update handled once and in order."""

from __future__ import annotations

import asyncio
import io
import socket

import pytest
from conftest import House, Phone, knowledge_of, loaded_settings, until
from sqlalchemy import func, select

from bot import app, leader
from bot.domain import inbox
from bot.simulator import SIMULATOR_TOKEN
from db.models import DeadLetter, InboxUpdate, Member

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
    demba = house.phone("Demba")
    await house.post("/sim/faults", {**fault, "method": "getUpdates", "times": 2})

    await demba.types("/start")

    assert demba.labels == ["Français", "Bamanankan"]


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
async def test_an_update_that_cannot_be_read_never_blocks_its_neighbours(house, content):
    demba = house.phone("Demba")
    number = house.world.push("message", {"message_id": 1})
    await house.post("/sim/updates", {"update_id": number + 1, **content})

    await demba.types("/start")

    assert demba.labels == ["Français", "Bamanankan"]
    waiting = await house.database.read(inbox.pending)
    assert waiting == []


async def test_an_unreadable_update_is_put_aside(house):
    await house.post("/sim/updates", {"update_id": 5000, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}}})
    await house.settled()

    letters = await house.database.read(lambda session: list(session.scalars(select(DeadLetter.update_id))))

    assert letters == [5000]


async def test_the_same_update_twice_has_one_effect(house):
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


async def test_ids_may_jump_back_after_a_quiet_week(house):
    demba = house.phone("Demba")
    await demba.types("/start")
    house.world._next_update = 17

    await demba.types("/aide")

    assert demba.text.startswith("Je réponds sur Villetaneuse et Koniakary.")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_slow_call_for_one_chat_leaves_the_others_alone(house):
    moussa, demba = house.phone("Moussa"), house.phone("Demba")
    await house.post("/sim/faults", {"kind": "stall", "method": "sendMessage", "chat_id": moussa.id, "seconds": 30})
    house.world.person_sends(moussa.id, {"text": "/start"})

    house.world.person_sends(demba.id, {"text": "/start"})
    await until(lambda: any(m["from"]["is_bot"] for m in house.world.chats[demba.id].messages.values()), "Demba's screen")

    assert not any(m["from"]["is_bot"] for m in house.world.chats[moussa.id].messages.values())


@pytest.mark.parametrize("database_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.drill)], indirect=True)
async def test_two_hundred_phones_lose_no_update(house):
    people = [house.world.add_person(20_000 + number, f"P{number}", "fr") for number in range(200)]
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

    assert await house.database.read(states) == [("bm", "villetaneuse", 100), ("fr", "villetaneuse", 100)]


def free_port():
    """Return a port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def test_a_webhook_stores_before_it_acknowledges(simulator, database_url, client):
    port = free_port()
    address = f"http://127.0.0.1:{port}/hook"
    loaded = loaded_settings(
        bot_token=SIMULATOR_TOKEN, bot_api_url=simulator.url, database_url=database_url, listen=("127.0.0.1", port),
        webhook_url=address, webhook_secret="s3cret",
    )  # fmt: skip
    house = House(simulator, loaded, client)
    app.bring_up_to_date(house.database)
    lock = leader.lock_for(house.database)
    await lock.acquire()
    base = knowledge_of(loaded.locales_dir)
    house.machine = app.Machine(loaded, house.database, clock=simulator.clock, base=base, announce=house.announced.append)
    running = asyncio.create_task(house.machine.run(lock))
    await until(lambda: simulator.world.webhook is not None, "the webhook")
    demba = Phone(house, 1004)
    try:
        await demba.types("/start")
        async with client.post(address, json={"update_id": 1}) as refused:
            assert refused.status == 401
        headers = {"X-Telegram-Bot-Api-Secret-Token": "s3cret"}
        async with client.post(address, data=io.BytesIO(b"x" * 2_000_000), headers=headers) as refused:
            assert refused.status == 413
        async with client.post(address, data=b"{", headers=headers) as refused:
            assert refused.status == 400
        async with client.get(f"http://127.0.0.1:{port}/healthz") as health:
            assert health.status == 200
        async with client.get(f"http://127.0.0.1:{port}/readyz") as ready:
            assert (ready.status, await ready.text()) == (200, "ready\n")
        async with client.get(f"http://127.0.0.1:{port}/metrics") as metrics:
            assert "enndam_queue_due 0\n" in await metrics.text()
        stored = await house.database.read(lambda session: session.scalar(select(func.count()).select_from(InboxUpdate)))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        lock.release()
        house.database.close()

    assert demba.labels == ["Français", "Bamanankan"]
    assert stored == 1
