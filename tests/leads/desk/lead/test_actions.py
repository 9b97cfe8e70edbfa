"""The buttons: each is a decision, attributed, and taken once."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from leads.models import Lead, LeadEvent, Preferences, Site
from tests.factories import make_failed_lead, make_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import Response, flat
from zoho.models import Mapping

JSON = {"HTTP_ACCEPT": "application/json"}


def press(client: Client, action: str, lead: Lead, **more: Any) -> Response:
    """Press a button."""
    extra = {name: more.pop(name) for name in ("HTTP_ACCEPT",) if name in more}
    return client.post(reverse(f"admin:leads_failedlead_{action}", args=[lead.pk]), more, **extra)


def test_retry_queues_the_lead_and_says_who_wanted_it(support: Client) -> None:
    lead = make_failed_lead()

    press(support, "retry", lead)

    lead.refresh_from_db()
    event = LeadEvent.objects.get()
    assert lead.status == Lead.Status.QUEUED
    assert (event.kind, str(event.user)) == ("retried", "support")


def test_retry_leads_back_to_where_it_was_pressed(support: Client) -> None:
    answer = press(support, "retry", make_failed_lead(), next="/admin/leads/failedlead/?p=2")

    assert answer.headers["Location"] == "/admin/leads/failedlead/?p=2"


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_retry_leads_nowhere_else(support: Client, foreign: str) -> None:
    answer = press(support, "retry", make_failed_lead(), next=foreign)

    assert answer.headers["Location"] == "/admin/leads/failedlead/"


@pytest.mark.parametrize("reason", ["mandatory_missing", "duplicate_email", "not_in_list"])
def test_a_rows_retry_that_cannot_help_asks_where_no_script_did(
    support: Client, reason: str
) -> None:
    lead = make_failed_lead(reason=reason)
    back = {"next": "/admin/leads/failedlead/?p=2"}
    table = support.get("/admin/leads/failedlead/").content.decode()

    asked = support.post(f"/admin/leads/failedlead/{lead.pk}/retry/?ask", back)

    assert f'formaction="{lead.pk}/retry/?ask"' in table
    page = flat(asked.content.decode())
    assert f"Retry lead {lead.pk} as it is?" in page
    assert "As it is, it would be refused again, unless something was changed since." in page
    assert f'action="/admin/leads/failedlead/{lead.pk}/retry/"' in page
    assert 'name="next" value="/admin/leads/failedlead/?p=2"' in page
    lead.refresh_from_db()
    assert lead.status == "failed"


def test_a_script_that_has_said_so_is_not_asked(support: Client) -> None:
    lead = make_failed_lead(reason="mandatory_missing")

    address = f"/admin/leads/failedlead/{lead.pk}/retry/?ask"
    answer = support.post(address, headers={"accept": "application/json"})

    assert answer.json()["status"] == "queued"


def test_a_rows_retry_that_may_help_does_not_ask(support: Client) -> None:
    lead = make_failed_lead(reason="rate_limited")

    table = support.get("/admin/leads/failedlead/").content.decode()

    assert f'formaction="{lead.pk}/retry/"' in table


def test_retry_answers_a_script_with_where_the_lead_stands(support: Client) -> None:
    lead = make_failed_lead()

    state = press(support, "retry", lead, **JSON).json()

    assert state["status"] == "queued"
    assert state["open"] is True


def test_a_second_retry_of_a_delivered_lead_changes_nothing(support: Client) -> None:
    lead = make_lead(status="delivered")

    state = press(support, "retry", lead, **JSON).json()

    assert (state["status"], state["changed"]) == ("delivered", False)
    assert not LeadEvent.objects.exists()


def test_retry_twice_starts_nothing_twice(support: Client) -> None:
    lead = make_failed_lead()

    press(support, "retry", lead)
    press(support, "retry", lead)

    lead.refresh_from_db()
    assert (lead.status, lead.attempts) == (Lead.Status.QUEUED, 0)


def test_retry_of_a_lead_that_a_rule_still_holds_says_so(support: Client) -> None:
    lead = make_failed_lead(data={"email": "x@example.com"}, reason="missing_field")

    state = press(support, "retry", lead, **JSON).json()

    assert state["status"] == "failed"
    assert state["reason"] == "The site sent no name"


def test_send_anyway_passes_the_duplicate_rule(support: Client, site: Site) -> None:
    Preferences.objects.update_or_create(pk=1, defaults={"refuse_duplicate_emails": True})
    data = {"contact_name": "Ana", "email": "ana@example.com"}
    make_lead(site=site, data=data, status="delivered")
    lead = make_failed_lead(site=site, data=data, reason="duplicate_email")

    held = press(support, "retry", lead, **JSON).json()
    sent = press(support, "send_anyway", lead, **JSON).json()

    assert (held["status"], sent["status"]) == ("failed", "queued")


def test_entering_by_hand_keeps_the_record_id(support: Client) -> None:
    lead = make_failed_lead()

    press(support, "enter", lead, zoho_id="57257")

    lead.refresh_from_db()
    assert (lead.status, lead.zoho_id) == (Lead.Status.ENTERED, "57257")


def test_discarding_needs_a_reason(support: Client) -> None:
    lead = make_failed_lead()

    answer = press(support, "discard", lead, note=" ")

    lead.refresh_from_db()
    assert answer.status_code == 302
    assert lead.status == Lead.Status.FAILED


def test_a_correction_sends_a_revision_and_keeps_what_arrived(support: Client) -> None:
    lead = make_failed_lead(
        data={"contact_name": "Ana", "zip": "far too long for a zip", "utm": {"a": 1}}
    )

    press(support, "correct", lead, contact_name="Ana", zip="12345", others='{"utm": {"a": 2}}')

    lead.refresh_from_db()
    assert lead.status == Lead.Status.QUEUED
    assert lead.data["zip"] == "far too long for a zip"
    assert lead.current_data() == {"contact_name": "Ana", "zip": "12345", "utm": {"a": 2}}


def test_a_correction_leaves_untouched_values_as_they_came(support: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Ana", "zip": 12345, "message": "one\ntwo"})

    press(
        support, "correct", lead,
        contact_name="Eva", zip="12345", message="one\r\ntwo", others="{}",
    )  # fmt: skip

    lead.refresh_from_db()
    assert lead.current_data() == {"contact_name": "Eva", "zip": 12345, "message": "one\ntwo"}


@pytest.mark.parametrize(
    ("others", "complaint"),
    [
        ("{", "begins as JSON and is none"),
        ("[1]", "one JSON object"),
        ('{"a": NaN}', "not a JSON number"),
        ('{"email": "a@b.c"}', "use the input above"),
    ],
)
def test_a_correction_with_unreadable_fields_is_shown_again(
    support: Client, others: str, complaint: str
) -> None:
    lead = make_failed_lead()

    answer = press(support, "correct", lead, contact_name="Ana", others=others)

    lead.refresh_from_db()
    assert complaint in answer.content.decode()
    assert lead.status == Lead.Status.FAILED


def test_a_correction_without_a_name_is_shown_again(support: Client) -> None:
    lead = make_failed_lead()

    answer = press(support, "correct", lead, first_name="Ana", others="{}")

    assert "A lead needs a contact name" in answer.content.decode()


@pytest.mark.parametrize(
    ("nameless", "entered", "goes"),
    [
        ("hold", {"first_name": "Ana", "email": "ana@example.com"}, False),
        ("first_name", {"first_name": "Ana"}, True),
        ("first_name", {"email": "ana@example.com"}, False),
        ("email", {"email": "ana@example.com"}, True),
        ("email", {"phone": "555 0142"}, False),
    ],
)
def test_a_correction_asks_for_a_name_only_where_the_site_does(
    nameless: str, entered: dict[str, str], goes: bool, support: Client, site: Site
) -> None:
    Site.objects.update(nameless=nameless)
    lead = make_failed_lead(site=site)

    answer = press(support, "correct", lead, **entered, others="{}")

    lead.refresh_from_db()
    assert (lead.status == Lead.Status.QUEUED) == goes
    assert ("A lead needs a contact name" in answer.content.decode()) == (not goes)
    instead = "This site takes first name" in answer.content.decode()
    assert instead == (not goes and nameless != "hold")


def test_a_correction_takes_the_name_that_the_mapping_makes(support: Client, site: Site) -> None:
    Mapping.objects.create(site=site, rules=[{"source": "who", "target": "Last_Name"}])
    lead = make_failed_lead(site=site)

    press(support, "correct", lead, others='{"who": "Ana"}')

    lead.refresh_from_db()
    assert lead.status == Lead.Status.QUEUED


def test_a_lead_that_was_settled_is_not_corrected(support: Client) -> None:
    lead = make_lead(status="delivered")

    press(support, "correct", lead, contact_name="Eva", others="{}")

    assert not lead.revisions.exists()


def test_a_retry_is_answered_with_where_it_is_taken_back(support: Client) -> None:
    lead = make_failed_lead()

    state = press(support, "retry", lead, **JSON).json()

    assert state["undo"] == f"/admin/leads/failedlead/{lead.pk}/undo/"
    assert 0 < state["left"] <= 5


def test_undo_answers_with_where_the_lead_stands(support: Client) -> None:
    lead = make_failed_lead(reason="too_long")
    press(support, "retry", lead)

    state = press(support, "undo", lead, **JSON).json()

    assert (state["status"], state["undo"], state["changed"]) == ("failed", "", True)


def test_undo_that_comes_too_late_says_so(support: Client) -> None:
    answer = press(support, "undo", make_lead(status="delivered"), next="/admin/leads/lead/")

    shown = support.get(answer.headers["Location"]).content.decode()
    assert "can no longer be taken back: it is delivered" in shown


@pytest.mark.parametrize("action", ["undo", "comment"])
def test_who_may_only_look_takes_nothing_back_and_says_nothing(
    viewer: Client, support: Client, action: str
) -> None:
    lead = make_failed_lead()
    press(support, "retry", lead)

    assert press(viewer, action, lead, comment="x").status_code == 403
    lead.refresh_from_db()
    assert lead.status == Lead.Status.QUEUED


def test_a_decision_is_taken_back_by_those_who_might_have_taken_it(support: Client) -> None:
    """Retrying is not enough for bringing a discarded lead back."""
    lead = make_failed_lead()
    press(support, "discard", lead, note="spam")
    retrier = client_of(make_user("retrier", ("leads.view_lead", "leads.retry_lead")))

    assert press(retrier, "undo", lead).status_code == 403
    assert press(support, "undo", lead).status_code == 302
    lead.refresh_from_db()
    assert lead.status == Lead.Status.FAILED


def test_a_decision_about_no_lead_is_not_found(support: Client) -> None:
    assert support.post("/admin/leads/failedlead/999/retry/").status_code == 404


def test_no_name_is_copied_into_the_admins_log(support: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Canary Bird", "email": "canary@example.com"})

    for action in ("retry", "enter"):
        press(support, action, lead)

    texts = [entry.object_repr + entry.change_message for entry in LogEntry.objects.all()]
    assert "anary" not in "".join(texts)
