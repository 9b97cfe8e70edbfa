"""What became of one mail or one call, for whoever settles the rows that it spoke for."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import NamedTuple


class SendStatus(Enum):
    """The four things that can become of it."""

    SENT = "sent"
    REFUSED = "refused"
    """Tried again after a while, seven times in all."""
    OUTAGE = "outage"
    """The mail server is away, which is no fault of the notices: no try is counted."""
    GONE = "gone"
    """The receiver wants no more."""


class SendResult(NamedTuple):
    """A status with words that may be stored: no secret and nobody's address is in them."""

    status: SendStatus
    words: str = ""
    wait: timedelta = timedelta()
    """How long the receiver asks to be left alone."""
    answer: int | None = None
    """The HTTP status, where there was an answer."""
