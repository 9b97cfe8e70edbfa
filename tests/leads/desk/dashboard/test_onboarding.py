"""The three first steps of an installation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leads.desk.dashboard.onboarding import steps
from leads.models import Destination, Site, SiteKey
from tests.factories import make_destination, make_lead, make_user
from tests.responses import flat
from zoho.models import Connection


@pytest.fixture(autouse=True)
def site(db: None) -> None:
    """No site here: the installation is empty."""


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin", role="Administrator")


def connect(**values: Any) -> None:
    """Credentials, as the Connect page stores them."""
    Connection.objects.update_or_create(
        destination=make_destination(),
        defaults={"client_id": "1", "client_secret": "s", "refresh_token": "r"} | values,
    )


def a_site(**values: Any) -> Site:
    return Site.objects.create(name="Arctic Spas", destination=make_destination(), **values)


def ticks(user: User) -> list[bool]:
    return [step.done for step in steps(user)]


def test_an_empty_installation_greets_with_three_steps(admin: User) -> None:
    make_destination()

    assert ticks(admin) == [False, False, False]


def test_credentials_tick_the_first_step(admin: User) -> None:
    connect()

    assert ticks(admin) == [True, False, False]


def test_credentials_that_zoho_refused_do_not(admin: User) -> None:
    connect(refresh_fault={"reason": "token_revoked"})

    assert ticks(admin) == [False, False, False]


@pytest.mark.parametrize(
    ("credentials", "values", "says"),
    [
        (False, {}, "Not connected"),
        (True, {}, "Running"),
        (False, {"last_success_at": timezone.now()}, "Running"),
        (False, {"paused_at": timezone.now(), "pause_reason": "paused_by_hand"}, "Paused"),
    ],
)
def test_sending_is_not_connected_until_it_is(
    client: Client, credentials: bool, values: dict[str, Any], says: str
) -> None:
    make_destination()
    if credentials:
        connect()
    Destination.objects.update(**values)
    client.force_login(make_user("viewer", role="Manager"))

    page = flat(client.get("/admin/").content.decode())

    assert re.search(rf'id="destinations">.*?<span class="state \w+">{says}</span>', page)


def test_a_site_with_a_key_ticks_the_second(admin: User) -> None:
    site = a_site()
    assert ticks(admin)[1] is False

    SiteKey.objects.issue(site, SiteKey.Kind.SECRET)

    assert ticks(admin)[1] is True


def test_a_site_that_cannot_post_does_not(admin: User) -> None:
    SiteKey.objects.issue(a_site(enabled=False), SiteKey.Kind.SECRET)
    site = Site.objects.create(name="Revoked", destination=make_destination())
    SiteKey.objects.issue(site, SiteKey.Kind.SECRET)[0].revoke()

    assert ticks(admin)[1] is False


def test_a_test_lead_on_its_way_is_said(admin: User) -> None:
    SiteKey.objects.issue(a_site(), SiteKey.Kind.SECRET)
    make_lead(is_test=True)

    assert steps(admin)[2].text == "One is on its way."


def test_a_lead_in_zoho_ends_it_for_good(admin: User) -> None:
    connect()
    key, _secret = SiteKey.objects.issue(a_site(), SiteKey.Kind.SECRET)
    Destination.objects.update(last_success_at=timezone.now())
    assert steps(admin) == []

    key.revoke()

    assert steps(admin) == []


def test_each_step_leads_to_its_page(admin: User, client: Client) -> None:
    SiteKey.objects.issue(a_site(), SiteKey.Kind.SECRET)
    client.force_login(admin)

    for step in steps(admin):
        assert client.get(step.url, follow=True).status_code == 200, step.title


def test_the_dashboard_shows_it_to_those_who_may(admin: User, client: Client) -> None:
    client.force_login(admin)

    page = client.get("/admin/").content.decode()

    assert "Three steps to the first lead in Zoho" in page


def test_nobody_else_sees_it(client: Client) -> None:
    client.force_login(make_user("support", role="Support"))

    assert "Three steps" not in client.get("/admin/").content.decode()


def test_whoever_may_do_one_of_them_sees_no_link_to_the_others() -> None:
    make_destination()
    user = make_user("half", ("leads.add_site", "leads.issue_sitekey"))

    assert [bool(step.url) for step in steps(user)] == [False, True, False]
