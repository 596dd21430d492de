"""Every error we raise on purpose."""

from __future__ import annotations


class Refusal(Exception):
    """The reader asked for what the rules forbid; told to them with the sentence `name` and its `values`."""

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(name)
        self.name = name
        self.values = values


class NotFound(Refusal):
    """What was asked for is not there, or not for this reader."""


class NotAllowed(Refusal):
    """The reader's role does not allow it."""


class NotHere(Refusal):
    """It is done in private: everybody reads here."""


class Taken(Refusal):
    """Somebody else was faster, or it is over."""


class Outdated(Refusal):
    """A button of an older version, or of something that is over."""


class DeliveryError(Exception):
    """A message did not reach a chat; only the worker and the replies see it."""


class Throttled(DeliveryError):
    """Telegram asks to wait: again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"again after {retry_after} s")
        self.retry_after = retry_after


class ChatGone(DeliveryError):
    """Never again, until they come back: blocked, deleted, never started."""

    @property
    def why(self) -> str:
        """Return « blocked » when they said no more, « never_came » before the first word, « gone » when the account is."""
        if "initiate" in str(self):
            return "never_came"
        return "blocked" if "blocked" in str(self) or "kicked" in str(self) else "gone"


class Moved(DeliveryError):
    """The group became a supergroup: it goes by `chat_id` now."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("moved")
        self.chat_id = chat_id


class NotSent(DeliveryError):
    """Surely not sent: no connection, or a server error; safe to try again."""


class Ambiguous(DeliveryError):
    """Perhaps sent: the answer was lost or unreadable."""


class Rejected(DeliveryError):
    """Telegram refuses this message for good, for the given reason."""


class SettingsError(Exception):
    """Wrong configuration: one line for each problem, all at once."""

    def __init__(self, problems: list[str], exit_code: int = 78) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.exit_code = exit_code


class TokenRefused(Exception):
    """Telegram does not know the token, and has said so several times."""


class DatabaseRefused(SettingsError):
    """The database is not one we may open; nothing was written to it."""


# Exit codes, from sysexits. Source: README, « Exit codes ».
EXIT_FAULTS = 1
EXIT_USAGE = 64
EXIT_UNAVAILABLE = 69
EXIT_CANNOT_CREATE = 73
EXIT_DAMAGED = 74
EXIT_ALREADY_RUNNING = 75
EXIT_TOKEN_REFUSED = 77
EXIT_CONFIGURATION = 78
