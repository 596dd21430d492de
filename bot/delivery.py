"""OutgoingMessage → Bot API → DeliveryError. The one place that knows how Telegram refuses."""

from __future__ import annotations

import contextlib
import dataclasses
import html
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any, cast

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    KeyboardButton,
    KeyboardButtonRequestUsers,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyParameters,
    TelegramObject,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import RequestData

from bot.errors import Ambiguous, ChatGone, DeliveryError, Moved, NotSent, Rejected, Throttled
from bot.messages import HOME_KEY, Button, CommandMenu, Document, Key, OutgoingMessage, TakeBack
from bot.transport import Encoded, wait_of

_GONE = ("chat not found", "user not found", "peer_id_invalid", "have no rights", "not enough rights")
_METHODS = {"photo": "sendPhoto", "video": "sendVideo", "document": "sendDocument", "audio": "sendAudio", "voice": "sendVoice"}
_ALBUM_OF = {"photo": "seen", "video": "seen", "document": "read", "audio": "heard"}  # what Telegram lets stand in one album
_INPUT_MEDIA: dict[str, Any] = {
    "photo": InputMediaPhoto, "video": InputMediaVideo, "document": InputMediaDocument, "audio": InputMediaAudio,
}  # fmt: skip
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_HOME_KEYBOARD = ReplyKeyboardMarkup([[HOME_KEY]], resize_keyboard=True, is_persistent=True)


async def send(bot: Bot, chat_id: int, message: OutgoingMessage) -> list[int]:
    """Send a message, or change the one it takes the place of; returns the ids of what was sent.

    Raises a DeliveryError. Markup that Telegram cannot read is sent once more as plain text.
    """
    if message.edits:
        await edit(bot, chat_id, message.edits, message)
        return []
    sent = await _send(bot, chat_id, message)
    if message.is_pinned and sent:
        # A card that is not pinned is a card all the same.
        with contextlib.suppress(DeliveryError), _translated():
            await bot.pin_chat_message(chat_id, sent[0], disable_notification=True)
    return sent


async def _send(bot: Bot, chat_id: int, message: OutgoingMessage) -> list[int]:
    with _translated():
        ahead = await _send_ahead(bot, chat_id, message) if message.before or message.place else []
        try:
            return [*await _send_new(bot, chat_id, message), *ahead]
        except BadRequest as error:
            if not _is_unreadable(error):
                raise
            return [*await _send_new(bot, chat_id, _without_markup(message)), *ahead]


async def _send_new(bot: Bot, chat_id: int, message: OutgoingMessage) -> list[int]:
    if message.picture or message.document:
        sent = await _upload(bot, chat_id, message)
        return [sent.message_id]
    method, rest = _encoded(message)
    return _ids(await _call(bot, method, b'{"chat_id":%d,%b' % (chat_id, rest)))


async def _call(bot: Bot, method: str, body: bytes) -> Any:
    """Make a call whose parameters are JSON already, and return its result as it came: no objects are built."""
    return await bot.request.post(f"{bot.base_url}/{method}", cast(RequestData, Encoded(body)))


def _ids(result: Any) -> list[int]:
    """Return the ids of what was sent; none when Telegram does not tell them."""
    several = result if isinstance(result, list) else [result]
    return [one["message_id"] for one in several if isinstance(one, dict) and isinstance(one.get("message_id"), int)]


@lru_cache(maxsize=64)
def _encoded(message: OutgoingMessage) -> tuple[str, bytes]:
    """Return the method that sends a message, and its parameters but for the chat: made once for a crowd."""
    fields: dict[str, Any] = {
        "protect_content": message.is_protected, "disable_notification": message.is_silent,
        "message_thread_id": message.thread_id,
    }  # fmt: skip
    copied = message.copied
    if copied and len(copied.message_ids) > 1:  # they bear no buttons and quote nothing
        fields |= {"from_chat_id": copied.chat_id, "message_ids": list(copied.message_ids)}
        return "copyMessages", _json(fields)
    common = _common(message)
    fields |= {name: value.to_dict() for name, value in common.items() if isinstance(value, TelegramObject)}
    if copied:
        return "copyMessage", _json(fields | {"from_chat_id": copied.chat_id, "message_id": copied.message_ids[0]})
    parse_mode = None if message.is_plain else ParseMode.HTML
    if message.media:
        kind, file_id = message.media
        return _METHODS[kind], _json(fields | {kind: file_id, "caption": message.text, "parse_mode": parse_mode})
    if message.voice:
        return "sendVoice", _json(fields | {"voice": message.voice, "caption": message.text, "parse_mode": parse_mode})
    previews = {"link_preview_options": _NO_PREVIEW.to_dict()}
    return "sendMessage", _json(fields | {"text": message.text, "parse_mode": parse_mode} | previews)


