"""When things run. It only knocks; the tables say what is due."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot import jobs

if TYPE_CHECKING:
    from bot.app import Machine

logger = logging.getLogger(__name__)
TICK_SECONDS = 10
WATCH_SECONDS = 60
HOUSEKEEPING_SECONDS = 3600


def scheduler(machine: Machine) -> AsyncIOScheduler:
    """Return the alarm clock of one leader, not yet started; never late, never piling up."""
    alarm = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
    alarm.add_job(_guarded, "interval", seconds=TICK_SECONDS, args=[jobs.tick, machine], id="tick")
    alarm.add_job(_guarded, "interval", seconds=WATCH_SECONDS, args=[jobs.watch, machine], id="watch")
    alarm.add_job(_guarded, "interval", seconds=HOUSEKEEPING_SECONDS, args=[jobs.housekeeping, machine], id="housekeeping")
    return alarm


async def _guarded(job: Callable[[Machine], Awaitable[None]], machine: Machine) -> None:
    """The border of jobs: a database that is away is asked again at the next knock."""
    try:
        await job(machine)
    except SQLAlchemyError as error:
        logger.warning("job failed job=%s error=%s", job.__name__, type(error).__name__)
