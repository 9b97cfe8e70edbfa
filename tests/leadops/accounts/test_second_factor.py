"""The second factor, from enrolment to the lost phone."""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from leadops.accounts import second_factor
from tests.access.addresses import filled
from tests.access.matrix import MATRIX
from tests.factories import make_user
from tests.leadops.accounts.conftest import code_of
from tests.responses import Response

pytestmark = pytest.mark.django_db
WAY = ("admin/second-factor/", "admin/login/", "admin/logout/")
ENROL, VERIFY, HOME = "/admin/second-factor/", "/admin/second-factor/verify/", "/admin/"


@pytest.fixture
def device(boss: Any) -> TOTPDevice:
    """The boss's phone."""
    return TOTPDevice.objects.create(user=boss, confirmed=True)


@pytest.fixture
def required(settings: Settings) -> None:
    """Administrators need a second factor."""
    settings.REQUIRE_SECOND_FACTOR = "administrators"


def key_on(page: Response) -> str:
    """The secret that the page offers to type."""
    text = re.findall(r"<code>([A-Z2-7 ]+)</code>", page.content.decode())[0]
    return b32decode(text.replace(" ", "")).hex()


def test_nobody_needs_one_by_default(browser_of: Callable[[Any], Client], boss: Any) -> None:
    assert browser_of(boss).get(HOME).status_code == 200


def test_enrolling_shows_a_picture_and_asks_for_a_code(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    page = browser_of(boss).get(ENROL).content.decode()

    assert '<svg viewBox="' in page
    assert "style=" not in page.partition("qr-box")[2].partition("</svg>")[0]
    assert not TOTPDevice.objects.exists()


def test_the_first_code_enrols_and_shows_recovery_codes_once(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    browser = browser_of(boss)
    new = TOTPDevice(key=key_on(browser.get(ENROL)))

    page = browser.post(ENROL, {"code": code_of(new)})

    codes = StaticToken.objects.values_list("token", flat=True)
    assert len(codes) == 10
    assert all(code in page.content.decode() for code in codes)
    assert "no-store" in page["Cache-Control"]
    assert not any(code in browser.get(ENROL).content.decode() for code in codes)
    assert browser.get(HOME).status_code == 200


@pytest.mark.parametrize("code", ["000000", "abc", "", "١٢٣٤٥٦", "1" * 20])
def test_a_wrong_code_enrols_nobody(
    browser_of: Callable[[Any], Client], boss: Any, code: str
) -> None:
    browser = browser_of(boss)
    browser.get(ENROL)

    page = browser.post(ENROL, {"code": code})

    assert page.status_code == 200
    assert not TOTPDevice.objects.exists()


def test_who_enrolled_opens_nothing_before_the_code(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    answer = browser_of(boss).get("/admin/leads/site/?q=x")

    assert answer["Location"] == f"{VERIFY}?next=%2Fadmin%2Fleads%2Fsite%2F%3Fq%3Dx"


def test_the_code_opens_what_was_asked_for(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    browser = browser_of(boss)

    answer = browser.post(VERIFY, {"code": code_of(device), "next": "/admin/leads/site/"})

    assert answer["Location"] == "/admin/leads/site/"
    assert browser.get("/admin/leads/site/").status_code == 200


def test_the_code_leads_to_no_other_site(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    data = {"code": code_of(device), "next": "https://evil.example/"}

    assert browser_of(boss).post(VERIFY, data)["Location"] == HOME


def test_a_code_is_good_once(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    code = code_of(device)
    browser_of(boss).post(VERIFY, {"code": code})
    other = browser_of(boss)

    other.post(VERIFY, {"code": code})

    assert other.get(HOME)["Location"].startswith(VERIFY)


def test_wrong_codes_must_wait_and_the_right_one_with_them(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    browser = browser_of(boss)
    for _ in range(4):
        page = browser.post(VERIFY, {"code": "000000"})

    browser.post(VERIFY, {"code": code_of(device)})

    assert b"Next try in" in page.content
    assert browser.get(HOME).status_code == 302


def test_a_recovery_code_opens_once(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    code = second_factor.new_recovery_codes(boss)[0]
    browser, later = browser_of(boss), browser_of(boss)

    assert browser.post(VERIFY, {"code": code.upper()})["Location"] == HOME
    assert later.post(VERIFY, {"code": code}).status_code == 200
    assert second_factor.codes_left(boss) == 9


def test_wrong_recovery_codes_do_not_slow_the_phone_down(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    second_factor.new_recovery_codes(boss)
    browser = browser_of(boss)
    for _ in range(4):
        browser.post(VERIFY, {"code": "wrongone"})

    assert browser.post(VERIFY, {"code": code_of(device)}).status_code == 302


def test_an_administrator_without_one_is_led_to_enrolment(
    browser_of: Callable[[Any], Client], boss: Any, required: None
) -> None:
    browser = browser_of(boss)

    assert browser.get(HOME)["Location"] == f"{ENROL}?next=%2Fadmin%2F"
    assert b"needs a second factor before anything else" in browser.get(ENROL).content


def test_others_need_none_then(browser_of: Callable[[Any], Client], required: None) -> None:
    assert browser_of(make_user("eva", role="Support")).get(HOME).status_code == 200


def test_everyone_may_need_one(browser_of: Callable[[Any], Client], settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"

    assert browser_of(make_user("eva")).get(HOME)["Location"].startswith(ENROL)


@pytest.mark.parametrize("route", [r for r in MATRIX if r.startswith("admin/") and r not in WAY])
@pytest.mark.parametrize("method", ["get", "post"])
def test_before_that_an_administrator_can_do_nothing_else(
    browser_of: Callable[[Any], Client], boss: Any, required: None, route: str, method: str
) -> None:
    answer = getattr(browser_of(boss), method)(filled(route, {}))

    assert answer["Location"].startswith(ENROL)


def test_a_script_is_told_instead_of_led(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    answer = browser_of(boss).get("/admin/stats.json", headers={"Accept": "application/json"})

    assert answer.status_code == 403


def test_public_pages_take_an_unverified_session_for_a_stranger(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    browser = browser_of(boss)

    assert browser.get(reverse("help")).status_code == 200
    assert browser.get("/metrics").status_code == 403


def test_removing_it_leaves_the_password_alone(
    browser_of: Callable[[Any], Client], boss: Any, device: TOTPDevice
) -> None:
    browser = browser_of(boss)
    browser.post(VERIFY, {"code": code_of(device)})

    browser.post("/admin/second-factor/remove/")

    assert not TOTPDevice.objects.exists()
    assert browser.get(HOME).status_code == 200
    assert LogEntry.objects.get().change_message == "Removed the second factor."


def test_an_administrator_takes_a_colleagues_away(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    eva = make_user("eva", role="Support")
    TOTPDevice.objects.create(user=eva, confirmed=True)

    browser_of(boss).post(f"/admin/auth/user/{eva.pk}/remove-second-factor/")

    assert not second_factor.has_one(eva)
    assert LogEntry.objects.get().user == boss


def test_the_operators_way_back_in(
    boss: Any, device: TOTPDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("secondfactor")
    call_command("secondfactor", "--remove", "boss")

    assert "boss: yes" in capsys.readouterr().out
    assert not second_factor.has_one(boss)
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("secondfactor", "--remove", "boss")
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("secondfactor", "--remove", "nobody")
