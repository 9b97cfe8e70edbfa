"""Fields of Zoho that stop a lead: each has an input by its kind, and its value arrives there."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.delivery.gateway import get_gateway
from leads.desk.lead import others
from leads.intake.body.fields import clean
from leads.models import Lead, Site
from leads.privacy.erase import erase
from leads.privacy.person import as_document
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_log
from tests.responses import flat
from tests.zoho.fields import METADATA, complaints
from zoho.models import Connection, Mapping, ModuleFields

DATA = {"contact_name": "Ana Silva", "utm": {"source": "fair"}}
TYPED = {"contact_name": "Ana Silva"}
OTHERS = json.dumps({"utm": {"source": "fair"}})
ID = "6100000000000101002"


@pytest.fixture(autouse=True)
def module(site: Site) -> ModuleFields:
    """A module with a field of every kind, as it was read."""
    connection, _made = Connection.objects.get_or_create(destination=site.destination)
    return ModuleFields.objects.create(
        connection=connection, module="Leads", fields=deepcopy(METADATA), read_at=timezone.now()
    )


def stopped(field: str, reason: Reason = Reason.MANDATORY_MISSING, **values: Any) -> Lead:
    """A lead that Zoho refused because of a field."""
    return make_failed_lead(**{"data": DATA, "reason": reason, "reason_field": field} | values)


def address(lead: Lead, page: str = "correct") -> str:
    """A page of the lead below the failed table."""
    return reverse(f"admin:leads_failedlead_{page}", args=[lead.pk])


def form_of(client: Client, lead: Lead, **values: Any) -> str:
    """The form as it opens, or after Check."""
    typed = TYPED | {"others": OTHERS} | values
    answer = client.post(address(lead), typed | {"check": "yes"}) if values else None
    return flat((answer or client.get(address(lead))).content.decode())


def sent(client: Client, lead: Lead, **values: Any) -> dict[str, Any]:
    """The record that would be sent after the form was saved."""
    client.post(address(lead), TYPED | {"others": OTHERS} | values)
    lead.refresh_from_db()
    assert lead.status == "queued"
    return get_gateway().preview(lead).record


def filled(lead: Lead) -> Any:
    """What the newest revision holds for the CRM's own fields."""
    return lead.revisions.latest("number").filled


# --- Kinds of field -------------------------------------------------------------------------------

KINDS: list[tuple[str, Any, Any]] = [
    ("Short", "abc", "abc"),
    ("A_textarea", "two\r\nlines", "two\nlines"),
    ("Source", "Trade fair", "Trade fair"),
    ("Courses", ["Big data"], ["Big data"]),
    ("A_email", "bo@example.com", "bo@example.com"),
    ("A_phone", "+1 403 555 1106", "+1 403 555 1106"),
    ("A_website", "https://example.com", "https://example.com"),
    ("A_date", "2026-02-28", "2026-02-28"),
    ("A_datetime", "2026-02-28T13:30", "2026-02-28T13:30:00+00:00"),
    ("A_integer", "1200", 1200),
    ("A_bigint", "123456789012345678", "123456789012345678"),
    ("A_double", "12.75", 12.75),
    ("A_currency", "1200", 1200),
    ("A_percent", "25", 25),
    ("A_boolean", "no", False),
    ("A_lookup", ID, {"id": ID}),
    ("A_ownerlookup", ID, {"id": ID}),
    ("A_userlookup", ID, {"id": ID}),
    ("A_subform", '[{"Name": "x"}]', [{"Name": "x"}]),
    ("Tag", "fair, big", [{"name": "fair"}, {"name": "big"}]),
]


