"""What an examination finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How an examination came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the report. `todo` is what mends it; empty where nothing has to be done."""

    name: str
    level: Level
    text: str
    todo: str = ""


def fine(name: str, text: str) -> Finding:
    """In order."""
    return Finding(name, Level.OK, text)


def doubtful(name: str, text: str, todo: str) -> Finding:
    """Works today; look at it."""
    return Finding(name, Level.WARN, text, todo)


def wrong(name: str, text: str, todo: str) -> Finding:
    """Has to be mended."""
    return Finding(name, Level.FAIL, text, todo)
