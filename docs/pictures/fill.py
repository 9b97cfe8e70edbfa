"""A month of leads on five sites, and people who work with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from docs.pictures import office, reach, senders
from docs.pictures.people import CHANCE, attempt, failure, person, success
from docs.pictures.traffic import HELD_EVERY, a_lead, hour_of, keep
from leads.clock import Deadline
from leads.counters.compaction import keep_up
from leads.counters.deltas import Tally, quarter_of
from leads.models import (
    BulkRetry,
    Destination,
    Heartbeat,
    Lead,
    LeadEvent,
    Preferences,
    Revision,
    Site,
)
from leads.search.fill import fill_newest, fill_older
from tests.factories import make_heartbeat, make_site

SITES = ["Arctic Spas Calgary", "Solar Quotes", "Northside Dental", "Autohaus Lindner", "Demo"]
QUIET, SILENCE = 2, timedelta(hours=9)
"""The site that has gone silent, and for how long."""
HOURS = 24 * 30


def empty() -> Any:
    """An installation that was just made; its only user."""
    call_command("migrate", verbosity=0)
    Preferences.load()
    boss = get_user_model().objects.create_superuser("ines", "ines@example.com", "pictures")
    get_user_model().objects.filter(pk=boss.pk).update(first_name="Ines", last_name="Berg")
    make_heartbeat(host="leads-1", workers=4, alive=4)
    return boss


def fill(boss: Any) -> dict[str, Any]:
    """Everything; the ids of what is looked at."""
    now = timezone.now()
    Heartbeat.objects.all().delete()
    make_heartbeat(host="leads-1", pid=811, workers=4, alive=4, started_at=now - timedelta(days=6))
    make_heartbeat(host="leads-2", pid=902, workers=4, alive=4, started_at=now - timedelta(days=2))
    destination = Destination.objects.first() or Destination.objects.create(name="Zoho CRM")
    Destination.objects.update(
        last_success_at=now - timedelta(seconds=4),
        resend_is_safe=True,
        credits_left=48_210,
        credits_seen_at=now - timedelta(minutes=2),
    )
    sites = [
        make_site(name=name, destination=destination, recipients="sales@example.com")
        for name in SITES
    ]
    Site.objects.update(created_at=now - timedelta(days=40), watched_since=now - timedelta(days=40))
    Site.objects.filter(pk=sites[QUIET].pk).update(quiet_since=now - SILENCE)
    delivered(sites, now)
    failed(sites, now)
    settled_by_hand(sites, boss, now)
    shown = story(sites[0], boss, now)
    ids: dict[str, Any] = {"lead": shown.pk, "site": sites[0].pk, "destination": destination.pk}
    ids |= {"call": shown.logs.exclude(call=None).latest("pk").call_id or 0}
    ids |= {"bulk": bulk_retry(sites[1], boss, now).pk}
    ids |= office.fill(boss, sites, shown, now)
    ids |= senders.fill(boss, sites, now)
    past(sites, now)
    waiting(sites, now)
    ids |= reach.fill(sites[0], now)
    keep_up(Deadline(120))
    while fill_older() or fill_newest(now):
        pass
    just_now()
    return ids


def just_now() -> None:
    """What was true as the filling began is true as the pictures are taken."""
    now = timezone.now()
    Heartbeat.objects.update(beat_at=now)
    Destination.objects.update(last_success_at=now - timedelta(seconds=4))


def moment_for(site: Site, sites: list[Site], ago: timedelta, now: datetime) -> datetime:
    """So long ago; at the silent site before it went silent."""
    return now - ago - (SILENCE if site == sites[QUIET] else timedelta())


def delivered(sites: list[Site], now: datetime) -> None:
    """Leads that went well, the first of them a month ago."""
    first = now - timedelta(hours=HOURS)
    lead = a_lead(sites[0], person(500), status="delivered", settled_at=first)
    success(lead, first)
    for n in range(140):
        site = CHANCE.choice(sites[:4])
        ago = timedelta(minutes=int(CHANCE.expovariate(1 / 900)) + n // 9)
        at = moment_for(site, sites, ago, now)
        lead = a_lead(site, person(n), status="delivered", settled_at=at)
        success(lead, at)


def failed(sites: list[Site], now: datetime) -> None:
    """The rows of the failed table."""
    for n in range(31):
        site, why, data = CHANCE.choice(sites[:4]), failure(), person(200 + n)
        if why["reason"] == "missing_field":
            data.pop("contact_name")
        if why["reason"] == "mandatory_missing":
            data.pop("utm_source")
        ago = timedelta(minutes=3 + int(CHANCE.expovariate(1 / 300)))
        at = moment_for(site, sites, ago, now)
        lead = a_lead(
            site,
            data,
            status="failed",
            received_at=at - timedelta(seconds=2),
            failed_at=at,
            settled_at=at,
            **why,
        )
        attempt(lead, at)


def settled_by_hand(sites: list[Site], user: Any, now: datetime) -> None:
    """What people entered in Zoho themselves, and what they threw away."""
    for n, status in enumerate(["entered"] * 7 + ["discarded"] * 4):
        at = now - timedelta(hours=3 + 5 * n)
        lead = a_lead(
            sites[n % 2],
            person(340 + n),
            status=status,
            received_at=at,
            failed_at=at,
            settled_at=at + timedelta(minutes=12),
            reason="duplicate_email",
        )
        attempt(lead, at)
        LeadEvent.objects.create(lead=lead, kind=status, user=user)


def waiting(sites: list[Site], now: datetime) -> None:
    """What is on its way: a few fresh leads, and three that Zoho kept waiting."""
    for n in range(6):
        a_lead(sites[n % 2], person(300 + n), received_at=timezone.now(), queued_at=now)
    for n in range(3):
        at = now - timedelta(minutes=22 + n)
        lead = a_lead(
            sites[3],
            person(320 + n),
            received_at=at,
            queued_at=at,
            due_at=now + timedelta(minutes=8 + n),
            attempts=2,
            reason="service_unavailable",
        )
        attempt(lead, at + timedelta(minutes=2))


def story(site: Site, user: Any, now: datetime) -> Lead:
    """A lead with a past: refused, retried, corrected, refused again."""
    data = person(77) | {"zip": "T2P 2M5, Calgary, Alberta", "company": "Keller & Söhne"}
    lead = a_lead(
        site,
        data,
        status="failed",
        received_at=now - timedelta(minutes=52),
        failed_at=now - timedelta(minutes=2),
        settled_at=now - timedelta(minutes=2),
        reason="too_long",
        reason_field="Zip_Code",
        reason_text="maximum length is 10",
        revision=1,
    )
    attempt(lead, now - timedelta(minutes=51))
    event = LeadEvent.objects.create(lead=lead, kind=LeadEvent.Kind.RETRIED, user=user)
    LeadEvent.objects.filter(pk=event.pk).update(created_at=now - timedelta(minutes=20))
    attempt(lead, now - timedelta(minutes=19))
    revision = Revision.objects.create(
        lead=lead, number=1, data=data | {"zip": "T2P 2M5 Alberta"}, created_by=user
    )
    Revision.objects.filter(pk=revision.pk).update(created_at=now - timedelta(minutes=3))
    attempt(lead, now - timedelta(minutes=2), revision=1)
    return lead


def bulk_retry(site: Site, user: Any, now: datetime) -> BulkRetry:
    """One under way: some arrived, a few failed again, the rest is in the queue."""
    wanted = {"reason": "no_answer", "site": str(site.pk)}
    begun = now - timedelta(minutes=1)
    bulk = BulkRetry.objects.create(
        filter={"version": 1, **wanted},
        filter_key=BulkRetry.key_of(wanted),
        words=f"reason: Zoho did not answer, site: {site.name}",
        state=BulkRetry.State.RUNNING,
        created_by=user,
        created_at=begun,
        touched_at=now,
        walked_at=now,
        total=60,
        queued=58,
        skipped=2,
    )
    for n in range(58):
        status = "delivered" if n < 37 else "failed" if n < 39 else "queued"
        at = now - timedelta(hours=5, minutes=n)
        values: dict[str, Any] = {"received_at": at, "bulk": bulk}
        if status == "failed":
            values |= {"reason": "no_answer", "failed_at": now}
        if status == "queued":
            values |= {"queued_at": now, "band": Lead.Band.BULK}
        if status == "delivered":
            values |= {"settled_at": now}
        lead = a_lead(site, person(400 + n), status=status, **values)
        if status == "delivered":
            success(lead, now)
    return bulk


def past(sites: list[Site], now: datetime) -> None:
    """What a month of traffic leaves in the counters."""
    tally = Tally()
    for hour in range(1, HOURS):
        at = quarter_of(now - timedelta(hours=hour))
        busy = 1 + 5 * max(0, 1 - abs(at.hour - 13) / 9)
        for place, site in enumerate(sites[:4]):
            if site == sites[QUIET] and now - at < SILENCE + timedelta(minutes=30):
                continue
            n = int(busy * CHANCE.randint(9, 16))
            bad = CHANCE.choices([0, 1, 2, 9 if hour % 97 == 5 else 1], [80, 16, 3, 1])[0]
            held = (hour + 5 * place) % HELD_EVERY == 0
            hour_of(tally, site, at, n, min(n, bad), held)
    keep(tally)
