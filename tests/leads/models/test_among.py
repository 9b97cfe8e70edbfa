"""`among`: one of thousands, on either database."""

from __future__ import annotations

from leads.models import Lead, Site
from leads.models.queries.among import Many
from tests.factories import make_lead


def test_it_finds_those_and_no_others(site: Site) -> None:
    first, _second, third = [make_lead(site=site).pk for _ in range(3)]

    found = Lead.objects.among([third, first, 2**40]).order_by("pk")

    assert list(found.values_list("pk", flat=True)) == [first, third]


def test_of_nothing_there_is_nothing(site: Site) -> None:
    make_lead(site=site)

    assert not Lead.objects.among([]).exists()


def test_texts_are_taken_word_for_word(site: Site) -> None:
    odd = "o'neil\\\"%s@example.com"
    lead = make_lead(site=site, email=odd)
    make_lead(site=site, email="ada@example.com")

    found = Lead.objects.filter(email__among=Many([odd, "nobody@example.com"]))

    assert list(found) == [lead]


def test_more_than_a_statement_takes_parameters(site: Site) -> None:
    lead = make_lead(site=site)

    many = Lead.objects.among(range(lead.pk, lead.pk + 300_000))
    changed = many.update(band=Lead.Band.BULK)

    assert changed == 1
