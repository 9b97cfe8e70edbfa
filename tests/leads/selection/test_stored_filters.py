"""The migration that reads every stored filter into version 1."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from leads.models import BulkRetry, SavedView
from tests.factories import make_user

migration = importlib.import_module("leads.migrations.0029_stored_filters")
OLD_NAMES = {
    *("q", "tab", "from", "to", "reason", "owner", "site", "span", "tries", "same", "ids", "bulk"),
    *("at", "test"),
}
pytestmark = pytest.mark.django_db


def stored(asked: Any, state: str = "running", **values: Any) -> BulkRetry:
    """A bulk retry as the code of before has stored it."""
    now = timezone.now()
    return BulkRetry.objects.create(
        filter=asked,
        filter_key=str(BulkRetry.objects.count()),
        words="some",
        state=state,
        created_at=now,
        touched_at=now,
        **values,
    )


def as_before(asked: Mapping[str, Any]) -> dict[str, str]:
    """What the code of a44e094 reads out of a stored filter, word for word."""
    return {name: asked[name] for name in sorted(OLD_NAMES) if asked.get(name)}


FILTERS: list[dict[str, str]] = [
    {},
    {"reason": "too_long", "site": "3"},
    {"span": "since-1772712000", "tab": "failed"},
    {"span": "24h", "to": "2026-01-05"},
    {"ids": "4711.4712", "same": "email-12", "tries": "2", "test": "no", "owner": "zoho"},
    {"at": "1763800200-", "bulk": "12", "q": "4711"},
]


@pytest.mark.parametrize("asked", FILTERS)
def test_what_is_understood_is_version_1_and_means_the_same_to_old_code(
    asked: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    row = stored(asked)

    migration.forwards(apps, None)

    row.refresh_from_db()
    assert row.filter == {"version": 1, **asked}
    assert (row.state, row.wanted.refused) == ("running", "")
    assert as_before(row.filter) == as_before(asked)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("asked", [*FILTERS, {"reason": "tooo_long"}, [], "x", 5])
def test_it_goes_back_to_what_was_stored(asked: Any) -> None:
    row = stored(asked)

    migration.forwards(apps, None)
    migration.forwards(apps, None)  # once more changes nothing
    migration.backwards(apps, None)

    row.refresh_from_db()
    assert row.filter == asked


UNREADABLE: list[tuple[Any, str]] = [
    ({"reason": "tooo_long"}, "reason"),
    ({"reason": "too_long", "site": "abc"}, "site"),
    ({"from": "2026-13-40"}, "from"),
    ({"cause": "too_long"}, "cause"),
    ({"tries": 5}, "tries"),
    ({"tab": "nonsense"}, "tab"),
    ([], "the whole of it"),
    ("garbage", "the whole of it"),
]


@pytest.mark.parametrize(("asked", "fault"), UNREADABLE)
@pytest.mark.parametrize("state", ["planned", "running"])
def test_what_is_not_understood_stops_and_says_why(
    asked: Any, fault: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = stored(asked, state, walked_at=timezone.now())

    migration.forwards(apps, None)

    row.refresh_from_db()
    assert (row.state, row.walked_at, row.stopped_by) == ("stopped", None, None)
    assert row.ended_at is not None
    assert fault in row.wanted.refused
    assert capsys.readouterr().out == f"\n    not understood: bulk retry {row.pk}: {fault}"


def test_what_was_over_stays_so(capsys: pytest.CaptureFixture[str]) -> None:
    row = stored({"reason": "tooo_long"}, "done", ended_at=timezone.now())
    ended_at = row.ended_at

    migration.forwards(apps, None)

    row.refresh_from_db()
    assert (row.state, row.ended_at) == ("done", ended_at)
    assert row.wanted.refused


def test_saved_views_are_read_too(capsys: pytest.CaptureFixture[str]) -> None:
    user = make_user("ben")
    queries = {
        "same": "reason=too_long&span=24h",
        "none": "",
        "written anew": "site=3&reason=refused&tab=",
        "lost": "reason=tooo_long&site=3",
    }
    for name, query in queries.items():
        SavedView.objects.create(user=user, name=name, query=query)

    migration.forwards(apps, None)

    found = {view.name: view for view in SavedView.objects.all()}
    anew = queries | {"written anew": "reason=refused&site=3"}
    assert {name: view.query for name, view in found.items()} == anew
    assert [name for name, view in found.items() if view.wanted.refused] == ["lost"]
    assert f"saved view {found['lost'].pk}: reason" in capsys.readouterr().out
