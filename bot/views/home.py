"""Home, help, and what the bot says about itself."""

from __future__ import annotations

from bot import callbacks
from bot.domain.policy import RANK, Role
from bot.i18n import Reader
from bot.messages import Button, CommandMenu, OutgoingMessage
from bot.views import buttons

# Home never moves: a new feature takes its own place, at most six in all. Each: sentence, screen it opens.
ENTRIES = (("home.button.question", "questions"), ("home.button.me", "me"))
NEWS = (("home.button.announcements", "announcements"), ("home.button.agenda", "agenda"))
# The last place belongs to the role: who is outside may ask to come in, who has duties finds them here.
_HELP = ("home.button.help", "helping")
_JOIN, _ROOM = ("home.button.join", "join"), ("home.button.room", "coordination")
COMMANDS = ("start", "question", "agenda", "langue", "lieu", "aide", "confidentialite")


def home(role: str, reader: Reader) -> OutgoingMessage:
    """The screen everything starts from."""
    entries = tuple(_entry(name, screen, reader) for name, screen in ENTRIES)
    last = _JOIN if role == Role.VISITOR else _ROOM if RANK[Role(role)] >= RANK[Role.COMMITTEE] else None
    news = tuple(_entry(name, screen, reader) for name, screen in NEWS)
    rows = (entries, news, (_entry(*_HELP, reader), *((_entry(*last, reader),) if last else ())))
    return OutgoingMessage(reader.say("home.title"), buttons=rows, spoken="say:home.title")


def _entry(name: str, screen: str, reader: Reader) -> Button:
    return Button(reader.say(name), callbacks.Open(screen).pack())


def welcome(reader: Reader) -> OutgoingMessage:
    """The greeting that puts the lasting 🏠 key in place."""
    return OutgoingMessage(reader.say("home.welcome"), has_home_key=True, spoken="say:home.welcome", speaks_to_all=True)


def help_screen(reader: Reader) -> OutgoingMessage:
    """What one can do here, in three lines."""
    return OutgoingMessage(reader.say("home.help"), buttons=((buttons.home(reader),),), spoken="say:home.help")


def description(reader: Reader) -> str:
    """What an empty chat shows before « Start »."""
    return reader.say("home.description")


def commands(reader: Reader) -> CommandMenu:
    """The commands a phone lists, described in this language."""
    names = {"start": "commands.start", "question": "commands.question", "agenda": "commands.agenda",
             "langue": "commands.langue", "lieu": "commands.lieu", "aide": "commands.aide",
             "confidentialite": "commands.confidentialite"}  # fmt: skip
    return CommandMenu(tuple((command, reader.say(names[command])) for command in COMMANDS))
