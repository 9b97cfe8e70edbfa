"""Questions that Zoho does not answer rest: for an hour where it refuses, else for minutes.

What is asked here only prepares a delivery or proves it, so that no answer to it stops one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from leads.delivery.gateway import Outcome
from leads.reasons import Reason
from zoho.models import Connection, Rest

REFUSED_FOR = timedelta(hours=1)
PASSING = [timedelta(minutes=minutes) for minutes in (1, 2, 4, 5)]
"""How long a question rests that was not answered, growing with every further failure."""

UNAUTHORIZED = 401
LASTING = "any"
"""The stamp of a rest that does not end with its token."""
EMPTY = 204
"""Zoho's status where there is nothing to show."""
FIELDS, LAYOUTS, RECORDS, UPDATES = "fields", "layouts", "records", "updates"
REFERENCES = "references"
"""Whether a record is there, asked by our reference."""
SALES, DEALS, ORGANISATION = "sales", "deals", "org"
"""What became of leads: of their records, of their deals, and in which currency."""
SCOPES = {
    FIELDS: "ZohoCRM.settings.fields.READ",
    LAYOUTS: "ZohoCRM.settings.layouts.READ",
    RECORDS: "ZohoCRM.modules.ALL",
    UPDATES: "ZohoCRM.modules.ALL",
    REFERENCES: "ZohoCRM.coql.READ",
    SALES: "ZohoCRM.modules.leads.READ",
    DEALS: "ZohoCRM.modules.deals.READ",
    ORGANISATION: "ZohoCRM.org.READ",
}
"""What a token must allow for each kind of question."""


def name(kind: str, module: str = "") -> str:
    """What a question is called."""
    return f"{kind} {module}".strip()


def resting(connection: Connection, what: str, now: datetime) -> Rest | None:
    """Why the question is not to be asked now; None where it may be.

    What one token was refused the next one may be allowed: a rest ends with its token, unless it
    was the token itself that was refused, and a new one no less. Else two questions that rest
    would renew it in turns, each ending the other's rest.
    """
    if not connection.access_token:
        return None
    rows = Rest.objects.filter(connection=connection, what=what, until__gt=now)
    return rows.filter(Q(stamp=F("connection__access_stamp")) | Q(stamp=LASTING)).first()


def failed(connection: Connection, what: str, outcome: Outcome, now: datetime) -> Rest:
    """Let the question rest after this answer, or after none."""
    row = Rest.objects.filter(connection=connection, what=what).first()
    failures = row.failures if row else 0
    passing = is_passing(outcome) and not is_empty(what, outcome)
    wait = PASSING[min(failures, len(PASSING) - 1)] if passing else REFUSED_FOR
    lacks = outcome.reason == Reason.SCOPE_MISSING
    stamps = Connection.objects.values_list("access_stamp", flat=True)
    of_any = outcome.status == UNAUTHORIZED and not lacks
    values = {
        "until": now + wait,
        "failures": min(failures + 1, 1000),
        "refused": not passing,
        "stamp": LASTING if of_any else stamps.get(pk=connection.pk),
        "scope": SCOPES.get(what.split(" ")[0], "") if lacks else "",
        "text": outcome.text[:500],
    }
    rest, _made = Rest.objects.update_or_create(connection=connection, what=what, defaults=values)
    return rest


def is_passing(outcome: Outcome) -> bool:
    """Whether the same question may well be answered a minute later: a page that is no answer of
    Zoho's refuses nothing, whatever its status.
    """
    status = outcome.status
    if outcome.reason is Reason.UNREADABLE_ANSWER:
        return True
    return status is None or status < 400 or status >= 500 or status == 429


def is_empty(what: str, outcome: Outcome) -> bool:
    """Whether Zoho shows no field at all. There are always some: it refuses them."""
    return what.startswith(FIELDS) and outcome.status == EMPTY


def wake(connection: Connection) -> None:
    """A person asks: nothing rests."""
    Rest.objects.filter(connection=connection).delete()


def worked(connection: Connection, what: str) -> None:
    """The question was answered."""
    Rest.objects.filter(connection=connection, what=what).delete()


def outage_is_over(connection: Connection) -> None:
    """Zoho answers again: what had only gone without an answer is asked at once."""
    Rest.objects.filter(connection=connection, refused=False).delete()
