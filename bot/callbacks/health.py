"""Buttons about the bot itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.callbacks.press import Press


@dataclass(frozen=True)
class LetGo(Press):
    """« Send what the restored copy kept back (1), or leave it (0). »"""

    action: ClassVar[str] = "hr"
    sends: int
