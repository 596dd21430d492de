"""From nothing to the present tables; what is not ours is refused without a byte written."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from db import schema
from db.engine import Database
from db.models import Base, Question, QuestionMessage

PAGE = 4096


def test_the_steps_lead_to_the_models(database_url):
    database = Database(database_url)

    schema.migrate(database)

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    database.close()


def test_a_second_start_changes_nothing(database_url):
    database = Database(database_url)
    schema.migrate(database)

    assert schema.migrate(database) == schema.head()
    database.close()


def test_questions_of_the_first_tables_become_threads(database_url):
    database = Database(database_url)
    schema.migrate(database, to="0001")
    with database.engine.begin() as connection:
        for line in (
            "INSERT INTO members (id, telegram_id, language, place, role, is_reachable, joined_at)"
            " VALUES (1, 1002, 'bm', 'bamako', 'visitor', true, '2026-11-01 08:00:00')",
            "INSERT INTO questions (id, member_id, message_id, first_name, asked_at, answered_at)"
            " VALUES (1, 1, 7, 'Moussa', '2026-11-02 08:00:00', NULL),"
            " (2, 1, 8, 'Moussa', '2026-11-03 08:00:00', '2026-11-03 09:00:00')",
        ):
            connection.execute(text(line))

    schema.migrate(database)

    with Session(database.engine) as session:
        waiting, answered = session.scalars(select(Question).order_by(Question.id)).all()
        said = [(one.question_id, one.chat_id, one.message_id) for one in session.scalars(select(QuestionMessage))]
        assert (waiting.state, waiting.due_at) == ("open", datetime(2026, 11, 3, 8, tzinfo=UTC))
        assert (answered.state, answered.changed_at) == ("answered", datetime(2026, 11, 3, 9, tzinfo=UTC))
        assert sorted(said) == [(1, 1002, 7), (2, 1002, 8)]
    database.close()


def made(path):
    """Make a good database file."""
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    database.close()


def damaged_header(path):
    made(path)
    content = bytearray(path.read_bytes())
    content[:16] = b"not a database.."
    path.write_bytes(content)


def damaged_page(path):
    made(path)
    content = bytearray(path.read_bytes())
    content[4096:8192] = os.urandom(4096)
    path.write_bytes(content)


def truncated(path):
    made(path)
    path.write_bytes(path.read_bytes()[:5000])


def a_letter(path):
    path.write_text("Chers amis, " * 500)


def foreign(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (id INTEGER)")
    connection.close()


def newer(path):
    made(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()


def two_heads(path):
    made(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        connection.commit()


@pytest.mark.parametrize(
    ("make", "kind"),
    [(damaged_header, "damaged"), (damaged_page, "damaged"), (truncated, "damaged"), (a_letter, "damaged"),
     (foreign, "foreign"), (newer, "newer"), (two_heads, "foreign")],
)  # fmt: skip
def test_c4_c7_what_is_not_ours_is_refused_without_writing_a_byte(tmp_path, make, kind):
    path = tmp_path / "house.db"
    make(path)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    database = Database(f"sqlite:///{path}")

    with pytest.raises(schema.NotOurs) as refused:
        schema.migrate(database)

    database.close()
    assert refused.value.kind == kind
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def harmed(content, number):
    """Return a database file as a bad disk or a bad copy leaves it: cut short, a page of noise, noise for a head."""
    dice, pages = random.Random(number), len(content) // PAGE
    if number == 0:
        return content[:-7]
    if number % 3 == 0:
        return content[: dice.randrange(1, len(content))]
    start = dice.randrange(1, pages) * PAGE if number % 3 == 1 else 0
    return content[:start] + dice.randbytes(PAGE if start else 100) + content[start + (PAGE if start else 100) :]


@pytest.mark.parametrize("number", range(20))
def test_c4_a_file_that_was_harmed_is_refused_and_left_as_it_is(migrated_file, tmp_path, number):
    path = tmp_path / "house.db"
    shutil.copy(migrated_file, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")  # noise on a page that holds nothing harms nobody
    path.write_bytes(harmed(path.read_bytes(), number))
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    database = Database(f"sqlite:///{path}")

    with pytest.raises(schema.NotOurs, match="damaged"):
        schema.migrate(database)

    database.close()
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_c7_a_newer_postgresql_schema_is_refused(postgres, database_url):
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has its own test")
    database = Database(database_url)
    schema.migrate(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(schema.NotOurs, match="newer"):
        schema.migrate(database)
    database.close()


async def test_concurrent_read_then_write_loses_nothing(database_url):
    import asyncio
    from datetime import UTC, datetime

    from bot.domain import leadership

    database = Database(database_url)
    schema.migrate(database)
    now = datetime.now(UTC)
    await database.transaction(lambda session: leadership.take_over(session, now=now))

    await asyncio.gather(*(database.transaction(lambda session: leadership.take_over(session, now=now)) for _ in range(80)))

    assert await database.transaction(lambda session: leadership.take_over(session, now=now)) == 82
    database.close()


def test_a_naive_instant_is_refused():
    from datetime import datetime

    from db.types import Instant

    with pytest.raises(ValueError, match="aware"):
        Instant().process_bind_param(datetime(2026, 1, 1), None)  # noqa: DTZ001


RELEASES = Path(__file__).parent / "releases"


@pytest.mark.parametrize("release", sorted(path.stem for path in RELEASES.glob("*.sql")))
def test_c13_k9_every_release_climbs_to_this_one(tmp_path, release):
    """A database of each release, with a row in every table it had: it climbs, and no row is lost."""
    path = tmp_path / "house.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript((RELEASES / f"{release}.sql").read_text("utf-8"))
        before = _counts(old)
    database = Database(f"sqlite:///{path}")
    version = schema.migrate(database)
    database.close()
    with closing(sqlite3.connect(path)) as new:
        after = _counts(new)
        orphans = new.execute("PRAGMA foreign_key_check").fetchall()

    assert version == schema.head()
    assert {name: after.get(name) for name in before} == before
    assert min(before.values()) > 0
    assert orphans == []


def test_a_database_of_this_release_is_kept():
    assert schema.head() == max(path.stem for path in RELEASES.glob("*.sql"))


def _counts(connection):
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [row[0] for row in connection.execute(tables)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
