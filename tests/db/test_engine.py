"""What a database does for us, and to whoever is frozen."""

from __future__ import annotations

import pytest
from conftest import until
from sqlalchemy import bindparam, text, update

from db.engine import Database
from db.models import Leadership

IDLE = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_e4_who_is_frozen_after_a_batch_lets_go_of_its_locks(house_url):
    """The driver sends a batch in a way after which the server waits for the end of a transaction for ever."""
    database = Database(house_url)
    batch = update(Leadership).where(Leadership.id == bindparam("number")).values(epoch=bindparam("epoch"))
    with database.engine.connect() as frozen, database.engine.connect() as watch:
        watch.execution_options(isolation_level="AUTOCOMMIT")
        pid = frozen.scalar(text("SELECT pg_backend_pid()"))
        frozen.execute(text("SET idle_in_transaction_session_timeout = '100ms'"))
        frozen.execute(batch, [{"number": number, "epoch": number} for number in range(3)])

        await until(lambda: watch.scalar(IDLE, {"pid": pid}) == 0, "the frozen session to be ended")
        frozen.invalidate()
    database.close()
