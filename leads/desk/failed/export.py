"""Leads as a CSV file, streamed: the memory that it takes does not grow with the rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from leads.data import KNOWN_FIELDS, as_text
from leads.models import FailedLead, Lead
from leads.shown.cells import safe
from leads.signals import security_event

CHUNK = 500
BOM = "\ufeff"
"""By which Excel knows UTF-8."""
COLUMNS = (
    *("Lead", "Reference", "Site", "Status", "Reason", "Reason in words"),
    *("Received", "Created", "Tries", "Zoho id"),
    *(name.replace("_", " ").capitalize() for name in KNOWN_FIELDS),
    "Other fields",
    "Revision",
)


def export(leads: QuerySet[Any], user: Any, count: str, words: str) -> StreamingHttpResponse:
    """The leads as a download. That it was made is kept, with the filter and without a value."""
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(FailedLead),
        action_flag=CHANGE,
        object_repr="Export of leads",
        change_message=f"Exported {count} leads as CSV: {words}",
    )
    security_event.send(
        FailedLead, kind="export", user=user, about=f"{count} leads as CSV: {words}"
    )
    response = StreamingHttpResponse(lines(leads), content_type="text/csv; charset=utf-8")
    name = f"leads-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


class Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """The line."""
        return text


def lines(leads: QuerySet[Any]) -> Iterator[str]:
    """The file, line by line."""
    writer = csv.writer(Line(), quoting=csv.QUOTE_ALL)
    yield BOM + writer.writerow(COLUMNS)
    # `data` is deferred for the page that shows the list; a file wants it.
    rows = leads.defer(None).defer("body").select_related("site").prefetch_related("revisions")
    for lead in rows.iterator(CHUNK):
        yield writer.writerow([safe(value) for value in values(lead)])


def values(lead: Lead) -> list[str]:
    """One row."""
    data = lead.current_data()
    others = {name: value for name, value in data.items() if name not in KNOWN_FIELDS}
    return [
        *(str(lead.pk), str(lead.reference), lead.site.name, str(lead.get_status_display())),
        *(lead.reason_title, lead.reason_text, _time(lead.received_at), _time(lead.failed_at)),
        *(str(lead.attempts), lead.zoho_id),
        *(as_text(data.get(name)) for name in KNOWN_FIELDS),
        json.dumps(others, ensure_ascii=False) if others else "",
        str(lead.revision),
    ]


def _time(moment: Any) -> str:
    return timezone.localtime(moment).isoformat(" ", "seconds") if moment else ""
