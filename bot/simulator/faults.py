"""Faults on request: what the simulated server does wrong, how often, for which calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset({"status", "drop_before", "drop_after", "stall", "garbage"})


@dataclass
class Fault:
    """One misbehaviour.

    `status` answers with `code`, `description` and `parameters`; `drop_before` and `drop_after` close the
    connection before or after the call took effect; `stall` waits `seconds` first; `garbage` answers 200
    with `body`. It hits calls of `method` (any when empty) to `chat_id` (any when None), `times` times,
    for ever when negative, after letting `skip` matching calls pass.
    """

    kind: str
    method: str = ""
    chat_id: int | None = None
    times: int = 1
    skip: int = 0
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] | None = None
    seconds: float = 0.0
    body: str = "<html>garbage</html>"

    def hits(self, method: str, chat_id: int | None) -> bool:
        """Tell whether this call is to go wrong, and count it."""
        if self.times == 0 or (self.method and self.method.lower() != method.lower()):
            return False
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1 if self.times > 0 else 0
        return True


@dataclass
class Faults:
    """The list in force; the first that hits a call decides."""

    planned: list[Fault] = field(default_factory=list)

    def add(self, description: dict[str, Any]) -> None:
        """Plan a fault from its JSON description; raises ValueError or TypeError for a wrong one."""
        fault = Fault(**description)
        if fault.kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {fault.kind}")
        self.planned.append(fault)

    def clear(self) -> None:
        """Behave well again."""
        self.planned.clear()

    def next(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the fault that hits this call, if any."""
        return next((fault for fault in self.planned if fault.hits(method, chat_id)), None)
