"""The promise in figures: the share of the leads that is in the CRM within a minute.

The objective (SLO_SHARE, 99 %) leaves an error budget: of the leads of thirty days so many may take
longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from leads.counters.spans import Counts, Dimension, Key, Reader, Span, total_of
from leads.store import database

DAYS = 30


@dataclass(frozen=True)
class Level:
    """What was kept of the objective, and what is left to miss."""

    counts: Counts
    objective: Decimal
    """Percent, above 0 and below 100."""

    @property
    def missed(self) -> int:
        """Leads that were not in the CRM within 60 seconds; those still on their way among them."""
        return self.counts.sent_on - self.counts.prompt

    @property
    def allowed(self) -> Decimal:
        """How many may miss."""
        return self.counts.sent_on * (100 - self.objective) / 100

    @property
    def left(self) -> Decimal | None:
        """Percent of the budget that is left; below 0 where it is overdrawn, None without leads."""
        if not self.counts.sent_on:
            return None
        return 100 - 100 * self.missed / self.allowed

    @property
    def is_kept(self) -> bool:
        """Whether the objective holds."""
        return self.missed <= self.allowed


def levels(
    now: datetime, objective: Decimal, sites: Sequence[int] | None = None
) -> tuple[Level, Mapping[Key, Level]]:
    """The last thirty days: of all these sites, and of each, the one with least left first."""
    with database.snapshot():
        span = Span.of(now - timedelta(days=DAYS), now)
        found = Reader.now(sites).by(Dimension.SITE, span)
    each = {pk: Level(counts, objective) for pk, counts in found.items() if counts.sent_on}
    ranked = sorted(each.items(), key=lambda item: (item[1].left, item[0]))
    return Level(total_of(found.values()), objective), dict(ranked)
