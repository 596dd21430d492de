"""`./run check` tells every problem at once, each on a line of its own, and writes nothing."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from sqlalchemy import text

from bot import __main__ as door
from db.engine import Database
from handlers import doors, home


@pytest.fixture
def words(fewer_phrasings, tmp_path):
    """The words, to be spoilt."""
    return shutil.copytree(fewer_phrasings, tmp_path / "words")


@pytest.fixture
def checked(words, tmp_path, monkeypatch, capsys):
    """Run the command; returns its exit code and what it said."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALES_DIR", str(words))

    def run(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = door.main(["check"])
        said = capsys.readouterr()
        return code, said.out.splitlines(), said.err.splitlines()

    return run


def spoil(path, old, new):
    """Change one thing in a file."""
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


def test_all_is_well_on_a_new_machine(checked, tmp_path):
    code, said, wrong = checked()

    assert (code, wrong) == (0, [])
    assert said[-1].startswith("ok: 2 languages, ")
    assert "the database is made, or brought up to date, at the next start" in said
    assert not (tmp_path / "data").exists()


def test_k2_every_problem_is_told_at_once(checked, words, tmp_path):
    """Two settings, a sentence, an entry, the visits, the database: six lines, one exit code."""
    spoil(words / "bm" / "LC_MESSAGES" / "bot.po", "N bɛ cikanw sɔrɔ. Laban: {when}", "N bɛ cikanw sɔrɔ. Laban: {whem}")
    spoil(words / "shelves.toml", "groups = [", "groups = []\nnothing = [")
    (words / "visits.toml").write_text("[[", "utf-8")
    with sqlite3.connect(tmp_path / "theirs.db") as other:
        other.execute("CREATE TABLE recipes (id INTEGER)")
    other.close()
    code, said, wrong = checked(
        MESSAGES_PER_SECOND="many", TIME_ZONE_BAMAKO="Mars", DATABASE_URL=f"sqlite:///{tmp_path}/theirs.db"
    )
    begins = {line.split(":")[0] for line in wrong}

    assert code == 78
    assert begins == {"MESSAGES_PER_SECOND", "TIME_ZONE_BAMAKO", "bm", "knowledge", "visits", "DATABASE_URL"}
    assert not any(line.startswith("ok") for line in said)
    assert all(len(line) <= 200 for line in wrong)


def test_a_project_nobody_has_written_about_is_told(checked, words):
    spoil(words / "shelves.toml", '"desenclavement"', '"moon"')
    code, _, wrong = checked()

    assert (code, wrong) == (78, ["knowledge: shelves.toml: project 'moon' is no entry"])


@pytest.mark.parametrize(("broken", "begins"), [
    ("fr/LC_MESSAGES/bot.po", "LOCALES_DIR: no sentences in fr"),
    ("bm/faq.toml", "knowledge: a file cannot be read"),
    ("places.toml", "LOCALES_DIR: holds no readable places.toml"),
    ("contact.toml", "knowledge: a file cannot be read"),
])  # fmt: skip
def test_a_missing_or_unreadable_file_is_one_line(checked, words, broken, begins):
    if broken == "bm/faq.toml":
        (words / broken).write_bytes(b"\xff\xfe[[")
    else:
        (words / broken).unlink()
    code, _, wrong = checked()

    assert code == 78
    assert any(line.startswith(begins) for line in wrong), wrong


def test_one_kind_of_fault_has_its_own_exit_code(checked, tmp_path):
    """A damaged database alone ends with 74."""
    (tmp_path / "torn.db").write_bytes(b"SQLite format 3\x00" + b"x" * 5000)

    assert checked(DATABASE_URL=f"sqlite:///{tmp_path}/torn.db")[::2] == (
        74, ["DATABASE_URL: the file is damaged; put a copy in its place: ./run restore FILE"]
    )  # fmt: skip


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_another_key_is_told(checked, house_url, tmp_path):
    """The key lies apart: one that is not this database's is told before it makes things worse."""
    database = Database(house_url)
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO marks (kind, mark, at) VALUES ('key', 'another', '2026-11-24 00:00:00.000000')"))
    database.close()
    code, _, wrong = checked(DATABASE_URL=house_url)
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "secret.key").write_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    other, _, told = checked(DATABASE_URL=house_url)

    assert code == other == 78
    assert wrong == ["SECRET_KEY: the key of this database is not there; put back the secret.key that was with it"]
    assert told[0].startswith("SECRET_KEY: not the key this database was made with")


def test_a_door_without_a_row_in_the_policy_table_is_told(checked, monkeypatch):
    @doors.action("nobody.knows")
    async def stray(update, context): ...

    hung = home.doors()
    hung[0].callback = stray
    monkeypatch.setattr(home, "doors", lambda: hung)

    code, _, wrong = checked()

    assert code == 78
    assert len(wrong) == 1
    assert wrong[0].startswith("policy: test_a_door_without") and "'nobody.knows' has no row" in wrong[0]


def test_a_wrong_address_of_the_database_is_one_line_and_the_rest_is_told_too(checked, words):
    (words / "visits.toml").write_text("[[", "utf-8")
    code, _, wrong = checked(DATABASE_URL="mysql://somewhere/else")

    assert (code, [line.split(":")[0] for line in wrong]) == (78, ["DATABASE_URL", "visits"])


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_sentences_that_cannot_be_read_are_one_line(checked, words, house_url):
    (words / "bm" / "LC_MESSAGES" / "bot.po").write_bytes(b"\xff\xfe\x00")
    code, _, wrong = checked(DATABASE_URL=house_url)

    assert code == 78
    assert any(line.startswith("sentences: a file cannot be read") for line in wrong), wrong
