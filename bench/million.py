"""Two years of a busy desk: a million leads with their logs, calls and figures, made in SQL.

`python -m bench.million --count N` writes to the PostgreSQL of the environment, which must be
migrated and otherwise empty, or hold as much already: N leads over 20 sites, a tenth of them failed
for ten reasons, 500 held back by an outage, one in a thousand entered by hand and one discarded,
the others delivered; 1.1 API logs a lead; a call for every 22 logs; all figures, folded but for the
last hour, and summed up as a worker leaves them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bench.kit import campaigns
from bench.kit.campaigns import ATTRIBUTION
from bench.kit.stage import Failed, expect
from bench.seed import CITIES, FIRST, LAST

if TYPE_CHECKING:
    from django.db.models import Model

SITES = 20
WAITING = 500
LOGS_A_CALL = 22
DAYS = 730
REASONS = (
    "too_long", "not_in_list", "wrong_type", "duplicate_record", "mandatory_missing",
    "wrong_pattern", "invalid_value", "refused", "dependent_mismatch", "outcome_unknown",
)  # fmt: skip
"""Of the failed leads, the most frequent first: 32 % and down to 5 %."""
REFERENCE = """(
    lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
    || '7' || left(md5(n::text), 3) || '8' || right(md5(n::text), 15))::uuid"""
"""Time and dice, as `leads.models.lead.new_reference` makes them."""
NOW = "date_trunc('minute', now())"


MEMORY = ("work_mem = '256MB'", "maintenance_work_mem = '1GB'")
"""For one session that does nothing but sort: with the defaults every sort goes to the disk."""


def store(count: int) -> bool:
    """Write everything in one transaction, and let PostgreSQL look at it; False where it is there.

    Raises Failed where something else is.
    """
    from django.db import connection, transaction

    from leads.clock import database_now
    from leads.counters.volume import roll_up
    from leads.models import Lead

    if connection.vendor != "postgresql" or count % 1000 or count < 10_000:
        raise Failed("needs PostgreSQL, and a multiple of 1,000 leads from 10,000 on")
    if kept := Lead.objects.count():
        expect("leads that were kept", kept, count)
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        # What is written is right by the way it is made: no foreign key is looked up, and an index
        # is built once instead of grown a row at a time. The dice fall alike every time.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0")
        for setting in MEMORY:
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute("SELECT setseed(0.13002)")
        tables = [f"leads_{name}" for name in ("lead", "apilog", "apicall", "figure")]
        again = take_indexes(cursor, [*tables, "leads_searchtoken"])
        sites()
        leads(count)
        tokens(count)
        logs()
        calls()
        figures()
        for statement in again:
            cursor.execute(statement)
        for table in [*tables, "leads_total"]:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        campaigns.breakdown(NOW)
        cursor.execute("VACUUM ANALYZE")
    balance(count)
    campaigns.balance(count)
    roll_up(database_now())
    return True


def take_indexes(cursor: Any, tables: list[str]) -> list[str]:
    """Drop all indexes but the primary keys; the statements that make them again."""
    cursor.execute(
        """
        SELECT indexrelid::regclass::text, indrelid::regclass::text, conname,
            coalesce(pg_get_constraintdef(pg_constraint.oid), pg_get_indexdef(indexrelid))
        FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid AND contype = 'u'
        WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary
        """,
        [tables],
    )
    again = []
    for index, table, constraint, definition in cursor.fetchall():
        if constraint:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            definition = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}"
        else:
            cursor.execute(f"DROP INDEX {index}")
        again.append(definition)
    return again


def fill(model: type[Model], columns: Mapping[str, str], source: str) -> None:
    """INSERT … SELECT: an expression for each column named, the model's default for the others."""
    from django.db import connection

    cells: dict[str, str] = {}
    values: list[Any] = []
    for field in model._meta.concrete_fields:
        name = str(field.column)
        if name in columns:
            cells[name] = columns[name]
        elif not field.primary_key:
            cells[name] = "%s"
            values.append(field.get_db_prep_save(field.get_default(), connection))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(cells)}) "
            f"SELECT {', '.join(cells.values())} FROM {source}",
            values,
        )


def one_of(texts: tuple[str, ...], number: str) -> str:
    """An expression: the text at this place of the list, round and round."""
    written = ", ".join(f"'{text}'" for text in texts)
    return f"(ARRAY[{written}])[1 + mod({number}, {len(texts)})]"


def sites() -> None:
    """Twenty, each with a name."""
    from leads.models import Destination, Site

    destination = Destination.objects.get()
    for number in range(1, SITES + 1):
        Site.objects.create(pk=number, name=f"Site {number:02}", destination=destination)


