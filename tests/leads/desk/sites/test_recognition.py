"""The page that says what recognition would change at a site, and its switch."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from leads.models import Lead, Site
from tests.factories import make_lead, make_site, make_user
from tests.responses import flat

pytestmark = pytest.mark.django_db

ELSE = {"Your name": "Ana Silva", "E-Mail": "ana@example.com"}


@pytest.fixture
def site() -> Site:
    return make_site(recognises=False)


def client_of(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_user(permissions=permissions))
    return client


def address(site: Site) -> str:
    return f"/admin/leads/site/{site.pk}/recognition/"


def page_of(site: Site, *permissions: str) -> str:
    answer: Any = client_of("leads.view_site", *permissions).get(address(site))
    assert answer.status_code == 200
    return flat(answer.content.decode())


def test_it_shows_who_would_be_read(site: Site) -> None:
    make_lead(site=site, data=ELSE)
    make_lead(site=site, data={"contact_name": "Eva Stone"})

    page = page_of(site, "leads.view_lead", "leads.view_personal_data")

    assert "The last 2 leads" in page
    assert "Ana Silva" in page
    assert "ana@example.com" in page
    assert "Eva Stone" not in page


WHOLE, MASKED = {"Ana Silva", "ana@example.com"}, {"A… S…", "a…@example.com"}


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ((), set()),
        (("leads.view_personal_data",), set()),
        (("leads.change_site",), set()),
        (("leads.view_lead",), MASKED),
        (("leads.view_failedlead",), MASKED),
        (("leads.view_lead", "leads.view_personal_data"), WHOLE),
        (("leads.view_failedlead", "leads.view_personal_data"), WHOLE),
    ],
)
def test_a_lead_is_shown_as_far_as_the_user_may_see_leads(
    permissions: tuple[str, ...], shown: set[str], site: Site
) -> None:
    make_lead(site=site, data=ELSE)

    page = page_of(site, *permissions)

    assert {words for words in WHOLE | MASKED if words in page} == shown
    assert "<dt>With more of the person</dt><dd>1</dd>" in page
    assert ("to those who may see leads" in page) == (not shown)


@pytest.mark.parametrize(
    ("role", "shown"),
    [("Manager", None), ("Support", WHOLE), ("Administrator", WHOLE)],
)
def test_each_role_sees_what_is_meant_for_it(role: str, shown: set[str] | None, site: Site) -> None:
    make_lead(site=site, data=ELSE)
    client = Client()
    client.force_login(make_user(role=role))

    answer: Any = client.get(address(site))

    if shown is None:
        assert answer.status_code == 403
    else:
        page = flat(answer.content.decode())
        assert {words for words in WHOLE | MASKED if words in page} == shown


def test_posts_of_webhook_addresses_and_of_other_sites_are_left_out(site: Site) -> None:
    make_lead(site=site, data=ELSE, source=Lead.Source.WEBHOOK)
    make_lead(site=make_site(), data=ELSE)

    assert "nothing to compare" in page_of(site)


def test_a_few_statements_do_for_two_hundred_leads(
    site: Site, django_assert_max_num_queries: Any
) -> None:
    for _number in range(45):
        make_lead(site=site, data=ELSE)
    client = client_of("leads.view_site")

    with django_assert_max_num_queries(12):
        client.get(address(site))


@pytest.mark.parametrize(("to", "words"), [("on", "on."), ("off", "off.")])
def test_it_is_switched_and_the_history_says_by_whom(to: str, words: str, site: Site) -> None:
    Site.objects.update(recognises=to == "off")

    client_of("leads.change_site", "leads.view_site").post(address(site), {"to": to})

    site.refresh_from_db()
    assert site.recognises == (to == "on")
    assert LogEntry.objects.get().change_message.endswith(words)


def test_what_is_on_already_leaves_no_trace(site: Site) -> None:
    client_of("leads.change_site").post(address(site), {"to": "off"})

    assert not LogEntry.objects.exists()


def test_who_may_only_look_changes_nothing(site: Site) -> None:
    answer = client_of("leads.view_site").post(address(site), {"to": "on"})

    assert answer.status_code == 403
    assert not Site.objects.get().recognises


def test_the_site_s_page_leads_there_and_its_form_leaves_it_alone(site: Site) -> None:
    client = client_of("leads.change_site", "leads.view_site")
    page: Any = client.get(f"/admin/leads/site/{site.pk}/change/")
    form = page.context["adminform"].form

    assert address(site) in page.content.decode()
    assert "nameless" in form.fields
    assert "recognises" not in form.fields
