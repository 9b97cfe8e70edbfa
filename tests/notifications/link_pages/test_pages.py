"""The pages behind a link: a code first, then the mail's leads; looking changes nothing."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from leadops.logs import Formatter
from leads.clock import database_now
from leads.models import Lead, Preferences, Site
from notifications.link_pages import guard
from notifications.models import MailLink, Notice, Reader
from notifications.models.reader import CODE_FOR
from notifications.tasks import send_notices
from tests.access.test_matrix import watched
from tests.factories import make_failed_lead, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.notifications.link_pages.conftest import PERSON, READER, code_in, opened_by
from tests.notifications.mailserver import Inbox
from tests.responses import flat

TOLD = ("Fortin", "aisha@example.com", "555 1106", "A spa for six")
POSTS = ("code/", "open/", "{pk}/entered/", "{pk}/again/", "{pk}/no-lead/")


def text_of(answer: Any) -> str:
    return flat(answer.content.decode())


# --- Before a code --------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "{pk}/"])
def test_a_browser_that_is_not_known_is_told_nothing_but_where_the_code_goes(
    client: Client, token: str, lead: Lead, tail: str
) -> None:
    with watched() as changed:
        answer = client.get(f"/act/{token}/{tail.format(pk=lead.pk)}")

    text = text_of(answer)
    assert "Show that it is your mail" in text
    assert not [word for word in (*TOLD, READER, "Arctic", "Zip_Code") if word in text]
    assert "d…@example.com" in text
    assert changed == []
    assert not Notice.objects.exists()


@pytest.mark.parametrize("tail", ["entered/", "again/", "no-lead/"])
def test_it_can_do_nothing(client: Client, token: str, lead: Lead, tail: str) -> None:
    answer = client.post(f"/act/{token}/{lead.pk}/{tail}", {"note": "spam"})

    assert answer.status_code == 403
    lead.refresh_from_db()
    assert (lead.status, lead.events.count()) == ("failed", 0)


def test_from_the_mail_to_the_lead_with_the_code_of_a_second_mail(
    client: Client, token: str, lead: Lead, inbox: Inbox
) -> None:
    client.post(f"/act/{token}/code/", {"lead": lead.pk})
    send_notices()

    code = code_in(inbox.text())
    answer = client.post(f"/act/{token}/open/", {"code": f"{code[:3]} {code[3:]}", "lead": lead.pk})

    assert inbox.recipients == [READER]
    assert inbox.subjects == ["Your code for opening leads - Arctic Spas"]
    assert code not in inbox.subjects[0]
    assert code_in(inbox.text()) not in str(list(Notice.objects.values()))
    assert answer.headers["Location"] == f"/act/{token}/{lead.pk}/"
    text = text_of(client.get(answer.headers["Location"]))
    assert [word for word in TOLD if word not in text] == []


def test_a_code_that_did_not_leave_in_time_is_not_sent_any_more(
    client: Client, token: str, inbox: Inbox
) -> None:
    client.post(f"/act/{token}/code/")
    Notice.objects.update(created_at=database_now() - CODE_FOR)

    send_notices()

    assert inbox.mails == []


def test_a_code_whose_reader_is_gone_is_given_up(client: Client, token: str, inbox: Inbox) -> None:
    client.post(f"/act/{token}/code/")
    Reader.objects.all().delete()

    send_notices()

    assert inbox.mails == []
    assert Notice.objects.get().status == "failed"


def test_the_cookie_is_for_this_reader_alone_and_for_these_pages(token: str) -> None:
    cookie = next(iter(opened_by(token).cookies.values()))

    assert cookie["path"] == "/act/"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 14 * 86_400
    assert READER not in cookie.value


def test_the_cookie_goes_over_https_alone_where_there_is_https(token: str, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True

    assert next(iter(opened_by(token).cookies.values()))["secure"]


def test_a_forwarded_mail_opens_nothing_in_another_browser(opened: Client, token: str) -> None:
    assert "Fortin" not in text_of(Client().get(f"/act/{token}/"))


def test_another_readers_browser_is_not_known(site: Site, lead: Lead, token: str) -> None:
    Site.objects.filter(pk=site.pk).update(recipients=f"{READER}\nother@example.com")
    theirs = MailLink.objects.issue(site, "other@example.com", [lead.pk], database_now())
    other = opened_by(theirs, "other@example.com")
    mine = Reader.objects.of(READER)
    assert mine is not None

    # Not even under the name of the one that would be.
    other.cookies[f"act_{mine.pk}"] = next(iter(other.cookies.values())).value

    assert "Show that it is your mail" in text_of(other.get(f"/act/{token}/"))


def test_a_reader_who_was_gone_and_came_back_knows_no_browser(opened: Client, token: str) -> None:
    Reader.objects.update(seed=uuid4())

    assert "Show that it is your mail" in text_of(opened.get(f"/act/{token}/"))


def test_one_browser_may_be_that_of_two_readers(site: Site, lead: Lead, opened: Client) -> None:
    Site.objects.filter(pk=site.pk).update(recipients=f"{READER}\nother@example.com")
    theirs = MailLink.objects.issue(site, "other@example.com", [lead.pk], database_now())
    code = Reader.objects.new_code("other@example.com", database_now())

    opened.post(f"/act/{theirs}/open/", {"code": code})

    newer = MailLink.objects.issue(site, READER, [lead.pk], database_now())
    assert all("Fortin" in text_of(opened.get(f"/act/{one}/")) for one in (theirs, newer))


@pytest.mark.parametrize("days", [13, 15])
def test_a_browser_is_known_for_fourteen_days(
    site: Site, lead: Lead, opened: Client, days: int
) -> None:
    later = database_now() + timedelta(days=days)
    token = MailLink.objects.issue(site, READER, [lead.pk], later)

    with patch("django.core.signing.time.time", return_value=time.time() + days * 86_400):
        text = text_of(opened.get(f"/act/{token}/"))

    assert ("Fortin" in text) == (days < 14)


def test_a_browser_can_be_closed(opened: Client, token: str) -> None:
    opened.post(f"/act/{token}/leave/")

    assert "Fortin" not in text_of(opened.get(f"/act/{token}/"))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "1" * 5_000])
def test_what_is_no_code_costs_no_try(client: Client, token: str, code: str) -> None:
    Reader.objects.new_code(READER, database_now())

    answer = client.post(f"/act/{token}/open/", {"code": code})

    assert answer.status_code == 400
    assert Reader.objects.get().code_tries == 0


# --- Every answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("which", ["known", "unknown", "none"])
def test_every_answer_is_neither_kept_nor_found_nor_told_on(
    opened: Client, client: Client, token: str, which: str, method: str
) -> None:
    browser = opened if which == "known" else client
    address = "/act/nothing-of-the-kind/" if which == "none" else f"/act/{token}/"

    answer = getattr(browser, method)(address)

    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("tail", ["", "{pk}/"])
def test_looking_changes_nothing(opened: Client, token: str, lead: Lead, tail: str) -> None:
    with watched() as changed:
        answer = opened.get(f"/act/{token}/{tail.format(pk=lead.pk)}")

    assert answer.status_code == 200
    assert changed == []


@pytest.mark.parametrize("tail", ["code/", "open/", "leave/", "{pk}/entered/", "{pk}/again/"])
def test_what_is_done_is_a_post(opened: Client, token: str, lead: Lead, tail: str) -> None:
    assert opened.get(f"/act/{token}/{tail.format(pk=lead.pk)}").status_code == 405


def test_who_is_logged_in_is_nobody_here(token: str) -> None:
    boss = client_of(make_user("boss", is_superuser=True))

    assert "Fortin" not in text_of(boss.get(f"/act/{token}/"))


@pytest.mark.parametrize(
    ("origin", "secure"), [("null", False), ("null", True), ("http://testserver", False)]
)
def test_a_form_of_ours_is_taken_though_the_page_names_no_referrer(
    token: str, lead: Lead, origin: str, secure: bool
) -> None:
    browser = strict(opened_by(token))
    browser.get(f"/act/{token}/{lead.pk}/", secure=secure)
    posted = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    address, headers = f"/act/{token}/{lead.pk}/entered/", {"Origin": origin}

    answer = browser.post(address, posted, headers=headers, secure=secure)

    assert answer.status_code == 302
    lead.refresh_from_db()
    assert lead.status == "entered"


@pytest.mark.parametrize(
    ("origin", "posted"),
    [("null", {}), ("https://evil.example", {}), ("null", {"csrfmiddlewaretoken": "x" * 64})],
)
@pytest.mark.parametrize("tail", POSTS)
def test_a_form_of_another_site_does_nothing(
    token: str, lead: Lead, origin: str, posted: dict[str, str], tail: str
) -> None:
    browser = strict(opened_by(token))
    data = {"note": "spam", "code": "123456"} | posted

    answer = browser.post(
        f"/act/{token}/{tail.format(pk=lead.pk)}", data, headers={"Origin": origin}
    )

    assert answer.status_code == 403
    assert answer["Referrer-Policy"] == "no-referrer"
    lead.refresh_from_db()
    assert (lead.status, Notice.objects.count()) == ("failed", 0)


def test_the_right_token_from_another_site_is_not_enough(token: str, lead: Lead) -> None:
    browser = strict(opened_by(token))
    browser.get(f"/act/{token}/{lead.pk}/")
    posted = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    evil = {"Origin": "https://evil.example"}

    answer = browser.post(f"/act/{token}/{lead.pk}/entered/", posted, headers=evil)

    assert answer.status_code == 403


def strict(client: Client) -> Client:
    client.handler.enforce_csrf_checks = True
    return client


# --- Who guesses ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("within_a_minute")
def test_who_tries_many_links_is_answered_nothing_for_a_minute(
    opened: Client, client: Client, token: str
) -> None:
    guesses = range(guard.GUESSES_A_MINUTE + 1)
    # A minute that ends in between would begin anew.
    with patch.object(guard, "MINUTE", guard.DAY):
        said = [client.get(f"/act/guess-{number}/").status_code for number in guesses]

    assert said == [404] * guard.GUESSES_A_MINUTE + [429]
    assert opened.get(f"/act/{token}/").status_code == 429
    elsewhere = opened.get(f"/act/{token}/", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 200


@pytest.mark.usefixtures("within_a_minute")
def test_the_addresses_of_one_network_of_ipv6_guess_as_one(client: Client, db: None) -> None:
    guesses = range(guard.GUESSES_A_MINUTE + 1)
    with patch.object(guard, "MINUTE", guard.DAY):
        said = [
            client.get("/act/guess/", REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code
            for n in guesses
        ]

    assert said[-1] == 429


def test_only_so_many_codes_are_mailed(client: Client, token: str) -> None:
    said = []
    with patch.object(guard, "HOUR", guard.DAY):
        for _press in range(guard.CODES_AN_HOUR + 2):
            Reader.objects.update(asked_at=None)
            said.append(client.post(f"/act/{token}/code/").status_code)

    assert said == [302] * guard.CODES_AN_HOUR + [429, 429]
    assert Notice.objects.count() == guard.CODES_AN_HOUR


def test_pressing_twice_mails_one_code(client: Client, token: str) -> None:
    client.post(f"/act/{token}/code/")
    client.post(f"/act/{token}/code/")

    assert Notice.objects.count() == 1


@pytest.mark.usefixtures("within_a_minute")
def test_only_so_many_codes_are_tried_in_a_day(client: Client, token: str) -> None:
    with patch.object(guard, "TRIES_A_DAY", 3):
        said = [
            client.post(f"/act/{token}/open/", {"code": "123456"}).status_code for _try in range(4)
        ]
        right = Reader.objects.new_code(READER, database_now())
        said.append(client.post(f"/act/{token}/open/", {"code": right}).status_code)

    assert said == [400, 400, 400, 429, 429]


def test_asking_for_a_code_wakes_the_sender(
    client: Client,
    token: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as calls:
        client.post(f"/act/{token}/code/")

    assert len(calls) == 1


# --- What is shown --------------------------------------------------------------------------------


def test_the_leads_of_the_mail_are_shown_by_cause(site: Site, lead: Lead) -> None:
    others = [make_failed_lead(site=site, reason="refused", data=PERSON) for _n in range(2)]
    token = MailLink.objects.issue(
        site, READER, [lead.pk, *(one.pk for one in others)], database_now()
    )

    text = text_of(opened_by(token).get(f"/act/{token}/"))

    assert "3 leads of your mail" in text
    assert text.count("<section") == 2
    assert all(f"/act/{token}/{one.pk}/" in text for one in (lead, *others))


def test_fifty_leads_cost_as_many_queries_as_one(site: Site) -> None:
    leads = [make_failed_lead(site=site).pk for _number in range(50)]
    now = database_now()
    tokens = [MailLink.objects.issue(site, READER, ids, now) for ids in (leads[:1], leads)]
    opened = opened_by(tokens[0])

    counts = []
    for token in tokens:
        with CaptureQueriesContext(connection) as queries:
            opened.get(f"/act/{token}/")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 6


def test_a_lead_of_hostile_words_is_text(site: Site) -> None:
    lead = make_failed_lead(site=site, data={"contact_name": "<script>alert(1)</script>"})
    token = MailLink.objects.issue(site, READER, [lead.pk], database_now())
    opened = opened_by(token)

    for tail in ("", f"{lead.pk}/"):
        page = opened.get(f"/act/{token}/{tail}").content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_who_we_are_stands_below_each_page(opened: Client, client: Client, token: str) -> None:
    Preferences.load()
    Preferences.objects.update(
        our_name="Northern Spas", our_contact="desk@north.example", our_words="Call <b>fast</b>."
    )

    for page in (client.get(f"/act/{token}/"), opened.get(f"/act/{token}/"), client.get("/act/x/")):
        text = text_of(page)
        assert "Northern Spas" in text
        assert "mailto:desk@north.example" in text
        assert "Call &lt;b&gt;fast&lt;/b&gt;." in text


# --- Logs -----------------------------------------------------------------------------------------


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter("{levelname} {name}: {message}", style="{"))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def test_no_log_names_a_link(opened: Client, token: str, lead: Lead, lines: io.StringIO) -> None:
    opened.raise_request_exception = False
    strict(opened)
    opened.post(f"/act/{token}/{lead.pk}/entered/")
    with patch("notifications.link_pages.pages.lines", side_effect=RuntimeError(f"/act/{token}/")):
        opened.get(f"/act/{token}/{lead.pk}/")
    opened.get(f"/act/{token}/nowhere/")

    assert "/act/***" in lines.getvalue()
    assert token not in lines.getvalue()


def test_a_site_of_another_name_does_not_make_a_link(site: Site) -> None:
    assert not make_site().mail_links
