"""What the program would write at LOG_LEVEL=DEBUG while a test runs, and what must never stand in it.

Whatever a phone types, a phone number, the bot's token and people's names are canaries: a line that holds one fails the test
it was written in. Source: FAULTS J6, G5, K4.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

from bot import logs, sample
from bot.domain.policy import Role
from bot.simulator import SIMULATOR_TOKEN

SHORTEST = 4  # « oui » stands in many a word
LONGEST = 24  # a message is cut before it is logged, and is a leak all the same
_TIME = re.compile(r'"timestamp": "[^"]*"')
_PHONE = re.compile(r"\+\d{8,}|(?<![\d.:-])0[67](?: ?\d\d){4}(?!\d)")
_CAST = {one.first_name for one in sample.CAST} | {"Bakary"}
_OURS = {role.value.title() for role in Role}  # the matrix calls people by their roles; so do our classes


class Overheard(logging.Handler):
    """Keeps the lines that one test makes the program write, and the canaries that were let out meanwhile."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logs.lines("json"))
        self.lines: list[str] = []
        self.canaries: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line as the program would have written it."""
        self.lines.append(self.format(record))

    def begin(self) -> None:
        """Forget the test before."""
        self.lines.clear()
        self.canaries = set(_CAST)

    def let_out(self, content: Any) -> None:
        """Note what somebody says: a message, as the Bot API has it."""
        self.canaries.update(_words(content))

    def named(self, name: str) -> None:
        """Note what somebody is called."""
        if name not in _OURS and len(name) >= SHORTEST:
            self.canaries.add(name)

    def leaks(self) -> list[str]:
        """Return the lines in which something personal or secret stands."""
        if not self.lines:
            return []
        written = [_TIME.sub("", line) for line in self.lines]
        forbidden = re.compile("|".join(map(re.escape, sorted(_written(self.canaries | {SIMULATOR_TOKEN})))))
        return [line for line in written if forbidden.search(line) or _PHONE.search(line)]


def _written(canaries: set[str]) -> Iterator[str]:
    """Each canary's beginning as it would stand in a line of JSON: bare, as Python quotes it, as an update holds it."""
    for canary in canaries:
        start = canary[:LONGEST]
        for form in (start, ascii(start)[1:-1], json.dumps(start)[1:-1]):
            yield json.dumps(form, ensure_ascii=False)[1:-1]


def _words(content: Any) -> Iterator[str]:
    if not isinstance(content, dict):
        return
    contact = content.get("contact")
    number = contact.get("phone_number") if isinstance(contact, dict) else None
    for said in (content.get("text"), content.get("caption"), number):
        if isinstance(said, str):
            said = said.strip()
            figures = re.fullmatch(r"[\d\s.,:/hH-]*", said) is not None
            if len(said) >= (8 if figures else SHORTEST) and not said.startswith("/"):
                yield said


OVERHEARD = Overheard()
