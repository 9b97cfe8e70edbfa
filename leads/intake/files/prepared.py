"""From rows of a file to leads that are not stored yet: read as a source's posts are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from leads.data import as_text
from leads.intake.body.shape import fields_of
from leads.intake.body.submission import JSON, Submission
from leads.intake.files.rows import Row
from leads.intake.idempotency import UNUSABLE, fingerprint_of
from leads.intake.receive import Origin, unsaved
from leads.intake.recognise.reading import ReadAs, read_fields
from leads.models import Lead, LeadImport, Site

LONGEST_ID = 200


@dataclass(frozen=True)
class Prepared:
    """A row, and the lead that it would be."""

    line: int
    lead: Lead

    @property
    def key(self) -> str:
        """By which the row is known, whenever it comes again."""
        return self.lead.idempotency_key or ""


@dataclass(frozen=True)
class Layout:
    """How the rows of an import are read."""

    site: Site
    chosen: Mapping[str, str]
    key_column: str = ""

    @classmethod
    def of(cls, lead_import: LeadImport) -> Layout:
        """As the import says."""
        if lead_import.site is None:
            raise ValueError("Corrections make no leads.")
        return cls(lead_import.site, lead_import.chosen, lead_import.key_column)

    def read(self, data: Mapping[str, Any]) -> ReadAs:
        """What a row's values are recognised as."""
        return read_fields(fields_of(data), self.chosen)

    def prepared(self, row: Row) -> Prepared:
        """The lead of a row, due behind fresh ones."""
        read = self.read(row.data)
        body = json.dumps(row.data, ensure_ascii=False).encode()
        came = Submission(body, JSON, row.data)
        submission = replace(came, reading=read.as_json(), flags=read.flags)
        origin = Origin(Lead.Source.IMPORT, idempotency_key=self.key_of(row.data))
        lead = unsaved(submission, self.site, origin)
        lead.band = Lead.Band.BULK
        return Prepared(row.line, lead)

    def key_of(self, data: Mapping[str, Any]) -> str:
        """The row's Idempotency-Key: of the id that it bears, else of its fields."""
        own = as_text(data.get(self.key_column)) if self.key_column else ""
        if not own:
            return f"import:{fingerprint_of(data)}"
        if len(own) > LONGEST_ID or UNUSABLE.search(own):
            own = hashlib.sha256(own.encode("utf-8", "surrogatepass")).hexdigest()
        return f"import:id:{own}"


def written(rows: Iterable[Row]) -> str:
    """Rows as a chunk keeps them."""
    return json.dumps([[row.line, row.data] for row in rows], ensure_ascii=False)


def kept_rows(text: str) -> list[tuple[int, dict[str, Any] | None]]:
    """The rows of a chunk: line and values; none of a row that was erased."""
    return [(line, data) for line, data in json.loads(text)]
