"""When things run. It only knocks; the tables say what is due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.exc import SQLAlchemyError

from bot import jobs

if TYPE_CHECKING:
    from bot.app import Machine

logger = logging.getLogger(__name__)
TICK_SECONDS = 10
WATCH_SECONDS = 60
HOUSEKEEPING_SECONDS = 3600


class _Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """So many seconds after the last knock, whatever was missed.

    The library's own interval makes a list of each instant between the last knock and now: of a machine that woke in 1970
    and is then set right, some hundred million, eight gigabytes.
    """

    def __init__(self, seconds: int) -> None:
        self.length = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next knock, aware, UTC."""
        return now + self.length


def scheduler(machine: Machine) -> AsyncIOScheduler:
    """Return the alarm clock of one leader, not yet started; never late, never piling up."""
    alarm = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
    alarm.add_job(_guarded, _Every(TICK_SECONDS), args=[jobs.tick, machine], id="tick")
    alarm.add_job(_guarded, _Every(WATCH_SECONDS), args=[jobs.watch, machine], id="watch")
    alarm.add_job(_guarded, _Every(HOUSEKEEPING_SECONDS), args=[jobs.housekeeping, machine], id="housekeeping")
    return alarm


async def follow_the_clock(alarm: AsyncIOScheduler) -> None:
    """Knock on when the machine's clock is put back, instead of waiting until it shows the old hour again."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        for job in alarm.get_jobs():
            if job.next_run_time - datetime.now(UTC) > 2 * job.trigger.length:
                job.reschedule(job.trigger)


async def _guarded(job: Callable[[Machine], Awaitable[None]], machine: Machine) -> None:
    """The border of jobs: a database that is away is asked again at the next knock."""
    try:
        await job(machine)
    except SQLAlchemyError as error:
        logger.warning("job failed job=%s error=%s", job.__name__, type(error).__name__)