def _json(fields: dict[str, Any]) -> bytes:
    """Return the inside of a JSON object, without what is empty or off."""
    told = {name: value for name, value in fields.items() if value not in (None, False, "")}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")[1:]


def _is_unreadable(error: BadRequest) -> bool:
    return "can't parse entities" in error.message.lower()


def _without_markup(message: OutgoingMessage) -> OutgoingMessage:
    text = html.unescape(_TAG.sub("", message.text))
    return dataclasses.replace(message, text=text, is_plain=True)


def _common(message: OutgoingMessage) -> dict[str, Any]:
    quote = ReplyParameters(message.quotes, allow_sending_without_reply=True) if message.quotes else None
    return {
        "reply_parameters": quote, "reply_markup": _markup(message),
        "protect_content": message.is_protected, "disable_notification": message.is_silent,
        "message_thread_id": message.thread_id,
    }  # fmt: skip


def _markup(message: OutgoingMessage) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if message.has_home_key:
        return _HOME_KEYBOARD
    if message.keys:
        return ReplyKeyboardMarkup([[_key(key)] for key in message.keys] + [[HOME_KEY]], resize_keyboard=True)
    return _keyboard(message)


def _key(key: Key) -> KeyboardButton:
    if key.asks_for_people:
        people = KeyboardButtonRequestUsers(key.asks_for_people, user_is_bot=False, request_name=True)
        return KeyboardButton(key.label, request_users=people)
    return KeyboardButton(key.label, request_contact=key.asks_for_phone or None)


async def _send_ahead(bot: Bot, chat_id: int, message: OutgoingMessage) -> list[int]:
    """Send what goes ahead of a message: the map, then files, neighbours that can be an album as one; returns their ids."""
    found: list[int] = []
    if message.place:
        there = message.place
        shown = await bot.send_venue(
            chat_id, there.latitude, there.longitude, there.name, there.address, disable_notification=True,
            protect_content=message.is_protected, message_thread_id=message.thread_id,
        )  # fmt: skip
        found.append(shown.message_id)
    for album_of, files in groupby(message.before, lambda one: _ALBUM_OF.get(one[0])):
        together = list(files)
        if album_of and len(together) > 1:
            album = await bot.send_media_group(
                chat_id, [_INPUT_MEDIA[kind](file_id) for kind, file_id in together], disable_notification=True,
                protect_content=message.is_protected, message_thread_id=message.thread_id,
            )  # fmt: skip
            found += [one.message_id for one in album]
        else:
            for file in together:
                alone = OutgoingMessage(
                    media=file, is_silent=True, is_protected=message.is_protected, thread_id=message.thread_id
                )
                found += await _send_new(bot, chat_id, alone)
    return found


async def _upload(bot: Bot, chat_id: int, message: OutgoingMessage) -> Message:
    facts: dict[str, Any] = {"caption": message.text or None, "parse_mode": None if message.is_plain else ParseMode.HTML}
    facts |= _common(message)
    if message.picture:
        return await bot.send_photo(chat_id, message.picture, **facts)
    document = message.document or Document("", b"")
    return await bot.send_document(chat_id, document.content, filename=document.name, **facts)


async def open_topic(bot: Bot, chat_id: int, name: str) -> int:
    """Open a topic in a group that has them and return its thread id; raises a DeliveryError."""
    with _translated():
        topic = await bot.create_forum_topic(chat_id, name[:128])
        return topic.message_thread_id


