"""What is written down when a lead is settled: for whom, and what of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from leads.apply import Move, apply
from leads.clock import database_now
from leads.counters.sales.record import Deal, Sighting, record
from leads.decisions import settle
from leads.models import CrmRecord, Lead, Site
from leads.models.log import Entry
from leads.models.transitions import Change, delivered, discarded, entered, failed
from leads.privacy.erase import erase
from leads.reasons import Reason, ResponseCode
from leads.signals import pruned
from notifications.models import Endpoint, Event, Message
from notifications.models.message import KEPT_FOR
from notifications.outcomes.payload import body_of
from tests.factories import make_failed_lead, make_lead, make_site, make_user
from tests.notifications.receiver import an_endpoint

pytestmark = pytest.mark.django_db
ADDRESS = "https://hooks.example.com/x"
NOW = datetime(2026, 11, 22, 8, 20, tzinfo=UTC)


@pytest.fixture
def site() -> Site:
    return make_site(name="Spa")


def told(endpoint: Endpoint) -> list[str]:
    return list(endpoint.messages.order_by("pk").values_list("event", flat=True))


def attempt(lead: Lead, code: ResponseCode, **values: Any) -> Entry:
    now = database_now()
    return Entry(lead.pk, lead.site_id, now, revision=0, response_code=code, **values)


def store(lead: Lead) -> Move[Lead]:
    entry = attempt(lead, ResponseCode.INSERTED, zoho_id="57")
    return Move(lead, delivered(database_now(), "57"), entry)


def refuse(lead: Lead) -> Move[Lead]:
    change = failed(database_now(), Reason.TOO_LONG, text="Ana is too long")
    return Move(lead, change, attempt(lead, ResponseCode.NOT_INSERTED, reason=Reason.TOO_LONG))


def plain(change: Change) -> Any:
    return lambda lead: Move(lead, change)


EVENTS = [
    (store, {}, Event.DELIVERED, ("delivered", "", "57")),
    (store, {"update_existing": True, "in_the_way": "57"}, Event.UPDATED, ("delivered", "", "57")),
    (refuse, {}, Event.FAILED, ("failed", "too_long", "")),
    (plain(entered(NOW, "8")), {}, Event.ENTERED, ("entered", "", "8")),
    (plain(discarded(NOW)), {}, Event.DISCARDED, ("discarded", "", "")),
]


@pytest.mark.parametrize(("move", "lead", "event", "kept"), EVENTS, ids=[e[2] for e in EVENTS])
def test_each_outcome_is_an_event_of_its_own(
    move: Any, lead: dict[str, Any], event: Event, kept: tuple[str, ...], site: Site
) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)
    apply([move(make_lead(site=Site.objects.get(), **lead))])

    message = Message.objects.get()
    assert (message.endpoint, message.event) == (endpoint, event)
    assert (message.lead_status, message.reason, message.zoho_id) == kept


def test_every_event_of_the_list_can_come() -> None:
    """A conversion, see below, is read from the CRM and no outcome of ours."""
    assert {event for *_how, event, _kept in EVENTS} == set(Event) - {Event.CONVERTED}


def test_a_conversion_is_told_with_what_is_known_of_the_deal(site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site)
    lead = make_lead(site=Site.objects.get(), status="delivered")
    deal = Deal(stage="Won", amount=1_200_500, currency="EUR", won=True)
    sighting = Sighting("converted", converted_at=database_now(), deal_id="7", deal=deal)

    record({lead.pk: sighting}, database_now())

    message = Message.objects.get()
    said = json.loads(body_of(message, endpoint, "Spa"))
    assert (said["type"], said["data"]["zoho_id"]) == ("lead.converted", lead.zoho_id)
    assert said["data"]["deal"] | {"converted_at": ""} == {
        "converted_at": "",
        "stage": "Won",
        "amount": "1200.500",
        "currency": "EUR",
        "won": True,
    }


CLICK = "Cj0KCQiA-bcd_12"


@pytest.mark.parametrize(
    ("came", "click"),
    [
        ({"data": {"gclid": CLICK}}, CLICK),
        ({"page": f"https://spa.example/?gclid={CLICK}"}, CLICK),
        ({"page": "https://spa.example/"}, None),
    ],
)
@pytest.mark.parametrize("with_person", [True, False])
def test_a_conversion_names_its_click_as_google_ads_reads_it(
    site: Site, came: dict[str, Any], click: str | None, with_person: bool
) -> None:
    endpoint = an_endpoint(ADDRESS, site=site, personal_data=with_person)
    lead = make_lead(site=Site.objects.get(), status="delivered", **came)
    moment = datetime(2026, 3, 1, 11, 0, 5, tzinfo=timezone(timedelta(hours=1)))

    record({lead.pk: Sighting("converted", converted_at=moment)}, database_now())

    said = json.loads(body_of(Message.objects.get(), endpoint, "Spa"))["data"]
    told = {"gclid": click, "conversion_time": "2026-03-01 10:00:05+0000"} if click else None
    assert said.get("google_ads", "absent") == (told if with_person else "absent")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dies", ["before the commit", "right after it"])
def test_a_conversion_is_kept_with_its_message_or_not_at_all(
    site: Site, dies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is news once: a process that dies in between would leave one that nobody is told of."""
    an_endpoint(ADDRESS, site=site)
    lead = make_lead(site=Site.objects.get(), status="delivered")
    killed = SystemExit(f"killed {dies}")
    if dies == "right after it":
        monkeypatch.setattr(connection, "run_and_clear_commit_hooks", Mock(side_effect=killed))

    else:
        monkeypatch.setattr(connection, "savepoint_commit", Mock(side_effect=killed))

    with pytest.raises(SystemExit):
        record({lead.pk: Sighting("converted")}, database_now())
    monkeypatch.undo()

    kept = dies == "right after it"
    assert (CrmRecord.objects.count(), Message.objects.count()) == (kept, kept)


