"""The Bot API over real HTTP: /bot<token>/<method> and /file/bot<token>/<path>, on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.clock import SettableClock
from bot.simulator import methods
from bot.simulator.call import MAX_UPLOAD_BYTES, Call, Upload
from bot.simulator.control import LOOPBACK, control_routes
from bot.simulator.faults import Fault, Faults
from bot.simulator.flood import Limits
from bot.simulator.refusals import ApiRefusal, bad_request
from bot.simulator.world import Webhook, World

SIMULATOR_TOKEN = "42:SIMULATOR"  # noqa: S105
_REAL_TOKEN = re.compile(r"[0-9]{6,}:[A-Za-z0-9_-]{30,}")
WEBHOOK_RETRY_SECONDS = 1.0


def refuse_real_token(token: str) -> None:
    """Raise ValueError for a token that Telegram could have given: rehearsals never meet the real world."""
    if _REAL_TOKEN.fullmatch(token):
        raise ValueError("the simulator never starts with a real token")


class Simulator:
    """A Bot API server with its world; `async with` starts and stops it."""

    def __init__(
        self,
        *,
        token: str = SIMULATOR_TOKEN,
        clock: SettableClock | None = None,
        limits: Limits | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        refuse_real_token(token)
        if host not in LOOPBACK:
            raise ValueError("the simulator listens on loopback only")
        self.clock = clock or SettableClock()
        self.world = World(token, self.clock, limits)
        self.faults = Faults()
        self.host, self.port = host, port
        self.on_restore: Callable[[], Awaitable[None]] | None = None
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Return scheme, host and port: the BOT_API_URL of the bot, the address of the page."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        app = web.Application(client_max_size=MAX_UPLOAD_BYTES + 1024 * 1024)
        app.router.add_route("*", "/bot{token:[^/]+}/{method}", self._answer)
        app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._download)
        app.add_routes(control_routes(self))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._tasks.append(asyncio.create_task(self._deliver_to_webhook()))

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Simulator:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # ---- one call
    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            self._check_token(request.match_info["token"])
            call = await _read(request, method)
        except ApiRefusal as refusal:
            return _refusal(refusal)
        fault = self.faults.next(method, call.chat_id())
        if fault:
            misbehaved = await self._misbehave(fault, request)
            if misbehaved is not None:
                return misbehaved
        response = await self._perform(call)
        if fault and fault.kind == "drop_after":
            _drop(request)
        return response

    def _check_token(self, token: str) -> None:
        if token != self.world.token:
            raise ApiRefusal(401 if ":" in token else 404, "Unauthorized" if ":" in token else "Not Found")

    async def _misbehave(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        if fault.kind == "status":
            refusal = ApiRefusal(fault.code, fault.description, **(fault.parameters or {}))
            return _refusal(refusal)
        if fault.kind == "garbage":
            return web.Response(body=fault.body.encode("utf-8", "surrogatepass"), content_type="application/json")
        if fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "drop_before":
            _drop(request)
            return web.Response()
        return None

    async def _perform(self, call: Call) -> web.Response:
        world = self.world
        record = {"method": call.method, "values": call.values, "at": world.clock.timestamp()}
        try:
            if call.method.lower() == "getupdates":
                return web.Response(text=methods.dumped(await self._get_updates(call)), content_type="application/json")
            function = methods.known(call.method)
            if function is None:
                raise ApiRefusal(404, "Not Found: method not found")
            result = function(world, call)
        except ApiRefusal as refusal:
            world.calls.append({**record, "error": refusal.description})
            return _refusal(refusal)
        world.calls.append({**record, "result": json.loads(json.dumps(result))})
        return web.Response(text=methods.dumped(result), content_type="application/json")

    # ---- updates
    async def _get_updates(self, call: Call) -> list[Any]:
        world = self.world
        if world.webhook:
            raise ApiRefusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        limit = min(100, max(1, call.integer("limit", 100)))
        allowed = call.structure("allowed_updates", "allowed updates")
        if offset := call.integer("offset"):
            world.confirm(offset)
        me = world.poller = object()
        deadline = asyncio.get_running_loop().time() + min(50, max(0, call.integer("timeout")))
        while not (found := world.pending(limit=limit, allowed=allowed)):
            world.arrived.clear()
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(world.arrived.wait(), left)
            if world.poller is not me:
                world.arrived.set()
                raise ApiRefusal(
                    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                )
        return found

    async def _deliver_to_webhook(self) -> None:
        """Post pending updates to the webhook, one at a time, until it answers 2xx."""
        async with ClientSession(timeout=ClientTimeout(total=10)) as client:
            while True:
                webhook, waiting = self.world.webhook, self.world.pending(limit=1)
                if webhook is None or not waiting:
                    self.world.arrived.clear()
                    await self.world.arrived.wait()
                elif await self._posted(client, webhook, waiting[0]):
                    self.world.confirm(waiting[0]["update_id"] + 1)
                else:
                    await asyncio.sleep(WEBHOOK_RETRY_SECONDS)

    async def _posted(self, client: ClientSession, webhook: Webhook, update: Any) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        try:
            async with client.post(webhook.url, json=update, headers=headers) as answer:
                webhook.last_error = "" if answer.status < 300 else f"Wrong response from the webhook: {answer.status}"
        except (ClientError, OSError, TimeoutError) as error:
            webhook.last_error = type(error).__name__
        return not webhook.last_error

    async def _download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.world.token:
            return web.Response(status=401, text="Unauthorized")
        stored = self.world.files.get(request.match_info["path"].rsplit("/", 1)[-1])
        if stored is None:
            return web.Response(status=404, text="Not Found")
        return web.Response(body=stored.content, content_type=stored.mime_type or "application/octet-stream")


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _refusal(refusal: ApiRefusal) -> web.Response:
    return web.json_response(refusal.body(), status=refusal.code)


async def _read(request: web.Request, method: str) -> Call:
    """Read query, JSON, form or multipart; Telegram takes them all."""
    call = Call(method, dict(request.query))
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        call.values.update(body if isinstance(body, dict) else {})
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            form = await request.post()
        except web.HTTPRequestEntityTooLarge:
            raise ApiRefusal(413, "Request Entity Too Large") from None
        for name, value in form.items():
            if isinstance(value, web.FileField):
                content = value.file.read()
                call.uploads[name] = Upload(content, value.filename or "", value.content_type or "")
                if len(content) > MAX_UPLOAD_BYTES:
                    raise ApiRefusal(413, "Request Entity Too Large")
            else:
                call.values[name] = value
    return call
