"""The cast, their phones, and the house they talk to: the real program, over HTTP, on a real database."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
import os
import pickle
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: the workers of the suite share the cores already

import aiohttp
import pytest
from canaries import OVERHEARD
from sqlalchemy import create_engine, exists, func, select, text
from sqlalchemy.engine import make_url

from bot import app, jobs, leader, logs, sample, settings
from bot.clock import SettableClock
from bot.domain import members, outbox
from bot.i18n import Language, Words, load_languages
from bot.knowledge import Knowledge
from bot.simulator import SIMULATOR_TOKEN, Simulator
from bot.simulator.flood import Limits
from bot.webhook import WebhookServer
from db.engine import Database
from db.models import Delivery, Pause

PATIENCE_SECONDS = 120  # a machine with other things to do is slow, not wrong
# A figure binds a test that runs alone (-n 0); beside others on two cores it tells more of them than of us.
SLACK = 4 if "PYTEST_XDIST_WORKER" in os.environ else 1
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday: 10:00 in Paris, 09:00 in Bamako
BOT_ID = int(SIMULATOR_TOKEN.split(":")[0])
BAKARY = 1100  # the second coordinator; his phone is handed out where a test needs him
HERE = "🗼 Île-de-France"
UNLIMITED = Limits(per_second=100_000, per_chat_burst=10_000, per_chat_second=10_000, per_group_minute=100_000)


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Wait until something is true; fail when it does not become so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.003)


class Phone:
    """Somebody's phone: what they do goes over HTTP, what they see comes over HTTP."""

    def __init__(self, house: House, person_id: int) -> None:
        self.house = house
        self.id = person_id
        self.shown: dict[str, Any] = {"messages": []}

    async def _act(self, lever: str, **body: Any) -> dict[str, Any]:
        for said in body.get("messages", [body]):
            OVERHEARD.let_out(said)
        done = await self.house.post(f"/sim/phones/{self.id}/{lever}", body)
        await self.house.settled()
        await self.look()
        return done

    async def look(self, chat_id: int | None = None) -> None:
        """Read the screen again."""
        self.shown = await self.house.get(f"/sim/chats/{chat_id or self.id}")

    async def types(self, words: str, **fields: Any) -> dict[str, Any]:
        """Type and send."""
        return await self._act("send", text=words, **fields)

    async def sends(self, **fields: Any) -> dict[str, Any]:
        """Send anything: fields of the Bot API's Message."""
        return await self._act("send", **fields)

    async def shares_users(self, request_id: int, *user_ids: int, names: dict[int, str] | None = None) -> dict[str, Any]:
        """Press the key that asks for people under this id, and choose; `names` of those who have no phone here."""
        return await self._act("share_users", request_id=request_id, user_ids=list(user_ids), names=names or {})

    async def shares_contact(self, phone_number: str, **fields: Any) -> dict[str, Any]:
        """Press the key that asks for one's own number."""
        person = self.house.world.people[self.id]
        own = {"phone_number": phone_number, "first_name": person.first_name, "user_id": self.id}
        return await self._act("send", contact={**own, **fields})

    async def types_hidden(self, words: str, chat_id: int, *, channel: int | None = None) -> dict[str, Any]:
        """Type into a supergroup as an administrator nobody sees, or as a channel."""
        return await self._act("send", text=words, chat_id=chat_id, **{"as": {"channel": channel} if channel else "group"})

    async def edits(self, message_id: int, words: str) -> None:
        """Change what was sent."""
        await self._act("edit", message_id=message_id, text=words)

    async def blocks(self) -> None:
        """Block the bot."""
        await self._act("block")

    async def presses(self, label: str) -> None:
        """Press the newest button with this label."""
        for message in reversed(self.bot_messages):
            for button in _buttons(message):
                if button["text"] == label:
                    await self.presses_data(button["callback_data"], message["message_id"])
                    return
        raise AssertionError(f"no button {label!r}; there are {self.labels}")

    async def presses_data(self, data: str, message_id: int | None = None) -> str:
        """Press a button by what it says, forged or real; returns the query's id."""
        message_id = message_id or self.screen["message_id"]
        return (await self._act("press", message_id=message_id, data=data))["query_id"]

    async def sends_many(self, *messages: dict[str, Any]) -> list[int]:
        """Send several things in one breath."""
        return (await self._act("send_many", messages=list(messages)))["message_ids"]

    def all_texts(self, start: str) -> list[str]:
        """What the bot has said here that begins so."""
        return [message["text"] for message in self.bot_messages if message.get("text", "").startswith(start)]

    @property
    def bot_messages(self) -> list[dict[str, Any]]:
        """What the bot has said here, oldest first."""
        return [message for message in self.shown["messages"] if message.get("from", {}).get("id") == BOT_ID]

    @property
    def screen(self) -> dict[str, Any]:
        """The newest message of the bot."""
        return self.bot_messages[-1]

    @property
    def text(self) -> str:
        """What the newest message says."""
        return self.screen.get("text", "")

    @property
    def labels(self) -> list[str]:
        """The buttons under the newest message."""
        return [button["text"] for button in _buttons(self.screen)]

    async def settles_in(self, language: str, place: str) -> None:
        """Come in by the front door: three taps."""
        await self.types("/start")
        await self.presses(language)
        await self.presses(place)


