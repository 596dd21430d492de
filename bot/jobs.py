"""What runs when the scheduler knocks; each as thin as a handler."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from bot.domain import askings, inbox, outbox, questions

if TYPE_CHECKING:
    from bot.app import Machine

RAW_UPDATES_KEPT = timedelta(hours=48)
DELIVERIES_KEPT = timedelta(days=30)
QUESTIONS_KEPT = timedelta(days=365)


async def tick(machine: Machine) -> None:
    """Ask the tables what is due: give up what has expired, remind of what waits, wake the worker."""
    now, desk = machine.clock.now(), machine.desk

    def due(session: Session) -> None:
        outbox.expire(session, now=now)
        questions.remind(session, desk, now=now)

    await machine.database.transaction(due)
    machine.worker.wake()


async def housekeeping(machine: Machine) -> None:
    """Forget what its period is over for. Source: FAULTS, J7."""
    now = machine.clock.now()

    def purge(session: Session) -> None:
        inbox.purge(session, before=now - RAW_UPDATES_KEPT)
        outbox.purge(session, before=now - DELIVERIES_KEPT)
        outbox.forget_pauses(session, now=now)
        questions.purge(session, before=now - QUESTIONS_KEPT)
        questions.forget_gathered(session, before=now - RAW_UPDATES_KEPT)
        askings.forget_texts(session, before=now - RAW_UPDATES_KEPT)
        askings.purge(session, before=now - QUESTIONS_KEPT)

    await machine.database.transaction(purge)
