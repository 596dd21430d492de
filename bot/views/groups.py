"""What the bot says where everybody reads."""

from __future__ import annotations

from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage


def in_private(reader: Reader, username: str) -> OutgoingMessage:
    """Private things continue in private."""
    button = Button(reader.say("groups.button.private"), url=f"https://t.me/{username}?start=group")
    return OutgoingMessage(reader.say("groups.private"), buttons=((button,),))
