"""What is kept unreadable: telephone numbers, and the marks of who was erased. The key lies apart from the database."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

FILE_NAME = "secret.key"


class Vault:
    """Seals and opens with one key."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key)
        self._marker = hmac.digest(key.encode(), b"marks", hashlib.sha256)

    def seal(self, text: str) -> str:
        """Return a text as nobody can read it without the key."""
        return self._fernet.encrypt(text.encode()).decode()

    def opened(self, sealed: str | None) -> str | None:
        """Return what was sealed; None where nothing was, or another key did it."""
        if not sealed:
            return None
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None

    def mark(self, *parts: object) -> str:
        """Return a mark that is always the same for the same parts, and that nobody makes without the key: 64 hex digits."""
        return hmac.digest(self._marker, "\x1f".join(map(str, parts)).encode(), hashlib.sha256).hex()


def is_key(text: str) -> bool:
    """Tell whether a text can be a key."""
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


def key_in(folder: Path) -> str:
    """Return the key kept in a folder, made there on the first start so that only its owner can read it.

    Raises ValueError when the file holds no key.
    """
    path = folder / FILE_NAME
    if not path.exists():
        fresh = folder / f"{FILE_NAME}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(Fernet.generate_key().decode() + "\n", "ascii")
        fresh.rename(path)  # a crash leaves no half a key
    key = path.read_text("ascii", errors="replace").strip()
    if not is_key(key):
        raise ValueError(FILE_NAME)
    return key
