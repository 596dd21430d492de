"""Opens the database, puts the pieces together and runs them until told to stop."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ContextTypes, ExtBot

import handlers
from bot import backups, jobs, leader
from bot.clock import Clock, SettableClock
from bot.context import Context, Pauses
from bot.dispatcher import Dispatcher
from bot.domain import groups, health, invitations, knowledge, leadership, marks, privacy, recordings
from bot.domain.desk import Desk
from bot.erasures import Erasures
from bot.errors import (
    EXIT_CANNOT_CREATE,
    EXIT_CONFIGURATION,
    EXIT_DAMAGED,
    EXIT_UNAVAILABLE,
    DatabaseRefused,
    SettingsError,
    TokenRefused,
)
from bot.i18n import Words, load_languages
from bot.knowledge import Entry, Knowledge
from bot.pacer import Pacer
from bot.receiver import HARD_LIMIT_SECONDS, Receiver, mind_the_token
from bot.rendering import Stage
from bot.scheduler import follow_the_clock, scheduler
from bot.settings import Settings
from bot.transport import AiohttpRequest
from bot.vault import FILE_NAME, Vault, key_in
from bot.views import home
from bot.visits import Visits
from bot.voices import Voices
from bot.webhook import WebhookServer
from bot.worker import Worker
from db import schema
from db.engine import Database

logger = logging.getLogger(__name__)
ERASURES_FILE = "erasures.txt"
CALL_SECONDS = 30.0
STOP_SECONDS = 4.0
START_RETRY_SECONDS = 2.0
UNWELL_SECONDS = 600.0
_UNWRITABLE = "DATABASE_URL: the file cannot be written; choose another DATA_DIR"
_REFUSED = {
    "damaged": ("the file is damaged", "put a copy in its place: ./run restore FILE", EXIT_DAMAGED),
    "newer": ("a newer version of the program made this database", "update the program", EXIT_CONFIGURATION),
    "foreign": ("this is another program's database", "name another one", EXIT_CONFIGURATION),
}


def check_database_file(database: Database) -> None:
    """Make sure that a SQLite file is ours, or can be made where it is to be; raises SettingsError, writes nothing."""
    if not database.is_sqlite:
        return
    path = Path(str(database.url.database))
    try:
        folder = next(one for one in path.absolute().parents if one.exists())
        usable = folder.is_dir() and os.access(folder, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
    except OSError:
        usable = False
    if not usable:
        raise SettingsError([_UNWRITABLE], EXIT_CANNOT_CREATE)
    with told():
        schema.check_file(path)


def prepare_database_file(database: Database) -> None:
    """Make sure that a SQLite file is ours, and make the folder it is to be in; raises SettingsError where that cannot be."""
    check_database_file(database)
    if database.is_sqlite:
        try:
            Path(str(database.url.database)).parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise SettingsError([_UNWRITABLE], EXIT_CANNOT_CREATE) from None


def bring_up_to_date(database: Database, *, copied: Settings | None = None) -> None:
    """Migrate; raises DatabaseRefused without writing a byte to a database that is not ours.

    What is there is copied first, as these settings say; raises SettingsError when it cannot be.
    """
    with told():
        if copied and schema.is_behind(database):
            folder, recipient = copied.data_dir / backups.FOLDER, copied.backup_recipient
            path = backups.keep(database, folder, now=datetime.now(UTC), recipient=recipient)
            logger.info("copied before the tables change copy=%s", path.name)
        schema.migrate(database)


def vault_of(settings: Settings) -> Vault:
    """Return the vault of the key that the settings name, or of the one in DATA_DIR, made on the first start."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return Vault(settings.secret_key or key_in(settings.data_dir))
    except ValueError:
        raise SettingsError([f"SECRET_KEY: {FILE_NAME} in DATA_DIR holds no key; put back a copy of it"]) from None
    except OSError:
        raise SettingsError(["DATA_DIR: cannot be written; choose another"], EXIT_CANNOT_CREATE) from None


def check_key(settings: Settings, database: Database) -> None:
    """Make sure that the key is the one of this database; raises SettingsError before a second one makes things worse."""
    own = vault_of(settings).mark(marks.KEY)
    known = database.run(lambda session: marks.last(session, marks.KEY))
    if not known:
        database.run(lambda session: marks.put(session, marks.KEY, own, now=datetime.now(UTC)))
    elif own not in known:
        cure = f"put back the {FILE_NAME} that was with it, or name it in SECRET_KEY"
        raise SettingsError([f"SECRET_KEY: not the key this database was made with; {cure}"])


def desk_of(settings: Settings, base: Knowledge, inbox_chat_id: int | None) -> Desk:
    """Return where questions for people go."""
    zones = {place.name: place.time_zone for place in settings.places}
    return Desk(inbox_chat_id, zones, base.alike)


