"""The figures of some sites: of all sites they are those of `read`, whatever is folded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leads.counters import read as counters
from leads.counters.compaction import fold
from leads.counters.deltas import since, totals_of
from leads.counters.of_sites import failed_of, first_attempt_of, read_of, since_of
from leads.models import CounterDelta, Lead
from leads.models.counters import CounterDelta as Delta
from tests.factories import make_failed_lead, make_lead, make_log, make_site

START = datetime(2026, 3, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
KINDS = (
    (Delta.Kind.LEAD, Lead.Status.FAILED, "refused"),
    (Delta.Kind.LEAD, Lead.Status.FAILED, "duplicate_email"),
    (Delta.Kind.LEAD, Lead.Status.DELIVERED, ""),
    (Delta.Kind.ATTEMPT, "13003", ""),
    (Delta.Kind.ATTEMPT, "13002", "refused"),
    (Delta.Kind.HELD, "13002", "duplicate_email"),
)
changes = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 2),
        st.integers(0, 400),
        st.integers(1, 5),
    ),
    max_size=25,
)


class TestOfSites(TestCase):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(before=changes, after=changes, bars=st.lists(st.integers(0, 500), max_size=5))
    def test_parts_and_the_whole_add_up_whatever_is_folded(
        self, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]], bars: list[int]
    ) -> None:
        sites = [make_site().pk for _n in range(3)]
        for part, folds in ((before, True), (after, False)):
            CounterDelta.objects.bulk_create(
                CounterDelta(
                    kind=kind[0], outcome=kind[1], reason=kind[2], site_id=sites[site],
                    quarter=START + quarter * QUARTER, amount=n,
                )
                for kind, site, quarter, n in part
            )  # fmt: skip
            while folds and fold():
                pass
        bounds = [START + n * QUARTER for n in sorted(set(bars))]

        whole = counters.read(bounds, sites=True)

        assert plain(read_of(sites, bounds)) == plain(whole)
        one, rest = read_of(sites[:1], bounds), read_of(sites[1:], bounds)
        assert +(one.counts + rest.counts) == +whole.counts
        assert [a.sent + b.sent for a, b in zip(one.bars, rest.bars, strict=True)] == [
            bar.sent for bar in whole.bars
        ]
        for own in (sites, sites[:1], sites[1:], []):
            read = read_of(own)
            assert failed_of(own) == totals_of(read).leads[Lead.Status.FAILED]
            assert len(read_of(own, bounds).bars) == len(list(pairwise(bounds)))


def plain(read: counters.Counters) -> tuple[object, ...]:
    """What a page sees of the counters: nothing of what is zero."""
    sites = {pk: +counts for pk, counts in read.sites.items()}
    return +read.counts, {pk: counts for pk, counts in sites.items() if counts}, read.bars


@pytest.mark.django_db
def test_they_begin_with_the_first_of_these_sites() -> None:
    early, late = make_site(), make_site()
    make_log(make_failed_lead(site=early))
    own = make_failed_lead(site=late)
    log = make_log(own)
    make_lead(site=late, is_test=True, received_at=START)

    assert since_of([late.pk]) == (own.received_at, log.pk)
    assert since_of([early.pk, late.pk]) == since()
    assert since_of([]) == (None, None)
    assert first_attempt_of([]) is None
