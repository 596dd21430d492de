"""Copies of the database: made while it lives, verified before they count, rotated; and put back without a second wave.

A copy holds what the database holds: keep the folder as private as the database itself. Telephone numbers in it stay sealed;
their key is not part of it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL

from bot.domain import health, marks
from bot.errors import EXIT_CANNOT_CREATE, EXIT_DAMAGED, EXIT_UNAVAILABLE, SettingsError
from db import schema
from db.engine import Database

STAMP = "%Y%m%dT%H%M%SZ"
DAYS, WEEKS = 7, 5  # the newest of each of so many days and weeks is kept


def make(database: Database, folder: Path, *, now: datetime) -> Path:
    """Copy a living database into a folder, verify the copy, note it and drop those that are old. Returns its path.

    Raises SettingsError when it cannot be written, or is no good copy: then nothing counts as made.
    """
    suffix = "db" if database.is_sqlite else "pgdump"
    path = folder / f"enndam-{now.astimezone(UTC):{STAMP}}.{suffix}"
    part = path.with_suffix(path.suffix + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.touch(mode=0o600)
        (_copy_sqlite if database.is_sqlite else _copy_postgresql)(database, part)
        verify(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        raise SettingsError([f"DATA_DIR: no copy can be written to {folder.name}; make room or choose another"],
                            EXIT_CANNOT_CREATE) from None  # fmt: skip
    finally:
        part.unlink(missing_ok=True)
    database.run(lambda session: marks.put(session, health.BACKUP, path.name, now=now))
    rotate(folder)
    return path


def _copy_sqlite(database: Database, target: Path) -> None:
    with closing(sqlite3.connect(str(database.url.database))) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _copy_postgresql(database: Database, target: Path) -> None:
    _postgres_tool("pg_dump", database.url, "--format=custom", f"--file={target}")


def _postgres_tool(tool: str, url: URL, *arguments: str) -> None:
    """Let one of PostgreSQL's own tools work on a database; its password never stands on a command line."""
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = _run(tool, f"--dbname={plain}", *arguments, password=url.password)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SettingsError([f"{tool} failed: {reason}"], EXIT_UNAVAILABLE)


def _run(tool: str, *arguments: str, password: object = None) -> subprocess.CompletedProcess[str]:
    """Run a tool of PostgreSQL's; raises SettingsError (exit 69) where it is not installed."""
    program = shutil.which(tool)
    if program is None:
        raise SettingsError([f"{tool} is missing; install postgresql-client"], EXIT_UNAVAILABLE)
    environment = {**os.environ, "PGPASSWORD": str(password)} if password else dict(os.environ)
    # No shell, and nothing in the arguments that anybody typed into the bot.
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def verify(path: Path) -> None:
    """Make sure that a copy can be put back; raises SettingsError (exit 74) for one that cannot."""
    if path.read_bytes()[:5] == b"PGDMP":
        listed = _run("pg_restore", "--list", str(path))
        if listed.returncode or "alembic_version" not in listed.stdout:
            raise SettingsError([f"{path.name}: no whole copy of our database"], EXIT_DAMAGED)
        return
    try:
        schema.check_file(path)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            whole = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            whole = whole and not copy.execute("PRAGMA foreign_key_check").fetchall()
            whole = whole and copy.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    except (schema.NotOurs, sqlite3.DatabaseError):
        whole = False
    if not whole:
        raise SettingsError([f"{path.name}: no whole copy of our database"], EXIT_DAMAGED)


def rotate(folder: Path) -> None:
    """Keep the newest copy of each of the last days and weeks, drop the others."""
    kept: set[Path] = set()
    for most, period in ((DAYS, "%Y%m%d"), (WEEKS, "%G%V")):
        newest: dict[str, Path] = {}
        for path in copies(folder):
            newest[f"{made_at(path):{period}}"] = path
        kept |= set(list(newest.values())[-most:])
    for path in copies(folder):
        if path not in kept:
            path.unlink()


def copies(folder: Path) -> list[Path]:
    """Return the copies in a folder, oldest first."""
    return sorted(path for path in folder.glob("enndam-*") if path.suffix in (".db", ".pgdump") and "T" in path.stem)


def made_at(path: Path) -> datetime:
    """Return when a copy was made, by its name: aware, UTC."""
    return datetime.strptime(path.stem.removeprefix("enndam-"), STAMP).replace(tzinfo=UTC)


def restore(database: Database, path: Path, *, now: datetime, bring_up_to_date: Callable[[Database], None]) -> int:
    """Put a verified copy in the database's place; what it would send once more waits for a coordinator's word.

    What was there is kept beside it (SQLite). Returns how many messages wait. Raises SettingsError for no whole copy. Nobody
    may be running: the caller holds the lock.
    """
    if not path.is_file():
        raise SettingsError([f"{path.name}: no such copy; name a file of DATA_DIR/backups"], EXIT_DAMAGED)
    verify(path)
    database.let_go()
    if database.is_sqlite:
        _replace_sqlite(Path(str(database.url.database)), path)
    else:
        _postgres_tool("pg_restore", database.url, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(path))
    bring_up_to_date(database)
    return database.run(lambda session: health.hold_all(session, now=now))


def _replace_sqlite(target: Path, path: Path) -> None:
    """Swap in one step; the old file stays as « .before », and no journal of it may be taken for the new one's."""
    fresh = target.with_suffix(target.suffix + ".new")
    shutil.copyfile(path, fresh)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    if target.exists():
        with closing(sqlite3.connect(target)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        target.replace(target.with_suffix(target.suffix + ".before"))
    for journal in ("-wal", "-shm"):
        Path(f"{target}{journal}").unlink(missing_ok=True)
    fresh.replace(target)
