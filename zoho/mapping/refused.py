"""What Zoho will say of a record, beyond its metadata: what it said of the lead, and its pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from leads.data import as_text
from leads.delivery.crm_fields import named_in
from leads.models import Lead
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.fit import modules
from zoho.fit.description import Failure
from zoho.fit.metadata import Record
from zoho.mapping.record import Plan

ALL_MUST_BE_THERE = (Reason.MANDATORY_MISSING, Reason.DEPENDENT_MISSING)
ONE_MUST_BE_THERE = Reason.EXPECTED_MISSING
OF_A_VALUE = frozenset(
    {
        Reason.TOO_LONG,
        Reason.WRONG_TYPE,
        Reason.WRONG_PATTERN,
        Reason.NOT_IN_LIST,
        Reason.INVALID_VALUE,
        Reason.WRONG_PROBABILITY,
    }
)
"""Refusals of a value, whatever else stands in the record."""
STILL_EMPTY = Sentence(_("Zoho refused this lead because %(field)s was empty, and it still is."))
SAME_VALUE = Sentence(_("Zoho refused this value of %(field)s before."))


def refused_again(lead: Lead, record: Record, plan: Plan) -> Failure | None:
    """Why Zoho would refuse the record: it has said so of this lead, or asks it of the module.

    One statement, for a lead of which a value was refused.
    """
    if lead.status == Lead.Status.FAILED:
        fields = named_in(lead.reason_field)
        if failure := _still_empty(lead, fields, record) or _still_there(
            lead, fields, record, plan
        ):
            return failure
    for words in modules.faults(lead.site.module, record):
        return Failure(Reason.MANDATORY_MISSING, words.partition(":")[0], words)
    return None


def _still_empty(lead: Lead, fields: list[str], record: Record) -> Failure | None:
    """Of the fields that Zoho missed, one that is still empty."""
    empty = [name for name in fields if not as_text(record.get(name))]
    if lead.reason == ONE_MUST_BE_THERE and len(empty) < len(fields):
        return None
    if not empty or lead.reason not in (*ALL_MUST_BE_THERE, ONE_MUST_BE_THERE):
        return None
    words = STILL_EMPTY(field=empty[0])
    return Failure(Reason(lead.reason), empty[0], words)


def _still_there(lead: Lead, fields: list[str], record: Record, plan: Plan) -> Failure | None:
    """Of the values that Zoho refused, one that would be sent once more."""
    there = [name for name in fields if as_text(record.get(name))]
    if not there or lead.reason not in OF_A_VALUE:
        return None
    refused = _sent_last(lead)
    for name in there:
        listed = {one for pair in _choices(name, plan) for one in pair}
        if refused.get(name) == record[name] and record[name] not in listed:
            words = SAME_VALUE(field=name)
            return Failure(Reason(lead.reason), name, words)
    return None


def _choices(name: str, plan: Plan) -> tuple[tuple[str, str], ...]:
    field = plan.usual.get(name)
    return field.values if field else ()


def _sent_last(lead: Lead) -> dict[str, Any]:
    """The record of the newest attempt; empty where it is no longer kept."""
    newest = lead.logs.order_by("-pk").values_list("record", flat=True).first()
    return newest if isinstance(newest, dict) else {}
