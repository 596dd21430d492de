"""HTTP/1.1 to one server over connections kept alive: what a broadcast needs of it and no more.

Why: building Message objects and a general client cost several times what the outbox does. It speaks to one address,
posts bytes, follows nothing, keeps no cookies. Proxies are aiohttp's business (bot/transport.py).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from urllib.parse import urlsplit

from telegram.error import NetworkError, TelegramError, TimedOut

MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
CONNECT_SECONDS = 10
KEPT_SECONDS = 30.0  # well below what servers grant, so that we never write into a closing connection
_INTERIM = range(100, 200)


class Wire:
    """Posts to one server. A failure before anything left is a NetworkError; one after that is a TimedOut."""

    def __init__(self, url: str, *, total_seconds: float) -> None:
        parts = urlsplit(url)
        self._host, self._is_tls = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._is_tls else 80)
        self._host_line = parts.netloc.rpartition("@")[2].encode("ascii")
        self._tls = ssl.create_default_context() if self._is_tls else None
        self._total_seconds = total_seconds
        self._kept: list[Connection] = []

    async def post(self, path: str, content_type: str, body: bytes) -> tuple[int, bytes]:
        """Post and return status and body. Raises NetworkError (not sent), TimedOut (perhaps sent)."""
        connection = self._kept_connection() or await self._connect()
        answer = connection.post(
            b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (path.encode("ascii"), self._host_line, content_type.encode("ascii"), len(body), body)
        )
        overdue = asyncio.get_running_loop().call_later(self._total_seconds, connection.fail, "timeout")
        try:
            return await answer
        finally:
            overdue.cancel()
            if connection.is_free:
                self._kept.append(connection)
            else:
                connection.close()

    def _kept_connection(self) -> Connection | None:
        while self._kept:
            connection = self._kept.pop()
            if connection.is_free and time.monotonic() - connection.used_at < KEPT_SECONDS:
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        name = self._host if self._is_tls else None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(
                    Connection, self._host, self._port, ssl=self._tls, server_hostname=name
                )
        except (OSError, TimeoutError) as error:
            raise NetworkError(type(error).__name__) from None
        return connection

    def close(self) -> None:
        """Let go of the connections."""
        while self._kept:
            self._kept.pop().close()


class Connection(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._buffer = bytearray()
        self._lasts = True
        self.used_at = 0.0

    @property
    def is_free(self) -> bool:
        """Tell whether another request may follow."""
        return self._lasts and self._waiting is None and not self._buffer

    def post(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Send a request; returns its answer, to be awaited."""
        answer = self._waiting = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            self._end(NetworkError("closed"))
        else:
            self._transport.write(request)
        return answer

    def fail(self, why: str) -> None:
        """Give up on the answer: the request may have had its effect."""
        self._end(TimedOut(why))

    def close(self) -> None:
        """Hang up."""
        self._lasts, self._waiting = False, None
        if self._transport is not None:
            self._transport.abort()

    # ---- what the event loop tells
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """We are through."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Some of the answer is here."""
        self._buffer += data
        if self._waiting is None:
            self.close()  # nobody has asked
            return
        try:
            answer = _parsed(self._buffer, is_over=False)
        except ValueError:
            self._end(TelegramError("Invalid server response"))
            return
        if answer is not None:
            status, body, self._lasts = answer
            self._buffer.clear()
            self._give(status, body)

    def connection_lost(self, error: Exception | None) -> None:
        """The other side has hung up: that may be the end of the answer."""
        answer = None
        if error is None and self._waiting is not None and self._buffer:
            try:
                answer = _parsed(self._buffer, is_over=True)
            except ValueError:
                answer = None
        self._lasts = False
        if answer is not None:
            self._give(answer[0], answer[1])
        else:
            self._end(TimedOut("hung up"))

    def _give(self, status: int, body: bytes) -> None:
        waiting, self._waiting, self.used_at = self._waiting, None, time.monotonic()
        if waiting is not None and not waiting.done():
            waiting.set_result((status, body))

    def _end(self, error: TelegramError) -> None:
        waiting, self._waiting, self._lasts = self._waiting, None, False
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)


def _parsed(buffer: bytearray, *, is_over: bool) -> tuple[int, bytes, bool] | None:
    """Return status, body and whether the connection lasts; None while more has to come. Raises ValueError."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > MAX_HEAD_BYTES:
            raise ValueError("no end of the head")
        return None
    if not buffer.startswith(b"HTTP/1."):
        raise ValueError("not HTTP")
    status, head = int(buffer[9:12]), bytes(buffer[:end]).lower() + b"\r\n"
    if status in _INTERIM:
        del buffer[: end + 4]
        return _parsed(buffer, is_over=is_over)
    lasts = buffer[7:8] == b"1" and b"\r\nconnection: close" not in head
    length = _header(head, b"\r\ncontent-length:")
    if b"chunked" in _header(head, b"\r\ntransfer-encoding:"):
        body = _chunks(buffer, end + 4)
        return None if body is None else (status, body, lasts)
    if not length:
        _bounded(len(buffer) - end)
        return (status, bytes(buffer[end + 4 :]), False) if is_over else None
    size = _bounded(int(length))
    return (status, bytes(buffer[end + 4 : end + 4 + size]), lasts) if len(buffer) >= end + 4 + size else None


def _header(head: bytes, name: bytes) -> bytes:
    at = head.find(name)
    return head[at + len(name) : head.index(b"\r\n", at + len(name))].strip() if at >= 0 else b""


def _bounded(size: int) -> int:
    if not 0 <= size <= MAX_ANSWER_BYTES:
        raise ValueError("too long")
    return size


def _chunks(buffer: bytearray, at: int) -> bytes | None:
    """Return a body that comes in chunks; None while more has to come."""
    parts: list[bytes] = []
    total = 0
    while (end := buffer.find(b"\r\n", at)) >= 0:
        size = int(bytes(buffer[at:end]).partition(b";")[0], 16)
        total = _bounded(total + _bounded(size))
        at = end + 2
        if size == 0:
            ended = buffer[at : at + 2] == b"\r\n" or buffer.find(b"\r\n\r\n", at) >= 0
            return b"".join(parts) if ended else None
        if len(buffer) < at + size + 2:
            return None
        parts.append(bytes(buffer[at : at + size]))
        at += size + 2
    _bounded(len(buffer) - at)
    return None
