"""Rows of a span of time, found by an index however far back it lies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from leads.models import ApiLog

OUT_OF_ORDER = 10_000
"""How far ids and times may disagree: batches of a hundred that settled side by side."""


def between(rows: QuerySet[Any], start: datetime | None, end: datetime | None) -> QuerySet[Any]:
    """Rows from one moment until before another, in a table whose ids rise with time.

    The list is ordered by id. Left to itself a database would walk it from its end to a day long
    ago; two looks into the index by time say between which ids that day lies.
    """
    column = "created_at" if rows.model is ApiLog else "started_at"
    everything: QuerySet[Any] = rows.model._default_manager.all()
    if start is not None:
        first = everything.filter(**{f"{column}__gte": start}).order_by(column)
        pk = first.values_list("pk", flat=True).first()
        if pk is None:
            return rows.none()
        rows = rows.filter(**{f"{column}__gte": start, "pk__gte": pk - OUT_OF_ORDER})
    if end is not None:
        last = everything.filter(**{f"{column}__lt": end}).order_by(f"-{column}")
        pk = last.values_list("pk", flat=True).first()
        if pk is None:
            return rows.none()
        rows = rows.filter(**{f"{column}__lt": end, "pk__lte": pk + OUT_OF_ORDER})
    return rows
