"""Killed or stopped at the moments that matter: the tap that sends, a correction, an erasure, a start, a broadcast.
Source: FAULTS, A3, A4, A13, A15, K3. The long ones: ./run test -m drill -o faulthandler_timeout=0 tests/test_drill_moments.py
"""

from __future__ import annotations

import asyncio
import random
import signal
import time

import pytest
from conftest import HERE, SLACK, UNLIMITED, Phone, let_in, loaded_settings, until
from sqlalchemy import func, select, update
from test_drill_inbox import Writers
from test_drill_outbox import Crowd
from test_process import Service

from bot import app, callbacks, sample
from bot.clock import SettableClock
from bot.domain import announcements, members, outbox, privacy
from bot.simulator import Simulator
from db.models import Announcement, Delivery, DeliveryState, InboxUpdate, Member
from tests.handlers.test_announcements import announces

FIRST, MANY, WAVE_RATE = 80_000, 500, 250
STOPPED_SECONDS = 10 * SLACK
sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"])


class Rushed(Service):
    """Nobody waits for what is to be sent later, and a wave lasts long enough to be killed in."""

    def environment(self, **changes: str) -> dict[str, str]:
        return super().environment(MESSAGES_PER_SECOND=str(WAVE_RATE), **changes)

    async def _is_idle(self) -> bool:
        open_ = select(func.count()).where(InboxUpdate.answered_at.is_(None), InboxUpdate.chat_id != privacy.NOBODY)
        return not self.world.updates and not await self.database.read(lambda session: session.scalar(open_))


@pytest.fixture
async def made(database_url, client, tmp_path, fewer_phrasings):
    """Make a bot as a process of its own, of a kind; it is not started yet."""
    running = []
    async with Simulator(limits=UNLIMITED, clock=SettableClock()) as simulator:
        for one in sample.CAST:
            simulator.world.add_person(one.telegram_id, one.first_name, one.app_language)

        def make(kind):
            made = kind(simulator, loaded_settings(database_url=database_url, locales_dir=fewer_phrasings), client, tmp_path)
            made.phones = {one.first_name: Phone(made, one.telegram_id) for one in sample.CAST}
            app.bring_up_to_date(made.database)
            running.append(made)
            return made

        yield make
        for one in running:
            await one.close()
            one.database.close()


async def taps(running: Service, name: str, start: str) -> None:
    """Somebody taps a button of their newest screens; nobody waits for the answer."""
    phone = running.phone(name)
    await phone.look()
    for message in reversed(phone.bot_messages):
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if button["text"].startswith(start):
                    running.world.person_presses(phone.id, message["message_id"], button["callback_data"])
                    return
    raise AssertionError(f"no button {start!r}")


async def opened(running: Rushed) -> None:
    """The bot is there, Aminata coordinates, and there are five hundred members."""
    await running.open()
    await running.phone("Aminata").settles_in("Français", HERE)
    await let_in(running, "Aminata", role="coordinator")
    now = running.simulator.clock.now()
    for number in range(FIRST, FIRST + MANY):
        running.world.add_person(number, "P", "fr").has_started = True
    await running.database.transaction(lambda session: session.add_all(
        Member(telegram_id=FIRST + n, role="member", language="fr", place="ile_de_france", joined_at=now, agreed_at=now,
               seen_at=now) for n in range(MANY)
    ))  # fmt: skip


async def survives_the_tap(running: Rushed, rounds: int) -> None:
    """Kill at a random moment after « Envoyer »: the whole audience is queued or nobody; after the start everybody, once."""
    await opened(running)

    def queued(session) -> tuple[str, int, int]:
        newest = session.scalars(select(Announcement).order_by(Announcement.id.desc())).first()
        theirs = Delivery.view == announcements.COPY, Delivery.subject_id == newest.id, Delivery.chat_id >= FIRST
        counted = select(func.count(), func.count(Delivery.chat_id.distinct())).where(*theirs)
        return (newest.state, *session.execute(counted).one())

    for number in range(rounds):
        await announces(running, french=f"Réunion {number}", bambara="")
        await running.phone("Aminata").presses("👀 Voir avant d'envoyer")
        await taps(running, "Aminata", "✅ Envoyer")
        await asyncio.sleep(random.uniform(0, 0.4))
        await running.kill()
        assert await running.database.read(queued) in [("draft", 0, 0), ("sending", MANY, MANY)]
        await running.open()
        await running.settled()
        assert await running.database.read(queued) == ("sending", MANY, MANY)
        await is_told(running.phone("Aminata"), f"📤 Réunion {number}\n")


