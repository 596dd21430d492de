"""Chats: who is there, what is pinned, leaving."""

from __future__ import annotations

from bot.simulator import groups
from bot.simulator.call import Call
from bot.simulator.methods.registry import method
from bot.simulator.refusals import bad_request
from bot.simulator.world import Json, World


@method
def get_chat(world: World, call: Call) -> Json:
    chat = world.chat(call.values.get("chat_id"))
    full = {**chat.json(), "accent_color_id": 0, "max_reaction_count": 11}
    full["accepted_gift_types"] = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    if chat.pinned:
        full["pinned_message"] = chat.messages[chat.pinned[-1]]
    return full


@method
def get_chat_member(world: World, call: Call) -> Json:
    chat = world.chat(call.values.get("chat_id"))
    user_id = call.integer("user_id")
    if user_id == world.bot["id"]:
        return world.bot_member(chat)
    if user_id not in world.people:
        raise bad_request("user not found")
    return {"user": world.people[user_id].user(), "status": "member" if user_id in chat.members else "left"}


@method
def pin_chat_message(world: World, call: Call) -> bool:
    chat = world.writable(call.values.get("chat_id"))
    message = world.message(chat, call.values.get("message_id"), "message to pin not found")
    chat.pinned = [pinned for pinned in chat.pinned if pinned != message["message_id"]] + [message["message_id"]]
    world.tell(chat.id)
    return True


@method
def unpin_chat_message(world: World, call: Call) -> bool:
    chat = world.writable(call.values.get("chat_id"))
    if not chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned = [pinned for pinned in chat.pinned if pinned != call.integer("message_id", chat.pinned[-1])]
    world.tell(chat.id)
    return True


@method
def unpin_all_chat_messages(world: World, call: Call) -> bool:
    world.writable(call.values.get("chat_id")).pinned.clear()
    return True


@method
def leave_chat(world: World, call: Call) -> bool:
    chat = world.writable(call.values.get("chat_id"))
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    groups.leave(world, chat)
    return True
