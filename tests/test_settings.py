"""Bad configuration: every problem in one run, one line each, with its exit code and never a secret."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import settings
from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
SECRET = "123456789:" + "A" * 35

FAULTS = [
    ({"BOT_TOKEN": "hello"}, "BOT_TOKEN"),
    ({"BOT_TOKEN_FILE": "/nowhere/token"}, "BOT_TOKEN_FILE"),
    ({"BOT_API_URL": "ftp://x"}, "BOT_API_URL"),
    ({"BOT_API_URL": "http://host:port"}, "BOT_API_URL"),
    ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
    ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    ({"COORDINATOR_IDS": "12,abc"}, "COORDINATOR_IDS"),
    ({"COORDINATOR_IDS": "1" * 30}, "COORDINATOR_IDS"),
    ({"INBOX_CHAT_ID": "group"}, "INBOX_CHAT_ID"),
    ({"TIME_ZONE_BAMAKO": "Africa/Atlantis"}, "TIME_ZONE_BAMAKO"),
    ({"TIME_ZONE_BAMAKO": "../../etc/passwd"}, "TIME_ZONE_BAMAKO"),
    ({"TIME_ZONE_BAMKO": "Africa/Bamako"}, "TIME_ZONE_BAMKO"),
    ({"WEBHOOK_URL": "bot.example.org", "WEBHOOK_SECRET": "word"}, "WEBHOOK_URL"),
    ({"WEBHOOK_URL": "https://bot.example.org/hook"}, "WEBHOOK_SECRET"),
    ({"WEBHOOK_SECRET": "été"}, "WEBHOOK_SECRET"),
    ({"LISTEN": "8080"}, "LISTEN"),
    ({"LISTEN": "127.0.0.1:99999"}, "LISTEN"),
    ({"SIMULATOR_PORT": "eighty"}, "SIMULATOR_PORT"),
    ({"MESSAGES_PER_SECOND": "0"}, "MESSAGES_PER_SECOND"),
    ({"MESSAGES_PER_CHAT_SECOND": "-1"}, "MESSAGES_PER_CHAT_SECOND"),
    ({"MESSAGES_PER_GROUP_MINUTE": "many"}, "MESSAGES_PER_GROUP_MINUTE"),
    ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
    ({"LOCALES_DIR": "/nowhere"}, "LOCALES_DIR"),
    ({"BOT_TOKN": SECRET}, "BOT_TOKN"),
    ({"COORDINATOR_ID": "12"}, "COORDINATOR_ID"),
]


@pytest.mark.parametrize(("variables", "named"), FAULTS, ids=[named + str(n) for n, (_, named) in enumerate(FAULTS)])
def test_k1_k2_a_fault_is_one_line_that_names_the_variable(monkeypatch, variables, named):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as told:
        settings.load()

    assert told.value.exit_code == 78
    assert [problem.split(":")[0] for problem in told.value.problems] == [named]
    assert len(told.value.problems[0]) <= 200
    assert "\n" not in told.value.problems[0]


def command(*arguments, **variables):
    """Run the program as a person would; returns exit code and the lines of standard error."""
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run([sys.executable, "-m", "bot", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode, done.stderr.splitlines(), done.stdout


def test_k2_all_faults_are_told_at_once():
    code, lines, _ = command("run", BOT_TOKEN="hello", LOG_LEVEL="LOUD", DATABASE_URL="mysql://x/y", LISTEN="x")

    assert code == 78
    assert [line.split(":")[0] for line in lines] == ["BOT_TOKEN", "DATABASE_URL", "LISTEN", "LOG_LEVEL"]


def test_k1_k4_a_secret_is_never_told():
    _, lines, out = command("run", BOT_TOKN=SECRET, WEBHOOK_SECRET="pässword")

    assert SECRET not in "\n".join(lines) + out
    assert "pässword" not in "\n".join(lines) + out


def test_k4_a_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "token").write_text(SECRET + "\n")
    monkeypatch.setenv("BOT_TOKEN_FILE", str(tmp_path / "token"))

    assert settings.load().bot_token == SECRET
    assert SECRET not in repr(settings.load())


def test_i5_the_simulator_never_starts_with_a_token():
    code, lines, _ = command("simulate", BOT_TOKEN=SECRET)

    assert (code, lines) == (78, ["BOT_TOKEN: the simulator never starts with a token; unset it"])


@pytest.mark.parametrize(("variables", "listens"), [
    ({}, None), ({"WEBHOOK_URL": "https://bot.example.org/hook", "WEBHOOK_SECRET": "word"}, ("127.0.0.1", 8080)),
])  # fmt: skip
def test_i5_nobody_outside_is_listened_to_unless_it_is_said_so(monkeypatch, variables, listens):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert settings.load().listen == listens


def test_c3_k2_an_unwritable_place_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    code, lines, _ = command("migrate", DATA_DIR=str(tmp_path / "file" / "below"))

    assert (code, lines) == (73, ["DATABASE_URL: the file cannot be written; choose another DATA_DIR"])


def test_the_readme_lists_every_variable():
    readme = (ROOT / "README.md").read_text("utf-8")

    listed = [line.split("`")[1] for line in readme.splitlines() if line.startswith("| `") and line.split("`")[1].isupper()]

    assert [name for name in listed if not name.startswith(settings.PLACE_PREFIX)] == list(settings.VARIABLES)
