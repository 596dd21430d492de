"""The one door, ./run: from a bare clone to the first answer, in two commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from conftest import PATIENCE_SECONDS, Phone, until

from bot.settings import ROOT

pytestmark = pytest.mark.short_drill

HERE = Path(sys.executable).parents[1]


@pytest.fixture
def bare_path(tmp_path):
    """A PATH with a shell's tools and no Python but the one put there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "dirname", "cksum", "cat", "env"):
        (folder / tool).symlink_to(shutil.which(tool))
    return folder


def run(path, *arguments, **variables):
    return subprocess.run(
        [ROOT / "run", *arguments],
        env={"PATH": str(path), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def test_row_106_without_python_it_says_what_to_type(bare_path):
    told = run(bare_path)

    assert told.returncode == 69
    assert told.stderr.splitlines() == [
        "Il faut Python 3.11 ou plus récent : sudo apt install python3",
        "Python 3.11 or later is needed: sudo apt install python3",
    ]


def test_row_106_without_venv_it_says_what_to_type_in_two_languages(bare_path, tmp_path):
    python = bare_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)

    told = run(bare_path, ENNDAM_VENV=str(tmp_path / "venv"))

    assert told.returncode == 69
    first, second = told.stderr.splitlines()
    assert first.startswith("Il manque un paquet. Tapez : sudo apt install python3-venv")
    assert second.startswith("A package is missing. Type: sudo apt install python3-venv")


@pytest.mark.parametrize(
    ("language", "home"),
    [("Français", "🏠 Accueil\nÉcris ou dis ta question."), ("Bamanankan", "🏠 Daminɛ\nI ka ɲininkali sɛbɛn")],
)
async def test_row_106_one_command_without_a_token_and_one_talks_to_it(client, tmp_path, language, home):
    environment = {"PATH": os.environ["PATH"], "ENNDAM_VENV": str(HERE), "SIMULATOR_PORT": "0", "HOME": str(tmp_path)}
    process = subprocess.Popen([ROOT / "run"], env=environment, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
    try:
        assert process.stdout
        address = process.stdout.readline().split()[-1].rstrip("/")
        demba = Stranger(client, address)

        await demba.does("send", text="/start")
        await demba.presses(language)
        await demba.presses("🗼 Île-de-France")

        await until(lambda: demba.sees(home), "home")
        async with client.get(address) as page:
            assert "<title>" in await page.text()
    finally:
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
        process.stdout.close()


class Stranger:
    """Demba on the page of a simulator in another process."""

    def __init__(self, client: aiohttp.ClientSession, address: str) -> None:
        self.client, self.address = client, address
        self.phone = Phone.__new__(Phone)
        self.phone.id, self.phone.shown = 1004, {"messages": []}

    async def does(self, lever, **body):
        async with self.client.post(f"{self.address}/sim/phones/1004/{lever}", json=body) as answer:
            assert answer.status == 200

    async def sees(self, words):
        async with self.client.get(f"{self.address}/sim/chats/1004") as answer:
            self.phone.shown = await answer.json()
        return bool(self.phone.bot_messages) and self.phone.text.startswith(words)

    async def presses(self, label):
        async def shown():
            await self.sees("")
            return bool(self.phone.bot_messages) and label in self.phone.labels

        await until(shown, label)
        rows = self.phone.screen["reply_markup"]["inline_keyboard"]
        data = next(button["callback_data"] for row in rows for button in row if button["text"] == label)
        await self.does("press", message_id=self.phone.screen["message_id"], data=data)
