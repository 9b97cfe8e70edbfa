"""Finding leads by what was typed: every word of it, in any order, the newest leads first.

No answer costs more for a word that many have: of each only the newest 10,000 are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from leads.models import Lead, SearchToken
from leads.models.queries.among import Many
from leads.search.typed import Term, Typed

CAP = 10_000
"""Leads of one word that are looked at."""
RECENT = 20_000
"""The newest leads of all, in which what a very common beginning goes on to is looked for."""
FIRST_CHUNK, CHUNK = 100, 1_000


@dataclass(frozen=True)
class Found:
    """The leads that were found, the newest first."""

    pks: list[int]
    are_some: bool
    """Whether more match than these."""


def numbered(typed: Typed) -> list[int]:
    """The leads of which the text is the id, the reference, or the id of their record."""
    wanted = Q(pk=typed.pk) if typed.pk is not None else Q(pk=None)
    if typed.reference:
        wanted |= Q(reference=typed.reference)
    found = list(Lead.objects.filter(wanted).values_list("pk", flat=True))
    if typed.record:
        records = Lead.objects.filter(zoho_id=typed.record).exclude(zoho_id="")
        found += records.order_by("-pk").values_list("pk", flat=True)[:FIRST_CHUNK]
    return list(dict.fromkeys(found))


def find(typed: Typed, leads: QuerySet[Lead], most: int) -> Found:
    """Up to `most` of these leads that have every word of the text."""
    found = Found([], False)
    if typed.is_too_short:
        return found
    for terms in typed.readings():
        found = _with_all(terms, leads, most)
        if found.pks:
            break
    return found


def _with_all(terms: list[Term], leads: QuerySet[Lead], most: int) -> Found:
    narrowest = min(terms, key=_count) if len(terms) > 1 else terms[0]
    candidates, are_some = _newest(narrowest)
    others = [term for term in terms if term is not narrowest]
    pks: list[int] = []
    for chunk in _chunks(candidates):
        left = set(chunk)
        for term in others:
            left &= _having(term, left)
        left &= set(leads.filter(pk__among=Many(sorted(left))).values_list("pk", flat=True))
        pks += [pk for pk in chunk if pk in left]
        if len(pks) > most:
            break
    return Found(pks[:most], are_some or len(pks) > most)


def _count(term: Term) -> int:
    """How many leads have it, counted to the cap."""
    tokens = SearchToken.objects
    exact = (tokens.of(token).order_by()[:CAP].count() for token in term.exact)
    begun = (tokens.beginning_with(token)[:CAP].count() for token in term.beginnings)
    return sum(exact) + sum(begun)


def _newest(term: Term) -> tuple[list[int], bool]:
    """The newest leads that have it, and whether others may have it too.

    In the index a word's own leads stand by age, but those of all longer words one word after the
    other: where these are too many, they are looked for in the newest leads of all.
    """
    found: set[int] = set()
    are_some = False
    for token in (*term.beginnings, *term.exact):
        own = _leads_of(SearchToken.objects.of(token))
        are_some |= len(own) == CAP
        found.update(own)
    for token in term.beginnings:
        longer = SearchToken.objects.longer_than(token)
        theirs = _leads_of(longer.order_by("token", "lead_id"))
        found.update(theirs)
        if len(theirs) == CAP:
            are_some = True
            found.update(_leads_of(longer.of_the_newest(RECENT)))
    return sorted(found, reverse=True), are_some


def _having(term: Term, pks: set[int]) -> set[int]:
    tokens = SearchToken.objects.any_of(term.beginnings, term.exact)
    return set(tokens.filter(lead__pk__among=Many(sorted(pks))).values_list("lead_id", flat=True))


def _leads_of(tokens: QuerySet[SearchToken]) -> list[int]:
    return list(tokens.values_list("lead_id", flat=True)[:CAP])


def _chunks(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    """A few at first: mostly they are enough."""
    yield pks[:FIRST_CHUNK]
    for at in range(FIRST_CHUNK, len(pks), CHUNK):
        yield pks[at : at + CHUNK]
