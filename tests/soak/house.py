"""The bot in a process of its own whose clock obeys, so that its memory is measured without the simulated Telegram's.

`python -m tests.soak.house` reads one order a line on standard input and answers each with one line, both JSON. Its clock
stands still between two orders: whatever is sent, is sent at an instant the oracle can name.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError

from bot import app, jobs, leader, service
from bot.clock import SettableClock
from bot.domain import outbox
from bot.settings import ROOT, Settings, load
from db.engine import Database
from db.models import Delivery, Pause
from tests.conftest import House, knowledge_of, until

REST_SECONDS, ORDER_SECONDS = 0.004, 150


class Resident:
    """The machine as the orders find it: open or closed, at an instant."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.machine: app.Machine | None = None
        self._running: asyncio.Task[None] | None = None
        self._lock: leader.FileLock | leader.AdvisoryLock

    async def open(self, at: str) -> None:
        """Start the bot; its clock is a new one, or each closed machine would be kept alive by the old one."""
        app.bring_up_to_date(self.database)
        self._lock = leader.lock_for(self.database)
        await self._lock.acquire()
        clock = SettableClock(datetime.fromisoformat(at), rate=0)
        self.machine = app.Machine(
            self.settings, self.database, clock=clock, base=knowledge_of(self.settings.locales_dir), announce=lambda _: None
        )
        service.keep_for_good()
        self._running = asyncio.create_task(self.machine.run(self._lock))

    async def close(self) -> None:
        """Stop the bot cleanly, whatever it is at."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._lock.release()
        self._running = self.machine = None

    async def tick(self, at: str, is_full_hour: bool = False, is_cut: bool = False) -> None:
        """Let it be that instant and the scheduler knock; `is_cut` comes back while the messages are on their way."""
        assert self.machine
        self.machine.clock.set(datetime.fromisoformat(at))
        await self._knock(jobs.tick)
        if is_cut:
            return
        await self.rest()
        await self._knock(jobs.watch)
        if is_full_hour:
            await self._knock(jobs.housekeeping)
        await self.rest()

    async def _knock(self, job: Callable[[app.Machine], Awaitable[None]]) -> None:
        """Like the bot's own alarm clock, which may be knocking at the same instant: of two, one writes and one comes again."""
        assert self.machine
        try:
            await job(self.machine)
        except IntegrityError:
            await job(self.machine)

    async def rest(self) -> None:
        """Come back when nothing is handled or sent any more."""
        while not await self._is_at_rest():
            await asyncio.sleep(REST_SECONDS)

    async def _is_at_rest(self) -> bool:
        machine = self.machine
        assert machine and self._running
        if self._running.done():
            self._running.result()
            raise AssertionError("the bot has stopped")
        if not (machine.dispatcher.is_idle and machine.worker.is_idle) or machine.has_later:
            return False
        now = machine.clock.now()
        paused = exists().where(Pause.chat_id == Delivery.chat_id, Pause.until > now)
        waiting = select(func.count()).where(Delivery.state.in_(outbox.OPEN), Delivery.not_before <= now, ~paused)
        return not await self.database.read(lambda session: session.scalar(waiting))

    async def measure(self) -> dict[str, float]:
        """Return what the process holds: memory in MB, descriptors, threads, the write-ahead log in MB."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        log = Path(f"{self.database.url.database}-wal")
        links = [str(one.readlink()) for one in list(Path("/proc/self/fd").iterdir()) if one.is_symlink()]
        return {
            "rss": pages * os.sysconf("SC_PAGE_SIZE") / 2**20, "descriptors": len(links),
            "sockets": sum(link.startswith("socket:") for link in links),
            "threads": len(list(Path("/proc/self/task").iterdir())),
            "wal": log.stat().st_size / 2**20 if self.database.is_sqlite and log.exists() else 0.0,
        }  # fmt: skip


async def obey() -> None:
    """Do what standard input says until it ends."""
    resident, loop = Resident(load()), asyncio.get_running_loop()
    orders: dict[str, Callable[..., Awaitable[Any]]] = {
        name: getattr(resident, name) for name in ("open", "close", "tick", "rest", "measure")
    }
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        answer = await orders[order.pop("do")](**order)
        print(json.dumps(answer), flush=True)
    await resident.close()
    resident.database.close()


class SoakedHouse(House):
    """The house as the test has it: phones and Telegram here, the bot over there."""

    process: asyncio.subprocess.Process
    is_open = False

    def environment(self) -> dict[str, str]:
        """Return the settings the other process reads."""
        loaded = self.settings
        return {
            "PATH": os.environ["PATH"], "BOT_TOKEN": loaded.bot_token or "", "BOT_API_URL": loaded.bot_api_url,
            "DATABASE_URL": loaded.database_url, "DATA_DIR": str(loaded.data_dir), "LOCALES_DIR": str(loaded.locales_dir),
            "COORDINATOR_IDS": ",".join(map(str, loaded.coordinator_ids)), "MESSAGES_PER_SECOND": "1000",
            "MESSAGES_PER_CHAT_SECOND": "1000", "MESSAGES_PER_GROUP_MINUTE": "60000", "PYTHONPATH": str(ROOT / "tests"),
        }  # fmt: skip

    async def move_in(self) -> None:
        """Start the process and open the house."""
        self.log_path = Path(self.settings.data_dir) / "log"
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.soak.house", cwd=ROOT, env=self.environment(), stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        await self.open()

    async def move_out(self) -> None:
        """Close the house and end the process."""
        if self.process.returncode is None and self.process.stdin:
            self.process.stdin.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 20)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.database.close()

    async def order(self, do: str, **more: Any) -> Any:
        """Give an order and wait for its answer."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        line = await asyncio.wait_for(self.process.stdout.readline(), ORDER_SECONDS)
        assert line, f"the process has ended: {self.log_path.read_text('utf-8')[-4000:]}"
        return json.loads(line)

    @property
    def now(self) -> datetime:
        """Return the simulated instant."""
        return self.simulator.clock.now()

    async def open(self) -> None:
        """Start the bot at the present instant."""
        self.world.poller = None
        await self.order("open", at=self.now.isoformat())
        await until(lambda: self.world.poller is not None, "the bot to poll")
        self.is_open = True

    async def close(self) -> None:
        """Stop the bot cleanly, whatever it is at."""
        self.is_open = False
        await self.order("close")

    async def knocks(self, at: datetime, *, is_full_hour: bool = False, is_cut: bool = False) -> None:
        """Let it be that instant here and there, and the scheduler knock."""
        self.simulator.clock.set(at, rate=0)
        await self.order("tick", at=at.isoformat(), is_full_hour=is_full_hour, is_cut=is_cut)

    async def settled(self) -> None:
        """Wait until what people did is handled and answered."""
        if self.is_open:
            await until(lambda: not self.world.updates, "the updates to be taken")
            await self.order("rest")


if __name__ == "__main__":
    asyncio.run(obey())