def _buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


class House:
    """Simulator, database and bot, wired as in service."""

    def __init__(
        self, simulator: Simulator, loaded: settings.Settings, client: aiohttp.ClientSession, database: Database | None = None
    ) -> None:
        self.simulator = simulator
        self.world = simulator.world
        self.settings = loaded
        self.client = client
        self.database = database or Database(loaded.database_url)
        self.machine: app.Machine
        self._running: asyncio.Task[None] | None = None
        self._lock: leader.FileLock | leader.AdvisoryLock
        self.phones: dict[str, Phone] = {}
        self.announced: list[str] = []
        self.hook = ""

    def phone(self, name: str) -> Phone:
        """Return somebody's phone, by first name."""
        return self.phones[name]

    async def new_phone(self, name: str, *, language_code: str = "fr", person_id: int | None = None) -> Phone:
        """Somebody comes along."""
        OVERHEARD.named(name)
        made = await self.post("/sim/phones", {"first_name": name, "language_code": language_code, "id": person_id})
        self.phones[name] = Phone(self, made["id"])
        return self.phones[name]

    async def new_group(self, title: str, *names: str, kind: str = "supergroup", group_id: int | None = None) -> int:
        """Somebody makes a group or channel the bot is not in, of these people; returns its id."""
        members = [self.phones[name].id for name in names]
        return (await self.post("/sim/groups", {"title": title, "members": members, "kind": kind, "id": group_id}))["id"]

    async def adds_bot(self, group_id: int, by: str) -> None:
        """One of a group's people adds the bot to it."""
        await self._in_group(group_id, "add_bot", by)

    async def removes_bot(self, group_id: int, by: str) -> None:
        """One of a group's people removes the bot from it."""
        await self._in_group(group_id, "remove_bot", by)

    async def migrates(self, group_id: int, by: str) -> int:
        """A group becomes a supergroup; returns its new id."""
        return (await self._in_group(group_id, "migrate", by))["id"]

    async def _in_group(self, group_id: int, lever: str, by: str) -> dict[str, Any]:
        done = await self.post(f"/sim/groups/{group_id}/{lever}", {"by": self.phones[by].id})
        await self.settled()
        return done

    async def open(self) -> None:
        """Start the bot."""
        app.bring_up_to_date(self.database)
        self._lock = leader.lock_for(self.database)
        await self._lock.acquire()
        folder = self.settings.locales_dir
        self.machine = app.Machine(
            self.settings, self.database, clock=self.simulator.clock, announce=self.announced.append,
            base=knowledge_of(folder), words=Words(languages_of(folder), self.settings.places),
        )  # fmt: skip
        front = WebhookServer(self.settings, self.database, self.simulator.clock) if self.settings.listen else None
        self._running = asyncio.create_task(self._serve(front))
        await until(lambda: self.world.poller or self.world.webhook or self._running.done(), "the bot to receive")
        if self._running.done():
            self._running.result()

    async def _serve(self, front: WebhookServer | None) -> None:
        try:
            await self.machine.run(self._lock, front)
        finally:
            if front:
                await front.stop()

    async def __aenter__(self) -> House:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the bot cleanly."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
            self._lock.release()
            self.world.poller = None

    async def post(self, path: str, body: Any) -> Any:
        """Pull a lever of the simulator."""
        async with self.client.post(self.simulator.url + path, json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def get(self, path: str) -> Any:
        """Look at something in the simulator."""
        async with self.client.get(self.simulator.url + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def passes(self, **time: float) -> None:
        """Let simulated time pass (hours=, days=…), and the scheduler knock."""
        self.simulator.clock.set(self.simulator.clock.now() + timedelta(**time))
        await jobs.tick(self.machine)
        await self.settled()

    async def settled(self) -> None:
        """Wait until the bot has handled and sent everything."""
        await until(self._is_idle, "the bot to come to rest")

    async def _is_idle(self) -> bool:
        machine = self.machine
        if self._running and self._running.done():
            self._running.result()
            raise AssertionError("the bot has stopped")
        if self.world.updates or not machine.dispatcher.is_idle or machine.has_later:
            return False
        now = machine.clock.now()
        paused = exists().where(Pause.chat_id == Delivery.chat_id, Pause.until > now)
        waiting = select(func.count()).where(Delivery.state.in_(outbox.OPEN), Delivery.not_before <= now, ~paused)
        return not await self.database.read(lambda session: session.scalar(waiting))

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Return what the bot asked of Telegram, by method."""
        return [call for call in self.world.calls if call["method"].lower() == method.lower()]


@functools.cache
def knowledge_of(folder: Path) -> Knowledge:
    """Return what is known, read once for all tests: nothing changes it."""
    return Knowledge.load(folder, list(languages_of(folder)))


@functools.cache
def languages_of(folder: Path) -> dict[str, Language]:
    """Return the sentences, read once for all tests: nothing changes them."""
    return load_languages(folder)


@pytest.fixture(scope="session")
def fewer_phrasings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The words and the knowledge, four phrasings an entry: learned in a moment, where answers are not what is tested."""
    folder = tmp_path_factory.mktemp("words") / "locales"
    shutil.copytree(settings.ROOT / "locales", folder)
    for path in folder.glob("*/faq.toml"):
        path.write_text(re.sub(r"(questions = \[\n(?:  .*\n){4})(?:  .*\n)*", r"\1", path.read_text("utf-8")), "utf-8")
    return folder


@pytest.fixture
def locales_dir() -> Path:
    """Where the house's words and knowledge are."""
    return settings.ROOT / "locales"


def loaded_settings(**changes: Any) -> settings.Settings:
    """Return settings as an empty environment gives them, changed."""
    return dataclasses.replace(settings.load(), **changes)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of ours leaks in from the machine that runs the tests."""
    for name in list(os.environ):
        if name.removesuffix("_FILE") in settings.VARIABLES or name.startswith(settings.PLACE_PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def nothing_personal_is_logged() -> Iterator[None]:
    """Whatever the program would write at LOG_LEVEL=DEBUG in a test holds nothing that a phone typed, no name, no secret."""
    root = logging.getLogger()
    if OVERHEARD not in root.handlers:
        root.addHandler(OVERHEARD)
    logs.set_level("DEBUG")
    OVERHEARD.begin()
    yield
    assert OVERHEARD.leaks() == []


class PostgresServer:
    """A PostgreSQL server of our own in a folder of its own; `url` lacks the name of the database."""

    def __init__(self, binaries: Path) -> None:
        # Not below pytest's own folder: a second run of the suite closes that to other users.
        self.folder = Path(tempfile.mkdtemp(prefix="enndam-postgres-"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(self.folder, "postgres", "postgres")
        self._binaries, self._data = binaries, self.folder / "data"
        self.is_running = False
        self._run("initdb", "-D", self._data, "-U", "enndam", "-A", "trust", "-E", "UTF8")
        self.url = f"postgresql+psycopg://enndam@/{{name}}?host={self.folder}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "-l", self.folder / "log", "start")
        self.is_running = True

    def stop(self) -> None:
        """Stop as a power cut would."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")
        self.is_running = False

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as_user, self._binaries / program, *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server, where it is installed."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").exists() else []
    if not binaries:
        pytest.skip("PostgreSQL is not installed")
    server = PostgresServer(binaries[-1])
    server.start()
    try:
        yield server
    finally:
        if server.is_running:
            server.stop()
        shutil.rmtree(server.folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, when it is installed; yields its URL without a database."""
    with postgres_server() as server:
        yield server.url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on PostgreSQL, so that it can be asked for apart."""
    for item in items:
        if getattr(item, "callspec", None) and item.callspec.params.get("database_kind") == "postgres":
            item.add_marker("postgres")


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A fresh database of this kind, empty."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'house.db'}"
        return
    with _postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@contextmanager
def _postgres_database(pattern: str, template: str = "template1") -> Iterator[str]:
    url = _new_postgres_database(pattern, template)
    yield url
    _on_server(pattern, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def _new_postgres_database(pattern: str, template: str) -> str:
    name = f"house_{time.monotonic_ns()}"
    _on_server(pattern, f"CREATE DATABASE {name} TEMPLATE {template}")
    return pattern.format(name=name)


def _on_server(pattern: str, statement: str) -> None:
    server = create_engine(pattern.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(statement))
    server.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the present tables, made once by the migrations, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "tables.db"
    _bring_up_to_date(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the present tables, made once by the migrations, to be copied."""
    with _postgres_database(postgres) as url:
        _bring_up_to_date(url)
        yield make_url(url).database or ""


def _bring_up_to_date(url: str) -> None:
    database = Database(url)
    app.bring_up_to_date(database)
    database.close()


@pytest.fixture
def house_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A fresh database of this kind with the present tables and nothing in them."""
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "house.db")
        yield f"sqlite:///{tmp_path / 'house.db'}"
        return
    template = request.getfixturevalue("migrated_postgres")
    with _postgres_database(request.getfixturevalue("postgres"), template) as url:
        yield url


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """Whatever speaks HTTP to the simulator."""
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def cast_simulator() -> AsyncIterator[Simulator]:
    """A Bot API server with the cast's phones, nobody has started yet; its clock can be set."""
    async with Simulator(limits=UNLIMITED, clock=SettableClock(MORNING)) as running:
        for one in sample.CAST:
            running.world.add_person(one.telegram_id, one.first_name, one.app_language)
        yield running
        for chat in running.world.chats.values():
            for message in chat.messages.values():
                if not message.get("from", {}).get("is_bot"):
                    OVERHEARD.let_out(message)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """A Bot API server with the cast's phones, nobody has started yet; its clock can be set."""
    async with cast_simulator() as running:
        yield running


@pytest.fixture
def bot_calls(simulator: Simulator, client: aiohttp.ClientSession) -> Callable[..., Awaitable[Any]]:
    """Call a method as the bot; returns its result, or the description of its refusal."""

    async def call(method: str, **parameters: Any) -> Any:
        async with client.post(f"{simulator.url}/bot{SIMULATOR_TOKEN}/{method}", json=parameters) as answer:
            body = await answer.json()
            return body["result"] if body["ok"] else body["description"]

    return call


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The door to one file, opened once: what SQLAlchemy has compiled stays compiled while the file changes."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('house') / 'house.db'}")
    yield database
    database.close()


@contextmanager
def _copied(request: pytest.FixtureRequest, original: str) -> Iterator[Database]:
    """Yield a copy of the SQLite file, or of the PostgreSQL database, of this URL."""
    url = make_url(original)
    if url.get_backend_name() == "sqlite":
        database: Database = request.getfixturevalue("sqlite_database")
        path = Path(database.url.database or "")
        for old in path.parent.glob("house.*"):
            old.unlink()
        shutil.copy(url.database or "", path)
        yield database
        database.let_go()
        return
    with _postgres_database(request.getfixturevalue("postgres"), url.database or "") as copy:
        database = Database(copy)
        yield database
        database.close()


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest, database_kind: str) -> Iterator[Database]:
    """A database of this kind with the present tables and nothing in them."""
    if database_kind == "sqlite":
        original = f"sqlite:///{request.getfixturevalue('migrated_file')}"
    else:
        original = request.getfixturevalue("postgres").format(name=request.getfixturevalue("migrated_postgres"))
    with _copied(request, original) as database:
        yield database


