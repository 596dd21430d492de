"""The levers that move groups and channels."""

from __future__ import annotations

from aiohttp import web

from bot.simulator import groups
from bot.simulator.world import Chat, World


def group_routes(world: World) -> list[web.RouteDef]:
    """Return the routes of these levers."""
    levers = GroupLevers(world)
    return [
        web.post("/sim/groups", levers.new_group),
        web.post("/sim/groups/{chat_id}/add_bot", levers.add_bot),
        web.post("/sim/groups/{chat_id}/remove_bot", levers.remove_bot),
        web.post("/sim/groups/{chat_id}/migrate", levers.migrate),
    ]


class GroupLevers:
    """The handlers of those routes. `by` is the id of the member who acts; the first one when it is left out."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def new_group(self, request: web.Request) -> web.Response:
        """Make a chat the bot is not in: `title`, `members`, maybe `kind` (supergroup, unless told) and `id`."""
        body = await request.json()
        kind = body.get("kind", "supergroup")
        chat = groups.new_group(self.world, str(body["title"]), body["members"], kind=kind, chat_id=body.get("id"))
        return web.json_response({"id": chat.id})

    async def add_bot(self, request: web.Request) -> web.Response:
        """Somebody adds the bot."""
        groups.add_bot(self.world, self._chat(request), await _by(request))
        return web.json_response({})

    async def remove_bot(self, request: web.Request) -> web.Response:
        """Somebody removes the bot."""
        groups.remove_bot(self.world, self._chat(request), await _by(request))
        return web.json_response({})

    async def migrate(self, request: web.Request) -> web.Response:
        """A group becomes a supergroup; returns its new `id`."""
        return web.json_response({"id": groups.migrate(self.world, self._chat(request), await _by(request)).id})

    def _chat(self, request: web.Request) -> Chat:
        return self.world.chats[int(request.match_info["chat_id"])]


async def _by(request: web.Request) -> int | None:
    by = (await request.json()).get("by")
    return None if by is None else int(by)
