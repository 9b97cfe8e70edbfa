"""From due rows to calls, with real HTTP servers in every mood."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings
from standardwebhooks import Webhook

from leads.clock import Deadline, database_now
from leads.models import Destination, Lead, Site
from leads.reasons import Reason
from leads.signals import destination_paused, lead_failed
from notifications.deliver import Round
from notifications.models import Channel, Notice
from notifications.tasks import send_notices
from tests.notifications.factories import (
    a_failed_lead,
    a_notice,
    a_pause_notice,
    a_site,
    make_due,
)
from tests.notifications.mailserver import Inbox, black_hole
from tests.notifications.receiver import Receiver, a_channel, receiving

pytestmark = pytest.mark.django_db

ANNA = {"contact_name": "Anna <b>Bell</b>", "email": "anna@example.com"}


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver that may be called although it is on this machine."""
    settings.WEBHOOK_PRIVATE = True
    settings.WEBHOOK_TIMEOUT = 3
    with receiving() as receiver:
        yield receiver


def fail(site: Site, count: int = 1, **values: Any) -> list[Lead]:
    leads = [a_failed_lead(site, **values) for _number in range(count)]
    for lead in leads:
        lead_failed.send(Lead, lead=lead, now=lead.failed_at)
    return leads


def texts(receiver: Receiver) -> list[str]:
    return [json.loads(body)["text"] for body in receiver.bodies]


def contents(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for body in receiver.bodies]


def only_notice() -> Notice:
    return Notice.objects.get()


def test_a_failed_lead_is_told_to_the_channel_of_its_site(receiver: Receiver) -> None:
    site = a_site(name="Spa")
    channel = a_channel(receiver.address, site=site)
    (lead,) = fail(site, data=ANNA, name="Anna Bell", email="anna@example.com")

    send_notices()

    (text,) = texts(receiver)
    assert f"<http://testserver/admin/leads/failedlead/{lead.pk}/change/|Lead {lead.pk}>" in text
    assert "Value too long for the Zoho field" in text
    assert "Spa" in text
    notice = only_notice()
    assert (notice.status, notice.via, notice.recipient) == ("sent", "slack", "#sales (127.0.0.1)")
    channel.refresh_from_db()
    assert channel.worked_at is not None


def test_without_the_word_of_the_channel_nothing_of_the_person_leaves(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site)
    a_channel(receiver.address, site=site, name="machine", kind="webhook")
    fail(
        site,
        data=ANNA,
        name="Anna Bell",
        email="anna@example.com",
        reason_text="anna@example.com is too long",
        reason_field="Anna",
    )

    send_notices()

    assert len(receiver.calls) == 2
    assert not any(b"nna" in body for body in receiver.bodies)


def test_with_its_word_the_whole_lead_is_in_the_message(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site, personal_data=True)
    fail(site, data=ANNA, name="Anna Bell")

    send_notices()

    assert "```\nFirst name: Anna\nLast name: &lt;b&gt;Bell&lt;/b&gt;" in texts(receiver)[0]


@pytest.mark.parametrize(
    "value",
    ["<!channel>", "<http://evil.example|click>", "```", "@here", "a & b", "\u202e\u2066 </a>"],
)
def test_no_lead_can_put_markup_into_a_message(receiver: Receiver, value: str) -> None:
    site = a_site()
    a_channel(receiver.address, site=site, personal_data=True)
    fail(
        site,
        data={"message": value, "contact_name": value},
        name=value,
    )

    send_notices()

    (text,) = texts(receiver)
    lead = Lead.objects.get()
    ours = f"<http://testserver/admin/leads/failedlead/{lead.pk}/change/|"
    assert text.count("<") == text.count(ours) == 1
    assert text.count("```") == 2
    assert "@here" not in text.partition("```")[0]


def test_a_channel_of_a_destination_is_told_of_all_its_sites(receiver: Receiver) -> None:
    one = a_site()
    two, elsewhere = a_site(destination=one.destination), a_site()
    a_channel(receiver.address, destination=one.destination)

    for site in (one, two, elsewhere):
        fail(site)
    send_notices()

    assert Notice.objects.filter(channel__isnull=False).count() == 2


