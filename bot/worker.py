"""Empties the outbox: claims, renders, sends, writes down. Only the leader runs it.

A pipeline, turn by turn: one transaction settles all that has come back since and claims what may go now; the calls
are made side by side. So a crash leaves at most as many in doubt as there are places in flight, and at full speed a
commit serves dozens of messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import delivery, rendering
from bot.domain import announcements, groups, outbox, questions, roles
from bot.domain.desk import Desk
from bot.domain.outbox import Parcel
from bot.errors import Ambiguous, ChatGone, DeliveryError, Moved, NotSent, Throttled
from bot.messages import CommandMenu, Leaving, OutgoingMessage, TakeBack
from bot.pacer import FEWEST_IN_FLIGHT
from db.engine import Result
from db.models import DeliveryState, Lane

if TYPE_CHECKING:
    from bot.app import Machine

logger = logging.getLogger(__name__)
IDLE_SECONDS = 5.0
GATHER_SECONDS = 0.03
LONGEST_BACK_OFF_SECONDS = 30  # so nothing waits longer once Telegram is back after an hour
DATABASE_WAIT_SECONDS = 1.0
LANDING_SECONDS = 2.0


@dataclass(frozen=True)
class Landing:
    """What came back from one call: the messages it made, or why there are none. `silence` is (chat, until)."""

    parcel: Parcel
    message_ids: Sequence[int] = ()
    error: DeliveryError | None = None
    broken: str = ""
    silence: tuple[int, datetime] | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether it arrived and nothing but the outbox has to know."""
        return self.error is None and not self.broken


