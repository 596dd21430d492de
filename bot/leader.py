"""One leader receives, sends and ticks. SQLite: a lock on a file. PostgreSQL: an advisory lock on its own session."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.errors import EXIT_ALREADY_RUNNING, SettingsError
from db.engine import Database

logger = logging.getLogger(__name__)
ADVISORY_KEY = 0x456E6461
WAIT_SECONDS = 2.0
CHECK_SECONDS = 3.0


class FileLock:
    """Keeps a second process away from one SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path
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

    async def lost(self) -> None:
        """Return when the lock is lost: never, the kernel keeps it while we live."""
        await asyncio.Event().wait()

    def release(self) -> None:
        """Let go."""
        if self._file:
            self._file.close()


class AdvisoryLock:
    """One session holds the lock; when the session dies, so does the leadership."""

    def __init__(self, database: Database) -> None:
        self._engine = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
        self._session: Connection | None = None

    async def acquire(self) -> None:
        """Wait until we lead."""
        while not await asyncio.to_thread(self._try):
            await asyncio.sleep(WAIT_SECONDS)

    def _try(self) -> bool:
        try:
            self._session = self._session or self._engine.connect()
            return bool(self._session.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}))
        except SQLAlchemyError:
            self.release()
            return False

    async def lost(self) -> None:
        """Return as soon as the session that holds the lock is gone."""
        while await asyncio.to_thread(self._holds):
            await asyncio.sleep(CHECK_SECONDS)

    def _holds(self) -> bool:
        try:
            return self._session is not None and self._session.scalar(text("SELECT 1")) == 1
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        """Let go."""
        if self._session is not None:
            self._session.invalidate()
            self._session = None


def lock_for(database: Database) -> FileLock | AdvisoryLock:
    """Return the lock that fits the database."""
    if database.is_sqlite:
        return FileLock(Path(f"{database.url.database}.lock"))
    return AdvisoryLock(database)
