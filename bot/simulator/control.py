"""The levers behind the page and the tests: phones, clock, faults, what was called.

Every lever is HTTP under /sim, so that tests in another process can pull it as well.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.simulator.group_control import group_routes
from bot.simulator.groups import masked
from bot.simulator.methods import media_json
from bot.simulator.sharing import share_users
from bot.simulator.world import Json

if TYPE_CHECKING:
    from bot.simulator.server import Simulator

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE = Path(__file__).parent / "page"
ALL_CHATS = 0
SHOWN_MESSAGES = 200
LOOPBACK = ("127.0.0.1", "::1", "localhost")
KEEP_ALIVE_SECONDS = 15
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


def control_routes(simulator: Simulator) -> list[web.RouteDef]:
    """Return the routes of the page and its levers, each guarded.

    Not by a middleware of the application: what it wraps stays in a cache of aiohttp for as long as the process lives,
    and each simulator of a test run with it.
    """
    levers = Levers(simulator)
    routes = [
        web.get("/", levers.page),
        web.get("/page/{name}", levers.page),
        web.get("/sim/state", levers.state),
        web.get("/sim/events", levers.events),
        web.get("/sim/chats/{chat_id}", levers.chat),
        web.get("/sim/files/{file_id}", levers.file),
        web.get("/sim/calls", levers.calls),
        web.get("/sim/answers/{query_id}", levers.callback_answer),
        web.post("/sim/phones", levers.new_phone),
        web.post("/sim/phones/{person_id}/send", levers.send),
        web.post("/sim/phones/{person_id}/send_many", levers.send_many),
        web.post("/sim/phones/{person_id}/upload", levers.upload),
        web.post("/sim/phones/{person_id}/share_users", levers.share_users),
        web.post("/sim/phones/{person_id}/press", levers.press),
        web.post("/sim/phones/{person_id}/edit", levers.edit),
        web.post("/sim/phones/{person_id}/block", levers.block),
        web.post("/sim/phones/{person_id}/unblock", levers.unblock),
        web.post("/sim/clock", levers.set_clock),
        web.post("/sim/faults", levers.add_fault),
        web.delete("/sim/faults", levers.clear_faults),
        web.post("/sim/updates", levers.raw_update),
        web.post("/sim/restore", levers.restore),
        *group_routes(simulator.world),
    ]
    return [web.RouteDef(route.method, route.path, _guarded(route.handler), route.kwargs) for route in routes]


def _guarded(handler: Handler) -> Handler:
    """Levers are for this machine's own pages, and a wrong pull gets a clear line.

    Another site open in the same browser, or a name made to point here, must not move our phones.
    """

    async def answer(request: web.Request) -> web.StreamResponse:
        if not request.path.startswith("/sim/"):
            return await handler(request)
        called = [f"//{request.host}", request.headers.get("Origin", f"//{request.host}")]
        if any(urlsplit(address).hostname not in LOOPBACK for address in called):
            return web.json_response({"error": "only this machine may pull this lever"}, status=403)
        try:
            return await handler(request)
        except KeyError as missing:
            return web.json_response({"error": f"not there: {missing}"}, status=404)
        except (ValueError, TypeError, AttributeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)

    return answer


class Levers:
    """The handlers of those routes."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.world = simulator.world

    async def page(self, request: web.Request) -> web.Response:
        """Serve the page and what it is made of."""
        path = PAGE / Path(request.match_info.get("name", "index.html")).name
        if not path.is_file():
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-cache"}
        return web.Response(body=path.read_bytes(), content_type=_TYPES.get(path.suffix, "text/plain"), headers=headers)

    async def state(self, request: web.Request) -> web.Response:
        """Return people, chats and the clock."""
        people = [
            {"id": person.id, "first_name": person.first_name, "language_code": person.language_code,
             "has_started": person.has_started, "has_blocked": person.has_blocked}
            for person in self.world.people.values()
        ]  # fmt: skip
        groups = [
            {**chat.json(), "members": sorted(chat.members), "bot_is_member": chat.bot_is_member,
             "migrated_to": chat.migrated_to}
            for chat in self.world.chats.values()
            if chat.kind != "private"
        ]  # fmt: skip
        body = {"people": people, "groups": groups, "clock": self.simulator.clock.now().isoformat(),
                "rate": self.simulator.clock.rate, "bot": self.world.bot}  # fmt: skip
        return web.json_response(body)

    async def chat(self, request: web.Request) -> web.Response:
        """Return one chat as its phone shows it."""
        chat = self.world.chats[int(request.match_info["chat_id"])]
        commands = self.world.commands
        language = self.world.people[chat.id].language_code if chat.id in self.world.people else ""
        scopes = ((f"chat:{chat.id}", language), (f"chat:{chat.id}", ""), ("all_private_chats", language),
                  ("all_private_chats", ""), ("default", language), ("default", ""))  # fmt: skip
        listed = next((commands[scope] for scope in scopes if scope in commands), [])
        texts = self.world.texts
        shown = sorted(chat.messages)[-SHOWN_MESSAGES:]
        return web.json_response(
            {
                "chat": chat.json(),
                "messages": [chat.messages[key] for key in shown],
                "silent": [key for key in shown if (chat.id, key) in self.world.silent],
                "reply_keyboard": chat.reply_keyboard,
                "pinned": chat.pinned,
                "commands": listed,
                "description": texts.get(("description", language)) or texts.get(("description", ""), ""),
            }
        )

    async def file(self, request: web.Request) -> web.Response:
        """Return a file's content for the page to show or play."""
        stored = self.world.files.get(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        mime_type = stored.mime_type or "application/octet-stream"
        headers = {"X-Content-Type-Options": "nosniff"}
        if not mime_type.startswith(("image/png", "image/jpeg", "image/webp", "image/gif", "audio/", "video/")):
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=stored.content, content_type=mime_type, headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream the ids of chats that change (server-sent events)."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        queue: asyncio.Queue[int] = asyncio.Queue()
        self.world.changed.add(queue)
        try:
            while True:
                try:
                    chat_id: int | None = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    chat_id = None
                await response.write(f"data: {json.dumps({'chat_id': chat_id})}\n\n".encode())
        except ConnectionResetError:
            return response
        finally:
            self.world.changed.discard(queue)

    async def calls(self, request: web.Request) -> web.Response:
        """Return the calls the bot made from number `since` on, with results or refusals."""
        return web.json_response(self.world.calls[int(request.query.get("since", 0)) :])

    async def callback_answer(self, request: web.Request) -> web.Response:
        """Return what the bot answered to a pressed button; null when it has not yet."""
        return web.json_response(self.world.answers.get(request.match_info["query_id"]))

    async def new_phone(self, request: web.Request) -> web.Response:
        """Add a person who has never met the bot."""
        body = await request.json()
        person_id = body.get("id") or max(self.world.people, default=1000) + 1
        self.world.add_person(person_id, body.get("first_name", "Awa"), body.get("language_code", "fr"))
        return web.json_response({"id": person_id})

    async def send(self, request: web.Request) -> web.Response:
        """Somebody sends a message: any fields of the Bot API's Message, `chat_id` of a group, `as` what (see `masked`)."""
        return web.json_response({"message_id": self._said(_person(request), await request.json())})

    async def send_many(self, request: web.Request) -> web.Response:
        """Somebody sends several messages in one go, in order: an album, a burst."""
        messages = [dict(message) for message in (await request.json())["messages"]]
        return web.json_response({"message_ids": [self._said(_person(request), message) for message in messages]})

    def _said(self, person_id: int, body: Json) -> int:
        chat_id = body.pop("chat_id", None)
        if "as" in body:
            body |= masked(self.world, self.world.chats[chat_id or person_id], body.pop("as"))
        return int(self.world.person_sends(person_id, body, chat_id)["message_id"])

    async def upload(self, request: web.Request) -> web.Response:
        """Somebody sends a file: a multipart form with `kind`, `file`, maybe `duration`, `caption`, `chat_id`."""
        form = await request.post()
        upload = form["file"]
        if not isinstance(upload, web.FileField):
            raise web.HTTPBadRequest
        kind = str(form.get("kind", "document"))
        stored = self.world.store_file(kind, upload.file.read(), upload.filename or "", upload.content_type or "")
        described = media_json(stored)
        if isinstance(described, dict) and "duration" in described:
            described["duration"] = int(float(str(form.get("duration", 0))))
        content: Json = {kind: described}
        if form.get("caption"):
            content["caption"] = str(form["caption"])
        chat_id = int(str(form["chat_id"])) if form.get("chat_id") else None
        message = self.world.person_sends(_person(request), content, chat_id)
        return web.json_response({"message_id": message["message_id"], "file_id": stored.file_id})

    async def share_users(self, request: web.Request) -> web.Response:
        """Somebody chooses people for a key that asked: `request_id`, `user_ids`, maybe `names` of those without a phone."""
        body = await request.json()
        user_ids = [int(user_id) for user_id in body["user_ids"]]
        names = {int(user_id): str(name) for user_id, name in body.get("names", {}).items()}
        message = share_users(self.world, _person(request), int(body["request_id"]), user_ids, names)
        return web.json_response({"message_id": message["message_id"]})

    async def press(self, request: web.Request) -> web.Response:
        """Somebody presses an inline button; `data` may be forged."""
        body = await request.json()
        query_id = self.world.person_presses(_person(request), body["message_id"], body["data"], body.get("chat_id"))
        return web.json_response({"query_id": query_id})

    async def edit(self, request: web.Request) -> web.Response:
        """Somebody edits a message they sent."""
        body = await request.json()
        self.world.person_edits(_person(request), body["message_id"], body["text"], body.get("chat_id"))
        return web.json_response({})

    async def block(self, request: web.Request) -> web.Response:
        """Somebody blocks the bot."""
        self.world.block(_person(request))
        return web.json_response({})

    async def unblock(self, request: web.Request) -> web.Response:
        """Somebody unblocks the bot."""
        self.world.unblock(_person(request))
        return web.json_response({})

    async def set_clock(self, request: web.Request) -> web.Response:
        """Set (`at`, ISO 8601 with zone), move (`move_seconds`) and speed up (`rate`) the clock."""
        body: dict[str, Any] = await request.json()
        clock = self.simulator.clock
        instant = datetime.fromisoformat(body["at"]) if "at" in body else clock.now()
        clock.set(instant.astimezone(UTC) + timedelta(seconds=body.get("move_seconds", 0)), rate=body.get("rate"))
        self.world.tell(ALL_CHATS)
        return web.json_response({"clock": clock.now().isoformat()})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Plan a fault; see `bot.simulator.faults.Fault`."""
        self.simulator.faults.add(await request.json())
        return web.json_response({})

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Behave well again."""
        self.simulator.faults.clear()
        return web.json_response({})

    async def raw_update(self, request: web.Request) -> web.Response:
        """Queue an update exactly as given."""
        return web.json_response({"update_id": self.world.push_raw(await request.json())})

    async def restore(self, request: web.Request) -> web.Response:
        """Bring the sample back, when whoever started the simulator can."""
        if self.simulator.on_restore is None:
            raise web.HTTPNotFound
        await self.simulator.on_restore()
        self.world.tell(ALL_CHATS)
        return web.json_response({})


def _person(request: web.Request) -> int:
    return int(request.match_info["person_id"])
