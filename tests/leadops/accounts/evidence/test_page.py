"""The list of security events, and its downloads."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.evidence.seal import digest_of, seal
from leadops.accounts.login.proof import PROVED_AT
from leadops.accounts.models import SecurityEvent
from leads.clock import database_now
from tests.factories import make_user
from tests.responses import flat

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/securityevent/"


@pytest.fixture
def browser(browser_of: Callable[[Any], Client], boss: Any) -> Client:
    browser = browser_of(boss)
    SecurityEvent.objects.all().delete()
    return browser


def sent(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_events_are_listed_with_names_as_they_are_now(browser: Client) -> None:
    eva = make_user("eva")
    record(Kind.KEY, account=eva, about="site 1: Issued key <b>…")
    record(Kind.LOGIN_FAILED)
    record(Kind.EXPORT, account=99_999)

    page = flat(browser.get(LIST).content.decode())

    for text in ("Key or secret", "eva", "&lt;b&gt;", "unknown", "account 99999"):
        assert text in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [("kind=key", {"key"}), ("account=0", {"login_failed"}), ("kind=key&account=0", set())],
)
def test_the_list_and_the_file_are_filtered_alike(
    browser: Client, boss: Any, query: str, shown: set[str]
) -> None:
    record(Kind.KEY, account=boss)
    record(Kind.LOGIN_FAILED)

    cl = browser.get(f"{LIST}?{query}").context["cl"]
    told = json.loads(sent(browser.post(f"{LIST}export/?{query}", {"format": "json"})))

    assert {event.kind for event in cl.result_list} == shown
    assert {event["kind"] for event in told} == shown


def test_what_is_not_understood_is_400_and_no_row(browser: Client) -> None:
    assert browser.get(LIST, {"kind": "nothing"}).status_code == 400


def test_the_file_has_what_the_chain_is_checked_by(browser: Client) -> None:
    record(Kind.KEY, about="=1+1")
    seal(database_now())

    told = json.loads(sent(browser.post(f"{LIST}export/", {"format": "json"})))[0]
    lines = list(csv.DictReader(sent(browser.post(f"{LIST}export/")).lstrip("\ufeff").splitlines()))

    assert digest_of(SecurityEvent(**told | {"at": timezone.now()})) == told["digest"]
    assert lines[0]["about"] == "'=1+1"
    assert lines[0]["link"] == told["link"]


def test_a_download_is_an_event(browser: Client, boss: Any) -> None:
    browser.post(f"{LIST}export/", {"format": "json"})

    event = SecurityEvent.objects.get()
    assert (event.kind, event.account, event.about) == (
        "export",
        boss.pk,
        "Security events as JSON",
    )


def test_an_empty_list_is_valid_json(browser: Client) -> None:
    answer = browser.post(f"{LIST}export/?kind=factor", {"format": "json"})

    assert json.loads(sent(answer)) == []


def test_not_even_a_superuser_changes_one(browser_of: Callable[[Any], Client]) -> None:
    browser = browser_of(make_user("chief", is_superuser=True))
    event = SecurityEvent.objects.get()

    for tail in ("add/", f"{event.pk}/change/", f"{event.pk}/delete/"):
        assert browser.post(LIST + tail, {"post": "yes"}).status_code == 403
    assert browser.get(f"{LIST}{event.pk}/change/").status_code == 200


def test_who_may_only_look_is_offered_no_file(browser_of: Callable[[Any], Client]) -> None:
    browser = browser_of(make_user("sam", ("accounts.view_securityevent",)))

    assert "Export as" not in flat(browser.get(LIST).content.decode())
    assert browser.post(f"{LIST}export/").status_code == 403


def test_a_stale_session_gets_no_file(browser: Client) -> None:
    session = browser.session
    session[PROVED_AT] = 0
    session.save()

    answer = browser.post(f"{LIST}export/", {"format": "json"})

    assert answer.status_code == 302
    assert not SecurityEvent.objects.filter(kind="export").exists()
