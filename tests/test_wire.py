"""The bare HTTP client: every shape an answer may take, and what is sure when none comes. Rows B6, B7 of the fault table."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
import zlib

import pytest
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from bot import wire
from bot.transport import AiohttpRequest, Encoded, wait_of
from bot.wire import MAX_ANSWER_BYTES, Wire


@contextlib.asynccontextmanager
async def server(*answers, hangs_up=False):
    """Answer one request after the other with these parts, as they come; counts its connections."""
    waiting, seen, serving = iter(answers), {"connections": 0, "heads": [], "requests": []}, []

    async def serve(reader, writer):
        seen["connections"] += 1
        serving.append(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await answer(reader, writer)
        writer.close()

    async def answer(reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            seen["heads"].append(head.lower())
            seen["requests"].append(await reader.readexactly(length))
            for part in next(waiting):
                writer.write(part)
                await asyncio.sleep(0.001)
            if hangs_up:
                return

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen["url"] = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    client = Wire(seen["url"], total_seconds=0.5)
    try:
        yield client, seen
    finally:
        client.close()
        running.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
SHAPES = {
    "whole": ([OK], 200),
    "byte by byte": ([bytes([one]) for one in OK], 200),
    "refused": ([b"HTTP/1.1 400 Bad Request\r\ncontent-length:5\r\n\r\nhello"], 400),
    "in chunks": ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel", b"\r\n2\r\nlo\r\n0\r\n\r\n"], 200),
    "with a trailer": ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"], 200),
    "after an interim one": ([b"HTTP/1.1 100 Continue\r\n\r\n" + OK], 200),
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_an_answer_is_read_whatever_its_shape_and_the_connection_kept(shape):
    parts, status = SHAPES[shape]
    async with server(parts, [OK]) as (client, seen):
        assert await client.post("/a", "text/plain", b"one") == (status, b"hello")
        assert await client.post("/b", "text/plain", b"two") == (200, b"hello")

    assert (seen["connections"], seen["requests"]) == (1, [b"one", b"two"])


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
async def test_an_answer_may_end_with_the_connection(head):
    async with server([head + b"hel", b"lo"], [head + b"again"], hangs_up=True) as (client, seen):
        assert await client.post("/", "text/plain", b"1") == (200, b"hello")
        assert await client.post("/", "text/plain", b"2") == (200, b"again")

    assert seen["connections"] == 2


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"],
)  # fmt: skip
async def test_an_answer_cut_off_leaves_it_in_doubt(answer):
    async with server([answer], hangs_up=True) as (client, _):
        with pytest.raises(TimedOut):
            await client.post("/", "text/plain", b"1")


async def test_an_answer_that_does_not_come_leaves_it_in_doubt_and_the_next_call_is_fresh():
    async with server([b"HTTP/1.1 200"], [OK]) as (client, seen):
        with pytest.raises(TimedOut):
            await client.post("/", "text/plain", b"1")
        assert await client.post("/", "text/plain", b"2") == (200, b"hello")

    assert seen["connections"] == 2


@pytest.mark.parametrize(
    "answer",
    [b"<html>", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"],
)  # fmt: skip
async def test_nonsense_leaves_it_in_doubt_and_memory_bounded(answer):
    async with server([answer]) as (client, _):
        with pytest.raises(TelegramError):
            await client.post("/", "text/plain", b"1")


async def asks(seen, kind, *, total_seconds):
    """Make a call as the bot does: messages and polls go by the wire, files come by the library."""
    asking = AiohttpRequest(total_seconds=total_seconds)
    await asking.initialize()
    try:
        if kind == "files":
            return await asking.retrieve(f"{seen['url']}/x")
        return await asking.post(f"{seen['url']}/x", Encoded(b"{}") if kind == "messages" else None)
    finally:
        await asking.shutdown()


def bomb(size):
    """Return so many bytes of nothing, packed as servers pack answers: a thousandth of it."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(size >> 20)] + [packer.flush()])


ENDLESS = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * (1 << 20)] * 50]
PACKED = bomb(200 << 20)
BOMB = [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED), PACKED]


@pytest.mark.parametrize("answer", [ENDLESS, BOMB], ids=["fifty megabytes", "a bomb"])
@pytest.mark.parametrize("kind", ["messages", "polls", "files"])
async def test_b6_an_answer_without_end_is_refused_and_memory_bounded(answer, kind):
    async with server(answer, hangs_up=True) as (_, seen):
        tracemalloc.start()
        try:
            with pytest.raises(TelegramError):
                await asks(seen, kind, total_seconds=20)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert most < 6 * MAX_ANSWER_BYTES


@pytest.mark.parametrize("kind", ["messages", "polls", "files"])
async def test_no_password_of_the_machine_goes_along(kind, tmp_path, monkeypatch):
    """The library reads the file of passwords that other programs use, at every call."""
    (tmp_path / "netrc").write_text("default login somebody password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with server([b'HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n{"ok": true, "result": [1]}']) as (_, seen):
        await asks(seen, kind, total_seconds=20)

    assert [b"authorization" in head for head in seen["heads"]] == [False]


@pytest.mark.parametrize("kind", ["messages", "polls", "files"])
async def test_b7_an_answer_that_drips_is_not_waited_for(kind):
    drips = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", *[b"x"] * 50_000]
    async with server(drips) as (_, seen):
        with pytest.raises(TimedOut):
            await asyncio.wait_for(asks(seen, kind, total_seconds=0.2), 20)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [(b'{"parameters": {"retry_after": 35}}', 35), (b'{"parameters": {"retry_after": "5"}}', 5), (b"", 30), (b"<html>", 30),
     (b"{}", 30), (b"[" * 100_000, 30), (b'{"parameters": null}', 30), (b'{"parameters": {"retry_after": 0}}', 30),
     (b'{"parameters": {"retry_after": -7}}', 30), (b'{"parameters": {"retry_after": "soon"}}', 30),
     (b'{"parameters": {"retry_after": NaN}}', 30), (b'{"parameters": {"retry_after": 1e999}}', 30),
     (b'{"parameters": {"retry_after": 1000000000}}', 24 * 3600)],
)  # fmt: skip
async def test_b3_whatever_a_429_says_we_are_silent_for_a_while(body, seconds):
    async with server([b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)]) as (_, seen):
        with pytest.raises(RetryAfter) as told:
            await asks(seen, "messages", total_seconds=5)

    assert wait_of(told.value) == seconds


async def test_no_server_means_surely_not_sent():
    async with server() as (client, _):
        pass
    with pytest.raises(NetworkError) as refused:
        await client.post("/", "text/plain", b"1")
    assert not isinstance(refused.value, TimedOut)


async def test_a_connection_that_rested_long_is_not_trusted(monkeypatch):
    monkeypatch.setattr(wire, "KEPT_SECONDS", 0.0)
    async with server([OK], [OK]) as (client, seen):
        for _ in range(2):
            await client.post("/", "text/plain", b"1")

    assert seen["connections"] == 2


async def test_many_at_once_have_a_connection_each_and_share_them_later():
    async with server(*[[OK]] * 20) as (client, seen):
        for _ in range(2):
            assert await asyncio.gather(*(client.post("/", "text/plain", b"1") for _ in range(10))) == [(200, b"hello")] * 10

    assert seen["connections"] == 10
