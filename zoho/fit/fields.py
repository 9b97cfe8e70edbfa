"""Fields of Zoho modules: read before the first send, every night, and when proven wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall, Destination, Lead, Site
from leads.reasons import Reason
from zoho.api import rests
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit.drift import module_read
from zoho.fit.layouts import Layouts, compact_layouts
from zoho.fit.metadata import Field, Kept, compact, read_fields
from zoho.models import Connection, Mapping, ModuleFields

KEPT_FOR = timedelta(hours=1)
"""How long a change of the fields in Zoho may go unnoticed, and values with it be dropped."""
UNVERIFIED_FOR = timedelta(minutes=10)
"""How soon a missing reference field is looked for again: somebody may just have made it."""
DOUBTED_FOR = timedelta(minutes=10)
"""How long a reading that confirmed contradicted fields is believed."""
CALL_SECONDS = 20.0
"""Time for one reading in the nightly round."""


def known(connection: Connection, module: str) -> ModuleFields | None:
    """What was last read of a module; None before the first time."""
    row = ModuleFields.objects.filter(connection=connection, module=module).first()
    if row is not None:
        row.connection = connection  # as it was loaded: pages leave its secrets alone
    return row


def is_stale(row: ModuleFields | None, now: datetime) -> bool:
    """Whether the metadata of the module must be read before the next send."""
    if row is None or row.stale:
        return True
    return now - row.read_at > (KEPT_FOR if reference_is_unique(row) else UNVERIFIED_FOR)


def is_due(
    row: ModuleFields, now: datetime, sites: Iterable[Site], not_before: datetime | None
) -> bool:
    """Whether these sites' leads ask for a new reading: it is old, made before a moment that
    matters, or says nothing of a layout that one of them names.
    """
    if is_stale(row, now) or (not_before and row.read_at < not_before):
        return True
    if not lacks_layout(row, sites):
        return False
    what = rests.name(rests.LAYOUTS, row.module)
    old = row.layouts is None or now - row.read_at > UNVERIFIED_FOR
    return old and not rests.resting(row.connection, what, now)


def reference_is_unique(row: ModuleFields | None) -> bool:
    """Whether Zoho refuses a second record with our reference: a unique single-line field."""
    field = row.fields.get(row.connection.reference_field, {}) if row else {}
    good = field.get("unique") and field.get("type") == "text" and not field.get("read_only")
    return bool(good)


def described(row: ModuleFields | None) -> dict[str, Field] | None:
    """The fields as fitting needs them; None while nothing was read."""
    return read_fields(row.fields) if row else None


def layouts(row: ModuleFields | None) -> Layouts:
    """The module's layouts, as far as they were read."""
    return Layouts((row.layouts if row else None) or {})


def lacks_layout(row: ModuleFields | None, sites: Iterable[Site]) -> bool:
    """Whether a site names a layout of which nothing was read yet."""
    known = layouts(row)
    return not all(known.know(site.options.get("Layout")) for site in sites)


# --- Reading ------------------------------------------------------------------------------------


class Undescribed(CallFailed):
    """Zoho answered, and did not describe the module."""


def read(caller: Caller, module: str, tell: bool = True) -> ModuleFields:
    """Read a module's fields from Zoho and keep them. Raises CallFailed, or Undescribed.

    Without `tell` it is for the next reading to tell what changed.
    """
    answer = caller.ask(
        ApiCall.Kind.METADATA, "GET", "/crm/v8/settings/fields", params={"module": module}
    )
    found = compact(answer.json()) if answer.status == 200 else None
    if not found:  # a module without a field is none: by such a list every lead would be refused
        raise Undescribed(_before_the_insert(read_other(answer.status, answer.body)))
    rests.worked(caller.connection, rests.name(rests.FIELDS, module))
    by_layout = read_layouts(caller, module) if names_layouts(caller.connection, module) else None
    return store(caller.connection, module, found, database_now(), by_layout, tell)


def read_layouts(caller: Caller, module: str) -> dict[str, Kept] | None:
    """The module's layouts; None while Zoho does not describe them, which then rests.

    Raises CallFailed only where the token is refused.
    """
    now, what = database_now(), rests.name(rests.LAYOUTS, module)
    if rests.resting(caller.connection, what, now):
        return None
    try:
        answer = caller.ask(
            ApiCall.Kind.METADATA, "GET", "/crm/v8/settings/layouts", params={"module": module}
        )
    except CallFailed as failure:
        if failure.outcome.verdict is not Verdict.NOT_SENT:
            raise
        rests.failed(caller.connection, what, failure.outcome, now)
        return None
    found = compact_layouts(answer.json()) if answer.status in (200, 204) else None
    if found is None and answer.status != 204:
        outcome = read_other(answer.status, answer.body)
        rests.failed(caller.connection, what, outcome, now)
        return None
    rests.worked(caller.connection, what)
    return found or {}


def names_layouts(connection: Connection, module: str) -> bool:
    """Whether a site of the module, by its options or by a rule, says which layout is used."""
    sites = Site.objects.filter(destination=connection.destination_id, module=module)
    if any("Layout" in options for options in sites.values_list("options", flat=True)):
        return True
    stored = Mapping.objects.filter(site__in=sites).values_list("rules", flat=True)
    return any(
        isinstance(rule, dict) and rule.get("target") == "Layout"
        for rules in stored
        for rule in (rules if isinstance(rules, list) else [])
    )


def _before_the_insert(outcome: Outcome) -> Outcome:
    """What a failed preparation means for the leads: none of them was sent."""
    passing = (Verdict.UNKNOWN, Verdict.STORED, Verdict.REFUSED, Verdict.BATCH_REFUSED)
    if outcome.verdict in passing:
        return replace(outcome, verdict=Verdict.NOT_SENT, reason=outcome.reason or Reason.REFUSED)
    return outcome


