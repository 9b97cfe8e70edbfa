"""The table “Failed leads API injection”."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leads.models import Lead, LeadEvent, Site
from leads.reasons import Reason
from tests.factories import make_destination, make_failed_lead, make_lead, make_site
from tests.leads.desk.weight import files, weight
from tests.responses import Response, flat

TABLE = "/admin/leads/failedlead/"


def ids(answer: Response) -> list[int]:
    """The leads of a list, from top to bottom."""
    return [lead.pk for lead in answer.context["cl"].result_list]


def test_every_page_links_to_the_table_by_its_name(newcomer: Client) -> None:
    page = flat(newcomer.get("/admin/").content.decode())

    assert f'href="{TABLE}">Failed leads API injection' in page


def test_it_holds_the_failed_leads_and_no_others(viewer: Client) -> None:
    failed = make_failed_lead()
    for status in ("queued", "sending", "delivered", "entered", "discarded"):
        make_lead(status=status)

    assert ids(viewer.get(TABLE)) == [failed.pk]


def test_the_newest_failure_comes_first(viewer: Client) -> None:
    now = timezone.now()
    old = make_failed_lead(failed_at=now - timedelta(hours=2))
    new = make_failed_lead(failed_at=now)

    assert ids(viewer.get(TABLE)) == [new.pk, old.pk]


def test_its_columns_are_those_of_the_contract(support: Client) -> None:
    make_failed_lead()

    headers = support.get(TABLE).content.decode()

    for name in ("ID", "Reason", "Data", "Created", "Action"):
        assert f"<span>{name}</span>" in headers


def test_a_row_tells_reason_site_and_person(viewer: Client, site: Site) -> None:
    make_failed_lead(
        site=site,
        data={"contact_name": "Eva Berg", "email": "Eva@Example.com", "phone": "+49 30 1"},
        reason="missing_field",
        reason_field="contact_name",
    )

    page = viewer.get(TABLE).content.decode()

    assert "The site sent no name" in page
    assert "Eva Berg\xa0· eva@example.com\xa0· <bdi>+49 30 1</bdi>" in page
    assert "Arctic Spas" in page


@pytest.mark.parametrize(
    ("reason", "button"),
    [("duplicate_email", "Send anyway"), ("too_long", "Edit"), ("outcome_unknown", "By hand")],
)
def test_a_row_offers_the_remedy_beside_retry(support: Client, reason: str, button: str) -> None:
    make_failed_lead(reason=reason)

    page = support.get(TABLE).content.decode()

    assert f">{button}<" in page
    assert ">Retry<" in page


def test_it_is_narrowed_by_reason_and_site(viewer: Client, site: Site) -> None:
    other = make_site(name="Solar Quotes")
    wanted = make_failed_lead(site=site, reason="too_long")
    make_failed_lead(site=site, reason="refused")
    make_failed_lead(site=other, reason="too_long")

    assert ids(viewer.get(TABLE, {"reason": "too_long", "site": str(site.pk)})) == [wanted.pk]


def test_the_waiting_tab_holds_what_an_outage_holds_back(viewer: Client) -> None:
    long_ago = timezone.now() - timedelta(minutes=16)
    waiting = make_lead(queued_at=long_ago, reason="no_answer")
    make_lead()
    make_failed_lead()

    assert ids(viewer.get(TABLE, {"tab": "waiting"})) == [waiting.pk]


def test_a_waiting_lead_is_retried_from_its_tab(support: Client) -> None:
    lead = make_lead(
        queued_at=timezone.now() - timedelta(hours=1), due_at=timezone.now() + timedelta(hours=6)
    )

    act(support, "retry_selected", lead, query="?tab=waiting")

    lead.refresh_from_db()
    assert lead.due_at
    assert lead.due_at <= timezone.now()


@pytest.mark.parametrize("text", ["id", "ana@example.com", " ANA@Example.com ", "+49 30 5"])
def test_a_lead_is_found_by_id_address_and_phone(viewer: Client, text: str) -> None:
    lead = make_failed_lead(
        data={"contact_name": "Ana", "email": "ana@example.com", "phone": "+49 30 5"}
    )
    make_failed_lead()

    answer = viewer.post(TABLE + "search/", {"q": str(lead.pk) if text == "id" else text})

    assert ids(viewer.get(answer.headers["Location"])) == [lead.pk]


def test_a_search_puts_no_person_into_an_address(viewer: Client) -> None:
    make_failed_lead(data={"contact_name": "Ana", "email": "ana@example.com"})

    answer = viewer.post(TABLE + "search/", {"q": "ana@example.com", "reason": "refused"})

    assert "ana" not in answer.headers["Location"]
    assert "reason=refused" in answer.headers["Location"]


def test_an_unknown_address_finds_nothing(viewer: Client) -> None:
    make_failed_lead()

    answer = viewer.post(TABLE + "search/", {"q": "nobody@example.com"})

    assert ids(viewer.get(answer.headers["Location"])) == []


def test_an_empty_table_says_when_zoho_last_took_a_lead(viewer: Client) -> None:
    make_destination(last_success_at=timezone.now() - timedelta(seconds=12))

    page = viewer.get(TABLE).content.decode()

    assert "Nothing failed in this view." in page
    assert "Last success" in page


def test_retry_of_a_selection_goes_behind_fresh_leads(support: Client) -> None:
    leads = [make_failed_lead(), make_failed_lead()]

    act(support, "retry_selected", *leads)

    assert set(Lead.objects.values_list("status", "band")) == {("queued", Lead.Band.BULK)}


def test_discarding_a_selection_asks_why_first(support: Client) -> None:
    lead = make_failed_lead()

    answer = act(support, "discard_selected", lead)

    lead.refresh_from_db()
    assert "Why is it discarded?" in answer.content.decode()
    assert lead.status == Lead.Status.FAILED


@pytest.mark.parametrize("note", ["", "   "])
def test_a_selection_is_not_discarded_without_a_reason(support: Client, note: str) -> None:
    lead = make_failed_lead()

    act(support, "discard_selected", lead, confirmed="yes", note=note)

    lead.refresh_from_db()
    assert lead.status == Lead.Status.FAILED


def test_a_selection_is_discarded_with_its_reason(support: Client) -> None:
    lead = make_failed_lead()

    act(support, "discard_selected", lead, confirmed="yes", note="spam")

    lead.refresh_from_db()
    assert lead.status == Lead.Status.DISCARDED
    assert LeadEvent.objects.get().note == "spam"


def test_a_selection_is_marked_as_entered_after_a_confirmation(support: Client) -> None:
    lead = make_failed_lead()

    asked = act(support, "enter_selected", lead)
    act(support, "enter_selected", lead, confirmed="yes")

    lead.refresh_from_db()
    assert "This is final" in asked.content.decode()
    assert lead.status == Lead.Status.ENTERED


def test_all_leads_has_every_status_and_filters_by_it(viewer: Client) -> None:
    make_failed_lead()
    delivered = make_lead(status="delivered")
    address = reverse("admin:leads_lead_changelist")

    assert len(ids(viewer.get(address))) == 2
    assert ids(viewer.get(address, {"status": "delivered"})) == [delivered.pk]


@pytest.mark.parametrize("address", [TABLE, "/admin/leads/lead/", "/admin/leads/apilog/"])
def test_a_list_asks_a_bounded_number_of_questions(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries, address: str
) -> None:
    for number in range(30):
        make_failed_lead(site=make_site(name=f"Site number {number}"))

    with django_assert_max_num_queries(15):
        boss.get(address)


def act(client: Client, action: str, *leads: Lead, query: str = "", **more: Any) -> Response:
    """Run an action on a selection."""
    chosen = {"action": action, "_selected_action": [lead.pk for lead in leads]}
    return client.post(TABLE + query, chosen | more)


def test_a_test_lead_is_there_with_a_badge_and_counted_nowhere(viewer: Client) -> None:
    test = make_failed_lead(is_test=True)

    answer = viewer.get(TABLE)

    page = answer.content.decode()
    assert ids(answer) == [test.pk]
    assert '<span class="badge test">Test</span>' in page
    assert 'Failed <span class="count">0</span>' in page
    assert 'data-figure="failed" hidden>0</span>' in page


def test_test_leads_can_be_left_out_or_picked(viewer: Client) -> None:
    test, real = make_failed_lead(is_test=True), make_failed_lead()

    assert ids(viewer.get(TABLE + "?test=no")) == [real.pk]
    assert ids(viewer.get(TABLE + "?test=only")) == [test.pk]
    assert "Only test leads" in viewer.get(TABLE).content.decode()


def test_a_full_page_of_the_table_stays_light(boss: Client) -> None:
    """Below 130 KB uncompressed: fifty rows, every reason among them, and what the page loads."""
    for number, reason in enumerate((*Reason, Reason.TOO_LONG)):
        data = {"contact_name": "Ana Berg", "email": "ana.berg@example.com", "phone": "+49 30 1234"}
        make_failed_lead(pk=1_000_000 + number, reason=reason, data=data)
    page = boss.get(TABLE).content.decode()

    assert page.count("action-select") == 50
    assert len(files(page)) >= 7
    assert weight(page) < 130 * 1024
