"""Copies of the database: made while it lives, verified before they count, rotated; and put back without a second wave.

Sealed to a public key (BACKUP_RECIPIENT) a copy tells nobody anything; else it holds what the database holds: keep the folder
as private as the database itself. Telephone numbers stay sealed either way; their key is not part of it.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL

from bot import seals
from bot.domain import health, marks
from bot.errors import EXIT_CANNOT_CREATE, EXIT_DAMAGED, EXIT_UNAVAILABLE, EXIT_USAGE, SettingsError
from db import schema
from db.engine import Database

STAMP = "%Y%m%dT%H%M%SZ"
FOLDER = "backups"  # below DATA_DIR
SEALED = ".age"
_NAME = re.compile(r"enndam-[0-9]{8}T[0-9]{6}Z\.(db|pgdump)(\.age)?")
# The newest of each of so many hours, days and weeks is kept; none is older than a month, nor is who was erased in it.
KEPT = ((24, "%Y%m%d%H"), (7, "%Y%m%d"), (5, "%G%V"))
UNFINISHED = ".part"


def make(database: Database, folder: Path, *, now: datetime, recipient: str = "") -> Path:
    """Copy a living database into a folder, verify the copy, note it and drop those that are old. Returns its path.

    With a `recipient` it is sealed once it is verified. Raises SettingsError when it cannot be written, or is no good copy:
    then nothing counts as made.
    """
    path = keep(database, folder, now=now, recipient=recipient)
    database.run(lambda session: marks.only(session, health.BACKUP, path.name, now=now))
    return path


def keep(database: Database, folder: Path, *, now: datetime, recipient: str = "") -> Path:
    """Copy as `make` does, and write nothing into the database: it may have tables of another version."""
    suffix = ("db" if database.is_sqlite else "pgdump") + (SEALED if recipient else "")
    path = folder / f"enndam-{now.astimezone(UTC):{STAMP}}.{suffix}"
    plain, part = path.with_name(f"plain{UNFINISHED}"), path.with_name(path.name + UNFINISHED)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _drop_unfinished(folder)
        plain.touch(mode=0o600)
        (_copy_sqlite if database.is_sqlite else _copy_postgresql)(database, plain)
        verify(plain)
        if recipient:
            part.touch(mode=0o600)
            seals.seal(plain, part, recipient)
        else:
            plain.replace(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        raise SettingsError([f"DATA_DIR: no copy can be written to {folder.name}; make room or choose another"],
                            EXIT_CANNOT_CREATE) from None  # fmt: skip
    finally:
        _drop_unfinished(folder)
    rotate(folder)
    return path


def _drop_unfinished(folder: Path) -> None:
    """What a copy that was cut off has left is nobody's to read."""
    for part in folder.glob(f"*{UNFINISHED}*"):
        part.unlink(missing_ok=True)


def _copy_sqlite(database: Database, target: Path) -> None:
    with closing(sqlite3.connect(str(database.url.database))) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _copy_postgresql(database: Database, target: Path) -> None:
    _postgres_tool("pg_dump", database.url, "--format=custom", f"--file={target}")


_TOOLS_NEED = ("PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")  # not our token, nor our keys (FAULTS, K4)


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
    environment = {name: value for name, value in os.environ.items() if name in _TOOLS_NEED or name.startswith(("PG", "LC_"))}
    if password:
        environment["PGPASSWORD"] = str(password)
    # No shell, and nothing in the arguments that anybody typed into the bot.
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def verify(path: Path, *, name: str = "") -> None:
    """Make sure that a copy can be put back; raises SettingsError (exit 74) for one that cannot, by the name it goes by."""
    if not _is_whole(path):
        raise SettingsError([f"{name or path.name}: no whole copy of our database"], EXIT_DAMAGED)


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        is_dump = file.read(5) == b"PGDMP"
    if is_dump:
        listed = _run("pg_restore", "--list", str(path))
        return listed.returncode == 0 and "alembic_version" in listed.stdout
    try:
        schema.check_file(path)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            whole = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            whole = whole and not copy.execute("PRAGMA foreign_key_check").fetchall()
            return whole and copy.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    except (schema.NotOurs, sqlite3.DatabaseError):
        return False


