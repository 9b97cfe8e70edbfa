"""Filling in a field of many failed leads on their way back: a value, or one of each lead's own.

It is worked out from each lead as it stands when its turn has come, and kept as a revision.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from leads.data import KNOWN_FIELDS, Reading, as_text, changed, columns, filled_in
from leads.delivery.crm_fields import filling
from leads.models import BulkRetry, Lead, Revision
from leads.models.transitions import become
from leads.search.fill import index_again

CHUNK = 200
"""Leads of one transaction: unlike a plain retry it reads them whole."""


@dataclass(frozen=True)
class Fill:
    """One field, of ours or of the CRM, and what goes into it."""

    field: str
    value: Any = None
    path: str = ""
    """Where each lead holds its own; empty where all get the value."""
    destination: int | None = None
    """The only one whose leads get it, where the value is an id there."""

    @classmethod
    def from_json(cls, stored: Any) -> Fill | None:
        """What `to_json` kept; None for a bulk retry that fills nothing in, or no longer."""
        if not stored or ("value" not in stored and not stored.get("path")):
            return None
        value, path = stored.get("value"), stored.get("path", "")
        return cls(stored["field"], value, path, stored.get("destination"))

    def to_json(self) -> dict[str, Any]:
        """As a bulk retry keeps it until its leads have it."""
        own = {"path": self.path} if self.path else {"value": self.value}
        there = {"destination": self.destination} if self.destination else {}
        return {"field": self.field, **own, **there}

    @property
    def key(self) -> str:
        """The same for the same fill: nobody's value can be read in it."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    def of(self, data: dict[str, Any]) -> Reading | None:
        """A lead's data with it; None where the lead holds nothing at the path."""
        value = self._at_path(data) if self.path else self.value
        if not as_text(value):
            return None
        if self.field in KNOWN_FIELDS:
            return changed(data, {**data, self.field: value}, filled_in(data))
        return changed(data, dict(data), filled_in(data) | {self.field: value})

    def _at_path(self, data: dict[str, Any]) -> Any:
        gateway = filling()
        return gateway.value_at(data, self.path) if gateway else data.get(self.path)


def fill_in(rows: QuerySet[Lead], bulk: BulkRetry, fill: Fill) -> list[int]:
    """Write the fill into these leads, locked by the query; those that have it now, by id.

    Leads of another destination than the fill's are passed over.
    What somebody has filled into the field since the bulk retry began is theirs and stays.
    """
    leads = list(rows.defer("body").prefetch_related("revisions"))
    made: list[Revision] = []
    having: list[int] = []
    for lead in leads:
        if fill.destination not in (None, lead.destination_id):
            continue
        before = lead.current_data()
        after = before if _is_newer(lead, bulk, fill) else fill.of(before)
        if after is None:
            continue
        having.append(lead.pk)
        if (after, filled_in(after)) != (before, filled_in(before)):
            made.append(_revision(lead, after, bulk.created_by_id))
    Revision.objects.bulk_create(made)
    names = ["revision", "name", "email", "phone"]
    Lead.objects.bulk_update([one.lead for one in made], names, batch_size=CHUNK)
    index_again([one.lead_id for one in made])
    return having


def _is_newer(lead: Lead, bulk: BulkRetry, fill: Fill) -> bool:
    """Whether somebody gave the field another value after the bulk retry was started."""
    newer = [one for one in lead.revisions.all() if one.created_at > bulk.created_at]
    ours = fill.field in KNOWN_FIELDS
    return any(fill.field in (one.data if ours else one.filled or {}) for one in newer)


def _revision(lead: Lead, data: dict[str, Any], user_id: int | None) -> Revision:
    become(lead, {"revision": lead.revision + 1, **columns(data)})
    return Revision(
        lead=lead,
        number=lead.revision,
        data=dict(data),
        filled=filled_in(data) or None,
        created_by_id=user_id,
    )
