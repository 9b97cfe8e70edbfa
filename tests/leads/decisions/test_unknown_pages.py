"""What is held from unknown pages, and allowing one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.decisions import unknown_pages
from leads.decisions.bulk.run import to_send
from leads.decisions.retry import retry
from leads.decisions.unknown_pages import allow_page, held_from, held_pages, host_of, release_page
from leads.intake.guard.origins import own_origins
from leads.models import BulkRetry, Lead, LeadEvent, Preferences, Site
from tests.factories import make_failed_lead, make_lead, make_site, make_user

NEW = "https://new.example"
LAST = 2**63 - 1


@pytest.fixture(autouse=True)
def site(db: None) -> Site:
    return make_site(allowed_origins="https://old.example")


@pytest.fixture
def user() -> User:
    return make_user("ana")


def held(site: Site, page: str = f"{NEW}/contact", **values: Any) -> Lead:
    defaults = {"reason": "quarantined", "flags": "no_contact foreign_page"}
    return make_failed_lead(site=site, page=page, **defaults | values)


def statuses() -> list[str]:
    return list(Lead.objects.order_by("pk").values_list("status", flat=True))


def test_pages_are_told_by_their_origins_the_most_frequent_first(site: Site) -> None:
    held(site, "")
    for path in ("", "/", "/a", "/b?"):
        held(site, NEW + path)
    held(site, "http://old.example/a")
    held(site, "")
    held(make_site(), "https://elsewhere.example")

    found = [(page.origin, page.count) for page in held_pages(site)]

    assert found == [(NEW, 4), ("", 2), ("http://old.example", 1)]


@pytest.mark.parametrize(
    "values",
    [
        {"flags": "suspect"},
        {"flags": ""},
        {"reason": "missing_field"},
    ],
)
def test_what_something_else_holds_is_none_of_them(site: Site, values: dict[str, str]) -> None:
    held(site, **values)
    make_lead(site=site, page=NEW, flags="foreign_page")

    assert held_pages(site) == []


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (NEW, "new.example"),
        ("https://new.example:8443", "new.example:8443"),
        ("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://www-a-example.cdn.ampproject.org", "www-a-example.cdn.ampproject.org"),
        ("http://new.example", ""),
        ("", ""),
        ("null", ""),
        ("https://localhost", ""),
        ("https://www.example.com%00.evil.example", ""),
        ("https://new_page.example", ""),
        ("https://192.0.2.7", ""),
        ("https://192.0.2.7:8443", ""),
        ("https://[2001:db8::1]", ""),
        ("https://" + "x." * 150 + "example", ""),
    ],
)
def test_a_named_https_page_alone_may_be_allowed(origin: str, host: str) -> None:
    assert host_of(origin) == host


def test_allowing_a_page_adds_it_once(site: Site) -> None:
    assert [allow_page(site, NEW), allow_page(site, NEW)] == [True, False]

    site.refresh_from_db()
    assert site.allowed_origins == f"https://old.example\n{NEW}"
    assert {NEW, "https://www.new.example"} <= own_origins(site)


def test_two_people_who_allow_two_pages_allow_both(site: Site) -> None:
    stale = Site.objects.get(pk=site.pk)
    allow_page(site, NEW)
    allow_page(stale, "https://newer.example")

    site.refresh_from_db()
    assert {NEW, "https://newer.example"} <= own_origins(site)


def test_what_the_page_alone_holds_is_released_with_and_without_www(site: Site, user: User) -> None:
    held(site, NEW)
    held(site, "https://www.new.example/a")
    held(site, f"{NEW}.evil.example/a")
    held(site, f"{NEW}x/a")
    held(site, "")
    held(site, flags="foreign_page suspect")
    held(make_site())

    assert release_page(site, NEW, LAST, user) == 2
    assert statuses() == ["queued"] * 2 + ["failed"] * 5
    assert set(LeadEvent.objects.values_list("kind", "user")) == {("released", user.pk)}


def test_a_lead_that_came_after_those_that_were_shown_stays_held(site: Site, user: User) -> None:
    seen = held(site)
    held(site)

    release_page(site, NEW, seen.pk, user)

    assert statuses() == ["queued", "failed"]


def test_the_other_rules_judge_what_is_released(site: Site, user: User) -> None:
    Preferences.objects.update_or_create(defaults={"refuse_duplicate_emails": True})
    make_lead(site=site, data={"contact_name": "Ada", "email": "a@example.com"})
    held(site, data={"contact_name": "Ada", "email": "a@example.com"})
    held(site, data={"email": "b@example.com"})

    assert release_page(site, NEW, LAST, user) == 0
    assert list(Lead.objects.failed().order_by("pk").values_list("reason", flat=True)) == [
        "duplicate_email",
        "missing_field",
    ]


def test_one_press_releases_so_many_and_the_next_the_rest(
    site: Site, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown_pages, "AT_ONCE", 2)
    monkeypatch.setattr(unknown_pages, "MOST_AT_ONCE", 4)
    for _lead in range(5):
        held(site)

    assert [release_page(site, NEW, LAST, user) for _press in range(3)] == [4, 1, 0]


def test_nobody_allows_the_pages_without_an_origin(site: Site) -> None:
    held(site, "")

    assert not held_from(site, "").exists()


def test_retrying_a_table_or_a_filter_leaves_them(site: Site, user: User) -> None:
    lead = held(site)

    assert retry(Lead.objects.all(), user) == 0
    assert not Lead.objects.filter(to_send(lead.received_at, BulkRetry.objects.none())).exists()