@pytest.mark.parametrize(("field", "typed", "record"), KINDS, ids=[one[0] for one in KINDS])
def test_what_is_typed_arrives_in_just_that_field(
    support: Client, field: str, typed: Any, record: Any
) -> None:
    lead = stopped(field)

    made = sent(support, lead, **{f"crm-{field}": typed})

    assert made[field] == record
    assert complaints(made) == []
    assert made["Description"] == 'utm: {"source": "fair"}'
    # Opened again it holds what was typed, and left alone it stays.
    again = stopped(field, revision=1)
    again.revisions.create(number=1, data=DATA, filled=filled(lead))
    form = support.get(address(again)).context["form"]
    left = {n: form[n].value() for n in form.fields if form[n].value() not in (None, "")}
    shown = {name: getattr(value, "isoformat", lambda v=value: v)() for name, value in left.items()}
    assert sent(support, again, **shown)[field] == record


@pytest.mark.parametrize(
    ("field", "tag"),
    [
        ("Source", '<select name="crm-Source"'),
        ("Courses", '<select name="crm-Courses"'),
        ("A_date", '<input type="date" name="crm-A_date"'),
        ("A_datetime", '<input type="datetime-local" name="crm-A_datetime"'),
        ("A_integer", '<input type="number" name="crm-A_integer"'),
        ("A_boolean", '<select name="crm-A_boolean"'),
        ("A_textarea", '<textarea name="crm-A_textarea"'),
        ("Short", '<input type="text" name="crm-Short" maxlength="3"'),
    ],
)
def test_a_field_is_entered_by_its_kind(support: Client, field: str, tag: str) -> None:
    page = form_of(support, stopped(field))

    assert tag in page
    assert f'<label for="id_crm-{field}">' in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("Source", "Nowhere"), ("Courses", ["Nothing"]), ("A_date", "yesterday"),
        ("A_datetime", "now"), ("A_integer", "many"), ("A_double", "1e999999"),
        ("A_integer", "9" * 5000), ("A_boolean", "perhaps"), ("Short", "abcd"),
        ("A_subform", "[" * 5000), ("A_subform", "[NaN]"), ("A_lookup", "Ana\x00"),
    ],
)  # fmt: skip
def test_what_the_field_cannot_take_is_told_beside_it(
    support: Client, field: str, typed: Any
) -> None:
    lead = stopped(field)

    page = support.post(address(lead), TYPED | {"others": "", f"crm-{field}": typed})

    lead.refresh_from_db()
    assert (page.status_code, lead.status, lead.revision) == (200, "failed", 0)
    assert f"crm-{field}" in page.context["form"].errors


# --- Kinds of reason ------------------------------------------------------------------------------

OF_A_FIELD = (
    Reason.MANDATORY_MISSING, Reason.EXPECTED_MISSING, Reason.DEPENDENT_MISSING, Reason.TOO_LONG,
    Reason.WRONG_TYPE, Reason.WRONG_PATTERN, Reason.NOT_IN_LIST, Reason.INVALID_VALUE,
    Reason.DEPENDENT_MISMATCH, Reason.AMBIGUOUS, Reason.SEVERAL_ERRORS, Reason.REFUSED,
)  # fmt: skip


@pytest.mark.parametrize("reason", OF_A_FIELD)
def test_whatever_the_reason_each_field_that_it_names_has_an_input(
    support: Client, reason: Reason
) -> None:
    page = form_of(support, stopped("Source, A_date", reason))

    assert re.findall(r'name="crm-(\w+)"', page) == ["Source", "A_date"]


@pytest.mark.parametrize("field", ["contact_name", "Full_Name", "$.data", "Pricing[0].to", ""])
def test_a_field_that_nobody_may_fill_has_no_input(support: Client, field: str) -> None:
    assert 'name="crm-' not in form_of(support, stopped(field))


def test_a_field_that_one_of_ours_goes_into_has_its_input_already(support: Client) -> None:
    assert 'name="crm-' not in form_of(support, stopped("Last_Name", Reason.TOO_LONG))


def test_a_field_that_zoho_names_and_does_not_show_is_text_and_kept_twice(
    support: Client,
) -> None:
    lead = stopped("Secret_Field")

    made = sent(support, lead, **{"crm-Secret_Field": "x"})

    assert made["Secret_Field"] == "x"
    assert "Secret_Field: x" in made["Description"]


