"""The second factor, from enrolment to the lost phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from leadops.accounts import second_factor
from leadops.accounts.login import codes
from tests.access.addresses import filled
from tests.access.matrix import MATRIX
from tests.factories import make_user
from tests.leadops.accounts.conftest import SEED, code_of, phone_of
from tests.responses import Response

pytestmark = pytest.mark.django_db
LOGIN, HOME, STATE = "/admin/login/", "/admin/", "/admin/second-factor/"
ASK, SHOW, ENROL = f"{STATE}code/", f"{STATE}verify/", f"{STATE}app/"
WAY = {
    f"admin/second-factor/{tail}" for tail in ("", "app/", "keys/add/", "code/", "verify/password/")
}
WAY |= {"admin/login/", "admin/logout/"}
WAY |= {
    f"admin/sign-in/{tail}"
    for tail in (
        "verify/",
        "refused/<slug:reason>/",
        "to/<slug:provider>/log-in/",
        "to/<slug:provider>/callback/",
    )
}
"""What is open to who owes a second factor."""


@pytest.fixture
def phone(boss: Any) -> Authenticator:
    """The boss's phone."""
    return phone_of(boss)


@pytest.fixture
def required(settings: Settings) -> None:
    """Administrators need a second factor."""
    settings.REQUIRE_SECOND_FACTOR = "administrators"


def after_password(wanted: str = "", name: str = "boss") -> tuple[Client, Response]:
    """A browser in which name and password were typed, and what it was answered."""
    browser = Client()
    data = {"username": name, "password": "password", "next": wanted}
    return browser, browser.post(LOGIN, data)


def key_on(page: Response) -> str:
    """The secret that the page offers to type."""
    return str(re.findall(r"<code>([A-Z2-7 ]+)</code>", page.content.decode())[0]).replace(" ", "")


def sheet_of(user: Any) -> list[str]:
    """New recovery codes of a user."""
    return list(RecoveryCodes.activate(user).get_unused_codes())


def test_nobody_needs_one_by_default(browser_of: Callable[[Any], Client], boss: Any) -> None:
    assert browser_of(boss).get(HOME).status_code == 200


def test_without_one_the_password_is_enough(boss: Any) -> None:
    browser, answer = after_password("/admin/leads/site/")

    assert answer["Location"] == "/admin/leads/site/"
    assert browser.get(HOME).status_code == 200