def test_a_channel_is_told_only_what_it_wants(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site, events=["paused"])
    fail(site)
    Destination.objects.pause(site.destination_id, "token_revoked", database_now(), None)
    destination_paused.send(
        Destination,
        destination=site.destination,
        site=None,
        reason=Reason.TOKEN_REVOKED,
        now=database_now(),
    )
    make_due(*Notice.objects.filter(kind="paused"))

    send_notices()

    (text,) = texts(receiver)
    assert "Sending to Zoho is paused" in text


def test_a_channel_that_is_off_is_told_nothing(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site, enabled=False)

    fail(site)

    assert not Notice.objects.exists()


def test_a_burst_is_one_message_with_a_link_to_all(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site)
    fail(site, 60)

    send_notices()

    (text,) = texts(receiver)
    assert "60 leads" in text
    assert f"failedlead/?reason=too_long&site={site.pk}|and 40 more: see them all>" in text


def test_a_call_is_signed_with_each_secret(receiver: Receiver) -> None:
    site = a_site(name="Spa")
    old = a_channel(receiver.address, site=site, kind="webhook")
    Channel.objects.get().renew_secret(database_now())
    fail(site)

    send_notices()

    (call,) = receiver.calls
    for secret in (old.secret, Channel.objects.get().secret):
        assert Webhook(secret).verify(call.body, call.headers)["type"] == "lead_failed"
    assert len(call.headers["webhook-signature"].split()) == 2


def test_a_signed_webhook_names_the_leads(receiver: Receiver) -> None:
    site = a_site(name="Spa")
    channel = a_channel(receiver.address, site=site, kind="webhook")
    (lead,) = fail(site)

    send_notices()

    (call,) = receiver.calls
    content = Webhook(channel.secret).verify(call.body, call.headers)
    assert content["type"] == "lead_failed"
    assert content["data"]["count"] == 1
    (entry,) = content["data"]["leads"]
    assert entry == {
        "id": lead.pk,
        "reference": str(lead.reference),
        "url": f"http://testserver/admin/leads/failedlead/{lead.pk}/change/",
        "site": {"id": site.pk, "name": "Spa"},
        "received_at": lead.received_at.isoformat(),
        "reason": {"code": "too_long", "title": "Value too long for the Zoho field"},
    }


def test_with_its_word_a_webhook_carries_the_fields(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site, kind="webhook", personal_data=True)
    fail(site, data={"message": "ü <&> \u202e"})

    send_notices()

    assert contents(receiver)[0]["data"]["leads"][0]["fields"] == {"message": "ü <&> \u202e"}


def test_a_webhook_is_told_of_a_burst_at_once_and_in_whole(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site, kind="webhook")
    leads = fail(site, 120)

    send_notices()

    (content,) = contents(receiver)
    assert content["data"]["count"] == 120
    assert [entry["id"] for entry in content["data"]["leads"]] == [lead.pk for lead in leads]


def test_a_repeat_has_the_id_of_the_first_try(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site, kind="webhook")
    fail(site)
    receiver.status = 500
    send_notices()
    make_due(only_notice())
    receiver.status = 200

    send_notices()

    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_a_refused_call_is_tried_again_later(receiver: Receiver, status: int) -> None:
    site = a_site()
    channel = a_channel(receiver.address, site=site)
    fail(site)
    receiver.status = status

    send_notices()

    notice = only_notice()
    assert (notice.status, notice.tries) == ("pending", 1)
    assert notice.error.startswith(f"Answered with error {status}")
    assert notice.due_at > database_now() + timedelta(seconds=55)
    channel.refresh_from_db()
    assert (channel.enabled, channel.error) == (True, notice.error)


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site)
    fail(site)
    receiver.status, receiver.headers = 429, {"Retry-After": "600"}

    send_notices()

    assert only_notice().due_at > database_now() + timedelta(minutes=9)


def test_a_receiver_that_is_gone_switches_its_channel_off(receiver: Receiver) -> None:
    site = a_site()
    channel = a_channel(receiver.address, site=site)
    fail(site)
    receiver.status = 410

    send_notices()

    channel.refresh_from_db()
    assert (channel.enabled, only_notice().status) == (False, "failed")
    assert "wants no more" in channel.error