def rotate(folder: Path) -> None:
    """Keep the newest copy of each of the last hours, days and weeks, drop the others."""
    kept: set[Path] = set()
    for most, period in KEPT:
        newest: dict[str, Path] = {}
        for path in copies(folder):
            newest[f"{made_at(path):{period}}"] = path
        kept |= set(list(newest.values())[-most:])
    for path in copies(folder):
        if path not in kept:
            path.unlink()


def copies(folder: Path) -> list[Path]:
    """Return the copies in a folder, oldest first."""
    return sorted(path for path in folder.glob("enndam-*") if _NAME.fullmatch(path.name))


def made_at(path: Path) -> datetime:
    """Return when a copy was made, by its name: aware, UTC."""
    return datetime.strptime(path.name.removeprefix("enndam-").partition(".")[0], STAMP).replace(tzinfo=UTC)


def restore(
    database: Database, path: Path, *, now: datetime, bring_up_to_date: Callable[[Database], None], key: Path | None = None
) -> int:
    """Put a verified copy in the database's place; what it would send once more waits for a coordinator's word.

    `key` is the file with the private key of a sealed copy. What was there is kept beside it (SQLite). Returns how many
    messages wait. Raises SettingsError for no whole copy. Nobody may be running: the caller holds the lock.
    """
    if not path.is_file():
        raise SettingsError([f"{path.name}: no such copy; name a file of DATA_DIR/backups"], EXIT_DAMAGED)
    with _opened(path, key) as plain:
        verify(plain, name=path.name)
        database.let_go()
        if database.is_sqlite:
            _replace_sqlite(Path(str(database.url.database)), plain)
        else:
            _replace_postgresql(database.url, plain)
    bring_up_to_date(database)
    return database.run(lambda session: health.hold_all(session, now=now))


@contextmanager
def _opened(path: Path, key: Path | None) -> Iterator[Path]:
    """Yield a copy as anybody can read it; a sealed one is opened into a place that goes again."""
    if not seals.is_sealed(path):
        yield path
        return
    if key is None:
        raise SettingsError([f"{path.name}: is sealed; name the file with the private key: --key FILE"], EXIT_USAGE)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = Path(folder) / "plain"
        try:
            seals.unseal(path, plain, key)
        except seals.NotOpened:
            line = f"{path.name}: this key does not open it, or it is not whole; name another key or another copy"
            raise SettingsError([line], EXIT_DAMAGED) from None
        except OSError:
            raise SettingsError(["--key: the file cannot be read; name a readable file"], EXIT_USAGE) from None
        yield plain


# Not pg_restore --clean: it knows nothing of tables that are newer than the copy, and hang on those it drops.
_EMPTY = """DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('DROP TABLE %I CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = current_schema()::regnamespace LOOP
        EXECUTE format('DROP ROUTINE %s CASCADE', one.name);
    END LOOP;
END $$;"""


def _replace_postgresql(url: URL, path: Path) -> None:
    """Empty the database and fill it from the copy, in one transaction: all of it, or nothing has changed."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "copy.sql"
        done = _run("pg_restore", "--no-owner", f"--file={script}", str(path))
        if done.returncode:
            raise SettingsError([f"{path.name}: no whole copy of our database"], EXIT_DAMAGED)
        how = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _postgres_tool("psql", url, *how, f"--command={_EMPTY}", f"--file={script}")


def _replace_sqlite(target: Path, path: Path) -> None:
    """Swap in one step; the old file stays as « .before », and no journal of it may be taken for the new one's."""
    fresh = target.with_suffix(target.suffix + ".new")
    shutil.copyfile(path, fresh)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    if target.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(target)) as old:  # one that is damaged stays as it is
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        target.replace(target.with_suffix(target.suffix + ".before"))
    for journal in ("-wal", "-shm"):
        Path(f"{target}{journal}").unlink(missing_ok=True)
    fresh.replace(target)
