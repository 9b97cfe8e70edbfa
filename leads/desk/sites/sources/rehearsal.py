"""Rehearsing a stored post of a source: how it would be read today, and what Zoho would get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from leads.data import as_text
from leads.desk.kit import masking
from leads.desk.kit.formatting import label
from leads.intake.body.read_any import read_submissions
from leads.intake.body.submission import Submission
from leads.intake.derived import shaped
from leads.intake.errors import Refusal
from leads.intake.receive import Origin
from leads.intake.tryout.dry_run import DryRun, dry_run
from leads.models import Lead, Source
from leads.reasons import Reason

LONGEST_ID = 18


@dataclass(frozen=True)
class Rehearsal:
    """What would become of a stored post, were it to arrive now."""

    lead: Lead
    """What it became when it arrived."""
    run: DryRun | None = None
    """None where it cannot be read, or holds no value."""
    why: str = ""
    """Why it cannot be read."""

    @property
    def held(self) -> str:
        """Why a rule would hold it, in words; empty where none would."""
        held = self.run.held if self.run else None
        return Reason.title_of(held.reason, held.field) if held else ""

    @property
    def read(self) -> list[tuple[str, str, str]]:
        """Our fields in words, with what was read and where it stood."""
        recognised = self.run.recognised if self.run else {}
        return [(label(name), one["value"], one["path"]) for name, one in recognised.items()]

    @property
    def record(self) -> list[tuple[str, str]]:
        """The record's fields by their API names."""
        record = self.run.preview.record if self.run else {}
        return [(name, as_text(value)) for name, value in record.items()]


def rehearsal(request: HttpRequest, source: Source) -> dict[str, Any]:
    """What the page of a source shows of the post in `?rehearse=`; for who may see leads whole."""
    may, asked = masking.may_see_leads_whole(request.user), request.GET.get("rehearse", "")
    if not may or not (asked.isdecimal() and len(asked) <= LONGEST_ID):
        return {"may_rehearse": may}
    lead = Lead.objects.filter(webhook_source=source, pk=int(asked)).first()
    return {"may_rehearse": may, "rehearsal": rehearse(lead, source) if lead else None}


def rehearse(lead: Lead, source: Source) -> Rehearsal:
    """The post as the source has it read today. Stores nothing, and asks Zoho nothing."""
    try:
        shape = shaped(stored_post(lead), source)
        if shape is None:
            return Rehearsal(lead)
        origin = Origin(source=Lead.Source.WEBHOOK, posted_by=source)
        return Rehearsal(lead, dry_run(shape.submission, source.site, origin))
    except Refusal as refusal:
        return Rehearsal(lead, why=str(refusal.detail))


def stored_post(lead: Lead) -> Submission:
    """What arrived, as far as it is kept. Raises Refusal where nobody can read it."""
    if lead.data:
        return Submission(bytes(lead.body), lead.content_type, lead.data)
    found = read_submissions(lead.content_type, bytes(lead.body))
    return found[0] if found else Submission(b"", lead.content_type, {})
