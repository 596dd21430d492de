"""The program as the machine runs it: a process that may be killed at any instant, and says why it will not start."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sqlite3
import sys
import time
from pathlib import Path

import pytest
from canaries import OVERHEARD
from conftest import HERE, PATIENCE_SECONDS, SLACK, UNLIMITED, House, Phone, free_port, loaded_settings, until
from sqlalchemy import func, select

from bot import app, sample
from bot.clock import SettableClock
from bot.domain import health, marks, outbox
from bot.settings import ROOT
from bot.simulator import SIMULATOR_TOKEN, Simulator
from db.engine import Database
from db.models import Delivery, InboxUpdate, Lane

pytestmark = pytest.mark.short_drill

STEPS = ["/start", "Bamanankan", "🗼 Île-de-France"]
HOME = "🏠 Daminɛ\nI ka ɲininkali sɛbɛn, walima a fɔ.\nWalima dɔ sugandi:"


class Service(House):
    """The house as a process of its own; `kill` is SIGKILL."""

    def __init__(self, simulator, loaded, client, folder: Path) -> None:
        super().__init__(simulator, loaded, client)
        self.folder = folder
        self.process: asyncio.subprocess.Process

    def environment(self, **changes: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "BOT_TOKEN": SIMULATOR_TOKEN, "BOT_API_URL": self.simulator.url,
            "DATABASE_URL": self.settings.database_url, "DATA_DIR": str(self.folder), "LOG_LEVEL": "DEBUG",
            "LOCALES_DIR": str(self.settings.locales_dir), "MESSAGES_PER_SECOND": "100000",
            "MESSAGES_PER_CHAT_SECOND": "1000", "MESSAGES_PER_GROUP_MINUTE": "60000", **changes,
        }  # fmt: skip

    async def spawn(self, *arguments: str, **changes: str) -> asyncio.subprocess.Process:
        with (self.folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", *arguments, cwd=ROOT, env=self.environment(**changes), stdout=log, stderr=log
            )

    async def open(self) -> None:
        self.world.poller = None
        self.process = await self.spawn()
        await until(lambda: self.world.poller is not None or self.process.returncode is not None, "the bot to poll")
        assert self.process.returncode is None, self.log

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def close(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        OVERHEARD.lines += self.log.splitlines()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    async def _is_idle(self) -> bool:
        if self.world.updates:
            return False

        def at_rest(session) -> bool:
            unanswered = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.answered_at.is_(None))
            waiting = select(func.count()).select_from(Delivery).where(Delivery.state.in_(outbox.OPEN))
            return not session.scalar(unanswered) and not session.scalar(waiting)

        return await self.database.read(at_rest)


@pytest.fixture
async def service(simulator, database_url, client, tmp_path, fewer_phrasings):
    """The bot as a process; the cast has phones and has never met it."""
    running = Service(simulator, loaded_settings(database_url=database_url, locales_dir=fewer_phrasings), client, tmp_path)
    running.phones = {one.first_name: Phone(running, one.telegram_id) for one in sample.CAST}
    app.bring_up_to_date(running.database)
    await running.open()
    yield running
    await running.close()
    running.database.close()


async def acts(service: Service, step: str) -> None:
    """Demba does the next thing on his phone; nobody waits for the answer."""
    demba = service.phone("Demba")
    if step.startswith("/"):
        service.world.person_sends(demba.id, {"text": step})
        return
    await demba.look()
    screen = next(message for message in reversed(demba.bot_messages) if "inline_keyboard" in message.get("reply_markup", {}))
    data = next(
        button["callback_data"] for row in screen["reply_markup"]["inline_keyboard"] for button in row if button["text"] == step
    )
    service.world.person_presses(demba.id, screen["message_id"], data)


async def before_the_bot_reads(service: Service, step: str) -> None:
    await service.kill()
    await acts(service, step)


async def once_stored(service: Service, step: str) -> None:
    """Kill as soon as the update was confirmed, somewhere in its handling."""
    await acts(service, step)
    await until(lambda: not service.world.updates, "the update to be confirmed")
    await service.kill()


async def before_the_answer_arrives(service: Service, step: str) -> None:
    methods = ("sendMessage", "editMessageText")
    faults = service.simulator.faults
    for method in methods:
        await service.post("/sim/faults", {"kind": "stall", "seconds": 60, "method": method, "chat_id": 1004})
    await acts(service, step)
    await until(lambda: any(fault.times == 0 for fault in faults.planned), "the bot to answer")
    await service.kill()
    faults.clear()


@pytest.mark.parametrize("killed", [before_the_bot_reads, once_stored, before_the_answer_arrives])
async def test_row_3_f14_a_kill_at_any_step_of_the_welcome_loses_nothing(service, killed):
    demba = service.phone("Demba")

    for step in STEPS:
        await killed(service, step)
        await service.open()
        await service.settled()
    await demba.look()

    assert demba.text == HOME


async def test_a_screen_that_was_cut_off_is_not_shown_at_every_start(service):
    demba = service.phone("Demba")
    await before_the_answer_arrives(service, "/start")
    await acts(service, "/start")
    await service.open()
    await service.settled()
    await demba.look()
    shown = len(demba.bot_messages)

    await service.kill()
    await service.open()
    await service.settled()
    await demba.look()

    assert len(demba.bot_messages) == shown


async def reopens(service, handling):
    """Start it anew from a shell that handles a closed terminal so: whoever is started inherits it, as from nohup."""
    await service.kill()
    before = signal.signal(signal.SIGHUP, handling)
    try:
        await service.open()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
async def test_k3_a_polite_stop_is_a_clean_end(service, number):
    """Also the key Ctrl-C, and a terminal that is closed."""
    if number == signal.SIGHUP:
        await reopens(service, signal.SIG_DFL)
    await service.phone("Demba").types("/start")

    service.process.send_signal(number)

    assert await asyncio.wait_for(service.process.wait(), PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_k3_a_stop_while_the_program_is_being_read_is_a_clean_end(service):
    """That takes seconds on a slow machine: what talks to Telegram is being read here, the rest is not yet."""
    await service.kill()
    said = len(service.log)
    service.process = await service.spawn()
    maps = Path(f"/proc/{service.process.pid}/maps")
    await until(lambda: "aiohttp" in maps.read_text(), "the program to be read")

    service.process.terminate()

    assert await asyncio.wait_for(service.process.wait(), PATIENCE_SECONDS) == 0
    assert "ready" not in service.log[said:]


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_k3_what_nohup_started_outlives_its_terminal(service):
    await reopens(service, signal.SIG_IGN)
    service.process.send_signal(signal.SIGHUP)
    await service.phone("Demba").types("/start")

    assert service.phone("Demba").labels == ["Français", "Bamanankan"]
    assert service.process.returncode is None


async def test_j6_k4_nothing_personal_and_no_secret_is_logged(service):
    demba = service.phone("Demba")
    for step in STEPS:
        await (demba.types if step.startswith("/") else demba.presses)(step)
    await demba.types("mon numéro est le 06 12 34 56 78, appelle Oumou")
    await service.post("/sim/updates", {"update_id": 9000, "message": {"message_id": 1, "chat": {"id": 1004, "type": "private"},
                                                                       "text": "secret d'Oumou"}})  # fmt: skip
    await service.settled()
    await service.close()

    for personal in (SIMULATOR_TOKEN, "06 12", "Oumou", "Demba", "numéro"):
        assert personal not in service.log
    assert "9000" in service.log


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_k4_a_crash_leaves_no_copy_of_the_memory(service):
    limits = Path(f"/proc/{service.process.pid}/limits").read_text("utf-8")

    assert next(line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core file size")) == ["0", "0"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_k4_no_secret_is_in_a_list_of_processes_nor_in_anything_it_writes(service):
    """Whatever lies in its folder after a good day and a crash: database, journal, log; and what it hands out."""
    demba, shown = service.phone("Demba"), Path(f"/proc/{service.process.pid}/cmdline").read_bytes()
    for step in STEPS:
        await (demba.types if step.startswith("/") else demba.presses)(step)
    await demba.types("/mesdonnees")
    service.process.send_signal(signal.SIGABRT)
    await service.process.wait()
    key = (service.folder / "secret.key").read_bytes().strip()
    written = [path.read_bytes() for path in service.folder.rglob("*") if path.is_file() and path.name != "secret.key"]
    handed_out = [stored.content for stored in service.world.files.values()]

    assert len(written) >= 3 and handed_out
    for content in (shown, *written, *handed_out):
        assert key not in content
        assert SIMULATOR_TOKEN.encode() not in content and SIMULATOR_TOKEN.partition(":")[2].encode() not in content


async def test_e1_a_second_process_on_the_same_file_is_refused(service):
    second = await service.spawn()

    if service.database.is_sqlite:
        assert await asyncio.wait_for(second.wait(), PATIENCE_SECONDS) == 75
    else:
        assert await stays_in_reserve(second)
    await service.phone("Demba").types("/start")
    assert service.phone("Demba").labels == ["Français", "Bamanankan"]


async def stays_in_reserve(process: asyncio.subprocess.Process) -> bool:
    """On PostgreSQL a second process waits for the leader to go."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 2)
    process.kill()
    await process.wait()
    return True


