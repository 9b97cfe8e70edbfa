"""Personal data, masked for those who do not work with it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from leads.desk.kit import masking
from leads.models import Lead, Revision
from tests.factories import make_call, make_failed_lead, make_log, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import Response

DATA = {
    "contact_name": "Ada Lovelace",
    "email": "ada@engine.example",
    "phone": "+44 20 555 0142",
    "street": "Marylebone 12",
    "country": "GB",
    "budget": "secret-budget",
    "canary@field.example": "x",
}
CANARIES = ("Lovelace", "ada@", "555 01", "Marylebone", "secret-budget", "canary")


@pytest.fixture
def lead() -> Lead:
    """A lead with personal data in every place where some may be."""
    lead = make_failed_lead(
        data=DATA,
        reason_text="canary: value refused",
        page="https://example.com/?name=canary",
    )
    Revision.objects.create(lead=lead, number=1, data=DATA | {"street": "canary street"})
    lead.revision = 1
    lead.save()
    lead.events.create(kind="discarded", note="canary note")
    call = make_call(request="canary request", response="canary response", error="canary error")
    make_log(
        lead,
        call=call,
        record={"Last_Name": "Lovelace"},
        answer="canary",
        repairs=["canary cut"],
        reason_text="canary words",
    )
    return lead


def pages(lead: Lead) -> list[str]:
    """Every page of the desk that shows a lead."""
    return [
        reverse("admin:leads_failedlead_changelist"),
        reverse("admin:leads_lead_changelist"),
        reverse("admin:leads_failedlead_change", args=[lead.pk]),
        reverse("admin:leads_lead_change", args=[lead.pk]),
        reverse("admin:leads_apilog_changelist"),
        reverse("admin:leads_apilog_change", args=[lead.logs.get().pk]),
        reverse("admin:leads_failedlead_state", args=[lead.pk]),
    ]


@pytest.mark.parametrize("number", range(7))
def test_a_manager_reads_no_personal_data(manager: Client, lead: Lead, number: int) -> None:
    answer = manager.get(pages(lead)[number])

    assert answer.status_code == 200
    assert [canary for canary in CANARIES if canary in answer.content.decode()] == []


def test_a_manager_recognises_a_lead_by_its_masked_forms(manager: Client, lead: Lead) -> None:
    text = manager.get(reverse("admin:leads_lead_change", args=[lead.pk])).content.decode()

    assert "A… L…" in text
    assert "a…@engine.example" in text
    assert "…42" in text
    assert "GB" in text


def test_support_reads_all_of_it(support: Client, lead: Lead) -> None:
    text = support.get(reverse("admin:leads_lead_change", args=[lead.pk])).content.decode()

    assert [canary for canary in CANARIES if canary not in text] == []


def test_the_exchange_needs_the_right_to_personal_data_too(lead: Lead) -> None:
    user = client_of(make_user("auditor", ("leads.view_lead", "leads.view_apicall")))

    page = user.get(reverse("admin:leads_apicall_change", args=[lead.logs.get().call_id]))

    assert page.status_code == 200
    assert b"canary" not in page.content


@pytest.mark.parametrize("asked", ["ada@engine.example", "+44 20 555 0142"])
@pytest.mark.parametrize("table", ["lead", "failedlead"])
def test_a_manager_finds_nobody_by_e_mail_or_phone(
    manager: Client, lead: Lead, table: str, asked: str
) -> None:
    search = reverse(f"admin:leads_{table}_search")
    by_address = reverse(f"admin:leads_{table}_changelist")

    answer = manager.post(search, {"q": asked}, follow=True)

    assert not found(answer, lead)
    assert not found(manager.get(by_address, {"q": asked}), lead)
    assert not found(manager.get(by_address, {"same": f"email-{lead.pk}"}), lead)


def test_a_manager_finds_a_lead_by_its_number(manager: Client, lead: Lead) -> None:
    answer = manager.post(reverse("admin:leads_lead_search"), {"q": str(lead.pk)}, follow=True)

    assert found(answer, lead)


@pytest.mark.parametrize(
    ("country", "is_one"),
    [("GB", True), ("de", True), ("Ada", False), ("Marylebone 12", False), ("XX", False)],
)
@pytest.mark.django_db
def test_a_country_is_shown_where_it_is_one(country: str, is_one: bool) -> None:
    viewer = make_user(permissions=("leads.view_lead",))

    assert (masking.value("country", country, viewer) == country) is is_one


@pytest.mark.parametrize("field", ["contact_name", "email", "phone", "country", "budget"])
def test_who_may_see_no_lead_sees_no_mask_of_one(field: str) -> None:
    assert masking.value(field, "GB", AnonymousUser()) == masking.HIDDEN
    assert masking.value(field, "", AnonymousUser()) == ""


def test_the_name_of_an_unknown_field_is_hidden() -> None:
    assert masking.field("ada@engine.example", AnonymousUser()) == masking.HIDDEN
    assert masking.field("email", AnonymousUser()) == "email"


@pytest.mark.parametrize(
    ("form", "whole", "masked"),
    [
        (masking.name, "Ada  Lovelace", "A… L…"),
        (masking.name, "", ""),
        (masking.email, "ada@example.com", "a…@example.com"),
        (masking.email, "nonsense", "n…"),
        (masking.email, "@", "…@"),
        (masking.email, "", ""),
        (masking.phone, "+49 30 42", "…42"),
        (masking.phone, "110", "…"),
        (masking.phone, "", ""),
    ],
)
def test_masked_forms(form: Callable[[str], str], whole: str, masked: str) -> None:
    assert form(whole) == masked


def test_unknown_fields_are_hidden_and_empty_ones_stay_empty() -> None:
    assert masking.value("budget", "1000", AnonymousUser()) == masking.HIDDEN
    assert masking.value("budget", "", AnonymousUser()) == ""
    assert masking.words("", AnonymousUser()) == ""


def found(answer: Response, lead: Lead) -> bool:
    """Whether the list shows the lead."""
    return f"/{lead.pk}/change/" in answer.content.decode()
