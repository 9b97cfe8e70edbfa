"""The dry run of an import: what the rules and the mapping say of every row. Nothing is stored."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from leads.clock import database_now
from leads.delivery.crm_fields import filling
from leads.intake.files.prepared import Layout, Prepared, kept_rows
from leads.intake.files.rows import Row
from leads.intake.files.store import already_here, judged
from leads.models import ImportChunk, LeadImport, Preferences
from leads.reasons import Reason

OTHERWISE = "(no field)"
MOST_FAULTS = 50
"""Different things that the mapping may have against rows, each with its count."""


@dataclass
class Seen:
    """What the chunks before hold: short names of their rows' keys, and of their addresses."""

    chunks: int = 0
    keys: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)

    def catch_up(self, made: LeadImport) -> None:
        """Know all chunks that were tried, by whomever."""
        if self.chunks == made.tried:
            return
        before = made.chunks.filter(number__lt=made.tried).exclude(seen="")
        for text in before.values_list("seen", flat=True).iterator():
            self.add(json.loads(text))
        self.chunks = made.tried

    def add(self, pairs: Iterable[Sequence[str]]) -> None:
        """Know some more rows."""
        for key, email in pairs:
            self.keys.add(key)
            self.emails.add(email)
        self.emails.discard("")


def try_rows(made: LeadImport, chunk: ImportChunk, seen: Seen) -> bool:
    """Count what would become of a chunk's rows; True, as there may be more."""
    layout, trial = Layout.of(made), made.trial or {}
    rows = [layout.prepared(Row(n, d)) for n, d in kept_rows(chunk.rows) if d is not None]
    seen.catch_up(made)
    here = already_here(rows, layout.site.pk)
    fresh: dict[str, Prepared] = {}
    for row in rows:
        if row.key not in here and (name := _short(row.key)) not in seen.keys:
            fresh.setdefault(name, row)
    held, going = _by_the_rules(list(fresh.values()), seen.emails)
    faults = Counter(trial.get("mapping", {})) + Counter(_by_the_mapping(going))
    found = {
        "queued": trial.get("queued", 0) + len(going),
        "already_here": trial.get("already_here", 0) + len(rows) - len(fresh),
        "held": dict(Counter(trial.get("held", {})) + held),
        "mapping": dict(faults.most_common(MOST_FAULTS)),
    }
    with transaction.atomic():
        pairs = [(name, _short(row.lead.email)) for name, row in fresh.items()]
        still = LeadImport.objects.filter(
            pk=made.pk, state=LeadImport.State.TRYING, tried=made.tried
        )
        if still.update(trial=found, tried=made.tried + 1, touched_at=database_now()):
            ImportChunk.objects.filter(pk=chunk.pk).update(seen=json.dumps(pairs))
            seen.add(pairs)
            seen.chunks += 1
    return True


def _by_the_rules(
    rows: Sequence[Prepared], emails: set[str]
) -> tuple[Counter[str], list[Prepared]]:
    """How many a rule would hold, by reason, and the rows that would go."""
    strict = Preferences.load().refuse_duplicate_emails
    for number, row in enumerate(rows, 1):
        row.lead.pk = -number  # told apart, and no stored lead's
    with transaction.atomic():
        verdicts = judged(rows)
    held, going = Counter[str](), []
    for row, verdict in zip(rows, verdicts, strict=True):
        again = _short(row.lead.email) in emails and row.lead.site.rule_in_force(strict)
        if verdict or again:
            held[(verdict.reason if verdict else Reason.DUPLICATE_EMAIL).value] += 1
        else:
            going.append(row)
    return held, going


def _by_the_mapping(rows: Sequence[Prepared]) -> Iterable[str]:
    """The CRM's field that each row would fail for, as far as the mapping says so without asking.

    Its words may quote the row; they are not kept.
    """
    gateway = filling()
    if gateway is None:
        return
    pairs = [(row.lead, row.lead.current_data()) for row in rows]
    for found in gateway.previews(pairs):
        if found.failure:
            yield found.failing or OTHERWISE


def _short(text: str) -> str:
    """A name of it, of which nobody reads what it names; empty for nothing."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] if text else ""