async def edit(bot: Bot, chat_id: int, message_id: int, message: OutgoingMessage) -> None:
    """Change a message in place; raises a DeliveryError, Rejected when it can be changed no more."""
    with _translated():
        try:
            await _edit(bot, chat_id, message_id, message)
        except BadRequest as error:
            if _is_unreadable(error):
                await _edit(bot, chat_id, message_id, _without_markup(message))
            elif "not modified" not in error.message.lower():
                raise


async def _edit(bot: Bot, chat_id: int, message_id: int, message: OutgoingMessage) -> None:
    parse_mode = None if message.is_plain else ParseMode.HTML
    if message.media is None:
        await _edit_words(bot, chat_id, message_id, message)
    elif message.media[0] in _INPUT_MEDIA:
        media = _INPUT_MEDIA[message.media[0]](message.media[1], caption=message.text or None, parse_mode=parse_mode)
        await bot.edit_message_media(media, chat_id, message_id, reply_markup=_keyboard(message))
    else:
        await bot.edit_message_caption(
            chat_id, message_id, caption=message.text or None, parse_mode=parse_mode, reply_markup=_keyboard(message)
        )


async def _edit_words(bot: Bot, chat_id: int, message_id: int, message: OutgoingMessage) -> None:
    """Change what a message says: its text, or what stands below its picture, which Telegram alone remembers."""
    said: dict[str, Any] = {
        "parse_mode": None if message.is_plain else ParseMode.HTML, "reply_markup": _keyboard(message),
    }  # fmt: skip
    try:
        await bot.edit_message_text(message.text, chat_id, message_id, link_preview_options=_NO_PREVIEW, **said)
    except BadRequest as error:
        if "no text in the message" not in error.message.lower():
            raise
        await bot.edit_message_caption(chat_id, message_id, caption=message.text or None, **said)


async def answer_press(bot: Bot, query_id: str, text: str = "") -> None:
    """Let a pressed button rest; one that is too old needs no answer."""
    with contextlib.suppress(DeliveryError), _translated():
        await bot.answer_callback_query(query_id, text=text[:200] or None)


async def list_commands(bot: Bot, chat_id: int, menu: CommandMenu) -> None:
    """Describe the commands to one person, in their language; raises a DeliveryError."""
    with _translated():
        commands = [BotCommand(name, description) for name, description in menu.commands]
        await bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id))


async def leave(bot: Bot, chat_id: int) -> None:
    """Leave a group or channel; raises a DeliveryError."""
    with _translated():
        await bot.leave_chat(chat_id)


async def take_back(bot: Bot, chat_id: int, taken: TakeBack) -> None:
    """Take messages of ours out of a chat, or let each say that it was taken back; raises a DeliveryError."""
    if not taken.says:
        with _translated(), contextlib.suppress(BadRequest):
            await bot.delete_messages(chat_id, taken.message_ids)
        return
    first, *others = taken.message_ids
    for message_id in others:  # pictures of an album, a voice: they stay, but not without a word
        with contextlib.suppress(Rejected):
            await edit(bot, chat_id, message_id, OutgoingMessage(taken.says))
    await edit(bot, chat_id, first, OutgoingMessage(taken.says))


def _keyboard(message: OutgoingMessage) -> InlineKeyboardMarkup | None:
    rows = [[_button(button) for button in row] for row in message.buttons if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url)
    if button.copies:
        return InlineKeyboardButton(button.label, copy_text=CopyTextButton(button.copies))
    return InlineKeyboardButton(button.label, callback_data=button.data, style=button.style)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn the library's errors into ours, by what they mean for the message."""
    try:
        yield
    except ChatMigrated as error:
        raise Moved(error.new_chat_id) from None
    except RetryAfter as error:
        raise Throttled(int(wait_of(error))) from None
    except Forbidden as error:
        raise ChatGone(error.message) from None
    except BadRequest as error:
        gone = any(words in error.message.lower() for words in _GONE)
        raise (ChatGone if gone else Rejected)(error.message) from None
    except TimedOut as error:
        raise Ambiguous(error.message) from None
    except (NetworkError, InvalidToken) as error:
        raise NotSent(type(error).__name__) from None
    except TelegramError as error:
        raise Ambiguous(error.message) from None