def test_enrolling_shows_a_picture_and_asks_for_a_code(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    page = browser_of(boss).get(ENROL)

    assert b'<img src="data:image/svg+xml;base64,' in page.content
    assert "no-store" in page["Cache-Control"]
    assert not Authenticator.objects.exists()


def test_the_first_code_enrols_and_shows_recovery_codes_once(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    browser = browser_of(boss)

    page = browser.post(ENROL, {"code": code_of(key_on(browser.get(ENROL)))}, follow=True)

    sheet = Authenticator.objects.get(type=second_factor.CODES).wrap().get_unused_codes()
    assert len(sheet) == 10
    assert all(code in page.content.decode() for code in sheet)
    assert "no-store" in page["Cache-Control"]
    again = browser.get(page.request["PATH_INFO"]).content.decode()
    assert not any(code in again for code in sheet)
    assert browser.get(HOME).status_code == 200
    assert LogEntry.objects.get().change_message == "Set up an authenticator app."


def test_seeds_are_locked_in_the_database(phone: Authenticator, boss: Any) -> None:
    sheet = RecoveryCodes.activate(boss)

    assert SEED not in str(phone.data)
    assert not any(code in str(sheet.instance.data) for code in sheet.get_unused_codes())


@pytest.mark.parametrize("kind", ["phone", "sheet"])
def test_a_seed_that_no_key_opens_lets_nobody_in(boss: Any, settings: Settings, kind: str) -> None:
    """Read as an empty one it would have codes that anybody can reckon."""
    phone_of(boss)
    sheet = sheet_of(boss)
    browser, _answer = after_password()
    settings.FIELD_KEYS = ["bmV3IGtleSBvZiAzMiBieXRlcywgbm90IHRoZSBvbGQ="]

    page = browser.post(ASK, {"code": code_of(SEED) if kind == "phone" else sheet[0]})

    assert b"FIELD_KEYS have changed" in page.content
    assert browser.get(HOME).status_code == 302


@pytest.mark.parametrize("code", ["000000", "abc", "", "١٢٣٤٥٦", "1" * 20])
def test_a_wrong_code_enrols_nobody(
    browser_of: Callable[[Any], Client], boss: Any, code: str
) -> None:
    browser = browser_of(boss)
    browser.get(ENROL)

    page = browser.post(ENROL, {"code": code})

    assert page.status_code == 200
    assert not Authenticator.objects.exists()


def test_the_code_after_the_password_opens_what_was_asked_for(
    boss: Any, phone: Authenticator
) -> None:
    browser, answer = after_password("/admin/leads/site/")
    before = browser.get(HOME)

    opened = browser.post(ASK, {"code": code_of(phone)})

    assert answer["Location"] == ASK
    assert before["Location"].startswith(LOGIN)
    assert opened["Location"] == "/admin/leads/site/"
    assert browser.get("/admin/leads/site/").status_code == 200


def test_a_session_of_before_enrolment_opens_nothing_without_the_code(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    browser = browser_of(boss)

    answer = browser.get("/admin/leads/site/?q=x")

    assert answer["Location"] == f"{SHOW}?next=%2Fadmin%2Fleads%2Fsite%2F%3Fq%3Dx"
    opened = browser.post(answer["Location"], {"code": code_of(phone)})
    assert opened["Location"] == "/admin/leads/site/?q=x"
    assert browser.get(HOME).status_code == 200


def test_the_password_is_no_second_factor(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    browser = browser_of(boss)

    browser.post(f"{SHOW}password/", {"password": "password"})

    assert browser.get(HOME)["Location"].startswith(SHOW)


def test_the_code_leads_to_no_other_site(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    data = {"code": code_of(phone), "next": "https://evil.example/"}

    assert browser_of(boss).post(SHOW, data)["Location"] == HOME


def test_a_code_is_good_once(boss: Any, phone: Authenticator) -> None:
    code = code_of(phone)
    first, later = after_password()[0], after_password()[0]
    first.post(ASK, {"code": code})

    page = later.post(ASK, {"code": code})

    assert b"used already" in page.content
    assert later.get(HOME).status_code == 302


def test_the_code_of_enrolment_is_used_up(browser_of: Callable[[Any], Client], boss: Any) -> None:
    browser = browser_of(boss)
    code = code_of(key_on(browser.get(ENROL)))
    browser.post(ENROL, {"code": code})
    other, _answer = after_password()

    assert other.post(ASK, {"code": code}).status_code == 200


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(
    boss: Any, phone: Authenticator, steps: int, fits: bool
) -> None:
    assert bool(codes.show(boss, code_of(phone, steps))) == fits


def test_a_clock_that_goes_wrong_is_followed(boss: Any, phone: Authenticator) -> None:
    phone.data["drift"] = -7
    phone.save()

    assert codes.show(boss, code_of(phone, -8))

    phone.refresh_from_db()
    assert phone.data["drift"] == -8


def test_wrong_codes_must_wait_and_the_right_one_with_them(boss: Any, phone: Authenticator) -> None:
    browser, _answer = after_password()
    phone.data[codes.WRONG] = 5  # so that the wait is longer than a busy machine's request
    phone.save()
    page = browser.post(ASK, {"code": "000000"})

    browser.post(ASK, {"code": code_of(phone)})

    assert b"Next try in" in page.content
    assert browser.get(HOME).status_code == 302


def test_a_recovery_code_opens_once(boss: Any, phone: Authenticator) -> None:
    code = sheet_of(boss)[0]
    browser, later = after_password()[0], after_password()[0]

    assert browser.post(ASK, {"code": f"{code[:4]} {code[4:]}"})["Location"] == HOME
    assert later.post(ASK, {"code": code}).status_code == 200
    assert codes.left(boss) == 9


def test_wrong_recovery_codes_do_not_slow_the_phone_down(boss: Any, phone: Authenticator) -> None:
    sheet_of(boss)
    browser, _answer = after_password()
    for _ in range(4):
        browser.post(ASK, {"code": "wrongone"})

    assert browser.post(ASK, {"code": code_of(phone)}).status_code == 302


def test_new_recovery_codes_replace_the_old_ones(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    old = sheet_of(boss)
    browser = browser_of(boss)
    browser.post(SHOW, {"code": code_of(phone)})

    page = browser.post(f"{STATE}codes/new/", follow=True)

    new = Authenticator.objects.get(type=second_factor.CODES).wrap().get_unused_codes()
    assert all(code in page.content.decode() for code in new)
    assert not set(old) & set(new)
    assert browser.get(HOME).status_code == 200


def test_an_administrator_without_one_is_led_to_enrolment(
    browser_of: Callable[[Any], Client], boss: Any, required: None
) -> None:
    browser = browser_of(boss)

    assert browser.get(HOME)["Location"] == f"{STATE}?next=%2Fadmin%2F"
    assert b"needs a second factor before anything else" in browser.get(STATE).content


def test_others_need_none_then(browser_of: Callable[[Any], Client], required: None) -> None:
    assert browser_of(make_user("eva", role="Support")).get(HOME).status_code == 200


def test_everyone_may_need_one(browser_of: Callable[[Any], Client], settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"

    assert browser_of(make_user("eva")).get(HOME)["Location"].startswith(STATE)


@pytest.mark.one_database
@pytest.mark.parametrize("route", [r for r in MATRIX if r.startswith("admin/") and r not in WAY])
@pytest.mark.parametrize("method", ["get", "post"])
def test_before_that_an_administrator_can_do_nothing_else(
    browser_of: Callable[[Any], Client], boss: Any, required: None, route: str, method: str
) -> None:
    answer = getattr(browser_of(boss), method)(filled(route, {}))

    assert answer["Location"].partition("?")[0] == STATE


def test_a_script_is_told_instead_of_led(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    answer = browser_of(boss).get("/admin/stats.json", headers={"Accept": "application/json"})

    assert answer.status_code == 403


def test_public_pages_take_an_unverified_session_for_a_stranger(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    browser = browser_of(boss)

    assert browser.get(reverse("help")).status_code == 200
    assert browser.get("/metrics").status_code == 403


def test_removing_it_leaves_the_password_alone(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    browser = browser_of(boss)
    browser.post(SHOW, {"code": code_of(phone)})

    browser.post(f"{ENROL}remove/")

    assert not Authenticator.objects.exists()
    assert browser.get(HOME).status_code == 200
    assert LogEntry.objects.get().change_message == "Removed the authenticator app."


def test_a_factor_that_was_set_up_anew_is_to_be_shown_anew(
    browser_of: Callable[[Any], Client], boss: Any, phone: Authenticator
) -> None:
    browser = browser_of(boss)
    browser.post(SHOW, {"code": code_of(phone)})

    second_factor.remove(boss)
    phone_of(boss)

    assert browser.get(HOME)["Location"].startswith(SHOW)


def test_an_administrator_takes_a_colleagues_away(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    eva = make_user("eva", role="Support")
    phone_of(eva)

    browser_of(boss).post(f"/admin/auth/user/{eva.pk}/remove-second-factor/")

    assert not second_factor.has_one(eva)
    assert LogEntry.objects.get().user == boss


def test_the_operators_way_back_in(
    boss: Any, phone: Authenticator, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("secondfactor")
    call_command("secondfactor", "--remove", "boss")

    assert "boss: yes" in capsys.readouterr().out
    assert not second_factor.has_one(boss)
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("secondfactor", "--remove", "boss")
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("secondfactor", "--remove", "nobody")
