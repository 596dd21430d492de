"""The machine's own clock jumps, is put back or was never set, and its host believes to be elsewhere.

libfaketime stands between the program and the clock: Debian's package « faketime ». Source: FAULTS, D3, D4, D5, D7, D9, D12.
The other hosts: ./run test -m drill tests/test_drill_clock.py
"""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import SLACK, UNLIMITED, loaded_settings, until
from sqlalchemy import select, update
from test_drill_outbox import FIRST, Crowd

from bot import app
from bot.clock import SettableClock
from bot.simulator import Simulator
from db.models import Delivery, DeliveryState, Member

LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
DUE_TO_SENT_SECONDS = 15
COUNT = 3
pytestmark = [
    pytest.mark.skipif(LIBRARY is None, reason="faketime is not installed"),
    pytest.mark.parametrize("database_kind", ["sqlite"]),
]  # fmt: skip


class Drifting(Crowd):
    """A bot whose clock is ours to shift, on a host in any zone."""

    zone: str | None = None

    def environment(self, **changes: str) -> dict[str, str]:
        host = {"TZ": self.zone} if self.zone is not None else {}
        return super().environment(
            LD_PRELOAD=str(LIBRARY), FAKETIME_TIMESTAMP_FILE=str(self.folder / "clock"), FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1", **host, **changes,
        )  # fmt: skip

    def shift(self, how: str) -> None:
        """From now on its clock is that far from ours, or starts at that instant."""
        (self.folder / "clock").write_text(how)

    async def answers(self, number: int) -> None:
        """Wait until somebody who writes now has been answered."""
        before = len(self.calls("sendMessage"))
        self.world.person_sends(FIRST + number, {"text": "/start"})
        await until(lambda: len(self.calls("sendMessage")) > before, "an answer")


@pytest.fixture
async def drifting(client, tmp_path, database_url, fewer_phrasings):
    """The process is not started yet; message 1 is planned for everybody in two hours."""
    async with Simulator(limits=UNLIMITED, clock=SettableClock()) as simulator:
        running = Drifting(simulator, loaded_settings(database_url=database_url, locales_dir=fewer_phrasings), client, tmp_path)
        app.bring_up_to_date(running.database)
        running.gather(COUNT)
        running.announce(1)
        later = running.simulator.clock.now() + timedelta(hours=2)
        running.database.run(lambda session: session.execute(update(Delivery).values(not_before=later)))
        yield running
        await running.close()
        running.database.close()


def everybodys(crowd: Crowd) -> list[list[str]]:
    """What each was sent of what was planned."""
    return [[number for number in numbers if number] for numbers in crowd.accepted().values()]


@pytest.mark.parametrize(("zone", "is_frozen"), [
    pytest.param("America/New_York", True, marks=pytest.mark.short_drill), pytest.param(None, False, marks=pytest.mark.drill),
    pytest.param("Nowhere/Else", False, marks=pytest.mark.drill),
])  # fmt: skip
async def test_d3_d4_d7_d9_what_is_due_after_a_jump_goes_at_once_and_not_again_when_it_is_put_back(drifting, zone, is_frozen):
    """Forwards by two hours while it runs, or while it is frozen as a machine that sleeps; then back by four."""
    drifting.zone = zone
    drifting.shift("+0")
    await drifting.open()
    await drifting.answers(0)
    assert everybodys(drifting) == [[]] * COUNT

    if is_frozen:
        drifting.process.send_signal(signal.SIGSTOP)
    drifting.shift("+2h")
    if is_frozen:
        drifting.process.send_signal(signal.SIGCONT)
    began = time.monotonic()
    await until(lambda: everybodys(drifting) == [["1"]] * COUNT, "everybody to have it")
    assert time.monotonic() - began <= SLACK * DUE_TO_SENT_SECONDS

    drifting.shift("-2h")
    before = drifting.simulator.clock.now() - timedelta(hours=2)
    drifting.announce(2)
    given_up = {"expires_at": before, "not_before": before + timedelta(hours=1)}
    drifting.database.run(lambda session: session.execute(update(Delivery).where(Delivery.subject_id == 2).values(given_up)))
    await drifting.answers(1)
    states = select(Delivery.state).where(Delivery.subject_id == 2)

    async def has_ticked() -> bool:
        return await drifting.database.read(lambda session: session.scalars(states).all()) == [DeliveryState.EXPIRED] * COUNT

    began = time.monotonic()
    await until(has_ticked, "the scheduler to knock on")
    assert time.monotonic() - began <= 2 * SLACK * DUE_TO_SENT_SECONDS
    assert everybodys(drifting) == [["1"]] * COUNT


@pytest.mark.short_drill
async def test_d5_what_is_planned_waits_for_a_clock_that_was_never_set(drifting):
    """It starts in 1970: people are answered, nothing planned is sent or given up; once the clock is set all of it goes."""
    states = select(Delivery.state).where(Delivery.subject_id == 1)
    drifting.shift("@1970-01-02 00:00:00")
    await drifting.open()
    await drifting.answers(0)
    held = await drifting.database.read(lambda session: session.scalars(states).all())
    drifting.shift("+2h")
    await until(lambda: everybodys(drifting) == [["1"]] * COUNT, "everybody to have it")
    await drifting.until_empty()
    await drifting.kill()
    await drifting.open()  # it looks after the house at the start: who came in 1970 is not asked whether they are still there
    await drifting.answers(1)

    assert held == [DeliveryState.QUEUED] * COUNT
    assert everybodys(drifting) == [["1"]] * COUNT
    asked = select(Member.asked_to_stay_at).where(Member.telegram_id >= FIRST)
    assert await drifting.database.read(lambda session: session.scalars(asked).all()) == [None] * COUNT
