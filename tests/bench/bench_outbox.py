"""What a broadcast costs: our durable outbox, beside raw aiohttp without one, and the loop one would write by hand.

`python tests/bench/bench_outbox.py [--messages 1000,10000] [--million] [--rounds 3] [--pace]`: every figure comes from a
process of its own, all against one trivial server in another; medians of the rounds, taken in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import logging
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
TOKEN = "42:BENCH"
TEXT = "<b>Assemblée générale</b>\n🗓 samedi 5 décembre à 14:00\n📍 Villetaneuse, salle des fêtes\nViens avec ta famille."
SIDE_BY_SIDE = 32
PEER_LIMIT = 10_000
FSYNCS_LIMIT = 10_000


# ---- what is measured, each in a process of its own
async def by_outbox(url: str, folder: Path, count: int, rate: int, replies: float) -> dict[str, Any]:
    """Queue a broadcast with one statement and let the worker empty it; perhaps answer people meanwhile."""
    from sqlalchemy import select, text

    from bot import settings
    from bot.app import Machine, bring_up_to_date
    from bot.domain import broadcasts, leadership, outbox
    from bot.domain.broadcasts import Post
    from bot.messages import Button, OutgoingMessage
    from bot.rendering import table
    from bot.rendering.moment import Moment
    from db.engine import Database
    from db.models import Delivery, Lane, Member

    loaded = dataclasses.replace(
        settings.load(), bot_token=TOKEN, bot_api_url=url, database_url=f"sqlite:///{folder / 'bench.db'}", data_dir=folder,
        messages_per_second=rate, messages_per_chat_second=1,
    )  # fmt: skip
    database = Database(loaded.database_url)
    bring_up_to_date(database)
    now = datetime.now(UTC)

    def view(_moment: Moment) -> OutgoingMessage:
        return OutgoingMessage(TEXT, buttons=((Button("👍 Vu", "1:seen:1"), Button("❓", "1:ask:1")),))

    table.VIEWS["bench.news"] = view
    table.FOR_A_CROWD.add("bench.news")
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) INSERT INTO members (telegram_id,"
        " first_name, is_name_chosen, language, place, role, relatives, listens_first, is_reachable, seen_at, joined_at)"
        " SELECT 100000 + i, 'P', 0, CASE i % 2 WHEN 0 THEN 'fr' ELSE 'bm' END, 'ile_de_france', 'member', 0, 0, 1, :now, :now"
        " FROM n"
    )
    database.run(lambda session: session.execute(text(many), {"count": count, "now": now.isoformat(" ")[:19]}))
    machine = Machine(loaded, database, announce=lambda _line: None)
    await machine.bot.initialize()
    epoch = database.run(lambda session: leadership.take_over(session, now=now))
    began_queueing = time.monotonic()
    news, everybody = Post("bench.news", 1, Lane.BROADCAST, wakes=True), [Member.role == "member"]
    queued = await database.transaction(
        lambda session: broadcasts.queue(session, everybody, news, desk=machine.desk, now=now, not_before=now)
    )
    assert queued == count
    queueing = time.monotonic() - began_queueing
    left = select(Delivery.id).where(Delivery.state.in_(outbox.OPEN)).limit(1)
    cpu, began = time.process_time(), time.monotonic()
    working = asyncio.create_task(machine.worker.run(epoch))
    waits = await _people_ask(machine, replies, database, left) if replies else await _until_empty(database, left)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    sent = await database.read(lambda session: outbox.counts(session, "bench.news", 1))
    assert sent == {"sent": count}, sent
    return {"seconds": seconds, "cpu": cpu, "queueing": queueing, "waits": waits}


async def _until_empty(database: Any, left: Any) -> list[float]:
    while await database.read(lambda session: session.scalar(left)):
        await asyncio.sleep(0.1)
    return []


async def _people_ask(machine: Any, per_second: float, database: Any, left: Any) -> list[float]:
    """Send replies through the pacer, as handlers do, until the broadcast is over; returns how long each took."""
    from bot import delivery
    from bot.messages import OutgoingMessage
    from db.models import Lane

    waits: list[float] = []

    async def one(chat_id: int) -> None:
        began = time.monotonic()
        left_at = await machine.pacer.take(chat_id, Lane.REPLY)
        await delivery.send(machine.bot, chat_id, OutgoingMessage("Oui, samedi."))
        machine.pacer.landed(left_at)
        waits.append(time.monotonic() - began)

    tasks, number = [], 0
    while await database.read(lambda session: session.scalar(left)):
        tasks.append(asyncio.create_task(one(5_000 + number % 500)))
        number += 1
        await asyncio.sleep(1 / per_second)
    await asyncio.gather(*tasks)
    return waits


async def by_aiohttp(url: str, _folder: Path, count: int, _rate: int, _replies: float) -> dict[str, Any]:
    """Form out, JSON in, some side by side; nothing is kept."""
    import aiohttp

    buttons = [{"text": "👍 Vu", "callback_data": "1:seen:1"}, {"text": "❓", "callback_data": "1:ask:1"}]
    markup = json.dumps({"inline_keyboard": [buttons]})
    numbers = iter(range(100_001, 100_001 + count))
    cpu, began = time.process_time(), time.monotonic()
    async with aiohttp.ClientSession() as session:

        async def some() -> None:
            for number in numbers:
                fields = {"chat_id": str(number), "text": TEXT, "parse_mode": "HTML", "reply_markup": markup}
                async with session.post(f"{url}/bot{TOKEN}/sendMessage", data=fields) as answer:
                    assert (await answer.json())["ok"]

        await asyncio.gather(*(some() for _ in range(SIDE_BY_SIDE)))
    return {"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu}


async def by_hand(url: str, folder: Path, count: int, _rate: int, _replies: float) -> dict[str, Any]:
    """The loop one would write: python-telegram-bot as it comes, a commit for each message."""
    from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

    logging.getLogger("httpx").setLevel(logging.WARNING)
    kept = sqlite3.connect(folder / "loop.db", isolation_level=None)
    kept.execute("PRAGMA journal_mode=WAL")
    kept.execute("PRAGMA synchronous=FULL")
    kept.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, chat_id INTEGER, message_id INTEGER)")
    kept.execute("BEGIN")
    kept.executemany("INSERT INTO queue (chat_id) VALUES (?)", ((100_001 + number,) for number in range(count)))
    kept.execute("COMMIT")
    cpu, began = time.process_time(), time.monotonic()
    async with Bot(TOKEN, base_url=f"{url}/bot") as bot:
        for row, chat_id in kept.execute("SELECT id, chat_id FROM queue WHERE message_id IS NULL").fetchall():
            keyboard = InlineKeyboardMarkup(
                [[InlineKeyboardButton("👍 Vu", callback_data="1:seen:1"), InlineKeyboardButton("❓", callback_data="1:ask:1")]]
            )
            message = await bot.send_message(chat_id, TEXT, parse_mode="HTML", reply_markup=keyboard)
            kept.execute("UPDATE queue SET message_id = ? WHERE id = ?", (message.message_id, row))
    return {"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu}


WAYS = {"outbox": by_outbox, "aiohttp": by_aiohttp, "loop": by_hand}


def one(arguments: argparse.Namespace) -> None:
    """Measure one way in this process and print it as JSON."""
    folder = Path(tempfile.mkdtemp(prefix="enndam-bench-"))
    try:
        measured = asyncio.run(WAYS[arguments.way](arguments.url, folder, arguments.count, arguments.rate, arguments.replies))
        measured["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(measured))
    finally:
        shutil.rmtree(folder)


# ---- the table
class Loopback:
    """The server's process."""

    def __init__(self, low: float = 0, high: float = 0) -> None:
        script = Path(__file__).with_name("loopback.py")
        self.process = subprocess.Popen([sys.executable, script, str(low), str(high)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def report(self) -> dict[str, Any]:
        command = [sys.executable, "-c", "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"]
        said = subprocess.run([*command, f"{self.url}/bot/report"], capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(said.stdout)["result"]
        return found

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def measure(
    server: Loopback, way: str, count: int, *, rate: int = 100_000, replies: float = 0.0, prefix: tuple[str, ...] = ()
) -> Any:
    """Measure one way in a process of its own."""
    command = [*prefix, sys.executable, __file__, "--one", way, server.url, str(count), str(rate), str(replies)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1]) | {"stderr": done.stderr}


def fsyncs(server: Loopback, way: str, count: int) -> str:
    """Return how many syncs of a file a run makes, per thousand messages; needs strace."""
    if not shutil.which("strace"):
        return "-"
    with tempfile.NamedTemporaryFile("r") as told:
        measure(server, way, count, prefix=("strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", told.name))
        lines = [line.split() for line in told.read().splitlines()]
    calls = sum(int(line[3]) for line in lines if line and line[-1] in ("fsync", "fdatasync"))
    return f"{calls / count * 1000:.0f}"


def table(sizes: list[int], rounds: int) -> None:
    """Print the table: ways × sizes."""
    server = Loopback()
    print(f"{'way':8} {'messages':>9} {'msg/s':>7} {'µs CPU each':>11} {'fsyncs/1000':>11} {'peak MB':>8} {'queued in s':>11}")
    each: dict[tuple[str, int], float] = {}
    for count in sizes:
        ways = list(WAYS) if count <= PEER_LIMIT else ["outbox"]
        runs: dict[str, list[Any]] = {way: [] for way in ways}
        for _ in range(rounds if count <= PEER_LIMIT else 1):
            for way in ways:
                runs[way].append(measure(server, way, count))
        for way in ways:
            middle = {key: statistics.median(run[key] for run in runs[way]) for key in ("seconds", "cpu", "rss")}
            each[way, count] = middle["cpu"] / count * 1e6
            syncs = fsyncs(server, way, count) if count <= FSYNCS_LIMIT and way != "aiohttp" else "-"
            queueing = f"{statistics.median(run['queueing'] for run in runs[way]):.2f}" if way == "outbox" else "-"
            speed = count / middle["seconds"]
            line = f"{way:8} {count:9} {speed:7.0f} {each[way, count]:11.0f} {syncs:>11} {middle['rss']:8.1f} {queueing:>11}"
            print(line, flush=True)
    count = max(size for size in sizes if size <= PEER_LIMIT)
    print(f"row 1: outbox / raw aiohttp = {each['outbox', count] / each['aiohttp', count]:.2f} (must 0.90, aim 0.50)")
    print(f"row 2: outbox / the loop = 1/{each['loop', count] / each['outbox', count]:.1f} (must 1/6, aim 1/10)")
    server.stop()


def pace() -> None:
    """Print how evenly a rate is held, and how long replies wait meanwhile."""
    server = Loopback(30, 90)
    fast = measure(server, "outbox", 15_000, rate=1000)
    seen = server.report()
    held, share = seen["count"] / seen["seconds"], fast["cpu"] / fast["seconds"]
    print(f"row 5: asked 1000/s, answers in 30-90 ms: {held:.0f}/s, {share:.0%} of a core (must 1000 ± 2 %, 50 %; aim 20 %)")
    free = measure(server, "outbox", 450, rate=30)
    seen = server.report()
    print(f"row 6: asked 30/s: most in a second {seen['most']}, mean {(seen['count'] - 1) / seen['seconds']:.1f}/s, "
          f"{free['cpu'] / free['seconds']:.0%} of a core (must ≤ 31, ≥ 29)")  # fmt: skip
    busy = measure(server, "outbox", 600, rate=30, replies=4.0)
    waits = sorted(busy["waits"])
    p50, p95, longest = (1000 * waits[at] for at in (len(waits) // 2, int(len(waits) * 0.95), -1))
    print(f"row 12: {len(waits)} replies during a broadcast at 30/s: p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
          f"longest {longest:.0f} ms (must 1.5 s, aim 0.5 s)")  # fmt: skip
    server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", default="1000,10000,100000", help="sizes, separated by commas")
    parser.add_argument("--million", action="store_true", help="one of a million as well")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pace", action="store_true", help="only how a rate is held, and replies during a broadcast")
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        way, url, count, rate, replies = arguments.one
        one(argparse.Namespace(way=way, url=url, count=int(count), rate=int(rate), replies=float(replies)))
    elif arguments.pace:
        pace()
    else:
        sizes = [int(size) for size in arguments.messages.split(",")] + ([1_000_000] if arguments.million else [])
        table(sizes, arguments.rounds)


if __name__ == "__main__":
    main()
