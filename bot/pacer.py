"""How fast we may send: never faster than Telegram takes it, replies before the crowd.

Monotonic time: a clock that jumps neither freezes nor floods. Source: FAULTS, section 3.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from db.models import Lane

CHAT_BURST = 4
KEPT_CHATS = 2000


@dataclass
class _Chat:
    """A leaky bucket: `level` messages have not yet been forgotten."""

    level: float
    at: float


class Pacer:
    """Hands out the right to send one message."""

    def __init__(self, *, per_second: int, per_chat_second: float, per_group_minute: int) -> None:
        self._per_second = per_second
        self._per_chat_second = per_chat_second
        self._per_group_minute = per_group_minute
        self._recent: deque[float] = deque()
        self._chats: dict[int, _Chat] = {}

    async def take(self, chat_id: int, lane: Lane) -> None:
        """Wait until a message to `chat_id` may go out, and count it. A fifth of the rate is the replies' own."""
        while wait := self._try(chat_id, lane):
            await asyncio.sleep(wait)

    def _try(self, chat_id: int, lane: Lane) -> float:
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        allowed = self._per_second if lane is Lane.REPLY else max(1, self._per_second * 4 // 5)
        if len(self._recent) >= allowed:
            return max(0.001, self._recent[len(self._recent) - allowed] + 1 - now)
        return self._try_chat(chat_id, now)

    def _try_chat(self, chat_id: int, now: float) -> float:
        burst, rate = (CHAT_BURST, self._per_chat_second)
        if chat_id < 0:
            burst, rate = self._per_group_minute, self._per_group_minute / 60
        chat = self._chats.get(chat_id) or _Chat(0, now)
        level = max(0.0, chat.level - (now - chat.at) * rate)
        if level + 1 > burst:
            return (level + 1 - burst) / rate
        self._recent.append(now)
        self._chats.pop(chat_id, None)
        self._chats[chat_id] = _Chat(level + 1, now)
        if len(self._chats) > KEPT_CHATS:
            del self._chats[next(iter(self._chats))]
        return 0
