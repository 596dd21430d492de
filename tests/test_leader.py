"""The lock on PostgreSQL is a lease: the server takes it from whoever does not ask for a while. Rows E3, E4 of the faults."""

from __future__ import annotations

import asyncio

import pytest
from conftest import PATIENCE_SECONDS
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from bot import leader
from db import engine
from db.engine import Database

pytestmark = pytest.mark.parametrize("database_kind", ["postgres"])


@pytest.fixture
def database(database_url, monkeypatch):
    monkeypatch.setattr(engine, "FROZEN_SECONDS", 1)
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def locks(database, monkeypatch):
    """Whoever leads, and whoever stands by."""
    monkeypatch.setattr(leader, "LEASE_SECONDS", 3.0)
    monkeypatch.setattr(leader, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(leader, "WAIT_SECONDS", 0.05)
    both = leader.AdvisoryLock(database), leader.AdvisoryLock(database)
    yield both
    for lock in both:
        lock.release()


async def test_a_leader_that_asks_keeps_the_lock(locks):
    ours, theirs = locks
    await ours.acquire()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(theirs.acquire(), 6)

    assert ours.is_held()
    assert not theirs.is_held()


async def test_e4_a_frozen_leader_loses_the_lock_and_knows_it(locks, monkeypatch):
    ours, theirs = locks
    await ours.acquire()
    monkeypatch.setattr(leader, "CHECK_SECONDS", 6.0)  # so long it asks nothing

    await asyncio.wait_for(theirs.acquire(), PATIENCE_SECONDS)

    assert (ours.is_held(), theirs.is_held()) == (False, True)
    await asyncio.wait_for(ours.lost(), PATIENCE_SECONDS)


def test_a_transaction_that_is_left_open_is_ended_and_told_as_a_database_that_is_away(database):
    def left_open(session):
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        while database.run(lambda other: other.scalar(text("SELECT 1 FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid})):
            pass  # the server ends it by itself
        session.scalar(select(func.now()))

    with pytest.raises(OperationalError):
        database.run(left_open)

    assert database.run(lambda session: session.scalar(text("SELECT 1"))) == 1