def test_what_is_filled_in_wins_over_a_rule_and_nothing_of_that_is_lost(
    support: Client, site: Site
) -> None:
    rules = [{"source": "contact_name", "target": "Last_Name"}]
    rules += [{"source": "utm.source", "target": "Source"}]
    Mapping.objects.create(site=site, rules=rules)

    made = sent(support, stopped("Source", Reason.NOT_IN_LIST), **{"crm-Source": "Web site"})

    assert made["Source"] == "Web site"
    assert "utm.source: fair" in made["Description"]


# --- Check ----------------------------------------------------------------------------------------


def test_check_says_that_a_mandatory_field_is_empty_though_metadata_does_not(
    support: Client,
) -> None:
    lead = stopped("Source")

    assert "because Source was empty, and it still is" in form_of(support, lead, zip="1")
    assert "everything fits" in form_of(support, lead, **{"crm-Source": "Web site"})


def test_check_asks_for_a_mandatory_field_that_nothing_named_before(
    support: Client, module: ModuleFields
) -> None:
    module.fields["A_date"]["mandatory"] = True
    module.save()

    page = form_of(support, stopped("Source"), **{"crm-Source": "Web site"})

    assert "Zoho requires A_date" in page
    assert 'name="crm-A_date"' in page
    assert "Named by the check" in page


def test_check_says_that_zoho_refused_the_same_value_before(support: Client) -> None:
    lead = stopped("A_website", Reason.INVALID_VALUE, revision=1)
    lead.revisions.create(number=1, data=DATA, filled={"A_website": "https://x.test"})
    make_log(lead, record={"A_website": "https://x.test"})

    assert "Zoho refused this value of A_website before" in form_of(support, lead)
    page = form_of(support, lead, **{"crm-A_website": "https://y.test"})
    assert "everything fits" in page


# --- Other fields ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "others",
    [
        "Source: Web site", "source: Web site\nbudget: 5", '{"Source": "Web site"}',
        "SOURCE : web  site", '{"A date": "2026-01-31", "Source": "Web site"}',
    ],
)  # fmt: skip
def test_a_zoho_field_among_the_other_fields_goes_there_and_not_into_description(
    support: Client, others: str
) -> None:
    made = sent(support, stopped("A_email", Reason.REFUSED, data=TYPED), others=others)

    assert made["Source"] == "Web site"
    assert "ite" not in made.get("Description", "")


def test_what_the_lead_came_with_stays_what_it_is(support: Client) -> None:
    lead = stopped("A_email", Reason.REFUSED, data=TYPED | {"Source": "fair"})

    made = sent(support, lead, others="Source: fair")

    assert "Source" not in made
    assert made["Description"] == "Source: fair"


def test_a_name_that_a_rule_reads_is_the_leads_own(support: Client, site: Site) -> None:
    rules = [{"source": "contact_name", "target": "Last_Name"}]
    Mapping.objects.create(site=site, rules=[*rules, {"source": "Source", "target": "Company"}])

    made = sent(support, stopped("A_email", Reason.REFUSED), others="Source: Engines")

    assert (made["Company"], "Source" in made) == ("Engines", False)


@pytest.mark.parametrize(
    ("others", "fault"),
    [
        ("no colon", "Line 1 is not “name: value”."),
        ("a: 1\na: 2", "“a” is there twice."),
        ("Last name: Silva", "use the input above"),
        ("A date: yesterday", "Enter a valid date."),
        ("Source: x", "use the input above"),
        ("[1]", "object"),
    ],
)
def test_lines_that_cannot_be_read_are_told(support: Client, others: str, fault: str) -> None:
    lead = stopped("Source")

    page = support.post(address(lead), TYPED | {"others": others})

    assert fault in " ".join(page.context["form"].errors["others"])


# --- Two people, and the entry card ---------------------------------------------------------------


def test_a_correction_of_what_somebody_else_has_corrected_is_not_saved(support: Client) -> None:
    lead = stopped("Source", revision=1)
    lead.revisions.create(number=1, data=DATA)

    page = support.post(
        address(lead), TYPED | {"others": "", "crm-Source": "Web site", "revision": "0"}
    )

    lead.refresh_from_db()
    assert "Nothing was saved" in page.content.decode()
    assert (lead.status, lead.revision) == ("failed", 1)


