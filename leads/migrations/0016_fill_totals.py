"""Bring the counters of before into the totals, ten thousand rows a transaction.

Each transaction keeps the sums true, so pages and workers of any version may run meanwhile.
"""

from collections import Counter
from datetime import UTC, datetime

from django.db import migrations, transaction
from django.db.models import F

TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 10_000
ROWS = 500  # of one INSERT


def fill(apps, schema_editor):
    """Walk through everything that is folded, once; what moves behind our back is caught up by
    the worker.
    """
    last = 0
    while pks := take(apps, schema_editor.connection, last):
        last = pks[-1]


@transaction.atomic
def take(apps, connection, last):
    """One batch after the row `last`; the ids of its rows."""
    figures = apps.get_model("leads", "Figure").objects
    behind = list(
        figures.filter(folded=True, pk__gt=last).order_by("pk").select_for_update()[:BATCH]
    )
    totals = Counter()
    for row in behind:
        for key in keys(row):
            totals[key] += row.amount - row.rolled
    add(apps.get_model("leads", "Total"), connection, sorted(totals.items()))
    pks = [row.pk for row in behind]
    figures.filter(pk__in=pks).update(rolled=F("amount"))
    return pks


def keys(row):
    """The totals that a row is part of."""
    yield "all", row.kind, 0, TIMELESS, row.outcome, row.reason
    yield "site", row.kind, row.site_id, TIMELESS, row.outcome, ""
    if row.kind == "attempt":
        hour = row.quarter.replace(minute=0)
        yield "quarter", row.kind, 0, row.quarter, row.outcome, ""
        yield "hour", row.kind, 0, hour, row.outcome, ""
        yield "day", row.kind, 0, hour.replace(hour=0), row.outcome, ""


def add(model, connection, totals):
    """Insert the totals, or add to those that exist."""
    start = model._meta.get_field("start")
    rows = [
        (grain, kind, site, start.get_db_prep_save(moment, connection), outcome, reason, amount)
        for (grain, kind, site, moment, outcome, reason), amount in totals
    ]
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO leads_total (grain, kind, site_pk, start, outcome, reason, amount) "
                f"VALUES {marks} "
                "ON CONFLICT (grain, kind, site_pk, start, outcome, reason) "
                "DO UPDATE SET amount = leads_total.amount + EXCLUDED.amount",
                [cell for row in some for cell in row],
            )


def empty(apps, schema_editor):
    """As before: no totals, and nothing marked as held by them."""
    apps.get_model("leads", "Total").objects.all().delete()
    apps.get_model("leads", "Figure").objects.exclude(rolled=0).update(rolled=0)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0015_figure_totals")]

    operations = [migrations.RunPython(fill, empty)]