@transaction.atomic
def store(
    connection: Connection,
    module: str,
    found: dict[str, Kept],
    now: datetime,
    by_layout: dict[str, Kept] | None = None,
    tell: bool = True,
) -> ModuleFields:
    """Keep the metadata with what refusals have taught, and tell the engine what it means.

    What changed since a reading that told of changes is told by `module_read`. Layouts that were
    not read stay as they were.
    """
    rows = ModuleFields.objects.filter(connection=connection, module=module)
    old = rows.select_for_update().first()
    values: dict[str, Any] = {
        "fields": _with_lessons(found, old.fields if old else {}),
        "layouts": old.layouts if old and by_layout is None else by_layout,
        "read_at": now,
        "stale": False,
        "untold": None if tell else _untold(old),
    }
    row, _made = ModuleFields.objects.update_or_create(
        connection=connection, module=module, defaults=values
    )
    row.connection = connection
    tell_the_engine(connection)
    before = _before(old)
    if tell and before and (before.fields, before.layouts) != (row.fields, row.layouts):
        module_read.send(ModuleFields, row=row, before=before, now=now)
    return row


def _untold(old: ModuleFields | None) -> Any:
    """The state of which people were last told, kept until they are told of what became of it."""
    if old is None:
        return None
    return old.untold or {"fields": old.fields, "layouts": old.layouts}


def _before(old: ModuleFields | None) -> ModuleFields | None:
    """The module as people know it, with no change of it that they were not told."""
    if old and old.untold:
        old.fields, old.layouts = old.untold["fields"], old.untold["layouts"]
    return old


def _with_lessons(found: dict[str, Kept], old: dict[str, Kept]) -> dict[str, Kept]:
    """A list that refused a value stays closed until its choices change."""
    return {
        name: kept | {"closed": True}
        if old.get(name, {}).get("closed") and old[name].get("values") == kept.get("values")
        else kept
        for name, kept in found.items()
    }


def tell_the_engine(connection: Connection) -> None:
    """Write down whether a second send is safe: in every module that was read."""
    rows = list(ModuleFields.objects.filter(connection=connection))
    for row in rows:
        row.connection = connection
    safe = bool(rows) and all(map(reference_is_unique, rows))
    Destination.objects.filter(pk=connection.destination_id).update(resend_is_safe=safe)


def refresh(connection: Connection, module: str, deadline: Deadline) -> ModuleFields:
    """Read a module's fields now, for a button. Raises CallFailed, whose outcome has the words."""
    return read(Caller(connection, deadline), module)


def refresh_all(deadline: Deadline) -> int:
    """Read the fields of every module that sites deliver into; how many were read.

    One that cannot be read keeps what is known; the next batch or the next night tries again.
    """
    wanted = (
        Connection.objects.filter(destination__sites__isnull=False)
        .values_list("pk", "destination__sites__module")
        .distinct()
    )
    connections = Connection.objects.select_related("destination").in_bulk()
    done = 0
    for pk, module in wanted.order_by("pk", "destination__sites__module"):
        connection = connections[pk]
        if connection.is_set_up and deadline.allows(CALL_SECONDS):
            done += _refreshed(connection, module, deadline.within(CALL_SECONDS))
    return done


def _refreshed(connection: Connection, module: str, deadline: Deadline) -> bool:
    try:
        refresh(connection, module, deadline)
    except CallFailed:
        return False
    return True


# --- Learning from refusals -----------------------------------------------------------------------

DOUBTS = (
    Reason.MANDATORY_MISSING,
    Reason.TOO_LONG,
    Reason.WRONG_TYPE,
    Reason.WRONG_PATTERN,
    Reason.INVALID_VALUE,
    Reason.NOT_IN_LIST,
)


def learn(row: ModuleFields, outcomes: Iterable[Outcome], now: datetime) -> None:
    """Zoho refused what its metadata calls fine: have it read again, and note a closed list."""
    doubts = [o for o in outcomes if o.verdict is Verdict.REFUSED and o.reason in DOUBTS]
    closed = [o.field for o in doubts if o.reason == Reason.NOT_IN_LIST and o.field in row.fields]
    changes: dict[str, Any] = {}
    if doubts and (row.doubted_at is None or now - row.doubted_at > DOUBTED_FOR):
        changes = {"stale": True, "doubted_at": now}
    if closed:
        changes["fields"] = row.fields | {n: row.fields[n] | {"closed": True} for n in closed}
    if changes:  # unless somebody has read them anew meanwhile
        ModuleFields.objects.filter(pk=row.pk, read_at=row.read_at).update(**changes)


def can_be_mended(lead: Lead, outcome: Outcome, field: Field | None) -> bool:
    """Whether the refusal taught something by which the same lead fits the next time.

    Only for a lead that was never refused before: if the lesson does not help, a person must look.
    """
    if outcome.verdict is not Verdict.REFUSED or lead.attempts or field is None:
        return False
    if outcome.reason == Reason.NOT_IN_LIST:
        return not field.closed
    limit = _maximum_length(outcome.answer)
    return outcome.reason == Reason.TOO_LONG and limit is not None and limit < field.length


def _maximum_length(answer: str) -> int | None:
    """The limit that Zoho names in its answer about a record; None where it names none."""
    try:
        limit = json.loads(answer)["details"]["maximum_length"]
    except (ValueError, KeyError, TypeError):
        return None
    return limit if isinstance(limit, int) else None
