"""`./run check`: all that would keep the bot from working, told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import handlers
from bot import app, catalogues, i18n, settings
from bot.domain import marks, recordings
from bot.errors import EXIT_CONFIGURATION, SettingsError
from bot.knowledge import Knowledge
from bot.vault import FILE_NAME
from bot.visits import Visits
from bot.voices import SENTENCES
from db import schema
from db.engine import Database

# What a damaged file of words, knowledge or visits ends in when it is read.
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


@dataclass
class Found:
    """What is wrong, a line each with its cure; what should be known; what there is; the exit code that says so."""

    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    entries: int = 0
    codes: set[int] = field(default_factory=set)

    @property
    def exit_code(self) -> int:
        """Return 0, the code of the one kind of fault there is, or that of a wrong configuration."""
        if not self.faults:
            return 0
        return self.codes.pop() if len(self.codes) == 1 else EXIT_CONFIGURATION

    def add(self, lines: list[str], code: int = EXIT_CONFIGURATION) -> None:
        """Add faults."""
        if lines:
            self.faults += lines
            self.codes.add(code)

    def guard(self, check: Callable[[], None]) -> None:
        """Run one check; whatever it refuses is a fault like the others."""
        try:
            check()
        except SettingsError as error:
            self.add(error.problems, error.exit_code)


def everything() -> Found:
    """Look at settings, words, knowledge, visits, policy, database and key; nothing is written."""
    found = Found()
    loaded, problems = settings.read()
    found.add(problems)
    found.guard(lambda: _words(loaded, found))
    found.add([f"policy: {fault}" for fault in handlers.faults()])
    if not any(line.startswith("DATABASE_URL") for line in problems):
        found.guard(lambda: _database(loaded, found))
    if not loaded.backup_recipient:
        found.remarks.append("copies of the database are not sealed: ./run backup-key FILE, then set BACKUP_RECIPIENT")
    return found


def _words(loaded: settings.Settings, found: Found) -> None:
    """Sentences, knowledge, visits: each file is read as the start reads it."""
    folder = loaded.locales_dir
    if not (folder / i18n.FALLBACK / "LC_MESSAGES" / "bot.po").is_file():
        raise SettingsError([f"LOCALES_DIR: no sentences in {i18n.FALLBACK}; put back {i18n.FALLBACK}/LC_MESSAGES/bot.po"])

    def sentences() -> None:
        reports = catalogues.check(catalogues.read(folder))
        found.languages = [report.code for report in reports]
        found.add([f"{report.code}: {fault}" for report in reports for fault in report.broken])
        found.add(list(_unnamed(loaded)))

    def knowledge() -> None:
        base = Knowledge.load(folder, found.languages, loaded.contact)
        found.entries = len(base.entries)
        found.add([f"knowledge: {fault}" for fault in base.faults(found.languages)])

    def visits() -> None:
        Visits.load(folder)

    for what, read in (("sentences", sentences), ("knowledge", knowledge), ("visits", visits)):
        try:
            read()
        except _UNREADABLE as error:
            found.add([f"{what}: a file cannot be read ({type(error).__name__}: {error})"[:200]])


def _unnamed(loaded: settings.Settings) -> Iterator[str]:
    """Name the places, clocks and shelves that no sentence names: whoever takes the house over has forgotten them."""
    first = i18n.load_languages(loaded.locales_dir)[i18n.FALLBACK].sentences
    shelves = tomllib.loads((loaded.locales_dir / "shelves.toml").read_text("utf-8"))
    wanted = {f"places.{place.name}": "places.toml" for place in loaded.places}
    wanted |= {f"clocks.{place.clock}": "places.toml" for place in loaded.places}
    wanted |= {f"shelves.{shelf}": "shelves.toml" for shelf in shelves}
    yield from (f"{i18n.FALLBACK}: {name} is missing; {file} asks for it" for name, file in wanted.items() if name not in first)


def _database(loaded: settings.Settings, found: Found) -> None:
    """The database is ours, sound and reachable, and this is its key."""
    database = Database(loaded.database_url)
    try:
        app.check_database_file(database)
        with app.told():
            is_there = not database.is_sqlite or Path(str(database.url.database)).exists()
            if not is_there or not schema.is_current(database):
                found.remarks.append("the database is made, or brought up to date, at the next start")
                return
            known = database.run(lambda session: marks.last(session, marks.KEY))
            voices = database.run(recordings.voices)
        if known and (loaded.secret_key or (loaded.data_dir / FILE_NAME).exists()):
            app.check_key(loaded, database)
        elif known:
            found.add([f"SECRET_KEY: the key of this database is not there; put back the {FILE_NAME} that was with it"])
        for code in found.languages:
            missing = [name for name in SENTENCES if (f"say:{name}", code) not in voices]
            if missing:
                found.remarks.append(f"without a voice in {code}: {', '.join(missing)}")
    finally:
        database.close()
