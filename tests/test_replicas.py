"""Three copies of the program on one PostgreSQL, behind one address that Telegram posts to.

Any copy takes an update, the leader handles it, whoever is killed, frozen or cut off. Source: FAULTS, E2 to E5, F2, I3, I4.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from conftest import UNLIMITED, free_port, loaded_settings, until
from sqlalchemy import func, select
from test_drill_takeover import END_THE_LEADERS_SESSION, KEY
from test_process import Service

from bot import app
from bot.clock import SettableClock
from bot.simulator import Simulator
from db.models import InboxUpdate, Member

FIRST = 50_000
SECRET = "s3cret"


class Balancer:
    """One address before several: the next that answers takes a post."""

    def __init__(self, ports: list[int]) -> None:
        self.taken = dict.fromkeys(ports, 0)
        self._turn = itertools.cycle(ports)
        self.port = free_port()

    async def __aenter__(self) -> Balancer:
        door = web.Application()
        door.router.add_post("/hook", self._pass_on)
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2))
        self._runner = web.AppRunner(door, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._client.close()

    @property
    def url(self) -> str:
        """Where Telegram posts to."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def _pass_on(self, request: web.Request) -> web.Response:
        body, headers = await request.read(), {name: request.headers[name] for name in request.headers if name[:2] == "X-"}
        for _ in self.taken:
            port = next(self._turn)
            try:
                async with self._client.post(f"http://127.0.0.1:{port}/hook", data=body, headers=headers) as answer:
                    self.taken[port] += answer.status == 200
                    return web.Response(status=answer.status)
            except (aiohttp.ClientError, TimeoutError):
                continue
        return web.Response(status=503)


class Copy(Service):
    """One of the processes, with a folder and a port of its own."""

    def __init__(self, simulator: Simulator, loaded, client, folder: Path, port: int, url: str) -> None:
        folder.mkdir()
        super().__init__(simulator, loaded, client, folder)
        self.port, self.url = port, url

    def environment(self, **changes: str) -> dict[str, str]:
        return super().environment(
            SECRET_KEY=KEY, WEBHOOK_URL=self.url, WEBHOOK_SECRET=SECRET, LISTEN=f"127.0.0.1:{self.port}", **changes
        )

    async def open(self) -> None:
        self.process = await self.spawn()

    async def says(self) -> str:
        """What it answers to /readyz; nothing when it does not answer."""
        try:
            async with self.client.get(f"http://127.0.0.1:{self.port}/readyz", timeout=aiohttp.ClientTimeout(1)) as answer:
                return (await answer.text()).strip()
        except (aiohttp.ClientError, TimeoutError):
            return ""

    async def close(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGCONT)
        await super().close()


class Replicas:
    """The copies, and who of them leads."""

    def __init__(self, copies: list[Copy], balancer: Balancer) -> None:
        self.copies, self.balancer = copies, balancer

    async def leader(self) -> Copy:
        """Wait until one leads and the others stand by; return the one."""
        found: list[Copy] = []

        async def is_one() -> bool:
            said = [await copy.says() for copy in self.copies]
            found[:] = [copy for copy, words in zip(self.copies, said, strict=True) if words == "ready"]
            return len(found) == 1 and said.count("stands by") == len(said) - 1

        await until(is_one, "one to lead and the others to stand by")
        return found[0]


@pytest.fixture
async def replicas(database_url, client, tmp_path, fewer_phrasings):
    """Three copies, started; one leads."""
    async with Simulator(limits=UNLIMITED, clock=SettableClock()) as simulator:
        ports = [free_port() for _ in range(3)]
        async with Balancer(ports) as balancer:
            loaded = loaded_settings(database_url=database_url, locales_dir=fewer_phrasings)
            copies = [Copy(simulator, loaded, client, tmp_path / str(port), port, balancer.url) for port in ports]
            app.bring_up_to_date(copies[0].database)
            for copy in copies:
                await copy.open()
            running = Replicas(copies, balancer)
            await running.leader()
            yield running
            for copy in copies:
                await copy.close()
                copy.database.close()


