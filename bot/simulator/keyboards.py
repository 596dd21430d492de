"""Keyboards under messages: what Telegram accepts and refuses."""

from __future__ import annotations

import re
from typing import Any

from bot.simulator.refusals import bad_request

_ACTIONS = ("url", "callback_data", "copy_text", "web_app", "login_url", "switch_inline_query",
            "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game", "pay")  # fmt: skip
_STYLES = ("primary", "success", "danger")
_URL = re.compile(r"(https?://|tg://|ton://)?[^\s]+\.[^\s]+|tg://[^\s]+")
MAX_CALLBACK_DATA_BYTES = 64
MAX_COPIED_CHARACTERS = 256


def checked(markup: Any) -> dict[str, Any] | None:
    """Return the keyboard as a client gets it; raises the official refusal for a wrong one."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], "inline_keyboard", "inline keyboard")
        return {"inline_keyboard": [[_inline_button(button) for button in row] for row in rows if row]}
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], "keyboard", "keyboard")
        return {**markup, "keyboard": [[_text_button(button) for button in row] for row in rows]}
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
    return {**button, "text": label}


def _check_style(button: dict[str, Any]) -> None:
    if button.get("style") not in (None, *_STYLES):
        raise bad_request("can't parse button style: invalid button style specified")
