"""What runs when the scheduler knocks; each as thin as a handler."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from bot.domain import inbox, outbox, questions

if TYPE_CHECKING:
    from bot.app import Machine

RAW_UPDATES_KEPT = timedelta(hours=48)
DELIVERIES_KEPT = timedelta(days=30)
QUESTIONS_KEPT = timedelta(days=365)


async def tick(machine: Machine) -> None:
    """Ask the tables what is due: give up what has expired, wake the worker."""
    now = machine.clock.now()
    await machine.database.transaction(lambda session: outbox.expire(session, now=now))
    machine.worker.wake()


async def housekeeping(machine: Machine) -> None:
    """Forget what its period is over for. Source: FAULTS, J7."""
    now = machine.clock.now()

    def purge(session: Session) -> None:
        inbox.purge(session, before=now - RAW_UPDATES_KEPT)
        outbox.purge(session, before=now - DELIVERIES_KEPT)
        outbox.forget_pauses(session, now=now)
        questions.purge(session, before=now - QUESTIONS_KEPT)

    await machine.database.transaction(purge)
