"""What Zoho asks of single modules beyond their fields, one line a module in RULES.

A rule sees the record as it was sent and yields the errors that keep it from being stored. An
update only has to be right about the keys it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zoho.sandbox.errors import error
from zoho.sandbox.organisation.built_in import PIPELINES
from zoho.sandbox.wire import Json

MOST_PARTICIPANTS = 50
PRICING = ("from_range", "to_range", "discount")
_NO_TIME = re.compile(r"[0:\s]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in the call, and how the call reads it."""

    path: str
    switches: Mapping[str, Any]
    update: bool

    def error(self, code: str, name: str, message: str | None = None, **details: Any) -> Json:
        """The error object for one field of this record."""
        found = {**details, "api_name": name, "json_path": f"{self.path}.{name}"}
        return error(code, found, message)

    def field(self, name: str) -> Json:
        """A field as `dependee` names it."""
        return {"api_name": name, "json_path": f"{self.path}.{name}"}


Rule = Callable[[Json, Place], Iterator[Json]]


def _related_needs_its_module(record: Json, place: Place) -> Iterator[Json]:
    if record.get("What_Id") and not record.get("$se_module"):
        dependee = place.field("What_Id")
        yield place.error("DEPENDENT_FIELD_MISSING", "$se_module", dependee=dependee)


def _call_lasts(record: Json, place: Place) -> Iterator[Json]:
    duration = record.get("Call_Duration")
    kind = record.get("Call_Type")
    zero = duration is not None and duration != "" and _NO_TIME.fullmatch(str(duration))
    if zero and kind in ("Inbound", "Outbound"):
        dependee = place.field("Call_Type")
        message = "Call Duration can not be zero."
        yield place.error("DEPENDENT_MISMATCH", "Call_Duration", message, dependee=dependee)


def _not_too_many_participants(record: Json, place: Place) -> Iterator[Json]:
    participants = record.get("Participants")
    if isinstance(participants, list) and len(participants) > MOST_PARTICIPANTS:
        message = f"Only {MOST_PARTICIPANTS} participants can be added to an event."
        limit = {"maximum_length": MOST_PARTICIPANTS}
        yield place.error("LIMIT_EXCEEDED", "Participants", message, **limit)


def _recurring_needs_a_reminder(record: Json, place: Place) -> Iterator[Json]:
    if record.get("Remind_At"):
        return
    if record.get("Recurring_Activity"):
        dependee = place.field("Recurring_Activity")
        yield place.error("DEPENDENT_FIELD_MISSING", "Remind_At", dependee=dependee)
    elif place.switches["remind_at"] == "always" and not place.update:
        yield place.error("MANDATORY_NOT_FOUND", "Remind_At")


def _reminder_is_complete(record: Json, place: Place) -> Iterator[Json]:
    reminder: Any = record.get("Remind_At")
    for name in ("ACTION", "TRIGGER") if isinstance(reminder, dict) else ():
        # Zoho's own SDKs send the reminder as one string under ALARM.
        if not reminder.get(name) and "ALARM" not in reminder:
            yield place.error("MANDATORY_NOT_FOUND", f"Remind_At.{name}")


def _prices_have_ranges(record: Json, place: Place) -> Iterator[Json]:
    details = record.get("Pricing_Details")
    for number, entry in enumerate(details if isinstance(details, list) else ()):
        for name in PRICING if isinstance(entry, dict) else ():
            if entry.get(name) is None:
                path = f"{place.path}.Pricing_Details[{number}].{name}"
                yield error("MANDATORY_NOT_FOUND", {"api_name": name, "json_path": path})


def _probability_is_a_share(record: Json, place: Place) -> Iterator[Json]:
    value: Any = record.get("Probability")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and not 0 <= value <= 100:
        yield place.error("INVALID_DATA", "Probability", "Given Probability is not valid")


def _stage_is_of_the_pipeline(record: Json, place: Place) -> Iterator[Json]:
    if place.switches["pipelines"] == "off":
        return
    pipeline: Any = record.get("Pipeline")
    if not pipeline:
        if not place.update:
            yield place.error("MANDATORY_NOT_FOUND", "Pipeline")
    elif not isinstance(pipeline, str) or pipeline not in PIPELINES:
        yield place.error("INVALID_DATA", "Pipeline", supported_values=list(PIPELINES))
    elif record.get("Stage") and record["Stage"] not in PIPELINES[pipeline]:
        stages = list(PIPELINES[pipeline])
        yield place.error("INVALID_DATA", "Stage", supported_values=stages)


def _job_sheet_fits(record: Json, place: Place) -> Iterator[Json]:
    sheet = record.get("Job_Sheet_Section")
    required = record.get("Job_Sheet_Required")
    if isinstance(required, str) and required.lower() == "yes" and not sheet:
        dependee = place.field("Job_Sheet_Required")
        yield place.error("DEPENDENT_FIELD_MISSING", "Job_Sheet_Section", dependee=dependee)
    elif sheet and not place.update and record.get("Status") != "Completed":
        dependee = place.field("Status")
        yield place.error("DEPENDENT_MISMATCH", "Job_Sheet_Section", dependee=dependee)


RULES: dict[str, tuple[Rule, ...]] = {
    "Calls": (_related_needs_its_module, _call_lasts),
    "Events": (
        _related_needs_its_module,
        _not_too_many_participants,
        _recurring_needs_a_reminder,
    ),
    "Tasks": (_related_needs_its_module, _reminder_is_complete),
    "Deals": (_probability_is_a_share, _stage_is_of_the_pipeline),
    "Price_Books": (_prices_have_ranges,),
    "Appointments": (_job_sheet_fits,),
}
