"""Environment → one frozen Settings; every problem told at once, one line each.

The only module that reads the environment. A secret may stand in a file named by <NAME>_FILE.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from environs import FileAwareEnv
from environs.exceptions import EnvValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot import seals
from bot.errors import SettingsError
from bot.i18n import Place
from bot.vault import is_key

ROOT = Path(__file__).resolve().parent.parent
TOKEN_SHAPE = re.compile(r"[0-9]+:[A-Za-z0-9_-]{4,}")
SECRET_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,256}")
TELEGRAM = "https://api.telegram.org"

# name → what it is, in the order of the README's table; a test compares the two.
VARIABLES = {
    "BOT_TOKEN": "the token BotFather gave; without it the simulator starts",
    "BOT_API_URL": "scheme, host and port of the Bot API server",
    "DATABASE_URL": "SQLite file or PostgreSQL database",
    "DATA_DIR": "folder for the database, the lock and the key",
    "SECRET_KEY": "what telephone numbers are sealed with; a file in DATA_DIR by default",
    "BACKUP_RECIPIENT": "public key that copies of the database are sealed to; empty: they are not sealed",
    "LOCALES_DIR": "folder with the words: places.toml, shelves.toml, towns.toml and one folder a language",
    "CONTACT_NAME": "whom to write to or call, told in answers",
    "CONTACT_PHONE": "their phone number",
    "CONTACT_EMAIL": "their mail address",
    "CONTACT_CHECKED_ON": "when somebody last made sure of it",
    "COORDINATOR_IDS": "Telegram ids of the coordinators, separated by commas",
    "INBOX_CHAT_ID": "chat where questions go; the coordinators' private chats by default",
    "WEBHOOK_URL": "public address Telegram posts updates to; empty: the bot asks for them",
    "WEBHOOK_SECRET": "secret Telegram sends with each post",
    "LISTEN": "host:port of the webhook and of /healthz",
    "SIMULATOR_PORT": "port of the simulator's page on loopback",
    "MESSAGES_PER_SECOND": "most messages a second to all chats",
    "MESSAGES_PER_CHAT_SECOND": "most messages a second to one chat, after a short burst",
    "MESSAGES_PER_GROUP_MINUTE": "most messages a minute to one group",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR",
    "LOG_FORMAT": "text or json",
}
PLACE_PREFIX = "TIME_ZONE_"


@dataclass(frozen=True)
class Settings:
    """What the environment says, checked. `places` stand in the order they are shown."""

    bot_token: str | None = field(repr=False)
    bot_api_url: str
    database_url: str = field(repr=False)
    data_dir: Path
    secret_key: str | None = field(repr=False)
    backup_recipient: str
    locales_dir: Path
    contact: Mapping[str, str]
    coordinator_ids: tuple[int, ...]
    inbox_chat_id: int | None
    places: tuple[Place, ...]
    webhook_url: str
    webhook_secret: str = field(repr=False)
    listen: tuple[str, int] | None
    simulator_port: int
    messages_per_second: int
    messages_per_chat_second: float
    messages_per_group_minute: int
    log_level: str
    log_format: str


class _Reader:
    """Reads one variable after the other and collects what is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []

    def wrong(self, name: str, what: str, cure: str) -> None:
        self.problems.append(f"{name}: {what}; {cure}")

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        raw = self.text(name, str(default))
        if raw.isdecimal() and low <= int(raw) <= high:
            return int(raw)
        self.wrong(name, "not a number in range", f"write one from {low} to {high}, such as {default}")
        return default

    def text(self, name: str, default: str = "") -> str:
        # FileAwareEnv reads <NAME>_FILE; it keeps the line end of the file, which is never part of a value.
        try:
            value = FileAwareEnv().str(name, default)
        except (EnvValidationError, ValueError, OSError):
            problem = f"{name}_FILE: the file cannot be read; name a readable file"
            if problem not in self.problems:
                self.problems.append(problem)
            return default
        return (value or "").strip()

    def ids(self, name: str) -> tuple[int, ...]:
        parts = [part.strip() for part in self.text(name).split(",") if part.strip()]
        if all(re.fullmatch(r"-?[0-9]{1,19}", part) for part in parts):
            return tuple(dict.fromkeys(int(part) for part in parts))
        self.wrong(name, "not a list of numbers", "write Telegram ids such as 123456789,987654321")
        return ()

    def address(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        if value and not re.fullmatch(r"https?://[^/\s:]+(:[0-9]{1,5})?(/\S*)?", value):
            self.wrong(name, "not a web address", f"write one such as {default or 'https://bot.example.org/hook'}")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, choices[0])
        if value.lower() in {choice.lower() for choice in choices}:
            return next(choice for choice in choices if choice.lower() == value.lower())
        self.wrong(name, "unknown value", f"write one of {', '.join(choices)}")
        return choices[0]


def load() -> Settings:
    """Return the settings of this process; raises SettingsError naming every problem."""
    settings, problems = read()
    if problems:
        raise SettingsError(problems)
    return settings


