"""Telegram's sending limits: about 30 a second over all, 1 a second per chat, 20 a minute per group.

Short bursts to one chat pass, as they do on Telegram. Source: Bot API FAQ, « My bot is hitting limits ».
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field

from bot.simulator.refusals import too_many_requests


@dataclass(frozen=True)
class Limits:
    """How much the simulated server accepts; a local Bot API server or a test may allow more."""

    per_second: int = 30
    per_chat_burst: int = 10
    per_chat_second: float = 1.0
    per_group_minute: int = 20


@dataclass
class _Bucket:
    capacity: float
    per_second: float
    level: float = 0.0
    at: float = field(default_factory=time.monotonic)

    def wait_seconds(self, messages: int) -> float:
        now = time.monotonic()
        self.level = max(0.0, self.level - (now - self.at) * self.per_second)
        self.at = now
        over = self.level + min(messages, self.capacity) - self.capacity
        return 0.0 if over <= 0 else over / self.per_second


class FloodControl:
    """Counts what was accepted; refuses with 429 what comes too fast. Real seconds, not the set clock."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._all: deque[float] = deque()
        self._chats: dict[int, _Bucket] = {}

    def take(self, chat_id: int, messages: int = 1) -> None:
        """Count messages sent to a chat in one call, or raise the 429 that Telegram would answer.

        More than the limits hold at once pass only after a silence.
        """
        now = time.monotonic()
        while self._all and now - self._all[0] >= 1:
            self._all.popleft()
        if len(self._all) + min(messages, self.limits.per_second) > self.limits.per_second:
            raise too_many_requests(1)
        bucket = self._chats.setdefault(chat_id, self._bucket(chat_id))
        if wait := bucket.wait_seconds(messages):
            raise too_many_requests(max(1, math.ceil(wait)))
        bucket.level += messages
        self._all.extend([now] * messages)

    def _bucket(self, chat_id: int) -> _Bucket:
        if chat_id < 0:
            return _Bucket(self.limits.per_group_minute, self.limits.per_group_minute / 60)
        return _Bucket(self.limits.per_chat_burst, self.limits.per_chat_second)