def built(
    simulator: Simulator, database: Database, client: aiohttp.ClientSession, locales_dir: Path, data_dir: Path
) -> House:
    """Return the bot, not started; the cast has phones and has never met it."""
    loaded = loaded_settings(
        bot_token=SIMULATOR_TOKEN, bot_api_url=simulator.url,
        database_url=database.url.render_as_string(hide_password=False),
        coordinator_ids=(*sample.COORDINATORS, BAKARY), messages_per_second=100_000, messages_per_chat_second=10_000,
        messages_per_group_minute=100_000, locales_dir=locales_dir, data_dir=data_dir,
    )  # fmt: skip
    house = House(simulator, loaded, client, database)
    house.phones = {one.first_name: Phone(house, one.telegram_id) for one in sample.CAST}
    return house


@pytest.fixture
async def house(
    simulator: Simulator, fresh_database: Database, client: aiohttp.ClientSession, locales_dir: Path, tmp_path: Path
) -> AsyncIterator[House]:
    """The bot at work; the cast has phones and has never met it."""
    async with built(simulator, fresh_database, client, locales_dir, tmp_path) as running:
        yield running


@pytest.fixture
async def aminata(house):
    """The coordinator, at home in French."""
    phone = house.phone("Aminata")
    await phone.settles_in("Français", HERE)
    return phone


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


