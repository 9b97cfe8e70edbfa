"""Tell what a rule held from the attempts: it was never sent to Zoho.

By reason, as logs are pruned. Ten thousand counters a transaction, each of which keeps the sums
true, so pages and workers of any version may run meanwhile, and a run that was cut off goes on
where it was. What a process of before counts after this, the worker moves when it folds.
"""

from collections import Counter
from datetime import UTC, datetime

from django.db import migrations, models, transaction
from django.utils import timezone

RULES = [
    "missing_field",
    "duplicate_email",
    "quarantined",
    "not_read",
    "unclear",
    "site_disabled",
]
TIMELESS = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 10_000
ROWS = 500  # of one INSERT
PASSES = 5  # over rows that somebody else held; the worker finds what is left

TOTAL = ("grain", "kind", "site_pk", "start", "outcome", "reason")
SUM = ("kind", "site_id", "quarter", "outcome", "reason")


def tell_apart(apps, schema_editor):
    """Attempts become held."""
    moments = apps.get_model("leads", "CounterRollup").objects.filter(grain="moved")
    at = moments.values_list("start", flat=True).first() or timezone.now()
    move(apps, schema_editor.connection, "attempt", "held", at)


def put_together(apps, schema_editor):
    """As before: held become attempts again, and nothing is told of it."""
    move(apps, schema_editor.connection, "held", "attempt", None)
    apps.get_model("leads", "CounterRollup").objects.filter(grain="moved").delete()


def move(apps, connection, before, after, at):
    """Walk through the counters until a pass finds none."""
    for _ in range(PASSES):
        last = found = 0
        while pks := take(apps, connection, before, after, at, last):
            last, found = pks[-1], found + len(pks)
        if not found:
            return


@transaction.atomic
def take(apps, connection, before, after, at, last):
    """One batch after the row `last`; the ids of its rows."""
    deltas = apps.get_model("leads", "CounterDelta")
    rows = deltas.objects.filter(kind=before, outcome="13002", reason__in=RULES, pk__gt=last)
    rows = list(rows.order_by("pk").select_for_update(skip_locked=True)[:BATCH])
    if not rows:
        return []
    sums, totals = Counter(), Counter()
    loose = []
    for row in rows:
        if not row.folded:
            loose.append(row.pk)
            continue
        sums[row.site_id, row.quarter, row.reason] += row.amount
        for key in keys(before, row):
            totals[key] -= row.rolled
        for key in keys(after, row):
            totals[key] += row.amount
    deltas.objects.filter(pk__in=loose).update(kind=after)
    deltas.objects.filter(pk__in={row.pk for row in rows} - {*loose}).delete()
    add_sums(connection, deltas, after, sorted(sums.items()))
    if at is not None:
        totals["moved", "held", 0, at, "13002", ""] += sum(row.amount for row in rows)
    totals["fold", "", 0, TIMELESS, "", ""] += 1  # so that readers see that something did
    add_totals(connection, apps.get_model("leads", "CounterRollup"), totals)
    return [row.pk for row in rows]


def keys(kind, row):
    """The totals that a row is part of."""
    yield "all", kind, 0, TIMELESS, row.outcome, row.reason
    yield "site", kind, row.site_id, TIMELESS, row.outcome, ""
    if kind == "attempt":
        hour = row.quarter.replace(minute=0)
        yield "quarter", kind, 0, row.quarter, row.outcome, ""
        yield "hour", kind, 0, hour, row.outcome, ""
        yield "day", kind, 0, hour.replace(hour=0), row.outcome, ""


def add_sums(connection, model, kind, sums):
    """Insert the folded sums, all in the totals already, or add to those that exist."""
    quarter = model._meta.get_field("quarter")
    rows = [
        (kind, site, quarter.get_db_prep_save(at, connection), "13002", reason, True, n, n)
        for (site, at, reason), n in sums
    ]
    add(
        connection,
        f"leads_figure ({', '.join(SUM)}, folded, amount, rolled)",
        rows,
        f"({', '.join(SUM)}) WHERE folded DO UPDATE SET "
        "amount = leads_figure.amount + EXCLUDED.amount, "
        "rolled = leads_figure.rolled + EXCLUDED.rolled",
    )


def add_totals(connection, model, totals):
    """Insert the totals, or add to those that exist."""
    start = model._meta.get_field("start")
    rows = [
        (grain, kind, site, start.get_db_prep_save(at, connection), outcome, reason, amount)
        for (grain, kind, site, at, outcome, reason), amount in sorted(totals.items())
    ]
    add(
        connection,
        f"leads_total ({', '.join(TOTAL)}, amount)",
        rows,
        f"({', '.join(TOTAL)}) DO UPDATE SET amount = leads_total.amount + EXCLUDED.amount",
    )


def add(connection, table, rows, conflict):
    """Upsert the rows, some hundred at a time."""
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        marks = ", ".join([f"({', '.join(['%s'] * len(some[0]))})"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} VALUES {marks} ON CONFLICT {conflict}",
                [cell for row in some for cell in row],
            )


KINDS = [("lead", "Lead"), ("attempt", "Attempt"), ("held", "Held")]
GRAINS = [
    ("all", "of all time, by outcome and reason"),
    ("site", "of all time, by site and outcome"),
    ("day", "attempts of a day of UTC"),
    ("hour", "attempts of an hour"),
    ("quarter", "attempts of a quarter hour"),
    ("fold", "how many times anything was folded"),
    ("moved", "how many were counted as attempts before they were called held"),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0032_reasons_of_the_account")]

    operations = [
        migrations.AlterField(
            "counterdelta", "kind", models.CharField(choices=KINDS, max_length=7)
        ),
        migrations.AlterField(
            "counterrollup", "kind", models.CharField(blank=True, choices=KINDS, max_length=7)
        ),
        migrations.AlterField(
            "counterrollup", "grain", models.CharField(choices=GRAINS, max_length=7)
        ),
        migrations.RunPython(tell_apart, put_together),
    ]
