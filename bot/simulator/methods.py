"""The methods of the Bot API that the simulator knows, each as strict as Telegram.

A method gets the world and the call and returns its `result`; it raises ApiRefusal with the official text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from bot.simulator import entities as markup
from bot.simulator import keyboards
from bot.simulator.call import Call
from bot.simulator.refusals import ApiRefusal, bad_request
from bot.simulator.world import (
    CALLBACK_ANSWERABLE_SECONDS,
    DELETABLE_SECONDS,
    Chat,
    Json,
    StoredFile,
    Webhook,
    World,
)

Method = Callable[[World, Call], Any]
METHODS: dict[str, Method] = {}
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_ANSWER = 200
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


def method(function: Method) -> Method:
    """Make a function answer under its own name; names of methods do not mind case."""
    METHODS[function.__name__.replace("_", "")] = function
    return function


# ---- messages
def _text_of(call: Call, name: str, limit: int, too_long: str, entities: str = "entities") -> tuple[str, list[Json]]:
    given = call.structure(entities, "entities")
    text, found = markup.parse(call.text(name), call.text("parse_mode"), given)
    if markup.utf16_length(text) > limit:
        raise bad_request(too_long)
    return text, found


def _common(world: World, call: Call, chat: Chat) -> Json:
    content: Json = {}
    reply_markup = keyboards.checked(call.structure("reply_markup", "reply keyboard markup"))
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
    if call.flag("protect_content"):
        content["has_protected_content"] = True
    return content


def _sent(world: World, call: Call, build: Callable[[Chat], Json]) -> Json:
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
    return world.new_message(chat, {**content, **common}, sender=_bot_user(world))


def _bot_user(world: World) -> Json:
    return {key: world.bot[key] for key in ("id", "is_bot", "first_name", "username")}


@method
def send_message(world: World, call: Call) -> Json:
    def build(chat: Chat) -> Json:
        text, found = _text_of(call, "text", MAX_TEXT, "message is too long")
        if not text:
            raise bad_request("message text is empty")
        content: Json = {"text": text, **({"entities": found} if found else {})}
        if preview := call.structure("link_preview_options", "link preview options"):
            content["link_preview_options"] = preview
        return content

    return _sent(world, call, build)


def _caption(call: Call) -> Json:
    text, found = _text_of(call, "caption", MAX_CAPTION, "message caption is too long", "caption_entities")
    if not text:
        return {}
    return {"caption": text, **({"caption_entities": found} if found else {})}


def _file(world: World, call: Call, kind: str, given: Any = None, part: str | None = None) -> StoredFile:
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
        return world.store_file(kind, upload.content, upload.file_name, upload.mime_type)
    if not given:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    stored = world.files.get(str(given))
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind and kind != "document":
        raise bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
    return stored


def media_json(stored: StoredFile, call: Call | None = None) -> Any:
    """Return the message field that describes a stored file."""
    described: Json = {
        "file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": len(stored.content),
    }  # fmt: skip
    if stored.kind == "photo":
        return [{**described, "width": 800, "height": 600}]
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
            caption = _caption(call)
            stored = _file(world, call, kind)
            return {stored.kind: media_json(stored, call), **caption}

        return _sent(world, call, build)

    return send


for _kind in ("photo", "voice", "audio", "document", "video"):
    METHODS[f"send{_kind}"] = _send_media(_kind)


@method
def send_media_group(world: World, call: Call) -> list[Json]:
    media = call.structure("media", "media") or []
    if not isinstance(media, list) or not 2 <= len(media) <= 10:
        raise bad_request("wrong number of media in the album" if media else "there is no media in the request")
    album = str(world.now()) + str(len(world.calls))
    sent = []
    for item in media:
        single = Call("sendMediaGroup", {**call.values, **item}, call.uploads)

        def build(chat: Chat, item: Json = item, single: Call = single) -> Json:
            stored = _file(world, single, str(item.get("type")), item.get("media"))
            return {stored.kind: media_json(stored), **_caption(single), "media_group_id": album}

        sent.append(_sent(world, single, build))
    return sent


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
    return _sent(world, call, lambda chat: {"location": _coordinates(call)})


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

    return _sent(world, call, build)


@method
def send_contact(world: World, call: Call) -> Json:
    def build(chat: Chat) -> Json:
        if not call.text("phone_number"):
            raise bad_request("phone number must be non-empty")
        if not call.text("first_name"):
            raise bad_request("first name must be non-empty")
        return {"contact": {"phone_number": call.text("phone_number"), "first_name": call.text("first_name")}}

    return _sent(world, call, build)


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

    return _sent(world, call, build)


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


_COPIED = ("text", "entities", "photo", "voice", "audio", "document", "video", "caption", "caption_entities", "location",
           "venue", "contact", "poll", "sticker", "media_group_id")  # fmt: skip


@method
def copy_message(world: World, call: Call) -> Json:
    source = world.chat(call.values.get("from_chat_id"))
    original = world.message(source, call.values.get("message_id"), "message to copy not found")
    if not any(name in original for name in _COPIED):
        raise bad_request("message can't be copied")
    copied = {name: original[name] for name in _COPIED if name in original}
    if "caption" in call.values:
        copied |= {"caption": "", **_caption(call)}
    message = _sent(world, call, lambda chat: copied)
    return {"message_id": message["message_id"]}


@method
def forward_message(world: World, call: Call) -> Json:
    source = world.chat(call.values.get("from_chat_id"))
    original = world.message(source, call.values.get("message_id"), "message to forward not found")
    if original.get("has_protected_content"):
        raise bad_request("message can't be forwarded")
    copied = {name: original[name] for name in _COPIED if name in original}
    origin = {"type": "user", "date": original["date"], "sender_user": original["from"]}
    return _sent(world, call, lambda chat: {**copied, "forward_origin": origin})


# ---- changes
def _editable(world: World, call: Call) -> tuple[Chat, Json]:
    chat = world.writable(call.values.get("chat_id"))
    if not call.values.get("message_id"):
        raise bad_request("message identifier is not specified")
    message = world.message(chat, call.values.get("message_id"), "message to edit not found")
    if message["from"]["id"] != world.bot["id"]:
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
    text, found = _text_of(call, "text", MAX_TEXT, "MESSAGE_TOO_LONG")
    if not text:
        raise bad_request("message text is empty")
    changes = {"text": text, **({"entities": found} if found else {})}
    return _edited(world, call, chat, message, changes, ("text", "entities"))


@method
def edit_message_caption(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    if not any(kind in message for kind in ("photo", "voice", "audio", "document", "video")):
        raise bad_request("there is no caption in the message to edit")
    return _edited(world, call, chat, message, _caption(call), ("caption", "caption_entities"))


@method
def edit_message_media(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    media = call.structure("media", "input media") or {}
    stored = _file(world, call, str(media.get("type")), media.get("media"))
    captioned = Call(call.method, media)
    changes = {stored.kind: media_json(stored), **_caption(captioned)}
    dropped = ("photo", "voice", "audio", "document", "video", "caption", "caption_entities", "text", "entities")
    return _edited(world, call, chat, message, changes, dropped)


@method
def edit_message_reply_markup(world: World, call: Call) -> Json:
    chat, message = _editable(world, call)
    return _edited(world, call, chat, message, {}, ())


def _delete(world: World, chat: Chat, message_id: object) -> None:
    message = world.message(chat, message_id, "message to delete not found")
    if world.now() - message["date"] >= DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    del chat.messages[message["message_id"]]
    chat.pinned = [pinned for pinned in chat.pinned if pinned != message["message_id"]]
    world.tell(chat.id)


@method
def delete_message(world: World, call: Call) -> bool:
    _delete(world, world.chat(call.values.get("chat_id")), call.values.get("message_id"))
    return True


@method
def delete_messages(world: World, call: Call) -> bool:
    chat = world.chat(call.values.get("chat_id"))
    ids = call.structure("message_ids", "message identifiers") or []
    if not 1 <= len(ids) <= 100:
        raise bad_request("there are no messages to delete" if not ids else "too many messages to delete")
    for message_id in ids:
        if int(message_id) in chat.messages:
            _delete(world, chat, message_id)
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


# ---- chats
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
        return {"user": _bot_user(world), "status": "member" if chat.bot_is_member else "left"}
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
    chat.bot_is_member = False
    world.tell(chat.id)
    return True


# ---- the bot about itself
@method
def get_me(world: World, call: Call) -> Json:
    return world.bot


def _scope(world: World, call: Call) -> tuple[str, str]:
    scope = call.structure("scope", "bot command scope") or {"type": "default"}
    kind = scope.get("type")
    language = call.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        return kind, language
    if kind in ("chat", "chat_administrators", "chat_member"):
        chat = world.chat(scope.get("chat_id"))
        return f"{kind}:{chat.id}", language
    raise bad_request("can't parse BotCommandScope: unsupported type specified")


@method
def set_my_commands(world: World, call: Call) -> bool:
    scope = _scope(world, call)
    commands = call.structure("commands", "list of bot commands") or []
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= markup.utf16_length(str(command.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[scope] = commands
    return True


@method
def get_my_commands(world: World, call: Call) -> list[Json]:
    return world.commands.get(_scope(world, call), [])


@method
def delete_my_commands(world: World, call: Call) -> bool:
    world.commands.pop(_scope(world, call), None)
    return True


def _own_text(name: str, limit: int, refusal: str) -> None:
    camel = "".join(part.capitalize() for part in name.split("_"))

    def set_text(world: World, call: Call) -> bool:
        if markup.utf16_length(call.text(name)) > limit:
            raise bad_request(refusal)
        world.texts[name, call.text("language_code")] = call.text(name)
        return True

    def get_text(world: World, call: Call) -> Json:
        found = world.texts.get((name, call.text("language_code"))) or world.texts.get((name, ""), "")
        return {name: found}

    METHODS[f"setmy{camel}".lower()] = set_text
    METHODS[f"getmy{camel}".lower()] = get_text


_own_text("name", 64, "BOT_TITLE_INVALID")
_own_text("description", 512, "BOT_DESCRIPTION_TOO_LONG")
_own_text("short_description", 120, "BOT_SHORT_DESCRIPTION_TOO_LONG")


@method
def get_file(world: World, call: Call) -> Json:
    stored = world.files.get(call.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": len(stored.content),
        "file_path": f"{stored.kind}/{stored.file_id}",
    }  # fmt: skip


# ---- updates
@method
def set_webhook(world: World, call: Call) -> bool:
    url = call.text("url")
    if not url:
        world.webhook = None
        return True
    local = re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url)
    if not url.startswith("https://") and not local:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(call.text("secret_token")):
        raise bad_request("secret token contains unallowed characters")
    allowed = call.structure("allowed_updates", "allowed updates")
    world.webhook = Webhook(url, call.text("secret_token"), allowed)
    world.arrived.set()
    return True


@method
def delete_webhook(world: World, call: Call) -> bool:
    world.webhook = None
    if call.flag("drop_pending_updates"):
        world.updates.clear()
    return True


@method
def get_webhook_info(world: World, call: Call) -> Json:
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(world.updates)}
    if world.webhook:
        info["url"] = world.webhook.url
        if world.webhook.last_error:
            info |= {"last_error_date": world.now(), "last_error_message": world.webhook.last_error}
    return info


@method
def log_out(world: World, call: Call) -> bool:
    return True


@method
def close(world: World, call: Call) -> bool:
    return True


def known(name: str) -> Method | None:
    """Return a method by its name, whatever its case; None for one Telegram does not know."""
    return METHODS.get(name.lower())


def dumped(result: Any) -> str:
    """Return the JSON body of a success."""
    return json.dumps({"ok": True, "result": result}, ensure_ascii=False)
