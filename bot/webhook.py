"""The optional webhook, and what machines ask of us (/healthz, /readyz, /metrics): stored before it is acknowledged.

The secret is compared in constant time before the body is read; 200 only after the commit, else 503. Every copy of the
program listens, whoever leads: what a copy that stands by has stored is handled by the leader.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.domain import health, inbox
from bot.errors import EXIT_UNAVAILABLE, SettingsError
from bot.jobs import DEAF_SECONDS
from bot.receiver import chat_of, is_numbered
from bot.settings import Settings
from db.engine import Database

if TYPE_CHECKING:
    from bot.app import Machine

MAX_BODY_BYTES = 1024 * 1024
BODY_SECONDS = 5.0
COMMIT_SECONDS = 8.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
# A body that is not read is not waited for either: whoever sends one is let go.
_LET_GO = {"Connection": "close"}


class WebhookServer:
    """Listens where LISTEN says. `machine` is who handles what is stored, while this process leads."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self.machine: Machine | None = None
        self._settings, self._database, self._clock = settings, database, clock
        self._runner: web.AppRunner | None = None
        self._strangers = 0  # posts without the secret

    async def start(self) -> None:
        """Listen, once; raises SettingsError (exit 69) when the address is taken."""
        if self._runner:
            return
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)
        if self._settings.webhook_url:
            app.router.add_post(urlsplit(self._settings.webhook_url).path or "/", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, lingering_time=1, keepalive_timeout=75)
        await self._runner.setup()
        host, port = self._settings.listen or ("127.0.0.1", 0)
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self.stop()
            raise SettingsError(["LISTEN: the address is taken; choose another port"], EXIT_UNAVAILABLE) from None

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, request: web.Request) -> web.Response:
        """200 while Telegram and the database answer, else 503 with why."""
        if self.machine and self.machine.deaf_for() > DEAF_SECONDS:
            return web.Response(status=503, text="deaf: Telegram does not answer\n")
        try:
            await self._database.read(lambda session: session.execute(text("SELECT 1")))
        except SQLAlchemyError:
            return web.Response(status=503, text="the database does not answer\n")
        return web.Response(text="ready\n" if self.machine else "stands by\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        """A few numbers, as Prometheus reads them; nothing of anybody."""
        now = self._clock.now()
        try:
            found = await self._database.read(lambda session: health.of(session, now=now))
        except SQLAlchemyError:
            return web.Response(status=503)
        waits = (now - found.due_since).total_seconds() if found.due_since else 0.0
        copied = (now - found.backed_up_at).total_seconds() if found.backed_up_at else -1.0
        deaf = self.machine.deaf_for() if self.machine else 0.0
        numbers = {"enndam_leads": float(self.machine is not None), "enndam_queue_due": found.due,
                   "enndam_queue_oldest_seconds": waits, "enndam_put_aside": found.put_aside,
                   "enndam_deaf_seconds": deaf, "enndam_backup_age_seconds": copied,
                   "enndam_strangers_posts": self._strangers}  # fmt: skip
        lines = [f"# TYPE {name} gauge\n{name} {value:g}\n" for name, value in numbers.items()]
        return web.Response(text="".join(lines), content_type="text/plain")

    async def _receive(self, request: web.Request) -> web.Response:
        secret = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(secret, self._settings.webhook_secret.encode()):
            self._strangers += 1
            return web.Response(status=401, headers=_LET_GO)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408, headers=_LET_GO)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if not is_numbered(update):
            return web.Response(status=400)
        waiting = inbox.Waiting(update["update_id"], chat_of(update), json.dumps(update))
        now = self._clock.now()
        try:
            # What is stored after all is found by whoever leads, and is known when Telegram posts it again.
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._database.transaction(lambda session: inbox.store(session, [waiting], now=now))
        except (SQLAlchemyError, TimeoutError):
            return web.Response(status=503)
        if self.machine:
            self.machine.dispatcher.look()
        return web.Response()
