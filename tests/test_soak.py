"""A month of a hundred people, held against an oracle: nothing missed, nothing said twice, nothing kept that is not needed.

Rows K10, D1, D2, D6, D13 of the fault table. The bot runs in a process of its own (soak/house.py), people live by one seed
(soak/life.py), and what each of them must have got at which instant is worked out apart (soak/oracle.py).
The long one takes ten minutes a database and a season: ./run test -m drill -n 0 -s tests/test_soak.py
"""

from __future__ import annotations

import faulthandler
import time
from collections import Counter
from datetime import date

import pytest

from bot import app, sample
from bot.clock import SettableClock
from bot.simulator import SIMULATOR_TOKEN, Simulator
from tests.conftest import BAKARY, UNLIMITED, Phone, loaded_settings
from tests.soak.house import SoakedHouse
from tests.soak.life import PARIS, Life, Size

MONTH = Size(people=100, days=30, acts=200, restarts=10)
WEEKEND = Size(people=20, days=3, acts=30, restarts=2, ahead=(2,), is_short=True)
SPRING, AUTUMN = date(2027, 3, 10), date(2026, 10, 10)
WARM_UP_DAYS = 5
MB_A_DAY, DESCRIPTORS, THREADS, WAL_MB = 1.0, 5, 2, 64
SOCKETS = 64 + 120 + 6  # the two pools of connections, full after a broadcast and empty after a restart; and a few


async def soaked(client, tmp_path, house_url, locales_dir, size, first_day, *, seed=1) -> tuple[Life, float]:
    """Live through it; returns the life and how many seconds it took."""
    began = time.monotonic()
    async with Simulator(limits=UNLIMITED, clock=SettableClock(rate=0)) as simulator:
        loaded = loaded_settings(
            bot_token=SIMULATOR_TOKEN, bot_api_url=simulator.url, database_url=house_url,
            coordinator_ids=(*sample.COORDINATORS, BAKARY), locales_dir=locales_dir, data_dir=tmp_path,
        )  # fmt: skip
        house = SoakedHouse(simulator, loaded, client)
        app.bring_up_to_date(house.database)
        life = Life(house, size, first_day, seed)
        simulator.clock.set(life.first, rate=0)
        aminata = simulator.world.add_person(sample.AMINATA.telegram_id, "Aminata", "fr")
        house.phones["Aminata"] = Phone(house, aminata.id)
        await house.move_in()
        try:
            await life.settle()
            await life.live()
            life.broken += await life.left_over()
            life.broken += troubles(house.log_path.read_text("utf-8").splitlines())
        finally:
            await house.move_out()
    return life, time.monotonic() - began


def troubles(log: list[str]) -> list[str]:
    """Return the lines of a log that should not be there, a traceback with what led to it and its end."""
    found = [at for at, line in enumerate(log) if "Traceback" in line or "[error" in line or "never" in line]
    return ["\n".join(log[max(0, at - 2) : at + 60]) if "Traceback" in log[at] else log[at] for at in found]


def slope(values: list[float]) -> float:
    """Return by how much values grow from one to the next, by least squares."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in range(len(values)))
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / spread


def told(life: Life, seconds: float) -> str:
    """Return the figures in a few lines."""
    first, last = life.measured[0], life.measured[-1]
    figures = " ".join(f"{name}={number}" for name, number in sorted(life.counted.items()))
    kinds = " ".join(f"{name}={number}" for name, number in sorted(life.oracle.met.items()))
    files = [one["descriptors"] - one["sockets"] for one in (first, last)]
    sockets, log = (max(one[name] for one in life.measured) for name in ("sockets", "wal"))
    return (
        f"\n{life.size.days} days, {life.size.people} people, {seconds:.0f} s: {figures}\nas owed: {kinds}; "
        f"latest after its time {life.oracle.latest}; a second unasked one on a day {life.oracle.twice_a_day}, "
        f"by night without a sound {life.oracle.without_a_sound}\n"
        f"memory {first['rss']:.0f} → {last['rss']:.0f} MB, files {files[0]} → {files[1]}, sockets up to {sockets}, "
        f"threads {first['threads']} → {last['threads']}, log up to {log:.1f} MB\nrefused: {dict(life.refusals)}"
    )


def holds(life: Life) -> None:
    """All that was owed has come, at its instant, and nothing else."""
    faults = Counter(fault.split(":")[0] for fault in life.oracle.faults)
    assert not life.oracle.faults, f"{dict(faults)}\n" + "\n".join(life.oracle.faults[:40])
    assert not life.broken, "\n".join(life.broken[:40])
    assert not life.refusals


@pytest.mark.parametrize("first_day", [
    pytest.param(date(2027, 3, 26), id="spring", marks=pytest.mark.short_drill),
    pytest.param(date(2026, 10, 23), id="autumn", marks=pytest.mark.drill),
])  # fmt: skip
@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_k10_three_days_over_a_clock_change(client, tmp_path, house_url, fewer_phrasings, first_day):
    life, seconds = await soaked(client, tmp_path, house_url, fewer_phrasings, WEEKEND, first_day)
    print(told(life, seconds))

    offsets = {moment.astimezone(PARIS).utcoffset() for moment in life.oracle.knocks}
    holds(life)
    assert len(offsets) == 2
    assert life.oracle.met["card"] and life.oracle.met["copy"] and life.oracle.met["reminder"]
    assert life.counted["restarts"] == WEEKEND.restarts


@pytest.mark.drill
@pytest.mark.parametrize("first_day", [SPRING, AUTUMN], ids=["spring", "autumn"])
async def test_k10_thirty_days(client, tmp_path, house_url, fewer_phrasings, first_day):
    faulthandler.cancel_dump_traceback_later()  # longer than the suite's patience
    life, seconds = await soaked(client, tmp_path, house_url, fewer_phrasings, MONTH, first_day)
    print(told(life, seconds))

    settled = life.measured[WARM_UP_DAYS:]
    grows = slope([one["rss"] for one in settled])
    print(f"memory grows by {grows:.2f} MB a day")
    holds(life)
    assert life.counted["restarts"] == MONTH.restarts
    assert grows <= MB_A_DAY
    files, threads = [one["descriptors"] - one["sockets"] for one in settled], [one["threads"] for one in settled]
    assert max(files) - min(files) <= DESCRIPTORS
    assert max(threads) - min(threads) <= THREADS
    assert max(one["sockets"] for one in settled) <= SOCKETS
    assert max(one["wal"] for one in life.measured) < WAL_MB
