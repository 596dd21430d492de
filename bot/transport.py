"""The library's calls over our own wire, files over aiohttp: cheaper, bounded in time and size, clear about what is sure.

A failure before anything left is a NetworkError; one after that is a TimedOut: the call may have had its effect.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.wire import CONNECT_SECONDS, MAX_ANSWER_BYTES, Wire

# The library is changing durations from whole seconds to timedelta; we are on the new side already.
os.environ.setdefault("PTB_TIMEDELTA", "true")
DEFAULT_RETRY_SECONDS = 30
LONGEST_RETRY_SECONDS = 24 * 3600
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Encoded:
    """Parameters that are JSON already, in place of the library's."""

    body: bytes


class AiohttpRequest(BaseRequest):
    """The transport the bot's calls travel by. `total_seconds` bounds each call, answer included."""

    def __init__(self, *, total_seconds: float, connections: int = 64) -> None:
        self._total_seconds = total_seconds
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._wires: dict[str, Wire | None] = {}

    @property
    def read_timeout(self) -> float | None:
        """Return how long an answer may take, in seconds."""
        return self._total_seconds

    async def initialize(self) -> None:
        """Open the pool of connections."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60),
                timeout=aiohttp.ClientTimeout(total=self._total_seconds, sock_connect=CONNECT_SECONDS),
                trust_env=bool(getproxies()),  # a file of passwords would be looked for at every call
            )

    async def shutdown(self) -> None:
        """Close the pool."""
        for wire in self._wires.values():
            if wire is not None:
                wire.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def renew(self) -> None:
        """Begin with fresh connections, after several failures in a row."""
        await self.shutdown()
        await self.initialize()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | Encoded | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call; return status and body. Raises NetworkError (not sent), TimedOut (perhaps sent), RetryAfter."""
        if self._session is None:
            raise NetworkError("not initialised")
        try:
            if (written := _written(request_data)) is not None and method == "POST":
                status, body = await self._post(self._session, url, *written)
            else:
                async with self._session.request(method, url, data=_form(request_data)) as answer:
                    status, body = answer.status, await _bounded(answer)
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise NetworkError(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TimedOut(type(error).__name__) from None
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RetryAfter(retry_seconds(body))
        return status, body

    async def _post(self, session: aiohttp.ClientSession, url: str, content_type: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._wires:
            is_direct = _is_direct(parts.scheme, parts.netloc)
            self._wires[origin] = Wire(origin, total_seconds=self._total_seconds) if is_direct else None
        wire = self._wires[origin]
        if wire is not None:
            return await wire.post(url[len(origin) :], content_type, body)
        async with session.post(url, data=body, headers={"Content-Type": content_type}) as answer:
            return answer.status, await _bounded(answer)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse an answer; one that is no JSON object is a TelegramError, and its content is not logged."""
        try:
            parsed = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(parsed, dict) or (parsed.get("ok") is True and "result" not in parsed):
            raise TelegramError("Invalid server response")
        return parsed


def _is_direct(scheme: str, netloc: str) -> bool:
    """Tell whether no proxy stands between us and a server."""
    return scheme not in getproxies() or bool(proxy_bypass(netloc))


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in answer.content.iter_chunked(65536):
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise TelegramError("Invalid server response")
        parts.append(part)
    return b"".join(parts)


def _written(request_data: RequestData | Encoded | None) -> tuple[str, bytes] | None:
    """Return the type and the bytes of what is sent; None for files."""
    if isinstance(request_data, Encoded):
        return JSON, request_data.body
    if request_data is not None and request_data.multipart_data:
        return None
    return FORM, urlencode(request_data.json_parameters if request_data else {}).encode("ascii")


def _form(request_data: RequestData | Encoded | None) -> aiohttp.FormData | None:
    if request_data is None or isinstance(request_data, Encoded):
        return None
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, mime_type) in (request_data.multipart_data or {}).items():
        form.add_field(name, content, filename=file_name, content_type=mime_type)
    return form


def retry_seconds(body: bytes) -> int:
    """Return how long a 429 asks to wait, in seconds: sane whatever it says, at least 1, at most a day."""
    try:
        wait = int(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return DEFAULT_RETRY_SECONDS
    return min(wait, LONGEST_RETRY_SECONDS) if wait > 0 else DEFAULT_RETRY_SECONDS


def wait_of(error: RetryAfter) -> float:
    """Return how long a RetryAfter asks to wait, in seconds."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def is_token_refused(error: BaseException) -> bool:
    """Tell whether Telegram says the token is wrong (401, 404)."""
    return isinstance(error, InvalidToken)
