"""How a door names its action."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update

from bot.context import Context
from bot.domain import policy

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


def action(name: str) -> Callable[[Handler], Handler]:
    """Mark a handler with the row of the policy table it needs."""

    def mark(handler: Handler) -> Handler:
        handler.action = name  # type: ignore[attr-defined]
        return handler

    return mark


async def enter(handler: Handler, update: Update, context: Context) -> None:
    """Go through a door that a button of another screen opens: its own row of the policy table is asked. Raises Refusal."""
    policy.require_here(context.role, handler.action, context.where)  # type: ignore[attr-defined]
    await handler(update, context)
