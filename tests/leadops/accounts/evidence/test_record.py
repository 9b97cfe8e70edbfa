"""What events leave behind: a line in the log, and a row."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from leadops.accounts.evidence import record as recording
from leadops.accounts.evidence.record import Kind, printable, record
from leadops.accounts.models import SecurityEvent
from leadops.logs import Formatter
from leads.privacy.erase import erase_person
from tests.factories import make_failed_lead, make_lead, make_site, make_user

pytestmark = pytest.mark.django_db
FILTER = Path("deploy/fail2ban/filter.d/leadops.conf")
FROM: Any = {"REMOTE_ADDR": "203.0.113.7"}


def rows(*kinds: str) -> list[tuple[str, int, str, int]]:
    events = SecurityEvent.objects.order_by("pk")
    events = events.filter(kind__in=kinds) if kinds else events
    return list(events.values_list("kind", "account", "address", "count"))


def log_in(name: str, password: str, address: str = "203.0.113.7") -> None:
    Client(REMOTE_ADDR=address).post(
        "/admin/login/", {"username": name, "password": password, "next": "/admin/"}
    )


def test_a_log_in_and_a_log_out_are_kept_with_account_address_and_method(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "leadops.security")
    eva, browser = make_user("eva"), Client(**FROM)
    browser.post("/admin/login/", {"username": "eva", "password": "password", "next": "/admin/"})
    browser.post("/admin/logout/")

    assert rows() == [
        ("logged_in", eva.pk, "203.0.113.7", 1),
        ("logged_out", eva.pk, "203.0.113.7", 1),
    ]
    assert f"logged in: account {eva.pk} from 203.0.113.7 by password" in caplog.messages


def test_failures_of_a_minute_are_one_row_an_account_and_network() -> None:
    eva = make_user("eva")
    for address in ("203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2"):
        log_in("eva", "wrong", address)
    log_in("hunter2", "wrong")
    log_in("hunter3", "wrong")

    assert rows("login_failed") == [
        ("login_failed", eva.pk, "203.0.113.7", 1),
        ("login_failed", eva.pk, "203.0.113.8", 1),
        ("login_failed", eva.pk, "2001:db8::/64", 2),
        ("login_failed", 0, "203.0.113.7", 2),
    ]


@pytest.mark.parametrize("name", ["hunter2", "eva ", "x" * 500, "a\nb", "' OR 1=1", "\u202eeva"])
def test_a_typed_name_that_is_no_account_is_nowhere(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log_in(name, "wrong")

    (event,) = SecurityEvent.objects.values()
    assert name.strip() not in str(event)
    assert name.strip() not in caplog.text


def test_another_minute_is_another_row() -> None:
    record(Kind.LOGIN_FAILED)
    SecurityEvent.objects.update(
        minute=recording.minute_of(SecurityEvent.objects.get().at) - timedelta(minutes=1)
    )
    record(Kind.LOGIN_FAILED)

    assert [count for *_rest, count in rows()] == [1, 1]


@pytest.mark.usefixtures("within_a_minute")
def test_a_flood_of_addresses_fills_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_A_MINUTE", 3)
    for number in range(9):
        log_in("nobody", "wrong", f"198.51.100.{number}")

    assert [count for *_rest, count in rows("login_failed")] == [1, 1, 1, 6]
    assert SecurityEvent.objects.filter(kind="login_failed", address="").count() == 1


@pytest.mark.parametrize("method", ["password", "totp", "password+mfa"])
@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7"])
@pytest.mark.parametrize("before", ["", "host leadops-web[17]: ", "2026-11-29 18:30:47,880 "])
def test_fail2bans_filter_reads_the_line_as_it_is_written(
    before: str, address: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    with_address = Client().request().wsgi_request
    with_address.META["REMOTE_ADDR"] = address
    record(Kind.LOGIN_FAILED, method=method, request=with_address)

    found = failregex().match(before + line_of(caplog.records[-1]))

    assert found
    assert found["addr"] == address


@pytest.mark.parametrize(
    "path",
    [
        "/admin/\n2026 WARNING leadops.security: login failed: account 1 from 6.6.6.6 by password",
        "/admin/WARNING leadops.security: login failed: account 1 from 6.6.6.6 by password",
    ],
)
def test_no_path_bans_somebody_else(
    path: str, browser_of: Callable[[Any], Client], caplog: pytest.LogCaptureFixture
) -> None:
    lead = make_failed_lead()
    eva = make_user("eva")
    browser_of(eva).get(f"/admin/leads/lead/{lead.pk}/change/x{path}")
    record(Kind.KEY, account=eva, method=path)

    for one in caplog.records:
        assert "\n" not in line_of(one)
        assert not failregex().match(line_of(one))


def failregex() -> re.Pattern[str]:
    """The filter's expression, as fail2ban reads it."""
    (line,) = (one for one in FILTER.read_text().splitlines() if one.startswith("failregex"))
    return re.compile(line.partition("=")[2].strip().replace("<ADDR>", r"(?P<addr>[0-9a-f.:]+)"))


