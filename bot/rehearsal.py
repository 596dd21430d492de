"""The simulator and the bot together, in one process: the bot without Telegram."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot import app, sample, service
from bot.settings import Settings
from bot.simulator import SIMULATOR_TOKEN, Simulator
from db.engine import Database


async def rehearse(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Play until cancelled, on a database that ends with the rehearsal. Raises OSError when the port is taken."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        async with Simulator(port=settings.simulator_port) as simulator:
            rehearsed = dataclasses.replace(
                settings, bot_token=SIMULATOR_TOKEN, bot_api_url=simulator.url, coordinator_ids=sample.COORDINATORS,
                database_url=f"sqlite:///{Path(folder) / 'rehearsal.db'}", data_dir=Path(folder),
                webhook_url="", listen=None, inbox_chat_id=None,
            )  # fmt: skip
            await _play(rehearsed, simulator, announce)


async def _play(settings: Settings, simulator: Simulator, announce: Callable[[str], None]) -> None:
    database = Database(settings.database_url)
    await asyncio.to_thread(app.bring_up_to_date, database)
    sample.people(simulator.world)
    await database.transaction(lambda session: sample.settle(session, simulator))

    async def restore() -> None:
        simulator.world.clear()
        sample.people(simulator.world)
        await database.transaction(sample.empty)
        await database.transaction(lambda session: sample.settle(session, simulator))

    simulator.on_restore = restore
    announce(f"Ouvrez cette page · Nin ɲɛ in dayɛlɛ: {simulator.url}/")
    try:
        await service.serve(settings, announce=announce, clock=simulator.clock)
    finally:
        database.close()
