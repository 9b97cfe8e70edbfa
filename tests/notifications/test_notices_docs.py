"""What docs/notices.md says is true: its recipe runs, its table is the policy's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifications import throttle
from notifications.channels.payload import headers_of
from notifications.mail.compose import LISTED, NUMBERED
from notifications.models import DELAYS, Channel, Notice
from notifications.models.channel import EVENTS
from notifications.wording.events import WHOLE

DOCS = (Path(__file__).parents[2] / "docs" / "notices.md").read_text()
NOW = datetime(2026, 11, 22, 8, 20, tzinfo=UTC)
BODY = b'{"type":"test","word":"\\u00fc"}'


@pytest.fixture
def is_ours() -> Callable[..., bool]:
    """The recipe, as it stands in the documentation."""
    (recipe,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    names: dict[str, Callable[..., bool]] = {}
    exec(compile(recipe, "docs/notices.md", "exec"), names)
    return names["is_ours"]


@pytest.fixture
def call() -> tuple[dict[str, str], str]:
    """The headers of a call and the secret of its channel."""
    secret = Channel(kind="webhook").new_secret()
    return headers_of([Notice(pk=7)], BODY, [secret], NOW), secret


def test_the_recipe_accepts_our_call(
    is_ours: Callable[..., bool], call: tuple[dict[str, str], str]
) -> None:
    headers, secret = call

    assert is_ours(headers, BODY, secret, NOW.timestamp() + 10)


def test_it_refuses_another_body(
    is_ours: Callable[..., bool], call: tuple[dict[str, str], str]
) -> None:
    headers, secret = call

    assert not is_ours(headers, BODY + b" ", secret, NOW.timestamp())


def test_it_refuses_another_secret(
    is_ours: Callable[..., bool], call: tuple[dict[str, str], str]
) -> None:
    headers, _secret = call

    assert not is_ours(headers, BODY, Channel(kind="webhook").new_secret(), NOW.timestamp())


@pytest.mark.parametrize("seconds", [-301, 301])
def test_it_refuses_a_call_played_again_later(
    is_ours: Callable[..., bool], call: tuple[dict[str, str], str], seconds: int
) -> None:
    headers, secret = call

    assert not is_ours(headers, BODY, secret, NOW.timestamp() + seconds)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_neither_id_nor_time_can_be_exchanged(
    is_ours: Callable[..., bool], call: tuple[dict[str, str], str], name: str
) -> None:
    headers, secret = call
    other = {"webhook-id": "msg_other", "webhook-timestamp": str(int(NOW.timestamp()) + 1)}

    assert not is_ours(headers | {name: other[name]}, BODY, secret, NOW.timestamp())


def test_the_example_is_json() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)

    assert json.loads(example)["type"] == "lead_failed"


def test_the_figures_are_those_of_the_policy() -> None:
    assert [wait.total_seconds() / 60 for wait in throttle.WAITS] == [0, 0, 5, 15, 30]
    assert throttle.CALM.total_seconds() == 3 * 3600
    assert throttle.CALM_AFTER.total_seconds() == 30 * 60
    assert (WHOLE, LISTED, NUMBERED) == (3, 50, 500)
    assert [delay.total_seconds() / 60 for delay in DELAYS] == [1, 5, 15, 60, 240, 720]


def test_every_kind_has_its_line_and_every_event_its_name() -> None:
    assert all(f"\n| {Notice.Kind(kind).label}" in DOCS or kind == "resumed" for kind in EVENTS)
    assert all(f"`{kind}`" in DOCS for kind in EVENTS if kind != "lead_failed")
