"""HTML of the Bot API → plain text and message entities, with Telegram's own errors.

Offsets and lengths of entities are in UTF-16 code units, byte offsets in errors in UTF-8,
as Telegram's server counts them. Source: Bot API, « HTML style », and the messages of its server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.simulator.refusals import ApiRefusal, bad_request

_TYPES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "tg-spoiler": "spoiler", "blockquote": "blockquote", "a": "text_link", "span": "spoiler",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_CHARACTER = re.compile(r"&(#x[0-9a-fA-F]+|#[0-9]+|[a-z]+);?")
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")


def utf16_length(text: str) -> int:
    """Return how long Telegram counts `text`: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class _Open:
    tag: str
    offset: int
    attributes: dict[str, str]


class _Parser:
    def __init__(self, html: str) -> None:
        self.html = html
        self.text: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[dict[str, Any]] = []

    def parse(self) -> tuple[str, list[dict[str, Any]]]:
        position = 0
        while position < len(self.html):
            character = self.html[position]
            if character == "<":
                position = self._tag(position)
            elif character == "&" and (match := _CHARACTER.match(self.html, position)):
                self._put(_decoded(match))
                position = match.end()
            else:
                self._put(character)
                position += 1
        if self.open:
            raise _refused(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return _trimmed("".join(self.text), self.entities)

    def _put(self, text: str) -> None:
        self.text.append(text)
        self.length += utf16_length(text)

    def _tag(self, start: int) -> int:
        end = self.html.find(">", start)
        at = f"at byte offset {len(self.html[:start].encode('utf-8', 'surrogatepass'))}"
        if self.html.startswith("</", start):
            if end < 0:
                raise _refused(f"Unclosed end tag {at}")
            self._close(self.html[start + 2 : end].strip().lower(), at)
            return end + 1
        if end < 0:
            raise _refused(f"Unclosed start tag {at}")
        self._start(self.html[start + 1 : end], at)
        return end + 1

    def _start(self, inside: str, at: str) -> None:
        name = re.split(r"[\s/]", inside, maxsplit=1)[0].lower()
        if name not in _TYPES:
            raise _refused(f'Unsupported start tag "{name}" {at}')
        attributes = {found[1].lower(): (found[2] or "").strip("\"'") for found in _ATTRIBUTE.finditer(inside[len(name) :])}
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _refused(f'Tag "span" must have class "tg-spoiler" {at}')
        if name == "tg-time" and not _is_time(attributes):
            raise _refused(f'Invalid attribute of the tag "tg-time" {at}')
        self.open.append(_Open(name, self.length, attributes))

    def _close(self, name: str, at: str) -> None:
        if not self.open:
            raise _refused(f"Unexpected end tag {at}")
        opened = self.open.pop()
        if name and name != opened.tag:
            raise _refused(f'Unmatched end tag {at}, expected "</{opened.tag}>", found "</{name}>"')
        length = self.length - opened.offset
        if length:
            self.entities.append(_entity(opened, length, "".join(self.text)))


def _is_time(attributes: dict[str, str]) -> bool:
    return attributes.get("unix", "").isdigit() and bool(_TIME_FORMAT.fullmatch(attributes.get("format", "")))


def _entity(opened: _Open, length: int, text: str) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": _TYPES[opened.tag], "offset": opened.offset, "length": length}
    if opened.tag == "a":
        entity["url"] = opened.attributes.get("href") or text.encode("utf-16-le")[opened.offset * 2 :].decode("utf-16-le")
    elif opened.tag == "tg-time":
        entity["unix_time"] = int(opened.attributes["unix"])
        entity["date_time_format"] = opened.attributes.get("format", "")
    elif opened.tag == "tg-emoji":
        entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
    elif opened.tag == "blockquote" and "expandable" in opened.attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _decoded(match: re.Match[str]) -> str:
    name = match[1]
    if name.startswith("#"):
        number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
        return chr(number) if 0 < number < 0x110000 else match[0]
    return _NAMED.get(name, match[0])


def _refused(reason: str) -> ApiRefusal:
    return bad_request(f"can't parse entities: {reason}")


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Strip white space at both ends as the server does; entities follow."""
    left = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    whole = utf16_length(text)
    kept = []
    for entity in sorted(entities, key=lambda found: (found["offset"], -found["length"])):
        start = max(0, entity["offset"] - left)
        end = min(whole, entity["offset"] - left + entity["length"])
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, kept


def parse(text: str, parse_mode: str, entities: list[dict[str, Any]] | None) -> tuple[str, list[dict[str, Any]]]:
    """Return the plain text and its entities, as a client will receive them.

    Raises ApiRefusal (400) with the server's text for markup it cannot read.
    """
    if not parse_mode:
        return _trimmed(text, entities or [])
    if parse_mode.lower() != "html":
        raise bad_request("unsupported parse_mode")
    return _Parser(text).parse()
