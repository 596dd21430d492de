"""One leader receives, sends and ticks. SQLite: a lock on a file. PostgreSQL: an advisory lock on its own session.

A process that is frozen, or cut off from the database, keeps its session: the server would hold the lock for it until
somebody kills it. So the session is a lease: the leader asks it something every moment, and when it has not for
LEASE_SECONDS the server ends the session, and the next in line leads.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import time
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, TextClause, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.errors import EXIT_ALREADY_RUNNING, EXIT_DAMAGED, SettingsError
from db.engine import Database

logger = logging.getLogger(__name__)
ADVISORY_KEY = 0x456E6461
WAIT_SECONDS = 1.0
CHECK_SECONDS = 2.0
LEASE_SECONDS = 8.0
# Before PostgreSQL 14 there is no such setting, and a frozen leader is waited for.
_LEASE = text("SELECT set_config(name, :milliseconds, false) FROM pg_settings WHERE name = 'idle_session_timeout'")
_TRY = text("SELECT pg_try_advisory_lock(:key)")


class FileLock:
    """Keeps a second process away from one SQLite file."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.path = Path(f"{database}.lock")
        self._file: IO[Any] | None = None

    async def acquire(self) -> None:
        """Take the lock; raises SettingsError (exit 75) at once when another process holds it."""
        self._file = self.path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            line = "DATABASE_URL: another process uses this database; stop it first, or give this one its own DATA_DIR"
            raise SettingsError([line], EXIT_ALREADY_RUNNING) from None

    def is_held(self) -> bool:
        """Tell whether nobody else can have the lock by now."""
        return True

    async def lost(self) -> None:
        """Return when the lock is lost: never, the kernel keeps it while we live.

        Raises SettingsError (exit 74) when the file we write to is not the one that lies there any more: all would be lost.
        """
        known = _number_of(self._database)
        while _number_of(self._database) == known:
            await asyncio.sleep(CHECK_SECONDS)
        line = "DATABASE_URL: the file was taken away or replaced meanwhile; put it back, or a copy: ./run restore FILE"
        raise SettingsError([line], EXIT_DAMAGED)

    def release(self) -> None:
        """Let go."""
        if self._file:
            self._file.close()


def _number_of(path: Path) -> int | None:
    """Return what the file system knows a file by; None when there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


class AdvisoryLock:
    """One session holds the lock; when the session ends, so does the leadership."""

    def __init__(self, database: Database) -> None:
        self._engine = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
        self._session: Connection | None = None
        self._watch: asyncio.Task[None] | None = None
        self._asked_at = 0.0

    async def acquire(self) -> None:
        """Wait until we lead."""
        while not await asyncio.to_thread(self._try):
            await asyncio.sleep(WAIT_SECONDS)
        self._watch = asyncio.create_task(self._keep())

    def _try(self) -> bool:
        try:
            return self._ask(_TRY, key=ADVISORY_KEY)
        except SQLAlchemyError:
            self._let_go()
            return False

    async def _keep(self) -> None:
        """Keep the session awake, from the first moment on: until we send there may be tables to bring up to date."""
        while await asyncio.to_thread(self._holds):
            await asyncio.sleep(CHECK_SECONDS)

    def _holds(self) -> bool:
        try:
            return self._session is not None and self._ask(text("SELECT 1"))
        except SQLAlchemyError:
            return False

    def _ask(self, question: TextClause, **values: Any) -> bool:
        if self._session is None:
            self._session = self._engine.connect()
            self._session.execute(_LEASE, {"milliseconds": str(round(LEASE_SECONDS * 1000))})
        asked_at = time.monotonic()
        answer = bool(self._session.scalar(question, values))
        self._asked_at = asked_at
        return answer

    def is_held(self) -> bool:
        """Tell whether nobody else can have the lock by now, for all we know."""
        is_watched = self._watch is not None and not self._watch.done()
        return is_watched and time.monotonic() < self._asked_at + LEASE_SECONDS

    async def lost(self) -> None:
        """Return as soon as the session that holds the lock is gone."""
        if self._watch is not None:
            await asyncio.wait([self._watch])

    def release(self) -> None:
        """Let go."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        self._let_go()

    def _let_go(self) -> None:
        if self._session is not None:
            self._session.invalidate()
            self._session = None


def lock_for(database: Database) -> FileLock | AdvisoryLock:
    """Return the lock that fits the database."""
    if database.is_sqlite:
        return FileLock(Path(str(database.url.database)))
    return AdvisoryLock(database)
