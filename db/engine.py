"""The database's thread: a unit of work is a plain function, run in one hop.

SQLite: one writer thread with BEGIN IMMEDIATE, readers apart. PostgreSQL: a small pool.
Why: with the defaults, concurrent read-then-write loses updates silently on SQLite.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

Result = TypeVar("Result")
Work = Callable[[Session], Result]
READERS = 2
POOL = 4
BUSY_SECONDS = 5
FROZEN_SECONDS = 8
POOL_WAIT_SECONDS = 10


class Database:
    """Runs units of work: `transaction` commits or rolls back as a whole, `read` changes nothing."""

    def __init__(self, url: str | URL) -> None:
        self.url = database_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite(self.url, begin="BEGIN IMMEDIATE", size=1)
            self._reading = _sqlite(self.url, begin="BEGIN", size=READERS, query_only=True)
            self._writers, self._readers = ThreadPoolExecutor(1, "database"), ThreadPoolExecutor(READERS, "reader")
        else:
            self.engine = self._reading = _postgresql(self.url)
            self._writers = self._readers = ThreadPoolExecutor(POOL, "database")
        self._write_session = sessionmaker(self.engine, expire_on_commit=False)
        self._read_session = sessionmaker(self._reading, expire_on_commit=False)

    async def transaction(self, work: Work[Result]) -> Result:
        """Run `work` in one transaction and return what it returns; an exception undoes all of it."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self.run, work)

    async def read(self, work: Work[Result]) -> Result:
        """Run `work` on data that may be a moment old."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._look, work)

    def run(self, work: Work[Result]) -> Result:
        """Run a unit of work here and now (start, commands, tests)."""
        with self._write_session.begin() as session:
            return work(session)

    def _look(self, work: Work[Result]) -> Result:
        with self._read_session() as session:
            return work(session)

    async def scrub(self) -> None:
        """Let nothing of what was deleted stay in SQLite's files; PostgreSQL does so by itself when it vacuums."""
        if self.is_sqlite:
            await asyncio.get_running_loop().run_in_executor(self._writers, self._scrub)

    def _scrub(self) -> None:
        with self.engine.connect() as connection:
            driver = connection.connection
            driver.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def let_go(self) -> None:
        """Let go of the connections: another file may have taken the database's place."""
        self.engine.dispose()
        self._reading.dispose()

    def close(self) -> None:
        """Wait for the work under way and let go of the connections."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.let_go()


def database_url(url: str | URL) -> URL:
    """Return the URL with our driver; raises sqlalchemy.exc.ArgumentError for an unreadable one."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


class OneByOne(psycopg.Cursor[Any]):
    """A cursor that sends a batch row by row.

    The driver would send it as a pipeline, after which the server does not count how long a transaction is idle: a process
    frozen just then would keep its locks for ever. What must be quick is one statement anyway.
    """

    _batch: int | None = None

    def execute(self, *arguments: Any, **options: Any) -> Self:
        """Run one statement."""
        self._batch = None
        return super().execute(*arguments, **options)

    def executemany(self, query: Any, params_seq: Iterable[Any], *, returning: bool = False) -> None:
        """Run one statement for each row; `rowcount` is that of all."""
        count = 0
        for row in params_seq:
            self.execute(query, row)
            count += max(0, self.rowcount)
        self._batch = count

    @property
    def rowcount(self) -> int:
        """Return how many rows the last statement or batch has touched."""
        return super().rowcount if self._batch is None else self._batch


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url, pool_size=POOL, max_overflow=0, pool_timeout=POOL_WAIT_SECONDS, pool_pre_ping=True, hide_parameters=True,
        connect_args={"connect_timeout": BUSY_SECONDS, "cursor_factory": OneByOne},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # A process that is frozen within a transaction must not keep its locks from whoever takes over.
        connection.execute(f"SET idle_in_transaction_session_timeout = '{FROZEN_SECONDS}s'")
        # Nor one that was killed, until the server has an answer for it; PostgreSQL 14 can look after its clients.
        connection.execute(
            "SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'"
        )
        connection.commit()

    @event.listens_for(engine, "handle_error")
    def away(context: ExceptionContext) -> Exception | None:
        """Whatever the server calls the end of a session, it is a database that is away."""
        if not context.is_disconnect or isinstance(context.sqlalchemy_exception, OperationalError):
            return None
        return OperationalError(
            context.statement, None, context.original_exception, hide_parameters=True, connection_invalidated=True
        )

    return engine


def _sqlite(url: URL, *, begin: str, size: int, query_only: bool = False) -> Engine:
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=size, max_overflow=0, hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions behind our back
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten, not only forgotten
        if query_only:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA wal_autocheckpoint=0")

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
