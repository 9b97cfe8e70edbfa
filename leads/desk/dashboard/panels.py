"""The parts of the dashboard that are drawn: by reason, by who must act, by site, and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import OuterRef, Subquery
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads.counters import volume
from leads.counters.deltas import rate
from leads.counters.read import Counters
from leads.desk.dashboard import charts, series
from leads.desk.kit.links import Links
from leads.models import CounterDelta, Heartbeat, Lead, LeadEvent, Site
from leads.models.worker import SILENT_AFTER
from leads.numbers import localised
from leads.reasons import ABOUT, Owner, Reason

LEAD, ATTEMPT = CounterDelta.Kind.LEAD, CounterDelta.Kind.ATTEMPT
MOST_SITES = 10
"""Sites that the dashboard lists; the others are one row together."""
SPARK_DAYS = 14
LAST_ACTIONS = 8


def reasons(read: Counters, links: Links) -> SafeString:
    """Failed leads of today's table by reason, the most frequent first."""
    known = read.reasons(Lead.Status.FAILED)
    whole = sum(n for _reason, n in known)
    most = max((n for _reason, n in known), default=1)
    rows = [
        {
            "label": Reason.title_of(reason),
            "owner": Reason(reason).owner.label if reason in Reason.values else "",
            "count": n,
            "share": _share(n, whole),
            "width": round(100 * n / most, 1),
            "rows": links("failed", reason=reason),
            "retry": links.retry_all(reason=reason),
        }
        for reason, n in known
    ]
    return render_to_string("admin/leads/dashboard/reasons.html", {"reasons": rows})


def owners(read: Counters, links: Links) -> SafeString:
    """Failed leads by who must act: the blame, split."""
    of_owner: Counter[str] = Counter()
    for reason, n in read.reasons(Lead.Status.FAILED):
        of_owner[ABOUT[reason].owner if reason in ABOUT else ""] += n
    whole, x, rows = of_owner.total(), 0.0, []
    for owner in Owner:
        wide = 100 * of_owner[owner] / whole if whole else 0
        rows.append(
            {
                "owner": owner,
                "count": of_owner[owner],
                "share": _share(of_owner[owner], whole),
                "x": round(x, 2),
                "width": round(wide, 2),
                "rows": links("failed", owner=owner.value) if of_owner[owner] else "",
            }
        )
        x += wide
    return render_to_string("admin/leads/dashboard/owners.html", {"owners": rows, "whole": whole})


def _share(part: int, whole: int) -> str:
    """A share in whole percent; nothing that is there is 0 %, nothing but the whole 100 %."""
    if not part or not whole:
        return "0%"
    percent = min(max(round(100 * part / whole), 1), 100 if part == whole else 99)
    return "<1%" if part * 100 < whole else f"{percent}%"


@dataclass(frozen=True)
class SiteRow:
    """The figures of one site, or of several together."""

    name: str
    received: int
    failed: int
    inserted: int
    not_inserted: int

    @classmethod
    def of(cls, name: str, counts: Counter[tuple[str, str]]) -> SiteRow:
        """From the counters of the site."""
        return cls(
            name,
            sum(n for (kind, _outcome), n in counts.items() if kind == LEAD),
            counts[LEAD, Lead.Status.FAILED],
            counts[ATTEMPT, "13003"],
            counts[ATTEMPT, "13002"],
        )

    @property
    def success_rate(self) -> Any:
        """13003 of all attempts, in percent; None while there is none."""
        return rate(self.inserted, self.inserted + self.not_inserted)


def sites(read: Counters, links: Links, now: datetime) -> SafeString:
    """The sites with the most failed leads, then the most leads; the rest in one row."""
    ranked = sorted(
        ((pk, SiteRow.of("", counts)) for pk, counts in read.sites.items()),
        key=lambda item: (-item[1].failed, -item[1].received, item[0]),
    )
    shown = dict(ranked[:MOST_SITES])
    newest = Lead.objects.filter(site=OuterRef("pk")).order_by("-received_at")
    seen = Site.objects.annotate(seen=Subquery(newest.values("received_at")[:1]))
    of_site = {site.pk: site for site in seen.filter(pk__in=shown)}
    sparks = spark_lines(list(shown), now)
    rows = [
        {
            "site": of_site[pk],
            "row": row,
            "spark": charts.spark(sparks[pk]),
            "lately": sum(sparks[pk]),
            "leads": links("leads", site=pk),
            "failed": links("failed", site=pk) if row.failed else "",
            "attempts": links("logs", site=pk, held="no"),
        }
        for pk, row in shown.items()
        if pk in of_site
    ]
    rest: Counter[tuple[str, str]] = Counter()
    for pk, _row in ranked[MOST_SITES:]:
        rest.update(read.sites[pk])
    others = len(ranked) - len(shown)
    context = {
        "sites": rows,
        "others": SiteRow.of(
            (_("%(others)s other sites") % {"others": localised(f"{others:,}")}), rest
        )
        if others > 0
        else None,
        "days": SPARK_DAYS,
        "now": now,
    }
    return render_to_string("admin/leads/dashboard/by_site.html", context)


def spark_lines(pks: list[int], now: datetime) -> dict[int, list[int]]:
    """Leads received on each of the last days, by site. Days of the chosen time zone."""
    return volume.by_day(pks, series.days(now, SPARK_DAYS).bounds)


@dataclass(frozen=True)
class Workers:
    """The delivery workers of all machines together."""

    alive: int
    expected: int
    machines: int
    last: datetime | None
    silent: list[Heartbeat]

    @classmethod
    def of(cls, beats: Iterable[Heartbeat], now: datetime) -> Workers:
        """From the heartbeats of all supervisors."""
        beating = [beat for beat in beats if beat.beat_at > now - SILENT_AFTER]
        return cls(
            sum(beat.alive for beat in beating),
            sum(beat.workers for beat in beating),
            len(beating),
            max((beat.beat_at for beat in beats), default=None),
            [beat for beat in beats if beat not in beating],
        )

    @property
    def ill(self) -> bool:
        """Whether fewer live than should."""
        return self.alive < self.expected or not self.machines


def actions(user: Any) -> SafeString:
    """What staff did last, by ids: no name of a lead is in it."""
    rows: list[dict[str, Any]] = []
    if user.has_perm("leads.view_lead"):
        for event in LeadEvent.objects.select_related("user").order_by("-pk")[:LAST_ACTIONS]:
            rows.append(
                {
                    "at": event.created_at,
                    "user": event.who,
                    "what": event.get_kind_display(),
                    "noun": f"lead {event.lead_id}",
                    "url": reverse("admin:leads_lead_change", args=[event.lead_id]),
                }
            )
    if user.has_perm("admin.view_logentry"):
        entries = LogEntry.objects.select_related("user", "content_type").order_by("-pk")
        for entry in entries[:LAST_ACTIONS]:
            noun = entry.content_type.name if entry.content_type else "row"
            url = entry.get_admin_url()
            rows.append(
                {
                    "at": entry.action_time,
                    "user": entry.user,
                    "what": entry.get_action_flag_display(),
                    "noun": f"{noun} {entry.object_id}",
                    "url": "" if entry.is_deletion() or not url else url,
                }
            )
    rows.sort(key=lambda row: row["at"], reverse=True)
    return render_to_string("admin/leads/dashboard/actions.html", {"actions": rows[:LAST_ACTIONS]})
