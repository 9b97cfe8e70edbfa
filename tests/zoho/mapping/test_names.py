"""What a name is, as the rules of intake, the mapping and its previews see it: all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.data import Reading
from leads.decisions.bulk.run import queue_chunk, start
from leads.decisions.retry import retry
from leads.intake.receive import Origin, receive
from leads.models import Lead, Site
from leads.reasons import Reason
from leads.selection import LeadFilter
from tests.factories import make_failed_lead, make_site, make_submission, make_user
from zoho.fit.readers import Home
from zoho.mapping import dry_run
from zoho.mapping.mapper import read_rules
from zoho.mapping.names import maker_of
from zoho.mapping.record import Plan, to_record
from zoho.mapping.rules import DEFAULT_RULES
from zoho.models import Mapping

pytestmark = pytest.mark.django_db

RULES = {
    "another field": [{"source": "your-name", "target": "Last_Name"}],
    "a form's field": [{"source": "contact[Name]", "target": "Last_Name"}],
    "a path": [{"source": "person.name", "target": "Last_Name"}],
    "a join": [{"source": ["a", "your-name"], "target": "Last_Name", "transform": "join"}],
    "a constant": [{"target": "Last_Name", "transform": "constant", "argument": "Unknown"}],
}
POST = {"your-name": "Ada", "contact[Name]": "Ada", "person": {"name": "Ada"}, "email": "a@b.co"}
SILENT = {"nickname": "Ada", "email": "a@b.co"}


@pytest.fixture
def site(db: None) -> Site:
    return make_site(recognises=False)


@pytest.fixture
def ben() -> User:
    return make_user("ben")


def take(site: Site, data: dict[str, Any]) -> Lead:
    return receive(make_submission(**data), site, Origin())


def retry_one(lead: Lead, user: User) -> None:
    retry(Lead.objects.filter(pk=lead.pk), user)


def retry_in_bulk(lead: Lead, user: User) -> None:
    bulk, _new = start(LeadFilter(), user)
    queue_chunk(bulk.pk)


RETRIES = pytest.mark.parametrize("send_again", [retry_one, retry_in_bulk])
Again = Callable[[Lead, User], None]


# --- By the mapping -------------------------------------------------------------------------


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_a_lead_with_a_rule_for_its_name_is_not_held(rules: Any, site: Site) -> None:
    Mapping.objects.create(site=site, rules=rules)

    assert take(site, POST).status == "queued"


@pytest.mark.parametrize("rules", [[], [{"source": "your-name", "target": "First_Name"}], "none"])
def test_a_lead_whose_rules_make_no_name_is_held(rules: Any, site: Site) -> None:
    if rules != "none":
        Mapping.objects.create(site=site, rules=rules)

    lead = take(site, POST)

    assert (lead.reason, lead.reason_field) == ("missing_field", "contact_name")


@RETRIES
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_a_rule_that_was_saved_since_is_seen_on_retry(
    rules: Any, send_again: Again, site: Site, ben: User
) -> None:
    lead = take(site, POST)
    Mapping.objects.create(site=site, rules=rules)

    send_again(lead, ben)

    lead.refresh_from_db()
    assert lead.status == "queued"


@RETRIES
def test_a_retry_without_a_rule_holds_it_again(send_again: Again, site: Site, ben: User) -> None:
    lead = take(site, POST)

    send_again(lead, ben)

    lead.refresh_from_db()
    assert (lead.status, lead.reason) == ("failed", "missing_field")


def test_only_a_lead_without_a_name_asks_for_the_mapping(site: Site) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        take(site, {"contact_name": "Ada", "email": "a@b.co"})

    assert not any("zoho_mapping" in query["sql"] for query in asked.captured_queries)


def test_a_hundred_leads_without_a_name_ask_for_the_mapping_once(site: Site, ben: User) -> None:
    for _number in range(9):
        make_failed_lead(site=site, data=POST, reason=Reason.MISSING_FIELD)
    with CaptureQueriesContext(connection) as asked:
        retry_in_bulk(Lead.objects.all()[0], ben)

    assert sum("zoho_mapping" in query["sql"] for query in asked.captured_queries) == 1


# --- By the site's option -------------------------------------------------------------------

FIRST = {"first_name": "Ada", "email": "a@b.co"}
ADDRESS = {"email": "a@b.co"}
OPTIONS = [
    ("hold", FIRST, None),
    ("hold", ADDRESS, None),
    ("first_name", FIRST, "Ada"),
    ("first_name", ADDRESS, None),
    ("email", FIRST, "Ada"),
    ("email", ADDRESS, "a@b.co"),
    ("email", {"phone": "1"}, None),
    ("email", {"first_name": " ", "email": "a@b.co"}, "a@b.co"),
]


@pytest.mark.parametrize(("nameless", "data", "sent"), OPTIONS)
def test_a_lead_without_a_name_goes_as_the_site_says(
    nameless: str, data: Any, sent: str | None, site: Site
) -> None:
    site.nameless = nameless

    lead = take(site, data)

    assert lead.status == ("queued" if sent else "failed")
    assert dry_run.preview(site, lead).record.get("Last_Name") == sent


@RETRIES
@pytest.mark.parametrize(("nameless", "data", "sent"), OPTIONS)
def test_a_retry_goes_by_the_option_of_today(
    nameless: str, data: Any, sent: str | None, send_again: Again, site: Site, ben: User
) -> None:
    lead = take(site, data)
    Site.objects.update(nameless=nameless)

    send_again(lead, ben)

    lead.refresh_from_db()
    assert lead.status == ("queued" if sent else "failed")


def test_what_stands_for_the_name_is_a_repair_that_people_see() -> None:
    made = to_record(FIRST, Plan(nameless="first_name"))

    assert made.record == {"Last_Name": "Ada", "Email": "a@b.co"}
    assert made.repairs == ["first_name: sent as Last_Name: the lead has no other name"]
    assert [mending.sources for mending in made.mendings] == [("first_name",)]


def test_a_name_is_sent_as_it_is_whatever_the_option() -> None:
    data = {"first_name": "Ada", "last_name": "Lovelace"}

    made = to_record(data, Plan(nameless="email"))

    assert (made.record["Last_Name"], made.repairs) == ("Lovelace", [])


def test_an_address_that_is_too_long_for_the_field_is_kept_whole() -> None:
    address = "a" * 90 + "@b.co"

    made = to_record({"email": address}, Plan(nameless="email"))

    assert len(made.record["Last_Name"]) <= 80
    assert address in (made.record["Email"], made.record.get("Description", ""))


# --- Preview and dry run tell the truth -----------------------------------------------------


def test_a_preview_says_that_intake_holds_a_lead_without_a_name(site: Site) -> None:
    site.module = "Accounts"
    lead = take(site, {"company": "Acme"})

    shown = dry_run.preview(site, lead)

    assert (shown.failing, "Intake holds it" in shown.failure) == ("contact_name", True)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_a_preview_of_rules_says_what_intake_would_do_with_them(rules: Any, site: Site) -> None:
    lead = take(site, POST)
    company = {"target": "Company", "transform": "constant", "argument": "-"}

    shown = dry_run.preview(site, lead, [*rules, company])

    assert shown.failure == ""
    assert dry_run.run(site, [*rules, company]).failed.count == 0


def test_a_dry_run_counts_what_intake_would_hold(site: Site) -> None:
    site.module = "Accounts"
    site.save()
    take(site, {"company": "Acme"})

    found = dry_run.run(site, [{"source": "company", "target": "Account_Name"}])

    assert (found.failed.count, found.failed_today) == (1, 1)
    assert list(found.reasons) == [(Reason.MISSING_FIELD, "contact_name")]


def test_a_preview_says_that_two_values_fit(site: Site) -> None:
    two = {"a": {"full name": "Ada"}, "b": {"full name": "Bob"}}
    site.recognises = True
    lead = take(site, two)

    shown = dry_run.preview(site, lead)

    assert lead.reason == "unclear"
    assert "a.full name or b.full name" in shown.failure


@pytest.mark.parametrize(
    ("filled", "named"), [({"Lead_Source": "Web"}, False), ({"Last_Name": "B"}, True)]
)
def test_what_a_person_filled_in_is_a_name_where_it_is_one(
    filled: dict[str, str], named: bool
) -> None:
    is_named = maker_of(read_rules(DEFAULT_RULES), Home())

    assert is_named(Reading({"company": "Engines"}, filled)) is named
