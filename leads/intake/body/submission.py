"""What arrived: the bytes, and what was read from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leads.flags import Flag
from leads.intake.body.heavy import MOST_KEYS, Beginning

MAX_BODY = 1024 * 1024

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Submission:
    """What arrived: the bytes, the fields that were read from them, and what was odd."""

    body: bytes
    content_type: str
    data: dict[str, Any]
    flags: frozenset[Flag] = frozenset()
    reading: dict[str, Any] | None = None
    """What was read from the fields by shape, and recognised; see `leads.intake.recognise`."""
    cannot_be_read: str = ""
    """Why nobody but a person can read it; such a lead is held."""

    @property
    def has_too_many(self) -> bool:
        """Whether more fields came than are read."""
        return isinstance(self.data, Beginning) or len(self.fields) > MOST_KEYS

    @property
    def archived(self) -> Any:
        """What makes two submissions the same: the fields, or the bytes where not all are read."""
        is_whole = not self.cannot_be_read and not self.has_too_many
        return self.data if is_whole else self.body.hex()

    @property
    def fields(self) -> dict[str, Any]:
        """The lead's fields as everything but the archive goes by them."""
        return self.reading["fields"] if self.reading else self.data
