"""How fast we may send: never faster than Telegram takes it, replies before the crowd.

Telegram counts when a message reaches it, which lies between its leaving here and its answer: at Telegram's own rates
a place is free again a second after the latest moment it can have been counted, so that no jitter makes a 31st.
The crowd goes out evenly, so that a reply finds a free place a moment later; it uses the whole rate while nobody asks.
Monotonic time: a clock that jumps neither freezes nor floods. Source: FAULTS, section 3.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from db.models import Lane

CHAT_BURST = 4
KEPT_CHATS = 2000
WINDOW_SECONDS = 1.005  # a second of Telegram's clock, however ours runs
STRICT_UP_TO = 100  # faster than this nobody but ourselves asks us to go
CATCH_UP_SECONDS = 0.05  # a late timer costs no rate
LEAD_SECONDS = 0.05  # what may go this soon is worth claiming now
CALLS_TO_KNOW_THE_WAY = 10
FEWEST_IN_FLIGHT = 4
MOST_IN_FLIGHT = 128
ANSWER_SECONDS = 0.12  # how long a slow answer takes, and to write it down


@dataclass
class _Chat:
    """A leaky bucket: `level` messages have not yet been forgotten."""

    level: float
    at: float


class Pacer:
    """Hands out the right to send one message: `take`, send, `landed`."""

    def __init__(self, *, per_second: int, per_chat_second: float, per_group_minute: int) -> None:
        self._per_second = per_second
        self._per_chat_second = per_chat_second
        self._per_group_minute = per_group_minute
        self._is_strict = per_second <= STRICT_UP_TO
        self._interval = 1 / per_second
        self._next = 0.0
        self._replies_waiting = 0
        self._flying = 0
        self._quickest = 1.0
        self._calls = 0
        self._recent: deque[float] = deque()
        self._chats: dict[int, _Chat] = {}
        self._full: dict[int, float] = {}

    @property
    def in_flight(self) -> int:
        """Return how many calls to have under way at once: what the rate needs, since each is in doubt after a crash."""
        return max(FEWEST_IN_FLIGHT, min(MOST_IN_FLIGHT, round(self._per_second * ANSWER_SECONDS)))

    async def take(self, chat_id: int, lane: Lane) -> float:
        """Wait until a message to `chat_id` may go out, and count it. A reply that waits goes before anything else.

        Returns what `landed` is to be told when the call is over.
        """
        if lane is Lane.REPLY:
            self._replies_waiting += 1
            try:
                while wait := self._try(chat_id, self._per_second):
                    await asyncio.sleep(wait)
            finally:
                self._replies_waiting -= 1
            return time.monotonic()
        if wait := self._slot():
            await asyncio.sleep(wait)
        while wait := self._try(chat_id, max(1, self._per_second - self._replies_waiting)):
            await asyncio.sleep(wait)
        return time.monotonic()

    def landed(self, left_at: float) -> None:
        """A call is over, whatever became of it."""
        if self._is_strict:
            now = time.monotonic()
            self._quickest, self._calls = min(self._quickest, now - left_at), self._calls + 1
            self._flying -= 1
            # Whatever the way there and back takes at the least was not spent waiting to be counted.
            way = self._quickest if self._calls > CALLS_TO_KNOW_THE_WAY else 0.0
            self._recent.append(max(left_at, now - way))

    def room(self) -> int:
        """Return how many messages of the crowd may go within the next moment."""
        now = time.monotonic()
        slots = int((now + LEAD_SECONDS - max(self._next, now - CATCH_UP_SECONDS)) / self._interval)
        return max(0, min(slots, self.room_for_replies()))

    def room_for_replies(self) -> int:
        """Return how many replies may go within the next moment."""
        soon, over = time.monotonic() + LEAD_SECONDS - WINDOW_SECONDS, 0
        for at in self._recent:
            if at > soon:
                break
            over += 1
        return max(0, self._per_second - self._flying - len(self._recent) + over)

    def room_in(self) -> float:
        """Return in how many seconds there is room for one more of the crowd; 0 when there is."""
        now = time.monotonic()
        wait = max(0.0, self._next + self._interval - LEAD_SECONDS - now)
        return max(wait, self._free_in(now, self._per_second) - LEAD_SECONDS)

    def resting(self) -> Mapping[int, float]:
        """Return chats that have had enough for now → in how many seconds they may be written to again."""
        now = time.monotonic()
        self._full = {chat_id: at for chat_id, at in self._full.items() if at > now + LEAD_SECONDS}
        return {chat_id: at - now for chat_id, at in self._full.items()}

    def _free_in(self, now: float, allowed: int) -> float:
        """Return in how many seconds fewer than `allowed` messages count; 0 when they do."""
        while self._recent and now - self._recent[0] >= WINDOW_SECONDS:
            self._recent.popleft()
        too_many = self._flying + len(self._recent) - allowed
        if too_many < 0:
            return 0.0
        if too_many >= len(self._recent):
            return LEAD_SECONDS  # so many are in the air: nobody knows
        return max(0.001, self._recent[too_many] + WINDOW_SECONDS - now)

    def _slot(self) -> float:
        """Reserve the next place of the crowd; returns how long it is until then."""
        now = time.monotonic()
        at = max(self._next, now - CATCH_UP_SECONDS)
        self._next = at + self._interval
        return max(0.0, at - now)

    def _try(self, chat_id: int, allowed: int) -> float:
        now = time.monotonic()
        return self._free_in(now, allowed) or self._try_chat(chat_id, now)

    def _try_chat(self, chat_id: int, now: float) -> float:
        burst, rate = (CHAT_BURST, self._per_chat_second)
        if chat_id < 0:
            burst, rate = self._per_group_minute, self._per_group_minute / 60
        chat = self._chats.pop(chat_id, None) or _Chat(0, now)
        chat.level, chat.at = max(0.0, chat.level - (now - chat.at) * rate), now
        self._chats[chat_id] = chat
        if len(self._chats) > KEPT_CHATS:
            del self._chats[next(iter(self._chats))]
        if chat.level + 1 > burst:
            return (chat.level + 1 - burst) / rate
        chat.level += 1
        if self._is_strict:
            self._flying += 1
        else:
            self._recent.append(now)
        if chat.level + 1 > burst:
            self._full[chat_id] = now + (chat.level + 1 - burst) / rate
        return 0
