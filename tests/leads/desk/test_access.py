"""Who may open and press what."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Lead, Site, SiteKey
from tests.factories import make_call, make_destination, make_failed_lead, make_log, make_user
from tests.leads.desk.conftest import client_of

PAGES: dict[str, Callable[[], str]] = {
    "failed": lambda: reverse("admin:leads_failedlead_changelist"),
    "waiting": lambda: reverse("admin:leads_failedlead_changelist") + "?tab=waiting",
    "failed lead": lambda: reverse("admin:leads_failedlead_change", args=[make_failed_lead().pk]),
    "leads": lambda: reverse("admin:leads_lead_changelist"),
    "lead": lambda: reverse("admin:leads_lead_change", args=[make_failed_lead().pk]),
    "state": lambda: reverse("admin:leads_failedlead_state", args=[make_failed_lead().pk]),
    "logs": lambda: reverse("admin:leads_apilog_changelist"),
    "log": lambda: reverse("admin:leads_apilog_change", args=[make_log(make_failed_lead()).pk]),
    "calls": lambda: reverse("admin:leads_apicall_changelist"),
    "call": lambda: reverse("admin:leads_apicall_change", args=[make_call().pk]),
    "figures": lambda: reverse("admin:stats"),
}
SET_UP: dict[str, Callable[[], str]] = {
    "sites": lambda: reverse("admin:leads_site_changelist"),
    "destination": lambda: reverse("admin:leads_destination_change", args=[make_destination().pk]),
    "settings": lambda: reverse("admin:leads_preferences_changelist"),
    "users": lambda: reverse("admin:auth_user_changelist"),
}
LEAD_ACTIONS = {
    "retry": {},
    "send_anyway": {},
    "enter": {"zoho_id": "1"},
    "discard": {"note": "spam"},
    "correct": {"contact_name": "Eva", "others": "{}"},
}


@pytest.mark.one_database
@pytest.mark.parametrize("page", [*PAGES, *SET_UP])
def test_nobody_sees_a_page_without_logging_in(client: Client, page: str) -> None:
    answer = client.get({**PAGES, **SET_UP}[page]())

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


@pytest.mark.one_database
@pytest.mark.parametrize("page", [*PAGES, *SET_UP])
def test_staff_without_permissions_see_no_page(newcomer: Client, page: str) -> None:
    assert newcomer.get({**PAGES, **SET_UP}[page]()).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_viewers_see_every_page_of_the_desk(viewer: Client, page: str) -> None:
    assert viewer.get(PAGES[page]()).status_code == 200


@pytest.mark.parametrize("page", SET_UP)
def test_viewers_see_no_page_of_the_set_up(viewer: Client, page: str) -> None:
    assert viewer.get(SET_UP[page]()).status_code == 403


@pytest.mark.parametrize("action", LEAD_ACTIONS)
@pytest.mark.parametrize("who", ["viewer", "newcomer"])
def test_who_may_only_look_presses_no_button(
    request: pytest.FixtureRequest, who: str, action: str
) -> None:
    lead = make_failed_lead()

    answer = request.getfixturevalue(who).post(address(action, lead), LEAD_ACTIONS[action])

    lead.refresh_from_db()
    assert (answer.status_code, lead.status) == (403, Lead.Status.FAILED)


@pytest.mark.parametrize("action", LEAD_ACTIONS)
def test_who_works_the_table_presses_every_button(support: Client, action: str) -> None:
    lead = make_failed_lead()

    answer = support.post(address(action, lead), LEAD_ACTIONS[action])

    lead.refresh_from_db()
    assert answer.status_code == 302
    assert lead.status != Lead.Status.FAILED


@pytest.mark.one_database
@pytest.mark.parametrize("action", ["retry", "send_anyway", "enter", "discard"])
def test_no_button_is_pressed_by_a_link(support: Client, action: str) -> None:
    assert support.get(address(action, make_failed_lead())).status_code == 405


@pytest.mark.one_database
@pytest.mark.parametrize("action", LEAD_ACTIONS)
def test_no_button_is_pressed_from_another_site(support: Client, action: str) -> None:
    support.handler.enforce_csrf_checks = True

    assert (
        support.post(address(action, make_failed_lead()), LEAD_ACTIONS[action]).status_code == 403
    )


def test_viewers_are_offered_no_buttons(viewer: Client) -> None:
    lead = make_failed_lead()

    page = viewer.get(reverse("admin:leads_lead_change", args=[lead.pk])).content.decode()
    table = viewer.get(reverse("admin:leads_failedlead_changelist")).content.decode()

    assert "Retry" not in page + table
    assert "Discard…" not in page + table
    assert "discard_selected" not in table


def test_viewers_run_no_action(viewer: Client) -> None:
    lead = make_failed_lead()

    viewer.post(
        reverse("admin:leads_failedlead_changelist"),
        {"action": "retry_selected", "_selected_action": [lead.pk]},
    )

    lead.refresh_from_db()
    assert lead.status == Lead.Status.FAILED


@pytest.mark.parametrize("model", ["lead", "failedlead", "apilog", "apicall"])
def test_not_even_a_superuser_adds_or_deletes_evidence(boss: Client, model: str) -> None:
    add, delete = (f"/admin/leads/{model}/{tail}" for tail in ("add/", "1/delete/"))

    assert boss.get(add).status_code == 403
    assert boss.post(delete, {"post": "yes"}).status_code in (302, 403)


def test_posting_to_the_page_of_a_lead_changes_nothing(boss: Client) -> None:
    lead = make_failed_lead()

    boss.post(reverse("admin:leads_lead_change", args=[lead.pk]), {"name": "Mallory"})

    assert Lead.objects.get(pk=lead.pk).name == lead.name


@pytest.mark.parametrize("permission", ["pause", "resume"])
def test_the_switch_needs_a_permission_of_its_own(support: Client, permission: str) -> None:
    destination = make_destination()

    answer = support.post(f"/admin/leads/destination/{destination.pk}/{permission}/")

    assert answer.status_code == 403


def test_keys_are_issued_only_with_permission(support: Client, site: Site) -> None:
    assert support.post(f"/admin/leads/site/{site.pk}/issue-key/").status_code == 403
    assert not SiteKey.objects.exists()


def test_the_queues_own_pages_are_not_there(boss: Client) -> None:
    assert boss.get("/admin/django_q/schedule/").status_code == 404


def test_the_exchange_is_for_those_who_may_see_calls(client: Client) -> None:
    log = make_log(make_failed_lead(), call=make_call(request="SENT-BODY"), answer="ZOHO-SAID")
    manager = client_of(make_user("manager", ("leads.view_lead", "leads.view_apilog")))

    lead_page = manager.get(reverse("admin:leads_lead_change", args=[log.lead_id])).content
    log_page = manager.get(reverse("admin:leads_apilog_change", args=[log.pk])).content

    assert b"SENT-BODY" not in lead_page + log_page
    assert b"ZOHO-SAID" not in lead_page + log_page


def address(action: str, lead: Lead) -> str:
    """Where the button posts to."""
    return reverse(f"admin:leads_failedlead_{action}", args=[lead.pk])
