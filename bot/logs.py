"""Logs: ids and counts; the last line of defence takes out tokens and phone numbers."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import structlog

_SECRETS = re.compile(r"[0-9]+:[A-Za-z0-9_-]{20,}|(?<![\w.-])\+?[0-9](?:[ .-]?[0-9]){9,13}(?![\w-])")
# What drives a terminal, ends a line (but those of a traceback), turns the reading round, or is no character.
_MOVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
CALM_SECONDS = 60
MOST_CAUSES = 1000
_ABOUT_CODE = (AttributeError, ImportError, NameError, TypeError)
_QUIET = ("telegram", "httpx", "httpcore", "aiohttp", "apscheduler", "alembic", "asyncio", "sqlalchemy")


def redacted(text: str) -> str:
    """Return `text` without anything shaped like a token or a phone number; what would move a cursor is written out."""
    return _MOVES.sub(lambda found: found[0].encode("unicode_escape").decode(), _SECRETS.sub("…", text))


def _redact(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {
        key: redacted(value) if isinstance(value, str) and key not in ("timestamp", "level") else value
        for key, value in event.items()
    }


def _one_line(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["event"] = str(event.get("event", "")).replace("\n", "\\n")
    return event


def _told(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Return where an error came about, and which ones led to it.

    What an error says is left out unless it speaks of code: the others quote what somebody wrote (`invalid literal for
    int(): '06 12…'`, PostgreSQL's `Key (first_name)=(Awa)`).
    """
    told = []
    for error in reversed(list(_led_to(exc_info[1]))):
        says = f": {error}" if isinstance(error, _ABOUT_CODE) else ""
        told.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__ + says)
    return "\n".join(told)


def _led_to(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those it came from, the last one first."""
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or (None if here.__suppress_context__ else here.__context__)


class OncePerMinute(logging.Filter):
    """Lets a warning through once a minute and cause; the next one says how many it stands for.

    The cause is what is said and the words in it, not the numbers: an hour without Telegram is sixty lines, not thousands.
    Source: FAULTS, B5.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[object, ...], float] = {}
        self._kept_back: dict[tuple[object, ...], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is to be written."""
        if record.levelno != logging.WARNING:
            return True
        words = tuple(one for one in record.args if isinstance(one, str)) if isinstance(record.args, tuple) else ()
        cause = (record.name, record.msg, words)
        since = record.created - self._said.get(cause, -CALM_SECONDS)
        if 0 <= since < CALM_SECONDS:  # below nothing: the clock was put back
            self._kept_back[cause] = self._kept_back.get(cause, 0) + 1
            return False
        if len(self._said) >= MOST_CAUSES:
            self._said.clear()
        self._said[cause] = record.created
        if kept_back := self._kept_back.pop(cause, 0):
            record.msg = f"{record.msg} kept_back={kept_back}"
        return True


def configure(level: str, form: str) -> None:
    """Send all logs to standard error: `json` for services, `text` for people."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(lines(form))
    handler.addFilter(OncePerMinute())
    logging.getLogger().handlers[:] = [handler]
    set_level(level)
    sys.excepthook = _ended


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell of a bug that ends the program as of any other: where, and not what people wrote."""
    logging.getLogger(__name__).critical("ended", exc_info=(kind, error, trace))


def set_level(level: str) -> None:
    """Say from which level on our own loggers speak; those of libraries warn, whatever the level, and say no more."""
    logging.getLogger().setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def lines(form: str) -> logging.Formatter:
    """Return what makes a line of a record, in this form."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(_told),
            _one_line,
            _redact,
            renderer,
        ],
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
    )
