"""OutgoingMessage → Bot API → DeliveryError. The one place that knows how Telegram refuses."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

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
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.errors import Ambiguous, ChatGone, DeliveryError, Moved, NotSent, Rejected, Throttled
from bot.messages import HOME_KEY, Button, CommandMenu, Copied, Key, OutgoingMessage
from bot.transport import wait_of

_GONE = ("chat not found", "user not found", "peer_id_invalid", "have no rights", "not enough rights")
_SENDERS: dict[str, Callable[[Bot], Any]] = {
    "photo": lambda bot: bot.send_photo, "video": lambda bot: bot.send_video, "document": lambda bot: bot.send_document,
    "audio": lambda bot: bot.send_audio, "voice": lambda bot: bot.send_voice,
}  # fmt: skip
_IN_ALBUM: dict[str, Callable[[str], Any]] = {"photo": InputMediaPhoto, "video": InputMediaVideo}
_CHANGEABLE: dict[str, Any] = {
    "photo": InputMediaPhoto, "video": InputMediaVideo, "document": InputMediaDocument, "audio": InputMediaAudio,
}  # fmt: skip
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_HOME_KEYBOARD = ReplyKeyboardMarkup([[HOME_KEY]], resize_keyboard=True, is_persistent=True)


async def send(bot: Bot, chat_id: int, message: OutgoingMessage) -> list[int]:
    """Send a message, or change the one it takes the place of; returns the ids of what was sent.

    Raises a DeliveryError.
    """
    if message.edits:
        await edit(bot, chat_id, message.edits, message)
        return []
    with _translated():
        if message.copied:
            return await _copy(bot, chat_id, message.copied, message)
        ahead = await _send_ahead(bot, chat_id, message) if message.before else []
        sent = await _send_new(bot, chat_id, message)
        return [sent.message_id, *ahead]


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


async def _send_new(bot: Bot, chat_id: int, message: OutgoingMessage) -> Message:
    common = _common(message)
    if message.media:
        kind, file_id = message.media
        caption = message.text or None
        sent: Message = await _SENDERS[kind](bot)(chat_id, file_id, caption=caption, parse_mode=ParseMode.HTML, **common)
        return sent
    if message.voice:
        return await bot.send_voice(chat_id, message.voice, caption=message.text or None, parse_mode=ParseMode.HTML, **common)
    if message.picture:
        return await bot.send_photo(chat_id, message.picture, caption=message.text or None, parse_mode=ParseMode.HTML, **common)
    if message.document:
        return await bot.send_document(
            chat_id, message.document.content, filename=message.document.name, caption=message.text or None,
            parse_mode=ParseMode.HTML, **common,
        )  # fmt: skip
    return await bot.send_message(chat_id, message.text, parse_mode=ParseMode.HTML, link_preview_options=_NO_PREVIEW, **common)


async def _send_ahead(bot: Bot, chat_id: int, message: OutgoingMessage) -> list[int]:
    """Send the files that go ahead of a message, neighbours that can be an album as one; returns their ids."""
    manner: dict[str, Any] = {
        "protect_content": message.is_protected, "disable_notification": True, "message_thread_id": message.thread_id,
    }  # fmt: skip
    found: list[int] = []
    for is_album, files in groupby(message.before, lambda one: one[0] in _IN_ALBUM):
        together = list(files)
        if is_album and len(together) > 1:
            album = await bot.send_media_group(chat_id, [_IN_ALBUM[kind](file_id) for kind, file_id in together], **manner)
            found += [one.message_id for one in album]
        else:
            for kind, file_id in together:
                one = await _SENDERS[kind](bot)(chat_id, file_id, **manner)
                found.append(one.message_id)
    return found


async def _copy(bot: Bot, chat_id: int, copied: Copied, message: OutgoingMessage) -> list[int]:
    """Copy one message with our buttons under it, or several, which then bear none."""
    if len(copied.message_ids) == 1:
        one = await bot.copy_message(chat_id, copied.chat_id, copied.message_ids[0], **_common(message))
        return [one.message_id]
    several = await bot.copy_messages(
        chat_id, copied.chat_id, copied.message_ids, disable_notification=message.is_silent,
        protect_content=message.is_protected, message_thread_id=message.thread_id,
    )  # fmt: skip
    return [one.message_id for one in several]


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
            if "not modified" not in error.message.lower():
                raise


async def _edit(bot: Bot, chat_id: int, message_id: int, message: OutgoingMessage) -> None:
    if message.media is None:
        await bot.edit_message_text(
            message.text, chat_id, message_id, parse_mode=ParseMode.HTML, link_preview_options=_NO_PREVIEW,
            reply_markup=_keyboard(message),
        )  # fmt: skip
    elif message.media[0] in _CHANGEABLE:
        media = _CHANGEABLE[message.media[0]](message.media[1], caption=message.text or None, parse_mode=ParseMode.HTML)
        await bot.edit_message_media(media, chat_id, message_id, reply_markup=_keyboard(message))
    else:
        await bot.edit_message_caption(
            chat_id, message_id, caption=message.text or None, parse_mode=ParseMode.HTML, reply_markup=_keyboard(message)
        )


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


async def take_back(bot: Bot, chat_id: int, message_ids: Sequence[int]) -> None:
    """Take messages of ours out of a chat, as far as Telegram still allows; raises a DeliveryError."""
    with _translated(), contextlib.suppress(BadRequest):
        await bot.delete_messages(chat_id, message_ids)


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
