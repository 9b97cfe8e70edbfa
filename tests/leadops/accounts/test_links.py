"""Invitations, forgotten passwords, and what owners are mailed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from leadops.accounts import second_factor, tasks
from leadops.accounts.evidence.rows import SecurityEvent
from leadops.accounts.login import passwords
from leadops.accounts.login.links import link_for
from leadops.accounts.models import AccountLanguage
from tests.factories import make_user
from tests.leadops.accounts.conftest import phone_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"
TWICE = {"new_password1": PASSWORD, "new_password2": PASSWORD}
FORGOTTEN = "/admin/forgotten/"


@pytest.fixture
def eva() -> User:
    """Somebody with an address."""
    return make_user("eva", email="eva@example.com")


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """What mails were queued for whom; none is."""
    found: list[tuple[int, str]] = []
    monkeypatch.setattr(tasks, "mail_owner", lambda user, what: found.append((user.pk, what)))
    return found


def opened(link: str) -> tuple[Client, Any]:
    """A stranger's browser before the form that a link leads to."""
    browser = Client()
    return browser, browser.get(link.removeprefix("http://testserver"), follow=True)


def set_by(link: str) -> Any:
    """The answer to a password that is set by a link."""
    browser, page = opened(link)
    return browser.post(page.request["PATH_INFO"], TWICE)


def test_an_invitation_is_shown_once_and_sets_a_password(
    browser_of: Callable[[Any], Client], boss: Any
) -> None:
    new = make_user("new")
    new.set_unusable_password()
    new.save()
    page = browser_of(boss).post(f"/admin/auth/user/{new.pk}/invite/")
    link = page.context["link"]

    answer = set_by(link)

    new.refresh_from_db()
    assert "no-store" in page["Cache-Control"]
    assert answer["Location"] == "/admin/login/"
    assert new.check_password(PASSWORD)


def test_a_link_works_once(eva: User) -> None:
    link = link_for(eva)
    set_by(link)

    _browser, page = opened(link)

    assert b"used already" in page.content


@pytest.mark.parametrize("change", ["log in", "disable", "cut"])
def test_a_link_is_good_for_nothing_after(eva: User, change: str) -> None:
    link = link_for(eva)
    if change == "log in":
        Client().post("/admin/login/", {"username": "eva", "password": "password"})
    if change == "disable":
        eva.is_active = False
        eva.save()
    if change == "cut":
        link = link[:-3] + "/"

    _browser, page = opened(link)
    set_by(link)

    eva.refresh_from_db()
    assert (b"used already" in page.content) or change == "disable"
    assert eva.check_password("password") or change == "disable"


def test_it_neither_removes_nor_skips_a_factor(eva: User) -> None:
    phone_of(eva)

    set_by(link_for(eva))
    answer = Client().post("/admin/login/", {"username": "eva", "password": PASSWORD})

    assert second_factor.has_one(eva)
    assert answer["Location"] == "/admin/second-factor/code/"


def test_a_link_ends_all_sessions(browser_of: Callable[[Any], Client], eva: User) -> None:
    browser = browser_of(eva)

    set_by(link_for(User.objects.get(pk=eva.pk)))

    assert browser.get("/admin/").status_code == 302


def test_an_easy_password_is_not_taken(eva: User) -> None:
    browser, page = opened(link_for(eva))

    again = browser.post(
        page.request["PATH_INFO"], {"new_password1": "eva", "new_password2": "eva"}
    )

    assert b"too easy to guess" in again.content


def test_whoever_may_not_edit_an_account_makes_no_link(browser_of: Callable[[Any], Client]) -> None:
    root = make_user("root", is_superuser=True)
    boss = make_user("boss", role="Administrator")

    assert browser_of(boss).post(f"/admin/auth/user/{root.pk}/invite/").status_code == 403


def test_each_account_of_an_address_gets_a_link(eva: User, queued: list[tuple[int, str]]) -> None:
    other = make_user("eva2", email="EVA@example.com")
    make_user("gone", email="eva@example.com", is_active=False)

    answer = Client().post(FORGOTTEN, {"email": "eva@Example.com"}, follow=True)

    assert queued == [(eva.pk, "reset"), (other.pk, "reset")]
    assert b"If an account has this address" in answer.content


def test_an_unknown_address_is_answered_alike(eva: User, queued: list[tuple[int, str]]) -> None:
    answers = [
        Client().post(FORGOTTEN, {"email": f"{name}@example.com"}, follow=True).content.decode()
        for name in ("eva", "nobody")
    ]

    known, unknown = (re.sub('value="[^"]{64}"', "", one) for one in answers)  # CSRF's tokens
    assert known == unknown
    assert queued == [(eva.pk, "reset")]


def test_an_address_asks_three_times(eva: User, queued: list[tuple[int, str]]) -> None:
    statuses = [
        Client().post(FORGOTTEN, {"email": "eva@example.com"}).status_code for _ in range(5)
    ]

    assert statuses == [302, 302, 302, 302, 429]


