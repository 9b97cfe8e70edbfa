"""What recognition would read otherwise of leads that came without it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from leads.data import columns
from leads.intake.body.submission import Submission
from leads.intake.recognise.plain import read_plain

SHOWN = ("name", "email", "phone")
MOST_ROWS = 50
"""Leads that are shown; the counts are of all."""


@dataclass(frozen=True)
class Otherwise:
    """One lead that would be read otherwise: who it is of today, and with recognition."""

    lead_id: int
    today: dict[str, str]
    then: dict[str, str]
    unclear: dict[str, list[str]]
    """Paths that fit equally, by field: such a lead would be held for a person."""

    @property
    def named(self) -> list[str]:
        """What is empty today and would be read."""
        return [name for name in SHOWN if self.then[name] and not self.today[name]]

    @property
    def changed(self) -> list[str]:
        """What is read today and would be read otherwise."""
        return [name for name in SHOWN if self.today[name] not in ("", self.then[name])]


@dataclass
class RecognitionPreview:
    """What recognition would do to leads that came without it."""

    leads: int = 0
    named: int = 0
    changed: int = 0
    unclear: int = 0
    rows: list[Otherwise] = field(default_factory=list)


def compared(lead_id: int, data: dict[str, Any]) -> Otherwise:
    """One lead's data, as it came, read in both ways."""
    read = read_plain(Submission(b"", "", data))
    unclear = read.reading["unclear"] if read.reading else {}
    return Otherwise(lead_id, columns(data), columns(read.fields), unclear)


def preview(leads: Iterable[tuple[int, dict[str, Any]]]) -> RecognitionPreview:
    """What would be read otherwise of these leads, each an id and the data that came."""
    found = RecognitionPreview()
    for lead_id, data in leads:
        one = compared(lead_id, data)
        found.leads += 1
        found.unclear += bool(one.unclear)
        found.changed += bool(one.changed)
        found.named += bool(one.named and not one.changed)
        if (one.named or one.changed or one.unclear) and len(found.rows) < MOST_ROWS:
            found.rows.append(one)
    return found
