"""Copies are made while a broadcast goes out, put back after a kill, and send nothing before somebody says so.

Source: FAULTS, K7, goal 26. The long one: ./run test -m drill -n 0 -o faulthandler_timeout=0 tests/test_drill_backups.py
"""

from __future__ import annotations

import asyncio
import time

import pytest
from conftest import UNLIMITED, loaded_settings, until
from sqlalchemy import func, select
from test_drill_outbox import FIRST, Crowd

from bot import app, backups, seals
from bot.clock import SettableClock
from bot.domain import health
from bot.errors import SettingsError
from bot.simulator import Simulator
from db.models import Delivery, DeliveryState, Member

COUNT = 300
HOLDS = {"database", "in_flight", "seats", "tasks"}
RTO_SECONDS = 300
SENT = select(func.count()).where(Delivery.view == "outbox.parked", Delivery.state == DeliveryState.SENT)
HELD = select(func.count()).where(Delivery.state == DeliveryState.HELD)


@pytest.fixture
async def crowd(database_url, client, tmp_path, fewer_phrasings):
    """The process is not started yet; a coordinator is among the people."""
    async with Simulator(limits=UNLIMITED, clock=SettableClock()) as simulator:
        loaded = loaded_settings(database_url=database_url, locales_dir=fewer_phrasings)
        running = Crowd(simulator, loaded, client, tmp_path)
        app.bring_up_to_date(running.database)
        running.gather(COUNT)
        first = select(Member).where(Member.telegram_id == FIRST)
        running.database.run(lambda session: setattr(session.scalars(first).one(), "role", "coordinator"))
        yield running
        await running.close()
        running.database.close()


def count(crowd: Crowd, statement) -> int:
    return crowd.database.run(lambda session: session.scalar(statement))


def refused(crowd: Crowd, path, key) -> int:
    """Put back what cannot be; returns the exit code, nothing has changed."""
    before = count(crowd, SENT)
    with pytest.raises(SettingsError) as told:
        backups.restore(crowd.database, path, now=crowd.simulator.clock.now(), bring_up_to_date=app.bring_up_to_date, key=key)
    assert count(crowd, SENT) == before
    return told.value.exit_code


def let_go(session) -> int:
    """The coordinator says: send it."""
    actor = session.scalars(select(Member).where(Member.role == "coordinator")).one()
    return health.let_go(session, actor, sends=True, now=actor.seen_at)


async def comes_back(crowd: Crowd, number: int, folder, keys) -> float:
    """One drill; returns the seconds from the kill until the bot answers again."""
    key, other, recipient = keys
    crowd.announce(number)
    goal = count(crowd, SENT) + COUNT // 4
    await crowd.open()
    await until(lambda: count(crowd, SENT) >= goal, "a quarter to have it")
    before = count(crowd, SENT)
    path = await asyncio.to_thread(backups.make, crowd.database, folder, now=crowd.simulator.clock.now(), recipient=recipient)
    after = count(crowd, SENT)
    await crowd.kill()
    half = path.with_name(f"half-{path.name}")
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert (refused(crowd, half, key), refused(crowd, path, other)) == (74, 74)

    began = time.monotonic()
    waiting = backups.restore(
        crowd.database, path, now=crowd.simulator.clock.now(), bring_up_to_date=app.bring_up_to_date, key=key
    )
    checks = crowd.database.run(lambda session: health.checks(session, now=crowd.simulator.clock.now()))
    assert {check.name for check in checks if check.name in HOLDS and check.holds} == HOLDS
    assert before <= count(crowd, SENT) <= after
    assert count(crowd, SENT) + waiting == number * COUNT
    calls = len(crowd.calls("sendMessage"))
    await crowd.open()
    crowd.world.person_sends(FIRST + 1, {"text": "/start"})
    await until(lambda: len(crowd.calls("sendMessage")) > calls + 1, "it to answer, and to ask the coordinator")
    seconds = time.monotonic() - began
    await crowd.until_empty()
    assert (count(crowd, SENT), count(crowd, HELD)) == (number * COUNT - waiting, waiting)

    assert crowd.database.run(let_go) == waiting
    await crowd.until_empty()
    assert count(crowd, SENT) == number * COUNT
    assert {numbers.count(str(number)) for numbers in crowd.accepted().values()} <= {1, 2}
    await crowd.kill()
    path.unlink()
    half.unlink()
    return seconds


@pytest.mark.parametrize("rounds", [pytest.param(2, marks=pytest.mark.short_drill), pytest.param(100, marks=pytest.mark.drill)])
async def test_k7_a_copy_made_under_load_comes_back_whole_and_waits(crowd, tmp_path, rounds):
    keys = (tmp_path / "key", tmp_path / "other")
    recipient, _ = [seals.new_key(path) for path in keys]
    took = [await comes_back(crowd, number, tmp_path / "copies", (*keys, recipient)) for number in range(1, rounds + 1)]

    print(f"\n{rounds} drills, the longest {max(took):.1f} s until it answered")
    assert max(took) <= RTO_SECONDS