@contextmanager
def told() -> Iterator[None]:
    """Turn a database that is not ours, or does not answer, into one clear line; raises DatabaseRefused."""
    try:
        yield
    except schema.NotOurs as refused:
        what, cure, exit_code = _REFUSED[refused.kind]
        raise DatabaseRefused([f"DATABASE_URL: {what}; {cure}"], exit_code) from None
    except OperationalError as error:
        reason = type(error.orig).__name__
        line = f"DATABASE_URL: the database does not answer ({reason}); check address, name and password"
        raise DatabaseRefused([line], EXIT_UNAVAILABLE) from None


class Machine:
    """Everything a handler, a job or the worker may need, and its life: start, serve, stop."""

    def __init__(
        self, settings: Settings, database: Database, *, announce: Callable[[str], None], clock: Clock | None = None,
        base: Knowledge | None = None, words: Words | None = None,
    ) -> None:  # fmt: skip
        """Put the pieces together; `clock`, `base` and `words` are made here unless somebody shares theirs."""
        self.settings, self.database, self.announce = settings, database, announce
        self.vault = vault_of(settings)
        self.erasures = Erasures(settings.data_dir / ERASURES_FILE)
        self.inbox_chat_id = settings.inbox_chat_id
        self.clock = clock or Clock()
        self.words = words or Words(load_languages(settings.locales_dir), settings.places)
        self._files = base or Knowledge.load(settings.locales_dir, list(self.words.languages), settings.contact)
        self.knowledge = self._files
        self.visits = Visits.load(settings.locales_dir)
        self.retired: dict[str, Entry] = {}
        self.voices = Voices()
        self.has_topics = False
        self._polling = AiohttpRequest(total_seconds=HARD_LIMIT_SECONDS, connections=2)
        self.bot: ExtBot[None] = ExtBot(
            settings.bot_token or "", base_url=f"{settings.bot_api_url}/bot", base_file_url=f"{settings.bot_api_url}/file/bot",
            request=AiohttpRequest(total_seconds=CALL_SECONDS), get_updates_request=self._polling,
        )  # fmt: skip
        self.application: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder().bot(self.bot).updater(None).job_queue(None)
            .context_types(ContextTypes(context=Context)).build()
        )  # fmt: skip
        handlers.register(self.application)
        self.pacer = Pacer(
            per_second=settings.messages_per_second, per_chat_second=settings.messages_per_chat_second,
            per_group_minute=settings.messages_per_group_minute,
        )  # fmt: skip
        self.pauses = Pauses(self)
        self.worker = Worker(self)
        self.dispatcher = Dispatcher(self)
        self.heard_at = self.ticked_at = time.monotonic()  # when Telegram answered a poll last; when the scheduler knocked
        self.rivalled_at = -math.inf  # when Telegram said last that somebody else polls with our token
        self._later: set[asyncio.Task[None]] = set()
        if isinstance(self.clock, SettableClock):
            self.clock.on_change(self.worker.wake)

    def deaf_for(self) -> float:
        """Return for how many seconds Telegram has not answered a poll; 0 where it posts to us."""
        return 0.0 if self.settings.webhook_url else time.monotonic() - self.heard_at

    @property
    def is_well(self) -> bool:
        """Tell whether starting anew would not help: Telegram has answered and the scheduler has knocked not long ago."""
        return max(self.deaf_for(), time.monotonic() - self.ticked_at) < UNWELL_SECONDS

    @property
    def username(self) -> str:
        """Return the name people find the bot by; nothing before Telegram has told it."""
        try:
            return self.bot.username
        except RuntimeError:
            return ""

    @property
    def stage(self) -> Stage:
        """Return what queued messages are made with, as of now."""
        pace = float(self.settings.messages_per_second)
        return Stage(self.words, self.knowledge, self.voices, self.has_topics, self.username, self.vault.opened, pace)

    @property
    def desk(self) -> Desk:
        """Return where questions for people go, as of now."""
        return desk_of(self.settings, self.knowledge, self.inbox_chat_id)

    def moved(self, old_id: int, new_id: int) -> None:
        """Follow the group for questions when it goes by another number."""
        if self.inbox_chat_id == old_id:
            self.inbox_chat_id = new_id

    async def learn(self) -> None:
        """Read again what people have added; the new base takes the old one's place when it is fitted."""
        files = self._files
        added, retired = await self.database.read(lambda session: knowledge.overlay(session, files.entries))
        self.retired = {entry.name: entry for entry in added if entry.name in retired}
        if added:
            base = await asyncio.to_thread(files.changed, added, retired)
            await base.ready()
            self.knowledge = base
        else:
            self.knowledge = files

    async def learn_voices(self) -> None:
        """Read again which voices there are."""
        self.voices.files = await self.database.read(recordings.voices)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something nobody waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    @property
    def has_later(self) -> bool:
        """Tell whether something nobody waits for is still under way."""
        return bool(self._later)

    async def run(self, lock: leader.FileLock | leader.AdvisoryLock, front: WebhookServer | None = None) -> None:
        """Lead and serve until cancelled or somebody else may lead; raises TokenRefused, SettingsError.

        `front` is where machines ask how we are, and where Telegram posts when there is a webhook.
        """
        try:
            await self._connect()
            await self._serve(lock, front)
        finally:
            if front:
                front.machine = None
            await self._stop()

    async def _connect(self) -> None:
        """Say hello to Telegram; one that cannot be reached is tried again."""
        while True:
            try:
                await self.bot.initialize()
                await self._introduce()
                return
            except InvalidToken:
                raise TokenRefused from None
            except TelegramError as error:
                logger.warning("Telegram not reachable error=%s", type(error).__name__)
                await asyncio.sleep(START_RETRY_SECONDS)

    async def _introduce(self) -> None:
        """Describe the bot and its commands, in the languages Telegram's apps know of."""
        readers = [self.words.reader(code, None) for code in self.words.languages]
        await self.bot.set_my_description("\n\n".join(home.description(reader) for reader in readers)[:512])
        for number, reader in enumerate(readers):
            code = reader.language.code
            menu = home.commands(reader).commands
            if number == 0:
                await self.bot.set_my_commands(menu)
            if len(code) == 2:
                await self.bot.set_my_commands(menu, language_code=code)

    async def _serve(self, lock: leader.FileLock | leader.AdvisoryLock, front: WebhookServer | None) -> None:
        epoch = await self.database.transaction(lambda session: leadership.take_over(session, now=self.clock.now()))
        await self.pauses.load()
        await jobs.after_restore(self)
        await self._begin_with_people()
        await self.learn_voices()
        self.later(self._prepare())
        await jobs.housekeeping(self)
        alarm = scheduler(self)
        alarm.start()
        if front:
            front.machine = self
            await front.start()
        try:
            await self.dispatcher.resume()
            logger.info("ready epoch=%s", epoch)
            await self._until_over(epoch, lock, alarm)
        finally:
            alarm.shutdown(wait=False)

    async def _begin_with_people(self) -> None:
        """Before anybody is answered: who was erased is erased again, groups are found, the first coordinator is invited."""
        now, named = self.clock.now(), self.settings.coordinator_ids
        erased = self.erasures.read()

        def begin(session: Session) -> tuple[int, dict[int, int], str | None]:
            again = privacy.erase_again(session, erased, desk=self.desk, vault=self.vault, now=now)
            health.let_in_again(session, now=now)
            return again, groups.moves(session), invitations.first(session, named=named, is_orphaned=again > 0, now=now)

        again, moves, token = await self.database.transaction(begin)
        if again:
            logger.warning("erased again count=%s", again)
        await self.erased()
        for old_id, new_id in moves.items():
            self.moved(old_id, new_id)
        if token:
            self.announce(f"https://t.me/{self.bot.username}?start=i-{token}")

    async def erased(self) -> None:
        """Make sure that what was erased is in no file any more, and that an older copy is erased anew."""
        self.erasures.add(await self.database.read(lambda session: marks.last(session, marks.ERASED)))
        await self.database.scrub()
        await self.learn_voices()

    async def _prepare(self) -> None:
        """What may take a moment: whether the inbox has topics, what people have added, the fit. Only answers wait for it."""
        if self.inbox_chat_id:
            with suppress(TelegramError):
                self.has_topics = bool((await self.bot.get_chat(self.inbox_chat_id)).is_forum)
        await self.learn()
        await self.knowledge.ready()

    async def _until_over(self, epoch: int, lock: leader.FileLock | leader.AdvisoryLock, alarm: AsyncIOScheduler) -> None:
        """Run the loops side by side; the first that ends, ends all."""
        receives = not self.settings.webhook_url
        if receives:
            with suppress(TelegramError):
                await self.bot.delete_webhook()
        else:
            await self._ask_for_posts()
        loops = [self.worker.run(epoch, lock.is_held), lock.lost(), follow_the_clock(alarm)]
        loops += [Receiver(self, self._polling).run()] if receives else [self.dispatcher.gather(), mind_the_token(self)]
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask_for_posts(self) -> None:
        """Tell Telegram where to post; one that cannot be reached is told again."""
        while True:
            try:
                await self.bot.set_webhook(self.settings.webhook_url, secret_token=self.settings.webhook_secret)
                return
            except TelegramError as error:
                logger.warning("setWebhook failed error=%s", type(error).__name__)
                await asyncio.sleep(START_RETRY_SECONDS)

    async def _stop(self) -> None:
        await self.dispatcher.stop(STOP_SECONDS)
        for task in list(self._later):
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        with suppress(TelegramError):
            await self.bot.shutdown()