def read() -> tuple[Settings, list[str]]:
    """Return the settings of this process, the default where one is wrong, and every problem, a line each."""
    reader = _Reader(os.environ)
    data_dir = Path(reader.text("DATA_DIR", str(ROOT / ".data")))
    settings = Settings(
        bot_token=_token(reader),
        bot_api_url=reader.address("BOT_API_URL", TELEGRAM),
        database_url=_database_url(reader, data_dir),
        data_dir=data_dir,
        secret_key=_secret_key(reader),
        backup_recipient=_backup_recipient(reader),
        locales_dir=(locales_dir := Path(reader.text("LOCALES_DIR", str(ROOT / "locales")))),
        contact=_contact(reader),
        coordinator_ids=reader.ids("COORDINATOR_IDS"),
        inbox_chat_id=next(iter(reader.ids("INBOX_CHAT_ID")), None),
        places=_places(reader, locales_dir),
        webhook_url=reader.address("WEBHOOK_URL", ""),
        webhook_secret=_secret(reader),
        listen=_listen(reader),
        simulator_port=reader.whole("SIMULATOR_PORT", 8008, 0, 65535),
        messages_per_second=reader.whole("MESSAGES_PER_SECOND", 30, 1, 100_000),
        messages_per_chat_second=reader.whole("MESSAGES_PER_CHAT_SECOND", 1, 1, 1000),
        messages_per_group_minute=reader.whole("MESSAGES_PER_GROUP_MINUTE", 20, 1, 60_000),
        log_level=reader.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
        log_format=reader.choice("LOG_FORMAT", ("text", "json")),
    )
    _unknown_names(reader, settings.places)
    return settings, reader.problems


def _token(reader: _Reader) -> str | None:
    token = reader.text("BOT_TOKEN")
    if token and not TOKEN_SHAPE.fullmatch(token):
        reader.wrong("BOT_TOKEN", "does not look like a token", "copy the whole line BotFather gave, digits, colon, letters")
    return token or None


def _secret_key(reader: _Reader) -> str | None:
    key = reader.text("SECRET_KEY")
    if key and not is_key(key):
        reader.wrong("SECRET_KEY", "not a key", "copy the line of the secret.key it was, or leave it out to have one made")
    return key or None


def _backup_recipient(reader: _Reader) -> str:
    recipient = reader.text("BACKUP_RECIPIENT")
    if recipient and not seals.is_recipient(recipient):
        reader.wrong("BACKUP_RECIPIENT", "not a public key", "copy the line that ./run backup-key printed; it begins with age1")
    return recipient


def _contact(reader: _Reader) -> dict[str, str]:
    """Return what the environment says of the contact; what it leaves out is in contact.toml."""
    said = {name: reader.text(f"CONTACT_{name.upper()}") for name in ("name", "phone", "email", "checked_on")}
    return {name: value for name, value in said.items() if value}


def _secret(reader: _Reader) -> str:
    secret = reader.text("WEBHOOK_SECRET")
    if secret and not SECRET_SHAPE.fullmatch(secret):
        reader.wrong("WEBHOOK_SECRET", "has characters Telegram refuses", "use letters, digits, _ and -")
    elif reader.text("WEBHOOK_URL") and not secret:
        reader.wrong("WEBHOOK_SECRET", "missing while WEBHOOK_URL is set", "choose a long random word")
    return secret


def _database_url(reader: _Reader, data_dir: Path) -> str:
    url = reader.text("DATABASE_URL", f"sqlite:///{data_dir / 'enndam.db'}")
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in ("sqlite", "postgresql", "postgres"):
        reader.wrong("DATABASE_URL", "not a database we know", "write sqlite:///file.db or postgresql://user@host/name")
    return url


def _listen(reader: _Reader) -> tuple[str, int] | None:
    value = reader.text("LISTEN")
    if not value and reader.text("WEBHOOK_URL"):
        value = "127.0.0.1:8080"
    if not value:
        return None
    host, _, port = value.rpartition(":")
    if host and port.isdecimal() and int(port) <= 65535:
        return host, int(port)
    reader.wrong("LISTEN", "not host:port", "write one such as 127.0.0.1:8080")
    return None


def _places(reader: _Reader, locales_dir: Path) -> tuple[Place, ...]:
    try:
        described = tomllib.loads((locales_dir / "places.toml").read_text("utf-8"))
    except (OSError, ValueError):
        reader.wrong("LOCALES_DIR", "holds no readable places.toml", "name the folder that comes with the program")
        return ()
    places = []
    for name, place in described.items():
        variable = PLACE_PREFIX + name.upper()
        try:
            time_zone = ZoneInfo(reader.text(variable, place["time_zone"]))
        except (ValueError, OSError, KeyError):
            reader.wrong(variable, "not a time zone", "write one such as Europe/Paris or Africa/Bamako")
            time_zone = ZoneInfo("UTC")
        places.append(Place(name, place["icon"], place["clock"], time_zone, place.get("region", "")))
    return tuple(places)


def _unknown_names(reader: _Reader, places: tuple[Place, ...]) -> None:
    """A misspelt variable would be silently ignored: name the one that was probably meant."""
    known = [*VARIABLES, *(PLACE_PREFIX + place.name.upper() for place in places)]
    known += [f"{name}_FILE" for name in known]
    for name in reader.environment:
        ours = name not in known and (name.startswith(PLACE_PREFIX) or difflib.get_close_matches(name, known, 1, 0.86))
        if ours:
            meant = difflib.get_close_matches(name, known, 1, 0.0)
            reader.wrong(name, "unknown variable", f"did you mean {meant[0]}?")
