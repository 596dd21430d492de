"""Messages sent once more, one or many: copied, or forwarded with their origin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from bot.simulator.call import Call
from bot.simulator.methods.registry import method
from bot.simulator.methods.sending import caption_of, manner, put, sent
from bot.simulator.refusals import bad_request
from bot.simulator.world import Chat, Json, World

_COPIED = ("text", "entities", "photo", "voice", "audio", "document", "video", "caption", "caption_entities", "location",
           "venue", "contact", "poll", "sticker")  # fmt: skip
_CAPTION = ("caption", "caption_entities")


def _can_copy(original: Json) -> bool:
    return any(name in original for name in _COPIED)


def _can_forward(original: Json) -> bool:
    return _can_copy(original) and not original.get("has_protected_content")


def _copy(original: Json) -> Json:
    return {name: original[name] for name in _COPIED if name in original}


def _forwarded(original: Json) -> Json:
    return {**_copy(original), "forward_origin": _origin(original)}


def _origin(original: Json) -> Json:
    date, chat = original["date"], original.get("sender_chat")
    if chat and original["chat"]["type"] == "channel":
        return {"type": "channel", "date": date, "chat": chat, "message_id": original["message_id"]}
    if chat:
        return {"type": "chat", "date": date, "sender_chat": chat}
    return {"type": "user", "date": date, "sender_user": original["from"]}


def _again(world: World, call: Call, fits: Callable[[Json], bool], repeated: Callable[[Json], Json]) -> list[Json]:
    """Send many messages of one chat to another; those that are not there or do not fit are skipped."""
    ids = call.message_ids()
    chat = world.writable(call.values.get("chat_id"))
    shared = manner(call, chat)
    originals = _originals(world.chat(call.values.get("from_chat_id")), ids, fits)
    world.flood.take(chat.id, len(originals))
    contents = [{**repeated(original), **album} for original, album in zip(originals, _albums(world, originals), strict=True)]
    return [{"message_id": put(world, call, chat, {**content, **shared})["message_id"]} for content in contents]


def _originals(source: Chat, ids: list[int], fits: Callable[[Json], bool]) -> list[Json]:
    there = [message_id for message_id in ids if message_id in source.messages]
    if not there:
        raise bad_request("there are no messages to forward")
    if any(later <= earlier for earlier, later in pairwise(there)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    found = [source.messages[message_id] for message_id in there if fits(source.messages[message_id])]
    if not found:
        raise bad_request("messages can't be forwarded")
    return found


def _albums(world: World, originals: list[Json]) -> list[Json]:
    """Give each message the new album of those it was sent with; what is left alone of an album makes none."""
    old = [original.get("media_group_id") for original in originals]
    new = {album: world.new_album() for album, size in Counter(old).items() if album and size > 1}
    return [{"media_group_id": new[album]} if album in new else {} for album in old]


@method
def copy_message(world: World, call: Call) -> Json:
    source = world.chat(call.values.get("from_chat_id"))
    original = world.message(source, call.values.get("message_id"), "message to copy not found")
    if not _can_copy(original):
        raise bad_request("the message can't be copied")
    copied = _copy(original)
    if "caption" in call.values:
        copied |= {"caption": "", **caption_of(call)}
    message = sent(world, call, lambda chat: copied)
    return {"message_id": message["message_id"]}


@method
def copy_messages(world: World, call: Call) -> list[Json]:
    bare = call.flag("remove_caption")

    def repeated(original: Json) -> Json:
        return {name: value for name, value in _copy(original).items() if not (bare and name in _CAPTION)}

    return _again(world, call, _can_copy, repeated)


@method
def forward_message(world: World, call: Call) -> Json:
    source = world.chat(call.values.get("from_chat_id"))
    original = world.message(source, call.values.get("message_id"), "message to forward not found")
    if not _can_forward(original):
        raise bad_request("the message can't be forwarded")
    return sent(world, call, lambda chat: _forwarded(original))


@method
def forward_messages(world: World, call: Call) -> list[Json]:
    return _again(world, call, _can_forward, _forwarded)
