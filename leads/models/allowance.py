"""Allowance: how much of something has been used up in the period that is running."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from django.db import connection, models
from django.utils import timezone

# Both databases count whole seconds since 1970, each by its own clock.
SECONDS = {
    "postgresql": "floor(extract(epoch FROM clock_timestamp()))::bigint",
    "sqlite": "CAST(strftime('%%s', 'now') AS INTEGER)",
}
NOW = {"postgresql": "clock_timestamp()", "sqlite": "NULL"}
UNLESS_KNOWN = (
    "NOT EXISTS (SELECT 1 FROM leads_lead WHERE site_id = %(site)s AND idempotency_key = %(key)s)"
)


@cache
def statement(vendor: str, keyed: bool) -> str:
    """Take one, in a single statement: a row comes back if, and only if, one was left.

    Two that take at once are put in order by the row. A period that began a moment ago is the
    current one for a statement that was begun before it; one that lies further ahead was made
    by a clock since set back, and ends here.
    """
    current = "leads_allowance.ends_at BETWEEN excluded.ends_at AND excluded.ends_at + %(seconds)s"
    return f"""
        INSERT INTO leads_allowance (name, ends_at, used)
        SELECT %(name)s, {SECONDS[vendor]} / %(seconds)s * %(seconds)s + %(seconds)s, 1
        WHERE {UNLESS_KNOWN if keyed else "1 = 1"}
        ON CONFLICT (name) DO UPDATE SET
            used = CASE WHEN {current} THEN leads_allowance.used + 1 ELSE 1 END,
            ends_at = CASE WHEN {current} THEN leads_allowance.ends_at ELSE excluded.ends_at END
        WHERE leads_allowance.used < %(limit)s OR NOT ({current})
        RETURNING {NOW[vendor]}
    """


class AllowanceQuerySet(models.QuerySet["Allowance"]):
    """Taking and giving back, as conditional updates."""

    def take(
        self, name: str, limit: int, seconds: int, site: int = 0, key: str | None = None
    ) -> datetime | None:
        """Use one up: the database's time, or None when `limit` were used in this period.

        Also None, and nothing used up, where the site has a lead of this Idempotency-Key: with
        that the check and the taking are one statement, and a post needs no other clock.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                statement(connection.vendor, key is not None),
                {"name": name, "limit": limit, "seconds": seconds, "site": site, "key": key},
            )
            row = cursor.fetchone()
        if row is None:
            return None
        return row[0].astimezone(UTC) if row[0] else timezone.now()

    def give_back(self, name: str) -> None:
        """One that was taken was not needed."""
        self.filter(name=name, used__gt=0).update(used=models.F("used") - 1)

    def over(self, moment: datetime) -> AllowanceQuerySet:
        """Those whose period ended before a moment: nobody asks for them any more."""
        return self.filter(ends_at__lt=int(moment.timestamp()))


class Allowance(models.Model):
    """A counter that begins anew with each period. Holds no personal data.

    On PostgreSQL the table is unlogged: taking one costs no wait for the disk, and what a crash
    of the server empties is worth a minute.
    """

    name = models.CharField(max_length=80, primary_key=True)
    ends_at = models.BigIntegerField(help_text="Seconds since 1970.")
    used = models.IntegerField()

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