def test_a_notice_of_a_channel_that_was_removed_is_given_up(receiver: Receiver) -> None:
    site = a_site()
    channel = a_channel(receiver.address, site=site)
    fail(site)
    channel.delete()

    send_notices()

    notice = only_notice()
    assert (notice.status, notice.error, notice.recipient) == (
        "failed",
        "The channel is gone.",
        "#sales (127.0.0.1)",
    )


@pytest.mark.parametrize("mood", ["black hole", "drip"])
def test_a_webhook_that_hangs_delays_neither_mail_nor_other_channels(
    receiver: Receiver, inbox: Inbox, settings: Settings, mood: str
) -> None:
    site = a_site("staff@example.com")
    with black_hole() as port, receiving() as slow:
        slow.body, slow.drip = b"x" * 100, 0.5
        hanging = f"http://127.0.0.1:{port}/" if mood == "black hole" else slow.address
        for number in range(3):
            a_channel(hanging, site=site, name=f"hangs {number}")
        a_channel(receiver.address, site=site, name="works")
        fail(site)
        settings.WEBHOOK_TIMEOUT = 5
        started = time.monotonic()

        Round().run(Deadline(55))

        took = time.monotonic() - started
    (call,) = receiver.calls
    mailed = Notice.objects.get(via="mail")
    hung = Notice.objects.get(recipient__startswith="hangs 0")
    given_up_at = hung.due_at - timedelta(minutes=1)
    assert call.at - started < settings.WEBHOOK_TIMEOUT - 1
    assert mailed.sent_at
    assert mailed.sent_at < given_up_at - timedelta(seconds=1)
    # All three hung at the same time, and each for no longer than it may.
    assert took < 2 * settings.WEBHOOK_TIMEOUT
    assert (hung.status, hung.error) == ("pending", "No whole answer in time.")


def test_what_becomes_due_while_a_webhook_hangs_is_sent_meanwhile(
    receiver: Receiver, inbox: Inbox, settings: Settings
) -> None:
    site = a_site()
    other = a_failed_lead(a_site())
    with black_hole() as port:
        a_channel(f"http://127.0.0.1:{port}/", site=site)
        fail(site)
        # As if the database's clock had moved on while the round waits.
        later = a_notice(other, "staff@example.com", due_at=database_now() + timedelta(seconds=1))

        Round().run(Deadline(55))

    later.refresh_from_db()
    hung = Notice.objects.get(via="slack")
    assert later.status == "sent"
    assert later.sent_at
    assert later.sent_at < hung.due_at - timedelta(minutes=1)


def test_a_mail_server_that_hangs_delays_no_channel(
    receiver: Receiver, smtp_port: int, settings: Settings
) -> None:
    site = a_site("staff@example.com")
    a_channel(receiver.address, site=site)
    fail(site)
    settings.EMAIL_TIMEOUT = 5
    started = time.monotonic()

    with black_hole() as port:
        settings.EMAIL_PORT = port
        Round().run(Deadline(55))

    (call,) = receiver.calls
    assert call.at - started < settings.EMAIL_TIMEOUT - 1
    assert Notice.objects.get(via="mail").status == "pending"


def test_a_channel_that_failed_is_left_alone_for_a_minute(receiver: Receiver) -> None:
    site = a_site()
    a_channel(receiver.address, site=site)
    fail(site)
    Destination.objects.pause(site.destination_id, "token_revoked", database_now(), None)
    channel = Channel.objects.get()
    a_pause_notice(site, channel.label, via="slack", channel=channel)
    receiver.status = 500

    send_notices()

    assert len(receiver.calls) == 1


def test_neither_address_nor_secret_is_stored_readable_or_logged(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site = a_site()
    channel = a_channel(receiver.address, site=site, kind="webhook")
    fail(site)
    receiver.status = 500

    send_notices()

    with connection.cursor() as cursor:
        cursor.execute("SELECT address, secret FROM notifications_channel")
        stored = "".join(cursor.fetchone())
    assert "secret-part" not in stored + caplog.text + only_notice().error
    assert channel.secret not in stored + caplog.text


def test_an_address_that_no_key_opens_is_told_and_lost_to_nobody(
    receiver: Receiver, settings: Settings
) -> None:
    site = a_site()
    a_channel(receiver.address, site=site)
    fail(site)
    settings.FIELD_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

    send_notices()

    assert receiver.calls == []
    assert only_notice().error == "The address cannot be opened with FIELD_KEYS."
