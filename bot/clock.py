"""The one clock of the borders: what time it is, aware and in UTC.

Rules get `now` as an argument. The simulator and tests set, move and speed up a SettableClock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """The time of the machine."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        return datetime.now(UTC)

    def timestamp(self) -> float:
        """Return the present instant in seconds since 1970."""
        return self.now().timestamp()


class SettableClock(Clock):
    """A clock that starts right and then obeys: set, moved, sped up, frozen (rate 0)."""

    def __init__(self, start: datetime | None = None, *, rate: float = 1.0) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._base = start or datetime.now(UTC)
        self._since = time.monotonic()
        self._rate = rate

    def now(self) -> datetime:
        """Return the simulated instant, aware, UTC."""
        elapsed = (time.monotonic() - self._since) * self._rate
        return datetime.fromtimestamp(self._base.timestamp() + elapsed, UTC)

    def set(self, instant: datetime, *, rate: float | None = None) -> None:
        """Go to `instant` (aware) and run on, `rate` simulated seconds to a real one."""
        if instant.tzinfo is None:
            raise ValueError("the clock wants an aware instant")
        self._base, self._since = instant, time.monotonic()
        self._rate = self._rate if rate is None else rate
        for listener in self._listeners:
            listener()

    @property
    def rate(self) -> float:
        """Return how many simulated seconds pass in a real one."""
        return self._rate

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the clock is set."""
        self._listeners.append(listener)
