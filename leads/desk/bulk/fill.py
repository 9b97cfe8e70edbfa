"""“Fill in for these”: one field of all leads of a cause, looked at before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.data import as_text
from leads.decisions.bulk import run
from leads.decisions.bulk.fill import Fill
from leads.decisions.bulk.plan import plan
from leads.delivery.crm_fields import CrmField, FillsFields, NotFound, RuleTrial, filling, named_in
from leads.delivery.gateway import Preview, get_gateway
from leads.desk.bulk.fill_field import BY_ID, Apart, agreed
from leads.desk.bulk.fill_form import FillForm, is_own, own_field
from leads.desk.kit.history import attribute
from leads.desk.lead.choices import samples_of
from leads.models import BulkRetry, Lead, Site
from leads.reasons import Reason
from leads.selection import LeadFilter

SHOWN = 20
"""Leads of which a preview shows what they would become."""
LOOKED_AT = 500
"""Leads that a preview counts; of more the first of the table stand for all."""
FILLS = ("fill", "fill-failing")
"""The buttons that fill in; the second though most leads would fail with the rule."""
MOST_TRIED, FEWEST_TRIED = 1000, 20
"""Leads of all sites, and of each, that a rule is tried out on before it is saved."""
MOST_SITES = 50
"""Sites to which a page that cannot fill in for all offers to narrow."""
CHUNK = 50
"""Leads held in memory at once: a lead can be a megabyte."""
MISSING = (Reason.MANDATORY_MISSING, Reason.EXPECTED_MISSING, Reason.DEPENDENT_MISSING)
"""Causes that a rule behind all others mends: it fills what they leave empty."""


@dataclass(frozen=True)
class Cause:
    """A field that stopped some of the leads."""

    name: str
    label: str
    count: int
    address: str


@dataclass(frozen=True)
class Became:
    """What one lead would become."""

    lead: Lead
    value: str
    failure: str


@dataclass
class Trial:
    """What a fill would make of the leads."""

    looked_at: int = 0
    fitting: int = 0
    empty: int = 0
    """Leads that hold nothing at the path: they are passed over."""
    failing: Counter[str] = field(default_factory=Counter)
    rows: list[Became] = field(default_factory=list)

    @property
    def still_failing(self) -> list[tuple[str, int]]:
        """Why leads would still fail, and how many, the most frequent first."""
        return self.failing.most_common()

    def add(self, lead: Lead, value: str, failure: str) -> None:
        """Count what became of a lead that has a value."""
        self.looked_at += 1
        if failure:
            self.failing[failure] += 1
        elif value:
            self.fitting += 1
        else:
            self.empty += 1
        if len(self.rows) < SHOWN:
            self.rows.append(Became(lead, value, failure))


class FillPage:
    """One request for a fill. Only `start` writes."""

    def __init__(self, request: HttpRequest, wanted: LeadFilter) -> None:
        self.request, self.wanted = request, wanted
        self.gateway, self.now = filling(), database_now()
        self.causes = self._causes()
        chosen = wanted.field or (self.causes[0].name if self.causes else None)
        self.narrowed = replace(wanted, field=chosen) if not wanted.refused else wanted
        self.plan = plan(self.narrowed, self.now, fills=True)
        self.grave: list[tuple[Site, RuleTrial]] = []
        """Sites of which most leads would fail with the rule that was to be saved."""
        self.apart = ""
        """Why no one value is right for all of the leads; empty where one may be."""
        self.field = self._field(chosen) if chosen and self.plan.count else None
        self.form = self._form(self.field) if self.field else None

    def _causes(self) -> list[Cause]:
        """The fields that stopped these leads and can be filled in, the most frequent first."""
        every = run.matching(replace(self.wanted, field=None), self.now)
        rows = every.exclude(reason_field="").order_by().values_list("reason_field", "site_id")
        counted = Counter[str]()
        sites: dict[str, int] = {}
        for names, site_id, n in rows.annotate(n=Count("pk")):
            for name in named_in(names):
                counted[name] += n
                sites.setdefault(name, site_id)
        known = Site.objects.in_bulk(list(set(sites.values())))
        found = [(name, self._described(name, known[sites[name]])) for name in counted]
        labels = {name: one.label for name, one in found if one is not None}
        return [
            Cause(name, labels[name], n, replace(self.wanted, field=name).address())
            for name, n in counted.most_common()
            if name in labels
        ]

    def _described(self, name: str, site: Site) -> CrmField | None:
        if is_own(name):
            return own_field(name)
        return next(iter(self.gateway.fields_named(site, [name])), None) if self.gateway else None

    def _field(self, name: str) -> CrmField | None:
        """The field as it is wherever the leads go; None where it is not the same."""
        places: dict[tuple[int, str], Site] = {}
        for site, _n in self.plan.by_site:
            places.setdefault((site.destination_id, site.module), site)
        described = [self._described(name, site) for site in places.values()]
        try:
            return agreed(described, len(self._destinations()))
        except Apart as why:
            self.apart = str(why)
            return None

    def _destinations(self) -> set[int]:
        """Where the leads go: what a site got before it was moved goes where it went then."""
        rows = run.matching(self.narrowed, self.now).order_by()
        now = {site.destination_id for site, _n in self.plan.by_site}
        return now | set(rows.values_list("destination_id", flat=True).distinct())

    def _narrower(self) -> list[tuple[Site, int, str]]:
        """The sites of leads that part, how many leads each has, and where these alone are."""
        if not self.apart or len(self.plan.by_site) < 2:
            return []
        return [
            (site, n, replace(self.narrowed, site=site.pk).address())
            for site, n in self.plan.by_site[:MOST_SITES]
        ]

    def _form(self, one: CrmField) -> FillForm:
        posted = self.request.POST or None
        newest = list(islice(self._leads(), SHOWN))
        return FillForm(one, samples_of(newest), posted, self._find, self._may_rule(one))

    def _find(self, one: CrmField, name: str) -> dict[str, str]:
        if self.gateway is None:
            raise NotFound(_("Enter the id."))
        return self.gateway.find_record(self.plan.by_site[0][0], one, name)

    def _may_rule(self, one: CrmField) -> bool:
        """Whether a rule would mend it, and the person may save one."""
        if self.gateway is None or is_own(one.name):
            return False
        missing = all(reason in MISSING for reason, _n in self.plan.by_reason)
        return missing and self.request.user.has_perm(self.gateway.rule_permission)

    def _leads(self) -> Iterator[Lead]:
        """The leads, newest failure first, as many at a time as memory takes."""
        rows = run.matching(self.narrowed, self.now).order_by("-failed_at", "-pk")
        rows = rows.select_related("site").defer("body").prefetch_related("revisions")
        for at in range(0, LOOKED_AT, CHUNK):
            chunk = list(rows[at : at + CHUNK])
            yield from chunk
            if len(chunk) < CHUNK:
                return

    # --- What the buttons do ----------------------------------------------------------------------

    def start(self) -> BulkRetry | None:
        """Begin, where that was asked for by somebody who has seen just this fill's preview."""
        asked = self.request.method == "POST" and self.request.POST.get("do") in FILLS
        if not asked or self.form is None or not self.form.is_valid():
            return None
        fill = self._fill()
        if self.request.POST.get("previewed") != fill.key:
            return None
        with transaction.atomic():
            if self.form.cleaned_data.get("always") and not self._save_rules(fill):
                return None
            return run.start(self.narrowed, self.request.user, fill)[0]

    def _fill(self) -> Fill:
        """What was asked for; an id only for leads of the destination that knows it."""
        assert self.form is not None and self.field is not None  # noqa: S101, PT018
        fill = self.form.fill()
        if self.field.kind not in BY_ID or fill.path:
            return fill
        return replace(fill, destination=self.plan.by_site[0][0].destination_id)

    def _save_rules(self, fill: Fill) -> bool:
        """Have it filled in from now on, on every site of the leads; False where one cannot.

        Nor where most leads of a site would fail, until it was asked for once more.
        """
        assert self.gateway is not None and self.form is not None  # noqa: S101, PT018
        sites = [site for site, _n in self.plan.by_site]
        each = max(FEWEST_TRIED, MOST_TRIED // len(sites))
        for site in sites:
            for fault in self.gateway.rule_faults(site, fill.field, fill.value, fill.path):
                self.form.add_error("always", f"{site}: {fault}")
        if self.form.errors:
            return False
        if self.request.POST["do"] != "fill-failing":
            tried = [
                (one, self.gateway.rule_trial(one, fill.field, fill.value, fill.path, each))
                for one in sites
            ]
            self.grave = [(site, trial) for site, trial in tried if trial.is_grave]
        if self.grave:
            return False
        for site in sites:
            _add_rule(self.gateway, site, fill, self.request.user)
        return True

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        trial = key = None
        if self.form is not None and self.form.is_bound and self.form.is_valid():
            fill = self._fill()
            trial, key = self._trial(fill), fill.key
        return {
            "title": (_("Fill in %(field_label)s") % {"field_label": self.field.label})
            if self.field
            else _("Fill in"),
            "view": self.narrowed,
            "causes": self.causes,
            "field": self.field,
            "apart": self.apart,
            "grave": self.grave,
            "narrower": self._narrower(),
            "form": self.form,
            "plan": self.plan,
            "sites": ", ".join(str(site) for site, _n in self.plan.by_site),
            "trial": trial,
            "previewed": key,
            "user": self.request.user,
        }

    def _trial(self, fill: Fill) -> Trial:
        trial, leads = Trial(), self._leads()
        while chunk := list(islice(leads, CHUNK)):
            pairs = [(lead, fill.of(lead.current_data())) for lead in chunk]
            having = [(lead, data) for lead, data in pairs if data is not None]
            made = dict(
                zip((lead.pk for lead, _data in having), self._previews(having), strict=True)
            )
            for lead, data in pairs:
                found = made.get(lead.pk)
                value = _value(fill, data, found) if data is not None and found else ""
                trial.add(lead, value, found.failure if found else "")
        return trial

    def _previews(self, pairs: list[tuple[Lead, Any]]) -> list[Preview]:
        if self.gateway:
            return self.gateway.previews(pairs)
        return [get_gateway().preview(lead, data) for lead, data in pairs]


def _value(fill: Fill, data: dict[str, Any], preview: Preview) -> str:
    """What the field would hold: as it would be sent, of a record its name."""
    given = fill.value if isinstance(fill.value, dict) else None
    held = data.get(fill.field) if is_own(fill.field) else preview.record.get(fill.field)
    return as_text(given.get("name") if given else held) or _("nothing")


def _add_rule(gateway: FillsFields, site: Site, fill: Fill, user: Any) -> None:
    if gateway.add_rule(site, fill.field, fill.value, fill.path):
        attribute(site, user, f"Added a rule to the field mapping: it fills {fill.field}.")
