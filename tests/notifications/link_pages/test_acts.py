"""What is done behind a link: the desk's decisions, and the link's reader is who decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.clock import database_now
from leads.decisions import settle, undo
from leads.models import Lead, Preferences, Site
from notifications.models import MailLink
from tests.factories import make_failed_lead, make_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.notifications.link_pages.conftest import PERSON, READER, opened_by
from tests.responses import flat

ACTS = {
    "entered/": ({"zoho_id": "61000"}, "entered", "entered"),
    "again/": ({}, "queued", "retried"),
    "no-lead/": ({"note": "An advertisement"}, "discarded", "discarded"),
}


@pytest.mark.parametrize("tail", ACTS)
def test_the_lead_moves_and_the_link_of_its_reader_did_it(
    opened: Client, token: str, lead: Lead, tail: str
) -> None:
    data, status, kind = ACTS[tail]

    answer = opened.post(f"/act/{token}/{lead.pk}/{tail}", data)

    lead.refresh_from_db()
    event = lead.events.get()
    assert (lead.status, event.kind) == (status, kind)
    assert (event.user, event.link, event.who) == (None, READER, f"link of {READER}")
    assert answer.headers["Location"] == f"/act/{token}/{lead.pk}/"
    assert "by you" in flat(opened.get(answer.headers["Location"]).content.decode())


@pytest.mark.parametrize("tail", ACTS)
def test_it_is_never_a_user_though_one_is_logged_in(
    opened: Client, token: str, lead: Lead, tail: str
) -> None:
    opened.force_login(make_user("boss", is_superuser=True))

    opened.post(f"/act/{token}/{lead.pk}/{tail}", ACTS[tail][0])

    assert lead.events.get().user is None
    assert lead.events.get().link == READER


@pytest.mark.parametrize("tail", ACTS)
def test_what_a_reader_did_can_be_taken_back_by_the_same(
    opened: Client, token: str, lead: Lead, tail: str
) -> None:
    opened.post(f"/act/{token}/{lead.pk}/{tail}", ACTS[tail][0])
    assert "Take it back" in opened.get(f"/act/{token}/{lead.pk}/").content.decode()

    opened.post(f"/act/{token}/{lead.pk}/take-back/")

    lead.refresh_from_db()
    assert lead.status == "failed"
    assert [event.link for event in lead.events.all()] == [READER, READER]


def test_what_a_colleague_decided_is_not_taken_back(opened: Client, token: str, lead: Lead) -> None:
    settle.enter(Lead.objects.filter(pk=lead.pk), make_user("eva"))

    assert "Take it back" not in opened.get(f"/act/{token}/{lead.pk}/").content.decode()
    opened.post(f"/act/{token}/{lead.pk}/take-back/")

    lead.refresh_from_db()
    assert lead.status == "entered"


def test_what_was_done_long_ago_is_not_taken_back(opened: Client, token: str, lead: Lead) -> None:
    opened.post(f"/act/{token}/{lead.pk}/entered/")
    long_ago = database_now() - undo.SETTLED_FOR - timedelta(seconds=1)
    Lead.objects.filter(pk=lead.pk).update(settled_at=long_ago)
    lead.events.update(stamp=long_ago)

    opened.post(f"/act/{token}/{lead.pk}/take-back/")

    lead.refresh_from_db()
    assert lead.status == "entered"


@pytest.mark.parametrize("tail", ACTS)
def test_pressing_twice_does_it_once(opened: Client, token: str, lead: Lead, tail: str) -> None:
    for _press in range(2):
        opened.post(f"/act/{token}/{lead.pk}/{tail}", ACTS[tail][0])

    assert lead.events.count() == 1


@pytest.mark.parametrize("tail", ACTS)
@pytest.mark.parametrize("status", ["delivered", "entered", "discarded", "sending"])
def test_what_is_settled_or_being_sent_is_left_alone(site: Site, status: str, tail: str) -> None:
    lead = make_lead(site=site, status=status)
    token = MailLink.objects.issue(site, READER, [lead.pk], database_now())
    opened = opened_by(token)

    opened.post(f"/act/{token}/{lead.pk}/{tail}", ACTS[tail][0])

    lead.refresh_from_db()
    assert (lead.status, lead.events.count()) == (status, 0)
    page = flat(opened.get(f"/act/{token}/{lead.pk}/").content.decode())
    assert "<h2>Send again" not in page


@pytest.mark.parametrize("tail", ACTS)
def test_a_lead_of_another_mail_is_not_there(
    opened: Client, token: str, site: Site, tail: str
) -> None:
    other = make_failed_lead(site=site)

    answer = opened.post(f"/act/{token}/{other.pk}/{tail}", ACTS[tail][0])

    assert answer.status_code == 404
    other.refresh_from_db()
    assert other.status == "failed"


def test_the_record_that_was_named_is_kept(opened: Client, token: str, lead: Lead) -> None:
    opened.post(f"/act/{token}/{lead.pk}/entered/", {"zoho_id": "61000"})

    lead.refresh_from_db()
    assert lead.zoho_id == "61000"


def test_a_record_of_too_long_a_name_is_refused_in_words(
    opened: Client, token: str, lead: Lead
) -> None:
    answer = opened.post(f"/act/{token}/{lead.pk}/entered/", {"zoho_id": "6" * 41})

    assert answer.status_code == 400
    assert "at most 40 characters" in answer.content.decode()
    lead.refresh_from_db()
    assert lead.status == "failed"


def test_why_it_is_no_lead_must_be_said(opened: Client, token: str, lead: Lead) -> None:
    answer = opened.post(f"/act/{token}/{lead.pk}/no-lead/", {"note": " "})

    assert answer.status_code == 400
    assert "Say why" in answer.content.decode()
    lead.refresh_from_db()
    assert lead.status == "failed"


def test_a_lead_that_a_rule_holds_is_held_again_and_the_page_says_so(site: Site) -> None:
    Preferences.load()
    Preferences.objects.update(refuse_duplicate_emails=True)
    make_lead(site=site, data=PERSON, status="delivered")
    lead = make_failed_lead(site=site, data=PERSON, reason="duplicate_email")
    token = MailLink.objects.issue(site, READER, [lead.pk], database_now())
    opened = opened_by(token)

    opened.post(f"/act/{token}/{lead.pk}/again/")

    lead.refresh_from_db()
    assert lead.status == "failed"
    assert "It is held again" in flat(opened.get(f"/act/{token}/{lead.pk}/").content.decode())


def test_staff_read_whose_link_it_was_and_may_take_it_back(
    opened: Client, token: str, lead: Lead
) -> None:
    opened.post(f"/act/{token}/{lead.pk}/entered/")
    boss: Any = client_of(make_user("boss", is_superuser=True))

    assert f"link of {READER}" in boss.get(f"/admin/leads/lead/{lead.pk}/change/").content.decode()
    assert f"link of {READER}" in boss.get("/admin/").content.decode()
    boss.post(reverse("admin:leads_failedlead_undo", args=[lead.pk]))

    lead.refresh_from_db()
    assert lead.status == "failed"


def test_a_colleague_and_another_reader_are_told_apart(
    opened: Client, token: str, lead: Lead, site: Site
) -> None:
    Site.objects.filter(pk=site.pk).update(recipients=f"{READER}\nother@example.com")
    theirs = MailLink.objects.issue(site, "other@example.com", [lead.pk], database_now())
    opened_by(theirs, "other@example.com").post(f"/act/{theirs}/{lead.pk}/entered/")
    assert "by another reader" in flat(opened.get(f"/act/{token}/{lead.pk}/").content.decode())
    decision = undo.undoable(Lead.objects.get(pk=lead.pk), database_now())
    assert decision is not None

    undo.undo(decision, make_user("eva"))

    assert "by a colleague" in flat(opened.get(f"/act/{token}/{lead.pk}/").content.decode())
