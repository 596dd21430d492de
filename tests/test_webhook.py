"""What strangers post at the webhook: refused before it is read, or read and refused, and quickly. Source: FAULTS I1, I2."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from conftest import SLACK, until
from conftest import WEBHOOK_SECRET as SECRET
from sqlalchemy import func, select

from db.models import DeadLetter, InboxUpdate

HEADER = "X-Telegram-Bot-Api-Secret-Token"
OURS = {HEADER: SECRET}
SOON_SECONDS = 6.0 * SLACK
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def hook(posted):
    """A bot at work that Telegram posts to."""
    return posted


async def kept(house):
    """Return how many updates are stored, dead ones too."""
    counts = select(select(func.count()).select_from(InboxUpdate).scalar_subquery(),
                    select(func.count()).select_from(DeadLetter).scalar_subquery())  # fmt: skip
    return tuple(await house.database.read(lambda session: session.execute(counts).one()))


@pytest.mark.parametrize(
    "headers",
    [{}, {HEADER: ""}, {HEADER: SECRET[:-1]}, {HEADER: SECRET + "x"}, {HEADER: SECRET.upper()}, {HEADER: "é" * 20}],
    ids=["none", "empty", "short", "long", "case", "bytes"],
)  # fmt: skip
async def test_i1_a_wrong_secret_is_refused_before_the_body_comes(hook, client, headers):
    """The body is announced and never sent: whoever waits for it does not answer."""
    port = hook.settings.listen[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = {"Host": "x", "Content-Type": "application/json", **headers, "Content-Length": "60000000"}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    writer.write(f"POST /hook HTTP/1.1\r\n{head}\r\n".encode())
    await writer.drain()

    status = await asyncio.wait_for(reader.readline(), SOON_SECONDS)
    writer.close()

    assert status == b"HTTP/1.1 401 Unauthorized\r\n"
    assert await kept(hook) == (0, 0)
    async with client.get(f"http://127.0.0.1:{port}/metrics") as metrics:
        assert "enndam_strangers_posts 1\n" in await metrics.text()


BODIES = {
    "list": b"[]", "list of updates": b'[{"update_id": 1}]', "figure": b"5", "null": b"null", "no number": b"{}",
    "a text": b'{"update_id": "7"}', "true": b'{"update_id": true}', "negative": b'{"update_id": -1}',
    "endless": b'{"update_id": 99999999999999999999999}', "nan": b'{"update_id": NaN}', "empty": b"",
    "bad utf-8": b'{"update_id": 7, "x": "\xff\xfe"}', "utf-16": '{"update_id": 7'.encode("utf-16"), "half": b'{"update_id": 7',
    "deep list": b'{"update_id": 7, "x": ' + b"[" * 10_000, "deep whole": b"[" * 10_000 + b"]" * 10_000,
    "deep object": b'{"update_id": 7, "x": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, "zip": b"PK\x03\x04" + b"\0" * 900_000,
}  # fmt: skip


async def test_i2_what_is_no_update_is_refused_quickly(hook, client):
    for name, body in BODIES.items():
        before = time.monotonic()
        async with client.post(hook.hook, data=body, headers=OURS) as answer:
            assert answer.status == 400, (name, answer.status)
        assert time.monotonic() - before < SOON_SECONDS, name

    assert await kept(hook) == (0, 0)


async def test_i2_no_depth_is_too_deep_for_some_and_not_for_others(hook, client):
    """Between what the parser takes and what it refuses nothing falls through: stored, or refused."""
    answers = set()
    for depth in range(880, 1000):
        body = b'{"update_id": %d, "x": ' % depth + b"[" * depth + b"]" * depth + b"}"
        async with client.post(hook.hook, data=body, headers=OURS) as answer:
            answers.add(answer.status)
    await hook.settled()

    assert answers == {200, 400}


async def test_i2_sixty_megabytes_are_refused_without_being_taken_in(hook):
    """Sent in pieces: the answer comes, or the line is cut, long before the last one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hook.settings.listen[1])
    sent = {"Host": "x", HEADER: SECRET, "Content-Type": "application/json", "Content-Length": "60000000"}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    writer.write(f"POST /hook HTTP/1.1\r\n{head}\r\n".encode())
    sent_bytes = 0
    answer = asyncio.ensure_future(reader.readline())
    while not answer.done() and sent_bytes < 60_000_000:
        try:
            writer.write(b" " * 65_536)
            await asyncio.wait_for(writer.drain(), SOON_SECONDS)
        except (ConnectionError, TimeoutError):
            break
        sent_bytes += 65_536
    status = await asyncio.wait_for(answer, SOON_SECONDS)
    writer.close()

    assert status.startswith(b"HTTP/1.1 413")
    assert sent_bytes < 10_000_000
    assert await kept(hook) == (0, 0)


async def test_i2_five_hundred_who_say_nothing_hold_up_nobody(hook, client):
    """Lines that are opened and never spoken on: whoever posts meanwhile is answered."""
    port = hook.settings.listen[1]
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(500)]
    before = time.monotonic()
    async with client.post(hook.hook, data=b"{}", headers=OURS) as answer:
        status = answer.status
    took = time.monotonic() - before
    for _, writer in silent:
        writer.close()

    assert status == 400
    assert took < SOON_SECONDS


async def test_i2_other_methods_and_other_doors_are_closed(hook, client):
    for method, path, status in (
        ("GET", "/hook", 405), ("PUT", "/hook", 405), ("DELETE", "/hook", 405), ("POST", "/", 404), ("POST", "/hook/../x", 404),
        ("GET", "/", 404), ("POST", "/healthz", 405), ("GET", "/.env", 404),
    ):  # fmt: skip
        async with client.request(method, f"http://127.0.0.1:{hook.settings.listen[1]}{path}", headers=OURS) as answer:
            assert answer.status == status, (method, path)

    assert await kept(hook) == (0, 0)


async def test_i2_after_all_that_a_person_is_answered(hook, client):
    for body in BODIES.values():
        async with client.post(hook.hook, data=body, headers=OURS) as answer:
            await answer.read()
    update = {"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 1004, "type": "private"}, "text": "/start",
                                          "from": {"id": 1004, "is_bot": False, "first_name": "D"},
                                          "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}}  # fmt: skip
    hook.world.people[1004].has_started = True

    async with client.post(hook.hook, data=json.dumps(update), headers=OURS) as answer:
        assert answer.status == 200
    await until(lambda: [call for call in hook.calls("sendMessage") if str(call["values"]["chat_id"]) == "1004"], "the answer")

    assert await kept(hook) == (1, 0)
