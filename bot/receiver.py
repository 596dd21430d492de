"""Asks Telegram for updates and stores them before confirming; never goes deaf.

python-telegram-bot's own updater confirms an update while its handler runs, and stops for ever after one 401.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.domain import inbox
from bot.errors import TokenRefused
from bot.transport import AiohttpRequest, wait_of

if TYPE_CHECKING:
    from bot.app import Machine

logger = logging.getLogger(__name__)
LONG_POLL_SECONDS = 25
HARD_LIMIT_SECONDS = 31
LONGEST_BACK_OFF_SECONDS = 15.0
RENEW_AFTER_FAILURES = 3
TOKEN_CHECKS = 3
TOKEN_CHECK_SECONDS = 12.0  # with the poll that is under way: less than a minute until we give up
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
MAX_UPDATE_ID = 2**62


class Receiver:
    """The poll loop. Raises TokenRefused only when Telegram refuses the token three times within half a minute."""

    def __init__(self, machine: Machine, request: AiohttpRequest) -> None:
        self._machine = machine
        self._request = request
        self._offset: int | None = None
        self._failures = 0

    async def run(self) -> None:
        """Receive until cancelled."""
        while True:
            try:
                updates = await self._poll()
                await self._keep(updates)
                self._failures = 0
                self._machine.heard_at = time.monotonic()
            except InvalidToken:
                await check_token(self._machine)
                await self._back_off("token refused")
            except RetryAfter as error:
                await asyncio.sleep(wait_of(error))
            except Conflict:
                self._machine.rivalled_at = time.monotonic()
                await self._back_off("another copy is running")
            except (TelegramError, SQLAlchemyError) as error:  # a database that is away: Telegram keeps them for us
                await self._back_off(type(error).__name__)

    async def _poll(self) -> list[Any]:
        parameters: dict[str, Any] = {"timeout": LONG_POLL_SECONDS, "allowed_updates": json.dumps(ALLOWED_UPDATES)}
        if self._offset is not None:
            parameters["offset"] = self._offset
        updates = await self._request.post(f"{self._machine.bot.base_url}/getUpdates?{urlencode(parameters)}")
        if not isinstance(updates, list):
            raise TelegramError("Invalid server response")
        return updates

    async def _keep(self, updates: list[Any]) -> None:
        """Store, hand over, and only then move on."""
        if not updates:
            # All before is confirmed. Starting afresh lets ids jump back, as they do after a quiet week.
            self._offset = None
            return
        readable = [update for update in updates if is_numbered(update)]
        waiting = [inbox.Waiting(update["update_id"], chat_of(update), json.dumps(update)) for update in readable]
        now = self._machine.clock.now()
        fresh = await self._machine.database.transaction(lambda session: inbox.store(session, waiting, now=now))
        self._machine.dispatcher.handle(fresh)
        if readable:
            self._offset = readable[-1]["update_id"] + 1
        else:
            raise TelegramError("Invalid server response")

    async def _back_off(self, cause: str) -> None:
        self._failures += 1
        logger.warning("getUpdates failed cause=%s failures=%s", cause, self._failures)
        if self._failures % RENEW_AFTER_FAILURES == 0:
            await self._request.renew()
        await asyncio.sleep(min(LONGEST_BACK_OFF_SECONDS, 0.5 * 2 ** min(self._failures, 6)) * random.uniform(0.5, 1.0))  # noqa: S311


async def check_token(machine: Machine) -> None:
    """Raise TokenRefused when it was revoked: one 401 means nothing, three refusals of getMe within half a minute do."""
    for check in range(TOKEN_CHECKS):
        try:
            await machine.bot.get_me()
            return
        except InvalidToken:
            if check == TOKEN_CHECKS - 1:
                raise TokenRefused from None
            await asyncio.sleep(TOKEN_CHECK_SECONDS)
        except TelegramError:
            return


async def mind_the_token(machine: Machine) -> None:
    """Ask now and then whether Telegram still knows us: where it posts to us, nobody else would notice. Raises TokenRefused."""
    while True:
        await asyncio.sleep(TOKEN_CHECK_SECONDS)
        await check_token(machine)


def is_numbered(update: Any) -> bool:
    """Tell whether this can be stored and confirmed at all."""
    if not isinstance(update, dict):
        return False
    number = update.get("update_id")
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < MAX_UPDATE_ID


def chat_of(update: dict[str, Any]) -> int:
    """Return the chat an update belongs to, whatever its kind; 0 when it names none. Updates of one chat stay in order."""
    for content in update.values():
        if isinstance(content, dict):
            message = content.get("message") if isinstance(content.get("message"), dict) else {}
            for holder in (content.get("chat"), message.get("chat"), content.get("from"), content.get("user")):  # type: ignore[union-attr]
                if isinstance(holder, dict) and isinstance(holder.get("id"), int) and abs(holder["id"]) < MAX_UPDATE_ID:
                    return int(holder["id"])
    return 0