async def is_told(phone: Phone, start: str) -> None:
    """Wait until something that begins so stands on somebody's screen."""

    async def reads() -> bool:
        await phone.look()
        return bool(phone.all_texts(start))

    await until(reads, f"somebody to read {start}")


@pytest.mark.short_drill
async def test_row_48_a3_killed_at_the_tap_that_sends_it_is_all_or_nothing(made):
    await survives_the_tap(made(Rushed), 2)


@pytest.mark.drill
async def test_row_48_a3_killed_fifty_times_at_the_tap_that_sends(made):
    await survives_the_tap(made(Rushed), 50)


def shown(running: Rushed) -> set[str]:
    """Return the first lines of what people see now, each one once."""
    chats = [running.world.chats[number].messages.values() for number in range(FIRST, FIRST + MANY)]
    assert [len(messages) for messages in chats if len(messages) > 3] == []  # at most two copies too many
    return {message["text"].splitlines()[0] for messages in chats for message in messages}


async def everybody_has_it(running: Rushed) -> tuple[Phone, int]:
    """Announce « Réunion 0 » to everybody at once; returns Aminata's phone and the announcement's number."""
    await opened(running)
    at_once = update(Delivery).where(Delivery.view == announcements.COPY).values(not_before=running.simulator.clock.now())
    by_night_too = update(Announcement).values(is_urgent=True)  # whatever the hour of this machine
    aminata = await announces(running, french="Réunion 0", bambara="")
    await aminata.presses("👀 Voir avant d'envoyer")
    await aminata.presses("✅ Envoyer")
    for statement in (by_night_too, at_once):  # the half minute to undo it is over
        await running.database.transaction(lambda session, statement=statement: session.execute(statement))
    await until(lambda: is_over(running), "everybody to have it")
    assert shown(running) == {"Réunion 0"}
    return aminata, await running.database.read(lambda session: session.scalars(select(Announcement.id)).one())


async def is_over(running: Rushed) -> bool:
    """Tell whether nothing of it is still to be sent, changed or taken back."""
    views = (announcements.COPY, announcements.EDIT, announcements.TAKE_BACK)
    unfinished = select(func.count()).where(Delivery.view.in_(views), Delivery.state.in_(outbox.OPEN))
    return not await running.database.read(lambda session: session.scalar(unfinished))


async def survives_corrections(running: Rushed, rounds: int) -> None:
    """Kill in the wave that changes what everybody has, with the next wave on its heels: all show what it says last."""
    aminata, number = await everybody_has_it(running)
    caught = 0
    for version in range(1, rounds + 1):
        await aminata.presses_data(callbacks.CorrectAnnouncement(number, "fr").pack())
        await aminata.types(f"Réunion {version}")
        await asyncio.sleep(random.uniform(0, MANY / WAVE_RATE))
        await running.kill()
        caught += not await is_over(running)
        await running.open()
    await running.settled()
    await until(lambda: is_over(running), "everybody to have the last one")

    assert caught >= rounds // 2
    assert shown(running) == {f"Réunion {rounds}"}


@pytest.mark.short_drill
@pytest.mark.parametrize("database_kind", ["postgres"])  # where a change can be taken while one looks whether it waits
async def test_row_48_a4_killed_in_a_correction_everybody_ends_with_what_it_says_last(made):
    await survives_corrections(made(Rushed), 3)


@pytest.mark.drill
async def test_row_48_a4_killed_fifty_times_in_corrections(made):
    await survives_corrections(made(Rushed), 50)


