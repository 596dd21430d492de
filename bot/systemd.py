"""Tells systemd that we live; started by anything else, it tells nobody. Protocol: sd_notify(3)."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

OFTEN_SECONDS = 20.0


def tell(words: str) -> None:
    """Send a line to whoever started us, when it listens; nobody there is no reason to fall."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line, suppress(OSError):
        line.sendto(words.encode(), "\0" + address[1:] if address.startswith("@") else address)


async def beat(is_well: Callable[[], bool]) -> None:
    """Say that we are ready, then that we live, until cancelled; who is not well says nothing, and is started anew."""
    tell("READY=1")
    period = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    try:
        while True:
            if is_well():
                tell("WATCHDOG=1")
            await asyncio.sleep(min(OFTEN_SECONDS, period / 3) if period else OFTEN_SECONDS)
    finally:
        tell("STOPPING=1")
