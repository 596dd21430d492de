"""A broadcast while the program is killed again and again: nobody missed, few twice, everybody in order.

The long one: ./run test -m drill -o faulthandler_timeout=0 tests/test_drill_outbox.py
"""

from __future__ import annotations

import asyncio
import random
import time
from zoneinfo import ZoneInfo

import pytest
from conftest import SLACK, UNLIMITED, loaded_settings, until
from sqlalchemy import func, select
from test_process import Service

from bot import app
from bot.clock import SettableClock
from bot.domain import broadcasts, outbox
from bot.domain.broadcasts import Post
from bot.domain.desk import Desk
from bot.pacer import Pacer
from bot.simulator import Simulator
from bot.simulator.flood import Limits
from db.models import Delivery, DeliveryState, Lane, Member

RATE = 250
IN_FLIGHT = Pacer(per_second=RATE, per_chat_second=1000, per_group_minute=60_000).in_flight
FIRST = 40_000
LONGEST_SECONDS = 240


class Slow(Simulator):
    """A Telegram that may take what is sent to one chat and not say so."""

    silent_to: int | None = None

    async def _perform(self, call):
        response = await super()._perform(call)
        if call.method.lower() == "sendmessage" and call.chat_id() == self.silent_to:
            await asyncio.sleep(3600)
        return response


class Crowd(Service):
    """The bot as a process of its own, and people who only receive."""

    rate = RATE
    count = 0

    def environment(self, **changes: str) -> dict[str, str]:
        return super().environment(MESSAGES_PER_SECOND=str(self.rate), **changes)

    def gather(self, count: int) -> None:
        """So many people have started the bot and are members."""
        now = self.simulator.clock.now()
        for number in range(FIRST, FIRST + count):
            self.world.add_person(number, "P", "fr").has_started = True
        self.database.run(lambda session: session.add_all(
            Member(telegram_id=FIRST + n, role="member", language="fr", joined_at=now, seen_at=now) for n in range(count)
        ))  # fmt: skip
        self.count = count

    def announce(self, number: int) -> None:
        """Queue message `number` for each of them."""
        post = Post("outbox.parked", number, Lane.BROADCAST, values={"delivery_id": number}, wakes=True)
        desk, now = Desk(None, {"ile_de_france": ZoneInfo("Europe/Paris")}, str.__eq__), self.simulator.clock.now()
        crowd = [Member.telegram_id >= FIRST]
        self.database.run(lambda session: broadcasts.queue(session, crowd, post, desk=desk, now=now, not_before=now))

    def accepted(self) -> dict[int, list[str]]:
        """Return chat → the numbers of the messages Telegram took for it, in the order it took them."""
        found: dict[int, list[str]] = {FIRST + number: [] for number in range(self.count)}
        for call in self.calls("sendMessage"):
            chat_id = int(call["values"]["chat_id"])
            if chat_id >= FIRST and "result" in call:
                found[chat_id].append("".join(filter(str.isdecimal, call["values"]["text"])))
        return found

    async def is_empty(self) -> bool:
        waiting = select(func.count()).where(Delivery.state.in_(outbox.OPEN))
        return not await self.database.read(lambda session: session.scalar(waiting))

    async def until_empty(self) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        while not await self.is_empty():
            assert time.monotonic() < deadline, "the outbox does not become empty"
            assert self.process.returncode is None, self.log[-3000:]
            await asyncio.sleep(0.2)


@pytest.fixture
async def crowd(database_url, client, tmp_path, fewer_phrasings):
    """The process is not started yet."""
    async with Slow(limits=UNLIMITED, clock=SettableClock()) as simulator:
        loaded = loaded_settings(database_url=database_url, locales_dir=fewer_phrasings)
        running = Crowd(simulator, loaded, client, tmp_path)
        app.bring_up_to_date(running.database)
        yield running
        await running.close()
        running.database.close()


def put_aside(session) -> set[tuple[int, str]]:
    """Return what the bot will not try again by itself: chat and number of the message."""
    rows = select(Delivery.chat_id, Delivery.subject_id).where(Delivery.state == DeliveryState.PARKED)
    return {(chat_id, str(number)) for chat_id, number in session.execute(rows)}


