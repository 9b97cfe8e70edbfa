"""Too many wrong passwords."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadops.accounts.login import backend, devices, tries
from leadops.accounts.login.rows import LoginTry
from leads.tasks import prune
from tests.factories import make_user
from tests.responses import Response

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
Kind = LoginTry.Kind


@pytest.fixture
def eva() -> User:
    """Somebody whose password is “password”."""
    return make_user("eva")


def log_in(
    password: str = "password", name: str = "eva", by: Client | None = None, **headers: Any
) -> Response:
    return (by or Client()).post(LOGIN, {"username": name, "password": password}, **headers)


def lock(**headers: Any) -> None:
    for _ in range(5):
        log_in("wrong", **headers)


def from_everywhere(count: int, name: str = "eva") -> list[Response]:
    """Wrong passwords for a name, each from an address of its own."""
    return [log_in("wrong", name, REMOTE_ADDR=f"203.0.113.{n}") for n in range(count)]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hash of the tests takes a turn, however busy the machine is."""
    monkeypatch.setattr(backend, "CHEAP", 1_000)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time goes by between tries."""
    moment = timezone.now()
    monkeypatch.setattr(tries, "timezone", SimpleNamespace(now=lambda: moment))


def later(**span: int) -> None:
    """Let time go by."""
    for row in LoginTry.objects.all():
        row.last_at -= timedelta(**span)
        row.next_at -= timedelta(**span)
        row.save()


def test_five_wrong_passwords_lock_the_name_for_that_address(eva: User) -> None:
    lock()

    answer = log_in()

    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert b"Locked for 15 minutes" in answer.content
    assert answer["Content-Security-Policy"].startswith("default-src 'self'")


def test_a_refusal_does_not_tell_whether_the_name_exists(eva: User) -> None:
    known, unknown = ([log_in("wrong", name) for _ in range(6)] for name in ("eva", "nobody"))

    assert [one.status_code for one in known] == [one.status_code for one in unknown]
    assert known[-1].content == unknown[-1].content


def test_nobody_is_locked_out_from_elsewhere(eva: User) -> None:
    lock(REMOTE_ADDR="203.0.113.1")

    assert log_in(REMOTE_ADDR="203.0.113.2").status_code == 302


@pytest.mark.parametrize(
    ("tried", "then", "is_same"),
    [
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", True),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", False),
        ("203.0.113.1", "::ffff:203.0.113.1", True),
    ],
)
def test_of_ipv6_the_64_counts(eva: User, tried: str, then: str, is_same: bool) -> None:
    lock(REMOTE_ADDR=tried)

    assert (log_in(REMOTE_ADDR=then).status_code == 429) == is_same


def test_a_client_cannot_say_that_it_comes_from_elsewhere(eva: User) -> None:
    lock(REMOTE_ADDR="203.0.113.1")

    answer = log_in(REMOTE_ADDR="203.0.113.1", HTTP_X_FORWARDED_FOR="203.0.113.2")

    assert answer.status_code == 429


def test_a_proxy_of_ours_says_who_it_speaks_for(eva: User) -> None:
    lock(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.1")

    others = log_in(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.2")

    assert others.status_code == 302


def test_an_account_is_slowed_from_everywhere_and_never_locked(eva: User, still: None) -> None:
    refused = [one for one in from_everywhere(30) if one.status_code == 429]

    assert len(refused) == 19  # ten are free, the eleventh waits for two seconds
    assert refused[-1]["Retry-After"] == "2"
    later(seconds=2)
    assert log_in(REMOTE_ADDR="203.0.113.99").status_code == 302


def test_the_wait_of_an_account_grows_to_a_minute(eva: User) -> None:
    waits = []
    for n in range(20):
        log_in("wrong", REMOTE_ADDR=f"203.0.113.{n}")
        row = LoginTry.objects.get(kind=Kind.ACCOUNT)
        waits.append(max(0, (row.next_at - row.last_at).total_seconds()))
        later(minutes=1)

    assert waits[9:] == [0, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


def test_a_browser_that_logged_in_before_feels_nothing_of_it(eva: User, still: None) -> None:
    own = Client()
    log_in(by=own)
    own.post("/admin/logout/")
    from_everywhere(30)

    assert log_in(REMOTE_ADDR="203.0.113.99").status_code == 429
    assert log_in(by=own, REMOTE_ADDR="203.0.113.99").status_code == 302


def test_it_has_a_count_of_its_own(eva: User) -> None:
    own = Client()
    log_in(by=own)
    own.post("/admin/logout/")
    for _ in range(5):
        log_in("wrong", by=own)

    assert log_in(by=own).status_code == 429
    assert log_in().status_code == 302


@pytest.mark.parametrize("change", ["another account", "another key", "cut"])
def test_nobody_makes_such_a_browser_up(eva: User, change: str, settings: Any) -> None:
    own = Client()
    log_in(by=own)
    own.post("/admin/logout/")
    name = "nobody" if change == "another account" else "eva"
    if change == "another key":
        settings.SECRET_KEY = "x" * 50
    if change == "cut":
        own.cookies[devices.name()] = own.cookies[devices.name()].value[:-3]
    LoginTry.objects.all().delete()
    log_in("wrong", name, by=own)

    assert set(LoginTry.objects.values_list("kind", flat=True)) == {
        Kind.ACCOUNT,
        Kind.ADDRESS,
        Kind.PAIR,
    }


def test_an_address_is_slowed_whatever_names_it_tries(eva: User, still: None) -> None:
    answers = [log_in("wrong", f"name{n}") for n in range(40)]

    assert [one.status_code for one in answers] == [200] * 31 + [429] * 9


def test_what_is_refused_makes_no_hash_and_writes_nothing(
    eva: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock()
    made: list[str] = []
    monkeypatch.setattr(User, "check_password", lambda _user, word: made.append(word))

    with CaptureQueriesContext(connection) as asked:
        log_in()

    assert made == []
    assert [one["sql"].split()[0] for one in asked] == ["SELECT"]


def test_one_password_is_judged_at_a_time(eva: User) -> None:
    with backend.slot():
        answer = log_in()

    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert b"Press again" in answer.content
    # A colleague who presses again is not locked for it; who floods is slowed.
    assert [row.kind for row in LoginTry.objects.all()] == [Kind.ADDRESS]


def test_the_next_one_is_judged_whatever_became_of_the_last(eva: User) -> None:
    with pytest.raises(ZeroDivisionError), backend.slot():
        raise ZeroDivisionError

    assert log_in().status_code == 302


def wrong_hash(seconds: float = 0.3) -> None:
    tries.give_turn_back(seconds, was_right=False)


def test_after_a_wrong_one_strangers_wait_for_their_turn_ever_longer(still: None) -> None:
    waits = []
    for _ in range(8):
        wrong_hash(1.0)
        row = LoginTry.objects.get(key=tries.TURN)
        waits.append((row.next_at - row.last_at).total_seconds())

    assert waits == [1, 4, 16, 32, 32, 32, 32, 32]


def test_after_a_minute_without_it_begins_anew(still: None) -> None:
    for _ in range(4):
        wrong_hash(1.0)
    later(minutes=1)
    wrong_hash(1.0)

    row = LoginTry.objects.get(key=tries.TURN)
    assert (row.wrong, (row.next_at - row.last_at).total_seconds()) == (1, 1)


def test_one_has_the_turn_in_all_processes(still: None) -> None:
    assert [tries.take_turn() for _ in range(2)] == [True, True]
    wrong_hash()
    assert not tries.take_turn()
    later(seconds=1)

    assert [tries.take_turn() for _ in range(3)] == [True, False, False]
    later(seconds=1)  # who had it died
    assert tries.take_turn()


def test_a_right_one_gives_the_turn_on_at_once(still: None) -> None:
    wrong_hash()
    tries.give_turn_back(0.3, was_right=True)

    assert tries.take_turn()


@pytest.mark.django_db(transaction=True)
def test_the_first_wrong_ones_of_many_processes_at_once_are_no_error(
    at_once: Callable[..., list[Any]],
) -> None:
    for _ in range(5):
        LoginTry.objects.all().delete()
        assert at_once(*[wrong_hash] * 8) == [None] * 8

    assert not tries.take_turn()


def test_a_browser_that_logged_in_before_waits_for_no_turn(eva: User, still: None) -> None:
    own = Client()
    log_in(by=own)
    own.post("/admin/logout/")
    wrong_hash(60)

    assert log_in().status_code == 503
    assert log_in(by=own).status_code == 302


def test_a_hash_that_costs_something_takes_the_turn(
    eva: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "CHEAP", -1)
    log_in("wrong")

    assert LoginTry.objects.get(key=tries.TURN).wrong == 1


def test_who_floods_the_busy_log_in_is_soon_refused_by_a_read(eva: User, still: None) -> None:
    wrong_hash(60)
    answers = [log_in("wrong", f"name{n}").status_code for n in range(40)]

    assert answers == [503] * 31 + [429] * 9
    assert {row.kind for row in LoginTry.objects.all()} == {Kind.TURN, Kind.ADDRESS}


def test_a_refusal_needs_neither_session_nor_token_nor_form(eva: User) -> None:
    lock()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = "x" * 32
    assert log_in(by=strict).status_code == 429  # each process writes its page once

    with CaptureQueriesContext(connection) as asked:
        answer = log_in(by=strict)

    assert (answer.status_code, len(asked)) == (429, 1)
    assert "Set-Cookie" not in answer.headers
    assert answer.templates == []


def test_nor_does_the_word_that_the_process_is_busy(eva: User) -> None:
    log_in("wrong")

    with backend.slot():
        answer = log_in(by=Client(enforce_csrf_checks=True))

    assert answer.status_code == 503


@pytest.mark.parametrize("seen", ["early", "late"])
def test_that_it_is_busy_is_a_warning_and_no_error(
    eva: User, seen: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if seen == "late":
        monkeypatch.setattr(backend, "early", lambda _request: None)

    with backend.slot():
        assert log_in().status_code == 503

    told = [(one.name, one.levelname, one.exc_info) for one in caplog.records]
    assert told == [("leadops.security", "WARNING", None)]
    assert "eva" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_more_tries(at_once: Callable[..., list[Any]]) -> None:
    counted = [
        tries.Count(Kind.PAIR, "pair", "account"),
        tries.Count(Kind.ACCOUNT, "account", "account"),
    ]

    waits = at_once(*[lambda: tries.claim(counted)] * 8)

    assert sorted(wait > 0 for wait in waits) == [False] * 5 + [True] * 3


def test_a_password_of_a_proof_counts_too(eva: User) -> None:
    own = Client()
    log_in(by=own)
    for _ in range(5):
        own.post("/admin/second-factor/verify/password/", {"password": "wrong"})

    answer = own.post("/admin/second-factor/verify/password/", {"password": "password"})

    assert answer.status_code == 429


def test_so_does_the_old_one_where_it_is_changed(eva: User) -> None:
    own = Client()
    log_in(by=own)
    new = {"new_password1": "correct-horse-battery", "new_password2": "correct-horse-battery"}

    statuses = [
        own.post("/admin/password_change/", {"old_password": old, **new}).status_code
        for old in ["wrong"] * 5 + ["password"]
    ]

    eva.refresh_from_db()
    assert statuses == [200] * 5 + [429]
    assert eva.check_password("password")


def test_a_lock_ends_by_itself(eva: User) -> None:
    lock()
    later(minutes=16)

    assert log_in().status_code == 302


def test_trying_on_does_not_make_it_longer(eva: User) -> None:
    lock()
    before = LoginTry.objects.get(kind=Kind.PAIR).next_at

    log_in("wrong")

    assert LoginTry.objects.get(kind=Kind.PAIR).next_at == before


def test_the_right_password_forgets_the_wrong_ones_of_the_pair(eva: User) -> None:
    for _ in range(4):
        log_in("wrong")

    log_in()

    assert not LoginTry.objects.filter(kind=Kind.PAIR).exists()
    assert LoginTry.objects.get(kind=Kind.ACCOUNT).wrong == 4


def test_what_was_typed_is_not_kept(eva: User) -> None:
    log_in("my-old-secret", "my-other-secret")

    kept = str(list(LoginTry.objects.values()))

    assert "secret" not in kept
    assert "127.0.0.1" not in kept


@pytest.mark.parametrize("command", ["unlock", "axes_reset_username"])
def test_an_operator_unlocks(eva: User, command: str) -> None:
    lock()

    call_command(command, "eva")

    assert log_in().status_code == 302


def test_an_administrator_unlocks_on_the_users_page(eva: User) -> None:
    lock()
    boss = Client()
    boss.force_login(make_user("boss", role="Administrator"))
    page = boss.get(f"/admin/auth/user/{eva.pk}/change/")

    boss.post(f"/admin/auth/user/{eva.pk}/unlock/")

    assert b"Unlock now" in page.content
    assert log_in().status_code == 302


def test_old_ones_are_forgotten_daily(eva: User) -> None:
    log_in("wrong")
    LoginTry.objects.update(last_at=timezone.now() - timedelta(days=2))

    prune()

    assert not LoginTry.objects.exists()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_a_login_leads_to_no_foreign_page(client: Client, wanted: str) -> None:
    make_user("eva")

    answer = client.post(
        "/admin/login/", {"username": "eva", "password": "password", "next": wanted}
    )

    assert answer["Location"] == "/admin/"
