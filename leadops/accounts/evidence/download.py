"""Security events as a file, CSV or JSON: with all that the chain is checked by elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.evidence.rows import SecurityEvent
from leads.desk.failed.export import BOM, Line
from leads.shown.cells import safe

COLUMNS = (
    *("seq", "at", "kind", "account", "method", "count", "address", "about"),
    *("salt", "digest", "link"),
)


def download(rows: QuerySet[SecurityEvent], user: Any, as_json: bool) -> StreamingHttpResponse:
    """The file, streamed."""
    kind = "JSON" if as_json else "CSV"
    record(Kind.EXPORT, account=user, about=f"Security events as {kind}", method="session")
    lines = json_lines(rows) if as_json else csv_lines(rows)
    content_type = "application/json" if as_json else "text/csv; charset=utf-8"
    response = StreamingHttpResponse(lines, content_type=content_type)
    name = f"security-events-{timezone.localtime():%Y-%m-%d-%H%M}.{kind.lower()}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def values(event: SecurityEvent) -> dict[str, Any]:
    """One event as plain values."""
    told = {name: getattr(event, name) for name in COLUMNS}
    return told | {"at": event.at.astimezone(UTC).isoformat()}


def csv_lines(rows: QuerySet[SecurityEvent]) -> Iterator[str]:
    """A header, and a line an event."""
    writer = csv.writer(Line(), quoting=csv.QUOTE_ALL)
    yield BOM + str(writer.writerow(COLUMNS))
    for event in rows.iterator(500):
        told = ("" if value is None else str(value) for value in values(event).values())
        yield str(writer.writerow([safe(text) for text in told]))


def json_lines(rows: QuerySet[SecurityEvent]) -> Iterator[str]:
    """One list of objects."""
    before = "[\n"
    for event in rows.iterator(500):
        yield before + json.dumps(values(event))
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
