"""What one process carries: updates a second by webhook, stored, handled and answered, and the CPU each costs.

`python tests/bench/bench_inbox.py [--updates 4000] [--people 200]`: the program as it runs, against a Bot API server that says
yes to everything; half of what people do is a press (a screen), half a question in words (judged and answered).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
TOKEN, SECRET, PORT = "42:BENCH", "bench", 18_099
FIRST = 1_000_000
QUESTIONS = ("Depuis quand les deux villes coopèrent ?", "Où est le siège de l'association ?", "Combien de forages ?")
AT_ONCE = 16
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def update(number: int, people: int) -> dict[str, Any]:
    """Return the next thing somebody does."""
    person = {"id": FIRST + number % people, "is_bot": False, "first_name": "P", "language_code": "fr"}
    message = {"message_id": number, "date": 1, "chat": {"id": person["id"], "type": "private", "first_name": "P"}}
    if number // people % 2:
        return {"update_id": number, "message": {**message, "from": person, "text": QUESTIONS[number % len(QUESTIONS)]}}
    pressed = {"id": str(number), "from": person, "chat_instance": "1", "data": "1:open:agenda", "message": message}
    return {"update_id": number, "callback_query": pressed}


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Return the seconds of CPU a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def posted(count: int, people: int, waiting: Any) -> float:
    """Post so many updates, as many side by side as Telegram would; returns the seconds until all are done."""
    turns = iter(range(1, count + 1))
    began = time.monotonic()
    async with aiohttp.ClientSession(headers=HEADERS) as client:

        async def one() -> None:
            for number in turns:
                async with client.post(f"http://127.0.0.1:{PORT}/hook", json=update(number, people)) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    while waiting():
        await asyncio.sleep(0.05)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=4000)
    parser.add_argument("--people", type=int, default=200)
    arguments = parser.parse_args()

    from bench_outbox import Loopback
    from sqlalchemy import func, select

    from bot.app import bring_up_to_date
    from db.engine import Database
    from db.models import InboxUpdate, Member

    server, now = Loopback(0, 0), datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("DATABASE_URL", f"sqlite:///{folder}/bench.db")
        database = Database(url)
        bring_up_to_date(database)
        database.run(lambda session: session.add_all(
            Member(telegram_id=FIRST + n, role="member", language="fr", place="villetaneuse", joined_at=now, seen_at=now)
            for n in range(arguments.people)
        ))  # fmt: skip
        environment = {
            "PATH": os.environ["PATH"], "BOT_TOKEN": TOKEN, "BOT_API_URL": server.url, "DATABASE_URL": url, "DATA_DIR": folder,
            "WEBHOOK_URL": f"http://127.0.0.1:{PORT}/hook", "WEBHOOK_SECRET": SECRET, "LISTEN": f"127.0.0.1:{PORT}",
            "MESSAGES_PER_SECOND": "100000", "MESSAGES_PER_CHAT_SECOND": "1000", "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        bot = subprocess.Popen([sys.executable, "-m", "bot"], cwd=ROOT, env=environment)
        stored, open_ = select(func.count()).select_from(InboxUpdate), InboxUpdate.done_at.is_(None)

        def waiting() -> int:
            return database.run(lambda session: session.scalar(stored.where(open_))) or 0

        async def measured() -> tuple[float, float]:
            async with aiohttp.ClientSession() as client:
                while True:
                    try:
                        async with client.get(f"http://127.0.0.1:{PORT}/readyz") as answer:
                            if await answer.text() == "ready\n":
                                break
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.2)
            await posted(arguments.people, arguments.people, waiting)  # the first answers wait for the fit
            before = cpu_of(bot)
            database.run(lambda session: session.query(InboxUpdate).delete())
            seconds = await posted(arguments.updates, arguments.people, waiting)
            return seconds, cpu_of(bot) - before

        try:
            seconds, cpu = asyncio.run(measured())
        finally:
            bot.terminate()
            bot.wait()
            database.close()
            server.stop()
    count = arguments.updates
    speed, each = count / seconds, 1000 * cpu / count
    print(f"{count} updates of {arguments.people} people: {speed:.0f} a second, {each:.1f} ms of CPU each")


if __name__ == "__main__":
    main()
