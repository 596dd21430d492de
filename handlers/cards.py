"""Cards stand in a chat and are kept true there: a screen that their buttons lead to is shown below them."""

from __future__ import annotations

from bot.context import Context
from bot.domain import broadcasts
from bot.messages import OutgoingMessage


async def show_beside_card(view: str, screen: OutgoingMessage, context: Context) -> None:
    """Show a screen: below the card it was pressed under, which stays; anywhere else in place."""
    pressed = context.incoming.callback_query
    message = pressed.message if pressed else None
    under_card = message is not None and await context.read(
        lambda session: broadcasts.is_copy(session, view, context.chat_id, message.message_id)
    )
    await (context.say(screen) if under_card else context.show(screen))
