"""From owed messages to calls, under receivers of every mood."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from standardwebhooks import Webhook

from leads.clock import Deadline, database_now
from leads.models import Lead, Site
from leads.privacy.erase import erase
from notifications.deliver import Round
from notifications.models import Endpoint, Message, Notice
from notifications.models.endpoint import FAILS_BEFORE_REST
from notifications.models.message import WAITS
from notifications.outcomes.write import write_test
from tests.factories import make_failed_lead
from tests.notifications.factories import a_failed_lead, a_notice
from tests.notifications.mailserver import Inbox
from tests.notifications.receiver import Receiver, an_endpoint, receiving

pytestmark = pytest.mark.django_db
Status, State = Message.Status, Endpoint.State
PERSON = {"contact_name": "Maximiliane von Hohenzollern", "email": "max@example.com"}


def a_message(endpoint: Endpoint, lead: Lead | None = None, **values: Any) -> Message:
    """One that is due now."""
    now = database_now()
    about = {"event": "lead.failed", "lead_status": "failed", "reason": "too_long"}
    times = {"created_at": now, "due_at": now, "until": now + timedelta(days=1)}
    lead = lead or make_failed_lead(site=endpoint.site, data=PERSON)
    return Message.objects.create(endpoint=endpoint, lead=lead, **about | times | values)


def send(seconds: float = 5) -> None:
    """One round of the sender."""
    Round().run(Deadline(seconds))


def wait_no_more() -> None:
    """Every wait and every rest is over."""
    past = database_now() - timedelta(seconds=1)
    Message.objects.pending().update(due_at=past)
    Endpoint.objects.update(rests_until=None)


def again(*messages: Message) -> list[str]:
    """What became of them."""
    return [Message.objects.get(pk=one.pk).status for one in messages]


def contents(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for body in receiver.bodies]


# --- What is sent -------------------------------------------------------------------------------


def test_a_call_says_what_became_of_the_lead(receiver: Receiver, endpoint: Endpoint) -> None:
    message = a_message(endpoint)

    send()

    (said,) = contents(receiver)
    assert said == {
        "type": "lead.failed",
        "timestamp": message.created_at.isoformat(),
        "data": {
            "site": {"id": endpoint.site_id, "name": "Arctic Spas"},
            "id": message.lead_id,
            "reference": str(Lead.objects.get().reference),
            "test": False,
            "status": "failed",
            "code": 13002,
            "reason": {"code": "too_long", "title": "Value too long for the Zoho field"},
            "zoho_id": None,
        },
    }


def test_a_delivery_names_the_record(receiver: Receiver, endpoint: Endpoint) -> None:
    about: dict[str, Any] = {"event": "lead.delivered", "lead_status": "delivered", "reason": ""}
    a_message(endpoint, zoho_id="5725767000000524157", **about)

    send()

    data = contents(receiver)[0]["data"]
    assert (data["code"], data["reason"], data["zoho_id"]) == (13003, None, "5725767000000524157")


@pytest.mark.parametrize("personal", [False, True])
def test_the_lead_itself_goes_along_only_where_that_is_switched_on(
    personal: bool, receiver: Receiver, endpoint: Endpoint
) -> None:
    Endpoint.objects.update(personal_data=personal)
    a_message(endpoint)

    send()

    assert contents(receiver)[0]["data"].get("fields") == (PERSON if personal else None)
    assert (b"Hohenzollern" in receiver.bodies[0]) is personal


def test_of_an_erased_lead_nothing_goes_along(receiver: Receiver, endpoint: Endpoint) -> None:
    Endpoint.objects.update(personal_data=True)
    a_message(endpoint)
    erase(Lead.objects.all())

    send()

    assert [one["data"]["fields"] for one in contents(receiver)] == [{}, {}]


def test_calls_are_signed_and_while_a_secret_is_renewed_with_both(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    former = endpoint.secret
    endpoint.renew_secret(database_now())
    a_message(endpoint)

    send()

    (call,) = receiver.calls
    headers = {name.lower(): value for name, value in call.headers.items()}
    for secret in (former, endpoint.secret):
        assert Webhook(secret).verify(call.body, headers)["type"] == "lead.failed"


def test_a_repeat_has_the_same_id(receiver: Receiver, endpoint: Endpoint) -> None:
    receiver.moods = ["500"]
    a_message(endpoint)

    send()
    wait_no_more()
    send()

    ids = [call.headers["webhook-id"] for call in receiver.calls]
    assert len(ids) == 2
    assert len(set(ids)) == 1


# --- At least once, in order --------------------------------------------------------------------


def test_whatever_a_receiver_does_each_arrives_and_a_lead_is_told_in_order(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.hangs_for, receiver.moods = 1.2, ["hang", "cut", "500", "200", "cut", "503", "301"]
    leads = [make_failed_lead(site=endpoint.site) for _number in range(4)]
    messages = [a_message(endpoint, lead) for _turn in range(3) for lead in leads]

    for _round in range(9):
        send()
        wait_no_more()

    assert set(again(*messages)) == {Status.SENT}
    order: dict[Any, list[str]] = defaultdict(list)
    for call in receiver.calls:
        order[json.loads(call.body)["data"]["id"]].append(call.headers["webhook-id"])
    for ids in order.values():
        assert len(dict.fromkeys(ids)) == 3
        # Each is repeated until it has arrived, and only then the next one comes.
        assert [one for one, after in zip(ids, [*ids[1:], ""], strict=True) if one != after] == (
            list(dict.fromkeys(ids))
        )


def test_a_lead_s_next_event_waits_for_the_one_before_it(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    later = database_now() + timedelta(hours=1)
    first = a_message(endpoint, due_at=later)
    second = a_message(endpoint, first.lead)
    other = a_message(endpoint)

    send()

    assert again(first, second, other) == [Status.PENDING, Status.PENDING, Status.SENT]


def test_what_a_dead_sender_held_is_sent_when_its_lease_ends(
    receiver: Receiver, endpoint: Endpoint, settings: Settings
) -> None:
    settings.WEBHOOK_TIMEOUT = 10  # nothing hangs here but a busy machine
    message = a_message(endpoint)
    held = Message.objects.claim(endpoint, 10, database_now(), timedelta(seconds=60))

    send(30)
    before = again(message)
    Message.objects.update(due_at=database_now() - timedelta(seconds=1))
    send(30)

    assert held is not None
    assert (before, again(message), len(receiver.calls)) == ([Status.PENDING], [Status.SENT], 1)


def test_two_senders_never_hold_the_same_message(endpoint: Endpoint) -> None:
    for _number in range(4):
        a_message(endpoint)
    now, lease = database_now(), timedelta(seconds=60)

    held = [Message.objects.claim(endpoint, 3, now, lease) for _sender in range(3)]

    won = [one.pk for batch in held if batch for one in batch.messages]
    assert len(won) == len(set(won)) == 4


def test_one_that_was_told_everything_is_told_nothing_again(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    for _number in range(25):
        a_message(endpoint)

    send()
    send()

    assert len(receiver.calls) == len({call.headers["webhook-id"] for call in receiver.calls}) == 25


# --- What does not arrive -----------------------------------------------------------------------


@pytest.mark.parametrize(("tries", "wait"), [(1, WAITS[0]), (3, WAITS[2]), (40, WAITS[-1])])
def test_each_try_waits_longer(
    tries: int, wait: timedelta, receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.status = 500
    message = a_message(endpoint, tries=tries - 1)

    send()

    message.refresh_from_db()
    assert (message.status, message.tries, message.answer) == (Status.PENDING, tries, 500)
    assert abs(message.due_at - database_now() - wait) < timedelta(seconds=5)


def test_the_receiver_may_ask_for_more_time(receiver: Receiver, endpoint: Endpoint) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "900"}
    message = a_message(endpoint)

    send()

    message.refresh_from_db()
    endpoint.refresh_from_db()
    assert message.due_at - database_now() > timedelta(minutes=14)
    assert endpoint.rests_until is not None
    assert endpoint.rests_until - database_now() > timedelta(minutes=14)


def test_after_a_day_it_is_given_up_and_people_are_told_once(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.status = 500
    past = database_now() - timedelta(seconds=1)
    old = [a_message(endpoint, until=past) for _number in range(2)]
    young = a_message(endpoint)

    for _round in range(6):
        wait_no_more()
        send()

    assert again(*old, young) == [Status.FAILED, Status.FAILED, Status.PENDING]
    kinds = Notice.objects.order_by("pk").values_list("kind", "recipient", "text")
    assert sorted(kinds) == [
        ("endpoint_rests", "owner@example.com", "Sales program"),
        ("undelivered", "owner@example.com", "Sales program"),
    ]


def test_what_waited_behind_others_is_given_up_with_them(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    """An endpoint that only fails is tried with one message at a time: the others come to no try
    of their own.
    """
    receiver.status = 500
    Endpoint.objects.update(fails=FAILS_BEFORE_REST)
    tried = a_message(endpoint)
    old = a_message(endpoint, until=database_now() - timedelta(seconds=1))

    send()

    assert again(tried, old) == [Status.PENDING, Status.FAILED]


def test_an_endpoint_that_only_fails_rests_and_is_tried_again(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.status = 500
    messages = [a_message(endpoint) for _number in range(20)]

    for _round in range(10):  # one on a quiet machine
        send(3)
        if Endpoint.objects.exclude(rests_until=None).exists():
            break
    calls = len(receiver.calls)
    send()  # it rests
    at_rest = len(receiver.calls)
    receiver.status = 200
    wait_no_more()
    send()

    endpoint.refresh_from_db()
    assert calls <= FAILS_BEFORE_REST + 3  # the first ones were open together
    assert at_rest == calls
    assert set(again(*messages)) == {Status.SENT}
    assert (endpoint.fails, endpoint.rests_until, endpoint.error) == (0, None, "")


def test_one_poisonous_lead_lets_the_others_pass(receiver: Receiver, endpoint: Endpoint) -> None:
    receiver.moods = ["500"]
    messages = [a_message(endpoint) for _number in range(5)]

    send()

    assert sorted(again(*messages)) == [Status.PENDING, *[Status.SENT] * 4]


def test_gone_switches_the_endpoint_off_and_says_so(receiver: Receiver, endpoint: Endpoint) -> None:
    receiver.status = 410
    messages = [a_message(endpoint) for _number in range(3)]

    send()
    wait_no_more()
    send()

    endpoint.refresh_from_db()
    site = Site.objects.get(pk=endpoint.site_id)
    assert (endpoint.state, site.has_endpoints) == (State.OFF, False)
    assert set(again(*messages)) == {Status.FAILED}
    assert [one.kind for one in Notice.objects.all()] == ["endpoint_off"]


@pytest.mark.parametrize("state", [State.PAUSED, State.OFF])
def test_a_paused_endpoint_is_sent_tests_alone(
    state: str, receiver: Receiver, endpoint: Endpoint
) -> None:
    Endpoint.objects.update(state=state)
    waits, test = a_message(endpoint), write_test(endpoint, database_now())

    send()

    assert again(waits, test) == [Status.PENDING, Status.SENT]
    assert [one["type"] for one in contents(receiver)] == ["test"]


def test_a_test_that_does_not_arrive_is_not_tried_again(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.status = 500
    test = write_test(endpoint, database_now())

    send()

    assert (again(test), Notice.objects.count()) == ([Status.FAILED], 0)


def test_a_key_that_is_lost_is_said_and_costs_nothing(
    receiver: Receiver, endpoint: Endpoint, settings: Settings
) -> None:
    message = a_message(endpoint)
    settings.FIELD_KEYS = ["2" * 43 + "="]

    send()

    message.refresh_from_db()
    assert (message.status, "FIELD_KEYS" in message.error) == (Status.PENDING, True)
    assert receiver.calls == []


def test_private_networks_are_refused(
    receiver: Receiver, endpoint: Endpoint, settings: Settings
) -> None:
    settings.WEBHOOK_PRIVATE = False
    message = a_message(endpoint)

    send()

    assert (again(message), receiver.calls) == ([Status.PENDING], [])


# --- Nobody waits for anybody -------------------------------------------------------------------


def test_receivers_that_hang_hold_up_neither_mail_nor_others(
    receiver: Receiver, endpoint: Endpoint, site: Site, inbox: Inbox, settings: Settings
) -> None:
    settings.WEBHOOK_TIMEOUT = 3
    receiver.hangs_for, receiver.moods = 3.5, ["hang"]
    hang = a_message(endpoint)
    a_notice(a_failed_lead(site), "staff@example.com")
    with receiving() as quick:
        message = a_message(an_endpoint(quick.address, site=site))
        send(20)

    assert quick.calls[0].at < receiver.calls[0].at + settings.WEBHOOK_TIMEOUT
    assert inbox.recipients == ["staff@example.com"]
    assert again(message, hang) == [Status.SENT, Status.PENDING]


def test_a_round_that_is_over_leaves_the_rest_to_the_next_one(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    message = a_message(endpoint)

    Round(is_over=lambda: True).run(Deadline(5))

    message.refresh_from_db()
    assert (message.status, message.tries, receiver.calls) == (Status.PENDING, 0, [])


def test_one_endpoint_more_is_one_set_of_calls_more(receiver: Receiver, site: Site) -> None:
    both = [an_endpoint(receiver.address, site=site) for _number in range(2)]
    lead = make_failed_lead(site=site)
    for endpoint in both:
        a_message(endpoint, lead)

    send()

    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 2