class Worker:
    """Sends what is due, as many at a time as the pacer's rate needs."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._flights: dict[asyncio.Task[None], Parcel] = {}
        self._landed: list[Landing] = []
        self._turning: asyncio.Task[float | None] | None = None
        self._is_held: Callable[[], bool] = lambda: True
        self._something = asyncio.Event()  # has landed, or somebody knocks
        self._at_once = asyncio.Event()  # begin a turn without waiting for more to land

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is looked for, under way or has come back; what may wait still is in the tables."""
        is_looking = self._something.is_set() or (self._turning is not None and not self._turning.done())
        return not (is_looking or self._flights or self._landed)

    def wake(self) -> None:
        """Look at the outbox now."""
        self._at_once.set()
        self._something.set()

    async def run(self, epoch: int, is_held: Callable[[], bool] = lambda: True) -> None:
        """Send until cancelled or somebody else leads; nothing leaves while `is_held` says that somebody else may.

        What a crash left in flight is settled first, what is late waits by night, what is in flight at the end comes home.
        """
        machine, self._is_held = self._machine, is_held
        left = await self._keep(lambda session: _recover(session, machine.desk, machine.clock.now()))
        if left:
            logger.warning("outbox recovered in_flight=%s", left)
        try:
            while True:
                self._something.clear()
                self._at_once.clear()
                # Shielded: a turn cut in two would have claimed what nobody sends.
                self._turning = asyncio.create_task(self._turn(epoch))
                seconds = await asyncio.shield(self._turning)
                if seconds is None:
                    self._is_held = lambda: False
                    return
                await self._wait(seconds)
        finally:
            await self._come_home(epoch)

    # ---- waiting
    async def _wait(self, seconds: float) -> None:
        """Wait until something lands, somebody knocks or `seconds` are over; then for more to land with it."""
        if await _is_set(self._something, seconds):
            await _is_set(self._at_once, self._gather_seconds())

    def _gather_seconds(self) -> float:
        pacer = self._machine.pacer
        return min(GATHER_SECONDS, pacer.room_in()) if pacer.in_flight == FEWEST_IN_FLIGHT else GATHER_SECONDS

    # ---- a turn
    async def _turn(self, epoch: int) -> float | None:
        """Settle what has landed, let fly what may; returns after how many seconds to look again by ourselves.

        None when somebody else leads: nothing was settled.
        """
        machine, landed = self._machine, list(self._landed)
        places, least = self._places()
        stage, now, resting = machine.stage, machine.clock.now(), machine.pacer.resting()
        is_alone = not self._flights

        def work(session: Session) -> tuple[list[tuple[Parcel, rendering.Rendered]], int, datetime | None] | None:
            if not outbox.leads(session, epoch):
                return None
            _write_down(session, landed, epoch, now)
            claimed = places and outbox.claim_due(
                session, epoch=epoch, now=now, limit=places, least=least, resting=resting, is_alone=is_alone
            )
            boarding = _board(session, claimed or [], stage, epoch, now)
            count = len(claimed or [])
            return boarding, count, outbox.next_due_at(session, now=now) if count < places else None

        try:
            done = await machine.database.transaction(work)
        except OperationalError:
            logger.warning("database away")
            await asyncio.sleep(DATABASE_WAIT_SECONDS)
            return 0.0
        if done is None:
            return None
        boarding, count, due_at = done
        self._landed = self._landed[len(landed) :]
        self._follow(landed)
        for parcel, rendered in boarding:
            self._let_fly(parcel, rendered)
        due_in = min(IDLE_SECONDS, *resting.values(), max(0.05, (due_at - now).total_seconds()) if due_at else IDLE_SECONDS)
        return self._seconds(places, least, count, due_in)

    def _places(self) -> tuple[int, Lane]:
        """Return how many may begin now, and the least urgent lane they may be of."""
        pacer = self._machine.pacer
        free = pacer.in_flight - len(self._flights)
        if any(parcel.is_suspect for parcel in self._flights.values()):
            return 0, Lane.BROADCAST
        if room := pacer.room():
            return min(free, room), Lane.BROADCAST
        return min(free, max(0, pacer.room_for_replies())), Lane.REPLY

    def _seconds(self, places: int, least: Lane, count: int, due_in: float) -> float:
        """Return when to look again by ourselves, after a turn that had `places` to give and gave `count`."""
        if least is Lane.BROADCAST and (count < places or not places):
            return due_in  # nothing more is due, or no place is free until something lands
        return min(due_in, self._machine.pacer.room_in()) if len(self._flights) < self._machine.pacer.in_flight else due_in

    def _follow(self, landed: Sequence[Landing]) -> None:
        """Tell the rest of the machine what it must know, now that it is written down."""
        for landing in landed:
            if isinstance(landing.error, Moved):
                self._machine.moved(landing.parcel.chat_id, landing.error.chat_id)
        if landed:
            arrived = sum(landing.is_plain for landing in landed)
            logger.info("deliveries settled arrived=%s other=%s", arrived, len(landed) - arrived)

    # ---- a call
    def _let_fly(self, parcel: Parcel, rendered: rendering.Rendered) -> None:
        flight = asyncio.create_task(self._fly(parcel, rendered))
        self._flights[flight] = parcel
        flight.add_done_callback(self._on_landing)

    def _on_landing(self, flight: asyncio.Task[None]) -> None:
        del self._flights[flight]
        self._something.set()
        places = self._machine.pacer.in_flight
        if places > FEWEST_IN_FLIGHT and (len(self._landed) * 2 >= places or not self._flights):
            self._at_once.set()

    async def _fly(self, parcel: Parcel, rendered: rendering.Rendered) -> None:
        """Make one call in its turn; whatever becomes of it lands."""
        pacer = self._machine.pacer
        left_at = await pacer.take(parcel.chat_id, Lane(parcel.lane))
        try:
            if not self._is_held():
                # We were frozen, or cut off: another leader sends it, and what came after it may be there already.
                raise NotSent("leads no more")
            landing = Landing(parcel, await self._call(parcel, rendered))
        except Throttled as error:
            # Noted before anything else is sent: the next call to this chat must not leave first.
            silence = self._machine.pauses.note(parcel.chat_id, error.retry_after)
            landing = Landing(parcel, error=error, silence=silence)
        except DeliveryError as error:
            landing = Landing(parcel, error=error)
        except Exception as error:  # the border: one delivery must never stop another
            logger.exception("delivery broke id=%s", parcel.id)
            landing = Landing(parcel, broken=type(error).__name__)
        finally:
            pacer.landed(left_at)
        self._landed.append(landing)

    async def _call(self, parcel: Parcel, rendered: rendering.Rendered) -> Sequence[int]:
        """Make the call a delivery asks for; returns the ids of what was sent. Raises a DeliveryError."""
        bot = self._machine.bot
        match rendered:
            case CommandMenu():
                await delivery.list_commands(bot, parcel.chat_id, rendered)
            case Leaving():
                await delivery.leave(bot, parcel.chat_id)
            case TakeBack():
                await delivery.take_back(bot, parcel.chat_id, rendered)
            case OutgoingMessage():
                return await delivery.send(bot, parcel.chat_id, await self._in_its_topic(parcel, rendered))
        return ()

    async def _in_its_topic(self, parcel: Parcel, message: OutgoingMessage) -> OutgoingMessage:
        """Open the topic a card asks for, remember it, and send the card there."""
        if not message.topic:
            return message
        thread_id = await delivery.open_topic(self._machine.bot, parcel.chat_id, message.topic)
        await self._keep(lambda session: questions.opened_topic(session, parcel, thread_id))
        return dataclasses.replace(message, topic="", thread_id=thread_id)

    async def _keep(self, work: Callable[[Session], Result]) -> Result:
        """Write down what has happened, however long the database is away."""
        while True:
            try:
                return await self._machine.database.transaction(work)
            except OperationalError:
                logger.warning("database away")
                await asyncio.sleep(DATABASE_WAIT_SECONDS)

    # ---- the end
    async def _come_home(self, epoch: int) -> None:
        """Let what is in flight land within a moment, and write it down; what does not land stays in doubt."""
        if self._turning is not None:
            await asyncio.gather(self._turning, return_exceptions=True)
        if self._flights:
            await asyncio.wait(self._flights, timeout=LANDING_SECONDS)
        left = list(self._flights)
        for flight in left:
            flight.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        landed, now = self._landed, self._machine.clock.now()
        with contextlib.suppress(OperationalError):
            await self._machine.database.transaction(
                lambda session: _write_down(session, landed, epoch, now) if outbox.leads(session, epoch) else None
            )


