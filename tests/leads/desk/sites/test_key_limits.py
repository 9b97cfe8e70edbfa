"""The page of a key's limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from leads.models import Site, SiteKey
from tests.factories import make_key
from tests.responses import Response, flat

NETWORKS = "203.0.113.7, 10.0.0.0/8"


@pytest.fixture
def key(site: Site) -> SiteKey:
    make_key(site)
    return SiteKey.objects.get()


def page_of(key: SiteKey) -> str:
    return f"/admin/leads/site/{key.site_id}/limit-key/{key.pk}/"


def save(client: Client, key: SiteKey, **values: str) -> Response:
    return client.post(page_of(key), {"reads": "yes", "networks": "", "last_day": ""} | values)


def test_limits_are_kept_and_said(boss: Client, key: SiteKey) -> None:
    day = timezone.localdate() + timedelta(days=3)

    save(boss, key, reads="no", networks=NETWORKS, last_day=day.isoformat())

    key.refresh_from_db()
    assert (key.reads, key.networks) == (False, NETWORKS)
    assert key.expires_at is not None
    assert timezone.localtime(key.expires_at).date() == day + timedelta(days=1)
    page = flat(boss.get(f"/admin/leads/site/{key.site_id}/change/").content.decode())
    assert f"posts only · from {NETWORKS} · until" in page
    assert "posts only" in LogEntry.objects.latest("pk").change_message
    assert f'value="{day.isoformat()}"' in boss.get(page_of(key)).content.decode()


def test_limits_are_taken_away_again(boss: Client, key: SiteKey) -> None:
    save(boss, key, reads="no", networks=NETWORKS, last_day=timezone.localdate().isoformat())

    save(boss, key)

    key.refresh_from_db()
    assert (key.reads, key.networks, key.expires_at) == (True, "", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"networks": "example.com"},
        {"last_day": "2001-01-01"},
        {"last_day": "soon"},
        {"reads": "perhaps"},
        {"networks": "1.1.1.1," * 100},
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(
    boss: Client, key: SiteKey, wrong: dict[str, str]
) -> None:
    answer = save(boss, key, **wrong)

    key.refresh_from_db()
    assert (answer.status_code, key.reads, key.networks, key.expires_at) == (200, True, "", None)
    assert "errorlist" in answer.content.decode()


def test_a_form_token_has_a_last_day_alone(boss: Client, site: Site) -> None:
    make_key(site, SiteKey.Kind.FORM)
    token = SiteKey.objects.get()

    save(boss, token, reads="no", networks=NETWORKS, last_day=timezone.localdate().isoformat())

    token.refresh_from_db()
    assert (token.reads, token.networks, token.expires_at is None) == (True, "", False)


def test_whoever_locks_the_site_out_is_told(boss: Client, key: SiteKey) -> None:
    SiteKey.objects.update(last_used_at=timezone.now(), last_used_from="198.51.100.1")

    answer = boss.post(
        page_of(key), {"reads": "yes", "networks": NETWORKS, "last_day": ""}, follow=True
    )

    assert "last used from 198.51.100.1, which is refused" in answer.content.decode()


def test_a_revoked_key_has_no_limits(boss: Client, key: SiteKey) -> None:
    key.revoke()

    assert boss.get(page_of(key)).status_code == 404


@pytest.mark.parametrize(
    ("used", "days", "told"), [(True, 3, True), (True, 30, False), (False, 3, False)]
)
def test_the_dashboard_tells_of_a_key_in_use_that_ends_soon(
    boss: Client, key: SiteKey, used: bool, days: int, told: bool
) -> None:
    SiteKey.objects.update(
        expires_at=timezone.now() + timedelta(days=days),
        last_used_at=timezone.now() if used else None,
    )

    page = flat(boss.get("/admin/").content.decode())

    assert (f"A key of {key.site.name} ends in" in page) is told
