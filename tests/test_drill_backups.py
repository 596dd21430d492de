"""Copies are made while a broadcast goes out, put back after a kill, and send nothing before somebody says so.

Source: FAULTS, C11, K7, goal 26. The long one: ./run test -m drill -n 0 -o faulthandler_timeout=0 tests/test_drill_backups.py
"""

from __future__ import annotations

import asyncio
import time

import pytest
from conftest import until
from sqlalchemy import func, select
from test_drill_outbox import FIRST, Crowd, crowd  # noqa: F401

from bot import app, backups, seals
from bot.domain import health
from bot.errors import SettingsError
from db.models import Delivery, DeliveryState, Member

COUNT = 300
HOLDS = {"database", "in_flight", "seats", "tasks"}
RTO_SECONDS = 300
SENT = select(func.count()).where(Delivery.view == "outbox.parked", Delivery.state == DeliveryState.SENT)
HELD = select(func.count()).where(Delivery.state == DeliveryState.HELD)


@pytest.fixture
def led(crowd):  # noqa: F811 - the fixture of the other drills
    """The process is not started yet; a coordinator is among the people."""
    crowd.gather(COUNT)
    first = select(Member).where(Member.telegram_id == FIRST)
    crowd.database.run(lambda session: setattr(session.scalars(first).one(), "role", "coordinator"))
    return crowd


def count(led: Crowd, statement) -> int:
    return led.database.run(lambda session: session.scalar(statement))


def refused(led: Crowd, path, key) -> int:
    """Put back what cannot be; returns the exit code, nothing has changed."""
    before = count(led, SENT)
    with pytest.raises(SettingsError) as told:
        backups.restore(led.database, path, now=led.simulator.clock.now(), bring_up_to_date=app.bring_up_to_date, key=key)
    assert count(led, SENT) == before
    return told.value.exit_code


def let_go(session) -> int:
    """The coordinator says: send it."""
    actor = session.scalars(select(Member).where(Member.role == "coordinator")).one()
    return health.let_go(session, actor, sends=True, now=actor.seen_at)


async def comes_back(led: Crowd, number: int, folder, keys) -> float:
    """One drill; returns the seconds from the kill until the bot answers again."""
    key, other, recipient = keys
    led.announce(number)
    goal = count(led, SENT) + COUNT // 4
    await led.open()
    await until(lambda: count(led, SENT) >= goal, "a quarter to have it")
    before = count(led, SENT)
    path = await asyncio.to_thread(backups.make, led.database, folder, now=led.simulator.clock.now(), recipient=recipient)
    after = count(led, SENT)
    await led.kill()
    half = path.with_name(f"half-{path.name}")
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert (refused(led, half, key), refused(led, path, other)) == (74, 74)

    began = time.monotonic()
    waiting = backups.restore(
        led.database, path, now=led.simulator.clock.now(), bring_up_to_date=app.bring_up_to_date, key=key
    )
    checks = led.database.run(lambda session: health.checks(session, now=led.simulator.clock.now()))
    assert {check.name for check in checks if check.name in HOLDS and check.holds} == HOLDS
    assert before <= count(led, SENT) <= after
    assert count(led, SENT) + waiting == number * COUNT
    calls = len(led.calls("sendMessage"))
    await led.open()
    led.world.person_sends(FIRST + 1, {"text": "/start"})
    await until(lambda: len(led.calls("sendMessage")) > calls + 1, "it to answer, and to ask the coordinator")
    seconds = time.monotonic() - began
    await led.until_empty()
    assert (count(led, SENT), count(led, HELD)) == (number * COUNT - waiting, waiting)

    assert led.database.run(let_go) == waiting
    await led.until_empty()
    assert count(led, SENT) == number * COUNT
    assert {numbers.count(str(number)) for numbers in led.accepted().values()} <= {1, 2}
    await led.kill()
    path.unlink()
    half.unlink()
    return seconds


@pytest.mark.parametrize("rounds", [pytest.param(2, marks=pytest.mark.short_drill), pytest.param(100, marks=pytest.mark.drill)])
async def test_k7_a_copy_made_under_load_comes_back_whole_and_waits(led, tmp_path, rounds):
    keys = (tmp_path / "key", tmp_path / "other")
    recipient, _ = [seals.new_key(path) for path in keys]
    took = [await comes_back(led, number, tmp_path / "copies", (*keys, recipient)) for number in range(1, rounds + 1)]

    print(f"\n{rounds} drills, the longest {max(took):.1f} s until it answered")
    assert max(took) <= RTO_SECONDS
