"""The one door: `python -m bot run | simulate | check | migrate | backup | restore | doctor | catalogues | ask | evaluate`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import logs, settings
from bot.errors import (
    EXIT_ALREADY_RUNNING,
    EXIT_FAULTS,
    EXIT_TOKEN_REFUSED,
    EXIT_UNAVAILABLE,
    EXIT_USAGE,
    SettingsError,
    TokenRefused,
)

LOCK_SECONDS = 5.0


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(prog="./run", description="The bot of a hometown association, in French and Bambara.")
    parser.set_defaults(command=_run)
    commands = parser.add_subparsers(metavar="command")
    for name, command, words in (
        ("run", _run, "the bot on Telegram; without a token, the simulator (the default)"),
        ("simulate", _simulate, "the bot on a page with phones, without Telegram"),
        ("check", _check, "every problem of settings, words, knowledge and database"),
        ("migrate", _migrate, "bring the database up to date"),
        ("backup", _backup, "a verified copy of the living database, in DATA_DIR/backups"),
    ):
        commands.add_parser(name, help=words).set_defaults(command=command)
    restore = commands.add_parser("restore", help="put a copy back; what it would send waits for a coordinator's word")
    restore.add_argument("file", type=Path)
    restore.set_defaults(command=_restore)
    doctor = commands.add_parser("doctor", help="what must always hold, checked on the living database")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(command=_doctor)
    catalogues = commands.add_parser("catalogues", help="what is missing, stale, unreviewed or broken in each language")
    catalogues.add_argument("--update", action="store_true", help="write missing sentences and the present French beside each")
    catalogues.set_defaults(command=_catalogues)
    ask = commands.add_parser("ask", help="what the bot would answer")
    ask.add_argument("question", nargs="?")
    ask.add_argument("--lang", default="fr")
    ask.add_argument("--explain", action="store_true", help="show candidates and scores")
    ask.add_argument("--jsonl", action="store_true", help="read questions and write answers as JSON lines")
    ask.set_defaults(command=_ask)
    evaluate = commands.add_parser("evaluate", help="measure the answers with the questions of a folder")
    evaluate.add_argument("folder", type=Path, nargs="+", help="holds score.py, topics.yaml and dev_questions.yaml")
    evaluate.add_argument("--noise", type=int, default=0, help="thumb typos in each question")
    evaluate.add_argument("--require", default="", help="what must be reached, or the exit code is 1")
    evaluate.add_argument("--fit", action="store_true", help="fit the gate anew on these questions, then measure")
    evaluate.set_defaults(command=_evaluate)
    options = parser.parse_args(arguments)
    try:
        return int(options.command(options))
    except SettingsError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return error.exit_code
    except TokenRefused:
        print("BOT_TOKEN: Telegram refuses the token; ask BotFather for a new one", file=sys.stderr)
        return EXIT_TOKEN_REFUSED


def _until_stopped(work: Coroutine[Any, Any, None]) -> int:
    """Run until the work ends or somebody stops it (SIGTERM, SIGINT); a stop is a clean end."""

    async def supervised() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(supervised())
    return 0


def _run(options: argparse.Namespace) -> int:
    from bot import app

    loaded = settings.load()
    if loaded.bot_token is None:
        return _simulate(options)
    logs.configure(loaded.log_level, loaded.log_format)
    return _until_stopped(app.serve(loaded, announce=_announced))


def _announced(link: str) -> None:
    """Show the link that makes the first coordinator: once, to whoever starts the bot, and in no log."""
    print(f"Ouvrez ce lien pour devenir responsable (une seule fois) : {link}", flush=True)


def _simulate(options: argparse.Namespace) -> int:
    from bot import rehearsal

    loaded = settings.load()
    if loaded.bot_token:
        raise SettingsError(["BOT_TOKEN: the simulator never starts with a token; unset it"])
    logs.configure("WARNING" if "LOG_LEVEL" not in os.environ else loaded.log_level, loaded.log_format)
    try:
        return _until_stopped(rehearsal.rehearse(loaded, announce=lambda line: print(line, flush=True)))
    except OSError:
        line = f"SIMULATOR_PORT: port {loaded.simulator_port} is taken; choose another, such as {loaded.simulator_port + 1}"
        raise SettingsError([line], EXIT_UNAVAILABLE) from None


def _check(options: argparse.Namespace) -> int:
    from bot import app, catalogues, i18n, knowledge
    from db.engine import Database

    loaded = settings.load()
    broken = [f"{one.code}: {fault}" for one in catalogues.check(catalogues.read(loaded.locales_dir)) for fault in one.broken]
    languages = i18n.load_languages(loaded.locales_dir)
    base = knowledge.Knowledge.load(loaded.locales_dir, list(languages), loaded.contact)
    broken += [f"knowledge: {fault}" for fault in base.faults(list(languages))]
    database = Database(loaded.database_url)
    try:
        app.check_database_file(database)
    finally:
        database.close()
    for line in broken:
        print(line, file=sys.stderr)
    for line in _voiceless(loaded, list(languages)):
        print(line)
    if not broken:
        print(f"ok: {len(languages)} languages, {len(base.entries)} entries")
    return 78 if broken else 0


def _voiceless(loaded: settings.Settings, languages: list[str]) -> list[str]:
    """Name the spoken sentences that nobody has recorded yet, a line a language."""
    from bot import app
    from bot.domain import recordings
    from bot.voices import SENTENCES
    from db import schema
    from db.engine import Database

    database = Database(loaded.database_url)
    try:
        with app.told():
            has = database.run(recordings.voices) if schema.is_current(database) else {}
    finally:
        database.close()
    missing = {code: [name for name in SENTENCES if (f"say:{name}", code) not in has] for code in languages}
    return [f"without a voice in {code}: {', '.join(names)}" for code, names in missing.items() if names]


def _migrate(options: argparse.Namespace) -> int:
    from bot import app
    from db import schema
    from db.engine import Database

    database = Database(settings.load().database_url)
    try:
        app.check_database_file(database)
        app.bring_up_to_date(database)
    finally:
        database.close()
    print(f"database at {schema.head()}")
    return 0


def _backup(options: argparse.Namespace) -> int:
    from bot import app, backups
    from db.engine import Database

    loaded = settings.load()
    database = Database(loaded.database_url)
    try:
        app.check_database_file(database)
        with app.told():
            path = backups.make(database, loaded.data_dir / "backups", now=datetime.now(UTC))
    finally:
        database.close()
    print(f"copied and verified: {path.name}")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from bot import app, backups, leader
    from db.engine import Database

    database = Database(settings.load().database_url)
    lock = leader.lock_for(database)

    async def put_back() -> int:
        await asyncio.wait_for(lock.acquire(), LOCK_SECONDS)
        try:
            return await asyncio.to_thread(
                backups.restore, database, options.file, now=datetime.now(UTC), bring_up_to_date=app.bring_up_to_date
            )
        finally:
            lock.release()

    try:
        with app.told():
            waiting = asyncio.run(put_back())
    except TimeoutError:
        raise SettingsError(["DATABASE_URL: the bot is running; stop it first"], EXIT_ALREADY_RUNNING) from None
    finally:
        database.close()
    print(f"put back; {waiting} messages wait for a coordinator's word")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from bot import app
    from bot.domain import health
    from db.engine import Database

    database = Database(settings.load().database_url)
    try:
        app.check_database_file(database)
        with app.told():
            found = database.run(lambda session: health.checks(session, now=datetime.now(UTC)))
    finally:
        database.close()
    if options.json:
        checks = [{"name": one.name, "ok": one.holds, "broken": one.broken, "cure": one.cure} for one in found]
        print(json.dumps({"ok": all(one.holds for one in found), "checks": checks}))
    else:
        for one in found:
            print(f"ok    {one.name}" if one.holds else f"FAULT {one.name} ({one.broken}): {one.cure}")
    return 0 if all(one.holds for one in found) else EXIT_FAULTS


def _catalogues(options: argparse.Namespace) -> int:
    from bot import catalogues

    folder = settings.load().locales_dir
    if options.update:
        catalogues.update(folder)
    reports = catalogues.check(catalogues.read(folder))
    for report in reports:
        counts = ", ".join(f"{len(getattr(report, kind))} {kind}" for kind in ("missing", "stale", "unreviewed", "broken"))
        print(f"{report.code}: {report.total} sentences, {counts}")
        for kind in ("missing", "stale", "broken"):
            for name in getattr(report, kind):
                print(f"  {kind}: {name}")
    return 1 if any(report.broken for report in reports) else 0


def _ask(options: argparse.Namespace) -> int:
    from bot import i18n, questioning
    from bot.knowledge import Knowledge

    loaded = settings.load()
    words = i18n.Words(i18n.load_languages(loaded.locales_dir), loaded.places)
    base = Knowledge.load(loaded.locales_dir, list(words.languages), loaded.contact)
    if options.jsonl:
        for line in sys.stdin:
            asked = json.loads(line)
            replied = questioning.replied(base, words, asked["lang"], asked["text"])
            print(json.dumps({"id": asked.get("id"), **replied}, ensure_ascii=False), flush=True)
        return 0
    if not options.question:
        print('ask: write the question, such as ./run ask "depuis quand ?"', file=sys.stderr)
        return EXIT_USAGE
    print(questioning.shown(base, words, options.lang, options.question, explain=options.explain))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from bot import evaluating, i18n
    from bot.knowledge import Knowledge

    missing = [folder for folder in options.folder if not (folder / "score.py").is_file()]
    if missing:
        print("evaluate: name a folder that holds score.py, topics.yaml and dev_questions.yaml", file=sys.stderr)
        return EXIT_USAGE
    if options.fit:
        locales = settings.load().locales_dir
        evaluating.write(evaluating.fitted(Knowledge.load(locales, list(i18n.load_languages(locales))), options.folder))
    arguments = ["--noise", str(options.noise)] if options.noise else []
    arguments += ["--require", options.require] if options.require else []
    return max(evaluating.table(folder, arguments) for folder in options.folder)


if __name__ == "__main__":
    sys.exit(main())
