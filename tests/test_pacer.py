"""The pace: never a message too many, whatever the network does; replies first."""

from __future__ import annotations

import asyncio
import random

from bot.pacer import FEWEST_IN_FLIGHT, MOST_IN_FLIGHT, Pacer
from db.models import Lane


def pacer(per_second=30):
    return Pacer(per_second=per_second, per_chat_second=1, per_group_minute=20)


async def test_telegram_never_counts_one_too_many_in_any_second():
    pace, counted = pacer(), []

    async def send(chat_id):
        left_at = await pace.take(chat_id, Lane.BROADCAST)
        seconds = (0.005, 0.02, 0.2)[chat_id % 3]
        counted.append(left_at + random.uniform(0.005, seconds))  # when Telegram counts it: nobody knows
        await asyncio.sleep(seconds)
        pace.landed(left_at)

    await asyncio.gather(*(send(number) for number in range(75)))

    counted.sort()
    assert [at for at, later in zip(counted, counted[30:], strict=False) if later - at < 1] == []


async def test_a_call_that_hangs_takes_its_own_place_and_no_other():
    pace = pacer()
    await pace.take(1, Lane.BROADCAST)
    async with asyncio.timeout(10):
        for number in range(2, 42):
            pace.landed(await pace.take(number, Lane.BROADCAST))


async def test_the_last_place_is_kept_for_a_reply_that_waits_for_its_chat():
    pace = pacer(10)
    flying = [await pace.take(chat_id, Lane.REPLY) for chat_id in (1, 1, 1, 1, 2, 3, 4, 5, 6)]

    reply = asyncio.create_task(pace.take(1, Lane.REPLY))
    crowd = asyncio.create_task(pace.take(7, Lane.BROADCAST))
    done, _ = await asyncio.wait({reply, crowd}, return_when=asyncio.FIRST_COMPLETED)

    assert done == {reply}
    for left_at in flying:
        pace.landed(left_at)
    await crowd


async def test_a_chat_that_had_a_burst_rests_and_holds_up_nobody():
    pace = pacer()
    for _ in range(4):
        pace.landed(await pace.take(1, Lane.REPLY))

    assert 0 < pace.resting()[1] <= 1
    assert pace.room() > 0


def test_calls_in_flight_are_few_at_telegrams_rate_and_grow_with_it():
    assert [pacer(rate).in_flight for rate in (1, 30, 250, 1000, 100_000)] == [FEWEST_IN_FLIGHT] * 2 + [30, 120, MOST_IN_FLIGHT]