async def killed(replicas: Replicas) -> None:
    """SIGKILL to whoever leads; it comes back to stand by."""
    leader = await replicas.leader()
    await leader.kill()
    await leader.open()


async def frozen(replicas: Replicas) -> None:
    """SIGSTOP to whoever leads until another one does, then SIGCONT."""
    former = await replicas.leader()
    former.process.send_signal(signal.SIGSTOP)
    others = [copy for copy in replicas.copies if copy is not former]

    async def another_leads() -> bool:
        return "ready" in [await copy.says() for copy in others]

    await until(another_leads, "another one to lead")
    former.process.send_signal(signal.SIGCONT)


async def cut_off(replicas: Replicas) -> None:
    """The session that holds the lock is ended."""
    with replicas.copies[0].database.engine.connect() as connection:
        assert connection.scalars(END_THE_LEADERS_SESSION).all() == [True]


def states(session):
    """How people have settled: language, place, how many."""
    found = select(Member.language, Member.place, func.count()).where(Member.telegram_id >= FIRST)
    return sorted(tuple(row) for row in session.execute(found.group_by(Member.language, Member.place)))


@pytest.mark.short_drill
@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_e2_any_copy_takes_an_update_and_the_leader_handles_it(replicas):
    """Sixty people settle in by three updates each, while whoever leads is killed, frozen, cut off."""
    world = replicas.copies[0].world
    people = [world.add_person(FIRST + number, f"P{number}", "fr") for number in range(60)]
    faults = [killed, frozen, cut_off]
    for number, person in enumerate(people):
        world.person_sends(person.id, {"text": "/start"})
        world.person_presses(person.id, 1, f"1:lang:{'bm' if number % 2 else 'fr'}")
        world.person_presses(person.id, 1, "1:place:bamako")
        if number % 20 == 10:
            await faults[number // 20](replicas)
    await replicas.leader()

    async def all_settled() -> bool:
        waiting = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.done_at.is_(None))
        database = replicas.copies[0].database
        return not world.updates and not await database.read(lambda session: session.scalar(waiting))

    await until(all_settled, "everybody to have settled in")
    stored = select(func.count()).select_from(InboxUpdate)

    assert await replicas.copies[0].database.read(states) == [("bm", "bamako", 30), ("fr", "bamako", 30)]
    assert await replicas.copies[0].database.read(lambda session: session.scalar(stored)) == 180
    assert all(replicas.balancer.taken.values()), replicas.balancer.taken  # each has taken some


@pytest.mark.short_drill
@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_i4_what_was_answered_with_200_is_there_after_a_kill(replicas, client):
    """Each post that stands by answers, killed at once: the update is stored, and another one handles it."""
    leader = await replicas.leader()
    reserve = next(copy for copy in replicas.copies if copy is not leader)
    person = leader.world.add_person(FIRST, "P", "fr")
    person.has_started = True
    update = {"update_id": 77, "message": {
        "message_id": 1, "date": 1, "text": "/start", "chat": {"id": person.id, "type": "private", "first_name": "P"},
        "from": {"id": person.id, "is_bot": False, "first_name": "P", "language_code": "fr"},
    }}  # fmt: skip
    address = f"http://127.0.0.1:{reserve.port}/hook"
    async with client.post(address, json=update, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as answer:
        reserve.process.kill()
        await reserve.process.wait()
        assert answer.status == 200
    async with client.post(f"http://127.0.0.1:{leader.port}/hook", json=update,
                           headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as again:  # fmt: skip
        assert again.status == 200  # the same once more: known already

    def is_welcomed() -> bool:
        return [message["from"]["is_bot"] for message in leader.world.chats[person.id].messages.values()] == [True]

    await until(is_welcomed, "the welcome, once")
    await asyncio.gather(*(copy.close() for copy in replicas.copies if copy is not reserve))
    assert is_welcomed()
    stored = await leader.database.read(lambda session: session.scalars(select(InboxUpdate.update_id)).all())
    assert stored == [77]
