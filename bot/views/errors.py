"""What is said when something cannot be, or went wrong."""

from __future__ import annotations

from bot.errors import Refusal
from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.views import buttons


def refusal(refused: Refusal, reader: Reader) -> OutgoingMessage:
    """Why not, and the way home."""
    return OutgoingMessage(reader.say(refused.name, **refused.values), buttons=((buttons.home(reader),),))


def apology(code: str, reader: Reader) -> OutgoingMessage:
    """Something broke; the code lets us find it."""
    return OutgoingMessage(reader.say("errors.apology", code=code), buttons=((buttons.home(reader),),))


def too_fast(reader: Reader) -> OutgoingMessage:
    """More came at once than anybody reads: the last of it was not read."""
    return OutgoingMessage(reader.say("errors.too_fast"), buttons=((buttons.home(reader),),))
