"""Killed again and again while people write: each thing they wrote has its effect once, in their order. Source: FAULTS, goal 8.

The long ones: ./run test -m drill -o faulthandler_timeout=0 tests/test_drill_inbox.py
"""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from conftest import UNLIMITED, free_port, loaded_settings, until
from sqlalchemy import func, select
from test_process import Service

from bot import app
from bot.clock import SettableClock
from bot.simulator import Simulator
from db.models import Asking, DeadLetter, InboxUpdate, Member

FIRST = 60_000
STANDSTILL_SECONDS = 60
QUESTIONS = ("Depuis quand les deux villes coopèrent ?", "Combien de forages ?", "Où est le siège ?", "xyzzy")


class Writers(Service):
    """The bot as a process of its own, and people who write to it."""

    webhook = False

    def environment(self, **changes: str) -> dict[str, str]:
        if self.webhook:
            changes |= {"LISTEN": f"127.0.0.1:{self.port}", "WEBHOOK_URL": f"http://127.0.0.1:{self.port}/hook",
                        "WEBHOOK_SECRET": "s3cret"}  # fmt: skip
        return super().environment(**changes)

    async def open(self) -> None:
        self.process = await self.spawn()

    def gather(self, count: int) -> None:
        """So many people have started the bot and are members."""
        now = self.simulator.clock.now()
        for number in range(FIRST, FIRST + count):
            self.world.add_person(number, "P", "fr").has_started = True
        self.database.run(lambda session: session.add_all(
            Member(telegram_id=FIRST + n, role="member", language="fr", place="villetaneuse", joined_at=now, seen_at=now)
            for n in range(count)
        ))  # fmt: skip

    def write(self, count: int, times: int) -> dict[int, list[int]]:
        """Each asks so many times; returns person → the numbers of their messages, in order."""
        written: dict[int, list[int]] = {FIRST + number: [] for number in range(count)}
        for turn in range(times):
            for person_id, messages in written.items():
                sent = self.world.person_sends(person_id, {"text": QUESTIONS[turn % len(QUESTIONS)]})
                messages.append(sent["message_id"])
        return written

    def asked(self, session) -> dict[int, list[int]]:
        """Return person → the messages that had their effect, in the order they had it."""
        rows = select(Member.telegram_id, Asking.message_id).join(Asking, Asking.member_id == Member.id).order_by(Asking.id)
        found: dict[int, list[int]] = {}
        for person_id, message_id in session.execute(rows):
            found.setdefault(person_id, []).append(message_id)
        return found

    async def left(self) -> int:
        """How many updates are not confirmed yet, or not done."""
        waiting = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.done_at.is_(None))
        return len(self.world.updates) + await self.database.read(lambda session: session.scalar(waiting))

    async def until_done(self) -> None:
        """Wait as long as there are fewer and fewer."""
        least, deadline = await self.left(), time.monotonic() + STANDSTILL_SECONDS
        while left := await self.left():
            if left < least:
                least, deadline = left, time.monotonic() + STANDSTILL_SECONDS
            assert time.monotonic() < deadline, (left, vars(self.world.webhook))
            assert self.process.returncode is None, self.log[-3000:]
            await asyncio.sleep(0.2)


@pytest.fixture(params=["polling", "webhook"])
async def writers(request, database_url, client, tmp_path, fewer_phrasings):
    """The process is not started yet."""
    async with Simulator(limits=UNLIMITED, clock=SettableClock()) as simulator:
        running = Writers(simulator, loaded_settings(database_url=database_url, locales_dir=fewer_phrasings), client, tmp_path)
        running.webhook, running.port = request.param == "webhook", free_port()
        app.bring_up_to_date(running.database)
        yield running
        await running.close()
        running.database.close()


async def survives(writers: Writers, people: int, times: int, kills: int, seconds: float) -> None:
    """Let `people` write `times` messages each while the process is killed `kills` times, `seconds` after it listens."""
    writers.gather(people)
    (writers.folder / "log").touch()
    written, left = writers.write(people, times), 0
    for _ in range(kills):
        before = writers.log.count("ready epoch")
        await writers.open()
        await until(lambda before=before: writers.log.count("ready epoch") > before, "it to listen")
        await asyncio.sleep(random.uniform(0.0, seconds))
        await writers.kill()
        left += bool(await writers.left())
    await writers.open()
    await writers.until_done()
    asked = await writers.database.read(writers.asked)
    dead = await writers.database.read(lambda session: session.scalar(select(func.count()).select_from(DeadLetter)))
    replies = [call for call in writers.calls("sendMessage") if "result" in call]
    print(f"\nkills with work left {left}, replies {len(replies)} to {people * times} messages")

    assert dead == 0
    assert asked == written  # none lost, none twice, in order
    assert len(replies) <= people * times + left * 100  # whoever was cut off is shown where they are, once a kill at most
    assert left >= kills // 2


@pytest.mark.short_drill
@pytest.mark.parametrize(("database_kind", "writers"), [("sqlite", "polling"), ("postgres", "webhook")], indirect=True)
async def test_goal_8_f1_f2_killed_while_people_write(writers):
    await survives(writers, 40, 10, 4, 1.0)


@pytest.mark.drill
async def test_goal_8_f1_f2_two_hundred_kills_and_five_thousand_updates(writers):
    await survives(writers, 250, 20, 200, 0.5)
