"""One call of the Bot API: its parameters, however they were sent, read as Telegram reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.refusals import bad_request

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_MESSAGE_IDS = 100


@dataclass
class Upload:
    """A file sent as part of a multipart form."""

    content: bytes
    file_name: str
    mime_type: str


@dataclass
class Call:
    """Parameters of one call, by name; files by the name of their part."""

    method: str
    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a string, empty when missing."""
        value = self.values.get(name)
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number, `default` when missing or not a number."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def number(self, name: str) -> float | None:
        """Return a number, None when missing or not a number."""
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        return str(self.values.get(name, "")).lower() in ("true", "1", "yes")

    def structure(self, name: str, what: str) -> Any:
        """Return a JSON object or list; None when missing. Refuses what is no JSON, naming `what`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def message_ids(self) -> list[int]:
        """Return the identifiers of several messages, 1 to 100 of them; refuses any other list."""
        given = self.structure("message_ids", "message_ids")
        if not given and not isinstance(given, int):
            raise bad_request("message identifiers are not specified")
        if not isinstance(given, list):
            raise bad_request("expected an Array of message identifiers")
        if len(given) > MAX_MESSAGE_IDS:
            raise bad_request("too many message identifiers specified")
        return [_message_id(one) for one in given]

    def chat_id(self) -> int | None:
        """Return the chat the call is about, for limits and faults; None when there is none."""
        try:
            return int(self.values["chat_id"])
        except (KeyError, TypeError, ValueError):
            return None


def _message_id(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise bad_request("message identifier must be a Number")
    try:
        found = int(str(given))
    except ValueError:
        raise bad_request("can't parse message identifier as Number") from None
    if found <= 0:
        raise bad_request("invalid message identifier specified")
    return found
