"""What runs by itself: nothing is kept longer than promised."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot import jobs
from db.models import Asking, AuditEntry, DeadLetter, Delivery, InboxUpdate, Member, Question, QuestionMessage

FR = ("Français", "🗼 Île-de-France")


async def count(house, table):
    return await house.database.read(lambda session: session.scalar(select(func.count()).select_from(table)))


async def time_passes(house, **period):
    house.simulator.clock.set(house.simulator.clock.now() + timedelta(**period))
    await jobs.housekeeping(house.machine)


@pytest.fixture
async def used(house):
    """A house in which things have happened: a question passed on, an update put aside."""
    for name in ("Aminata", "Moussa"):
        await house.phone(name).settles_in(*FR)
    await house.phone("Moussa").sends(voice={"file_id": "f", "file_unique_id": "u", "duration": 3})
    await house.phone("Moussa").presses("👤 Demander à quelqu'un")
    await house.post("/sim/updates", {"update_id": 5000, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}}})
    await house.settled()
    return house


async def test_j7_raw_messages_are_forgotten_after_two_days(used):
    assert await count(used, InboxUpdate) > 0
    assert await count(used, DeadLetter) == 1

    await time_passes(used, days=2, minutes=1)

    assert await count(used, InboxUpdate) == 0
    assert await count(used, DeadLetter) == 0


async def test_j7_deliveries_are_forgotten_after_a_month_and_questions_after_a_year(used):
    await time_passes(used, days=29)
    assert await count(used, Delivery) > 0
    await time_passes(used, days=2)  # a second reminder: the first came late, on the twenty-ninth day
    await time_passes(used, days=31)
    assert await count(used, Delivery) == 0
    assert await count(used, Question) == 1

    await time_passes(used, days=340)
    assert await count(used, Question) == 1  # nobody has answered: it is not forgotten
    await used.phone("Aminata").look()
    await used.phone("Aminata").presses("🙅 Pas pour nous")
    await time_passes(used, days=366)

    assert await count(used, Question) == 0


async def test_j7_after_four_hundred_days_nothing_is_older_than_its_period(used):
    """Whatever has happened and is over; whoever is still there is still there."""
    await used.phone("Aminata").look()
    await used.phone("Aminata").presses("🙅 Pas pour nous")
    for words in ("Combien de forages ?", "/mesdonnees"):
        await used.phone("Moussa").types(words)
    kept = (InboxUpdate, DeadLetter, Delivery, Question, QuestionMessage, Asking, AuditEntry)
    before = [await count(used, table) for table in kept]
    people = await count(used, Member)
    for days in (400, 31):  # what was told them on the last day is kept for a month
        await time_passes(used, days=days)
        await used.settled()

    assert min(before) > 0, before
    assert [await count(used, table) for table in kept] == [0] * len(kept)
    assert await count(used, Member) == people


async def test_j9_a_stranger_may_always_read_what_is_kept(house):
    demba = house.phone("Demba")

    await demba.types("/confidentialite")

    assert demba.text.startswith("🔒 Tes informations")
