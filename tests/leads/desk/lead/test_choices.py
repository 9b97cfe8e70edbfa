"""“Which of these is the name?”, and “It is a new enquiry”."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from leads.decisions.source import make_source
from leads.models import Lead, LeadEvent, Site, Source, SourceAddress
from leads.reasons import Reason
from tests.factories import make_user
from tests.leads.desk.conftest import VIEW, client_of
from tests.leads.recount import assert_the_counters_are_a_recount
from tests.responses import flat

TWO = {"your-name": "Ann Brown", "Your name": "Bob Carter", "email": "ann@example.com"}


@pytest.fixture
def source(site: Site) -> Source:
    return make_source(site, "Contact page").source


def post(source: Source, body: Any = TWO) -> Lead:
    secret = SourceAddress.objects.get(source=source).secret
    Client().post(f"/in/{secret}/", json.dumps(body), "application/json")
    return Lead.objects.order_by("-pk")[0]


def page_of(client: Client, lead: Lead) -> str:
    return flat(client.get(f"/admin/leads/lead/{lead.pk}/change/").content.decode())


def choose(client: Client, lead: Lead, path: str, who: str) -> int:
    address = f"/admin/leads/failedlead/{lead.pk}/choose/"
    answer = client.post(address, {"for": who, "pick-contact_name": path})
    lead.refresh_from_db()
    return int(answer.status_code)


def test_the_page_asks_with_the_values_that_fit(support: Client, source: Source) -> None:
    lead = post(source)

    page = page_of(support, lead)

    assert lead.reason == Reason.UNCLEAR
    asked = page.partition('id="choose"')[2].partition("</form>")[0]
    assert "Which of these is the name?" in asked
    assert "your-name: Ann Brown" in asked
    assert "Your name: Bob Carter" in asked
    assert "None of them" in asked
    assert "ann@example.com" not in asked


def test_the_values_that_fit_are_offered_wherever_they_stand(
    support: Client, source: Source
) -> None:
    """A select offers the first 200 values; those that fit may come after them."""
    lead = post(source, {f"field {n}": "x" for n in range(250)} | TWO)

    asked = page_of(support, lead).partition('id="choose"')[2].partition("</form>")[0]

    assert "your-name: Ann Brown" in asked
    assert "Your name: Bob Carter" in asked


def test_a_lead_without_any_name_offers_every_value(support: Client, source: Source) -> None:
    lead = post(source, {"1.3": "Ada", "1.6": "Lovelace"})

    asked = page_of(support, lead).partition('id="choose"')[2].partition("</form>")[0]

    assert lead.reason == Reason.MISSING_FIELD
    assert '<option value="path:1.6">1.6: Lovelace</option>' in asked


def test_the_row_in_the_table_leads_there(support: Client, source: Source) -> None:
    lead = post(source)

    table = support.get("/admin/leads/failedlead/").content.decode()

    assert f'href="{lead.pk}/change/#choose"' in table
    assert "Which of these is the name?" in table


def test_a_choice_for_the_lead_sends_it(support: Client, source: Source) -> None:
    lead = post(source)

    choose(support, lead, "path:Your name", "lead")

    source.refresh_from_db()
    assert (lead.name, lead.status, source.chosen) == ("Bob Carter", Lead.Status.QUEUED, {})
    assert lead.data == TWO


def test_a_choice_for_the_source_holds_from_then_on(administrator: Client, source: Source) -> None:
    lead = post(source)

    choose(administrator, lead, "path:Your name", "source")

    after = post(source, {**TWO, "Your name": "Dora Ek"})
    assert (lead.name, lead.status) == ("Bob Carter", Lead.Status.QUEUED)
    assert (after.name, after.status) == ("Dora Ek", Lead.Status.QUEUED)


def test_a_choice_for_the_source_takes_the_right_to_change_it(
    support: Client, source: Source
) -> None:
    lead = post(source)

    assert choose(support, lead, "path:Your name", "source") == 403
    assert "For all of" not in page_of(support, lead)
    assert lead.status == Lead.Status.FAILED


def test_who_may_not_see_people_is_not_asked(source: Source) -> None:
    lead = post(source)
    seen = tuple(name for name in VIEW if name != "leads.view_personal_data")
    client = client_of(make_user(permissions=(*seen, "leads.correct_lead")))

    assert "Bob Carter" not in page_of(client, lead)
    assert choose(client, lead, "path:Your name", "lead") == 403


@pytest.mark.parametrize("path", ["path:nowhere", "none", "", "nonsense", "path:"])
def test_a_choice_that_is_no_name_leaves_it_held(
    support: Client, source: Source, path: str
) -> None:
    lead = post(source)

    assert choose(support, lead, path, "lead") == 302
    assert lead.status == Lead.Status.FAILED


# --- Repeats --------------------------------------------------------------------------------------

ADA = {"name": "Ada Lovelace", "email": "ada@example.com"}


def repeated(source: Source, body: Any, times: int) -> Lead:
    """The lead of a post that came so many times more."""
    lead = post(source, body)
    for _time in range(times):
        post(source, body)
    return lead


def again(client: Client, lead: Lead, repeats: int) -> Lead | None:
    address = f"/admin/leads/failedlead/{lead.pk}/new-enquiry/"
    before = set(Lead.objects.values_list("pk", flat=True))
    client.post(address, {"repeats": repeats})
    lead.refresh_from_db()
    return Lead.objects.exclude(pk__in=before).first()


def test_a_repeat_is_made_a_lead_of_its_own(support: Client, source: Source) -> None:
    source.site.duplicate_rule = Site.DuplicateRule.REFUSE
    source.site.save()
    first = repeated(source, ADA, 2)
    assert "posted again 2 times" in page_of(support, first)

    lead = again(support, first, 2)

    assert lead is not None
    assert first.repeats == 1
    assert lead.reference != first.reference
    assert (lead.name, lead.data, lead.status) == (first.name, ADA, Lead.Status.QUEUED)
    assert (lead.webhook_source, lead.idempotency_key, lead.repeats) == (source, None, 0)
    assert lead.received_at > first.received_at
    assert bytes(lead.body) == bytes(first.body)
    notes = LeadEvent.objects.filter(kind="noted").values_list("note", flat=True)
    assert any(f"lead {lead.pk}" in note for note in notes)
    assert_the_counters_are_a_recount()


def test_a_button_that_is_pressed_twice_makes_one_lead(support: Client, source: Source) -> None:
    first = repeated(source, ADA, 2)

    made = [again(support, first, 2) for _press in range(2)]

    assert made[1] is None
    assert Lead.objects.count() == 2


@pytest.mark.parametrize("repeats", [0, 1, 99])
def test_a_lead_that_was_posted_once_has_no_repeat(
    support: Client, source: Source, repeats: int
) -> None:
    assert again(support, post(source, ADA), repeats) is None


def test_a_repeat_of_a_lead_without_a_name_is_held_too(support: Client, source: Source) -> None:
    first = repeated(source, {"company": "Arctic"}, 1)

    lead = again(support, first, 1)

    assert lead is not None
    assert (lead.status, lead.reason) == (Lead.Status.FAILED, Reason.MISSING_FIELD)
    assert_the_counters_are_a_recount()


def test_who_may_only_look_is_offered_nothing(viewer: Client, source: Source) -> None:
    first = repeated(source, ADA, 1)

    assert "It is a new enquiry" not in page_of(viewer, first)
    assert again(viewer, first, 1) is None
