"""API logs, calls, notices and figures by API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Site
from leads.reasons import Reason
from notifications.models import Notice
from tests.factories import make_call, make_failed_lead, make_lead, make_log, make_site, make_user
from tests.leadops.api.conftest import Program


@pytest.fixture
def manager(site: Site) -> Program:
    """Sees figures, leads and logs, and no person."""
    return Program(make_user("manager", role="Manager"))


def ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer.json()["results"]]


def test_logs_are_found_by_lead_site_and_reason(chief: Program, site: Site) -> None:
    lead = make_failed_lead(site=site, reason=Reason.TOO_LONG)
    log, other = make_log(lead), make_log(make_failed_lead(site=make_site()))

    assert ids(chief.get("api-logs/")) == [other.pk, log.pk]
    for query in ({"lead": lead.pk}, {"site": site.pk}, {"reason": "too_long"}):
        assert ids(chief.get("api-logs/", **query)) == [log.pk]


def test_the_exchange_is_for_who_may_see_it(chief: Program, manager: Program, site: Site) -> None:
    call = make_call(request="Ana", response="Silva")
    log = make_log(make_failed_lead(site=site), call=call, record={"City": "Bonn"}, answer="Ana")

    assert chief.get(f"api-logs/{log.pk}/").json()["record"] == {"City": "Bonn"}
    assert manager.get(f"api-logs/{log.pk}/").json()["record"] is None
    assert chief.get(f"api-calls/{call.pk}/").json()["request"] == "Ana"
    assert manager.get(f"api-calls/{call.pk}/").status_code == 403


def test_a_call_that_carried_other_sites_leads_hides_its_exchange(site: Site) -> None:
    call = make_call(request="Ana", leads=2)
    for one in (site, make_site()):
        make_log(make_failed_lead(site=one), call=call)
    limited = Program(make_user("limited", role="Administrator", sites=[site]))

    assert limited.get(f"api-calls/{call.pk}/").json()["request"] == ""
    assert len(ids(limited.get("api-logs/"))) == 1


def test_notices_are_listed(chief: Program, site: Site) -> None:
    now = timezone.now()
    notice = Notice.objects.create(
        kind=Notice.Kind.PAUSED, recipient="a@example.com", site=site, created_at=now, due_at=now
    )

    assert ids(chief.get("notices/")) == [notice.pk]


@pytest.mark.parametrize("by", ["site", "reason", "source", "campaign", "page", "hour", "day", ""])
def test_figures_add_up_however_they_are_grouped(manager: Program, site: Site, by: str) -> None:
    make_lead(site=site)
    make_failed_lead(site=site)
    since = (timezone.now() - timedelta(hours=2)).isoformat()

    found = manager.get("stats/", since=since, **({"by": by} if by else {})).json()

    assert (found["total"]["received"], found["total"]["failed"]) == (2, 1)
    assert found["unaccounted"] == 0
    assert sum(one["received"] for one in found["groups"]) == (2 if by else 0)


@pytest.mark.parametrize(
    "query",
    [{"since": "yesterday"}, {"by": "person"}, {"by": "hour"}, {"since": "2999-01-01T00:00:00Z"}],
)
def test_a_span_that_is_not_understood_is_refused(manager: Program, query: dict[str, str]) -> None:
    assert manager.get("stats/", **query).status_code == 422


def test_figures_are_of_the_tokens_sites(site: Site) -> None:
    make_lead(site=make_site())
    limited = Program(make_user("limited", role="Manager", sites=[site]))

    assert limited.get("stats/").json()["total"]["received"] == 0