def test_the_entry_card_asks_for_the_field_and_keeps_what_was_entered(support: Client) -> None:
    lead = stopped("Source")

    assert (
        '<select name="crm-Source" form="entered"'
        in support.get(address(lead, "entry")).content.decode()
    )
    support.post(address(lead, "enter"), {"zoho_id": "", "crm-Source": "Web site"})

    lead.refresh_from_db()
    assert (lead.status, lead.revision, filled(lead)) == ("entered", 1, {"Source": "Web site"})


def test_the_entry_card_tells_what_cannot_be_taken_and_settles_nothing(support: Client) -> None:
    lead = stopped("A_date")

    answer = support.post(address(lead, "enter"), {"zoho_id": "", "crm-A_date": "soon"})

    lead.refresh_from_db()
    assert (answer["Location"], lead.status) == (address(lead, "entry"), "failed")


def test_who_may_only_enter_leads_is_not_asked(support: Client) -> None:
    User.objects.get(username="support").user_permissions.filter(codename="correct_lead").delete()
    lead = stopped("Source")

    support.post(address(lead, "enter"), {"zoho_id": "", "crm-Source": "Web site"})

    lead.refresh_from_db()
    assert (lead.status, lead.revision) == ("entered", 0)


# --- What is seen of it, and by whom --------------------------------------------------------------


def corrected() -> Lead:
    """A lead of which a person gave a value for a field of Zoho."""
    lead = stopped("Source", revision=1)
    lead.revisions.create(number=1, data=DATA, filled={"Source": "Canary", "Owner": OWNER})
    return lead


OWNER = {"id": ID, "name": "Jonas Petersen"}


def test_the_leads_page_and_story_show_what_was_filled_in(support: Client) -> None:
    page = support.get(reverse("admin:leads_lead_change", args=[corrected().pk])).content.decode()

    assert "<code>Source</code>" in flat(page)
    assert '<span class="corrected">corrected</span>' in page
    assert page.count("Canary") >= 2
    assert "Jonas Petersen" in page


def test_who_may_not_see_people_sees_nothing_of_it(manager: Client) -> None:
    page = manager.get(reverse("admin:leads_lead_change", args=[corrected().pk])).content.decode()

    assert "Canary" not in page


def test_the_person_is_given_what_was_filled_in_and_erasing_takes_it() -> None:
    lead = corrected()

    (document,) = as_document(Lead.objects.filter(pk=lead.pk))
    erase(Lead.objects.filter(pk=lead.pk))

    assert document["corrections"][0]["filled_in"] == {"Source": "Canary", "Owner": OWNER}
    assert not lead.revisions.exists()


PASTED = ["{}: {}", "- {}*: {}", "3. {} = {}", "> {}：{}", "{}\t{}", "**{}:** {}", '"{}": "{}",']


@pytest.mark.parametrize("way", PASTED)
def test_a_line_with_any_label_reaches_its_field_however_it_is_pasted(
    support: Client, way: str
) -> None:
    lead = stopped("", data=TYPED)
    told = [one for one in KINDS if isinstance(one[1], str) and one[1].isprintable()]
    lines = [
        way.format(
            (METADATA or {})[name]["label"], typed.replace('"', '\\"' if way[0] == '"' else '"')
        )
        for name, typed, _made in told
    ]

    made = sent(support, lead, others="\n".join(lines))

    assert {name: made.get(name) for name, *_ in told} == {
        name: record for name, _t, record in told
    }
    assert "Description" not in made


@given(data=st.dictionaries(st.text(max_size=9), st.text(max_size=20) | st.integers() | st.none()))
def test_other_fields_come_back_as_they_were_however_they_are_written(data: dict[str, Any]) -> None:
    storable = {clean(name): clean(value) for name, value in data.items()}

    assert others.read(others.write(storable)) == storable


@given(text=st.text())
def test_any_text_among_the_other_fields_is_read_or_told(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(others.read(text), dict)
