"""What Telegram answers when it refuses a call, with its own words."""

from __future__ import annotations

from typing import Any


class ApiRefusal(Exception):
    """A call the Bot API refuses: HTTP code, official description, extra parameters."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """Return the JSON object Telegram sends back."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiRefusal:
    """Return a 400 with Telegram's usual prefix."""
    return ApiRefusal(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiRefusal:
    """Return a 403 with Telegram's usual prefix."""
    return ApiRefusal(403, f"Forbidden: {reason}")


def too_many_requests(retry_after: int) -> ApiRefusal:
    """Return a 429 that tells when to come back, in seconds."""
    return ApiRefusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