async def survives(crowd: Crowd, count: int, kills: int) -> None:
    """Send two messages to each of `count` people while the process is killed `kills` times."""
    crowd.gather(count)
    for number in (1, 2):
        crowd.announce(number)
    done = 0
    for _ in range(kills):
        await crowd.open()
        await asyncio.sleep(random.uniform(0.05, 2 * count / RATE / kills))
        await crowd.kill()
        done += not await crowd.is_empty()
    await crowd.open()
    await crowd.until_empty()

    accepted, aside = crowd.accepted(), await crowd.database.read(put_aside)
    copies = sum(map(len, accepted.values()))
    print(f"\nkills while sending {done}, in flight {IN_FLIGHT}, copies too many {copies - 2 * count}, put aside {len(aside)}")
    # One that happened to be in flight at three kills is put aside, and shown to whoever sent it: perhaps it has arrived.
    missed = {(chat_id, number) for chat_id, numbers in accepted.items() for number in {"1", "2"} - set(numbers)}
    assert missed <= aside
    assert len(aside) <= max(IN_FLIGHT, kills // 2)
    assert [numbers for numbers in accepted.values() if numbers != sorted(numbers)] == []
    assert copies - 2 * count <= IN_FLIGHT * kills
    assert max(max(numbers.count("1"), numbers.count("2")) for numbers in accepted.values()) <= 1 + 2
    for number in (1, 2):
        counted = await crowd.database.read(lambda session, number=number: outbox.counts(session, "outbox.parked", number))
        assert counted.pop(DeliveryState.PARKED, 0) + counted.pop(DeliveryState.SENT) == count
        assert counted == {}
    assert done >= kills // 2


@pytest.mark.short_drill
@pytest.mark.parametrize(("database_kind", "round_number"), [("sqlite", 1), ("sqlite", 2), ("postgres", 1)])
async def test_row_48_a1_killed_again_and_again_nobody_is_missed(crowd, round_number):
    """Ten kills each: a test that lasts longer than the suite's patience would be taken for one that hangs."""
    await survives(crowd, 2_000, 10)


@pytest.mark.drill
@pytest.mark.parametrize("database_kind", ["sqlite", "postgres"])
async def test_row_48_a1_two_hundred_kills_and_ten_thousand_people(crowd):
    await survives(crowd, 10_000, 200)


@pytest.mark.short_drill
@pytest.mark.parametrize(("kills", "state"), [(1, DeliveryState.SENT), (3, DeliveryState.PARKED)])
@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a2_killed_after_telegram_took_it_and_before_that_is_written_down(crowd, kills, state):
    """After one kill it goes once more; what was in the air at three is put aside, and who sent it sees that in the report."""
    chat = FIRST + 3
    crowd.gather(30)
    crowd.announce(1)
    crowd.simulator.silent_to = chat
    for number in range(kills):
        await crowd.open()
        await until(lambda number=number: len(crowd.accepted()[chat]) > number, "Telegram to take it")
        await crowd.kill()
    crowd.simulator.silent_to = None
    await crowd.open()
    await crowd.until_empty()
    found = select(Delivery.state).where(Delivery.chat_id == chat, Delivery.view == "outbox.parked")

    copies = {chat_id: len(numbers) for chat_id, numbers in crowd.accepted().items()}
    assert copies.pop(chat) == (2 if kills == 1 else 3)
    assert await crowd.database.read(lambda session: session.scalar(found)) == state
    assert set(copies.values()) <= {1, 2}
    assert sum(copies.values()) - len(copies) <= IN_FLIGHT


@pytest.mark.short_drill
async def test_b2_a_silence_is_kept_across_a_kill(crowd):
    crowd.gather(30)
    await crowd.post("/sim/faults", {
        "kind": "status", "code": 429, "method": "sendMessage", "chat_id": FIRST + 3,
        "description": "Too Many Requests: retry after 8", "parameters": {"retry_after": 8},
    })  # fmt: skip
    crowd.announce(1)
    began = time.monotonic()
    await crowd.open()

    async def others_have_it() -> bool:
        counted = await crowd.database.read(lambda session: outbox.counts(session, "outbox.parked", 1))
        return counted == {DeliveryState.SENT: 29, DeliveryState.QUEUED: 1}

    await until(others_have_it, "the others to have it")
    await crowd.kill()
    await crowd.open()
    while time.monotonic() < began + 7:
        assert crowd.accepted()[FIRST + 3] == []
        await asyncio.sleep(0.1)
    await crowd.until_empty()

    assert set(map(tuple, crowd.accepted().values())) == {("1",)}
    assert await crowd.database.read(lambda session: outbox.counts(session, "outbox.parked", 1)) == {DeliveryState.SENT: 30}


@pytest.mark.short_drill
@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_row_6_telegrams_pace_is_kept_without_one_refusal(client, tmp_path, database_url, fewer_phrasings):
    async with Simulator(limits=Limits(), clock=SettableClock()) as simulator:
        crowd = Crowd(simulator, loaded_settings(database_url=database_url, locales_dir=fewer_phrasings), client, tmp_path)
        crowd.rate = 30
        app.bring_up_to_date(crowd.database)
        crowd.gather(300)
        crowd.announce(1)
        await crowd.open()
        await until(lambda: crowd.accepted()[FIRST], "the first to have it")
        began = time.monotonic()
        await crowd.until_empty()
        seconds = time.monotonic() - began
        await crowd.close()
        crowd.database.close()

        assert set(map(tuple, crowd.accepted().values())) == {("1",)}
        assert [call for call in crowd.calls("sendMessage") if "error" in call] == []
        print(f"\n{300 / seconds:.1f} messages a second")
        assert 300 / seconds >= 24 / SLACK
