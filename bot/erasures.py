"""Who was erased, written down beside the database: an older copy that is put back is erased anew. Marks only, no names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


class Erasures:
    """A file of lines « mark instant », which only grows; a torn last line is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, datetime]:
        """Return mark → when it was erased last."""
        if not self._path.exists():
            return {}
        found = {}
        for line in self._path.read_text("ascii", errors="replace").splitlines():
            mark, _, instant = line.partition(" ")
            try:
                found[mark] = datetime.fromisoformat(instant)
            except ValueError:
                continue
        return found

    def add(self, marks: Mapping[str, datetime]) -> None:
        """Write down what is not there yet; it is on the disk when this returns."""
        known = self.read()
        fresh = [f"{mark} {at.isoformat()}" for mark, at in marks.items() if known.get(mark) != at]
        if not fresh:
            return
        with self._path.open("a", encoding="ascii") as file:
            file.write("\n" * self._is_torn() + "".join(f"{line}\n" for line in fresh))
            file.flush()
            os.fsync(file.fileno())

    def _is_torn(self) -> bool:
        """Tell whether a crash has left half a line."""
        return self._path.exists() and self._path.stat().st_size > 0 and not self._path.read_bytes().endswith(b"\n")
