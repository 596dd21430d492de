"""One person who sends far too much: they are slowed and told once, the others notice nothing. Source: FAULTS F11, goal 18."""

from __future__ import annotations

import statistics
import time

import pytest
from conftest import SLACK, until
from sqlalchemy import func, select

from bot import dispatcher
from bot.dispatcher import MOST_WAITING
from db.models import InboxUpdate

TOLD = {
    "Moussa": "✋ Cikan caman sera n ma.\nN ma tɔw kalan.\nSabali dɔɔnin, k'a lajɛ tugun.",
    "Fanta": "✋ Beaucoup de messages à la fois.\nJe n'ai pas lu les derniers.\nAttends un peu, puis réessaie.",
}
GROUP = -1009
FEW = 20
WAVE = 100
sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


@pytest.fixture
def few(monkeypatch):
    """A flood is soon one."""
    monkeypatch.setattr(dispatcher, "MOST_WAITING", FEW)


async def stored(house, chat_id):
    """Return how many updates of a chat are kept, and how many of them wait."""
    found = select(func.count(), func.count().filter(InboxUpdate.done_at.is_(None))).where(InboxUpdate.chat_id == chat_id)
    return tuple(await house.database.read(lambda session: session.execute(found).one()))


async def silenced(house, chat_id, method="sendMessage", seconds=1):
    """The first answer to a chat takes a while: meanwhile all that is sent there waits."""
    await house.post("/sim/faults", {"kind": "stall", "method": method, "chat_id": chat_id, "seconds": seconds, "times": 1})


@sqlite_only
@pytest.mark.parametrize(("name", "how_many"), [("Moussa", 400), pytest.param("Fanta", 5000, marks=pytest.mark.drill)])
async def test_f11_who_sends_thousands_is_told_once_and_nobody_else_waits(people, name, how_many):
    flooding, other = people.phone(name), people.phone("Aminata")
    people.world.calls.clear()
    before, _ = await stored(people, flooding.id)
    await silenced(people, flooding.id, seconds=max(8, how_many / 250))
    waits = []
    for _ in range(how_many // WAVE):
        for _ in range(WAVE):
            people.world.person_sends(flooding.id, {"text": "/langue"})
        asked_at, seen = time.monotonic(), len(people.world.chats[other.id].messages)
        people.world.person_sends(other.id, {"text": "/langue"})
        await until(lambda: len(people.world.chats[other.id].messages) > seen + 1, "the answer to somebody else")  # noqa: B023
        waits.append(time.monotonic() - asked_at)
    await people.settled()

    answers = [call for call in people.calls("sendMessage") if str(call["values"]["chat_id"]) == str(flooding.id)]
    told = [call for call in answers if call["values"]["text"] == TOLD[name]]
    assert len(told) == 1
    assert len(answers) == MOST_WAITING + 1
    assert await stored(people, flooding.id) == (before + MOST_WAITING, 0)
    assert statistics.quantiles(waits, n=20)[-1] < 6 * SLACK
    await flooding.types("/langue")
    assert flooding.text not in TOLD.values()


@sqlite_only
async def test_f11_who_goes_on_after_a_rest_is_told_again(people, few):
    moussa = people.phone("Moussa")
    for round_number in (1, 2):
        await silenced(people, moussa.id)
        await moussa.sends_many(*[{"text": "/langue"}] * 3 * FEW)
        assert len([call for call in people.calls("sendMessage") if call["values"]["text"] == TOLD["Moussa"]]) == round_number


@sqlite_only
async def test_f11_a_long_thought_and_what_is_passed_on_in_one_go_lose_nothing(people):
    fanta = people.phone("Fanta")
    forwarded = {"forward_origin": {"type": "hidden_user", "date": 0, "sender_user_name": "Awa"}}
    photo = {"photo": [{"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1}], "media_group_id": "7"}
    before, _ = await stored(people, fanta.id)
    people.world.calls.clear()
    await silenced(people, fanta.id)

    await fanta.sends_many(*[{"text": f"et aussi {number}"} for number in range(20)],
                           *[{**photo, **forwarded}] * 100, *[photo] * 10)  # fmt: skip

    assert await stored(people, fanta.id) == (before + 130, 0)
    assert TOLD["Fanta"] not in [call["values"].get("text") for call in people.calls("sendMessage")]


@sqlite_only
async def test_f11_in_a_group_one_who_floods_takes_nobodys_place(people, few):
    people.world.add_group(GROUP, "Foyer", [people.phone(name).id for name in ("Aminata", "Moussa", "Fanta")])
    await people.settled()
    await silenced(people, GROUP)
    people.world.calls.clear()
    for _ in range(3 * FEW):
        people.world.person_sends(people.phone("Moussa").id, {"text": "/privacy@enndam_test_bot"}, GROUP)
    people.world.person_sends(people.phone("Fanta").id, {"text": "/privacy@enndam_test_bot"}, GROUP)

    await people.settled()

    answers = [call for call in people.calls("sendMessage") if str(call["values"]["chat_id"]) == str(GROUP)]
    assert [call["values"]["text"][:2] for call in answers] == ["🔒 "] * (FEW + 1)
