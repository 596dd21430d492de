"""Which methods there are, by name."""

from __future__ import annotations

import json
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


def dumped(result: Any) -> str:
    """Return the JSON body of a success."""
    return json.dumps({"ok": True, "result": result}, ensure_ascii=False)
