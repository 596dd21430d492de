"""The one door: `python -m bot <command>`; `--help` names the commands."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn

from bot import logs, settings
from bot.errors import (
    EXIT_TOKEN_REFUSED,
    EXIT_UNAVAILABLE,
    EXIT_USAGE,
    SettingsError,
    TokenRefused,
)


class Parser(argparse.ArgumentParser):
    """Tells a command that was called wrongly in sysexits' code."""

    def error(self, message: str) -> NoReturn:
        """Say how it is called, and end."""
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parser = Parser(prog="./run", description="The bot of a hometown association, in French and Bambara.")
    parser.set_defaults(command=_run)
    commands = parser.add_subparsers(metavar="command")
    for name, command, words in (
        ("run", _run, "the bot on Telegram; without a token, the simulator (the default)"),
        ("simulate", _simulate, "the bot on a page with phones, without Telegram"),
        ("check", _check, "every problem of settings, words, knowledge, policy and database"),
        ("backup", _upkeep("backup"), "a verified copy of the living database, in DATA_DIR/backups"),
    ):
        commands.add_parser(name, help=words).set_defaults(command=command)
    migrate = commands.add_parser("migrate", help="bring the database up to date; what is there is copied first")
    migrate.add_argument("--without-copy", action="store_true", help="copy nothing first")
    migrate.set_defaults(command=_upkeep("migrate"))
    backup_key = commands.add_parser("backup-key", help="make the pair of keys that copies are sealed with")
    backup_key.add_argument("file", type=Path, help="where the private key goes")
    backup_key.set_defaults(command=_upkeep("backup_key"))
    export = commands.add_parser("export", help="all that is kept of somebody, as JSON")
    export.add_argument("id", type=int, help="the number that Telegram knows them by")
    export.set_defaults(command=_upkeep("export"))
    erase = commands.add_parser("erase", help="forget somebody, in the database and in copies that are put back later")
    erase.add_argument("id", type=int, help="the number that Telegram knows them by")
    erase.add_argument("--sure", action="store_true", help="it cannot be undone")
    erase.set_defaults(command=_upkeep("erase"))
    restore = commands.add_parser("restore", help="put a copy back; what it would send waits for a coordinator's word")
    restore.add_argument("file", type=Path)
    restore.add_argument("--key", type=Path, help="the file with the private key, when the copy is sealed")
    restore.set_defaults(command=_upkeep("restore"))
    doctor = commands.add_parser("doctor", help="what must always hold, checked on the living database")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(command=_upkeep("doctor"))
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
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no copy of the memory: token and keys are in it
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
    """Run until the work ends or somebody stops it (SIGTERM, SIGINT, a terminal that is closed); a stop is a clean end."""

    async def supervised() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        outlives_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # started by nohup
        for signal_number in (signal.SIGTERM, signal.SIGINT, *(() if outlives_terminal else (signal.SIGHUP,))):
            loop.add_signal_handler(signal_number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(supervised())
    return 0


def _stops_from_now_on() -> None:
    """Let a stop be a clean end already while the program is being read, seconds on a slow machine: nothing has begun."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _run(options: argparse.Namespace) -> int:
    _stops_from_now_on()
    from bot import service

    loaded = settings.load()
    if loaded.bot_token is None:
        return _simulate(options)
    logs.configure(loaded.log_level, loaded.log_format)
    return _until_stopped(service.serve(loaded, announce=_announced))


def _announced(link: str) -> None:
    """Show the link that makes the first coordinator: once, to whoever starts the bot, and in no log."""
    print(f"Ouvrez ce lien pour devenir responsable (une seule fois) : {link}", flush=True)


def _simulate(options: argparse.Namespace) -> int:
    _stops_from_now_on()
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
    from bot import checking

    found = checking.everything()
    for line in found.faults:
        print(line, file=sys.stderr)
    for line in found.remarks:
        print(line)
    if not found.faults:
        print(f"ok: {len(found.languages)} languages, {found.entries} entries")
    return found.exit_code


def _upkeep(name: str) -> Callable[[argparse.Namespace], int]:
    """Return a command of `upkeep`, which is read only when it is asked for."""

    def command(options: argparse.Namespace) -> int:
        from bot import upkeep

        return int(getattr(upkeep, name)(options))

    return command


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
