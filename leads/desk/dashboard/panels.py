"""The parts of the dashboard that are drawn: by reason, by who must act, and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leads.counters.read import Counters
from leads.desk.failed.acts import FILL_IN, acts_for
from leads.desk.kit.links import Links
from leads.models import Heartbeat, Lead, LeadEvent
from leads.models.worker import SILENT_AFTER
from leads.reasons import ABOUT, Owner, Reason
from leads.shown.numbers import localised

LAST_ACTIONS = 8
MOST_REASONS = 8
"""Lines of failed leads by reason; the others are one together. There are some sixty reasons, and
each line is half a kilobyte of a page that is to be light."""


def reasons(read: Counters, links: Links) -> SafeString:
    """Failed leads of today's table by reason, the most frequent first."""
    known = read.reasons(Lead.Status.FAILED)
    whole = sum(n for _reason, n in known)
    shown, others = known[:MOST_REASONS], sum(n for _reason, n in known[MOST_REASONS:])
    most = max((others, *(n for _reason, n in shown))) or 1
    rows = [
        {
            "label": Reason.title_of(reason),
            "owner": Reason(reason).owner.label if reason in Reason.values else "",
            "count": n,
            "share": _share(n, whole),
            "width": round(100 * n / most, 1),
            "rows": links("failed", reason=reason),
            **_helps(reason, links),
        }
        for reason, n in shown
    ]
    if others:
        rows.append(
            {
                "label": _("all other reasons"),
                "owner": "",
                "count": others,
                "share": _share(others, whole),
                "width": round(100 * others / most, 1),
                "rows": "",  # no list knows “all but these”
            }
        )
    return render_to_string("admin/leads/dashboard/reasons.html", {"reasons": rows})


def _helps(reason: str, links: Links) -> dict[str, str]:
    """The address of what helps all leads of a reason, as its chip above the failed table has it.

    What the table itself asks about (send anyway, release) is offered there, where the row leads.
    """
    acts = acts_for(Reason(reason)) if Reason.knows(reason) else ()
    if not acts:
        return {"retry": links.retry_all(reason=reason)}
    return {"fill": links.fill_in(reason=reason)} if FILL_IN in acts else {}


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
        return localised("0%")
    percent = min(max(round(100 * part / whole), 1), 100 if part == whole else 99)
    return localised("<1%" if part * 100 < whole else f"{percent}%")


@dataclass(frozen=True)
class Workers:
    """The delivery workers of all machines together."""

    alive: int
    expected: int
    machines: int
    last: datetime | None
    silent: list[Heartbeat]
    draining: list[Heartbeat]
    """Those that were asked to take no more leads: nothing is expected of them."""

    @classmethod
    def of(cls, beats: Iterable[Heartbeat], now: datetime) -> Workers:
        """From the heartbeats of all supervisors."""
        beating = [beat for beat in beats if beat.beat_at > now - SILENT_AFTER]
        at_work = [beat for beat in beating if not beat.drain_asked_at]
        return cls(
            sum(beat.alive for beat in at_work),
            sum(beat.workers for beat in at_work),
            len(at_work),
            max((beat.beat_at for beat in beats), default=None),
            [beat for beat in beats if beat not in beating],
            [beat for beat in beating if beat.drain_asked_at],
        )

    @property
    def ill(self) -> bool:
        """Whether fewer live than should."""
        return self.alive < self.expected or not self.machines


def actions(user: Any) -> SafeString:
    """What staff did last, by ids: no name of a lead is in it."""
    rows: list[dict[str, Any]] = []
    if user.has_perm("leads.view_lead"):
        events = LeadEvent.objects.visible_to(user).select_related("user").order_by("-pk")
        for event in events[:LAST_ACTIONS]:
            rows.append(
                {
                    "at": event.created_at,
                    "user": event.who,
                    "what": event.get_kind_display(),
                    "noun": _("lead %(number)s") % {"number": event.lead_id},
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
