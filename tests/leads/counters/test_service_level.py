"""The service level: the share in the CRM within a minute, and what is left to miss."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from leads.apply import Move, apply
from leads.counters.attribution import BETWEEN
from leads.counters.service_level import Level, levels
from leads.counters.spans import Counts
from leads.models import Site
from leads.models.transitions import delivered
from tests.factories import make_lead, make_site, make_user
from tests.responses import flat

NINETY = Decimal(90)


@pytest.mark.parametrize(
    ("prompt", "late", "left", "kept"),
    [
        (10, 0, 100, True),
        (9, 1, 0, True),
        (95, 5, 50, True),
        (8, 2, -100, False),
        (0, 10, -900, False),
    ],
)
def test_what_is_left_to_miss(prompt: int, late: int, left: int, kept: bool) -> None:
    level = Level(Counts(delivered=prompt + late, prompt=prompt), NINETY)

    assert level.missed == late
    assert level.left == left
    assert level.is_kept is kept


def test_without_leads_there_is_no_budget() -> None:
    level = Level(Counts(held=3, spam=2), NINETY)

    assert level.left is None
    assert level.is_kept


def shown(client: Client) -> str:
    return flat(client.get("/admin/service-level/").content.decode())


def arrived(site: Site, seconds: float, days: float = 1) -> None:
    came = timezone.now() - timedelta(days=days)
    values = {"attribution": BETWEEN.join(("api", "", "")), "received_at": came}
    lead = make_lead(site=site, status="sending", **values)
    apply([Move(lead, delivered(came + timedelta(seconds=seconds), "61"))])


def test_each_site_has_its_own_and_the_worst_is_first(db: None) -> None:
    good, bad, quiet = (make_site(name=name) for name in ("Good", "Bad", "Quiet"))
    arrived(good, 5)
    arrived(bad, 5)
    arrived(bad, 500)
    arrived(quiet, 500, days=40)

    whole, each = levels(timezone.now(), NINETY)

    assert list(each) == [bad.pk, good.pk]
    assert (each[bad.pk].missed, each[good.pk].missed, whole.missed) == (1, 0, 1)
    assert whole.counts.sent_on == 3


def test_the_page_says_it_for_the_user_s_sites(client: Client, db: None) -> None:
    mine, other = make_site(name="Mine"), make_site(name="Other <b>")
    arrived(mine, 5)
    arrived(other, 500)
    client.force_login(make_user(permissions=("leads.view_figure",), sites=[mine]))
    page = shown(client)

    assert "Mine" in page
    assert "Other" not in page
    assert "Your sites" in page
    assert "100.0%" in page

    client.force_login(make_user(permissions=("leads.view_figure",)))
    page = shown(client)
    assert "Other &lt;b&gt;" in page
    assert "▼ -9900%" in page
    assert "All sites" in page


def test_the_page_without_leads(client: Client, db: None) -> None:
    client.force_login(make_user(permissions=("leads.view_figure",)))

    assert "No lead was sent to Zoho" in shown(client)