def test_only_who_wants_to_know_is_told(site: Site) -> None:
    every = an_endpoint(ADDRESS, site=site)
    some = an_endpoint(ADDRESS, site=site, events=["lead.entered"])
    other = an_endpoint(ADDRESS, site=make_site())
    paused = an_endpoint(ADDRESS, site=site, state=Endpoint.State.PAUSED)
    off = an_endpoint(ADDRESS, site=site, state=Endpoint.State.OFF)
    make_failed_lead(site=site)

    settle.discard(Lead.objects.all(), make_user(), "spam")

    assert [told(one) for one in (every, some, other, paused, off)] == [
        ["lead.discarded"],
        [],
        [],
        ["lead.discarded"],
        [],
    ]


def test_what_is_rolled_back_is_never_told(site: Site) -> None:
    an_endpoint(ADDRESS, site=site)
    make_failed_lead(site=site)

    with transaction.atomic():
        settle.discard(Lead.objects.all(), make_user(), "spam")
        transaction.set_rollback(True)

    assert not Message.objects.exists()


@pytest.mark.parametrize("count", [1, 30])
def test_hundreds_cost_two_statements(count: int, site: Site) -> None:
    an_endpoint(ADDRESS, site=site)
    an_endpoint(ADDRESS, site=site)
    for _number in range(count):
        make_failed_lead(site=site)

    with CaptureQueriesContext(connection) as queries:
        settle.discard(Lead.objects.all(), make_user(), "spam")

    ours = [one["sql"] for one in queries if "notifications_" in one["sql"]]
    assert [sql.split()[0] for sql in ours] == ["SELECT", "INSERT"]
    assert Message.objects.count() == 2 * count


@pytest.mark.parametrize("end", ["delete", "off"])
def test_a_site_knows_whether_it_has_endpoints(end: str, site: Site) -> None:
    knew = []
    endpoint = an_endpoint(ADDRESS, site=site)
    site.refresh_from_db()
    knew.append(site.has_endpoints)
    if end == "delete":
        endpoint.delete()
    else:
        endpoint.state = Endpoint.State.OFF
        endpoint.save()
    site.refresh_from_db()
    knew.append(site.has_endpoints)

    assert knew == [True, False]


def test_nothing_of_the_person_is_written_down(site: Site) -> None:
    """Nor what the CRM said of it: its words can quote the lead."""
    an_endpoint(ADDRESS, site=site, personal_data=True)
    apply([refuse(make_lead(site=Site.objects.get(), data={"contact_name": "Ana"}))])

    assert "Ana" not in str(Message.objects.values().get())


def test_a_lead_that_is_erased_is_told_of_without_its_person(site: Site) -> None:
    endpoint = an_endpoint(ADDRESS, site=site, personal_data=True)
    make_failed_lead(site=site, data={"contact_name": "Ana"})

    erase(Lead.objects.all())

    assert told(endpoint) == ["lead.discarded"]
    assert Lead.objects.get().current_data() == {}


def test_the_log_goes_back_for_thirty_days(site: Site) -> None:
    endpoint, now = an_endpoint(ADDRESS, site=site), database_now()
    about: dict[str, Any] = {"endpoint": endpoint, "event": "test", "due_at": now, "until": now}
    Message.objects.create(created_at=now - KEPT_FOR * 1.01, **about)
    kept = Message.objects.create(created_at=now - KEPT_FOR * 0.99, **about)

    pruned.send(None, now=now)

    assert list(Message.objects.all()) == [kept]
