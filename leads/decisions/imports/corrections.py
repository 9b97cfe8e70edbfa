"""An exported table of failed leads that comes back corrected: a revision for each changed row.

A row is known by its lead's id and says which revision it was made of: where somebody corrected the
lead meanwhile, the row changes nothing. Nor does what a spreadsheet or a mask made of a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from leads.data import KNOWN_FIELDS, Reading, as_text, changed, filled_in
from leads.decisions.correct import revise
from leads.decisions.retry import AT_ONCE, requeue
from leads.intake.body.fields import clean
from leads.intake.errors import Unreadable
from leads.intake.files.rows import Row
from leads.intake.files.store import Result
from leads.models import Lead, LeadEvent, LeadImport
from leads.models.lead_import import Outcome
from leads.shown.cells import safe

COLUMNS = {name: name.replace("_", " ").capitalize() for name in KNOWN_FIELDS}
"""Our fields, as the export's headings call them."""
OTHERS = "Other fields"
PERMISSIONS = ("leads.correct_lead", "leads.view_personal_data")
MASKED = re.compile(r"hidden|.?…@\S*|….{0,2}|(?:\S… ?)+")
"""What the desk shows to who may not see a value; nobody means it for the value."""
SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
"""What a spreadsheet makes of a long number: its last digits are lost."""
DIGITS = re.compile(r"[1-9]\d{0,17}")


def correct_rows(made: LeadImport, rows: Sequence[Row]) -> list[Result]:
    """Correct the leads of these rows; what became of each. Belongs into a transaction."""
    user = made.created_by
    if user and not (user.is_active and user.has_perms(PERMISSIONS)):
        words = "Who uploaded the file may not correct leads any more."
        return [Result(row.line, Outcome.NOT_FOUND, words=words) for row in rows]
    ids = {row.line: _number(row.data.get("Lead")) for row in rows}
    there = _reached(made, [pk for pk in ids.values() if pk])
    seen = set(there.values_list("pk", flat=True))
    locked = Lead.objects.lock_mendable(there).filter(status=Lead.Status.FAILED)
    leads = {lead.pk: lead for lead in locked.prefetch_related("revisions")}
    results = [_corrected(row, ids[row.line], seen, leads, made) for row in rows]
    return _sent(made, results, leads) if made.sends else results


def _reached(made: LeadImport, pks: Sequence[int]) -> QuerySet[Lead]:
    """Those of the leads that the import may correct."""
    leads = Lead.objects.filter(pk__in=pks, erased_at=None)
    leads = leads.filter(site=made.site) if made.site_id else leads
    return leads.visible_to(made.created_by) if made.created_by else leads


def _corrected(
    row: Row, pk: int | None, seen: set[int], leads: dict[int, Lead], made: LeadImport
) -> Result:
    if pk is None or pk not in seen:
        return Result(row.line, Outcome.NOT_FOUND, None)
    lead = leads.get(pk)
    if lead is None:
        return Result(row.line, Outcome.NOT_OPEN, pk)
    if as_text(row.data.get("Revision")) != str(lead.revision):
        words = f"The row is of revision {_number(row.data.get('Revision')) or 0}"
        return Result(row.line, Outcome.CHANGED_MEANWHILE, pk, words=f"{words}: export it anew.")
    before = lead.current_data()
    try:
        after = corrected(before, row.data, made.columns)
    except NotUnderstood as fault:
        return Result(row.line, Outcome.UNREADABLE, pk, words=str(fault))
    if dict(after) == dict(before):
        return Result(row.line, Outcome.UNCHANGED, pk)
    revise(lead, after, made.created_by_id)
    return Result(row.line, Outcome.CORRECTED, pk)


def _sent(made: LeadImport, results: list[Result], leads: dict[int, Lead]) -> list[Result]:
    """Retry what was corrected, behind fresh leads; the rules judge it anew."""
    mine = {one.lead for one in results if one.outcome == Outcome.CORRECTED}
    again = [lead for pk, lead in leads.items() if pk in mine]
    for lead in again:  # with the revision that was just written
        vars(lead).pop("_prefetched_objects_cache", None)
    kind = LeadEvent.Kind.CORRECTED
    requeue(again, made.created_by_id, kind, Lead.Band.BULK, AT_ONCE)
    held = {lead.pk: lead for lead in again if lead.status == Lead.Status.FAILED}
    return [_after(one, held) if one.lead in mine else one for one in results]


def _after(one: Result, held: Mapping[int, Lead]) -> Result:
    lead = held.get(one.lead or 0)
    if one.outcome != Outcome.CORRECTED:
        return one
    if lead is None:
        return one._replace(outcome=Outcome.RETRIED)
    return one._replace(outcome=Outcome.HELD, reason=lead.reason, words=lead.reason_text)


class NotUnderstood(ValueError):
    """A cell whose value cannot be meant; its text names the column, never the value."""


def corrected(before: dict[str, Any], row: Mapping[str, Any], columns: Sequence[str]) -> Reading:
    """A lead's data as a row of the table has it. Raises NotUnderstood. Pure."""
    data = dict(before)
    for name, column in COLUMNS.items():
        if column not in columns:
            continue
        now, cell = as_text(before.get(name)), as_text(row.get(column))
        given = _as_typed(cell)
        if _is_same(now, cell) or _is_kept(now, given, is_phone=name == "phone"):
            continue
        if SHORTENED.fullmatch(given):
            raise NotUnderstood(f"A spreadsheet has shortened the number in “{column}”.")
        if given:
            data[name] = given
        else:
            data.pop(name, None)
    if OTHERS in columns:
        data = _with_others(data, before, as_text(row.get(OTHERS)))
    return changed(before, data, filled_in(before))


def _with_others(data: dict[str, Any], before: dict[str, Any], text: str) -> dict[str, Any]:
    """The data with the fields that are none of ours, as the row has them."""
    try:
        given = clean(json.loads(_as_typed(text) or "{}"))
    except (ValueError, RecursionError, Unreadable):
        raise NotUnderstood(f"“{OTHERS}” holds no JSON object any more.") from None
    if not isinstance(given, dict) or not set(given).isdisjoint(KNOWN_FIELDS):
        raise NotUnderstood(f"“{OTHERS}” holds no JSON object of other fields.")
    if given == {name: value for name, value in before.items() if name not in KNOWN_FIELDS}:
        return data
    return {name: value for name, value in data.items() if name in KNOWN_FIELDS} | given


def _is_kept(now: str, given: str, is_phone: bool) -> bool:
    """Whether a cell says nothing new: as it was, masked, or bare of what a spreadsheet drops."""
    hidden = bool(now) and MASKED.fullmatch(given) is not None
    # 030 123 is a number to a spreadsheet: it drops what stands before the first digit that counts.
    bare = is_phone and bool(given) and given.isdecimal() and now.lstrip("+0") == given
    return _is_same(now, given) or hidden or bare


def _is_same(now: str, given: str) -> bool:
    return " ".join(now.split()) == " ".join(given.split())


def _as_typed(text: str) -> str:
    """A cell without the quotation mark that the export puts before what begins a formula."""
    return text[1:].strip() if text.startswith("'") and safe(text[1:]) == text else text


def _number(value: Any) -> int | None:
    text = as_text(value)
    return int(text) if DIGITS.fullmatch(text) else None
