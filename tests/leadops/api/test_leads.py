"""Leads by API: the desk's rows, masks and limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Lead, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_lead, make_log, make_site, make_user
from tests.leadops.api.conftest import Program

ANA = {"contact_name": "Ana Silva", "email": "ana@example.com", "colour": "octarine"}


def ids(answer: object) -> list[int]:
    return [row["id"] for row in answer.json()["results"]]  # type: ignore[attr-defined]


def test_every_lead_is_listed_newest_first_page_by_page(chief: Program, site: Site) -> None:
    leads = [make_lead(site=site).pk for _ in range(5)]

    first = chief.get("leads/", limit=2)
    second = chief.get("leads/", limit=2, after=first.json()["next"])
    last = chief.get("leads/", limit=2, after=second.json()["next"])

    assert ids(first) + ids(second) + ids(last) == leads[::-1]
    assert last.json()["next"] is None


def test_leads_of_one_site_are_paged_by_when_they_came_in(chief: Program, site: Site) -> None:
    now = timezone.now()
    pks = [make_lead(site=site, received_at=now - timedelta(days=n // 2)).pk for n in range(4)]
    make_lead(site=make_site(destination=site.destination))

    first = chief.get("leads/", site=site.pk, limit=3)
    rest = chief.get("leads/", site=site.pk, limit=3, after=first.json()["next"])

    assert ids(first) + ids(rest) == [pks[1], pks[0], pks[3], pks[2]]


def test_the_failed_table_has_its_own_filters_and_order(chief: Program, site: Site) -> None:
    make_lead(site=site)
    refused = make_failed_lead(site=site, reason=Reason.REFUSED)
    too_long = make_failed_lead(site=site, reason=Reason.TOO_LONG, reason_field="City")

    assert ids(chief.get("failed/")) == [too_long.pk, refused.pk]
    assert ids(chief.get("failed/", reason="too_long")) == [too_long.pk]
    assert ids(chief.get("failed/", field="City", site=str(site.pk))) == [too_long.pk]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("failed/", {"reason": "unheard_of"}),
        ("failed/", {"reasons": "refused"}),
        ("failed/", {"limit": "0"}),
        ("failed/", {"after": "yesterday"}),
        ("leads/", {"status": "lost"}),
        ("leads/", {"site": "99999"}),
    ],
)
def test_what_is_not_understood_matches_nothing_and_says_why(
    chief: Program, path: str, query: dict[str, str]
) -> None:
    answer = chief.get(path, **query)

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:leadops:problem:invalid"


def test_reasons_come_with_what_to_do(chief: Program, site: Site) -> None:
    for reason in (Reason.TOO_LONG, Reason.TOO_LONG, Reason.REFUSED):
        make_failed_lead(site=site, reason=reason)

    found = chief.get("failed/reasons/").json()["results"]

    assert [(one["code"], one["count"]) for one in found] == [("too_long", 2), ("refused", 1)]
    assert all(one["owner"] and one["advice"] for one in found)


def test_reasons_of_the_whole_table_are_read_from_the_counters(site: Site) -> None:
    other = make_site(name="Other", destination=site.destination)
    make_failed_lead(site=site, reason=Reason.TOO_LONG)
    make_failed_lead(site=site, reason=Reason.TOO_LONG, is_test=True)
    make_failed_lead(site=other, reason=Reason.REFUSED)
    limited = Program(make_user("limited", role="Administrator", sites=[site]))

    with CaptureQueriesContext(connection) as asked:
        answer = limited.get("failed/reasons/").json()

    assert [(one["code"], one["count"]) for one in answer["results"]] == [("too_long", 1)]
    assert answer["complete"] is True
    assert not [one["sql"] for one in asked if 'FROM "leads_lead"' in one["sql"]]


@pytest.mark.parametrize(("cap", "counts", "complete"), [(2, [2], False), (3, [2, 1], True)])
def test_reasons_of_what_is_narrowed_are_counted_so_far_and_no_further(
    chief: Program,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    cap: int,
    counts: list[int],
    complete: bool,
) -> None:
    for reason in (Reason.REFUSED, Reason.TOO_LONG, Reason.TOO_LONG):
        make_failed_lead(site=site, reason=reason)
    monkeypatch.setattr("leadops.api.leads.CAP", cap)

    answer = chief.get("failed/reasons/", site=site.pk).json()

    assert [one["count"] for one in answer["results"]] == counts
    assert answer["complete"] is complete


def test_one_lead_has_its_data_and_timeline(chief: Program, site: Site) -> None:
    lead = make_failed_lead(site=site, data=ANA)
    log = make_log(lead)

    found = chief.get(f"leads/{lead.pk}/").json()

    assert (found["name"], found["data"]["colour"]) == ("Ana Silva", "octarine")
    assert [one["api_log"] for one in found["timeline"]] == [log.pk, None]


def test_who_may_not_see_personal_data_reads_masks(site: Site) -> None:
    manager = Program(make_user("manager", role="Manager"))
    lead = make_failed_lead(site=site, data=ANA, reason_text="Ana is bad")

    answers = [manager.get(f"leads/{lead.pk}/"), manager.get("leads/"), manager.get("failed/")]

    for answer in answers:
        text = answer.content.decode()
        assert answer.status_code == 200
        assert not any(word in text for word in ("Silva", "ana@", "octarine", "colour", "is bad"))
    assert answers[0].json()["email"] == "a…@example.com"


def test_a_search_finds_by_words_and_by_number_alone_who_sees_no_person(
    chief: Program, site: Site
) -> None:
    manager = Program(make_user("manager", role="Manager"))
    lead = make_lead(site=site, data=ANA)

    found = [program.post("leads/search/", q=str(lead.pk)) for program in (chief, manager)]

    assert [ids(answer) for answer in found] == [[lead.pk], [lead.pk]]
    assert ids(manager.post("leads/search/", q="ana@example.com")) == []


def test_no_row_outside_the_tokens_sites(site: Site) -> None:
    other = make_site()
    theirs = make_failed_lead(site=other, data=ANA)
    own = make_failed_lead(site=site)
    limited = Program(make_user("limited", role="Administrator", sites=[site]))

    assert ids(limited.get("leads/")) == ids(limited.get("failed/")) == [own.pk]
    assert limited.get("failed/", site=str(other.pk)).status_code == 422
    assert ids(limited.post("leads/search/", q=str(theirs.pk))) == []
    for answer in (
        limited.get(f"leads/{theirs.pk}/"),
        limited.post(f"leads/{theirs.pk}/retry/"),
        limited.post(f"leads/{theirs.pk}/discard/", note="spam"),
        limited.post(f"leads/{theirs.pk}/correct/", revision=0, fields={"city": "Bonn"}),
    ):
        assert answer.status_code == 404
    assert Lead.objects.get(pk=theirs.pk).status == "failed"
