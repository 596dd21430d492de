"""What a person shares by a key of the reply keyboard that asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.simulator.world import Chat, Json, Person, World

_TOLD = {"request_name": "first_name", "request_username": "username"}


def share_users(world: World, person_id: int, request_id: int, user_ids: Sequence[int], names: dict[int, str]) -> Json:
    """Somebody chooses people for the key that asked under `request_id`; returns the message sent.

    `names` says what those are called who have no phone here. Raises ValueError for what no app would send.
    """
    asked = _asked(world.chats[person_id], request_id)
    if not 1 <= len(set(user_ids)) == len(user_ids) <= asked["max_quantity"]:
        raise ValueError(f"this key takes 1 to {asked['max_quantity']} different people")
    for user_id in user_ids:
        is_bot = user_id == world.bot["id"]
        if asked.get("user_is_bot", is_bot) != is_bot:
            raise ValueError(f"this key does not offer {user_id}: user_is_bot is {asked['user_is_bot']}")
    users = [_shared(world, asked, user_id, names.get(user_id, "")) for user_id in user_ids]
    return world.person_sends(person_id, {"users_shared": {"request_id": request_id, "users": users}})


def _asked(chat: Chat, request_id: int) -> Json:
    rows = (chat.reply_keyboard or {}).get("keyboard", [])
    for button in (button for row in rows for button in row):
        if "request_users" in button and button["request_users"]["request_id"] == request_id:
            found: Json = button["request_users"]
            return found
    raise ValueError(f"no key of the keyboard in this chat asks for people under request_id {request_id}")


def _shared(world: World, asked: Json, user_id: int, name: str) -> Json:
    user = world.bot if user_id == world.bot["id"] else world.people.get(user_id, Person(user_id, name, "")).user()
    told = [field for request, field in _TOLD.items() if asked.get(request) and user.get(field)]
    return {"user_id": user_id, **{field: user[field] for field in told}}
