"""Assigning leads: whose they become, what is told of it, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet

from leads.clock import database_now
from leads.criteria import NOBODY
from leads.decisions.team.assign import assign, unassign
from leads.decisions.team.colleagues import colleagues
from leads.models import Assignment, Lead, LeadEvent, Site
from leads.privacy.erase import erase
from leads.selection import LeadFilter
from tests.factories import make_failed_lead, make_lead, make_user

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
STATUSES = list(Lead.Status.values)


@pytest.fixture
def boss() -> User:
    """Who assigns."""
    return make_user("boss")


@pytest.fixture
def anna() -> User:
    """Who is given leads."""
    return make_user("anna", ("leads.view_failedlead",))


def told(lead: Lead) -> list[tuple[str, str]]:
    """What the lead's story says, and who did it."""
    return [(event.title, event.who) for event in lead.events.order_by("pk")]


@pytest.mark.parametrize("status", STATUSES)
def test_a_lead_of_any_status_becomes_a_colleagues_and_nobodys_again(
    boss: User, anna: User, status: str
) -> None:
    lead = make_lead(status=status)
    before = Lead.objects.filter(pk=lead.pk).values().get()

    assert assign(Lead.objects.all(), anna, boss) == 1
    assert Assignment.objects.get().user == anna
    assert unassign(Lead.objects.all(), boss) == 1

    assert not Assignment.objects.exists()
    assert told(lead) == [("Assigned to anna", "boss"), ("Assigned to nobody", "boss")]
    assert Lead.objects.filter(pk=lead.pk).values().get() == before


def test_of_many_only_those_change_that_are_not_hers_already(boss: User, anna: User) -> None:
    leads = [make_failed_lead() for _ in range(3)]
    assign(Lead.objects.filter(pk=leads[0].pk), anna, boss)
    assign(Lead.objects.filter(pk=leads[1].pk), boss, boss)

    assert assign(Lead.objects.all(), anna, boss) == 2

    assert Assignment.objects.filter(user=anna).count() == 3
    assert [len(told(lead)) for lead in leads] == [1, 2, 1]
    assert unassign(Lead.objects.filter(pk=leads[0].pk), boss) == 1
    assert unassign(Lead.objects.filter(pk=leads[0].pk), boss) == 0


def test_the_filter_means_the_leads_of_one_or_of_nobody(boss: User, anna: User) -> None:
    hers, nobodys = make_failed_lead(), make_failed_lead()
    assign(Lead.objects.filter(pk=hers.pk), anna, boss)

    def found(text: str) -> list[int]:
        wanted = LeadFilter.parse({"assigned": text}).present()
        rows = wanted.rows(Lead.objects.all(), hers.received_at)
        return list(rows.values_list("pk", flat=True))

    assert (found(str(anna.pk)), found("nobody")) == ([hers.pk], [nobodys.pk])
    assert found(str(boss.pk)) == []
    assert "not there" in LeadFilter.parse({"assigned": "987654"}).present().refused
    assert LeadFilter(assigned=anna.pk).words() == "assigned to anna"


def test_who_is_erased_is_nobodys_and_stays_so(boss: User, anna: User) -> None:
    lead = make_failed_lead()
    assign(Lead.objects.all(), anna, boss)

    erase(Lead.objects.all())

    assert assign(Lead.objects.all(), anna, boss) == 0
    assert not Assignment.objects.filter(lead=lead).exists()


def test_who_leaves_leaves_the_leads_to_nobody(boss: User, anna: User) -> None:
    lead = make_failed_lead()
    assign(Lead.objects.all(), anna, boss)

    anna.delete()

    assert Lead.objects.get(pk=lead.pk).whose == ""
    assert [event.title for event in lead.events.all()] == ["Assigned to somebody who has left"]


def test_colleagues_are_those_who_may_come_and_see(anna: User) -> None:
    make_user("nothing")
    make_user("outside", ("leads.view_failedlead",), is_staff=False)
    make_user("gone", ("leads.view_failedlead",), is_active=False)
    make_user("manager", role="Manager")
    make_user("boss", is_superuser=True)

    assert [str(one) for one in colleagues()] == ["anna", "boss", "manager"]


def test_an_event_without_a_name_says_what_it_was() -> None:
    assert LeadEvent(kind="assigned").title == "Assigned to somebody who has left"


@pytest.mark.parametrize(
    "end",
    [
        lambda _anna, boss: unassign(Lead.objects.all(), boss),
        lambda _anna, _boss: erase(Lead.objects.all()),
        lambda anna, _boss: anna.delete(),
        lambda anna, _boss: User.objects.filter(pk=anna.pk).delete(),
    ],
    ids=["given back", "erased", "its person is gone", "several are gone"],
)
def test_a_lead_is_marked_as_long_as_it_is_somebodys(boss: User, anna: User, end: Any) -> None:
    lead = make_failed_lead()
    assign(Lead.objects.all(), anna, boss)
    lead.refresh_from_db()
    assert lead.is_assigned

    end(anna, boss)

    lead.refresh_from_db()
    assert (lead.is_assigned, Assignment.objects.count()) == (False, 0)


def test_what_code_of_before_has_assigned_is_not_nobodys(anna: User) -> None:
    lead = make_failed_lead()
    Assignment.objects.create(lead=lead, user=anna)

    assert not nobodys().exists()


def test_the_few_that_are_nobodys_are_found_by_an_index(anna: User) -> None:
    site = make_lead().site
    some = Lead.objects.bulk_create(failed_lead(site) for _ in range(2000))
    Assignment.objects.give([lead.pk for lead in some[3:]], anna.pk, some[0].received_at)
    if connection.vendor == "postgresql":  # SQLite would believe it in the tests after this, too
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE leads_lead, leads_assignment")

    page = nobodys().order_by("-failed_at", "-pk")[:51]
    for rows in (page, nobodys()[:10_001]):
        assert len(rows) == 3
        assert "lead_failed_nobodys" in rows.explain()


def nobodys() -> QuerySet[Lead]:
    """The failed leads that are nobody's, as the table asks for them."""
    return LeadFilter(assigned=NOBODY).rows(Lead.objects.all(), database_now())


def failed_lead(site: Site) -> Lead:
    """One that is not stored yet."""
    return Lead(
        site=site,
        destination=site.destination,
        data={},
        status=Lead.Status.FAILED,
        reason="refused",
        received_at=MOMENT,
        failed_at=MOMENT,
        settled_at=MOMENT,
    )
