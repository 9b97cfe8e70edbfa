"""What arrived: the bytes, and what was read from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leads.flags import Flag

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
    def archived(self) -> Any:
        """What makes two submissions the same: the fields, or the bytes that nobody could read."""
        return self.body.hex() if self.cannot_be_read else self.data

    @property
    def fields(self) -> dict[str, Any]:
        """The lead's fields as everything but the archive goes by them."""
        return self.reading["fields"] if self.reading else self.data
