"""Which methods there are, by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from bot.simulator.call import Call
from bot.simulator.world import World

Method = Callable[[World, Call], Any]
METHODS: dict[str, Method] = {}


def method(function: Method) -> Method:
    """Make a function answer under its own name; names of methods do not mind case."""
    METHODS[function.__name__.replace("_", "")] = function
    return function


def known(name: str) -> Method | None:
    """Return a method by its name, whatever its case; None for one Telegram does not know."""
    return METHODS.get(name.lower())


_HALF = re.compile("[\ud800-\udfff]")


def dumped(result: Any) -> str:
    """Return the JSON body of a success; half a character, which UTF-8 has not, is written as its number."""
    body = {"ok": True, "result": result}
    text = json.dumps(body, ensure_ascii=False)
    return json.dumps(body) if _HALF.search(text) else text