def leads(count: int) -> None:
    """One every 63 s where they are a million; the newest arrived a minute ago."""
    from leads.models import Destination, Lead

    person = f"""
        SELECT n, {one_of(FIRST, "n")} AS first, {one_of(LAST, "n / 10")} AS last,
            {one_of(tuple(city for city, _ in CITIES), "n / 7")} AS city,
            {NOW} - interval '1 minute' - ({count} - n) * (interval '{DAYS} days' / {count}) AS at,
            1 + floor({SITES} * power(random(), 1.5))::int AS site,
            {one_of(REASONS, "floor(10 * power(random(), 2))::int")} AS why,
            interval '5 s' + random() * interval '3 hours' AS took,
            CASE WHEN mod(n, 10) = 0 THEN 'failed'
                WHEN mod(n, 1000) = 1 THEN 'entered'
                WHEN mod(n, 1000) = 2 THEN 'discarded'
                WHEN mod(n, 10) = 3 AND n > {count} - {WAITING * 10} - 20 AND n <= {count} - 20
                THEN 'queued' ELSE 'delivered' END AS status
        FROM generate_series(1, {count}) AS n"""
    # Offset 0, so that every die is thrown once and not once for each column that reads it.
    written = f"""
        SELECT *, lower(first || '.' || last || '.' || mod(n, 900000)) || '@example.com' AS email,
            '+44 20 ' || lpad((7919 * n::bigint % 9000000)::text, 7, '0') AS phone
        FROM ({person} OFFSET 0) AS person"""
    source = f"""(
        SELECT *, jsonb_build_object('contact_name', first || ' ' || last, 'email', email,
            'phone', phone, 'company', last || ' & Co', 'city', city,
            'message', 'Please call me back about the offer.', 'utm_source', 'newsletter') AS said,
            least(at + took, {NOW}) AS ended
        FROM ({written}) AS written) AS lead"""
    columns = {
        "id": "n",
        "reference": REFERENCE,
        "site_id": "site",
        "destination_id": str(Destination.objects.get().pk),
        "body": "convert_to(said::text, 'UTF8')",
        "content_type": "'application/json'",
        "data": "said",
        "fingerprint": "encode(sha256(int4send(n)), 'hex')",
        "attribution": ATTRIBUTION,
        "received_at": "at",
        "queued_at": "at",
        "due_at": f"CASE status WHEN 'queued' THEN {NOW} + took END",
        "name": "first || ' ' || last",
        "email": "email",
        "phone": "phone",
        "status": "status",
        "attempts": "CASE status WHEN 'failed' THEN 1 + mod(n / 10, 3) ELSE 0 END",
        "reason": "CASE WHEN status IN ('failed', 'entered', 'discarded') THEN why ELSE '' END",
        "reason_text": "CASE status WHEN 'failed' THEN 'the value does not fit' ELSE '' END",
        "zoho_id": "CASE status WHEN 'delivered' THEN '61' || lpad(n::text, 16, '0') ELSE '' END",
        "failed_at": "CASE WHEN status IN ('failed', 'entered', 'discarded') THEN ended END",
        "settled_at": "CASE WHEN status <> 'queued' THEN ended END",
    }
    fill(Lead, columns, source.replace("%", "%%"))


def tokens(count: int) -> None:
    """By what each is found, in the order of the index that is there already."""
    from leads.models import SearchIndex, SearchToken

    words = """
        lower(name), split_part(email, '@', 1) AS local, email,
        '#' || reverse(regexp_replace(phone, '[^0-9]', '', 'g')) AS number"""
    source = f"""(
        SELECT DISTINCT token, id FROM (SELECT id, {words} FROM leads_lead) AS lead, unnest(
            string_to_array(lower, ' ') || (string_to_array(local, '.'))[2:]
            || ARRAY[email, number, 'example.com', 'co']) AS token
        ORDER BY token, id) AS made"""
    fill(SearchToken, {"token": "token", "lead_id": "id"}, source)
    version = SearchIndex.VERSION
    SearchIndex.objects.create(pk=1, after=count, seen=count, older=0, version=version)


def logs() -> None:
    """The try that settled each lead, another one before of what failed, one of what waits."""
    from leads.models import ApiLog

    # Narrow rows, for they are sorted: what was sent is kept of the last months alone.
    kept = f"CASE WHEN received_at > {NOW} - interval '90 days' THEN data END AS record"
    source = f"""(
        SELECT *, row_number() OVER (ORDER BY at, lead) AS number,
            CASE WHEN status = 'delivered' THEN 13003 ELSE 13002 END AS code
        FROM (
            SELECT id AS lead, site_id, status, reason, zoho_id, {kept},
                coalesce(settled_at, received_at) AS at FROM leads_lead
            UNION ALL
            SELECT id, site_id, status, reason, zoho_id, {kept},
                received_at + (settled_at - received_at) / 2
            FROM leads_lead WHERE status = 'failed'
        ) AS tries) AS log"""
    columns = {
        "id": "number",
        "lead_id": "lead",
        "site_id": "site_id",
        "call_id": f"1 + (number - 1) / {LOGS_A_CALL}",
        "response_code": "code",
        "reason": "CASE WHEN status = 'queued' THEN 'server_error' ELSE reason END",
        "reason_text": "CASE code WHEN 13002 THEN 'the value does not fit' ELSE '' END",
        "zoho_id": "zoho_id",
        "status": "CASE WHEN status = 'queued' THEN 502 ELSE 201 END",
        "answer": "CASE code WHEN 13003 THEN 'record added' ELSE 'invalid data' END",
        "record": "record",
        "created_at": "at",
    }
    fill(ApiLog, columns, source)


