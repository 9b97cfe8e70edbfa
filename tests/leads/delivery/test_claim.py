"""Which leads travel together, and that each is won by one worker only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from leads.counters.deltas import totals
from leads.delivery.claim import BULK_FIRST, FRESH_FIRST, OLDER_FIRST, claim, order_of
from leads.models import ApiCall, Destination, Lead, Site
from leads.reasons import Reason
from tests.factories import make_destination, make_lead, make_site
from tests.leads.conftest import Claim

NOW = 0.0
OLD = 0.9
BULK = 0.99


def ago(**time: float) -> Any:
    return timezone.now() - timedelta(**time)


def pause(site: Site, **until: float) -> None:
    Site.objects.filter(pk=site.pk).update(
        paused_at=ago(hours=1), pause_reason=Reason.WRONG_MODULE, paused_until=ago(**until)
    )


def test_a_claim_takes_all_that_is_due(site: Site, claimed: Claim) -> None:
    leads = [make_lead(site=site) for _ in range(3)]

    assert {lead.pk for lead in claimed().leads} == {lead.pk for lead in leads}


def test_there_is_nothing_to_claim_when_nothing_is_due(
    destination: Destination, site: Site
) -> None:
    make_lead(site=site, due_at=ago(seconds=-60))
    for status in ("delivered", "failed", "sending", "entered", "discarded"):
        make_lead(site=site, status=status)

    assert claim(destination, 100, NOW) is None
    assert not ApiCall.objects.exists()


def test_token_lease_and_open_call_are_on_disk_after_the_claim(
    site: Site, claimed: Claim, settings: Any
) -> None:
    lead = make_lead(site=site)

    batch = claimed()

    lead.refresh_from_db()
    assert lead.due_at is not None
    lease = lead.due_at - timezone.now()
    call = ApiCall.objects.get()
    assert (lead.status, lead.claim) == ("sending", batch.token)
    assert timedelta(seconds=settings.LEASE_SECONDS - 5) < lease
    assert lease <= timedelta(seconds=settings.LEASE_SECONDS)
    assert (call.claim, call.leads, call.kind, call.ended_at) == (batch.token, 1, "insert", None)


def test_a_claim_moves_the_figures(site: Site, claimed: Claim) -> None:
    make_lead(site=site)

    claimed()

    assert (totals().leads["queued"], totals().leads["sending"]) == (0, 1)


def test_a_claimed_lead_is_not_claimed_again(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    batch = claimed()

    assert claim(batch.destination, 100, NOW) is None


def test_a_claim_takes_no_more_than_its_limit(site: Site, claimed: Claim) -> None:
    for _ in range(5):
        make_lead(site=site)

    assert len(claimed(limit=2).leads) == 2


def test_the_leads_of_another_destination_are_left_alone(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    make_lead(site=make_site(destination=make_destination(name="Second")))

    assert len(claimed().leads) == 1


# --- Together ------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{"module": "Contacts"}, {"options": {"trigger": []}}])
def test_leads_of_different_envelopes_never_share_a_call(
    site: Site, claimed: Claim, values: dict[str, Any]
) -> None:
    first = make_lead(site=site, due_at=ago(seconds=2))
    other = make_lead(site=make_site(**values), due_at=ago(seconds=1))

    assert [lead.pk for lead in claimed().leads] == [first.pk]
    assert [lead.pk for lead in claimed().leads] == [other.pk]


def test_sites_with_the_same_envelope_share_a_call(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    make_lead(site=make_site())

    assert len(claimed().leads) == 2


def test_an_envelope_follows_the_options_of_the_site(site: Site) -> None:
    before = site.envelope
    site.options = {"trigger": []}
    site.save(update_fields=["options"])

    site.refresh_from_db()
    assert site.envelope != before


def test_leads_travel_with_those_of_their_own_batch_limit(site: Site, claimed: Claim) -> None:
    suspects = [make_lead(site=site, batch_limit=8, due_at=ago(seconds=2)) for _ in range(2)]
    others = [make_lead(site=site) for _ in range(3)]

    batches = [{lead.pk for lead in claimed().leads} for _ in range(2)]

    assert batches == [{lead.pk for lead in suspects}, {lead.pk for lead in others}]


def test_no_more_leads_travel_than_the_batch_limit_says(site: Site, claimed: Claim) -> None:
    for _ in range(3):
        make_lead(site=site, batch_limit=2)

    assert [len(claimed().leads) for _ in range(2)] == [2, 1]


def test_a_batch_knows_whether_a_second_send_is_safe(site: Site, claimed: Claim) -> None:
    make_lead(site=site)
    Destination.objects.update(resend_is_safe=True)

    assert claimed().resend_is_safe


# --- Order -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "order"),
    [(0.0, FRESH_FIRST), (0.79, FRESH_FIRST), (0.80, OLDER_FIRST), (0.95, BULK_FIRST)],
)
def test_one_batch_in_five_belongs_to_what_waits(draw: float, order: tuple[str, ...]) -> None:
    assert order_of(draw) == order
    assert set(order) == {"fresh", "older", "bulk"}


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (NOW, ["fresh", "older", "bulk"]),
        (OLD, ["older", "fresh", "bulk"]),
        (BULK, ["bulk", "fresh", "older"]),
    ],
)
def test_the_draw_says_who_comes_first(
    site: Site, claimed: Claim, draw: float, expected: list[str]
) -> None:
    names = {
        make_lead(site=site, due_at=ago(seconds=5)).pk: "fresh",
        make_lead(site=site, due_at=ago(minutes=5)).pk: "older",
        make_lead(site=site, due_at=ago(minutes=9), band=Lead.Band.BULK).pk: "bulk",
    }

    batches = [claimed(limit=1, draw=draw).leads[0].pk for _ in expected]

    assert [names[pk] for pk in batches] == expected


def test_what_is_left_of_a_batch_goes_to_the_others(site: Site, claimed: Claim) -> None:
    make_lead(site=site, due_at=ago(seconds=5))
    make_lead(site=site, due_at=ago(minutes=5))
    make_lead(site=site, due_at=ago(minutes=5), band=Lead.Band.BULK)

    assert len(claimed().leads) == 3


def test_of_one_kind_the_longest_due_come_first(site: Site, claimed: Claim) -> None:
    late, later = (
        make_lead(site=site, due_at=ago(hours=1)),
        make_lead(site=site, due_at=ago(days=1)),
    )

    assert [lead.pk for lead in claimed(limit=1).leads] == [later.pk]
    assert [lead.pk for lead in claimed(limit=1).leads] == [late.pk]


# --- A paused site ----------------------------------------------------------------------------


def test_the_leads_of_a_paused_site_wait(site: Site, claimed: Claim) -> None:
    pause(site, minutes=-5)
    make_lead(site=site, due_at=ago(hours=1))
    other = make_lead(site=make_site())

    assert [lead.pk for lead in claimed().leads] == [other.pk]


def test_a_paused_site_is_tried_with_a_single_lead(site: Site, claimed: Claim) -> None:
    pause(site, minutes=1)
    for _ in range(3):
        make_lead(site=site, due_at=ago(hours=1))

    batch = claimed()

    assert len(batch.leads) == 1
    assert claim(batch.destination, 100, NOW) is None


# --- At the same moment -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_take_different_leads(
    destination: Destination, site: Site, at_once: Any
) -> None:
    for _ in range(20):
        make_lead(site=site)

    batches = at_once(*[lambda: claim(destination, 5, NOW)] * 4)

    taken = [lead.pk for batch in batches if batch for lead in batch.leads]
    assert len(taken) == len(set(taken))
    assert Lead.objects.filter(status="sending").count() == len(taken) >= 5
    assert totals().leads["sending"] == len(taken)


@pytest.mark.django_db(transaction=True)
def test_a_claim_does_not_wait_for_leads_that_another_worker_holds(
    destination: Destination, site: Site, at_once: Any
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes one transaction at a time")
    held, free = make_lead(site=site, due_at=ago(hours=1)), make_lead(site=site)
    with transaction.atomic():
        Lead.objects.select_for_update().get(pk=held.pk)
        (batch,) = at_once(lambda: claim(destination, 100, NOW))

    assert [lead.pk for lead in batch.leads] == [free.pk]
