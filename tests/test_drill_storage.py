"""The disk and the database fail under a broadcast: nobody is missed, nothing is torn.

Source: FAULTS, A5, C1, C2, C3, C5, C6, C8.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import SLACK, UNLIMITED, loaded_settings, postgres_server, until
from sqlalchemy import text
from test_drill_outbox import FIRST, IN_FLIGHT, Crowd
from test_process import ended as ends

from bot import app
from bot.clock import SettableClock
from bot.domain import health
from bot.simulator import SIMULATOR_TOKEN, Simulator
from db.engine import Database

sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"])
HOLDS = {"database", "seats", "tasks"}
COUNT = 400
END_ALL_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def everybody_has_it(crowd: Crowd) -> None:
    """Wait until the outbox is empty; each has the message, few have it twice."""
    await crowd.until_empty()
    accepted = crowd.accepted()
    assert {tuple(sorted(set(numbers))) for numbers in accepted.values()} == {("1",)}
    assert max(map(len, accepted.values())) <= 3


@sqlite_only
async def test_a5_a_power_cut_leaves_a_whole_database(people, tmp_path):
    """The file and its journal as a cut would leave them: at any instant, the journal torn anywhere."""
    path = Path(people.database.url.database)
    demba, dice = people.phone("Demba"), random.Random(17)
    for number in range(12):
        await demba.types(f"question {number}")
        torn = tmp_path / f"torn{number}.db"
        shutil.copy(path, torn)
        journal = Path(f"{path}-wal").read_bytes()
        Path(f"{torn}-wal").write_bytes(journal[: dice.randrange(len(journal) + 1)])
        with closing(sqlite3.connect(torn)) as cut:
            assert cut.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database = Database(f"sqlite:///{torn}")
        app.bring_up_to_date(database)
        found = database.run(lambda session: health.checks(session, now=datetime.now(UTC)))
        database.close()
        assert {check.name for check in found if check.name in HOLDS and check.holds} == HOLDS


@pytest.fixture
async def crowd_in(client, tmp_path, fewer_phrasings):
    """Make a crowd that lives in a database; the process is started by whoever uses it."""
    made = []
    async with Simulator(limits=UNLIMITED, clock=SettableClock()) as simulator:

        def gather(url: str) -> Crowd:
            crowd = Crowd(simulator, loaded_settings(database_url=url, locales_dir=fewer_phrasings), client, tmp_path)
            made.append(crowd)
            app.bring_up_to_date(crowd.database)
            crowd.gather(COUNT)
            crowd.announce(1)
            return crowd

        yield gather
        for crowd in made:
            await crowd.close()
            crowd.database.close()


@pytest.mark.short_drill
async def test_c8_postgresql_stops_in_the_midst_and_comes_back(crowd_in):
    """As a power cut would stop it, for some seconds; the bot goes on by itself."""
    with postgres_server() as server:
        crowd = crowd_in(server.url.format(name="postgres"))
        await crowd.open()
        await until(lambda: sum(map(len, crowd.accepted().values())) > COUNT // 4, "a quarter to have it")
        server.stop()
        await until(lambda: "database away" in crowd.log or "no longer leading" in crowd.log, "the bot to notice")
        server.start()
        await everybody_has_it(crowd)
        await crowd.close()
        crowd.database.let_go()


@pytest.mark.short_drill
async def test_c8_all_sessions_are_ended_again_and_again(crowd_in):
    """Each time, that of the lock too: it leads again and goes on within ten seconds."""
    with postgres_server() as server:
        crowd = crowd_in(server.url.format(name="postgres"))
        await crowd.open()
        for share in (8, 4, 2):
            await until(lambda share=share: sum(map(len, crowd.accepted().values())) > COUNT // share, "so many to have it")
            ended, before = time.monotonic(), sum(map(len, crowd.accepted().values()))
            await crowd.database.read(lambda session: session.execute(END_ALL_SESSIONS).all())
            await until(lambda before=before: sum(map(len, crowd.accepted().values())) > before + IN_FLIGHT, "it to go on")
            assert time.monotonic() - ended <= 10 * SLACK
        await everybody_has_it(crowd)
        assert sum(map(len, crowd.accepted().values())) - COUNT <= 3 * IN_FLIGHT
        await crowd.close()
        crowd.database.let_go()


@pytest.mark.short_drill
async def test_c1_another_process_locks_the_file_for_longer_than_we_wait(crowd_in, tmp_path):
    crowd = crowd_in(f"sqlite:///{tmp_path / 'house.db'}")
    await crowd.open()
    await until(lambda: sum(map(len, crowd.accepted().values())) > COUNT // 4, "a quarter to have it")
    with closing(sqlite3.connect(tmp_path / "house.db", isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await until(lambda: "database away" in crowd.log, "the bot to notice")
        other.execute("ROLLBACK")
    await everybody_has_it(crowd)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of eight megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=False).returncode:
        pytest.skip("a small disk cannot be made here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.short_drill
async def test_c2_the_disk_is_full_and_then_is_not(crowd_in, small_disk):
    """What cannot be written down is not sent on and on; once there is room everybody gets it."""
    crowd = crowd_in(f"sqlite:///{small_disk / 'house.db'}")
    await crowd.open()
    await until(lambda: sum(map(len, crowd.accepted().values())) > COUNT // 8, "some to have it")
    stuffing = small_disk / "stuffing"
    with stuffing.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 65_536):
            await asyncio.sleep(0)
    await until(lambda: "database away" in crowd.log or "job failed" in crowd.log, "the bot to notice")
    sent = sum(map(len, crowd.accepted().values()))
    stuffing.unlink()
    await everybody_has_it(crowd)

    assert sent < COUNT
    assert sum(map(len, crowd.accepted().values())) == COUNT  # what had arrived meanwhile was written down in the end


@pytest.mark.short_drill
@pytest.mark.parametrize("command", ["run", "migrate"])
async def test_c3_on_a_disk_that_may_only_be_read_it_says_so_and_does_not_start(small_disk, command):
    """Over a database that is there: not a byte of it is touched."""
    path = small_disk / "house.db"
    database = Database(f"sqlite:///{path}")
    app.bring_up_to_date(database)
    database.close()
    before = path.read_bytes()
    await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,ro", small_disk], check=True)

    told = await ends(command, BOT_TOKEN=SIMULATOR_TOKEN, DATABASE_URL=f"sqlite:///{path}", DATA_DIR=str(small_disk))

    assert told == (73, ["DATABASE_URL: the file cannot be written; choose another DATA_DIR"])
    assert path.read_bytes() == before


@pytest.mark.short_drill
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
async def test_a5_what_is_written_down_is_on_the_disk_before_we_go_on(crowd_in, tmp_path):
    """One by one, so that no two share a commit: each word of somebody's is stored, then done, and each is synced."""
    crowd = crowd_in(f"sqlite:///{tmp_path / 'house.db'}")
    await crowd.open()
    await crowd.until_empty()
    trace = tmp_path / "trace"
    strace = await asyncio.create_subprocess_exec(
        "strace", "-f", "-qq", "-e", "trace=fdatasync", "-o", str(trace), "-p", str(crowd.process.pid)
    )
    await until(lambda: "TracerPid:\t0" not in Path(f"/proc/{crowd.process.pid}/status").read_text(), "it to be watched")
    for number in range(10):
        before = len(crowd.calls("sendMessage"))
        crowd.world.person_sends(FIRST + number, {"text": "/start"})
        await until(lambda before=before: len(crowd.calls("sendMessage")) > before, "an answer")
    strace.terminate()
    await strace.wait()

    assert trace.read_text().count("fdatasync(") >= 2 * 10


