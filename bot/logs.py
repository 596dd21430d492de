"""Logs: ids and counts; the last line of defence takes out tokens and phone numbers."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

_SECRETS = re.compile(r"[0-9]+:[A-Za-z0-9_-]{20,}|(?<![\w.-])\+?[0-9](?:[ .-]?[0-9]){9,13}(?![\w-])")
CALM_SECONDS = 60
MOST_CAUSES = 1000
_QUIET = ("telegram", "httpx", "httpcore", "aiohttp", "apscheduler", "alembic", "asyncio", "sqlalchemy")


def redacted(text: str) -> str:
    """Return `text` on one line, without anything shaped like a token or a phone number."""
    return _SECRETS.sub("…", text).replace("\r", "\\r").replace("\x1b", "\\x1b")


def _redact(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {
        key: redacted(value) if isinstance(value, str) and key not in ("timestamp", "level") else value
        for key, value in event.items()
    }


def _one_line(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["event"] = str(event.get("event", "")).replace("\n", "\\n")
    return event


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
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(OncePerMinute())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
