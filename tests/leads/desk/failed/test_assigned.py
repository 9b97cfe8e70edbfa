"""Whose a lead is, on the table and on its page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.models import Assignment, Lead
from tests.factories import make_failed_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import Response, flat

pytestmark = pytest.mark.django_db
TABLE = "/admin/leads/failedlead/"


@pytest.fixture
def anna() -> User:
    """A member of support."""
    return make_user("anna", role="Support", first_name="Anna", last_name="Silva")


def give(lead: Lead, user: User) -> None:
    """Make the lead the user's."""
    Assignment.objects.give([lead.pk], user.pk, lead.received_at)


def words(answer: Response) -> str:
    """A page without its layout."""
    return flat(answer.content.decode())


def whose(lead: Lead) -> str:
    """Who looks after it now."""
    return Lead.objects.get(pk=lead.pk).whose


def test_a_row_and_its_page_say_whose_it_is(anna: User) -> None:
    lead, other = make_failed_lead(), make_failed_lead()
    give(lead, anna)

    table = words(client_of(anna).get(TABLE))
    page = words(client_of(anna).get(f"{TABLE}{lead.pk}/change/"))

    assert table.count('<span class="whose">anna</span>') == 1
    assert "assigned to<b>anna</b>" in page
    assert "assigned to" not in words(client_of(anna).get(f"{TABLE}{other.pk}/change/"))


def test_mine_is_a_tab_with_a_count_for_those_who_are_given_leads(anna: User) -> None:
    lead, _other = make_failed_lead(), make_failed_lead()
    give(lead, anna)

    page = client_of(anna).get(f"{TABLE}?assigned={anna.pk}")

    assert [row.pk for row in page.context["cl"].result_list] == [lead.pk]
    assert 'aria-current="page">Mine<span class="count">1</span>' in words(page)
    assert words(page).count('aria-current="page"') == 2  # the menu's own entry is the other
    manager = client_of(make_user("manager", role="Manager"))
    assert "Mine<span" not in words(manager.get(TABLE))


@pytest.mark.parametrize(("chosen", "said"), [("anna", "anna"), ("", "nobody")])
def test_one_is_assigned_on_its_page(anna: User, chosen: str, said: str) -> None:
    lead = make_failed_lead()
    if not chosen:
        give(lead, anna)
    address, whom = f"{TABLE}{lead.pk}/assign/", anna.pk if chosen else ""

    page = client_of(anna).post(address, {"whom": whom}, follow=True)
    again = client_of(anna).post(address, {"whom": whom}, follow=True)

    assert f"Lead {lead.pk}: assigned to {said}." in words(page)
    assert f"is assigned to {said} already" in words(again)
    assert whose(lead) == chosen


def test_many_are_assigned_by_the_bar_in_any_tab(anna: User) -> None:
    leads = [make_failed_lead() for _ in range(2)]
    data: dict[str, Any] = {"action": "assign_selected", "_selected_action": [x.pk for x in leads]}
    client = client_of(anna)

    asked = words(client.post(TABLE, data))
    done = client.post(TABLE, data | {"confirmed": "yes", "whom": anna.pk}, follow=True)

    assert f'<option value="{anna.pk}" selected>anna (Anna Silva)' in asked  # oneself first
    assert "danger" not in asked
    assert "2 leads assigned to anna." in words(done)
    assert [whose(lead) for lead in leads] == ["anna", "anna"]
    Lead.objects.update(status="discarded", failed_at=None)
    data |= {"confirmed": "yes", "whom": "", "select_across": "1"}
    client.post(f"{TABLE}?tab=discarded", data)
    assert [whose(lead) for lead in leads] == ["", ""]


@pytest.mark.parametrize("whom", ["987654", "x", "nobody"])
def test_nobody_is_assigned_to_who_is_no_colleague(anna: User, whom: str) -> None:
    lead = make_failed_lead()

    page = client_of(anna).post(f"{TABLE}{lead.pk}/assign/", {"whom": whom}, follow=True)

    assert "That is nobody who may see the lead." in words(page)
    assert whose(lead) == ""


def test_the_drawer_offers_oneself_nobody_and_the_others(anna: User) -> None:
    make_user("ben", role="Support")
    make_failed_lead()

    page = words(client_of(anna).get(f"{TABLE}?assigned=nobody"))

    at = page.index('<select name="assigned">')
    drawn = page[at : page.index("</select>", at)]
    assert [word in drawn for word in ("Me", "Nobody", "ben", "anna")] == [True, True, True, False]
    assert "Only assigned to nobody" in page
