"""People are told of each cause for which sending stops, once, and of its end when it is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.delivery import breaker
from leads.delivery.gateway import Outcome, Verdict
from leads.models import Destination, Lead, Site
from leads.reasons import Reason
from tests.factories import make_lead
from tests.fakes import (
    BATCH_REFUSED,
    LOCKED,
    NOT_SENT,
    REFUSED,
    REVOKED,
    STORED,
    UNKNOWN,
    WRONG_MODULE,
    FakeGateway,
)
from tests.leads.delivery.conftest import Run, end_pause, make_due
from tests.leads.delivery.test_drain import alerts as alerts_of_drain

alerts = alerts_of_drain
NO_SCOPE = Outcome(Verdict.DESTINATION_FAULT, Reason.SCOPE_MISSING)
WRONG_OPTION = Outcome(Verdict.SITE_FAULT, Reason.WRONG_OPTION, status=400)
THERE = replace(STORED, already_there=True)
WEATHER = {"refused connection": NOT_SENT, "no answer": UNKNOWN}


def hold(site: Site) -> None:
    """Hold a site as an answer did, its probe being due."""
    breaker.pause_site(site, Reason.WRONG_OPTION, timezone.now())
    end_hold()


def end_hold() -> None:
    Site.objects.exclude(paused_at=None).update(paused_until=timezone.now() - timedelta(seconds=1))


def probe(destination: Destination, drain: Run) -> None:
    end_pause(destination)
    make_due()
    drain()


@pytest.mark.parametrize("weather", WEATHER)
def test_an_outage_does_not_hide_what_people_were_told_of(
    destination: Destination,
    site: Site,
    drain: Run,
    gateway: FakeGateway,
    alerts: Any,
    weather: str,
) -> None:
    """The end was told to nobody then, and the same cause a month later neither."""
    Destination.objects.update(resend_is_safe=True)
    make_lead(site=site)
    gateway.answers = [REVOKED, WEATHER[weather], REVOKED, WEATHER[weather], STORED]
    drain()
    for _ in range(3):
        probe(destination, drain)
        assert Destination.objects.get().pause_reason == Reason.TOKEN_REVOKED
    probe(destination, drain)

    assert alerts == [("paused", "token_revoked"), ("resumed", "")]


def test_another_cause_of_a_paused_destination_is_told(
    destination: Destination, site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    make_lead(site=site)
    gateway.answers = [REVOKED, NO_SCOPE, NO_SCOPE]
    drain()
    for _ in range(2):
        probe(destination, drain)

    assert alerts == [("paused", "token_revoked"), ("paused", "scope_missing")]


def test_another_cause_of_a_held_site_is_told(
    site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    make_lead(site=site)
    gateway.answers = [WRONG_MODULE, WRONG_OPTION, WRONG_OPTION]
    for _ in range(3):
        end_hold()
        make_due()
        drain()

    assert alerts == [("paused", f"{one} {site.name}") for one in ("wrong_module", "wrong_option")]


def test_what_a_person_paused_is_told_of_no_answer(
    destination: Destination, site: Site, alerts: Any
) -> None:
    now = timezone.now()
    for row in (destination, site):
        type(row).objects.pause(row.pk, Reason.PAUSED_BY_HAND, now, None)

    breaker.pause(destination, Reason.TOKEN_REVOKED, now, now)
    breaker.pause_site(site, Reason.WRONG_MODULE, now)

    assert alerts == []
    assert Site.objects.get().pause_reason == Reason.PAUSED_BY_HAND


SAYS_NOTHING = {
    "refused": REFUSED,
    "refused whole": BATCH_REFUSED,
    "locked": LOCKED,
    "there": THERE,
}


@pytest.mark.parametrize("answer", SAYS_NOTHING)
def test_what_is_answered_before_its_set_up_is_looked_at_ends_no_hold(
    site: Site, drain: Run, gateway: FakeGateway, alerts: Any, answer: str
) -> None:
    """Zoho names the first fault of a record: a wrong e-mail address before the wrong owner."""
    hold(site)
    for _ in range(3):
        make_lead(site=site)
    gateway.answers = [SAYS_NOTHING[answer], SAYS_NOTHING[answer], WRONG_OPTION]

    drain()

    assert [len(call) for call in gateway.calls] == [1, 1, 1]
    assert len({pk for (pk,) in gateway.calls}) == 3
    assert [kind for kind, _about in alerts] == ["paused"]
    assert Site.objects.exclude(paused_at=None).exists()


def test_after_such_an_answer_the_next_lead_tries_at_once(
    site: Site, drain: Run, gateway: FakeGateway, alerts: Any
) -> None:
    hold(site)
    for _ in range(5):
        make_lead(site=site)
    gateway.answers = [REFUSED, STORED]

    drain()

    assert [len(call) for call in gateway.calls] == [1, 1, 3]
    assert [kind for kind, _about in alerts] == ["paused", "resumed"]


@pytest.mark.parametrize("answer", SAYS_NOTHING)
def test_a_site_is_held_although_another_lead_of_the_call_was_answered(
    site: Site, drain: Run, gateway: FakeGateway, answer: str
) -> None:
    """All of its leads were sent once more, at once, for nothing."""
    for _ in range(3):
        make_lead(site=site)
    gateway.answers = [[SAYS_NOTHING[answer], WRONG_OPTION, WRONG_OPTION]]

    drain()

    assert len(gateway.calls) == 1
    assert Site.objects.exclude(paused_at=None).exists()
    assert Lead.objects.filter(status="queued", reason=Reason.WRONG_OPTION).count() == 2