@pytest.mark.short_drill
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
async def test_c3_the_disk_may_only_be_read_for_a_while(crowd_in, tmp_path):
    """As a system does with a disk that fails under it: each write is refused."""
    crowd = crowd_in(f"sqlite:///{tmp_path / 'house.db'}")
    await crowd.open()
    await until(lambda: sum(map(len, crowd.accepted().values())) > COUNT // 8, "some to have it")
    refusal = ["-e", "trace=pwrite64,fdatasync", "-e", "inject=pwrite64,fdatasync:error=EROFS"]
    strace = await asyncio.create_subprocess_exec(
        "strace", "-f", "-qq", "-o", "/dev/null", *refusal, "-p", str(crowd.process.pid)
    )
    try:
        await until(lambda: "database away" in crowd.log, "the bot to notice")
        sent = sum(map(len, crowd.accepted().values()))
    finally:
        strace.terminate()
        await strace.wait()
    await everybody_has_it(crowd)

    assert sent < COUNT


@pytest.mark.short_drill
@pytest.mark.parametrize("is_replaced", [False, True])
async def test_c6_a_file_that_is_taken_away_or_replaced_is_noticed(crowd_in, tmp_path, is_replaced):
    """What is written from then on would be nowhere."""
    path = tmp_path / "house.db"
    crowd = crowd_in(f"sqlite:///{path}")
    await crowd.open()
    await crowd.until_empty()
    path.rename(tmp_path / "away.db")
    if is_replaced:
        shutil.copy(tmp_path / "away.db", path)

    assert await asyncio.wait_for(crowd.process.wait(), 60) == 74
    assert crowd.log.splitlines()[-1].startswith("DATABASE_URL: the file was taken away or replaced meanwhile; ")


def deleted(journal: Path) -> None:
    """Somebody tidied up."""
    journal.unlink()
    journal.with_name(journal.name.replace("-wal", "-shm")).unlink()


def scribbled_on(journal: Path) -> None:
    """A page in its midst is something else."""
    content = bytearray(journal.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = random.Random(5).randbytes(4096)
    journal.write_bytes(content)


@pytest.mark.short_drill
@pytest.mark.parametrize("harm", [deleted, scribbled_on])
async def test_c5_a_journal_that_is_harmed_while_it_is_stopped_leaves_an_older_state(crowd_in, tmp_path, harm):
    """What was written down last may be forgotten, and is done again: nobody is missed, nothing is a mixture."""
    path = tmp_path / "house.db"
    crowd = crowd_in(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as checkpoint:
        checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    await crowd.open()
    await until(lambda: sum(map(len, crowd.accepted().values())) > COUNT // 4, "a quarter to have it")
    crowd.database.let_go()  # whoever closes last takes the journal in and away
    await crowd.kill()
    harm(path.with_name(f"{path.name}-wal"))
    await crowd.open()
    await everybody_has_it(crowd)

    found = await crowd.database.read(lambda session: health.checks(session, now=datetime.now(UTC)))
    assert {check.name for check in found if check.name in HOLDS and check.holds} == HOLDS
    with closing(sqlite3.connect(path)) as after:
        assert after.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
