"""Who posts without a key: form tools at webhook addresses, forms on pages that nobody allowed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from docs.pictures.people import LAST, MESSAGES, person, success
from docs.pictures.traffic import a_lead
from leads.decisions.source import confirm, make_source
from leads.models import Lead, Site, SiteKey, Source, UnknownPost
from zoho.models import Cause, ReadBack, Repair, RepairItem
from zoho.proof.judge import Lost
from zoho.proof.mark import mark_incomplete
from zoho.proof.repair import begin

PAGES = ["https://spas-calgary.example/offers/winter", "https://landing.example/?utm=ad-7", ""]
HOST = "127.0.0.1"
STATES = RepairItem.State


def fill(boss: Any, sites: list[Site], now: datetime) -> dict[str, int]:
    """All of it; the ids of what is looked at."""
    source = connected(sites[0])
    listening = make_source(sites[1], "Landing page", "gravity")
    post(listening.secret, {"form_id": "4", "1.3": "Ada", "1.6": "Lovelace", "2": "ada@a.example"})
    foreign(sites[0])
    strangers(now)
    plain(sites[2], now)
    return {
        "source": source.pk,
        "listening": listening.source_id,
        "listening_site": sites[1].pk,
        "plain_site": sites[2].pk,
        "repair": incomplete(boss, sites, now),
    }


def post(secret: str, body: Any) -> None:
    """One post to a webhook address, as its tool makes it."""
    Client(SERVER_NAME=HOST).post(f"/in/{secret}/", json.dumps(body), "application/json")


def connected(site: Site) -> Source:
    """A source in daily use: leads, one posted twice, one of which nobody knows the name."""
    made = make_source(site, "Contact page", "elementor")
    for n, last in enumerate(LAST):
        name, mail = f"Ana {last}", f"ana.{n}@example.com"
        body = {
            "form": {"id": "ab12", "name": "Contact"},
            "fields": {
                "name": {"id": "name", "value": name},
                "email": {"id": "email", "value": mail},
                "phone": {"id": "phone", "value": f"+49 30 555 {n:04d}"},
                "message": {"id": "message", "value": MESSAGES[n % len(MESSAGES)]},
            },
        }
        post(made.secret, body)
    post(made.secret, body)
    post(made.secret, {"Your name": "Ben Costa", "Name": "Costa & Sons", "Mail": "b@c.example"})
    confirm(made.source)
    return made.source


def foreign(site: Site) -> None:
    """Forms with the site's token on pages that are none of its own."""
    _key, token = SiteKey.objects.issue(site, SiteKey.Kind.FORM)
    for n in range(9):
        page = PAGES[0 if n < 5 else n % len(PAGES)]
        headers = {"Origin": page.partition("/offers")[0].partition("/?")[0], "Referer": page}
        Client(SERVER_NAME=HOST).post(
            f"/f/{token}/", person(700 + n), headers=headers if page else {}
        )


def strangers(now: datetime) -> None:
    """Keys and addresses that nobody has."""
    rows = [("webhook", "Xk29aB", 412), ("api", "lk_9f2", 7), ("form", "", 3), ("api", "(none)", 1)]
    for n, (door, beginning, count) in enumerate(rows):
        at = now - timedelta(hours=5 * n)
        UnknownPost.objects.create(
            day=at.date(), door=door, beginning=beginning, count=count, last_at=at
        )


def plain(site: Site, now: datetime) -> None:
    """A site of before, whose plain posts are read by our own names alone; silent since."""
    Site.objects.filter(pk=site.pk).update(recognises=False)
    for n in range(6):
        one = person(800 + n)
        data = {"Your name": one["contact_name"], "E-Mail": one["email"], "Tel": one["phone"]}
        at = now - timedelta(hours=10 + n)
        a_lead(site, data if n % 3 else one, status="delivered", settled_at=at)


def incomplete(boss: Any, sites: list[Site], now: datetime) -> int:
    """Records that lack values, and a repair of some of them under way."""
    found = []
    for n in range(8):
        site = sites[n % 2]
        at = now - timedelta(hours=2, minutes=7 * n)
        lead = a_lead(site, person(600 + n), status="delivered", settled_at=at)
        success(lead, at)
        row = ReadBack.objects.create(
            lead=lead,
            destination=site.destination,
            module="Leads",
            record_id=lead.zoho_id,
            version="1",
            why=ReadBack.Why.SAMPLE,
            sent={"City": "Calgary"},
            due_at=at,
            created_at=at,
        )
        lost = [Lost("City", Cause.Kind.EMPTY)] + [Lost("Lead_Source", Cause.Kind.OUTSIDE)] * (
            n % 2
        )
        found.append((row, lost))
    mark_incomplete(found, now)
    leads = Lead.objects.filter(pk__in=[row.lead_id for row, _lost in found[:5]])
    (repair,) = begin(leads, boss, "City is empty in Zoho · Arctic Spas Calgary")
    told = [(STATES.RESTORED, "City"), (STATES.FAILED, "City: invalid data"), (STATES.FILLED, "")]
    for item, (state, text) in zip(repair.items.order_by("pk"), told, strict=False):
        RepairItem.objects.filter(pk=item.pk).update(
            state=state, text=text, ended_at=timezone.now()
        )
    Repair.objects.filter(pk=repair.pk).update(created_at=now - timedelta(minutes=1))
    return repair.pk