def _recover(session: Session, desk: Desk, now: datetime) -> int:
    left = outbox.recover(session, now=now)
    announcements.let_sleep(session, desk, now=now)
    return left


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most so long; tells whether it came."""
    # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the waking.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _board(
    session: Session, claimed: Sequence[Parcel], stage: rendering.Stage, epoch: int, now: datetime
) -> list[tuple[Parcel, rendering.Rendered]]:
    """Return what is to be sent, with its message; what cannot be made or has lost its object is settled."""
    boarding: list[tuple[Parcel, rendering.Rendered]] = []
    for parcel, rendered in zip(claimed, rendering.render_all(session, claimed, stage, now=now), strict=True):
        if isinstance(rendered, rendering.Broken):
            outbox.settle(session, parcel.id, DeliveryState.PARKED, epoch=epoch, now=now, reason=rendered.reason)
        elif rendered is None:
            outbox.settle(session, parcel.id, DeliveryState.CANCELLED, epoch=epoch, now=now)
        else:
            boarding.append((parcel, rendered))
    return boarding


def _write_down(session: Session, landed: Sequence[Landing], epoch: int, now: datetime) -> None:
    """Settle what has landed: what arrived in one go, the rest one by one."""
    plain = [(landing.parcel.id, landing.message_ids) for landing in landed if landing.is_plain]
    outbox.arrived(session, plain, epoch=epoch, now=now)
    for landing in landed:
        parcel = landing.parcel
        if landing.is_plain and "question_id" not in parcel.values:
            continue
        try:
            with session.begin_nested():
                _follow_up(session, landing, epoch, now)
        except OperationalError:
            raise
        except Exception as error:  # the border: what one delivery leads to must never stop another
            logger.exception("delivery not settled id=%s", parcel.id)
            outbox.settle(session, parcel.id, DeliveryState.PARKED, epoch=epoch, now=now, reason=type(error).__name__)


def _follow_up(session: Session, landing: Landing, epoch: int, now: datetime) -> None:
    parcel, error = landing.parcel, landing.error
    if landing.silence is not None:
        chat_id, until = landing.silence
        outbox.pause(session, chat_id, until=until)
    if landing.broken:
        outbox.settle(session, parcel.id, DeliveryState.PARKED, epoch=epoch, now=now, reason=landing.broken)
    elif error is not None:
        _failed(session, parcel, error, epoch, now)
    else:
        questions.posted(session, parcel, landing.message_ids)


def _failed(session: Session, parcel: Parcel, error: DeliveryError, epoch: int, now: datetime) -> None:
    logger.warning("delivery not sent id=%s error=%s", parcel.id, type(error).__name__)
    match error:
        case Throttled():
            outbox.put_back(session, parcel.id, epoch=epoch, now=now, again_at=now, counts=False)
        case NotSent():
            again_at = now + timedelta(seconds=back_off_seconds(parcel.tries))
            outbox.put_back(session, parcel.id, epoch=epoch, now=now, again_at=again_at, counts=True)
        case Ambiguous():
            outbox.doubt(session, parcel.id, now=now)
        case Moved():
            outbox.put_back(session, parcel.id, epoch=epoch, now=now, again_at=now, counts=False)
            groups.move(session, parcel.chat_id, error.chat_id, now=now)
        case ChatGone():
            outbox.settle(session, parcel.id, DeliveryState.FAILED, epoch=epoch, now=now, reason=str(error))
            roles.left(session, parcel.chat_id, error.why, now=now)
            groups.removed(session, parcel.chat_id, now=now)
            outbox.cancel_for_chat(session, parcel.chat_id, now=now, reason=str(error))
            questions.undelivered(session, parcel, now=now)
        case _:
            outbox.settle(session, parcel.id, DeliveryState.FAILED, epoch=epoch, now=now, reason=str(error))
            questions.undelivered(session, parcel, now=now)


def back_off_seconds(tries: int) -> float:
    """Return how long to wait before the next try: growing, with jitter, at most half a minute."""
    return float(min(LONGEST_BACK_OFF_SECONDS, 2 ** min(tries, 9)) * random.uniform(0.5, 1.0))  # noqa: S311