WEBHOOK_SECRET = "s3cret-of-the-hook"


@pytest.fixture
async def posted(
    simulator: Simulator, fresh_database: Database, client: aiohttp.ClientSession, fewer_phrasings: Path, tmp_path: Path
) -> AsyncIterator[House]:
    """The bot with a webhook; `hook` is where Telegram posts to."""
    house = built(simulator, fresh_database, client, fewer_phrasings, tmp_path)
    port = free_port()
    house.hook = f"http://127.0.0.1:{port}/hook"
    house.settings = dataclasses.replace(
        house.settings, listen=("127.0.0.1", port), webhook_url=house.hook, webhook_secret=WEBHOOK_SECRET
    )
    async with house:
        yield house


@dataclasses.dataclass(frozen=True)
class Settled:
    """A house everybody has come into, put to sleep: its folder, its database and what Telegram knew."""

    folder: Path
    database: str
    telegram: bytes
    at: datetime

    def wake(self, simulator: Simulator, folder: Path) -> None:
        """Let this Telegram know what that one knew; the key comes along."""
        vars(simulator.world).update(pickle.loads(self.telegram))
        simulator.clock.set(self.at)
        for path in [*self.folder.glob("*.key"), *self.folder.glob("*.txt")]:
            shutil.copy(path, folder)


