"""What a bulk retry would do, worked out before anybody decides: how many, where, how long."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.decisions.bulk.run import matching
from leads.models import ApiCall, Destination, Lead, Preferences, Site
from leads.reasons import REFUSED_AGAIN, RULES, Reason
from leads.selection import LeadFilter
from leads.shown.numbers import localised

LAST_CALLS = 50
"""So many calls tell how long one takes at present."""
UNCHANGED = REFUSED_AGAIN - RULES
"""Refusals of what is in the lead, or in its way: as it is, it meets them again."""
AS_THEY_ARE = gettext_lazy(
    "A retry changes nothing of a lead: it helps only where the CRM, the mapping or the lead "
    "itself was changed since."
)
MOST_COMPARED = 20_000
"""Leads whose addresses are looked up one by one; beyond that the rule is only named."""


@dataclass
class Trip:
    """The part of a bulk retry that goes to one destination."""

    destination: Destination
    calls: int = 0

    @cached_property
    def per_second(self) -> float:
        """Calls a second: its own pace, or what its parallel calls allow where that is less."""
        newest = ApiCall.objects.filter(destination=self.destination).order_by("-pk")
        rows = newest.values_list("kind", "started_at", "ended_at")[:LAST_CALLS]
        took = [(end - start).total_seconds() for kind, start, end in rows if end and _sends(kind)]
        typical = sum(took) / len(took) if took else 0
        pace = self.destination.calls_per_second
        return min(pace, self.destination.max_slots / typical) if typical else pace

    @property
    def lasts(self) -> timedelta:
        """How long the calls take at this pace while nothing else is sent."""
        return timedelta(seconds=self.calls / self.per_second)


def _sends(kind: str) -> bool:
    return kind == ApiCall.Kind.INSERT


@dataclass
class Plan:
    """A dry run."""

    count: int
    by_site: list[tuple[Site, int]]
    by_reason: list[tuple[Reason, int]]
    trips: list[Trip]
    warnings: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """Calls in all."""
        return sum(trip.calls for trip in self.trips)

    @property
    def duration(self) -> str:
        """How long it takes, in words."""
        longest = max((trip.lasts for trip in self.trips), default=timedelta())
        minutes = math.ceil(longest.total_seconds() / 60)
        if longest < timedelta(minutes=1):
            return _("less than a minute")
        return (
            (_("about %(minutes)s minutes") % {"minutes": localised(f"{minutes:,}")})
            if minutes < 120
            else (_("about %(minutes)s hours") % {"minutes": localised(f"{minutes // 60:,}")})
        )


def plan(wanted: LeadFilter, now: datetime, fills: bool = False) -> Plan:
    """What the bulk retry of what is wanted would do at this moment.

    One that fills something in is not told what would become of the leads as they are.
    """
    rows = matching(wanted, now)
    split = rows.order_by().values_list("site_id", "reason").annotate(n=Count("pk"))
    sites, reasons = Counter[int](), Counter[str]()
    for site_id, reason, n in split:
        sites[site_id] += n
        reasons[reason] += n
    known = Site.objects.select_related("destination").in_bulk(list(sites))
    by_site = [(known[pk], n) for pk, n in sites.most_common()]
    by_reason = [(Reason(r), n) for r, n in reasons.most_common() if r in Reason.values]
    result = Plan(sum(sites.values()), by_site, by_reason, _trips(by_site))
    as_they_are = [] if fills else [*_nameless(rows, reasons), *_refused_again(reasons)]
    result.warnings = [
        *_quarantined(wanted, now), *_paused(result), *as_they_are, *_repeated(rows, result),
    ]  # fmt: skip
    return result


def _trips(by_site: list[tuple[Site, int]]) -> list[Trip]:
    """Leads of one envelope share calls of up to a batch."""
    leads = Counter[tuple[int, str]]()
    trips = {site.destination_id: Trip(site.destination) for site, _n in by_site}
    for site, n in by_site:
        leads[(site.destination_id, site.envelope)] += n
    for (destination_id, _envelope), n in leads.items():
        trip = trips[destination_id]
        trip.calls += math.ceil(n / trip.destination.batch_size)
    return list(trips.values())


def _paused(result: Plan) -> list[str]:
    places: list[Any] = [trip.destination for trip in result.trips]
    places += [site for site, _n in result.by_site]
    return [
        (
            _(
                "Sending to %(place)s is paused (%(pause_reason)s): its leads wait in "
                "the queue until it goes on."
            )
            % {"place": place, "pause_reason": place.get_pause_reason_display()}
        )
        for place in places
        if place.paused_at
    ]


def _quarantined(wanted: LeadFilter, now: datetime) -> list[str]:
    apart = wanted.rows(Lead.objects.failed(), now).filter(reason=Reason.QUARANTINED).count()
    if not apart:
        return []
    return [
        (
            _("%(apart)s in quarantine left out: read and release each of them in its row.")
            % {"apart": _leads(apart)}
        )
    ]


def _nameless(rows: QuerySet[Lead], reasons: Counter[str]) -> list[str]:
    if not reasons[Reason.MISSING_FIELD]:
        return []
    held = rows.filter(site__nameless=Site.Nameless.HOLD)
    nameless = held.filter(reason=Reason.MISSING_FIELD, reason_field="contact_name").count()
    return (
        [
            (
                _("%(nameless)s without a name: held again until corrected.")
                % {"nameless": _leads(nameless)}
            )
        ]
        if nameless
        else []
    )


def _refused_again(reasons: Counter[str]) -> list[str]:
    """What the CRM refused for what is in the leads: sending them again changes nothing of that."""
    told = {r: n for r, n in reasons.items() if r in Reason.values and Reason(r) in UNCHANGED}
    count = sum(told.values())
    return (
        [
            (
                _("%(count)s would be refused again. %(as_they_are)s")
                % {"count": _leads(count), "as_they_are": AS_THEY_ARE}
            )
        ]
        if count
        else []
    )


def _repeated(rows: QuerySet[Lead], result: Plan) -> list[str]:
    """What the rule against duplicates will hold back again."""
    everywhere = Preferences.load().refuse_duplicate_emails
    strict = [site for site, _n in result.by_site if site.rule_in_force(everywhere)]
    if not strict:
        return []
    if result.count > MOST_COMPARED:
        named = ", ".join(str(site) for site in strict[:5])
        return [
            (
                _("Leads whose e-mail another lead has are held again (%(named)s).")
                % {"named": named}
            )
        ]
    repeated = rows.filter(_repeats(strict)).count()
    if not repeated:
        return []
    return [
        (
            _(
                "%(repeated)s with an e-mail that another lead has: held again. “Send "
                "anyway” in the row sends one past that rule."
            )
            % {"repeated": _leads(repeated)}
        )
    ]


def _repeats(strict: list[Site]) -> Q:
    others = Lead.objects.counted().exclude(email="").filter(
        destination=OuterRef("destination"), email=OuterRef("email"), status__in=Lead.IN_THE_WAY
    )  # fmt: skip
    judged = Q(site__in=strict, skip_duplicate_rule=False, is_test=False) & ~Q(email="")
    return judged & Q(Exists(others.exclude(pk=OuterRef("pk"))))


def _leads(count: int) -> str:
    words = ngettext("%(count)s lead", "%(count)s leads", count)
    return words % {"count": localised(f"{count:,}")}
