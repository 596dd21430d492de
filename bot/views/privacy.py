"""What is kept, who reads it, how to have it erased."""

from __future__ import annotations

from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.views import buttons


def first_notice(reader: Reader) -> OutgoingMessage:
    """The notice as it is told once, aloud where there is a voice, right after the language is chosen."""
    return OutgoingMessage(reader.say("privacy.notice"), spoken="say:privacy.notice", speaks_to_all=True)


def notice(reader: Reader) -> OutgoingMessage:
    """The privacy notice, in plain words."""
    return OutgoingMessage(reader.say("privacy.notice"), buttons=((buttons.home(reader),),), spoken="say:privacy.notice")
