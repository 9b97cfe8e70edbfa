"""`/admin/google-ads.csv`: converted leads that came by a click, for Google Ads' offline import.

Format: Google Ads Help, "Import conversions from ad clicks using files": a line of parameters, the
names of the columns, then a conversion a line. A conversion that is uploaded twice counts once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from leads.clock import database_now
from leads.counters.sales.click_ids import click_id_of
from leads.desk.dashboard import ranges
from leads.desk.failed.export import CHUNK, Line
from leads.desk.kit.amounts import exact
from leads.desk.kit.masking import may_see
from leads.desk.kit.permissions import demand
from leads.desk.sales.page import PERMISSION, Chosen
from leads.models import CrmRecord
from leads.shown.cells import safe
from leads.signals import security_event

ZONE = ["Parameters:TimeZone=+0000"]
COLUMNS = [
    *("Google Click ID", "Conversion Name", "Conversion Time"),
    *("Conversion Value", "Conversion Currency"),
]
USUAL = "Lead converted"
LONGEST = 100


def google_ads(request: HttpRequest) -> StreamingHttpResponse:
    """The file. Raises PermissionDenied: a click leads to a person."""
    demand(request, PERMISSION)
    demand(request, "leads.export_lead")
    if not may_see(request.user):
        raise PermissionDenied
    chosen = Chosen.of(request.POST)
    name = request.POST.get("name", "").strip()[:LONGEST] or USUAL
    only_won = request.POST.get("only") == "won"
    keep_evidence(request.user, chosen.range)
    found = converted(request.user, chosen.range, only_won)
    response = StreamingHttpResponse(lines(found, name), content_type="text/csv; charset=utf-8")
    file = f"google-ads-{chosen.range}-{timezone.localtime():%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    response["Cache-Control"] = "no-store"
    return response


def converted(user: Any, name: str, only_won: bool) -> QuerySet[CrmRecord]:
    """What the account may see of the records that were converted in the span."""
    span, _past = ranges.spans(name, database_now())
    rows = CrmRecord.objects.visible_to(user).filter(
        is_first=True, converted_at__isnull=False, converted_at__lt=span.until
    )
    if span.since:
        rows = rows.filter(converted_at__gte=span.since)
    if only_won:
        rows = rows.filter(won=True)
    return rows.select_related("lead").defer("lead__body").order_by("converted_at", "pk")


def lines(rows: QuerySet[CrmRecord], name: str) -> Iterator[str]:
    """The file, line by line; Google takes no mark before its first one."""
    writer = csv.writer(Line())
    yield writer.writerow(ZONE)
    yield writer.writerow(COLUMNS)
    for row in rows.iterator(CHUNK):
        if click_id := click_id_of(row.lead.page, row.lead.data):
            yield writer.writerow([click_id, safe(name), *values(row)])


def values(row: CrmRecord) -> list[str]:
    """When, and what it was worth: of a deal whose currency is known."""
    moment = row.converted_at.astimezone(UTC) if row.converted_at else None
    worth = row.amount is not None and row.currency
    return [
        f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "",
        exact(row.amount or 0) if worth else "",
        row.currency if worth else "",
    ]


def keep_evidence(user: Any, name: str) -> None:
    """That it was made is kept, without a value."""
    about = f"Conversions for Google Ads as CSV: {name}"
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(CrmRecord),
        action_flag=CHANGE,
        object_repr="Export of conversions",
        change_message=about,
    )
    security_event.send(CrmRecord, kind="export", user=user, about=about)
