"""Where the links of a text really lead: what a reader cannot see is shown to whoever sends it. Source: FAULTS, G12."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_MARKUP = re.compile(r"<[^>]+>")
_ADDRESS = re.compile(r"(?:(?i:[a-z][a-z0-9+.-]*://|www\.))[^\s<>\"«»]+|(?<![\w@.])(?:[\w-]+\.)+[a-z]{2,12}(?![\w@])(?:/[^\s<>\"«»]*)?")
_WEB = ("http", "https")


@dataclass(frozen=True)
class Link:
    """A link: the words it stands under ("" when they are the address itself) and where it leads."""

    words: str
    target: str

    @property
    def host(self) -> str:
        """Return the server it leads to, in lower case; "" when it opens something in Telegram."""
        return _host(self.target)

    @property
    def is_tricky(self) -> bool:
        """Tell whether it leads elsewhere than it looks: other words, letters of another script, or not to the web."""
        if _scheme(self.target) not in _WEB or not self.host or "@" in _whole(self.target).split("/")[2]:
            return True
        named = [_host(found.group()) for found in _ADDRESS.finditer(self.words)]
        return _is_disguised(self.host) or any(host != self.host for host in named)


def links_of(markup: str) -> list[Link]:
    """Return the links of a text of ours (HTML as Telegram gives it), in order, each once."""
    hidden = [Link(_plain(words), html.unescape(target)) for target, words in _ANCHOR.findall(markup)]
    shown = [Link("", found.group().rstrip(".,;:!?)")) for found in _ADDRESS.finditer(_plain(_ANCHOR.sub(" ", markup)))]
    return list(dict.fromkeys([*hidden, *shown]))


def _plain(markup: str) -> str:
    return html.unescape(_MARKUP.sub("", markup))


def _whole(address: str) -> str:
    return address if "://" in address else f"https://{address}"


def _scheme(address: str) -> str:
    return _whole(address).partition("://")[0].lower()


def _host(address: str) -> str:
    try:
        return (urlsplit(_whole(address)).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_disguised(host: str) -> bool:
    """Tell whether a server's name holds letters that look like others: punycode, or more than plain Latin."""
    return "xn--" in host or any(not unicodedata.name(char, "").startswith("LATIN") for char in host if char.isalpha())
