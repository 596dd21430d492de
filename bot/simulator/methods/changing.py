"""What happens to a message afterwards: edited, deleted, its pressed button answered."""

from __future__ import annotations

from bot.simulator import entities as markup
from bot.simulator import keyboards
from bot.simulator.call import Call
from bot.simulator.methods.registry import method
from bot.simulator.methods.sending import MAX_TEXT, caption_of, file_of, media_json, text_of
from bot.simulator.refusals import bad_request
from bot.simulator.world import CALLBACK_ANSWERABLE_SECONDS, DELETABLE_SECONDS, Chat, Json, World

MAX_CALLBACK_ANSWER = 200


def _editable(world: World, call: Call) -> tuple[Chat, Json]:
    chat = world.writable(call.values.get("chat_id"))
    if not call.values.get("message_id"):
        raise bad_request("message identifier is not specified")
    message = world.message(chat, call.values.get("message_id"), "message to edit not found")
    if chat.kind != "channel" and message["from"]["id"] != world.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _edited(world: World, call: Call, chat: Chat, message: Json, changes: Json, dropped: tuple[str, ...]) -> Json:
    reply_markup = keyboards.checked(call.structure("reply_markup", "reply keyboard markup"))
    after = {key: value for key, value in message.items() if key not in (*dropped, "reply_markup", "edit_date")}
    after |= changes
    if reply_markup and "inline_keyboard" in reply_markup:
        after["reply_markup"] = reply_markup
    if after == {key: value for key, value in message.items() if key != "edit_date"}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a current"
            " content and reply markup of the message"
        )
    world.flood.take(chat.id)
    message.clear()
    message.update(after, edit_date=world.now())
    world.tell(chat.id)
    return message


@method
def edit_message_text(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    text, found = text_of(call, "text", MAX_TEXT, "MESSAGE_TOO_LONG")
    if not text:
        raise bad_request("message text is empty")
    changes = {"text": text, **({"entities": found} if found else {})}
    return _edited(world, call, chat, message, changes, ("text", "entities"))


@method
def edit_message_caption(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    if not any(kind in message for kind in ("photo", "voice", "audio", "document", "video")):
        raise bad_request("there is no caption in the message to edit")
    return _edited(world, call, chat, message, caption_of(call), ("caption", "caption_entities"))


@method
def edit_message_media(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    media = call.structure("media", "input media") or {}
    stored = file_of(world, call, str(media.get("type")), media.get("media"))
    captioned = Call(call.method, media)
    changes = {stored.kind: media_json(stored), **caption_of(captioned)}
    dropped = ("photo", "voice", "audio", "document", "video", "caption", "caption_entities", "text", "entities")
    return _edited(world, call, chat, message, changes, dropped)


@method
def edit_message_reply_markup(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    return _edited(world, call, chat, message, {}, ())


def _deletable(world: World, chat: Chat, message_id: object) -> int:
    message = world.message(chat, message_id, "message to delete not found")
    if "forum_topic_created" in message:
        raise bad_request("message can't be deleted")
    if world.now() - message["date"] >= DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    return int(message["message_id"])


@method
def delete_message(world: World, call: Call) -> bool:
    chat = world.chat(call.values.get("chat_id"))
    world.delete(chat, _deletable(world, chat, call.values.get("message_id")))
    return True


@method
def delete_messages(world: World, call: Call) -> bool:
    chat = world.chat(call.values.get("chat_id"))
    there = [message_id for message_id in dict.fromkeys(call.message_ids()) if message_id in chat.messages]
    for message_id in [_deletable(world, chat, message_id) for message_id in there]:
        world.delete(chat, message_id)
    return True


@method
def answer_callback_query(world: World, call: Call) -> bool:
    query_id = call.text("callback_query_id")
    asked_at, _ = world.callbacks.get(query_id, (0.0, {}))
    if not asked_at or world.clock.timestamp() - asked_at > CALLBACK_ANSWERABLE_SECONDS or query_id in world.answers:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if markup.utf16_length(call.text("text")) > MAX_CALLBACK_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    world.answers[query_id] = {"text": call.text("text"), "show_alert": call.flag("show_alert")}
    return True
