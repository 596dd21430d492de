"""One copy of the program, from its start to its end: it stands by until it may lead, and leads until somebody else may."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import OperationalError

from bot import app, leader, systemd
from bot.clock import Clock
from bot.domain import health
from bot.errors import TokenRefused
from bot.knowledge import Knowledge
from bot.settings import Settings
from bot.webhook import WebhookServer
from db.engine import Database

logger = logging.getLogger(__name__)


async def serve(
    settings: Settings, *, announce: Callable[[str], None], clock: Clock | None = None, base: Knowledge | None = None
) -> None:
    """Lead, or stand by, until cancelled; raises SettingsError (and DatabaseRefused), TokenRefused.

    `announce` gets what whoever starts it must read: once, the link that makes the first coordinator.
    """
    copy = _Copy(settings, announce, clock or Clock(), base)
    beating = asyncio.create_task(systemd.beat(copy.is_well))
    try:
        await copy.run()
    finally:
        beating.cancel()
        await copy.close()


def keep_for_good() -> None:
    """Spare the collector of garbage what was loaded at the start, words and knowledge: it looked through it all."""
    gc.unfreeze()  # what an earlier machine of this process has left is garbage now
    gc.collect()
    gc.freeze()


class _Copy:
    def __init__(
        self, settings: Settings, announce: Callable[[str], None], clock: Clock, base: Knowledge | None
    ) -> None:
        self._settings, self._announce, self._clock, self._base = settings, announce, clock, base
        self._database = Database(settings.database_url)
        self._lock = leader.lock_for(self._database)
        self._front = WebhookServer(settings, self._database, clock) if settings.listen else None
        self._machine: app.Machine | None = None

    def is_well(self) -> bool:
        """Tell whether starting anew would not help."""
        return self._machine is None or self._machine.is_well

    async def run(self) -> None:
        """Lead again and again."""
        app.prepare_database_file(self._database)
        if self._front and not self._database.is_sqlite:
            await self._front.start()  # a copy that stands by stores what is posted to it
        while True:
            await self._lead()
            logger.info("no longer leading, stands by")
            await asyncio.sleep(2 * leader.WAIT_SECONDS)  # whoever waits already may be in better health

    async def _lead(self) -> None:
        """Wait for our turn, and lead until it is over.

        The lock comes first: a second process must not touch the file, not even to bring its tables up to date.
        """
        await self._lock.acquire()
        try:
            await asyncio.to_thread(app.bring_up_to_date, self._database, copied=self._settings)
            await asyncio.to_thread(app.check_key, self._settings, self._database)
            self._machine = app.Machine(
                self._settings, self._database, clock=self._clock, announce=self._announce, base=self._base
            )
            keep_for_good()
            await self._machine.run(self._lock, self._front)
        except OperationalError:
            logger.warning("database away")  # in the first moments of leading; whoever can, leads
        except TokenRefused:
            with suppress(OperationalError):
                await self._database.transaction(lambda session: health.locked_out(session, now=self._clock.now()))
            raise
        finally:
            self._machine = None
            self._lock.release()

    async def close(self) -> None:
        """Stop listening and let go of the database."""
        if self._front:
            await self._front.stop()
        self._database.close()