async def test_e2_the_reserve_takes_over_when_the_leader_falls(service):
    if service.database.is_sqlite:
        pytest.skip("SQLite has one process")
    leader, reserve = service.process, await service.spawn()

    leader.kill()
    await leader.wait()
    service.process = reserve
    await service.phone("Demba").types("/start")

    assert service.phone("Demba").labels == ["Français", "Bamanankan"]


REFUSED = [
    ("a letter, not a database " * 400, 74, "DATABASE_URL: the file is damaged; put a copy in its place: ./run restore FILE"),
    (None, 78, "DATABASE_URL: this is another program's database; name another one"),
]


@pytest.mark.parametrize(("content", "exit_code", "line"), REFUSED)
async def test_c4_c7_a_database_that_is_not_ours_is_told_in_one_line(tmp_path, content, exit_code, line):
    path = tmp_path / "house.db"
    if content is None:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE recipes (id INTEGER)")
        connection.close()
    else:
        path.write_text(content)
    before = path.read_bytes()

    code, lines = await ended("run", BOT_TOKEN=SIMULATOR_TOKEN, DATABASE_URL=f"sqlite:///{path}")

    assert (code, lines) == (exit_code, [line])
    assert path.read_bytes() == before


async def ended(*arguments: str, **variables: str) -> tuple[int, list[str]]:
    """Run the program to its end; return exit code and what it said on standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=ROOT, env={"PATH": os.environ["PATH"], **variables},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, told = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    return process.returncode or 0, told.decode().splitlines()


async def test_k1_a_token_telegram_refuses_is_told_in_one_line(simulator, tmp_path):
    code, lines = await ended("run", BOT_TOKEN="43:WRONG", BOT_API_URL=simulator.url, DATA_DIR=str(tmp_path))

    assert (code, lines) == (77, ["BOT_TOKEN: Telegram refuses the token; ask BotFather for a new one"])
    database = Database(f"sqlite:///{tmp_path / 'enndam.db'}")
    assert database.run(lambda session: marks.has(session, health.LOCKED_OUT, ""))  # told once there is another
    database.close()


@pytest.mark.parametrize("is_posted_to", [False, True])
@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_b10_a_token_that_is_revoked_ends_it_within_a_minute_and_the_queue_is_kept(service, is_posted_to):
    moussa, now = service.phone("Moussa"), service.simulator.clock.now()
    await moussa.settles_in("Français", HERE)
    if is_posted_to:
        await service.close()
        here = f"127.0.0.1:{free_port()}"
        service.process = await service.spawn(LISTEN=here, WEBHOOK_URL=f"http://{here}/hook", WEBHOOK_SECRET="s3cret")
        await until(lambda: service.world.webhook, "the bot to ask for posts")
    await service.post("/sim/faults", {"kind": "status", "code": 401, "description": "Unauthorized", "times": -1})
    await service.database.transaction(lambda session: outbox.put(
        session, chat_id=moussa.id, view="outbox.parked", lane=Lane.REMINDER, now=now, values={"delivery_id": 1}
    ))  # fmt: skip
    began = time.monotonic()
    code = await asyncio.wait_for(service.process.wait(), PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    left = select(Delivery.state).where(Delivery.view == "outbox.parked")

    assert code == 77
    assert seconds <= 60 * SLACK
    assert service.log.splitlines()[-1] == "BOT_TOKEN: Telegram refuses the token; ask BotFather for a new one"
    assert SIMULATOR_TOKEN not in service.log
    assert await service.database.read(lambda session: session.scalars(left).all()) == ["queued"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_k6_systemd_hears_that_it_is_ready_lives_and_stops(service, tmp_path):
    await service.close()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.setblocking(False)
        service.process = await service.spawn(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="300000")
        said = [await asyncio.wait_for(asyncio.get_running_loop().sock_recv(line, 100), PATIENCE_SECONDS) for _ in range(4)]
        service.process.send_signal(signal.SIGTERM)
        while said[-1] != b"STOPPING=1":
            said.append(await asyncio.wait_for(asyncio.get_running_loop().sock_recv(line, 100), PATIENCE_SECONDS))

    assert said[:4] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]


async def test_k2_a_port_that_is_taken_is_told_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, lines = await ended("simulate", SIMULATOR_PORT=str(port))

    assert (code, lines) == (69, [f"SIMULATOR_PORT: port {port} is taken; choose another, such as {port + 1}"])


async def test_a_postgresql_that_is_away_is_told_in_one_line(tmp_path):
    code, lines = await ended("migrate", DATABASE_URL=f"postgresql://enndam@/nothing?host={tmp_path}")

    assert code == 69
    assert len(lines) == 1
    assert lines[0].startswith("DATABASE_URL: the database does not answer")


@pytest.mark.drill
@pytest.mark.parametrize("round_number", range(20))
async def test_drill_kills_at_random_instants(client, tmp_path, database_url, fewer_phrasings, round_number):
    """Long: a crowd settles in while the process is killed again and again."""
    async with Simulator(limits=UNLIMITED, clock=SettableClock()) as simulator:
        loaded = loaded_settings(database_url=database_url, locales_dir=fewer_phrasings)
        service = Service(simulator, loaded, client, tmp_path)
        people = [simulator.world.add_person(30_000 + number, f"P{number}", "fr") for number in range(40)]
        app.bring_up_to_date(service.database)
        await service.open()
        for person in people:
            simulator.world.person_sends(person.id, {"text": "/start"})
            simulator.world.person_presses(person.id, 1, "1:lang:bm")
            simulator.world.person_presses(person.id, 1, "1:place:bamako")
        for _ in range(4):
            await asyncio.sleep(random.uniform(0.0, 0.4))
            await service.kill()
            await service.open()
        await service.settled()
        await service.close()

        screens = [simulator.world.chats[person.id].messages.values() for person in people]
        assert all(any(message.get("text") == HOME for message in shown) for shown in screens)
        service.database.close()
        Database(database_url).close()


async def test_j6_a_bug_that_ends_the_program_tells_where_and_not_what_was_written(tmp_path):
    """Nothing of the traceback's words: `int("Oumou")` would quote them."""
    program = "import bot.logs, sys; bot.logs.configure('INFO', 'text'); int('Oumou 06 12 34 56 78')"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, told = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)

    assert process.returncode == 1
    assert b"ValueError" in told and b"<string>" in told
    assert b"Oumou" not in told and b"06 12" not in told


ENDLESS_FIT = """
import asyncio
from pathlib import Path
from bot.knowledge import Knowledge

base = Knowledge.load(Path("locales"), ["fr"])
base._fitting.acquire()  # somebody's fit that never ends

async def main():
    asking = asyncio.create_task(base.ready())
    await asyncio.sleep(0)
    print(asking.done(), flush=True)
    asking.cancel()

asyncio.run(main())
"""


async def test_k3_a_stop_does_not_wait_for_the_phrasings_to_be_learned():
    """In the first seconds a thread learns them; the end of the program would wait for a thread of asyncio's."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENDLESS_FIT, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        said, told = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()

    assert (process.returncode, said, told) == (0, b"False\n", b"")
