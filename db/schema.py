"""Opening a database: ours and sound, or refused without writing a byte; then up to the present tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from db.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"
APPLICATION_ID = 0x456E6461  # « Enda »: marks a SQLite file as ours


class NotOurs(Exception):
    """The database is damaged, newer than the program, or somebody else's; `kind` says which."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def head() -> str:
    """Return the number of the newest migration."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def check_file(path: Path) -> None:
    """Raise NotOurs for a SQLite file we must not open; the file is only read."""
    if not path.exists() or path.stat().st_size == 0:
        return
    has_wal = Path(f"{path}-wal").exists()
    if not has_wal and _is_cut(path):
        raise NotOurs("damaged")
    mode = "mode=ro" if has_wal else "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
        try:
            _check_open(connection)
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        raise NotOurs("damaged") from None


def _is_cut(path: Path) -> bool:
    """Tell whether a file ends within a page: SQLite would read what is missing as zeros, and find nothing wrong."""
    with path.open("rb") as file:
        head = file.read(18)
    written = int.from_bytes(head[16:])
    page = 65_536 if written == 1 else written  # two bytes hold no 65 536
    return len(head) < 18 or (page > 0 and path.stat().st_size % page > 0)


def _check_open(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise NotOurs("damaged")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,) or "alembic_version" not in tables:
        raise NotOurs("foreign")
    _check_versions([row[0] for row in connection.execute("SELECT version_num FROM alembic_version")])


def _check_versions(versions: list[str]) -> None:
    if any(version > head() for version in versions):
        raise NotOurs("newer")
    if len(versions) > 1:
        raise NotOurs("foreign")


def current(connection: Connection) -> str | None:
    """Return the version of the tables; None for an empty database. Raises NotOurs."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise NotOurs("foreign")
    versions = list(connection.scalars(text("SELECT version_num FROM alembic_version")))
    _check_versions(versions)
    return versions[0] if versions else None


def is_current(database: Database) -> bool:
    """Tell whether the tables are there and up to date; makes no file. Raises NotOurs."""
    if database.is_sqlite and not Path(str(database.url.database)).exists():
        return False
    with database.engine.connect() as connection:
        return current(connection) == head()


def is_behind(database: Database) -> bool:
    """Tell whether there are tables of an older version; makes no file. Raises NotOurs."""
    if database.is_sqlite:
        path = Path(str(database.url.database))
        check_file(path)
        if not path.exists():
            return False
    with database.engine.connect() as connection:
        return current(connection) not in (None, head())


def migrate(database: Database, *, to: str = "head") -> str:
    """Bring the tables up to date, or up to a step on the way, and return their version. Raises NotOurs."""
    if database.is_sqlite and database.url.database not in (None, "", ":memory:"):
        check_file(Path(str(database.url.database)))
    with database.engine.connect() as connection:
        version = current(connection)
    if version == head():
        return version
    with database.engine.connect() as connection, _children_kept(database, connection), connection.begin():
        if database.is_sqlite:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        command.upgrade(_config(connection), to)
        if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise AssertionError("a migration would leave rows that hang on nothing")
        return current(connection) or ""


@contextmanager
def _children_kept(database: Database, connection: Connection) -> Iterator[None]:
    """SQLite rebuilds a table to change it: with foreign keys on, dropping the old one would delete all that hangs on it."""
    if not database.is_sqlite:
        yield
        return
    driver = connection.connection
    driver.cursor().execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction is open
    try:
        yield
    finally:
        driver.cursor().execute("PRAGMA foreign_keys=ON")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
