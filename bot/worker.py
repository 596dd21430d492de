"""Empties the outbox: claims, renders, sends, writes down. Only the leader runs it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import delivery, rendering
from bot.domain import groups, outbox, questions, roles
from bot.errors import Ambiguous, ChatGone, DeliveryError, Moved, NotSent, Rejected, Throttled
from bot.messages import CommandMenu, Leaving, OutgoingMessage, TakeBack
from db.models import Delivery, DeliveryState, Lane

if TYPE_CHECKING:
    from bot.app import Machine

logger = logging.getLogger(__name__)
IN_FLIGHT = 4
IDLE_SECONDS = 5.0
LONGEST_BACK_OFF_SECONDS = 300
DATABASE_WAIT_SECONDS = 1.0


class Worker:
    """Sends what is due, at most IN_FLIGHT at a time."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._wake.set()

    async def run(self, epoch: int) -> None:
        """Send until cancelled; what a crash left in flight is settled first."""
        machine = self._machine
        left = await machine.database.transaction(lambda session: outbox.recover(session, now=machine.clock.now()))
        if left:
            logger.warning("outbox recovered in_flight=%s", left)
        while True:
            self._wake.clear()
            try:
                seconds = 0.0 if await self._send_wave(epoch) else await self._idle_seconds()
            except OperationalError:
                logger.warning("database away")
                seconds = DATABASE_WAIT_SECONDS
            if seconds:
                # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the waking.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()

    async def _idle_seconds(self) -> float:
        now = self._machine.clock.now()
        due_at = await self._machine.database.read(lambda session: outbox.next_due_at(session, now=now))
        return IDLE_SECONDS if due_at is None else min(IDLE_SECONDS, max(0.05, (due_at - now).total_seconds()))

    async def _send_wave(self, epoch: int) -> bool:
        """Send a handful of due messages side by side; False when there was none."""
        now, stage = self._machine.clock.now(), self._machine.stage

        def claimed(session: Session) -> list[tuple[Delivery, rendering.Rendered]]:
            wave = []
            for row in outbox.due(session, now=now, limit=IN_FLIGHT):
                if outbox.claim(session, row.id, epoch=epoch, now=now):
                    with self._parked_when_broken(session, row, epoch):
                        rendered = rendering.render(session, row, stage, now=now) if outbox.may_still_go(session, row) else None
                        wave.append((row, rendered))
            return wave

        wave = await self._machine.database.transaction(claimed)
        await asyncio.gather(*(self._send(row, rendered, epoch) for row, rendered in wave))
        return bool(wave)

    @contextlib.contextmanager
    def _parked_when_broken(self, session: Session, row: Delivery, epoch: int) -> Iterator[None]:
        """A bug in one view parks its delivery and stops no other."""
        try:
            yield
        except OperationalError:
            raise
        except Exception as error:
            logger.exception("delivery not rendered id=%s view=%s", row.id, row.view)
            now, reason = self._machine.clock.now(), type(error).__name__
            outbox.settle(session, row.id, DeliveryState.PARKED, epoch=epoch, now=now, reason=reason)

    async def _send(self, row: Delivery, rendered: rendering.Rendered, epoch: int) -> None:
        machine = self._machine
        message_ids: list[int] = []
        try:
            await machine.pacer.take(row.chat_id, Lane(row.lane))
            message_ids = await self._call(row, rendered)
        except DeliveryError as error:
            await self._failed(row, error, epoch)
            return
        except Exception as error:  # the border: one delivery must never stop another
            logger.exception("delivery broke id=%s", row.id)
            await self._settle(row, DeliveryState.PARKED, epoch, reason=type(error).__name__)
            return
        state = DeliveryState.SENT if rendered is not None else DeliveryState.CANCELLED
        await self._settle(row, state, epoch, message_ids)
        logger.info("delivery settled id=%s state=%s", row.id, state)

    async def _call(self, row: Delivery, rendered: rendering.Rendered) -> list[int]:
        """Make the call a delivery asks for; returns the ids of what was sent. Raises a DeliveryError."""
        bot = self._machine.bot
        match rendered:
            case CommandMenu():
                await delivery.list_commands(bot, row.chat_id, rendered)
            case Leaving():
                await delivery.leave(bot, row.chat_id)
            case TakeBack():
                await delivery.take_back(bot, row.chat_id, rendered.message_ids)
            case OutgoingMessage():
                return await delivery.send(bot, row.chat_id, await self._in_its_topic(row, rendered))
        return []

    async def _in_its_topic(self, row: Delivery, message: OutgoingMessage) -> OutgoingMessage:
        """Open the topic a card asks for, remember it, and send the card there."""
        if not message.topic:
            return message
        thread_id = await delivery.open_topic(self._machine.bot, row.chat_id, message.topic)
        await self._write_down(lambda session: questions.opened_topic(session, row, thread_id))
        return dataclasses.replace(message, topic="", thread_id=thread_id)

    async def _settle(
        self, row: Delivery, state: DeliveryState, epoch: int, message_ids: Sequence[int] = (), *, reason: str | None = None
    ) -> None:
        now = self._machine.clock.now()

        def settle(session: Session) -> None:
            first = message_ids[0] if message_ids else None
            outbox.settle(session, row.id, state, epoch=epoch, now=now, message_id=first, reason=reason)
            questions.posted(session, row, message_ids)

        await self._write_down(settle)

    async def _write_down(self, work: Callable[[Session], None]) -> None:
        """Keep what became of a delivery, however long the database is away: a lost note is a message sent twice."""
        while True:
            try:
                return await self._machine.database.transaction(work)
            except OperationalError:
                logger.warning("database away")
                await asyncio.sleep(DATABASE_WAIT_SECONDS)

    async def _failed(self, row: Delivery, error: DeliveryError, epoch: int) -> None:
        machine, now = self._machine, self._machine.clock.now()
        logger.warning("delivery not sent id=%s error=%s", row.id, type(error).__name__)

        def settle(session: Session) -> None:
            match error:
                case Throttled():
                    outbox.put_back(session, row.id, epoch=epoch, now=now, again_at=now, counts=False)
                case NotSent():
                    again_at = now + timedelta(seconds=back_off_seconds(row.tries))
                    outbox.put_back(session, row.id, epoch=epoch, now=now, again_at=again_at, counts=True)
                case Ambiguous():
                    outbox.doubt(session, row.id, now=now)
                case Moved():
                    outbox.put_back(session, row.id, epoch=epoch, now=now, again_at=now, counts=False)
                    groups.move(session, row.chat_id, error.chat_id, now=now)
                case ChatGone():
                    outbox.settle(session, row.id, DeliveryState.FAILED, epoch=epoch, now=now, reason=str(error))
                    roles.left(session, row.chat_id, error.why, now=now)
                    groups.removed(session, row.chat_id, now=now)
                    outbox.cancel_for_chat(session, row.chat_id, now=now, reason=str(error))
                    questions.undelivered(session, row, now=now)
                case Rejected() | _:
                    outbox.settle(session, row.id, DeliveryState.FAILED, epoch=epoch, now=now, reason=str(error))
                    questions.undelivered(session, row, now=now)

        await self._write_down(settle)
        if isinstance(error, Moved):
            machine.moved(row.chat_id, error.chat_id)
        if isinstance(error, Throttled):
            await machine.pauses.begin(row.chat_id, error.retry_after)


def back_off_seconds(tries: int) -> float:
    """Return how long to wait before the next try: growing, with jitter, at most five minutes."""
    return float(min(LONGEST_BACK_OFF_SECONDS, 2 ** min(tries, 9)) * random.uniform(0.5, 1.0))  # noqa: S311
