"""What a pressed button says: a version, an action, what it is about.

Buttons live for years in people's chats, so the meaning of a version never changes; an unknown one
is Outdated, never an error. Data says the wanted state (« language bm »), never « toggle ».
Nothing in it is trusted: the domain asks for permission all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, Self

from bot.errors import Outdated

VERSION = "1"
_SEPARATOR = ":"
MAX_BYTES = 64
LARGEST = 2**53  # no number of ours or of Telegram's is larger


@dataclass(frozen=True)
class Press:
    """A kind of button; subclasses name their action and their fields."""

    action: ClassVar[str]

    def pack(self) -> str:
        """Return the callback data, at most 64 bytes."""
        parts = [VERSION, self.action, *(str(getattr(self, one.name)) for one in fields(self))]
        data = _SEPARATOR.join(parts)
        if len(data.encode()) > MAX_BYTES:
            raise ValueError(f"callback data too long: {self.action}")
        return data

    @classmethod
    def parse(cls, data: str) -> Self:
        """Read callback data of this kind, the last field as far as it goes; raises Outdated for anything else."""
        kinds = fields(cls)
        parts = data.split(_SEPARATOR, 1 + len(kinds))
        if parts[:2] != [VERSION, cls.action] or len(parts) != 2 + len(kinds):
            raise Outdated("errors.old_button")
        try:
            values = [int(raw) if kind.type == "int" else raw for kind, raw in zip(kinds, parts[2:], strict=True)]
        except ValueError:
            raise Outdated("errors.old_button") from None
        if any(isinstance(value, int) and abs(value) >= LARGEST for value in values):
            raise Outdated("errors.old_button")
        return cls(*values)

    @classmethod
    def pattern(cls) -> str:
        """Return the regular expression that finds this kind of button."""
        return rf"^{VERSION}{_SEPARATOR}{cls.action}({_SEPARATOR}|$)"
