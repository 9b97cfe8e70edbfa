"""A lead stored in one round trip: proof of the key, lead, counter, commit, look at the wakeup.

For PostgreSQL, outside of a transaction, and for a site that was asked for a moment ago (see
`keys.remembered_site`). A post costs most where one process waits for another, so all that a
plain lead needs is one message:

    BEGIN; EXECUTE the lead and its figure, if the key still proves; COMMIT; EXECUTE the look

The look comes after the commit: a worker clears the wakeup, then looks for leads, so that a wakeup
which woke before could be one whose answer missed this lead.
"""

from __future__ import annotations

from functools import cache

from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    connections,
)

from leads.delivery.wakeup import WAKE_EVERY
from leads.intake import prepared
from leads.intake.guard.keys import proof
from leads.intake.insert import columns_of, values_of
from leads.models import CounterDelta, Lead
from leads.models.destination import wakes_still

Shown = tuple[str, str, str]
"""A `keys.Proof`."""


class Disproved(Exception):
    """The key or its site are not what they were, or the proof does not suffice.

    Nothing was stored; the site has to be asked for anew.
    """


def store(lead: Lead, figure: CounterDelta, shown: Shown) -> bool:
    """Store a new lead and its figure; whether the wakeup of its destination wakes afterwards.

    A connection that dies meanwhile is replaced once: the reference, unique among leads, tells
    whether the lead is stored already. Raises Disproved, or IntegrityError for an
    Idempotency-Key that was used.
    """
    # As in `keys.first_row`: this statement shows whether the connection lives.
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _store(lead, figure, shown)
    except (OperationalError, InterfaceError):
        if not _is_lost():
            raise
        connection.close()
    try:
        return _store(lead, figure, shown)
    except IntegrityError:
        if not _adopt(lead):
            raise
        return False


def _store(lead: Lead, figure: CounterDelta, shown: Shown) -> bool:
    this = connections[connection.alias]
    _look, span = wakes_still(WAKE_EVERY)
    insert = prepared.execute(this, "lead_if_proven", lead_if_proven())
    look = prepared.execute(this, "lead_and_wakeup", lead_and_wakeup())
    values = [*shown, *values_of(figure), *values_of(lead)]
    values += [lead.destination_id, span, lead.reference]
    with this.cursor() as cursor:
        try:
            cursor.execute(f"BEGIN; {insert}; COMMIT; {look}", values)
        except DatabaseError:
            if not this.connection.closed:
                cursor.execute("ROLLBACK")
            raise
        row = cursor.fetchone()
    if row is None:
        raise Disproved
    _is_stored(lead, row[0])
    return bool(row[1])


def _is_lost() -> bool:
    """Whether there is no connection any more; one that only waited too long is there."""
    raw = connection.connection
    return raw is None or bool(raw.closed)


def _adopt(lead: Lead) -> bool:
    """Whether the lead turns out to be stored; it gets its id then."""
    pk = Lead.objects.filter(reference=lead.reference).values_list("pk", flat=True).first()
    if pk is not None:
        _is_stored(lead, pk)
    return pk is not None


def _is_stored(lead: Lead, pk: int) -> None:
    lead.pk = pk
    lead._state.adding, lead._state.db = False, connection.alias


@cache
def lead_if_proven() -> str:
    """The statement that stores a figure and a lead if a key still proves.

    Its parameters are the fields of a `Proof`, the figure's columns and the lead's.
    """
    return f"WITH proven AS ({proof()}), counted AS ({_insert(CounterDelta)}) {_insert(Lead)}"


def _insert(model: type[Lead] | type[CounterDelta]) -> str:
    names, types = columns_of(model)
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) "  # noqa: S608 - our own names
        f"SELECT {', '.join(f'%s::{kind}' for kind in types)} FROM proven"
    )


@cache
def lead_and_wakeup() -> str:
    """The id of a stored lead, and whether the wakeup wakes. Parameters: those of the look at the
    wakeup (destination, span), and the lead's reference.
    """
    look, _span = wakes_still(WAKE_EVERY)
    # The server must know the type of what is subtracted from a time.
    look = look.replace("- %s", "- %s::interval")
    return f"SELECT id, EXISTS ({look}) FROM leads_lead WHERE reference = %s"  # noqa: S608
