"""Who posts, in one statement: what a key or an address leads to, as a post needs it.

Written by the ORM, once: doing so for every post took a third of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import (
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    connection,
    models,
)
from django.db.models import Subquery
from django.db.models.functions import Now
from django.utils import timezone

from leads.models import Preferences, Site
from leads.store import database

NEEDED = {
    "id",
    "name",
    "destination_id",
    "enabled",
    "duplicate_rule",
    "quota",
    "allowed_origins",
    "honeypot",
    "min_fill_seconds",
    "repeat_window",
    "recognises",
    "nameless",
    "signed_only",
    "has_endpoints",
}
# In the model's own order, which `from_db` goes by.
SITE_FIELDS = [field.attname for field in Site._meta.concrete_fields if field.attname in NEEDED]
Convert = Callable[[Any], Any]


class LookUp(NamedTuple):
    """A statement, and what makes Python's values of the columns that are stored otherwise."""

    statement: str
    converters: dict[int, Convert]

    def read(self, row: Sequence[Any]) -> list[Any]:
        """The values of a row that it answered."""
        values = list(row)
        for place, convert in self.converters.items():
            values[place] = convert(values[place])
        return values


def written(rows: models.QuerySet[Any], columns: Sequence[str], given: Sequence[str]) -> LookUp:
    """The look-up of these columns, of the duplicate rule of all sites, and of the time.

    `given` stands in `rows` for its parameters, in their order.
    """
    rule = Subquery(Preferences.objects.values("refuse_duplicate_emails")[:1])
    rows = rows.order_by().annotate(global_rule=rule, now=Now())
    query = rows.values_list(*columns, "global_rule", "now").query
    statement, parameters = query.sql_with_params()
    if parameters != tuple(given):
        raise AssertionError(f"the look-up takes other parameters: {parameters}")
    compiler = query.get_compiler(connection=connection)
    compiler.setup_query()
    *stored, _now = [column[0] for column in compiler.select]
    found = compiler.get_converters(stored)
    return LookUp(str(statement), {place: _in_turn(*one) for place, one in found.items()})


def _in_turn(converters: Sequence[Callable[..., Any]], expression: Any) -> Convert:
    def convert(value: Any) -> Any:
        for one in converters:
            value = one(value, expression, connection)
        return value

    return convert


def site_from(values: Sequence[Any]) -> Site:
    """The site of SITE_FIELDS, the rule of all sites and the time; other columns load when asked.

    `site.refuses_duplicates` holds the duplicate rule as it is in force, `site.asked_at` the
    database's time.
    """
    *columns, global_rule, now = values
    site = Site.from_db(connection.alias, SITE_FIELDS, columns)
    # SQLite has no other clock than this machine's, and tells it as a text.
    site.asked_at = now.astimezone(UTC) if isinstance(now, datetime) else timezone.now()
    site.refuses_duplicates = site.rule_in_force(bool(global_rule))
    return site


def first_row(name: str, statement: str, parameters: list[str]) -> tuple[Any, ...] | None:
    """The row that the first statement of a request answers, over a connection that lives.

    Django asks `SELECT 1` before, to see whether a kept connection still lives. A look-up shows it
    as well, and changes nothing: one that fails is asked once more, over a new connection. So is
    one that was prepared before a migration changed a column's type.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # Django's own flag, in no stub
    try:
        return database.fetch_prepared(name, statement, parameters)
    except (OperationalError, InterfaceError, NotSupportedError, ProgrammingError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return database.fetch_prepared(name, statement, parameters)
