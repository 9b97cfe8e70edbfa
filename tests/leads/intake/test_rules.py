"""The rules that hold a lead back before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from leads.intake.receive import Origin, receive
from leads.intake.rules import judge
from leads.models import Lead, Preferences, Site
from leads.reasons import Reason
from tests.factories import make_destination, make_lead, make_site, make_submission
from tests.leads.intake.conftest import Post

ANA = {"contact_name": "Ana Silva", "email": "ana@example.com"}


def refuse_everywhere() -> None:
    preferences = Preferences.load()
    preferences.refuse_duplicate_emails = True
    preferences.save()


def set_rule(site: Site, rule: str) -> None:
    Site.objects.filter(pk=site.pk).update(duplicate_rule=rule)


def status_of(answer: Any) -> str:
    return str(answer.json()["status"])


# --- A name --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"contact_name": "Ana"},
        {"last_name": "Silva"},
        {"first_name": "Ana", "last_name": "Silva"},
        {"contact_name": ["Ana", "Silva"]},
        {"contact_name": 0},
    ],
)
def test_a_contact_name_or_a_last_name_is_enough(db: None, data: dict[str, Any]) -> None:
    assert judge(Lead(data=data), refuses_duplicates=False) is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"first_name": "Ana"},
        {"contact_name": ""},
        {"contact_name": " \t\n"},
        {"contact_name": None, "last_name": []},
        {"name": "Ana", "email": "ana@example.com"},
    ],
)
def test_without_a_name_a_lead_is_held(db: None, data: dict[str, Any]) -> None:
    held = judge(Lead(data=data), refuses_duplicates=False)

    assert held is not None
    assert (held.reason, held.field) == (Reason.MISSING_FIELD, "contact_name")


# --- Duplicate e-mails ----------------------------------------------------------------------


def test_the_rule_is_off_at_first(post: Post) -> None:
    post(ANA)

    assert status_of(post(ANA)) == "queued"


def test_the_global_switch_holds_a_second_lead_and_names_the_first(post: Post) -> None:
    refuse_everywhere()
    post(ANA)

    answer = post(ANA)

    assert answer.json()["reason"] == {"code": "duplicate_email", "title": "Duplicate e-mail"}
    first, second = Lead.objects.order_by("pk")
    assert second.reason_text == f"Same e-mail as lead {first.pk}"


def test_a_site_may_refuse_though_the_switch_is_off(post: Post, site: Site) -> None:
    set_rule(site, Site.DuplicateRule.REFUSE)
    post(ANA)

    assert status_of(post(ANA)) == "failed"


def test_a_site_may_accept_though_the_switch_is_on(post: Post, site: Site) -> None:
    refuse_everywhere()
    set_rule(site, Site.DuplicateRule.ACCEPT)
    post(ANA)

    assert status_of(post(ANA)) == "queued"


@pytest.mark.parametrize("email", ["ANA@EXAMPLE.COM", "  ana@example.com\t", "Ana@Example.com"])
def test_addresses_are_compared_without_case_and_blanks(post: Post, email: str) -> None:
    refuse_everywhere()
    post(ANA)

    assert status_of(post(ANA | {"email": email})) == "failed"


def test_long_addresses_are_compared_as_far_as_they_are_stored(post: Post) -> None:
    refuse_everywhere()
    email = "x" * 300 + "@example.com"
    post(ANA | {"email": email})

    assert status_of(post(ANA | {"email": email})) == "failed"


@pytest.mark.parametrize("data", [{"contact_name": "Ana"}, {"contact_name": "Ana", "email": " "}])
def test_an_empty_address_never_matches(post: Post, data: dict[str, str]) -> None:
    refuse_everywhere()
    post(data)

    assert status_of(post(data)) == "queued"


@pytest.mark.parametrize("status", ["queued", "sending", "delivered", "entered"])
def test_a_lead_that_is_or_will_be_in_zoho_is_in_the_way(post: Post, status: str) -> None:
    refuse_everywhere()
    make_lead(data=ANA, status=status)

    assert status_of(post(ANA)) == "failed"


@pytest.mark.parametrize("values", [{"status": "failed"}, {"status": "discarded"}])
def test_a_lead_that_is_not_in_zoho_is_not_in_the_way(post: Post, values: dict[str, Any]) -> None:
    refuse_everywhere()
    make_lead(data=ANA, **values)

    assert status_of(post(ANA)) == "queued"


def test_a_test_lead_is_not_in_the_way(post: Post) -> None:
    refuse_everywhere()
    make_lead(data=ANA, is_test=True)

    assert status_of(post(ANA)) == "queued"


def test_a_lead_of_another_destination_is_not_in_the_way(post: Post) -> None:
    refuse_everywhere()
    other = make_site(destination=make_destination(name="Second organisation"))
    make_lead(data=ANA, site=other)

    assert status_of(post(ANA)) == "queued"


def test_a_lead_of_another_site_of_the_destination_is_in_the_way(post: Post) -> None:
    refuse_everywhere()
    make_lead(data=ANA, site=make_site())

    assert status_of(post(ANA)) == "failed"


def test_a_third_lead_is_held_by_the_first_not_by_the_held_second(post: Post) -> None:
    refuse_everywhere()
    for _ in range(3):
        post(ANA)

    first, *others = Lead.objects.order_by("pk")
    assert {lead.reason_text for lead in others} == {f"Same e-mail as lead {first.pk}"}


@pytest.mark.django_db(transaction=True)
def test_of_posts_with_one_address_at_once_a_single_one_goes(site: Site, at_once: Any) -> None:
    site.refuses_duplicates = True

    leads = at_once(*[lambda: receive(make_submission(**ANA), site, Origin())] * 4)

    assert sorted(lead.status for lead in leads) == ["failed", "failed", "failed", "queued"]
