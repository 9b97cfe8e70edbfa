"""Leads by the thousand, the same ones every time: `python -m bench.seed --count N`.

Writes to the database of the environment: a site if there is none, N leads waiting to be sent, and
the figures that count them. By COPY on PostgreSQL, 0.1 ms a lead; by bulk_create on SQLite.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leads.models import Site

SEED = 13002
CHUNK = 5_000
APART = timedelta(milliseconds=1)
"""Between two leads, as if 1,000 came in a second."""
FIRST = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Frances", "Tim", "Ida")
LAST = ("Lovelace", "Hopper", "Dijkstra", "Liskov", "Knuth", "Perlman", "Thompson", "Allen")
CITIES = (("London", "SW1Y 4JH"), ("Graz", "8010"), ("Utrecht", "3511"), ("Bergen", "5003"))


def values(count: int, now: datetime, site: Site, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """The columns of each lead that differ from a new Lead's, oldest first."""
    dice = random.Random(seed)
    for number in range(count):
        first, last, (city, postcode) = dice.choice(FIRST), dice.choice(LAST), dice.choice(CITIES)
        data = {
            "contact_name": f"{first} {last}",
            "email": f"{first}.{last}.{number}@example.com".lower(),
            "phone": f"+44 20 {dice.randrange(10**7):07}",
            "company": f"{last} & Co",
            "city": city,
            "zip": postcode,
            "message": "Please call me back about the offer.",
            "utm_source": dice.choice(("newsletter", "search", "fair")),
        }
        body = json.dumps(data)
        at = now - (count - number) * APART
        yield {
            "reference": uuid.UUID(int=dice.getrandbits(128), version=4),
            "site_id": site.pk,
            "destination_id": site.destination_id,
            "body": body.encode(),
            "content_type": "application/json",
            "data": body,
            "fingerprint": f"{dice.getrandbits(256):064x}",
            "received_at": at,
            "due_at": at,
            "queued_at": at,
            "name": data["contact_name"],
            "email": data["email"],
            "phone": data["phone"],
        }


def chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Lists of up to CHUNK rows, so that memory stays flat."""
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def store(count: int, seed: int = SEED, age: timedelta = timedelta()) -> None:
    """Write the leads, which came in so long ago, and their figures in one transaction."""
    from django.db import connection, transaction

    from leads.clock import database_now
    from leads.counters.deltas import quarter_of
    from leads.models import CounterDelta, Destination, Lead, Site

    destination = Destination.objects.get()
    site = Site.objects.first() or Site.objects.create(name="Bench", destination=destination)
    quarters: Counter[datetime] = Counter()
    with transaction.atomic():
        for chunk in chunks(values(count, database_now() - age, site, seed)):
            quarters.update(quarter_of(row["received_at"]) for row in chunk)
            if connection.vendor == "postgresql":
                copy(chunk)
            else:
                Lead.objects.bulk_create(
                    Lead(**row | {"data": json.loads(row["data"])}) for row in chunk
                )
        CounterDelta.objects.bulk_create(
            CounterDelta(
                kind=CounterDelta.Kind.LEAD,
                site=site,
                quarter=quarter,
                outcome=Lead.Status.QUEUED,
                amount=amount,
            )
            for quarter, amount in quarters.items()
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE leads_lead")


def copy(rows: list[dict[str, Any]]) -> None:
    """COPY into PostgreSQL; columns that a row does not name get the model's default."""
    from django.db import connection

    from leads.models import Lead

    fields = [field for field in Lead._meta.concrete_fields if not field.primary_key]
    names = [field.attname for field in fields]
    defaults = {field.attname: field.get_default() for field in fields}
    text = "".join(line((defaults | row)[name] for name in names) for row in rows)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {Lead._meta.db_table} ({columns}) FROM STDIN", io.StringIO(text))


def line(cells: Iterable[Any]) -> str:
    """One line of COPY's text format."""
    return "\t".join(map(cell, cells)) + "\n"


def cell(value: Any) -> str:
    """One value of COPY's text format."""
    match value:
        case None:
            return r"\N"
        case bytes():
            return r"\\x" + value.hex()
        case bool():
            return "t" if value else "f"
        case str():
            escaped = value.replace("\\", "\\\\").replace("\t", "\\t")
            return escaped.replace("\n", "\\n").replace("\r", "\\r")
        case _:
            return str(value)


def main() -> None:
    """Seed the database of the environment."""
    import os

    import django

    parser = argparse.ArgumentParser(description="Store leads that wait to be sent")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=SEED, help="another one makes other leads")
    parser.add_argument("--hours", type=float, default=0, help="for which they have waited")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    store(options.count, options.seed, timedelta(hours=options.hours))


if __name__ == "__main__":
    main()
