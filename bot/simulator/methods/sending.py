"""Messages of every kind, sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.simulator import entities as markup
from bot.simulator import keyboards
from bot.simulator.call import Call
from bot.simulator.methods.registry import METHODS, Method, method
from bot.simulator.refusals import ApiRefusal, bad_request
from bot.simulator.world import Chat, Json, StoredFile, World, in_thread

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PHOTO_SIDES = 10_000  # width and height together
MAX_PHOTO_RATIO = 20


def text_of(call: Call, name: str, limit: int, too_long: str, entities: str = "entities") -> tuple[str, list[Json]]:
    given = call.structure(entities, "entities")
    text, found = markup.parse(call.text(name), call.text("parse_mode"), given)
    if markup.utf16_length(text) > limit:
        raise bad_request(too_long)
    return text, found


def _common(world: World, call: Call, chat: Chat) -> Json:
    content: Json = {}
    reply_markup = keyboards.checked(call.structure("reply_markup", "reply keyboard markup"), chat.kind)
    if reply_markup and "inline_keyboard" in reply_markup:
        content["reply_markup"] = reply_markup
    elif reply_markup and reply_markup.get("remove_keyboard"):
        chat.reply_keyboard = None
    elif reply_markup and "keyboard" in reply_markup:
        chat.reply_keyboard = reply_markup
    reply = call.structure("reply_parameters", "reply parameters") or {}
    replied = reply.get("message_id") or call.integer("reply_to_message_id")
    if replied:
        if int(replied) in chat.messages:
            quoted = chat.messages[int(replied)]
            content["reply_to_message"] = {key: value for key, value in quoted.items() if key != "reply_to_message"}
        elif not (reply.get("allow_sending_without_reply") or call.flag("allow_sending_without_reply")):
            raise bad_request("message to be replied not found")
    return content | manner(call, chat)


def manner(call: Call, chat: Chat) -> Json:
    """Return what a message holds because of where and how it is sent, whatever it says."""
    found: Json = {}
    thread_id = call.integer("message_thread_id")
    if thread_id > 0:
        if thread_id not in chat.topics:
            raise bad_request("message thread not found")
        found["message_thread_id"] = thread_id
    if call.flag("protect_content"):
        found["has_protected_content"] = True
    return found


def sent(world: World, call: Call, build: Callable[[Chat], Json]) -> Json:
    """Send one message: the chat, its content, its limits, in Telegram's order."""
    chat = world.writable(call.values.get("chat_id"))
    content = build(chat)
    keyboard_before = chat.reply_keyboard
    common = _common(world, call, chat)
    try:
        world.flood.take(chat.id)
    except ApiRefusal:
        chat.reply_keyboard = keyboard_before
        raise
    return put(world, call, chat, {**content, **common})


def put(world: World, call: Call, chat: Chat, content: Json) -> Json:
    """Put a message of the bot into a chat; the world remembers whether it came without a sound."""
    message = world.new_message(chat, in_thread(chat, content), sender=world.bot_user())
    if call.flag("disable_notification"):
        world.silent.add((chat.id, message["message_id"]))
    return message


@method
def send_message(world: World, call: Call) -> Json:
    def build(chat: Chat) -> Json:
        text, found = text_of(call, "text", MAX_TEXT, "message is too long")
        if not text:
            raise bad_request("message text is empty")
        content: Json = {"text": text, **({"entities": found} if found else {})}
        if preview := call.structure("link_preview_options", "link preview options"):
            content["link_preview_options"] = preview
        return content

    return sent(world, call, build)


def caption_of(call: Call) -> Json:
    text, found = text_of(call, "caption", MAX_CAPTION, "message caption is too long", "caption_entities")
    if not text:
        return {}
    return {"caption": text, **({"caption_entities": found} if found else {})}


