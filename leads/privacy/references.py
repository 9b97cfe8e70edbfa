"""Lists of erased leads: what is kept beside a backup, and read after it was restored."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

from leads.models import Lead


def erased_references() -> Iterator[uuid.UUID]:
    """The references of all erased leads, oldest first."""
    erased = Lead.objects.exclude(erased_at=None).order_by("pk")
    return erased.values_list("reference", flat=True).iterator()


def read_references(lines: Iterable[str]) -> list[uuid.UUID]:
    """A reference a line; blank lines are passed over. Raises ValueError, which names the line."""
    found = []
    for number, line in enumerate(lines, 1):
        if text := line.strip():
            try:
                found.append(uuid.UUID(text))
            except ValueError:
                raise ValueError(f"Line {number} is no reference.") from None
    return found
