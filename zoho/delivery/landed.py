"""Leads that may have landed: Zoho is asked for their records by the reference.

It is where it refuses to show its fields. The reference field was unique when it was last read;
that it is still there shows in the question itself, which Zoho refuses where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_noop as _

from leads.clock import database_now
from leads.delivery.gateway import Outcome, Verdict
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import coql, rests
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.delivery.duplicates import row_id
from zoho.delivery.prepared import MAY_BE_THERE, Going
from zoho.models import Rest

NOT_ANSWERED = Sentence(
    _(
        "An earlier try may have arrived, and Zoho does not say whether the record is there: the "
        "lead waits until it does."
    )
)()
FOUND = Sentence(_("Found by its reference."))()


def look_for(caller: Caller, module: str, field: str, going: Going) -> dict[int, Outcome]:
    """The outcomes of leads that are not sent again, by lead id.

    Their record is there, or nobody can tell. Where Zoho refuses this question as well, nothing
    says whether the reference still keeps a second record out, and a person must look.
    """
    found: dict[int, Outcome] = {}
    what, now = rests.name(rests.REFERENCES, module), database_now()
    asked = may_be_there(field, going)
    if asked and (rest := rests.resting(caller.connection, what, now)):
        return waiting(rest, now, asked)
    try:
        for some in of_references(caller, module, field, going):
            found |= some
    except CallFailed as failure:
        unasked = [pair for pair in asked if pair[0].pk not in found]
        if not rests.is_passing(failure.outcome):
            return found | {lead.pk: made.refused_as(MAY_BE_THERE) for lead, made in unasked}
        rest = rests.failed(caller.connection, what, failure.outcome, now)
        return found | waiting(rest, now, unasked)
    if asked:
        rests.worked(caller.connection, what)
    return found


def may_be_there(field: str, going: Going) -> Going:
    """Those of the leads whose record can be asked for, and may be there."""
    return [
        (lead, made)
        for lead, made in going
        if lead.maybe_landed and not lead.update_existing and field in made.fitted.reserved
    ]


def of_references(
    caller: Caller, module: str, field: str, going: Going
) -> Iterator[dict[int, Outcome]]:
    """The outcomes of leads whose record is there, fifty by fifty. Raises CallFailed."""
    asked = {str(lead.reference): lead.pk for lead, _made in may_be_there(field, going)}
    for some in coql.fifties(sorted(asked)):
        rows = coql.select(caller, ["id", field], module, coql.one_of(field, some)).rows
        named = ((asked.get(str(row.get(field))), row_id(row)) for row in rows)
        yield {pk: stored(record) for pk, record in named if pk and record}


def stored(record: str) -> Outcome:
    """An earlier try had stored it."""
    text = FOUND
    return Outcome(Verdict.STORED, zoho_id=record, text=text, already_there=True, sent=False)


def waiting(rest: Rest, now: datetime, leads: Going) -> dict[int, Outcome]:
    """What leads come to while Zoho does not say whether they are there, and is not asked."""
    wait = max(0.0, (rest.until - now).total_seconds())
    outcome = Outcome(Verdict.NOT_BEGUN, Reason.NO_ANSWER, text=NOT_ANSWERED, wait=wait, sent=False)
    return {lead.pk: outcome for lead, _made in leads}