def test_it_is_said_where_no_mail_is_sent(
    eva: User, settings: Settings, queued: list[tuple[int, str]]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

    page = Client().get(FORGOTTEN)
    Client().post(FORGOTTEN, {"email": "eva@example.com"})

    assert b"sends no mail" in page.content
    assert queued == []


@pytest.mark.parametrize("address", ["eva@example.com", "nobody@example.com"])
def test_nobody_is_flooded_with_mails_from_many_places(
    eva: User, queued: list[tuple[int, str]], settings: Settings, address: str
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    statuses = [
        Client().post(FORGOTTEN, {"email": address}, REMOTE_ADDR=f"203.0.113.{n}").status_code
        for n in range(6)
    ]

    assert statuses == [302] * 4 + [429] * 2
    assert queued == [(eva.pk, "reset")] * 4 * (address == eva.email)


def test_the_mail_holds_a_link_that_works(eva: User) -> None:
    tasks.send(eva.pk, "reset")
    (sent,) = mail.outbox
    link = next(line for line in str(sent.body).splitlines() if line.startswith("http"))

    set_by(link)

    eva.refresh_from_db()
    assert sent.to == ["eva@example.com"]
    assert eva.check_password(PASSWORD)
    [event] = SecurityEvent.objects.filter(kind=SecurityEvent.Kind.PASSWORD)
    assert (event.account, event.method) == (eva.pk, "link")


@pytest.mark.parametrize("what", tasks.SUBJECTS)
def test_a_mail_names_the_account(eva: User, what: str) -> None:
    tasks.send(eva.pk, what)

    assert " eva" in str(mail.outbox[0].body)


def test_a_task_holds_neither_address_nor_link(
    eva: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tasks.mail_owner(eva, "reset")

    task = OrmQ.objects.get().task
    assert task["args"] == (eva.pk, "reset")


def test_an_address_that_is_given_up_is_told_and_cannot_be_read_meanwhile(
    eva: User,
    boss: Any,
    browser_of: Callable[[Any], Client],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    data = {"username": "eva", "is_staff": "on", "is_active": "on", "email": "new@example.com"}
    with django_capture_on_commit_callbacks(execute=True):
        browser_of(boss).post(f"/admin/auth/user/{eva.pk}/change/", data)

    queued = OrmQ.objects.get().task
    tasks.send(*queued["args"])

    assert "example.com" not in str(queued)
    assert mail.outbox[0].to == ["eva@example.com"]
    assert "no longer this one" in str(mail.outbox[0].body)


def test_who_has_no_address_or_is_disabled_is_mailed_nothing(
    eva: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tasks.mail_owner(make_user("none"), "reset")
    User.objects.update(is_active=False)
    tasks.send(eva.pk, "reset")

    assert not OrmQ.objects.exists()
    assert not mail.outbox


def test_a_new_browser_is_told_once(eva: User, queued: list[tuple[int, str]]) -> None:
    browser = Client()
    for _ in range(2):
        browser.post("/admin/login/", {"username": "eva", "password": "password"})
        browser.post("/admin/logout/")

    assert queued == [(eva.pk, "browser")]


def test_a_changed_password_is_told(eva: User, queued: list[tuple[int, str]]) -> None:
    browser = Client()
    browser.force_login(eva)

    browser.post("/admin/password_change/", {"old_password": "password", **TWICE})

    assert queued == [(eva.pk, "password")]


def test_a_factor_that_an_administrator_took_away_is_told(
    browser_of: Callable[[Any], Client],
    boss: Any,
    eva: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    phone_of(eva)

    with django_capture_on_commit_callbacks(execute=True):
        browser_of(boss).post(f"/admin/auth/user/{eva.pk}/remove-second-factor/")

    assert not Authenticator.objects.exists()
    assert [one.task["args"] for one in OrmQ.objects.all()] == [(eva.pk, "factor")]


def test_of_two_who_use_a_link_at_once_one_sets_the_password(
    eva: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, late = link_for(eva), "a-quite-other-password"
    browser, page = opened(link)
    judge, quicker = passwords.Guessable.validate, list[Any]()

    def meanwhile(self: Any, password: str, user: Any = None) -> None:
        judge(self, password, user)
        if password == late:
            quicker.append(set_by(link))

    monkeypatch.setattr(passwords.Guessable, "validate", meanwhile)
    answer = browser.post(page.request["PATH_INFO"], {"new_password1": late, "new_password2": late})

    eva.refresh_from_db()
    assert [one.status_code for one in quicker] == [302]
    assert answer.status_code == 200
    assert eva.check_password(PASSWORD)


@pytest.mark.parametrize("what", tasks.SUBJECTS)
def test_a_mail_speaks_the_language_of_the_account(eva: User, what: str) -> None:
    tasks.send(eva.pk, what)
    AccountLanguage.objects.create(user=eva, language="de")
    tasks.send(eva.pk, what)

    english, german = mail.outbox
    assert german.subject != english.subject
    assert " eva" in str(german.body)
    shared = set(str(english.body).splitlines()) & set(str(german.body).splitlines())
    assert all(not line or line.startswith("http") for line in shared)
