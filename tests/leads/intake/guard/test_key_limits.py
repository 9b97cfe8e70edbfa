"""A key does what its limits leave it: until a moment, from some networks, posts alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from leads.models import Lead, Site, SiteKey
from tests.factories import make_key, make_site

ADDRESS = "/api/v1/leads/"
ORIGIN = "https://shop.example"


@pytest.fixture
def key(site: Site) -> str:
    return make_key(site)


def limit(**values: Any) -> None:
    SiteKey.objects.update(**values)


def post(key: str, address: str = "203.0.113.7") -> Any:
    headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": address}
    return Client().post(ADDRESS, {"contact_name": "Eva"}, "application/json", headers=headers)


def read(key: str) -> Any:
    lead = Lead.objects.latest("pk")
    return Client().get(f"{ADDRESS}{lead.reference}/", headers={"Authorization": f"Bearer {key}"})


@pytest.mark.parametrize(
    ("rest", "status"),
    [(timedelta(seconds=-1), 401), (timedelta(minutes=1), 202), (timedelta(days=-400), 401)],
)
def test_a_key_ends_at_its_moment(key: str, rest: timedelta, status: int) -> None:
    limit(expires_at=timezone.now() + rest)

    answer = post(key)

    assert answer.status_code == status
    assert Lead.objects.exists() is (status == 202)


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        ("203.0.113.0/24", "203.0.113.7", 202),
        ("203.0.113.0/24", "198.51.100.1", 403),
        ("2001:db8::/32", "2001:db8::1", 202),
        ("203.0.113.0/24", "::ffff:203.0.113.7", 202),
        ("203.0.113.0/24", "nonsense", 403),
    ],
)
def test_a_key_is_taken_from_its_networks_alone(
    key: str, networks: str, address: str, status: int
) -> None:
    limit(networks=networks)

    answer = post(key, address)

    assert answer.status_code == status
    assert Lead.objects.exists() is (status == 202)
    assert networks not in answer.content.decode()


def test_a_key_that_posts_alone_reads_no_receipt(key: str) -> None:
    assert post(key).status_code == 202
    assert read(key).status_code == 200
    limit(reads=False)

    assert post(key).status_code == 202
    assert read(key).status_code == 403


def test_where_a_key_was_used_from_is_noted(key: str) -> None:
    post(key)

    assert SiteKey.objects.get().last_used_from == "203.0.113.7"


def test_where_a_visitor_came_from_is_not(db: None) -> None:
    token = make_key(make_site(allowed_origins=ORIGIN), SiteKey.Kind.FORM)

    headers = {"Origin": ORIGIN, "X-Forwarded-For": "203.0.113.7"}
    assert Client().post(f"/f/{token}/", {"last_name": "Silva"}, headers=headers).status_code == 200

    assert SiteKey.objects.exclude(last_used_at=None).get().last_used_from == ""


@pytest.mark.parametrize("values", [{"networks": "10.0.0.0/8"}, {"reads": False}])
def test_a_form_token_is_for_everybody(site: Site, values: dict[str, Any]) -> None:
    make_key(site, SiteKey.Kind.FORM)

    with pytest.raises(IntegrityError), transaction.atomic():
        limit(**values)
