"""Posts with keys and to addresses that nobody has: counted, cheaply, and told to nobody."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.intake.guard import unknown
from leads.intake.guard.unknown import MOST_A_DAY, WRITES_A_SECOND, Counting, count_unknown
from leads.models import Site, SiteKey, Source, SourceAddress, UnknownPost
from leads.tasks import prune
from tests.factories import make_key, make_site

pytestmark = pytest.mark.django_db

Door = UnknownPost.Door
Rows = Callable[[], list[tuple[str, str, int]]]


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """A process that has counted nothing yet, and whose clock stands still."""
    fresh = Counting(clock=lambda: 0.0)
    monkeypatch.setattr(unknown, "counting", fresh)
    return fresh


def next_second(counting: Counting) -> None:
    counting.second = -1


def rows() -> list[tuple[str, str, int]]:
    found = UnknownPost.objects.order_by("door", "beginning")
    return list(found.values_list("door", "beginning", "count"))


def post(client: Client, address: str, method: str = "POST", **headers: str) -> int:
    answer: Any = client.generic(method, address, b"{}", "application/json", headers=headers)
    return int(answer.status_code)


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


TRIED = [
    ("/api/v1/leads/", {"Authorization": "Bearer mistyped-key"}, 401, ("api", "mistyp", 1)),
    ("/api/v1/leads/", {"X-API-Key": "mistyped-key"}, 401, ("api", "mistyp", 1)),
    ("/api/v1/leads/", {"Authorization": basic("", "mistyped")}, 401, ("api", "mistyp", 1)),
    ("/api/v1/leads/", {"Authorization": basic("api", "mistyped")}, 401, ("api", "mistyp", 1)),
    ("/api/v1/leads/", {}, 401, ("api", "(none)", 1)),
    ("/f/mistyped-token/", {"Origin": "https://a.example"}, 401, ("form", "mistyp", 1)),
    ("/f/mistyped-token/", {}, 401, ("form", "mistyp", 1)),
    ("/in/mistyped-address/", {}, 404, ("webhook", "mistyp", 1)),
    ("/in/abc/", {}, 404, ("webhook", "abc", 1)),
    ("/in/%00\u0442<ключ/", {}, 404, ("webhook", "??????", 1)),
]


@pytest.mark.parametrize(("address", "headers", "code", "row"), TRIED)
def test_a_post_that_names_nobody_is_counted_by_its_beginning(
    client: Client, address: str, headers: dict[str, str], code: int, row: tuple[str, str, int]
) -> None:
    assert post(client, address, **headers) == code
    assert rows() == [row]


@pytest.mark.parametrize("address", ["/api/v1/leads/", "/f/mistyped/", "/in/mistyped/"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "HEAD"])
def test_looking_is_no_post(client: Client, address: str, method: str) -> None:
    post(client, address, method)

    assert rows() == []


def test_the_same_again_is_one_row(client: Client) -> None:
    for _time in range(2):
        post(client, "/in/mistyped/")

    assert rows() == [("webhook", "mistyp", 2)]


def test_a_revoked_key_and_a_revoked_address_are_found_by_their_beginnings(client: Client) -> None:
    site = make_site()
    key, secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    SiteKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    source = Source.objects.create(site=site, name="Form")
    address = SourceAddress.objects.issue(source, timezone.now())
    SourceAddress.objects.revoke(source, timezone.now())

    post(client, "/api/v1/leads/", Authorization=f"Bearer {secret}")
    post(client, f"/in/{address.secret}/")

    assert rows() == [("api", secret[:6], 1), ("webhook", address.secret[:6], 1)]


def test_a_live_key_is_never_counted(client: Client) -> None:
    site = make_site(allowed_origins="https://a.example")
    source = Source.objects.create(site=site, name="Form")
    address = SourceAddress.objects.issue(source, timezone.now())

    post(client, "/api/v1/leads/", Authorization=f"Bearer {make_key(site)}")
    post(client, "/api/v1/leads/", Authorization=basic(make_key(site), "not-the-key"))
    post(client, f"/f/{make_key(site, SiteKey.Kind.FORM)}/")
    post(client, f"/in/{address.secret}/")
    Site.objects.update(enabled=False)
    post(client, "/api/v1/leads/", Authorization=f"Bearer {make_key(site)}")

    assert rows() == []


def test_of_a_live_key_at_another_door_no_character_is_kept(client: Client) -> None:
    secret = make_key(make_site())

    post(client, f"/f/{secret}/")
    post(client, f"/in/{secret}/")

    assert rows() == [("form", "", 1), ("webhook", "", 1)]


def test_a_day_has_so_many_rows_and_then_one_a_door(counting: Counting) -> None:
    for number in range(MOST_A_DAY + 7):
        next_second(counting)
        count_unknown(Door.WEBHOOK, f"{number:06}")
    next_second(counting)
    count_unknown(Door.API, "other1")
    count_unknown(Door.WEBHOOK, "000000")

    assert UnknownPost.objects.exclude(beginning="").count() == MOST_A_DAY
    assert set(rows()) >= {("api", "", 1), ("webhook", "", 7), ("webhook", "000000", 2)}


def test_another_day_begins_anew() -> None:
    yesterday = timezone.now() - timedelta(days=1)
    for number in range(MOST_A_DAY):
        UnknownPost.objects.create(
            day=yesterday.date(), door=Door.API, beginning=f"{number:06}", last_at=yesterday
        )

    count_unknown(Door.API, "today1")

    assert ("api", "today1", 1) in rows()


def test_a_flood_is_written_a_few_times_a_second_and_counted_whole(counting: Counting) -> None:
    with CaptureQueriesContext(connection) as asked:
        for number in range(500):
            count_unknown(Door.API, f"{number:06}")
    written = sum(query["sql"].startswith("UPDATE") for query in asked)
    next_second(counting)
    count_unknown(Door.API, "000000")

    assert written == WRITES_A_SECOND
    assert sum(count for _door, _beginning, count in rows()) == 501
    assert len(counting.waiting) == 0


def test_a_flood_fills_no_memory(counting: Counting) -> None:
    for number in range(5_000):
        count_unknown(Door.API, f"{number:06}")

    assert len(counting.waiting) <= MOST_A_DAY + len(Door)


def test_a_count_that_fails_changes_no_answer(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        patch.object(unknown, "write_down", side_effect=OperationalError("gone: mistyped")),
    ):
        code = post(client, "/in/mistyped/")

    assert code == 404
    assert "mistyp" not in caplog.text


def test_counts_are_let_go_after_a_month() -> None:
    now = datetime.now(UTC)
    for days in (29, 31):
        day = (now - timedelta(days=days)).date()
        UnknownPost.objects.create(day=day, door=Door.API, beginning=f"{days}", last_at=now)

    prune()

    assert [beginning for _door, beginning, _count in rows()] == ["29"]
