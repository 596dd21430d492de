"""Topics of a forum: opened, renamed, closed, opened again, deleted. The bot administrates every forum."""

from __future__ import annotations

from bot.simulator.call import Call
from bot.simulator.methods.registry import method
from bot.simulator.methods.sending import put
from bot.simulator.refusals import bad_request
from bot.simulator.world import Chat, Json, Topic, World

MAX_NAME = 128
ICON_COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)


def _forum(world: World, call: Call) -> Chat:
    chat = world.writable(call.values.get("chat_id"))
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    return chat


def _topic(world: World, call: Call) -> tuple[Chat, Topic]:
    chat = _forum(world, call)
    thread_id = call.integer("message_thread_id")
    if thread_id <= 0:
        raise bad_request("invalid message thread identifier specified")
    if thread_id not in chat.topics:
        raise bad_request("TOPIC_ID_INVALID")
    return chat, chat.topics[thread_id]


def _name(call: Call) -> str:
    """Return the name in one line; Telegram cuts a longer one."""
    name = " ".join(call.text("name").split())[:MAX_NAME].rstrip()
    if not name:
        raise bad_request("title must be non-empty")
    return name


@method
def create_forum_topic(world: World, call: Call) -> Json:
    chat = _forum(world, call)
    name = _name(call)
    icon_color = call.integer("icon_color") or ICON_COLORS[0]
    if icon_color not in ICON_COLORS:
        raise bad_request("invalid icon color specified")
    content = {"forum_topic_created": {"name": name, "icon_color": icon_color}, "is_topic_message": True}
    opening = world.new_message(chat, content, sender=world.bot_user())
    topic = Topic(opening["message_id"], name, icon_color)
    opening["message_thread_id"] = topic.id
    chat.topics[topic.id] = topic
    world.push("message", opening)
    return topic.json()


def _told(world: World, call: Call, chat: Chat, topic: Topic, content: Json) -> bool:
    """Tell in a thread what was done to it; unlike of what it says, the bot gets an update of this."""
    world.push("message", put(world, call, chat, {**content, "message_thread_id": topic.id}))
    return True


@method
def edit_forum_topic(world: World, call: Call) -> bool:
    chat, topic = _topic(world, call)
    if not call.text("name"):
        return True
    name = _name(call)
    if name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = name
    return _told(world, call, chat, topic, {"forum_topic_edited": {"name": name}})


def _turn(world: World, call: Call, *, is_closed: bool) -> bool:
    chat, topic = _topic(world, call)
    if topic.is_closed == is_closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.is_closed = is_closed
    return _told(world, call, chat, topic, {"forum_topic_closed" if is_closed else "forum_topic_reopened": {}})


@method
def close_forum_topic(world: World, call: Call) -> bool:
    return _turn(world, call, is_closed=True)


@method
def reopen_forum_topic(world: World, call: Call) -> bool:
    return _turn(world, call, is_closed=False)


@method
def delete_forum_topic(world: World, call: Call) -> bool:
    world.delete_topic(*_topic(world, call))
    return True
