"""A dry run: what is read from a submission, what the rules say of it, and what the CRM would get.

By the code that takes a real one; nothing is stored, and the rule against duplicates is not asked:
what it says tells who has written before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from leads.data import KNOWN_FIELDS, as_text
from leads.delivery.gateway import Preview, get_gateway
from leads.intake.body.submission import Submission
from leads.intake.receive import Origin, overloaded, read_for, unsaved
from leads.intake.rules import Held, judge
from leads.models import Lead, Site
from leads.reasons import Reason

STAND_IN = uuid.UUID(int=0)
"""In the record, for the reference that a lead is given once it is stored."""


class Warned(NamedTuple):
    """Something to know before a real one is sent."""

    code: str
    field: str
    text: str


class DryRun(NamedTuple):
    """What would become of a submission."""

    lead: Lead
    """As it would be stored; it is not."""
    held: Held | None
    preview: Preview

    @property
    def status(self) -> str:
        """What the lead would be at first."""
        return Lead.Status.FAILED if self.held else Lead.Status.QUEUED

    @property
    def recognised(self) -> dict[str, dict[str, str]]:
        """By our own field what was read, where it stood, and what spoke for it."""
        return dict(_recognised(self.lead))

    @property
    def warnings(self) -> list[Warned]:
        """What goes to the description, what would be refused, and what is missing."""
        shown, unclear = self.preview, self.lead.unclear
        return [
            *(Warned(fault.reason.value, fault.field, fault.text) for fault in shown.faults),
            *(Warned("unclear", name, _unclear(paths)) for name, paths in unclear.items()),
            *(Warned("in_description", name, IN_DESCRIPTION) for name in shown.described),
        ]


IN_DESCRIPTION = "No rule or field takes all of it: it goes to the description."


def dry_run(submission: Submission, site: Site, origin: Origin) -> DryRun:
    """What would become of it today. Raises Unreadable; asks the database, stores nothing."""
    submission = read_for(submission, site)
    lead = unsaved(submission, site, origin)
    lead.reference = STAND_IN
    held = overloaded(submission) or judge(lead, refuses_duplicates=False)
    return DryRun(lead, held, get_gateway().preview(lead))


def _recognised(lead: Lead) -> Iterator[tuple[str, dict[str, str]]]:
    if lead.reading is None:
        for name in KNOWN_FIELDS:
            if text := as_text(lead.data.get(name)):
                yield name, {"value": text, "path": name, "why": "own_name"}
        return
    for path, name in lead.reading["paths"].items():
        text = as_text(lead.reading["fields"].get(name))
        yield name, {"value": text, "path": path, "why": lead.reading["why"][name]}


def _unclear(paths: list[str]) -> str:
    return f"Could be {' or '.join(paths)}"[:500]


def as_json(run: DryRun) -> dict[str, Any]:
    """The answer to a program. It alone repeats the caller's own values."""
    held, lead = run.held, run.lead
    return {
        "status": run.status,
        "reason": _reason(held) if held else None,
        "recognised": run.recognised,
        "fields": lead.current_data(),
        "flags": [_flag(flag) for flag in lead.oddities],
        "repairs": run.preview.repairs,
        "record": {"module": lead.site.module, "fields": run.preview.record},
        "warnings": [warned._asdict() for warned in run.warnings],
    }


def _reason(held: Held) -> dict[str, str]:
    about = {"code": held.reason.value, "title": Reason.title_of(held.reason, held.field)}
    return about | ({"field": held.field} if held.field else {})


def _flag(flag: Any) -> dict[str, str]:
    return {"code": flag.value, "title": str(flag.label)}
