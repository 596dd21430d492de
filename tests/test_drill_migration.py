"""Killed or stopped while the tables change: the old ones or the new, nobody is lost. Source: FAULTS, C12, K3, K9."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sys
import time

import pytest
from conftest import SLACK, until
from sqlalchemy import text

from bot import backups
from bot.settings import ROOT
from bot.simulator import SIMULATOR_TOKEN
from db import schema
from db.engine import Database

OLDEST, MANY = "0001", 3000


@pytest.fixture
def older(database_url):
    """The tables of the first release, with people in them."""
    database = Database(database_url)
    schema.migrate(database, to=OLDEST)
    with database.engine.begin() as connection:
        columns = {column["name"] for column in schema.inspect(connection).get_columns("members")}
        fit = text(_only(columns))
        connection.execute(fit, [{"id": 70_000 + number, "no": False, "yes": True} for number in range(MANY)])
    database.close()
    return database_url


def _only(columns: set[str]) -> str:
    """Return the statement for the columns that the table had then."""
    values = {"telegram_id": ":id", "first_name": "'P'", "is_name_chosen": ":no", "language": "'fr'", "role": "'member'",
              "listens_first": ":no", "is_reachable": ":yes", "seen_at": "'2026-01-01 00:00:00'",
              "joined_at": "'2026-01-01 00:00:00'", "relatives": "0"}  # fmt: skip
    kept = {name: value for name, value in values.items() if name in columns}
    return f"INSERT INTO members ({', '.join(kept)}) VALUES ({', '.join(kept.values())})"


def found(url: str) -> tuple[list[str], int]:
    """Return the version of the tables, and how many people there are."""
    database = Database(url)
    with database.engine.connect() as connection:
        versions = list(connection.scalars(text("SELECT version_num FROM alembic_version")))
        people = connection.scalar(text("SELECT count(*) FROM members"))
    database.close()
    return versions, people


async def migrating(url: str, folder) -> asyncio.subprocess.Process:
    """Start `./run migrate`."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "DATA_DIR": str(folder)}
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "migrate", cwd=ROOT, env=environment)


async def survives(url: str, folder, kills: int) -> None:
    """Kill it `kills` times as soon as it has made its copy, at most half a second later; then let it end."""
    for number in range(kills):
        shutil.rmtree(folder / "backups", ignore_errors=True)
        process = await migrating(url, folder)
        await until(lambda process=process: backups.copies(folder / "backups") or process.returncode is not None, "the copy")
        await asyncio.sleep(random.uniform(0, 0.5))
        if process.returncode is None:
            process.kill()
        await process.wait()
        versions, people = found(url)
        assert versions in ([OLDEST], [schema.head()]), number
        assert people == MANY
        if versions == [schema.head()]:
            break
    last = await migrating(url, folder)
    assert await asyncio.wait_for(last.wait(), 60) == 0
    assert found(url) == ([schema.head()], MANY)
    assert not list((folder / "backups").glob("*.part*"))


@pytest.mark.short_drill
async def test_c12_killed_while_the_tables_change(older, tmp_path):
    await survives(older, tmp_path, 2)


@pytest.mark.drill
@pytest.mark.parametrize("round_number", range(10))
async def test_c12_killed_again_and_again_while_the_tables_change(older, tmp_path, round_number):
    await survives(older, tmp_path, 10)


@pytest.mark.short_drill
@pytest.mark.parametrize("moment", ["copied", "a little later"])
async def test_k3_stopped_while_the_tables_change(older, tmp_path, moment):
    """By the start of the bot itself, when its release is new: a clean end, soon, with the old tables or the new ones."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": older, "DATA_DIR": str(tmp_path), "BOT_TOKEN": SIMULATOR_TOKEN,
                   "BOT_API_URL": "http://127.0.0.1:9"}  # fmt: skip
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", cwd=ROOT, env=environment)
    await until(lambda: backups.copies(tmp_path / "backups") or process.returncode is not None, "the copy")
    await asyncio.sleep(0 if moment == "copied" else random.uniform(0, 0.5))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code = await asyncio.wait_for(process.wait(), 60)

    assert (code, time.monotonic() - began < 10 * SLACK) == (0, True)
    versions, people = found(older)
    assert (versions in ([OLDEST], [schema.head()]), people) == (True, MANY)
