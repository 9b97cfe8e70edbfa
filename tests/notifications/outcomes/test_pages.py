"""Outcome webhooks in the admin: reached from their site, tried, paused, and their log."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from leads.clock import database_now
from leads.models import Site
from notifications.models import Endpoint, Message
from tests.factories import make_failed_lead, make_site, make_user
from tests.notifications.receiver import an_endpoint
from tests.responses import flat

pytestmark = pytest.mark.django_db

ADDRESS = "https://hooks.example.com/secret-part"
ADD = reverse("admin:notifications_endpoint_add")
LOG = reverse("admin:notifications_message_changelist")
VERBS = ("view", "add", "change", "delete", "test")
ALL = (
    *(f"notifications.{verb}_endpoint" for verb in VERBS),
    *("notifications.view_message", "notifications.redeliver_message"),
    *("leads.view_site", "leads.view_lead", "leads.view_personal_data"),
)
Status, State = Message.Status, Endpoint.State


def client_of(*permissions: str, sites: list[Site] | None = None) -> Client:
    client = Client()
    client.force_login(make_user("clerk", permissions, sites=sites))
    return client


@pytest.fixture
def site() -> Site:
    return make_site(name="Spa")


@pytest.fixture
def boss() -> Client:
    return client_of(*ALL)


def posted(site: Site, **values: Any) -> dict[str, Any]:
    wanted = ["lead.failed", "lead.entered"]
    return {"name": "CRM", "site": site.pk, "new_address": ADDRESS, "wanted": wanted, **values}


def press(client: Client, name: str, pk: int, **data: str) -> Any:
    return client.post(reverse(f"admin:notifications_{name}", args=[pk]), data)


def page_of(endpoint: Endpoint) -> str:
    return reverse("admin:notifications_endpoint_change", args=[endpoint.pk])


def a_message(endpoint: Endpoint, **values: Any) -> Message:
    now = database_now()
    about = {"event": "lead.failed", "lead_status": "failed", "reason": "refused"}
    times = {"created_at": now, "due_at": now, "until": now}
    lead = make_failed_lead(site=endpoint.site, data={"contact_name": "Hohenzollern"})
    return Message.objects.create(endpoint=endpoint, lead=lead, **about | times | values)


def test_one_is_added_and_its_secret_shown_this_once(boss: Client, site: Site) -> None:
    answer = boss.post(ADD, posted(site))

    made = Endpoint.objects.get()
    site.refresh_from_db()
    assert (made.address, made.events) == (ADDRESS, ["lead.failed", "lead.entered"])
    assert (made.personal_data, made.state, site.has_endpoints) == (False, State.ON, True)
    assert made.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert made.secret not in boss.get(page_of(made)).content.decode()


@pytest.mark.parametrize("address", ["", "http://hooks.example.com/x", "ftp://x", "no address"])
def test_an_address_that_cannot_be_posted_to_is_refused(
    boss: Client, site: Site, address: str
) -> None:
    answer = boss.post(ADD, posted(site, new_address=address))

    assert answer.context["adminform"].form.errors.keys() == {"new_address"}
    assert not Endpoint.objects.exists()


def test_the_address_is_on_no_page(boss: Client, site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)
    a_message(endpoint)
    listed = reverse("admin:notifications_endpoint_changelist")

    for page in (page_of(endpoint), listed, reverse("admin:leads_site_change", args=[site.pk])):
        body = boss.get(page).content.decode()
        assert "hooks.example.com" in body
        assert "secret-part" not in body


def test_the_site_leads_there_and_the_menu_does_not(boss: Client, site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)

    page = boss.get(reverse("admin:leads_site_change", args=[site.pk])).content.decode()

    menu = page.partition("<main")[0]
    assert page_of(endpoint) in page
    assert f"{ADD}?site={site.pk}" in page
    assert "notifications/endpoint" not in menu
    assert "notifications/message" not in menu


def test_renewing_a_secret_shows_it_and_is_audited(boss: Client, site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)

    answer = press(boss, "endpoint_new_secret", endpoint.pk)
    press(boss, "endpoint_end_secret", endpoint.pk)

    renewed = Endpoint.objects.get()
    assert renewed.secret in answer.content.decode()
    assert renewed.secret != endpoint.secret
    said = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(said) == ["Made a new secret.", "Ended the former secret."]


def test_a_pause_keeps_what_happens_and_going_on_gives_it_another_day(
    boss: Client, site: Site
) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)
    message = a_message(endpoint)

    press(boss, "endpoint_switch", endpoint.pk, to="paused")
    paused = Endpoint.objects.get().state
    press(boss, "endpoint_switch", endpoint.pk, to="on")

    message.refresh_from_db()
    assert (paused, Endpoint.objects.get().state) == (State.PAUSED, State.ON)
    assert (message.until - database_now()).total_seconds() > 86_000


def test_one_that_was_switched_off_is_switched_on_again(boss: Client, site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site, state=State.OFF, error="410", fails=9)

    press(boss, "endpoint_switch", endpoint.pk, to="on")

    endpoint.refresh_from_db()
    site.refresh_from_db()
    assert (endpoint.state, endpoint.error, endpoint.fails) == (State.ON, "", 0)
    assert site.has_endpoints


def test_deleting_asks_and_takes_the_log_along(boss: Client, site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)
    a_message(endpoint)
    address = reverse("admin:notifications_endpoint_delete", args=[endpoint.pk])

    asked = boss.get(address)
    still = Message.objects.count()
    boss.post(address, {"post": "yes"})

    site.refresh_from_db()
    assert (asked.status_code, still) == (200, 1)
    assert not Endpoint.objects.exists()
    assert not Message.objects.exists()
    assert not site.has_endpoints


def test_a_test_event_is_owed(
    boss: Client, site: Site, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)

    with django_capture_on_commit_callbacks(execute=True) as woken:
        press(boss, "endpoint_test", endpoint.pk)

    assert Message.objects.get().event == "test"
    assert woken


def test_all_that_failed_is_delivered_again_and_nothing_else(boss: Client, site: Site) -> None:
    endpoint, now = an_endpoint(ADDRESS, site=site), database_now()
    failed = [a_message(endpoint, status=Status.FAILED, tries=12) for _number in range(2)]
    sent = a_message(endpoint, status=Status.SENT, sent_at=now)
    other = a_message(an_endpoint(ADDRESS, site=site), status=Status.FAILED)

    press(boss, "endpoint_redeliver", endpoint.pk)

    found = dict(Message.objects.values_list("pk", "status"))
    assert [found[one.pk] for one in failed] == [Status.PENDING] * 2
    assert (found[sent.pk], found[other.pk]) == (Status.SENT, Status.FAILED)


@pytest.mark.parametrize("way", ["page", "list"])
def test_one_that_arrived_may_be_delivered_again_too(boss: Client, site: Site, way: str) -> None:
    message = a_message(an_endpoint(ADDRESS, site=site), status=Status.SENT, sent_at=database_now())

    if way == "page":
        press(boss, "message_redeliver", message.pk)
    else:
        boss.post(LOG, {"action": "deliver_again", "_selected_action": [message.pk]})

    message.refresh_from_db()
    assert (message.status, message.tries, message.sent_at) == (Status.PENDING, 0, None)


def test_the_log_says_what_was_answered_and_what_comes_next(boss: Client, site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)
    message = a_message(endpoint, tries=3, answer=503, error="Answered with error 503")

    for page in (LOG, page_of(endpoint)):
        body = flat(boss.get(page).content.decode())
        assert "lead.failed" in body
        assert "503" in body
    one = boss.get(reverse("admin:notifications_message_change", args=[message.pk]))
    assert "Answered with error 503" in one.content.decode()


@pytest.mark.parametrize("personal", [False, True])
def test_the_body_is_shown_without_the_person_to_who_may_not_see_them(
    personal: bool, site: Site
) -> None:
    message = a_message(an_endpoint(ADDRESS, site=site, personal_data=True))
    rights = ["notifications.view_message", "leads.view_lead"]
    client = client_of(*rights, *(["leads.view_personal_data"] if personal else []))

    page = client.get(reverse("admin:notifications_message_change", args=[message.pk]))

    assert ("Hohenzollern" in page.content.decode()) is personal


def test_the_log_is_narrowed_by_webhook_state_and_lead(boss: Client, site: Site) -> None:
    one, two = (an_endpoint(ADDRESS, site=site, name=name) for name in ("One", "Two"))
    first = a_message(one)
    a_message(two, status=Status.FAILED)

    def shown(query: str) -> int:
        return len(boss.get(f"{LOG}?{query}").context["cl"].result_list)

    assert shown(f"endpoint={one.pk}") == 1
    assert shown("status=failed") == 1
    assert shown("event=lead.failed") == 2
    assert shown(f"q={first.lead_id}") == 1
    assert shown("q=nobody") == 0


def test_a_limited_account_sees_its_own_site_s_alone(site: Site) -> None:
    mine, other = an_endpoint(ADDRESS, site=site), an_endpoint(ADDRESS, site=make_site())
    seen, hidden = a_message(mine), a_message(other)
    client = client_of(*ALL, sites=[site])

    rows = client.get(LOG).context["cl"].result_list

    assert [row.pk for row in rows] == [seen.pk]
    assert client.get(page_of(other)).status_code in (302, 404)
    assert press(client, "message_redeliver", hidden.pk).status_code == 404
    assert f'value="{other.pk}"' not in client.get(LOG).content.decode()