def file_of(world: World, call: Call, kind: str, given: Any = None, part: str | None = None) -> StoredFile:
    """Return the file a call sends: an upload, an `attach://` part, or the id of an earlier one."""
    given = call.values.get(kind) if given is None else given
    part = part or kind
    if isinstance(given, str) and given.startswith("attach://"):
        part, given = given.removeprefix("attach://"), None
        if part not in call.uploads:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
    if given is None and part in call.uploads:
        upload = call.uploads[part]
        if not upload.content:
            raise bad_request("file must be non-empty")
        if kind == "photo" and len(upload.content) > MAX_PHOTO_BYTES:
            raise bad_request("file is too big")
        fresh = world.store_file(kind, upload.content, upload.file_name, upload.mime_type)
        if kind == "photo" and not _fits(fresh.width, fresh.height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return fresh
    if not given:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    stored = world.files.get(str(given))
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind and kind != "document":
        raise bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
    return stored


def _fits(width: int, height: int) -> bool:
    return width + height <= MAX_PHOTO_SIDES and max(width, height) <= MAX_PHOTO_RATIO * min(width, height)


def media_json(stored: StoredFile, call: Call | None = None) -> Any:
    """Return the message field that describes a stored file."""
    described: Json = {
        "file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": len(stored.content),
    }  # fmt: skip
    if stored.kind == "photo":
        return [{**described, "width": stored.width, "height": stored.height}]
    if stored.mime_type:
        described["mime_type"] = stored.mime_type
    if stored.kind in ("document", "audio", "video") and stored.file_name:
        described["file_name"] = stored.file_name
    if stored.kind in ("voice", "audio", "video"):
        described["duration"] = call.integer("duration") if call else 0
    if stored.kind == "video":
        described |= {"width": 640, "height": 360}
    return described


def _send_media(kind: str) -> Method:
    def send(world: World, call: Call) -> Json:
        def build(chat: Chat) -> Json:
            caption = caption_of(call)
            stored = file_of(world, call, kind)
            return {stored.kind: media_json(stored, call), **caption}

        return sent(world, call, build)

    return send


for _kind in ("photo", "voice", "audio", "document", "video"):
    METHODS[f"send{_kind}"] = _send_media(_kind)


@method
def send_media_group(world: World, call: Call) -> list[Json]:
    media = call.structure("media", "media") or []
    if not isinstance(media, list) or not 2 <= len(media) <= 10:
        raise bad_request("wrong number of media in the album" if media else "there is no media in the request")
    album_id = world.new_album()
    album: list[Json] = []
    for item in media:
        single = Call("sendMediaGroup", {**call.values, **item}, call.uploads)

        def build(chat: Chat, item: Json = item, single: Call = single) -> Json:
            stored = file_of(world, single, str(item.get("type")), item.get("media"))
            return {stored.kind: media_json(stored), **caption_of(single), "media_group_id": album_id}

        album.append(sent(world, single, build))
    return album


def _coordinates(call: Call) -> Json:
    latitude, longitude = call.number("latitude"), call.number("longitude")
    if latitude is None:
        raise bad_request("latitude is empty")
    if longitude is None:
        raise bad_request("longitude is empty")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("wrong latitude or longitude specified")
    return {"latitude": latitude, "longitude": longitude}


@method
def send_location(world: World, call: Call) -> Json:
    return sent(world, call, lambda chat: {"location": _coordinates(call)})


@method
def send_venue(world: World, call: Call) -> Json:
    def build(chat: Chat) -> Json:
        location = _coordinates(call)
        if not call.text("title"):
            raise bad_request("venue title must be non-empty")
        if not call.text("address"):
            raise bad_request("venue address must be non-empty")
        venue = {"location": location, "title": call.text("title"), "address": call.text("address")}
        return {"venue": venue, "location": location}

    return sent(world, call, build)


@method
def send_contact(world: World, call: Call) -> Json:
    def build(chat: Chat) -> Json:
        if not call.text("phone_number"):
            raise bad_request("phone number must be non-empty")
        if not call.text("first_name"):
            raise bad_request("first name must be non-empty")
        return {"contact": {"phone_number": call.text("phone_number"), "first_name": call.text("first_name")}}

    return sent(world, call, build)


@method
def send_poll(world: World, call: Call) -> Json:
    def build(chat: Chat) -> Json:
        question = call.text("question")
        options = call.structure("options", "options") or []
        if not question:
            raise bad_request("poll question must be non-empty")
        if markup.utf16_length(question) > 300:
            raise bad_request("poll question length must not exceed 300")
        if not 1 <= len(options) <= 12:
            raise bad_request("poll must have at least 1 option" if not options else "poll can't have more than 12 options")
        texts = [option.get("text", "") if isinstance(option, dict) else str(option) for option in options]
        if not all(1 <= markup.utf16_length(text) <= 100 for text in texts):
            raise bad_request("poll options length must not exceed 100")
        return {
            "poll": {
                "id": str(world.now()), "question": question, "total_voter_count": 0, "is_closed": False,
                "options": [{"text": text, "voter_count": 0} for text in texts], "type": "regular",
                "is_anonymous": True, "allows_multiple_answers": False,
            }
        }  # fmt: skip

    return sent(world, call, build)


_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


@method
def send_chat_action(world: World, call: Call) -> bool:
    chat = world.writable(call.values.get("chat_id"))
    if call.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.actions[chat.id] = call.text("action")
    return True
