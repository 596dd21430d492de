"""Logs: ids and counts; the last line of defence takes out tokens and phone numbers."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

_SECRETS = re.compile(r"[0-9]+:[A-Za-z0-9_-]{20,}|(?<![\w.-])\+?[0-9](?:[ .-]?[0-9]){9,13}(?![\w-])")
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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
