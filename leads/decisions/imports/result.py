"""The result of an import: a line a row of the file, in its order. No value of a row is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from leads.models import LeadImport
from leads.models.lead_import import Outcome
from leads.reasons import Reason
from leads.shown.cells import safe

HEADINGS = ("Line", "Outcome", "Lead", "Reason", "Words")


def lines(made: LeadImport) -> Iterator[list[str]]:
    """What became of each row, a chunk at a time in memory; rows that wait are left out."""
    done = made.chunks.exclude(results="").order_by("number").values_list("results", flat=True)
    for text in done.iterator(1):
        for line, outcome, lead, reason, words in json.loads(text):
            title = str(Outcome(outcome).label) if outcome in Outcome.values else outcome
            cells = [str(line), title, str(lead or ""), _title(reason), words]
            yield [safe(cell) for cell in cells]


def _title(reason: str) -> str:
    return str(Reason(reason).label) if reason in Reason.values else reason