@pytest.mark.short_drill
@sqlite_only
async def test_a4_killed_again_and_again_while_it_is_withdrawn_nobody_keeps_it(made):
    running = made(Rushed)
    aminata, number = await everybody_has_it(running)
    await aminata.presses_data(callbacks.WithdrawAnnouncement(number, 1).pack())
    caught = 0
    for _ in range(3):
        await asyncio.sleep(random.uniform(0, MANY / WAVE_RATE / 4))
        await running.kill()
        caught += not await is_over(running)
        await running.open()
    await until(lambda: is_over(running), "everybody to be rid of it")

    assert caught >= 2
    assert shown(running) == set()


@pytest.mark.parametrize("rounds", [pytest.param(2, marks=pytest.mark.short_drill), pytest.param(50, marks=pytest.mark.drill)])
@sqlite_only
async def test_a13_killed_while_somebody_is_erased(made, rounds):
    """Still there as before, or gone from every table; after the start gone, and marked for older copies."""
    running = made(Rushed)
    await running.open()
    demba = running.phone("Demba")
    for _ in range(rounds):
        await demba.settles_in("Français", HERE)
        await demba.types("/effacer")
        await taps(running, "Demba", demba.labels[0][:2])
        await asyncio.sleep(random.uniform(0, 0.3))
        await running.kill()
        await running.open()
        await running.settled()
        assert await running.database.read(lambda session: members.by_telegram_id(session, demba.id)) is None
        await until((running.folder / app.ERASURES_FILE).exists, "the mark for older copies")


@pytest.mark.parametrize("starts", [pytest.param(6, marks=pytest.mark.short_drill), pytest.param(100, marks=pytest.mark.drill)])
@sqlite_only
async def test_a15_a_start_that_is_killed_again_and_again_loses_nothing(made, starts):
    """Twenty messages wait; each start lives for a second at most."""
    running = made(Writers)
    running.gather(10)
    written = running.write(10, 2)
    for _ in range(starts):
        await running.open()
        await asyncio.sleep(random.uniform(0.2, 1.2))
        await running.kill()
    await running.open()
    await running.until_done()

    assert await running.database.read(running.asked) == written


@pytest.mark.parametrize("attempt", [
    pytest.param(0, marks=pytest.mark.short_drill), *(pytest.param(number, marks=pytest.mark.drill) for number in range(1, 50)),
])  # fmt: skip
@pytest.mark.parametrize("moment", ["start", "broadcast", "silence", "twice"])
@sqlite_only
async def test_k3_a_polite_stop_ends_soon_with_nothing_in_flight(made, moment, attempt):
    """At the start, in a broadcast, while Telegram wants silence; a second signal does not make it worse."""
    crowd = made(Crowd)
    crowd.gather(300)
    if moment == "silence":
        await crowd.post("/sim/faults", {
            "kind": "status", "code": 429, "method": "sendMessage", "times": 50, "parameters": {"retry_after": 600},
        })  # fmt: skip
    crowd.announce(1)
    if moment == "start":
        crowd.process = await crowd.spawn()
        await until(lambda: bool(crowd.world.calls) or crowd.process.returncode is not None, "its first call")
    else:
        await crowd.open()
        silent = moment == "silence"
        await until(lambda: "Throttled" in crowd.log if silent else len(crowd.calls("sendMessage")) > 20, "it to send")
    began = time.monotonic()
    crowd.process.send_signal(signal.SIGTERM)
    if moment == "twice":
        crowd.process.send_signal(signal.SIGTERM)
    code = await asyncio.wait_for(crowd.process.wait(), STOPPED_SECONDS)
    in_flight = select(func.count()).where(Delivery.state == DeliveryState.SENDING)

    assert (code, await crowd.database.read(lambda session: session.scalar(in_flight))) == (0, 0)
    assert time.monotonic() - began < STOPPED_SECONDS
    if moment != "silence":
        await crowd.open()
        await crowd.until_empty()
        assert {tuple(numbers) for numbers in crowd.accepted().values()} == {("1",)}
