"""Why a whole file is refused."""

from __future__ import annotations


class Unreadable(Exception):
    """The file is no list we read; `kind` is not_a_list, too_large, too_many, empty or no_name_column."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
