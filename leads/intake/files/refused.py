"""Why a file cannot be imported: one clear line, with the place in the file."""

from __future__ import annotations


class FileRefused(Exception):
    """The file is refused whole. Its text is for people and quotes no value of the file."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(f"Line {line:,}: {why}" if line else why)
