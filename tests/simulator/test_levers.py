"""The levers behind the page: they do what they say, refuse what makes no sense, and obey this machine alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

MOUSSA = 1002


@pytest.fixture
def pull(simulator, client):
    """Pull a lever; returns status and body."""

    async def pull(method, path, body=None, **headers):
        async with client.request(method, simulator.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    return pull


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/sim/chats/5", None, 404),
        ("GET", "/sim/chats/x", None, 400),
        ("POST", "/sim/phones/5/send", {"text": "x"}, 404),
        ("POST", f"/sim/phones/{MOUSSA}/send", [1], 400),
        ("POST", "/sim/phones/5/send_many", {"messages": [{"text": "x"}]}, 404),
        ("POST", f"/sim/phones/{MOUSSA}/send_many", {}, 404),
        ("POST", f"/sim/phones/{MOUSSA}/send_many", {"messages": ["x"]}, 400),
        ("POST", f"/sim/phones/{MOUSSA}/press", {}, 404),
        ("POST", f"/sim/phones/{MOUSSA}/edit", {"message_id": 77, "text": "x"}, 404),
        ("POST", "/sim/phones/5/block", {}, 404),
        ("POST", "/sim/clock", {"at": "yesterday"}, 400),
        ("POST", "/sim/clock", {"move_seconds": "long"}, 400),
        ("POST", "/sim/faults", {"kind": "earthquake"}, 400),
        ("POST", "/sim/faults", {"nature": "status"}, 400),
    ],
)
async def test_a_wrong_pull_gets_a_clear_line(pull, method, path, body, status):
    got, told = await pull(method, path, body)

    assert got == status
    assert told["error"]


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
async def test_another_site_may_not_pull(simulator, pull, headers):
    status, _ = await pull("POST", f"/sim/phones/{MOUSSA}/send", {"text": "/start"}, **headers)

    assert status == 403
    assert simulator.world.chats[MOUSSA].messages == {}


async def test_the_clock_is_set_moved_and_sped_up(pull):
    await pull("POST", "/sim/clock", {"at": "2026-12-05T08:00:00+01:00", "rate": 0})
    _, first = await pull("GET", "/sim/state")
    await pull("POST", "/sim/clock", {"move_seconds": 3600})
    _, moved = await pull("GET", "/sim/state")
    await pull("POST", "/sim/clock", {"rate": 60})
    _, fast = await pull("GET", "/sim/state")

    assert (first["clock"], first["rate"]) == ("2026-12-05T07:00:00+00:00", 0)
    assert datetime.fromisoformat(moved["clock"]) - datetime.fromisoformat(first["clock"]) == timedelta(hours=1)
    assert fast["rate"] == 60


async def test_a_new_phone_has_never_met_the_bot(pull):
    _, made = await pull("POST", "/sim/phones", {"first_name": "Salif", "language_code": "bm"})
    _, state = await pull("GET", "/sim/state")

    salif = next(person for person in state["people"] if person["id"] == made["id"])
    assert salif == {"id": made["id"], "first_name": "Salif", "language_code": "bm", "has_started": False, "has_blocked": False}


async def test_what_a_person_sends_is_an_update_and_stays_in_the_chat(simulator, pull):
    await pull("POST", f"/sim/phones/{MOUSSA}/send", {"text": "bonjour"})
    _, shown = await pull("GET", f"/sim/chats/{MOUSSA}")

    assert [message["text"] for message in shown["messages"]] == ["bonjour"]
    assert [update["message"]["text"] for update in simulator.world.pending()] == ["bonjour"]


async def test_many_messages_are_sent_in_order_in_one_request(simulator, pull):
    simulator.world.add_group(-1001, "Koniakary", [MOUSSA])
    simulator.world.confirm(10**9)
    album = [{"photo": [], "media_group_id": "7"}, {"photo": [], "media_group_id": "7", "caption": "two"}]

    _, sent = await pull("POST", f"/sim/phones/{MOUSSA}/send_many", {"messages": [*album, {"text": "/x", "chat_id": -1001}]})

    heard = [update["message"] for update in simulator.world.pending()]
    assert [message["message_id"] for message in heard] == sent["message_ids"] == sorted(sent["message_ids"])
    assert [message["chat"]["id"] for message in heard] == [MOUSSA, MOUSSA, -1001]
    assert [message.get("media_group_id") for message in heard] == ["7", "7", None]


async def test_a_chat_tells_which_messages_came_without_a_sound(bot_calls, simulator, pull):
    simulator.world.person_sends(MOUSSA, {"text": "bonjour"})
    place = {"latitude": 1, "longitude": 1}
    loud = await bot_calls("sendMessage", chat_id=MOUSSA, text="x")
    quiet = await bot_calls("sendLocation", chat_id=MOUSSA, **place, disable_notification=True)
    [copy] = await bot_calls("copyMessages", chat_id=MOUSSA, from_chat_id=MOUSSA, message_ids=[loud["message_id"]],
                             disable_notification=True)  # fmt: skip
    gone = await bot_calls("sendMessage", chat_id=MOUSSA, text="y", disable_notification=True)
    await bot_calls("deleteMessage", chat_id=MOUSSA, message_id=gone["message_id"])

    _, shown = await pull("GET", f"/sim/chats/{MOUSSA}")

    assert shown["silent"] == [quiet["message_id"], copy["message_id"]]
    assert simulator.world.silent == {(MOUSSA, key) for key in shown["silent"]}
    assert "is_silent" not in quiet


async def test_a_file_that_could_be_a_page_is_downloaded_never_shown(simulator, client):
    stored = simulator.world.store_file("document", b"<script>alert(1)</script>", "x.html", "text/html")

    async with client.get(f"{simulator.url}/sim/files/{stored.file_id}") as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_page_hears_of_every_change(simulator, pull, client):
    async with client.get(f"{simulator.url}/sim/events") as events:
        await pull("POST", "/sim/clock", {"move_seconds": 60})
        await pull("POST", f"/sim/phones/{MOUSSA}/send", {"text": "bonjour"})
        heard = [(await events.content.readuntil(b"\n\n")).decode() for _ in range(2)]

    assert [line.strip() for line in heard] == ['data: {"chat_id": 0}', f'data: {{"chat_id": {MOUSSA}}}']
