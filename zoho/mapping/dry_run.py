"""Trying a mapping out: on one lead, and on a site's newest thousand, without sending anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from leads.data import has_name, stand_in
from leads.delivery.crm_fields import RuleTrial
from leads.delivery.gateway import Fault, Preview
from leads.models import Lead, Site
from leads.reasons import Reason
from leads.shown.sentences import Sentence, either
from zoho.fit.description import Failure
from zoho.mapping.entry_form import entry_form
from zoho.mapping.names import maker_of
from zoho.mapping.plans import StoredRules, plan_for
from zoho.mapping.record import Fitted, Plan, to_record
from zoho.mapping.refused import refused_again

NEWEST = 1000
"""Leads that a dry run looks at."""
CHUNK = 100
"""Leads held in memory at once: a lead can be a megabyte."""
EXAMPLES = 10
"""Ids kept for each tally, enough to look at."""
SEVERAL = Sentence(_("Intake holds it: %(either)s could be the %(name)s."))
NAMELESS = Sentence(_("Intake holds it: there is no name, and no rule makes one."))


def preview(
    site: Site,
    lead: Lead,
    rules: StoredRules | None = None,
    rest: str = "",
    data: dict[str, Any] | None = None,
) -> Preview:
    """The record that would be sent for a lead today, or with other rules or data.

    Uses the lead's newest revision; nothing is stored or sent.
    """
    return judged(lead, plan_for(site, rules, rest), data)


def previews(pairs: Iterable[tuple[Lead, dict[str, Any]]]) -> list[Preview]:
    """The records that would be sent for leads with these data, a plan made once for each site."""
    plans: dict[int, Plan] = {}
    found = []
    for lead, data in pairs:
        if lead.site_id not in plans:
            plans[lead.site_id] = plan_for(lead.site)
        found.append(judged(lead, plans[lead.site_id], data))
    return found


def judged(lead: Lead, plan: Plan, data: dict[str, Any] | None = None) -> Preview:
    """The record by this plan, and what stops it: at intake, here, or at Zoho as far as known."""
    unclear = lead.unclear if data is None else {}
    data = lead.current_data() if data is None else data
    fitted = to_record(data, plan)
    record = {**fitted.record, **dict.fromkeys(fitted.reserved, str(lead.reference))}
    held = held_at_intake(unclear, data, plan)
    again = None if held or fitted.failure else refused_again(lead, record, plan)
    failure = held or fitted.failure or again
    return Preview(
        record,
        fitted.repairs,
        failure=failure.text if failure else "",
        failing=(fitted.failure or failure).field if failure else "",
        form=entry_form(data, record, plan),
        mendings=fitted.mendings,
        faults=tuple(
            Fault(one.reason, one.field, one.text) for one in (*fitted.faults, again) if one
        ),
        described=fitted.described,
    )


def held_at_intake(
    unclear: dict[str, list[str]], data: dict[str, Any], plan: Plan
) -> Failure | None:
    """What holds a lead before any record is made of it, were it to arrive with this plan.

    Not the rule against duplicates: what it says depends on the leads of that moment.
    """
    for name, paths in unclear.items():
        words = SEVERAL(either=either(paths), name=name.replace("_", " "))
        return Failure(Reason.UNCLEAR, name, words)
    named = has_name(data) or stand_in(data, plan.nameless)[1]
    if named or maker_of(plan.rules, plan.home)(data):
        return None
    return Failure(Reason.MISSING_FIELD, "contact_name", NAMELESS())


@dataclass
class Tally:
    """How many leads one thing is true of, and the ids of the newest of them."""

    count: int = 0
    examples: list[int] = field(default_factory=list)

    def add(self, lead_id: int) -> None:
        """Count a lead."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(lead_id)


@dataclass
class DryRun:
    """What rules would do to a site's newest leads, beside the mapping of today."""

    leads: int = 0
    changed: Tally = field(default_factory=Tally)
    """Their record would be another one than with the mapping of today."""
    fields: Counter[str] = field(default_factory=Counter)
    """How many records would change, by field."""
    repaired: Tally = field(default_factory=Tally)
    failed: Tally = field(default_factory=Tally)
    failed_today: int = 0
    """How many fail with the mapping of today."""
    reasons: dict[tuple[Reason, str], Tally] = field(default_factory=dict)
    """Those that would fail, by reason and Zoho field."""

    @property
    def outcome(self) -> RuleTrial:
        """What is said of it before the rules are saved."""
        return RuleTrial(self.leads, self.failed.count, self.failed_today)

    def count(
        self, lead_id: int, new: Fitted, old: Fitted, why: Failure | None, before: Failure | None
    ) -> None:
        """Count one lead, and why it would fail and fails today."""
        self.leads += 1
        names = {n for n in {**new.record, **old.record} if _differs(new.record, old.record, n)}
        self.fields.update(names)
        if names:
            self.changed.add(lead_id)
        if new.repairs:
            self.repaired.add(lead_id)
        self.failed_today += before is not None
        if why:
            self.failed.add(lead_id)
            self.reasons.setdefault((why.reason, why.field), Tally()).add(lead_id)


def _differs(new: dict[str, Any], old: dict[str, Any], name: str) -> bool:
    return new.get(name) != old.get(name)


def run(site: Site, rules: StoredRules, rest: str = "", limit: int = NEWEST) -> DryRun:
    """What the rules would do to the site's `limit` newest leads. Two queries a hundred leads."""
    new, old, dry_run = plan_for(site, rules, rest), plan_for(site), DryRun()
    for lead in _newest(site, limit):
        data = lead.current_data()
        one, other = to_record(data, new), to_record(data, old)
        why = held_at_intake(lead.unclear, data, new) or one.failure
        before = held_at_intake(lead.unclear, data, old) or other.failure
        dry_run.count(lead.pk, one, other, why, before)
    return dry_run


def _newest(site: Site, limit: int) -> Iterator[Lead]:
    """The newest leads of a site with their revisions, a hundred at a time."""
    leads = Lead.objects.filter(site=site).order_by("-pk").defer("body")
    last = None
    while limit > 0:
        chunk = leads if last is None else leads.filter(pk__lt=last)
        rows = list(chunk.prefetch_related("revisions")[: min(limit, CHUNK)])
        if not rows:
            return
        yield from rows
        limit, last = limit - len(rows), rows[-1].pk
