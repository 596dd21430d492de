"""Copies of the database are sealed to a public key: who makes them cannot read them. Format: age-encryption.org/v1."""

from __future__ import annotations

from pathlib import Path

import pyrage  # type: ignore[import-untyped]
from pyrage import x25519

MAGIC = b"age-encryption.org/v1"


class NotOpened(Exception):
    """The file is not whole, or it is sealed to another key."""


def is_recipient(text: str) -> bool:
    """Tell whether a text is a public key."""
    try:
        x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def new_key(path: Path) -> str:
    """Write a new private key into a new file that only its owner reads, and return its public key.

    Raises FileExistsError rather than take the place of another key.
    """
    identity = x25519.Identity.generate()
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"# public key: {identity.to_public()}\n{identity}\n", "ascii")
    return str(identity.to_public())


def is_sealed(path: Path) -> bool:
    """Tell whether a file is sealed, by how it begins."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def seal(plain: Path, sealed: Path, recipient: str) -> None:
    """Seal a file to a public key."""
    pyrage.encrypt_file(str(plain), str(sealed), [x25519.Recipient.from_str(recipient)])


def unseal(sealed: Path, plain: Path, key: Path) -> None:
    """Open a sealed file with the private key in another; raises NotOpened, OSError when there is no such key file."""
    lines = [line.strip() for line in key.read_text("ascii", errors="replace").splitlines()]
    try:
        identities = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
        pyrage.decrypt_file(str(sealed), str(plain), identities)
    except (pyrage.IdentityError, pyrage.DecryptError, OSError):
        raise NotOpened from None