def line_of(entry: logging.LogRecord) -> str:
    """As production's handler writes it, behind the time, which fail2ban takes off."""
    return Formatter("{levelname} {name}: {message}", style="{").format(entry)


@given(st.text())
def test_what_is_logged_is_one_line_and_can_be_read_back(text: str) -> None:
    shown = printable(text)

    assert shown.isprintable()
    assert shown.encode("latin-1", "backslashreplace").decode("unicode_escape") == text


# --- What the core and the desk do ----------------------------------------------------------------


def test_keys_exports_and_erasures_are_events(browser_of: Callable[[Any], Client]) -> None:
    boss = make_user("boss", role="Administrator")
    browser, site, lead = browser_of(boss), make_site(), make_failed_lead()
    SecurityEvent.objects.all().delete()

    browser.post(f"/admin/leads/site/{site.pk}/issue-key/", {"label": "shop"}, **FROM)
    key = site.keys.get()
    browser.post(f"/admin/leads/site/{site.pk}/revoke-key/{key.pk}/", {"confirmed": "yes"}, **FROM)
    browser.post(
        "/admin/leads/failedlead/",
        {"action": "export_selected", "_selected_action": lead.pk},
        **FROM,
    )
    person = f"/admin/leads/lead/{lead.pk}/person/"
    browser.post(person, {"leads": lead.pk, "hand_over": "yes"}, **FROM)
    browser.post(person, {"leads": lead.pk, "erase": "yes", "word": "ERASE"}, **FROM)

    who = (boss.pk, "203.0.113.7", 1)
    kinds = ["key", "key", "export", "export", "erasure"]
    assert rows(*kinds) == [(kind, *who) for kind in kinds]
    for event in SecurityEvent.objects.exclude(about=""):
        assert lead.email not in event.about


def test_a_commands_erasing_is_nobodys_and_names_leads_by_id() -> None:
    lead = make_lead()

    erase_person(type(lead).objects.filter(pk=lead.pk))

    event = SecurityEvent.objects.get(kind="erasure")
    assert (event.account, event.method, event.address) == (0, "command", "")
    assert str(lead.pk) in event.about


# --- Accounts -------------------------------------------------------------------------------------


@pytest.fixture
def chief() -> Any:
    return make_user("chief", is_superuser=True)


@pytest.fixture
def as_chief(chief: Any, browser_of: Callable[[Any], Client]) -> Client:
    """A browser whose log-in has left no event any more."""
    browser = browser_of(chief)
    SecurityEvent.objects.all().delete()
    return browser


def told() -> list[tuple[str, str]]:
    return list(SecurityEvent.objects.order_by("pk").values_list("kind", "about"))


NEW = {"password1": "correct-horse-battery", "password2": "correct-horse-battery"}


def test_a_colleagues_new_password_and_their_group_are_events(as_chief: Client) -> None:
    eva = make_user("eva")

    as_chief.post(f"/admin/auth/user/{eva.pk}/password/", {"usable_password": "true", **NEW})
    as_chief.post("/admin/auth/group/add/", {"name": "Night shift"})
    as_chief.post(f"/admin/auth/user/{eva.pk}/end-sessions/")

    kinds = [kind for kind, _about in told()]
    assert kinds == ["password", "rights", "sessions"]
    assert told()[0][1] == f"user {eva.pk} changed"
    assert NEW["password1"] not in str(told())


def test_ones_own_new_password_is_an_event(as_chief: Client, chief: Any) -> None:
    typed = {"old_password": "password", "new_password1": NEW["password1"]}
    page = "/admin/password_change/"

    as_chief.post(page, typed | {"new_password2": "other"})
    assert told() == []
    as_chief.post(page, typed | {"new_password2": NEW["password1"]})

    assert told() == [("password", "")]
    assert SecurityEvent.objects.get().account == chief.pk
