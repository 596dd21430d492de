"""Cards stand in a chat and are kept true there: a screen that their buttons lead to is shown below them."""

from __future__ import annotations

from bot.context import Context
from bot.domain import broadcasts
from bot.messages import OutgoingMessage


async def show_beside_card(view: str, screen: OutgoingMessage, context: Context) -> None:
    """Show a screen: below the card it was pressed under, which stays; anywhere else in place."""
    await (context.say(screen) if await is_under_card(view, context) else context.show(screen))


async def is_under_card(view: str, context: Context) -> bool:
    """Tell whether a button of somebody's card was pressed."""
    pressed = context.incoming.callback_query
    message = pressed.message if pressed else None
    return message is not None and await context.read(
        lambda session: broadcasts.is_copy(session, view, context.chat_id, message.message_id)
    )
