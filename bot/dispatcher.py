"""Handles stored updates: those of one chat in order, different chats side by side, each alone.

Of one person no more than MOST_WAITING wait in a chat: what comes on top is let go, and they are told once.
The border of every handler: a refusal is told, a bug is told with a code and put aside, and the
neighbours never notice.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from telegram import Update
from telegram.ext import BaseHandler, CommandHandler

from bot.context import Context
from bot.domain import inbox, members, outbox, policy
from bot.domain.inbox import AlreadyDone, Waiting
from bot.errors import NotHere, Refusal
from bot.views import errors as error_views
from bot.views import groups as group_views
from db.models import Lane, Member

if TYPE_CHECKING:
    from bot.app import Machine

logger = logging.getLogger(__name__)
AT_ONCE = 100  # more than the chats that may be waiting out a silence at the same time
DATABASE_WAIT_SECONDS = 1.0
MAX_TELEGRAM_ID = 2**53
MOST_WAITING = 200  # twice what a phone passes on in one go: nobody who means it has as many
RESUME_WITHIN = timedelta(minutes=10)
LOOK_SECONDS = 0.25  # how long what another copy of the program has stored may lie there


class Dispatcher:
    """Queues by chat, bounded work at the same time."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._queues: dict[int, deque[tuple[int, Waiting]]] = defaultdict(deque)
        self._waiting: Counter[tuple[int, int]] = Counter()  # (chat, person) → updates
        self._told_to_wait: set[int] = set()
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._in_hand: set[int] = set()
        self._stored = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing waits here."""
        return not self._chats

    def handle(self, updates: Sequence[Waiting]) -> None:
        """Take over updates that are safely stored."""
        too_many = []
        for waiting in updates:
            self._in_hand.add(waiting.update_id)
            chat_id, person = waiting.chat_id, _sender(waiting)
            if self._waiting[chat_id, person] >= MOST_WAITING:
                too_many.append(waiting)
                continue
            self._waiting[chat_id, person] += 1
            self._queues[chat_id].append((person, waiting))
            if chat_id not in self._chats:
                self._chats[chat_id] = asyncio.create_task(self._work(chat_id))
        if too_many:
            self._machine.later(self._let_go(too_many))

    async def _let_go(self, updates: Sequence[Waiting]) -> None:
        """Forget what nobody could want answered, and tell each who sent it in private, once until they have calmed down."""
        logger.warning("flood let_go=%s", len(updates))
        now = self._machine.clock.now()
        flooding = {waiting.chat_id for waiting in updates if waiting.chat_id > 0} - self._told_to_wait
        self._told_to_wait |= flooding

        def forget(session: Session) -> None:
            inbox.forget(session, [waiting.update_id for waiting in updates])
            for chat_id in flooding:
                outbox.put(session, chat_id=chat_id, view="errors.too_fast", lane=Lane.REPLY, now=now)

        while True:
            try:
                await self._machine.database.transaction(forget)
            except OperationalError:
                await asyncio.sleep(DATABASE_WAIT_SECONDS)
            else:
                self._in_hand.difference_update(waiting.update_id for waiting in updates)
                self._machine.worker.wake()
                return

    def look(self) -> None:
        """Look at once for what was stored."""
        self._stored.set()

    async def gather(self) -> None:
        """Take over whatever any copy of the program stores, in order of arrival, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stored.wait()
            self._stored.clear()
            # As of now: what is done while we read is in what we read all the same.
            fresh = functools.partial(inbox.pending, besides=frozenset(self._in_hand))
            try:
                self.handle(await self._machine.database.read(fresh))
            except OperationalError:
                logger.warning("database away")
                await asyncio.sleep(DATABASE_WAIT_SECONDS)

    async def resume(self) -> None:
        """Go on where an earlier process was cut off: what waits is handled, what was not shown is shown."""
        database, since = self._machine.database, self._machine.clock.now() - RESUME_WITHIN
        self.handle(await database.read(inbox.pending))
        for chat_id in await database.read(lambda session: inbox.unanswered_chats(session, since=since)):
            if chat_id > 0 and chat_id not in self._chats:
                await self._show_where_they_are(chat_id)

    async def _show_where_they_are(self, chat_id: int) -> None:
        """Queue the screen somebody was cut off at; once, however often we fall."""
        now = self._machine.clock.now()

        def queue(session: Session) -> None:
            inbox.answered(session, chat_id, now=now)
            if members.by_telegram_id(session, chat_id):
                outbox.put(session, chat_id=chat_id, view="members.here", lane=Lane.REPLY, now=now, values={"chat_id": chat_id})

        await self._machine.database.transaction(queue)

    async def stop(self, seconds: float) -> None:
        """Let what is under way end within `seconds`; the rest stays in the inbox."""
        for queue in self._queues.values():
            queue.clear()
        tasks = list(self._chats.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, chat_id: int) -> None:
        queue = self._queues[chat_id]
        try:
            while queue:
                person, waiting = queue.popleft()
                async with self._slots:
                    await self._one(waiting)
                self._in_hand.discard(waiting.update_id)
                self._waiting[chat_id, person] -= 1
                if not self._waiting[chat_id, person]:
                    del self._waiting[chat_id, person]
        finally:
            del self._chats[chat_id]
            if not queue:
                del self._queues[chat_id]
                self._told_to_wait.discard(chat_id)

    async def _one(self, waiting: Waiting) -> None:
        """Handle one update; only a database that is away makes it wait."""
        while True:
            try:
                await self._handled(waiting)
                return
            except OperationalError:
                logger.warning("database away update=%s", waiting.update_id)
                await asyncio.sleep(DATABASE_WAIT_SECONDS)

    async def _handled(self, waiting: Waiting) -> None:
        context = None
        try:
            update = Update.de_json(_read(waiting.payload), self._machine.bot)
            _check_ids(update)
            context = Context.from_update(update, self._machine.application)
            context.prepare(update, self._machine, await self._member(update))
            handler, check = self._handler(update, context.where)
            if handler is not None:
                policy.require_here(context.role, handler.callback.action, context.where)  # type: ignore[attr-defined]
                await handler.handle_update(update, self._machine.application, check, context)
        except Refusal as refusal:
            await self._told(context, refusal)
        except AlreadyDone:
            logger.info("update done before update=%s", waiting.update_id)
        except OperationalError:
            raise
        except Exception as error:  # the border: one update must never stop another
            await self._buried(waiting, error, context)
        await self._closed(waiting, context)

    async def _member(self, update: Update) -> Member | None:
        """Return who acts; whoever speaks as a group or a channel is nobody to us, whatever they may do there."""
        user, message = update.effective_user, update.effective_message
        if user is None or (message is not None and message.sender_chat is not None and update.callback_query is None):
            return None
        return await self._machine.database.read(lambda session: members.by_telegram_id(session, user.id))

    def _handler(self, update: Update, where: policy.Where) -> tuple[BaseHandler[Any, Any, Any] | None, object]:
        """Return the first door that fits and is open in such a chat; a closed one when no other fits: it refuses."""
        closed: tuple[BaseHandler[Any, Any, Any] | None, object] = (None, None)
        for handlers in self._machine.application.handlers.values():
            for handler in handlers:
                check = handler.check_update(update)
                if check is None or check is False or (isinstance(handler, CommandHandler) and not _is_meant(update)):
                    continue
                if where & policy.POLICY[handler.callback.action].where:  # type: ignore[attr-defined]
                    return handler, check
                if closed[0] is None:
                    closed = (handler, check)
        return closed

    async def _told(self, context: Context | None, refusal: Refusal) -> None:
        logger.info("refused name=%s", refusal.name)
        if context is None:
            return
        context.notice()
        if isinstance(refusal, NotHere):
            await context.say(group_views.in_private(context.reader, context.bot.username))
        else:
            await context.say(error_views.refusal(refusal, context.reader))

    async def _buried(self, waiting: Waiting, error: Exception, context: Context | None) -> None:
        code = secrets.token_hex(2).upper()
        logger.exception("update failed code=%s update=%s", code, waiting.update_id)
        now = self._machine.clock.now()
        reason = type(error).__name__
        await self._machine.database.transaction(
            lambda session: inbox.bury(session, waiting, reason=reason, code=code, now=now)
        )
        if context is not None and context.is_private:
            try:
                context.notice()
                await context.say(error_views.apology(code, context.reader))
            except Exception as second:  # whoever cannot be told is not told; the next update matters more
                logger.warning("apology not sent code=%s error=%s", code, type(second).__name__)

    async def _closed(self, waiting: Waiting, context: Context | None) -> None:
        now, is_done = self._machine.clock.now(), context is not None and context.is_done

        def close(session: Session) -> None:
            if not is_done:
                try:
                    inbox.done(session, waiting.update_id, now=now)
                except AlreadyDone:
                    return
            inbox.answered(session, waiting.chat_id, now=now)

        await self._machine.database.transaction(close)


