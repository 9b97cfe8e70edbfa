"""How many mails a burst of failures is worth: the policy, as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

KINDS = {
    "lead_failed": ("lead_failed",),
    "paused": ("paused", "resumed"),
    "resumed": ("paused", "resumed"),
}
"""What is paced, and which mails count as the ones before it."""
SETTLES = timedelta(seconds=30)
"""A pause that is over sooner is told to nobody."""
PACED = ("mail", "slack")
"""People read these. A program that takes webhooks is told at once."""

# How long the first, second, third … mail about failed leads, or about pauses and their ends, waits
# after the one before it, so that what happens meanwhile is told with it. 300 failures in five
# minutes are three mails: two at once and one that names the rest.
WAITS = (
    timedelta(),
    timedelta(),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
)
CALM = timedelta(hours=3)
"""After so long without a mail the table begins anew."""
CALM_AFTER = timedelta(minutes=30)
"""A cause that made no lead fail for so long has stopped, and its people are told."""
ENDS = 20
"""Of how many causes one mail tells the end; more are read in the table."""


def held_until(told: Sequence[datetime]) -> datetime | None:
    """Before when the next mail must not leave; None without an earlier one.

    `told` are the moments of the mails that left within CALM, in any order.
    """
    if not told:
        return None
    return max(told) + WAITS[min(len(told), len(WAITS) - 1)]
