"""What the dashboard cries out: only what somebody should look at now, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.counters.deltas import quarter_of, sums
from leads.desk.kit.formatting import span
from leads.desk.kit.links import Links
from leads.desk.kit.lists.paging import capped_count, shown_count
from leads.models import ApiLog, CounterDelta, Destination, Heartbeat, Lead, Site, SiteKey
from leads.models.worker import SILENT_AFTER
from leads.reasons import Reason, ResponseCode
from leads.shown.numbers import localised

LATE = timedelta(minutes=3)
"""Delivery is late when a due lead has waited longer; /healthz/delivery says the same."""
LATELY = timedelta(minutes=10)
SOON = timedelta(days=14)
"""How long before its end a key that is in use is told of."""
MANY = 50
"""Attempts lately with one reason at one site that nobody should have to find out by a mail."""
MOST = 4
"""Alarms of one kind that are shown."""


@dataclass(frozen=True)
class Alarm:
    """One line of the banner."""

    text: str
    link: str = ""
    url: str = ""
    grave: bool = True


def ringing(
    destinations: Sequence[Destination],
    beats: Sequence[Heartbeat],
    due: Mapping[int, datetime],
    links: Links,
    user: Any,
    now: datetime,
) -> list[Alarm]:
    """All alarms, the gravest first; none while all is well."""
    return [
        *no_workers(beats, due, now),
        *paused(destinations, user),
        *late(destinations, due, links, now),
        *paused_sites(user),
        *exploding(user, links, now),
        *expiring(user, now),
        *incomplete(user, links),
        *ill_workers(beats, now),
    ]


def no_workers(
    beats: Sequence[Heartbeat], due: Mapping[int, datetime], now: datetime
) -> Iterable[Alarm]:
    """Leads are due and nobody is there to send them."""
    if due and not any(is_beating(beat, now) and beat.alive for beat in beats):
        yield Alarm(_("No worker is running, and leads wait to be sent."))


def paused(destinations: Sequence[Destination], user: Any) -> Iterable[Alarm]:
    """Sending has stopped, and a person may have to act."""
    for destination in destinations:
        if destination.paused_at is None:
            continue
        url = reverse("admin:leads_destination_change", args=[destination.pk])
        yield Alarm(
            (
                _("Sending to %(destination_name)s is paused: %(pause_reason)s.")
                % {
                    "destination_name": destination.name,
                    "pause_reason": destination.get_pause_reason_display(),
                }
            ),
            _("Look and resume"),
            url if user.has_perm("leads.view_destination") else "",
        )


def late(
    destinations: Sequence[Destination], due: Mapping[int, datetime], links: Links, now: datetime
) -> Iterable[Alarm]:
    """Leads leave too slowly; not said where a pause explains it."""
    running = [d.pk for d in destinations if d.paused_at is None]
    oldest = min((due[pk] for pk in running if pk in due), default=now)
    if now - oldest > LATE:
        yield Alarm(
            (_("Delivery is late: a lead has been due for %(now)s.") % {"now": span(now - oldest)}),
            _("See the queue"),
            links("leads", status="open"),
        )


def paused_sites(user: Any) -> Iterable[Alarm]:
    """Sites whose own set-up stopped them."""
    may_open = user.has_perm("leads.view_site")
    own = Site.objects.visible_to(user)
    for site in own.exclude(paused_at=None).order_by("name")[:MOST]:
        url = reverse("admin:leads_site_change", args=[site.pk])
        yield Alarm(
            (
                _("Leads of %(site_name)s wait: %(pause_reason)s.")
                % {"site_name": site.name, "pause_reason": site.get_pause_reason_display()}
            ),
            _("See the site"),
            url if may_open else "",
        )


def exploding(user: Any, links: Links, now: datetime) -> Iterable[Alarm]:
    """One reason that comes up again and again at one site, until all its leads are settled."""
    since = quarter_of(now - LATELY)
    sites = Site.objects.visible_to(user).values("pk")
    columns = ("site_id", "site__name", "reason")
    failed = str(ResponseCode.NOT_INSERTED.value)
    kinds = (CounterDelta.Kind.ATTEMPT, CounterDelta.Kind.HELD)
    failures = sums(kinds, sites, since, *columns, outcome=failed)
    often = sorted((-n, *key) for key, n in failures.items() if n >= MANY)
    going_on = (one for one in often if is_unsettled(one[1], one[3], since))
    begin = date_format(timezone.localtime(since), "H:i")
    for less, site, name, reason in islice(going_on, MOST):
        n = -less
        yield Alarm(
            (
                _("%(reason)s ×%(n)s since %(begin)s at %(name)s.")
                % {
                    "reason": Reason.title_of(reason),
                    "n": localised(f"{n:,}"),
                    "begin": begin,
                    "name": name,
                }
            ),
            _("See them"),
            links("logs", code="13002", reason=reason, site=site, at=f"{int(since.timestamp())}-"),
        )


def is_unsettled(site: int, reason: str, since: datetime) -> bool:
    """Whether a lead that met this reason lately is still under way or waits for a person."""
    met = ApiLog.objects.filter(site_id=site, reason=reason, created_at__gte=since)
    failed = met.filter(response_code=ResponseCode.NOT_INSERTED, lead__is_test=False)
    return failed.filter(lead__status__in=[*Lead.OPEN, Lead.Status.FAILED]).exists()


def expiring(user: Any, now: datetime) -> Iterable[Alarm]:
    """Keys in use that end soon: from then on the site's leads are refused."""
    may_open = user.has_perm("leads.view_sitekey")
    own = SiteKey.objects.visible_to(user)
    keys = own.expiring(now + SOON).filter(site__enabled=True)
    for key in keys.select_related("site").order_by("expires_at", "pk")[:MOST]:
        url = reverse("admin:leads_site_change", args=[key.site_id]) + "#keys"
        yield Alarm(
            (
                _("A key of %(site_name)s ends in %(value)s.")
                % {"site_name": key.site.name, "value": span((key.expires_at or now) - now)}
            ),
            _("Change or prolong it"),
            url if may_open else "",
            grave=False,
        )


def incomplete(user: Any, links: Links) -> Iterable[Alarm]:
    """Leads whose records lack values that were sent."""
    count = capped_count(Lead.objects.counted().visible_to(user).incomplete(), 999)
    if count:
        text = ngettext(
            "%(count)s lead is incomplete in Zoho.",
            "%(count)s leads are incomplete in Zoho.",
            count,
        ) % {"count": shown_count(count, 999)}
        yield Alarm(text, _("See them"), links("failed", tab="incomplete"), grave=False)


def ill_workers(beats: Sequence[Heartbeat], now: datetime) -> Iterable[Alarm]:
    """Machines that fell silent, or run fewer workers than they should."""
    for beat in beats:
        if not is_beating(beat, now):
            text = _("The worker on %(host)s has not been heard for %(now)s.") % {
                "host": beat.host,
                "now": span(now - beat.beat_at),
            }
            yield Alarm(text, grave=False)
        elif beat.alive < beat.workers and not beat.drain_asked_at:
            text = _("%(alive)s of %(workers)s workers run on %(host)s.") % {
                "alive": beat.alive,
                "workers": beat.workers,
                "host": beat.host,
            }
            yield Alarm(text, grave=False)


def is_beating(beat: Heartbeat, now: datetime) -> bool:
    """Whether the supervisor was heard within the last minute."""
    return beat.beat_at > now - SILENT_AFTER
