"""What is kept for how long, and what is never touched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.intake.recognise.reading import read_as
from leads.models import (
    ApiCall,
    Lead,
    Preferences,
    RejectedSubmission,
    Site,
    Source,
    SourceAddress,
    UnknownPost,
)
from leads.privacy.retention import keep_no_longer
from leads.tasks import prune
from tests.factories import make_call, make_failed_lead, make_lead, make_log, make_rejected

RECORD = {"Last_Name": "Silva"}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def make_exchange(lead: Lead, days: float) -> ApiCall:
    at = days_ago(days)
    call = make_call(started_at=at, ended_at=at, request="sent", response="answered")
    make_log(lead, call=call, created_at=days_ago(days), record=RECORD, answer="no")
    return call


def test_exchanges_are_kept_for_as_long_as_the_settings_say(site: Site, now: datetime) -> None:
    settled = make_lead(site=site, status="delivered")
    old, young = make_exchange(settled, 91), make_exchange(settled, 89)

    assert keep_no_longer(now)["exchanges"] == 2

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.request, old.logs.get().record) == ("", None)
    assert (young.request, young.logs.get().record) == ("sent", RECORD)


@pytest.mark.parametrize("status", ["failed", "queued", "sending"])
def test_the_exchanges_of_unresolved_leads_are_kept(site: Site, now: datetime, status: str) -> None:
    call = make_exchange(make_lead(site=site, status=status), 1000)

    assert keep_no_longer(now)["exchanges"] == 0

    call.refresh_from_db()
    assert (call.response, call.logs.get().record) == ("answered", RECORD)


def test_calls_without_a_lead_are_forgotten_too(site: Site, now: datetime) -> None:
    make_call(started_at=days_ago(91), ended_at=days_ago(91), request="token")

    assert keep_no_longer(now)["exchanges"] == 1


def test_leads_are_kept_for_good_unless_the_settings_say_otherwise(
    site: Site, now: datetime
) -> None:
    make_lead(site=site, status="delivered", settled_at=days_ago(3000))

    assert keep_no_longer(now)["leads"] == 0


def test_exchanges_are_kept_for_good_where_the_settings_say_so(site: Site, now: datetime) -> None:
    Preferences(keep_exchanges_days=None).save()
    make_exchange(make_lead(site=site, status="delivered"), 3000)

    assert keep_no_longer(now)["exchanges"] == 0


def test_settled_leads_lose_their_person_in_time(site: Site, now: datetime) -> None:
    Preferences(keep_leads_days=30).save()
    old = make_lead(site=site, status="delivered", settled_at=days_ago(31))
    young = make_lead(site=site, status="delivered", settled_at=days_ago(29))

    assert keep_no_longer(now)["leads"] == 1

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.name, bool(young.name)) == ("", True)


def test_a_failed_lead_is_never_erased_by_time(site: Site, now: datetime) -> None:
    Preferences(keep_leads_days=1).save()
    lead = make_failed_lead(site=site, settled_at=days_ago(3000), failed_at=days_ago(3000))

    assert keep_no_longer(now)["leads"] == 0

    lead.refresh_from_db()
    assert lead.erased_at is None


def test_a_second_night_finds_nothing_left_to_do(site: Site, now: datetime) -> None:
    Preferences(keep_leads_days=30).save()
    make_exchange(make_lead(site=site, status="delivered", settled_at=days_ago(91)), 91)
    keep_no_longer(now)

    assert keep_no_longer(now) == {"exchanges": 0, "leads": 0}


def test_what_came_to_an_address_in_vain_is_forgotten_and_the_source_stays(site: Site) -> None:
    source = Source.objects.create(site=site, name="Form")
    address = SourceAddress.objects.issue(source, days_ago(400))
    for days in (29, 31):
        make_rejected(site=site, webhook_source=source, received_at=days_ago(days))
    for days in (1, 400):
        day = days_ago(days)
        UnknownPost.objects.create(
            door="webhook", beginning="abcdef", day=day.date(), last_at=day, count=1
        )

    prune()

    assert RejectedSubmission.objects.get().webhook_source == source
    assert UnknownPost.objects.get().day == days_ago(1).date()
    assert SourceAddress.objects.get() == address


def test_a_form_tools_lead_loses_its_reading_in_time(site: Site, now: datetime) -> None:
    Preferences(keep_leads_days=30).save()
    source = Source.objects.create(site=site, name="Form")
    reading = read_as({"name": "Ada", "email": "a@b.co"}).as_json()
    values: dict[str, Any] = {"webhook_source": source, "reading": reading, "source": "webhook"}
    lead = make_lead(site=site, status="delivered", settled_at=days_ago(31), **values)

    keep_no_longer(now)

    lead.refresh_from_db()
    assert (lead.reading, lead.data, lead.webhook_source) == (None, {}, source)