def _read(payload: str) -> Any:
    """Return an update without what no database keeps, NUL and half a character: a mark of the same length stands there."""
    update = json.loads(payload)
    return _whole(update) if "\\u0000" in payload or "\\ud" in payload else update


def _whole(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "?").encode("utf-8", "replace").decode()
        case list():
            return [_whole(one) for one in value]
        case dict():
            return {name: _whole(one) for name, one in value.items()}
    return value


def _sender(waiting: Waiting) -> int:
    """Return whose update it is: in private the chat says it, elsewhere 0 stands for whoever says nothing of themselves."""
    if waiting.chat_id > 0:
        return waiting.chat_id
    try:
        update = json.loads(waiting.payload)
    except RecursionError:  # nested as deep as could just be read where fewer calls lay below
        return 0
    for content in update.values():
        sender = content.get("from") if isinstance(content, dict) else None
        if isinstance(sender, dict) and isinstance(sender.get("id"), int):
            return int(sender["id"])
    return 0


def _is_meant(update: Update) -> bool:
    """Tell whether a command is given here and now: one that is passed on, or written over an older message, orders nothing."""
    message = update.message
    return message is not None and message.forward_origin is None


def _check_ids(update: Update) -> None:
    """Raise ValueError when whoever speaks, or the chat, has no number: the library believes all it is given."""
    for holder in (update.effective_user, update.effective_chat):
        if holder is not None and not (isinstance(holder.id, int) and abs(holder.id) < MAX_TELEGRAM_ID):
            raise ValueError("an id that is no number")
