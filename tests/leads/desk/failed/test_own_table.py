"""The table as each person has made it: the view that opens first, and the columns."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from leads.models import SavedView, TableColumns
from tests.factories import make_failed_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import Response, flat

pytestmark = pytest.mark.django_db
TABLE = "/admin/leads/failedlead/"


@pytest.fixture
def anna() -> User:
    """A member of support."""
    return make_user("anna", role="Support")


@pytest.fixture
def client(anna: User) -> Client:
    """Her browser."""
    return client_of(anna)


def view(user: User, name: str = "Long", query: str = "reason=too_long") -> SavedView:
    """A saved view."""
    return SavedView.objects.create(user=user, name=name, query=query)


def columns(answer: Response) -> list[str]:
    """The names of the columns that are shown."""
    return [str(name) for name in answer.context["cl"].list_display]


def place(answer: Response) -> str:
    """Where a redirect leads to."""
    return str(answer["Location"])


def test_a_view_marked_as_first_opens_at_the_bare_address_alone(anna: User, client: Client) -> None:
    one = view(anna)
    assert client.get(TABLE).status_code == 200

    client.post(f"{TABLE}views/{one.pk}/first/", {"opens": "1"})

    assert place(client.get(TABLE)) == f"{TABLE}?reason=too_long"
    for query in ("?tab=failed", "?tab=waiting", "?reason=refused", "?after=x", "?utm_source=m"):
        assert client.get(TABLE + query).status_code == 200
    assert client.post(TABLE, {"action": "retry_selected"}).status_code == 200
    client.post(f"{TABLE}views/{one.pk}/first/", {"opens": "0"})
    assert client.get(TABLE).status_code == 200


def test_only_one_opens_and_only_for_its_own_person(anna: User, client: Client) -> None:
    first, second = view(anna), view(anna, "Mine", f"assigned={anna.pk}")
    for one in (first, second):
        client.post(f"{TABLE}views/{one.pk}/first/", {"opens": "1"})
    ben = make_user("ben", role="Support")

    assert place(client.get(TABLE)) == f"{TABLE}?assigned={anna.pk}"
    assert client_of(ben).get(TABLE).status_code == 200
    assert client_of(ben).post(f"{TABLE}views/{first.pk}/first/").status_code == 404
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.update(opens=True)


@pytest.mark.parametrize("query", ["reason=renamed_since", ""])
def test_a_view_that_is_not_understood_or_is_the_whole_table_opens_nothing(
    anna: User, client: Client, query: str
) -> None:
    SavedView.objects.create(user=anna, name="x", query=query, opens=True)

    assert client.get(TABLE).status_code == 200


def test_from_the_view_that_opens_every_way_leads_to_the_whole(anna: User, client: Client) -> None:
    make_failed_lead()
    SavedView.objects.create(user=anna, name="x", query="reason=too_long", opens=True)

    page = flat(client.get(TABLE, follow=True).content.decode())

    assert 'href="?tab=failed">Show all</a>' in page
    assert page.count('href="?tab=failed"') == 4  # the tab, Show all here and below, Clear
    assert 'href="?"' not in page
    assert page.count('<input type="hidden" name="tab" value="failed">') == 2  # filters and search


CHOICES: list[tuple[list[str], list[str]]] = [
    (["tries", "why"], ["why", "tries"]),
    (
        ["created", "assigned", "received", "source_site"],
        ["source_site", "assigned", "received", "created"],
    ),
    (["summary"], ["summary"]),
    ([], ["why", "summary", "created"]),
    (["why", "summary", "created"], ["why", "summary", "created"]),
]


@pytest.mark.parametrize(("chosen", "shown"), CHOICES)
def test_chosen_columns_are_kept_and_stand_in_their_order(
    client: Client, chosen: list[str], shown: list[str]
) -> None:
    make_failed_lead()

    back = client.post(f"{TABLE}columns/", {"columns": chosen, "query": "tries=0"})

    assert place(back) == f"{TABLE}?tries=0"
    answer = client.get(TABLE)
    assert columns(answer) == ["action_checkbox", "number", *shown, "action"]
    assert answer.content.decode().count('<th scope="col" class="column-') == len(shown) + 2
    assert "missing" in columns(client.get(f"{TABLE}?tab=incomplete"))


@pytest.mark.parametrize(
    "data",
    [
        {"columns": "nonsense"},
        {"columns": ["why", "email"]},
        {"columns": "why", "query": "a=b&reason=x"},
    ],
)
def test_what_is_no_column_or_no_view_is_not_kept_and_leads_back(
    client: Client, data: dict[str, Any]
) -> None:
    answer = client.post(f"{TABLE}columns/", data)

    assert place(answer) == f"{TABLE}?tab=failed"
    assert TableColumns.objects.count() == ("query" in data)


@pytest.mark.parametrize("kept", [None, {}, "why", 5, [], ["gone"], [None, 5, {"why": 1}]])
def test_columns_of_another_version_are_passed_over(anna: User, client: Client, kept: Any) -> None:
    TableColumns.objects.create(user=anna, names=kept if kept is not None else "null")

    assert columns(client.get(TABLE))[2:-1] == ["why", "summary", "created"]


def test_a_chosen_column_says_on_a_phone_what_it_is_and_the_usual_ones_cost_nothing(
    anna: User, client: Client
) -> None:
    make_failed_lead()
    assert "data-label" not in client.get(TABLE).content.decode()

    TableColumns.objects.create(user=anna, names=["tries", "received", "created"])

    page = flat(client.get(TABLE).content.decode())
    assert '<td class="field-tries" data-label="Tries">' in page
    assert page.count("data-label") == 2
