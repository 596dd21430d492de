"""Keyboards under messages: what Telegram accepts and refuses."""

from __future__ import annotations

import re
from typing import Any

from bot.simulator.refusals import ApiRefusal, bad_request

_ACTIONS = ("url", "callback_data", "copy_text", "web_app", "login_url", "switch_inline_query",
            "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game", "pay")  # fmt: skip
_STYLES = ("primary", "success", "danger")
_URL = re.compile(r"(https?://|tg://|ton://)?[^\s]+\.[^\s]+|tg://[^\s]+")
MAX_CALLBACK_DATA_BYTES = 64
MAX_COPIED_CHARACTERS = 256


# What only a reply keyboard of a private chat may ask of the person, and how it is refused elsewhere.
_REQUESTS = {
    "request_contact": "phone number can be requested", "request_location": "location can be requested",
    "request_users": "users can be requested", "request_chat": "chats can be requested",
}  # fmt: skip
MAX_SHARED_USERS = 10


def checked(markup: Any, chat_kind: str = "private") -> dict[str, Any] | None:
    """Return the keyboard as a client gets it in such a chat; raises the official refusal for a wrong one."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], "inline_keyboard", "inline keyboard")
        return {"inline_keyboard": [[_inline_button(button) for button in row] for row in rows if row]}
    if markup and chat_kind == "channel":
        raise bad_request("inline keyboard expected")
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], "keyboard", "keyboard")
        keyboard = [[_text_button(button) for button in row] for row in rows]
        _check_private([button for row in keyboard for button in row], chat_kind)
        return {**markup, "keyboard": keyboard}
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return markup
    if markup:
        raise bad_request("can't parse reply keyboard markup JSON object")
    return None


def _rows(rows: Any, field: str, name: str) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise bad_request(f'field "{field}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f"can't parse {name} button: {name} row must be an Array")
    return rows


def _label(button: Any, name: str) -> str:
    label = button.get("text") if isinstance(button, dict) else None
    if not isinstance(label, str):
        raise bad_request(f"can't parse {name} button: Can't find field \"text\"")
    if not label.strip():
        raise bad_request(
            "inline keyboard button text must be non-empty" if "inline" in name else "keyboard button text must be non-empty"
        )
    return label


def _inline_button(button: Any) -> dict[str, Any]:
    label = _label(button, "inline keyboard")
    actions = [name for name in _ACTIONS if name in button]
    if len(actions) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    _check_style(button)
    if actions[0] == "callback_data":
        size = len(str(button["callback_data"]).encode("utf-8", "surrogatepass"))
        if not 1 <= size <= MAX_CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    elif actions[0] == "url" and not _URL.fullmatch(str(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    elif actions[0] == "copy_text" and not 1 <= len(str(button["copy_text"].get("text", ""))) <= MAX_COPIED_CHARACTERS:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return {**button, "text": label}


def _text_button(button: Any) -> dict[str, Any]:
    button = {"text": button} if isinstance(button, str) else button
    label = _label(button, "keyboard")
    _check_style(button)
    return {**button, "text": label, **_request(button)}


def _request(button: dict[str, Any]) -> dict[str, Any]:
    """Return what the button asks for, its numbers read; raises the official refusal."""
    for name in ("request_users", "request_chat"):
        if name in button:
            asked = button[name]
            if not isinstance(asked, dict):
                raise _unreadable(f'Field "{name}" must be of type Object')
            return {name: _users(asked) if name == "request_users" else _chat(asked)}
    return {}


def _users(asked: dict[str, Any]) -> dict[str, Any]:
    for name in ("user_is_bot", "user_is_premium", "request_name", "request_username", "request_photo"):
        _check_flag(asked, name)
    quantity = _whole(asked, "max_quantity", 1)
    if not 1 <= quantity <= MAX_SHARED_USERS:  # Telegram documents the bounds, not the words of the refusal.
        raise bad_request("BUTTON_USER_QUANTITY_INVALID")
    return {**asked, "request_id": _whole(asked, "request_id"), "max_quantity": quantity}


def _chat(asked: dict[str, Any]) -> dict[str, Any]:
    request_id = _whole(asked, "request_id")
    if "chat_is_channel" not in asked:
        raise _unreadable('Can\'t find field "chat_is_channel"')
    _check_flag(asked, "chat_is_channel")
    return {**asked, "request_id": request_id}


def _whole(fields: dict[str, Any], name: str, default: int | None = None) -> int:
    value = fields.get(name, default)
    if value is None:
        raise _unreadable(f'Can\'t find field "{name}"')
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _unreadable(f'Field "{name}" must be of type Number')
    if not re.fullmatch(r"-?[0-9]+", str(value)) or not -(2**31) <= int(value) < 2**31:
        raise _unreadable(f'Can\'t parse "{value}" as an integer')
    return int(value)


def _check_flag(fields: dict[str, Any], name: str) -> None:
    if name in fields and not isinstance(fields[name], bool):
        raise _unreadable(f'Field "{name}" must be of type Boolean')


def _unreadable(reason: str) -> ApiRefusal:
    return bad_request(f"can't parse keyboard button: {reason}")


def _check_private(buttons: list[dict[str, Any]], chat_kind: str) -> None:
    for button in buttons if chat_kind != "private" else ():
        for name, refused in _REQUESTS.items():
            if button.get(name):
                raise bad_request(f"{refused} in private chats only")


def _check_style(button: dict[str, Any]) -> None:
    if button.get("style") not in (None, *_STYLES):
        raise bad_request("can't parse button style: invalid button style specified")
