"""What runs when the scheduler knocks; each as thin as a handler."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from bot.domain import (
    announcements,
    askings,
    audit,
    delegations,
    drafts,
    groups,
    health,
    help_calls,
    help_reminders,
    inbox,
    invitations,
    joining,
    marks,
    meetings,
    occurrences,
    outbox,
    privacy,
    questions,
    recurrence,
    reminders,
    roles,
    signups,
    tasks,
    trips,
)

if TYPE_CHECKING:
    from bot.app import Machine

DEAF_SECONDS = 90
RIVAL_SECONDS = 120
FULL = 0.1  # of the disk
RAW_UPDATES_KEPT = timedelta(hours=48)
DELIVERIES_KEPT = timedelta(days=30)
COPIES_KEPT = timedelta(days=730)  # as long as a member may be silent before they are asked whether to stay
DRAFTS_KEPT = timedelta(days=4)  # no shorter than an announcement may be thought about
QUESTIONS_KEPT = timedelta(days=365)
AUDIT_KEPT = timedelta(days=365)
INVITATIONS_KEPT = timedelta(days=365)
OCCURRENCES_KEPT = timedelta(days=30)  # longer than a reminder is due ahead
HELPERS_KEPT = timedelta(days=60)
ERASURES_KEPT = timedelta(days=395)  # longer than any copy of the database


async def tick(machine: Machine) -> None:
    """Ask the tables what is due: give up what has expired, remind of what waits, wake the worker."""
    now, desk = machine.clock.now(), machine.desk
    machine.ticked_at = time.monotonic()
    if now < health.EARLIEST:
        return  # a machine without a battery wakes up in 1970: what is scheduled waits until its clock is set

    def due(session: Session) -> None:
        outbox.expire(session, now=now)
        questions.remind(session, desk, now=now)
        announcements.release(session, desk, now=now)
        announcements.let_sleep(session, desk, now=now)
        announcements.watch(session, now=now)
        meetings.release(session, desk, now=now)
        recurrence.extend(session, now=now)
        reminders.fire(session, desk, now=now)
        meetings.refresh(session, now=now)
        tasks.escalate(session, desk, machine.visits.plans, now=now)
        delegations.refresh(session, now=now)
        help_calls.follow(session, desk, now=now)
        signups.pass_on(session, desk, now=now)
        help_reminders.fire(session, desk, now=now)
        help_calls.refresh(session, now=now)
        roles.watch(session, now=now)
        joining.remind(session, desk, now=now)
        groups.leave_unlinked(session, now=now)

    await machine.database.transaction(due)
    machine.worker.wake()


async def watch(machine: Machine) -> None:
    """Notice what nobody would: one is deaf, or not alone; a queue stands, a copy is old, the disk full, the clock wrong."""
    now, deaf, free = machine.clock.now(), machine.deaf_for() > DEAF_SECONDS, _free_share(machine.settings.data_dir)
    has_rival = time.monotonic() - machine.rivalled_at < RIVAL_SECONDS

    def look(session: Session) -> None:
        found = health.of(session, now=now)
        holds = {"deaf": deaf, "queue": found.is_stuck(now), "disk": free < FULL, "clock": now < health.EARLIEST,
                 "silence": found.is_silent(now), "aside": found.has_just_buried(now), "rival": has_rival,
                 "backup": found.backed_up_at is not None and found.is_backup_old(now)}  # fmt: skip
        for cause in [cause for cause in health.CAUSES if holds[cause]]:
            health.alarm(session, cause, now=now, until=found.silent_until if cause == "silence" else None)

    await machine.database.transaction(look)
    machine.worker.wake()


async def after_restore(machine: Machine) -> None:
    """Once a copy was put back: what has become due since it was made has perhaps left already. It waits for a word too."""
    if not await machine.database.read(health.was_put_back):
        return
    await housekeeping(machine)
    for _ in range(2):  # what the first makes, the next of a series, is due at the second
        await tick(machine)
    now = machine.clock.now()
    await machine.database.transaction(lambda session: health.ask(session, now=now))


def _free_share(folder: Path) -> float:
    """Return which part of the disk is free."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return 1.0
    return usage.free / usage.total


async def housekeeping(machine: Machine) -> None:
    """Forget what its period is over for (source: FAULTS, J7); follow the rules of clocks; invite newcomers."""
    now = machine.clock.now()

    def purge(session: Session) -> list[str]:
        inbox.purge(session, before=now - RAW_UPDATES_KEPT)
        outbox.purge(session, before=now - DELIVERIES_KEPT, lasting_before=now - COPIES_KEPT)
        outbox.forget_pauses(session, now=now)
        questions.purge(session, before=now - QUESTIONS_KEPT)
        questions.forget_gathered(session, before=now - RAW_UPDATES_KEPT)
        askings.forget_texts(session, before=now - RAW_UPDATES_KEPT)
        askings.purge(session, before=now - QUESTIONS_KEPT)
        audit.purge(session, before=now - AUDIT_KEPT)
        invitations.purge(session, before=now - INVITATIONS_KEPT)
        marks.purge(session, now=now, before=now - ERASURES_KEPT)
        delegations.purge(session, now=now)
        trips.purge(session, now=now)
        signups.purge(session, before=now - HELPERS_KEPT)
        meetings.follow_clocks(session, now=now)
        meetings.invite_newcomers(session, machine.desk, now=now)
        occurrences.purge(session, before=now - OCCURRENCES_KEPT)
        drafts.purge(session, before=now - DRAFTS_KEPT)
        privacy.sweep(session, now=now)
        return privacy.ask_to_stay(session, desk=machine.desk, vault=machine.vault, now=now)

    if await machine.database.transaction(purge):
        await machine.erased()