def calls() -> None:
    """Those that the logs name."""
    from leads.models import ApiCall, Destination

    source = """(
        SELECT call_id, count(*) AS leads, max(created_at) AS ended, 200 + mod(call_id, 700) AS ms,
            min(status) AS status FROM leads_apilog GROUP BY call_id ORDER BY call_id) AS call"""
    columns = {
        "id": "call_id",
        "destination_id": str(Destination.objects.get().pk),
        "kind": "'insert'",
        "claim": "gen_random_uuid()",
        "leads": "leads",
        "started_at": "ended - ms * interval '1 ms'",
        "ended_at": "ended",
        "took_ms": "ms",
        "status": "status",
    }
    fill(ApiCall, columns, source)


def figures() -> None:
    """Sums by the quarter hour as a fold leaves them, and the totals of those."""
    from leads.models import CounterDelta, CounterRollup
    from leads.models.counters import EVERY_SITE, TIMELESS

    counted = "date_bin('15 minutes', {}, timestamptz '1970-01-01 00:00Z') AS quarter"
    source = f"""(
        SELECT 'lead' AS kind, site_id, {counted.format("received_at")}, status AS outcome,
            reason, count(*) AS n FROM leads_lead GROUP BY 1, 2, 3, 4, 5
        UNION ALL
        SELECT 'attempt', site_id, {counted.format("created_at")}, response_code::text,
            reason, count(*) FROM leads_apilog GROUP BY 1, 2, 3, 4, 5
        ORDER BY quarter) AS counted"""
    folded = f"quarter < {NOW} - interval '1 hour'"
    columns = {name: name for name in ("kind", "site_id", "quarter", "outcome", "reason")}
    columns |= {"amount": "n", "folded": folded, "rolled": f"CASE WHEN {folded} THEN n ELSE 0 END"}
    fill(CounterDelta, columns, source)

    day = "date_trunc('{}', quarter, 'UTC')"
    grains = {
        "all": ("true", str(EVERY_SITE), f"timestamptz '{TIMELESS}'", "reason"),
        "site": ("true", "site_id", f"timestamptz '{TIMELESS}'", "''"),
        "quarter": ("kind = 'attempt'", str(EVERY_SITE), "quarter", "''"),
        "hour": ("kind = 'attempt'", str(EVERY_SITE), day.format("hour"), "''"),
        "day": ("kind = 'attempt'", str(EVERY_SITE), day.format("day"), "''"),
    }
    for grain, (which, site, start, reason) in grains.items():
        source = f"""(
            SELECT kind, {site} AS site, {start} AS start, outcome, {reason} AS reason,
                sum(rolled) AS n FROM leads_figure WHERE folded AND {which}
            GROUP BY 1, 2, 3, 4, 5) AS total"""
        columns = {
            **{name: name for name in ("kind", "start", "outcome", "reason")},
            "grain": f"'{grain}'", "site_pk": "site", "amount": "n",
        }  # fmt: skip
        fill(CounterRollup, columns, source)
    CounterRollup.objects.create(grain=CounterRollup.Grain.FOLD, amount=1)


def balance(count: int) -> None:
    """The figures that pages show are those of the rows. Raises Failed."""
    from django.db.models import Count

    from leads.counters.deltas import totals
    from leads.models import ApiCall, ApiLog, Lead
    from leads.search.words import tokens_of

    shown = totals()
    rows = dict(Lead.objects.values_list("status").annotate(n=Count("pk")).order_by())
    expect("leads by status", {k: n for k, n in shown.leads.items() if n}, rows)
    codes = dict(ApiLog.objects.values_list("response_code").annotate(n=Count("pk")).order_by())
    expect("attempts by code", shown.attempts, codes)
    wanted = {"failed": count // 10, "queued": WAITING, "entered": count // 1000}
    expect("leads", {name: rows[name] for name in wanted}, wanted)
    expect("leads in all", shown.received, count)
    expect("attempts in all", shown.sent, count + count // 10)
    expect("calls", ApiCall.objects.count(), -(-shown.sent // LOGS_A_CALL))
    for lead in Lead.objects.order_by("-pk")[:20]:
        kept = set(lead.tokens.values_list("token", flat=True))
        expect(f"tokens of lead {lead.pk}", kept, set(tokens_of(lead.data)))


def main() -> None:
    """Fill the database of the environment."""
    import os

    import django

    parser = argparse.ArgumentParser(description="Two years of leads, logs and figures")
    parser.add_argument("--count", type=int, default=1_000_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    print("stored" if store(options.count) else "kept")


if __name__ == "__main__":
    main()
