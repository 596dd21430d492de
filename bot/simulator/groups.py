"""The life of groups and channels: made, joined and left by the bot, grown into a supergroup; who hides in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.simulator.world import Chat, Json, World

KINDS = ("group", "supergroup", "channel")
# The fake senders Telegram names, for old clients, when a chat speaks for a person. Source: Bot API, « Message.from ».
ANONYMOUS_BOT: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
_FIRST_IDS = {"group": -4_001_000_001, "supergroup": -1_001_000_000_001, "channel": -1_001_000_000_001}


def new_group(world: World, title: str, members: Iterable[int], *, kind: str, chat_id: int | None = None) -> Chat:
    """Make a group or channel the bot is not in; raises ValueError, or KeyError for a member without a phone."""
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, not {kind}")
    chat_id = chat_id or _free_id(world, kind)
    if chat_id in world.chats or chat_id >= 0:
        raise ValueError(f"{chat_id} cannot be the id of a new group")
    people = {world.people[person_id].id for person_id in members}
    if not people or not title.strip():
        raise ValueError("a group has a title and a member")
    chat = world.chats[chat_id] = Chat(chat_id, kind, title.strip(), people, bot_status="left")
    world.tell(chat_id)
    return chat


def add_bot(world: World, chat: Chat, by: int | None = None) -> None:
    """A member adds the bot, to a channel as an administrator; `by` is any of them when None."""
    adder = _member(world, chat, by)
    if chat.bot_is_member:
        raise ValueError("the bot is in this chat already")
    world.set_bot_status(chat, "administrator" if chat.kind == "channel" else "member", by=adder)
    _tell(world, chat, {"new_chat_members": [world.bot_user()]}, sender=adder)


def remove_bot(world: World, chat: Chat, by: int | None = None) -> None:
    """A member removes the bot, for good until somebody adds it again."""
    _go(world, chat, "kicked", by=_member(world, chat, by))


def leave(world: World, chat: Chat) -> None:
    """The bot goes by itself."""
    _go(world, chat, "left", by=world.bot_user())


def _go(world: World, chat: Chat, status: str, *, by: Json) -> None:
    if not chat.bot_is_member:
        raise ValueError("the bot is not in this chat")
    world.set_bot_status(chat, status, by=by)
    _tell(world, chat, {"left_chat_member": world.bot_user()}, sender=by)


def migrate(world: World, chat: Chat, by: int | None = None) -> Chat:
    """A group becomes a supergroup with another id; the bot is told in both if it is there. Returns the new chat."""
    member = _member(world, chat, by)
    if chat.kind != "group":
        raise ValueError(f"a {chat.kind} does not become a supergroup")
    grown = new_group(world, chat.title, chat.members, kind="supergroup")
    grown.bot_status = chat.bot_status
    _tell(world, chat, {"migrate_to_chat_id": grown.id}, sender=member)
    chat.migrated_to = grown.id
    from_whom = {"migrate_from_chat_id": chat.id, "sender_chat": grown.json()}
    _tell(world, grown, from_whom, sender=ANONYMOUS_BOT)
    return grown


def masked(world: World, chat: Chat, mask: Any) -> Json:
    """Return the fields of a message whose sender speaks as the `"group"`, or as `{"channel": id}`; raises ValueError."""
    if chat.kind != "supergroup":
        raise ValueError(f"nobody speaks as something else in a {chat.kind} chat: only in a supergroup")
    if mask == "group":
        return {"from": ANONYMOUS_BOT, "sender_chat": chat.json()}
    if not isinstance(mask, dict) or "channel" not in mask:
        raise ValueError('"as" is "group" or {"channel": id}')
    channel = world.chats[int(mask["channel"])]
    if channel.kind != "channel":
        raise ValueError(f"{channel.id} is not a channel")
    return {"from": CHANNEL_BOT, "sender_chat": channel.json()}


def _member(world: World, chat: Chat, person_id: int | None) -> Json:
    if chat.kind == "private" or chat.migrated_to:
        raise ValueError("this is no group" if chat.kind == "private" else f"this group has become {chat.migrated_to}")
    person = world.people[min(chat.members) if person_id is None else person_id]
    if person.id not in chat.members:
        raise ValueError(f"{person.first_name} is not in this chat")
    return person.user()


def _tell(world: World, chat: Chat, content: Json, *, sender: Json) -> None:
    """Put a service message into a group; the bot hears it while there, and of its own going. Channels have none."""
    if chat.kind == "channel":
        return
    message = world.new_message(chat, content, sender=sender)
    if chat.bot_is_member or "left_chat_member" in content:
        world.push("message", message)


def _free_id(world: World, kind: str) -> int:
    chat_id = _FIRST_IDS[kind]
    while chat_id in world.chats:
        chat_id -= 1
    return chat_id
