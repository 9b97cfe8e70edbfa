"""Finding: every word, in any order, the newest first, and never a look at all that many have."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Lead, Site
from leads.models.queries.among import Many
from leads.search import find as finding
from leads.search.fill import fill_older
from leads.search.find import Found, find, numbered
from leads.search.typed import Typed
from tests.factories import make_lead


def made(site: Site, *people: dict[str, Any]) -> list[int]:
    """Leads with these fields, with their tokens."""
    pks = [make_lead(site=site, data=person).pk for person in people]
    fill_older()
    return pks


def found(text: str, most: int = 50) -> Found:
    return find(Typed.read(text), Lead.objects.all(), most)


AISHA = {
    "contact_name": "Aïsha Fortin",
    "email": "aisha.fortin@dealer.ca",
    "phone": "(403) 555-1106",
    "company": "Boats & More",
}


@pytest.mark.parametrize(
    "text",
    [
        *("4035551106", "(403) 555-1106", "555 1106", "+1 403 555 1106", "Fortin", "fortin aisha"),
        *("aisha.f", "dealer.ca", "boats", "more fortin 1106", "AISHA.FORTIN@dealer.ca"),
    ],
)
def test_a_caller_is_found_by_each_form(site: Site, text: str) -> None:
    aisha, _bo = made(site, AISHA, {"contact_name": "Bo Li", "phone": "403 555 2207"})

    assert found(text) == Found([aisha], False)


def test_all_words_must_be_there(site: Site) -> None:
    made(site, AISHA, {"contact_name": "Aisha Smith"})

    assert found("smith fortin").pks == []
    assert len(found("aisha").pks) == 2


def test_the_newest_come_first_and_it_is_said_that_there_are_more(site: Site) -> None:
    pks = made(site, *[{"contact_name": "Bo Smith"}] * 4, {"contact_name": "Bo Smithson"})

    assert found("smith", most=2) == Found(pks[:-3:-1], True)
    assert found("smith", most=5) == Found(pks[::-1], False)


def test_each_word_of_a_common_pair_is_looked_at_to_the_cap(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "CAP", 3)
    monkeypatch.setattr(finding, "STEPS", (1, 3))
    pks = made(site, *[{"contact_name": "Bo Smith"}] * 6)

    assert found("smith bo") == Found(pks[:2:-1], True)


@pytest.mark.parametrize("steps", [(1,), (1, 2, 100), (2, 3, 100), (100,)])
def test_in_whatever_steps_the_newest_are_found(
    site: Site, monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...]
) -> None:
    monkeypatch.setattr(finding, "STEPS", (*steps, 100))
    names = ["Müller", "Mueller", "Muller", "Mullerson", "Bo", "Müller", "Mullerin", "Mueller"]
    pks = made(site, *[{"contact_name": f"Ana {name}"} for name in names])
    with_it = [pk for pk, name in zip(pks, names, strict=True) if name != "Bo"][::-1]

    for text in ("Müller", "müller ana"):
        assert found(text) == Found(with_it, False)
        assert found(text, most=3) == Found(with_it[:3], True)


def test_what_a_common_beginning_goes_on_to_is_looked_for_in_the_newest_leads(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "LONGER", 3)
    monkeypatch.setattr(finding, "RECENT", 2)
    pks = made(site, *[{"contact_name": f"Smith{n}"} for n in "abcdef"])

    said = found("smi")

    assert said.are_some
    assert said.pks[:2] == [pks[5], pks[4]]


def test_of_many_that_end_alike_no_more_are_read_than_fill_a_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counted(pks: list[int]) -> Many:
        read.append(len(pks))
        return Many(pks)

    monkeypatch.setattr(finding, "FIRST", 3)
    monkeypatch.setattr(finding, "Many", counted)
    pks = made(site, *[{"phone": f"+49 30 {n}55 1106"} for n in range(100, 120)])

    assert found("1106", most=2) == Found(pks[:-3:-1], True)
    assert read == [3]
    assert found("1106", most=10) == Found(pks[:-11:-1], True)
    assert read == [3, 3, 12]


def test_only_leads_of_the_kind_that_is_asked_for_are_found(site: Site) -> None:
    first, second = made(site, AISHA, AISHA)

    only = find(Typed.read("fortin"), Lead.objects.exclude(pk=second), 50)

    assert only.pks == [first]


def test_a_lead_is_found_by_its_id_its_reference_and_its_record(site: Site) -> None:
    lead = make_lead(site=site, status="delivered", zoho_id="61000123")

    for text in (str(lead.pk), str(lead.reference), str(lead.reference).upper(), "61000123"):
        assert numbered(Typed.read(text), Lead.objects.all()) == [lead.pk]
    for text in ("0", "9" * 19, "9" * 40, "aisha", "", "61000"):
        assert numbered(Typed.read(text), Lead.objects.all()) == []


def test_it_asks_little_however_many_match(site: Site) -> None:
    made(site, *[AISHA] * 3)
    with CaptureQueriesContext(connection) as few:
        found("fortin aisha")
    made(site, *[AISHA] * 30)
    with CaptureQueriesContext(connection) as many:
        found("fortin aisha")

    assert len(few) == len(many) <= 8


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's planner")
def test_each_look_goes_by_an_index(site: Site) -> None:
    made(site, *[AISHA] * 3)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        for method in ("seqscan", "bitmapscan", "sort"):  # of three rows it would take the shortest
            cursor.execute(f"SET LOCAL enable_{method} = off")
        found("fortin aisha")
    for query in asked.captured_queries:
        if "leads_searchtoken" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + query["sql"])
                plan = "\n".join(row for (row,) in cursor.fetchall())
            assert "Index" in plan
            assert "Index Cond" in plan
            assert "Sort" not in plan
