"""A Bot API server that says yes to everything, as cheaply as Python can: what is measured is the client, not it.

`python loopback.py LOW HIGH` prints its port; each answer takes LOW to HIGH milliseconds. Calls to `report` are answered
with what was received: count, most in any sliding second.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

WORDS = "Assemblée générale samedi, salle des fêtes de Villetaneuse. " * 3
USER = {"id": 42, "is_bot": True, "first_name": "Enndam", "username": "enndam_bot"}
RESULT = {"message_id": 1, "date": 1700000000, "from": USER, "chat": {"id": 1, "type": "private", "first_name": "Moussa"},
          "text": WORDS, "entities": [{"type": "bold", "offset": 0, "length": 10}]}  # fmt: skip


def answer(result: object) -> bytes:
    body = json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


SENT, ME = answer(RESULT), answer(USER)
times: list[float] = []


def report() -> bytes:
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    seconds = times[-1] - times[0] if times else 0.0
    return answer({"count": len(times), "most": most, "seconds": seconds})


class Server(asyncio.Protocol):
    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # what a TCP server hands out
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.respond(head.split(b" ", 2)[1].rsplit(b"/", 1)[1])

    def respond(self, method: bytes) -> None:
        if method == b"report":
            self.transport.write(report())
            times.clear()
            return
        if method.startswith(b"send"):
            times.append(time.monotonic())
        said = SENT if method.startswith((b"send", b"edit")) else ME
        if self.high:
            delay = random.uniform(self.low, self.high) / 1000
            asyncio.get_running_loop().call_later(delay, self.transport.write, said)
        else:
            self.transport.write(said)


async def main() -> None:
    low, high = float(sys.argv[1]), float(sys.argv[2])
    server = await asyncio.get_running_loop().create_server(lambda: Server(low, high), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