def _known_to(world: Any) -> bytes:
    """Return what a Telegram knows, without what is alive in it."""
    alive = {"clock", "flood", "changed", "arrived", "poller"}
    return pickle.dumps({name: value for name, value in vars(world).items() if name not in alive})


@pytest.fixture(scope="session")
def settled_houses() -> dict[tuple[str, Path], Settled]:
    """The houses that sleep, by kind of database and folder of words: coming in takes longer than what most tests test."""
    return {}


@pytest.fixture
async def people(
    request: pytest.FixtureRequest, settled_houses: dict[tuple[str, Path], Settled], simulator: Simulator,
    client: aiohttp.ClientSession, locales_dir: Path, database_kind: str, tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:  # fmt: skip
    """Aminata coordinates; Moussa reads Bambara in France, Fanta French in Bamako; both are members; Demba is not."""
    kind = (database_kind, locales_dir)
    if kind not in settled_houses:
        folder = tmp_path_factory.mktemp("settled")
        settled_houses[kind] = await _settle(request, client, locales_dir, folder)
    asleep = settled_houses[kind]
    asleep.wake(simulator, tmp_path)
    with _copied(request, asleep.database) as database:
        async with built(simulator, database, client, locales_dir, tmp_path) as running:
            for phone in running.phones.values():
                await phone.look()
            yield running


async def _settle(
    request: pytest.FixtureRequest, client: aiohttp.ClientSession, locales_dir: Path, folder: Path
) -> Settled:
    """Let everybody come in by the front door, and put the house to sleep."""
    if request.getfixturevalue("database_kind") == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), folder / "house.db")
        url = f"sqlite:///{folder / 'house.db'}"
    else:
        # Gone with the server: it is what the others are copied from.
        template = request.getfixturevalue("migrated_postgres")
        url = _new_postgres_database(request.getfixturevalue("postgres"), template)
    async with cast_simulator() as simulator:
        database = Database(url)
        async with built(simulator, database, client, locales_dir, folder) as house:
            for name, language, place in (
                ("Aminata", "Français", HERE),
                ("Moussa", "Bamanankan", HERE),
                ("Fanta", "Français", "🌉 Bamako"),
                ("Demba", "Français", HERE),
            ):
                await house.phone(name).settles_in(language, place)
            await let_in(house, "Moussa", "Fanta")
        database.close()
        return Settled(folder, url, _known_to(simulator.world), simulator.clock.now())


async def let_in(house, *names, role="member"):
    """Make members of people."""

    def give(session):
        for name in names:
            members.by_telegram_id(session, house.phone(name).id).role = role

    await house.database.transaction(give)
