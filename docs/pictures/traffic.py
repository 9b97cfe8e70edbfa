"""Leads on their way, counted by what counts them in life: so all figures of a picture agree."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from leads.counters.attribution import attribution_of
from leads.counters.deltas import Tally
from leads.models import ApiLog, CounterDelta, Lead, Site
from leads.reasons import Reason, ResponseCode
from tests.factories import make_lead

CHANCE = random.Random(60)
"""Of its own, so that the people and their failures stay those of before."""
CAMPAIGNS = [
    ("winter", "google", "cpc", "winter-offer"),
    ("winter", "newsletter", "email", "november"),
    ("contact", "", "", ""),
    ("prices", "facebook", "social", "swim-spas"),
    ("prices", "", "", ""),
]
"""Page, source, medium and campaign, the most frequent first."""
SHARES = [9, 5, 4, 3, 2]
SLOW = 40
"""One of so many leads is not in Zoho within a minute."""
HELD_EVERY = 16
"""Hours from one lead of a site that a rule held to the next."""


def page_of(site: Site) -> str:
    """An address that somebody came from, with the tags of its campaign."""
    step, *tags = CHANCE.choices(CAMPAIGNS, SHARES)[0]
    host = f"{site.name.lower().replace(' ', '-')}.example"
    names = ("utm_source", "utm_medium", "utm_campaign")
    asked = "&".join(f"{name}={tag}" for name, tag in zip(names, tags, strict=True) if tag)
    return f"https://{host}/{step}" + (f"?{asked}" if asked else "")


def took() -> timedelta:
    """How long a lead was on its way: seconds, of one in forty some minutes."""
    if not CHANCE.randrange(SLOW):
        return timedelta(seconds=CHANCE.randint(70, 400))
    return timedelta(seconds=CHANCE.randint(2, 20))


def a_lead(site: Site, data: Mapping[str, Any], **values: Any) -> Lead:
    """A lead in any status, with the attribution that intake gives it, and counted.

    What is delivered is counted among those that were there within a minute, where it was.
    """
    attribution = attribution_of(Lead.Source.API, None, page_of(site), data)
    if values.get("status") == Lead.Status.DELIVERED:
        values.setdefault("received_at", values["settled_at"] - took())
    lead = make_lead(site=site, data=dict(data), attribution=attribution, **values)
    if lead.status == Lead.Status.DELIVERED:
        tally = Tally()
        tally.arrived(lead)
        tally.write()
    return lead


def hour_of(tally: Tally, site: Site, at: datetime, number: int, refused: int, held: bool) -> None:
    """Count leads that came within a quarter hour and are in Zoho now, without storing them.

    So many of them were refused once before; and one more was held by a rule, and discarded.
    """
    pages = [attribution_of(Lead.Source.API, None, page_of(site), {}) for _ in range(4)]
    lead = Lead(site=site, received_at=at, status=Lead.Status.DELIVERED)
    log = ApiLog(site=site, created_at=at, response_code=ResponseCode.INSERTED)
    for n in range(number):
        lead.attribution = pages[n % len(pages)]
        lead.settled_at = at + (timedelta(minutes=2) if n < refused else took())
        tally.lead_enters(lead)
        tally.arrived(lead)
        tally.attempt(log, is_test=False)
    failed = ApiLog(site=site, created_at=at, response_code=ResponseCode.NOT_INSERTED)
    failed.reason = Reason.NO_ANSWER
    for _ in range(refused):
        tally.attempt(failed, is_test=False)
    if held:
        reason = CHANCE.choice([Reason.DUPLICATE_EMAIL, Reason.QUARANTINED])
        lead = Lead(site=site, received_at=at, status=Lead.Status.DISCARDED, reason=reason)
        lead.attribution = pages[0]
        tally.lead_enters(lead)
        failed.reason = reason
        tally.attempt(failed, is_test=False)


def keep(tally: Tally) -> None:
    """Write what was counted."""
    CounterDelta.objects.bulk_create(tally.figures(), batch_size=2000)
