"""From due rows to mail, with a real SMTP server in every mood."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from leads.clock import Deadline, database_now
from leads.models import Destination, Lead
from notifications.deliver import Round
from notifications.mail.smtp import in_words
from notifications.models import DELAYS, Notice
from notifications.tasks import send_notices
from tests.notifications.factories import (
    a_failed_lead,
    a_notice,
    a_pause_notice,
    a_site,
    a_waiting_notice,
    make_due,
    notices_of_failures,
)
from tests.notifications.mailserver import Inbox, black_hole, listening

pytestmark = pytest.mark.django_db

STAFF = "staff@example.com"
Status = Notice.Status


def states() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("status", flat=True))


def test_a_due_notice_is_mailed_with_the_whole_lead(inbox: Inbox) -> None:
    lead = a_failed_lead(a_site(name="Arctic Spas"), data={"contact_name": "Anna Bell", "zip": "1"})
    a_notice(lead, STAFF)

    send_notices()

    assert inbox.recipients == [STAFF]
    assert inbox.subjects == [
        f"ERROR 13002 with sending lead to zoho - lead {lead.pk} - Arctic Spas"
    ]
    assert "Last name: Bell" in inbox.text()
    assert f"API log id: {lead.logs.get().pk}" in inbox.text()
    assert "Bell" in inbox.html()


def test_the_known_words_stand_unencoded_in_the_subject_on_the_wire(inbox: Inbox) -> None:
    a_notice(a_failed_lead(a_site()), STAFF)

    send_notices()

    assert b"Subject: ERROR 13002 with sending lead to zoho - lead" in inbox.raw[0]


def test_a_mail_sent_is_marked_so(inbox: Inbox) -> None:
    (notice,) = notices_of_failures(1)

    send_notices()

    notice.refresh_from_db()
    assert (notice.status, notice.tries, notice.claim, notice.error) == (Status.SENT, 1, None, "")
    assert notice.sent_at is not None


def test_nothing_is_sent_twice(inbox: Inbox) -> None:
    notices_of_failures(1)

    send_notices()
    send_notices()

    assert len(inbox.mails) == 1


def test_a_notice_before_its_time_waits(inbox: Inbox) -> None:
    later = database_now() + timedelta(minutes=1)
    a_notice(a_failed_lead(a_site()), STAFF, due_at=later)

    send_notices()

    assert inbox.mails == []


def test_a_round_with_nothing_to_do_connects_to_nobody(inbox: Inbox) -> None:
    send_notices()

    assert inbox.connections == 0


def test_all_mails_of_a_round_share_one_connection(inbox: Inbox) -> None:
    for number in range(5):
        a_notice(a_failed_lead(a_site()), f"staff{number}@example.com")

    send_notices()

    assert (len(inbox.mails), inbox.connections) == (5, 1)


def test_up_to_three_failed_leads_are_whole_in_their_mail(inbox: Inbox) -> None:
    notices = notices_of_failures(3)

    send_notices()

    assert inbox.subjects == ["ERROR 13002 with sending lead to zoho - 3 leads"]
    assert inbox.text().count("Last name: Müller") == 3
    assert all(f"/failedlead/{notice.lead_id}/change/" in inbox.text() for notice in notices)
    assert states() == [Status.SENT] * 3


def test_more_failed_leads_are_one_mail_that_names_them_all(inbox: Inbox) -> None:
    notices = notices_of_failures(60)

    send_notices()

    assert inbox.subjects == ["ERROR 13002 with sending lead to zoho - 60 leads"]
    assert all(f"/failedlead/{notice.lead_id}/change/" in inbox.text() for notice in notices)
    assert set(Notice.objects.filter(kind="lead_failed").values_list("status", flat=True)) == {
        Status.SENT
    }


def test_kinds_are_not_mixed_in_one_mail(inbox: Inbox) -> None:
    notices = notices_of_failures(4)
    site = notices[0].site
    assert site is not None
    destination = site.destination
    Destination.objects.pause(destination.pk, "token_revoked", database_now(), None)
    a_pause_notice(site, STAFF)

    send_notices()

    assert sorted(inbox.subjects) == [
        "ERROR 13002 with sending lead to zoho - 4 leads",
        f"Sending to Zoho is paused - {destination}",
    ]


@pytest.mark.parametrize("status", [Lead.Status.ENTERED, Lead.Status.DISCARDED])
def test_a_notice_whose_lead_is_settled_meanwhile_is_dropped(inbox: Inbox, status: str) -> None:
    (notice,) = notices_of_failures(1)
    Lead.objects.filter(notices=notice).update(status=status)

    send_notices()

    assert inbox.mails == []
    assert states() == [Status.DROPPED]


def test_a_dropped_notice_that_a_person_asks_for_is_sent(inbox: Inbox) -> None:
    (notice,) = notices_of_failures(1)
    Lead.objects.filter(notices=notice).update(status=Lead.Status.ENTERED)
    send_notices()

    Notice.objects.all().send_again(database_now())
    send_notices()

    assert len(inbox.mails) == 1


def test_two_failures_of_one_lead_before_the_mail_left_are_told_once(inbox: Inbox) -> None:
    lead = a_failed_lead(a_site())
    a_notice(lead, STAFF)
    a_notice(lead, STAFF)

    send_notices()

    assert len(inbox.mails) == 1
    assert states() == [Status.DROPPED, Status.SENT]


def test_a_pause_that_is_over_before_its_mail_left_is_not_told(inbox: Inbox) -> None:
    a_pause_notice(a_site(), STAFF)

    send_notices()

    assert (inbox.mails, states()) == ([], [Status.DROPPED])


def test_waiting_leads_that_have_left_are_not_told(inbox: Inbox) -> None:
    a_waiting_notice(a_site(), STAFF)

    send_notices()

    assert (inbox.mails, states()) == ([], [Status.DROPPED])


def test_leads_that_still_wait_are_told(inbox: Inbox) -> None:
    site = a_site(name="Spa")
    long_ago = database_now() - timedelta(minutes=20)
    waiting = {"status": Lead.Status.QUEUED, "queued_at": long_ago, "due_at": long_ago}
    a_failed_lead(site, failed_at=None, settled_at=None, **waiting)
    a_waiting_notice(site, STAFF)

    send_notices()

    assert inbox.subjects == ["12 leads are waiting to be sent to Zoho - Spa"]


def test_a_server_that_is_down_costs_no_try(smtp_port: int) -> None:
    (notice,) = notices_of_failures(1)
    before = database_now()

    send_notices()

    notice.refresh_from_db()
    assert (notice.status, notice.tries, notice.claim) == (Status.PENDING, 0, None)
    assert notice.error == "Connection refused"
    assert before + timedelta(seconds=59) < notice.due_at <= database_now() + timedelta(minutes=1)


def test_everything_owed_is_sent_when_the_server_is_back(smtp_port: int) -> None:
    notices = notices_of_failures(2, "one@example.com") + notices_of_failures(2, STAFF)
    for _round in range(10):
        send_notices()
        make_due(*notices)
    inbox = Inbox()

    with listening(inbox, smtp_port):
        send_notices()

    assert inbox.recipients == ["one@example.com", STAFF]
    assert set(states()) == {Status.SENT}


def test_a_server_that_hangs_is_left_after_the_time_limit(
    settings: Settings, smtp_port: int
) -> None:
    notices = notices_of_failures(2)
    settings.EMAIL_TIMEOUT = 1
    deadline = Deadline(55)

    with black_hole() as port:
        settings.EMAIL_PORT = port
        Round().run(deadline)

    assert deadline.left() > 50
    notices[0].refresh_from_db()
    assert (notices[0].status, notices[0].tries) == (Status.PENDING, 0)
    assert "timed out" in notices[0].error


@pytest.mark.parametrize("answer", ["451 4.3.0 try later", "554 5.7.1 not from here"])
def test_a_refused_mail_is_tried_again_later(inbox: Inbox, answer: str) -> None:
    (notice,) = notices_of_failures(1)
    inbox.answer_to_mail = answer

    send_notices()

    notice.refresh_from_db()
    assert (notice.status, notice.tries, notice.error) == (Status.PENDING, 1, answer)
    assert notice.due_at > database_now() + DELAYS[0] - timedelta(seconds=5)


def test_each_wait_is_longer_and_after_the_last_one_a_person_decides(inbox: Inbox) -> None:
    (notice,) = notices_of_failures(1)
    inbox.answer_to_mail = "451 4.3.0 try later"
    waits = []

    for _try in range(7):
        send_notices()
        notice.refresh_from_db()
        waits.append(round((notice.due_at - database_now()).total_seconds() / 60))
        if notice.status == Status.PENDING:
            make_due(notice)

    assert waits[:6] == [1, 5, 15, 60, 240, 720]
    assert (notice.status, notice.tries) == (Status.FAILED, 7)


def test_a_refused_recipient_does_not_stop_the_others(inbox: Inbox) -> None:
    inbox.answer_to_recipient["bad@example.com"] = "550 5.1.1 <bad@example.com> unknown"
    for recipient in ("a@example.com", "bad@example.com", "c@example.com"):
        a_notice(a_failed_lead(a_site()), recipient)

    send_notices()

    assert inbox.recipients == ["a@example.com", "c@example.com"]
    assert states() == [Status.SENT, Status.PENDING, Status.SENT]
    assert inbox.connections == 1


def test_an_address_that_is_none_does_not_stop_the_others(inbox: Inbox) -> None:
    a_notice(a_failed_lead(a_site()), "one@example.com two@example.com")
    a_notice(a_failed_lead(a_site()), STAFF)

    send_notices()

    assert inbox.recipients == [STAFF]
    assert states() == [Status.PENDING, Status.SENT]


def test_a_server_that_says_goodbye_midway_is_connected_again(inbox: Inbox) -> None:
    inbox.answer_to_recipient["bad@example.com"] = "421 4.3.2 shutting down"
    for recipient in ("bad@example.com", "c@example.com"):
        a_notice(a_failed_lead(a_site()), recipient)

    send_notices()

    assert inbox.recipients == ["c@example.com"]
    assert inbox.connections == 2


def test_the_error_kept_holds_no_address(inbox: Inbox) -> None:
    inbox.answer_to_recipient[STAFF] = f"550 5.1.1 <{STAFF}>: {STAFF} unknown " + "x" * 400
    (notice,) = notices_of_failures(1)

    send_notices()

    notice.refresh_from_db()
    assert notice.error.startswith("550 5.1.1 …: … unknown x")
    assert len(notice.error) == 300


def test_an_error_that_quotes_the_mail_is_kept_by_its_kind_only() -> None:
    error = ValueError('Invalid address "anna@example.com"')

    assert in_words(error) == "The mail cannot be sent as it is (ValueError)."


def test_a_lead_that_cannot_be_put_into_words_is_still_told(
    inbox: Inbox, settings: Settings, tmp_path: Path
) -> None:
    broken: Path = tmp_path / "notifications"
    broken.mkdir()
    (broken / "lead_failed.txt").write_text("{% no_such_tag %}")
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}
    ]
    (notice,) = notices_of_failures(1)

    send_notices()

    notice.refresh_from_db()
    assert f"/failedlead/{notice.lead_id}/change/" in inbox.text()
    assert (notice.status, notice.error) == (
        Status.SENT,
        "Sent without the lead's data (TemplateSyntaxError).",
    )


@pytest.mark.parametrize(
    "data",
    [
        {"contact_name": "Eve\r\nBcc: all@example.com"},
        {"contact_name": "<b>Eve</b>", "message": "." * 5_000},
        {"message": ".\r\n.\r\nQUIT\r\n"},
        {"message": "مرحبا \u202e 123"},
    ],
)
def test_no_lead_can_break_a_mail(inbox: Inbox, data: dict[str, str]) -> None:
    a_notice(a_failed_lead(a_site(), data=data), STAFF)

    send_notices()

    assert inbox.recipients == [STAFF]
    assert inbox.mails[0]["Bcc"] is None
    assert "What 13002 means" in inbox.text()


def test_a_notice_of_a_sender_that_died_is_sent_by_the_next_one(inbox: Inbox) -> None:
    (notice,) = notices_of_failures(1)
    Notice.objects.claim(database_now(), timedelta(seconds=75))
    send_notices()
    assert inbox.mails == []

    make_due(notice)
    send_notices()

    notice.refresh_from_db()
    assert (notice.status, notice.tries) == (Status.SENT, 2)


def test_a_notice_that_ended_every_sender_is_given_up(inbox: Inbox) -> None:
    (notice,) = notices_of_failures(1)
    for _death in range(len(DELAYS) + 1):
        Notice.objects.claim(database_now(), timedelta(seconds=75))
        make_due(notice)

    send_notices()

    assert (inbox.mails, states()) == ([], [Status.FAILED])


def test_a_sender_whose_lease_has_passed_settles_nothing() -> None:
    (notice,) = notices_of_failures(1)
    late = Notice.objects.claim(database_now(), timedelta(seconds=75))
    assert late is not None
    make_due(notice)
    Notice.objects.claim(database_now(), timedelta(seconds=75))

    assert Notice.objects.held_by(late).sent(database_now()) == 0


def test_no_mail_is_begun_when_the_time_is_nearly_up(inbox: Inbox) -> None:
    notices_of_failures(1)

    Round().run(Deadline(5))

    assert (inbox.mails, states()) == ([], [Status.PENDING])


def test_no_mail_is_begun_by_a_worker_about_to_stop(inbox: Inbox) -> None:
    notices_of_failures(1)

    Round(is_over=lambda: True).run(Deadline(55))

    assert (inbox.mails, states()) == ([], [Status.PENDING])


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_mail_once(inbox: Inbox) -> None:
    recipients = [f"staff{number}@example.com" for number in range(10)]
    for recipient in recipients:
        a_notice(a_failed_lead(a_site()), recipient)
    start = threading.Barrier(2)

    def send() -> None:
        start.wait()
        send_notices()
        connection.close()

    senders = [threading.Thread(target=send) for _number in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert inbox.recipients == sorted(recipients)
    assert set(states()) == {Status.SENT}
