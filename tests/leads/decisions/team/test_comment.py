"""Comments: what is kept, whom they name, and that they go with the person they tell of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.decisions.team.comment import MOST, add_comment, whom
from leads.models import Lead, LeadEvent
from leads.privacy.erase import erase_person
from leads.privacy.person import as_document
from leads.privacy.retention import forget_leads
from leads.signals import people_named
from tests.factories import make_failed_lead, make_lead, make_user

pytestmark = pytest.mark.django_db
MAY_SEE = ("leads.view_failedlead",)


@pytest.fixture
def people() -> dict[str, User]:
    """Colleagues under names as accounts may have them, and two who may not see leads."""
    names = ("anna", "Ben", "anna.silva", "c+d", "zoë", "ana@example.com")
    people = {
        name: make_user(name, MAY_SEE, email=f"{n}@x.example") for n, name in enumerate(names)
    }
    people["mute"] = make_user("mute", MAY_SEE)
    make_user("outside", email="o@x.example")
    make_user("gone", MAY_SEE, is_active=False)
    return people


NAMES: list[tuple[str, set[str]]] = [
    ("@anna please", {"anna"}),
    ("please, @anna.", {"anna"}),
    ("(@anna, @ben)", {"anna", "Ben"}),
    ("@ANNA @Anna @anna", {"anna"}),
    ("@anna.silva", {"anna.silva"}),
    ("@anna.silva.", {"anna.silva"}),
    ("@c+d: call", {"c+d"}),
    ("@zoë!", {"zoë"}),
    ("@ana@example.com knows", {"ana@example.com"}),
    ("write to ana@example.com or x@anna", set()),
    ("@mute", {"mute"}),
    ("@ anna, @@anna, @", set()),
    ("", set()),
]


@pytest.mark.parametrize(("text", "named"), NAMES)
def test_whom_a_text_names(people: dict[str, User], text: str, named: set[str]) -> None:
    found = whom(text)

    assert {str(one) for one in found.told + found.mute} == named
    assert found.unknown == []


@pytest.mark.parametrize("text", ["@outside", "@gone", "@nobody", "@annas", "@an"])
def test_who_may_not_see_the_lead_is_told_of_nothing(people: dict[str, User], text: str) -> None:
    found = whom(f"look {text}, please")

    assert (found.told, found.mute, found.unknown) == ([], [], [text[1:]])


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet="@an.Bezoë+- \n", max_size=80) | st.text(max_size=80))
def test_any_text_names_each_once_and_none_that_is_not_there(
    people: dict[str, User], text: str
) -> None:
    found = whom(text)

    ids = [one.pk for one in found.told + found.mute]
    assert len(ids) == len(set(ids)) <= MOST
    assert all(str(one).casefold() in text.casefold() for one in found.told + found.mute)


@pytest.mark.parametrize("status", Lead.Status.values)
def test_a_comment_is_kept_with_its_author_and_time_in_whatever_state(
    people: dict[str, User], status: str
) -> None:
    lead = make_lead(status=status)
    before = Lead.objects.filter(pk=lead.pk).values().get()

    add_comment(lead, people["anna"], "Wants an offer by Friday")

    event = lead.events.get()
    assert (event.kind, event.note, event.who) == ("commented", "Wants an offer by Friday", "anna")
    assert timezone.now() - event.created_at < timedelta(minutes=1)
    assert Lead.objects.filter(pk=lead.pk).values().get() == before


def test_those_named_are_told_but_for_oneself(people: dict[str, User]) -> None:
    heard: list[dict[str, Any]] = []
    people_named.connect(listener := lambda **said: heard.append(said), weak=False)

    named = add_comment(make_failed_lead(), people["anna"], "@anna and @ben and @mute")
    add_comment(make_failed_lead(), people["anna"], "nobody, or only me: @anna")

    people_named.disconnect(listener)
    assert [(said["people"], said["by"]) for said in heard] == [([people["Ben"]], people["anna"])]
    assert (named.told, named.mute) == ([people["Ben"]], [people["mute"]])


def test_a_comment_goes_with_the_person_and_is_handed_over_before(
    people: dict[str, User],
) -> None:
    lead = make_failed_lead()
    add_comment(lead, people["anna"], "Canary lives in Marylebone")
    handed_over = as_document(Lead.objects.all())

    erase_person(Lead.objects.all())

    assert "Marylebone" in str(handed_over)
    event = lead.events.get(kind=LeadEvent.Kind.COMMENTED)
    assert (event.note, event.who) == ("", "anna")


def test_pruning_takes_comments_along(people: dict[str, User]) -> None:
    now = timezone.now()
    lead = make_lead(status="delivered", settled_at=now - timedelta(days=40))
    add_comment(lead, people["anna"], "Canary")

    assert forget_leads(now, 30) == 1
    assert not LeadEvent.objects.exclude(note="").exists()
