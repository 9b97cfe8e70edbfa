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
LONGER = 5_000
"""Tokens that begin with a word and go on that are looked at: four digits end a thousand numbers of
ten million leads."""
RECENT, OF_THEM = 20_000, 2_000
"""The newest leads of all, in which what more go on to is looked for; so many of those at most."""
STEPS = (200, 2_000, CAP)
"""How many of a word's leads are looked at before more are: mostly the first are enough."""
FIRST, CHUNK = 100, 4_000
"""Leads that are looked at together: few at first, as a page is full after fifty."""
LIKELY = 100
"""Leads with one number that is somebody's own."""


@dataclass(frozen=True)
class Found:
    """The leads that were found, the newest first."""

    pks: list[int]
    are_some: bool
    """Whether more match than these."""


def numbered(typed: Typed, leads: QuerySet[Lead]) -> list[int]:
    """Those of the leads of which the text is the id, the reference, or the id of their record."""
    wanted = Q(pk=typed.pk) if typed.pk is not None else Q(pk=None)
    if typed.reference:
        wanted |= Q(reference=typed.reference)
    found = list(leads.filter(wanted).values_list("pk", flat=True))
    if typed.record:
        records = leads.filter(zoho_id=typed.record).exclude(zoho_id="")
        found += records.order_by("-pk").values_list("pk", flat=True)[:LIKELY]
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
    """The newest leads that have the term which the fewest have, and all others."""
    narrowest = min(terms, key=_count) if len(terms) > 1 else terms[0]
    others = [term for term in terms if term is not narrowest]
    longer, are_some = _longer(narrowest)
    seen: set[int] = set()
    pks: list[int] = []
    for step in STEPS:
        own, may_be_more = _own(narrowest, step)
        # Older than the last one of a step there may be some that the next one brings.
        last = min(own) if may_be_more else 0
        fresh = sorted((pk for pk in own | longer if pk >= last and pk not in seen), reverse=True)
        seen.update(fresh)
        size = FIRST if step == STEPS[0] else CHUNK
        pks += _kept(fresh, others, leads, most - len(pks), size)
        if len(pks) > most or not may_be_more:
            break
    return Found(pks[:most], are_some or may_be_more or len(pks) > most)


def _kept(
    pks: Sequence[int], terms: Sequence[Term], leads: QuerySet[Lead], most: int, size: int
) -> Iterator[int]:
    """Those that have the terms and are among the leads, in their order; at least one too many.

    So many are looked at first, four times as many after that: of the thousand leads whose number
    ends in the same four digits most are never read.
    """
    at = 0
    while at < len(pks):
        chunk = pks[at : at + size]
        at, size = at + size, min(4 * size, CHUNK)
        left = set(chunk)
        for term in terms:
            left = _having(term, left) if left else left
        if left:
            left = set(leads.filter(pk__among=Many(sorted(left))).values_list("pk", flat=True))
        yield from (pk for pk in chunk if pk in left)
        most -= len(left)
        if most < 0:
            break


def _count(term: Term) -> int:
    """How many leads have it, counted to the cap."""
    tokens = SearchToken.objects
    exact = (tokens.of(token).order_by()[:CAP].count() for token in term.exact)
    begun = (tokens.beginning_with(token)[:CAP].count() for token in term.beginnings)
    return sum(exact) + sum(begun)


def _own(term: Term, most: int) -> tuple[set[int], bool]:
    """The newest leads of which it is a token, and whether there may be older ones.

    In the index these stand by age.
    """
    each = [_leads_of(SearchToken.objects.of(token), most) for token in _tokens_of(term)]
    # Where one has more than were asked for, all are known from its last one on only.
    full = [found[-1] for found in each if len(found) == most]
    since = max(full, default=0)
    return {pk for found in each for pk in found if pk >= since}, bool(full)


def _longer(term: Term) -> tuple[set[int], bool]:
    """Leads with a token that begins with it and goes on, and whether others have one too.

    In the index these stand one word after the other: where they are too many, they are looked for
    in the newest leads of all.
    """
    found: set[int] = set()
    are_some = False
    for token in term.beginnings:
        longer = SearchToken.objects.longer_than(token)
        theirs = _leads_of(longer.order_by("token", "lead_id"), LONGER)
        found.update(theirs)
        if len(theirs) == LONGER:
            are_some = True
            found.update(_leads_of(longer.of_the_newest(RECENT), OF_THEM))
    return found, are_some


def _tokens_of(term: Term) -> tuple[str, ...]:
    return (*term.beginnings, *term.exact)


def _having(term: Term, pks: set[int]) -> set[int]:
    tokens = SearchToken.objects.any_of(term.beginnings, term.exact)
    return set(tokens.filter(lead__pk__among=Many(sorted(pks))).values_list("lead_id", flat=True))


def _leads_of(tokens: QuerySet[SearchToken], most: int) -> list[int]:
    return list(tokens.values_list("lead_id", flat=True)[:most])
