"""What whoever looks after the machine asks for: copies, checks on a living database, one person's rights."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot import app, backups, leader, seals, settings
from bot.domain import health, marks, members, privacy
from bot.erasures import Erasures
from bot.errors import (
    EXIT_ALREADY_RUNNING,
    EXIT_CANNOT_CREATE,
    EXIT_DAMAGED,
    EXIT_FAULTS,
    EXIT_USAGE,
    DatabaseRefused,
    Refusal,
    SettingsError,
)
from bot.i18n import load_languages
from bot.knowledge import Knowledge
from db import schema
from db.engine import Database

Result = TypeVar("Result")
LOCK_SECONDS = 5.0


@contextlib.contextmanager
def _database(loaded: settings.Settings, *, is_replaced: bool = False) -> Iterator[Database]:
    """Yield the database of these settings, ours and sound; what it cannot answer is told in one line.

    One that `is_replaced` may be damaged: a copy is its cure.
    """
    database = Database(loaded.database_url)
    try:
        try:
            app.prepare_database_file(database)
        except DatabaseRefused as refused:
            if not is_replaced or refused.exit_code != EXIT_DAMAGED:
                raise
        with app.told():
            if not database.is_sqlite:
                database.run(lambda session: session.execute(text("SELECT 1")))
            yield database
    finally:
        database.close()


def _alone(database: Database, work: Callable[[], Result]) -> Result:
    """Do something that nobody may disturb; raises SettingsError (exit 75) while the bot is running."""
    lock = leader.lock_for(database)

    async def locked() -> Result:
        await asyncio.wait_for(lock.acquire(), LOCK_SECONDS)
        try:
            return await asyncio.to_thread(work)
        finally:
            lock.release()

    try:
        return asyncio.run(locked())
    except TimeoutError:
        raise SettingsError(["DATABASE_URL: the bot is running; stop it first"], EXIT_ALREADY_RUNNING) from None


def migrate(options: argparse.Namespace) -> int:
    """Bring the database up to date; what is there is copied first. Returns the exit code."""
    loaded = settings.load()
    with _database(loaded) as database:
        _alone(database, lambda: app.bring_up_to_date(database, copied=None if options.without_copy else loaded))
    print(f"database at {schema.head()}")
    return 0


def backup(options: argparse.Namespace) -> int:
    """Make a verified copy of the living database. Returns the exit code."""
    loaded = settings.load()
    with _database(loaded) as database:
        path = backups.make(
            database, loaded.data_dir / backups.FOLDER, now=datetime.now(UTC), recipient=loaded.backup_recipient
        )
    print(f"copied and verified: {path.name}")
    return 0


def backup_key(options: argparse.Namespace) -> int:
    """Make the pair of keys that copies are sealed with. Returns the exit code."""
    try:
        recipient = seals.new_key(options.file)
    except OSError as error:
        raise SettingsError([f"backup-key: {error.strerror}; name a file that is not there yet"], EXIT_CANNOT_CREATE) from None
    print(f"The private key is in {options.file.name}: keep it apart from this machine, it opens every copy. Then set")
    print(f"BACKUP_RECIPIENT={recipient}")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Put a copy back; what it would send waits for a coordinator's word. Returns the exit code."""
    with _database(settings.load(), is_replaced=True) as database:
        waiting = _alone(database, lambda: backups.restore(
            database, options.file, key=options.key, now=datetime.now(UTC), bring_up_to_date=app.bring_up_to_date
        ))  # fmt: skip
    print(f"put back; {waiting} messages wait for a coordinator's word")
    return 0


def export(options: argparse.Namespace) -> int:
    """Print all that is kept of somebody, as JSON. Returns the exit code."""
    loaded = settings.load()
    vault, now = app.vault_of(loaded), datetime.now(UTC)

    def exported(session: Session) -> dict[str, Any] | None:
        member = members.by_telegram_id(session, options.id)
        return privacy.exported(session, member, vault=vault, now=now) if member else None

    with _database(loaded) as database:
        kept = database.run(exported)
    if kept is None:
        return _nobody()
    print(json.dumps(kept, ensure_ascii=False, indent=2))
    return 0


def _nobody() -> int:
    print("nobody has this number; it is the one that Telegram knows them by", file=sys.stderr)
    return EXIT_USAGE


def erase(options: argparse.Namespace) -> int:
    """Forget somebody, in the database and in every copy that is put back later. Returns the exit code."""
    loaded = settings.load()
    vault, now = app.vault_of(loaded), datetime.now(UTC)
    base = Knowledge.load(loaded.locales_dir, list(load_languages(loaded.locales_dir)), loaded.contact)

    def erase(session: Session) -> bool:
        member = members.by_telegram_id(session, options.id)
        if member and options.sure:
            privacy.erase(session, member, desk=app.desk_of(loaded, base, loaded.inbox_chat_id), vault=vault, now=now)
        return member is not None

    try:
        with _database(loaded) as database:
            is_known = database.run(erase)
            Erasures(loaded.data_dir / app.ERASURES_FILE).add(database.run(lambda session: marks.last(session, marks.ERASED)))
            asyncio.run(database.scrub())
    except Refusal:
        print("the last coordinator is not erased; make somebody else one first", file=sys.stderr)
        return EXIT_USAGE
    if not is_known:
        return _nobody()
    print("erased" if options.sure else "somebody has this number; add --sure to erase all that is kept of them")
    return 0 if options.sure else EXIT_USAGE


def doctor(options: argparse.Namespace) -> int:
    """Check what must always hold on the living database. Returns the exit code."""
    with _database(settings.load()) as database:
        found = database.run(lambda session: health.checks(session, now=datetime.now(UTC)))
    if options.json:
        checks = [{"name": one.name, "ok": one.holds, "broken": one.broken, "cure": one.cure} for one in found]
        print(json.dumps({"ok": all(one.holds for one in found), "checks": checks}))
    else:
        for one in found:
            print(f"ok    {one.name}" if one.holds else f"FAULT {one.name} ({one.broken}): {one.cure}")
    return 0 if all(one.holds for one in found) else EXIT_FAULTS
