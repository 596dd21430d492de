"""What is kept, who reads it, how to have it erased."""

from __future__ import annotations

from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.views import buttons


def notice(reader: Reader) -> OutgoingMessage:
    """The privacy notice, in plain words."""
    return OutgoingMessage(reader.say("privacy.notice"), buttons=((buttons.home(reader),),), spoken="say:privacy.notice")
