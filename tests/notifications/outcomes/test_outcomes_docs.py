"""What docs/api/outcomes.md says is true: its recipes run, its tables are the policy's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifications.channels.payload import signed
from notifications.models import Endpoint, Event

DOCS = (Path(__file__).parents[3] / "docs" / "api" / "outcomes.md").read_text()
NOW = datetime(2026, 11, 22, 8, 20, tzinfo=UTC)
BODY = b'{"type":"test","word":"\\u00fc"}'


@pytest.fixture
def secret() -> str:
    return Endpoint().new_secret()


def recipe(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    return str(found)


def test_the_recipe_in_python_accepts_our_call_and_no_other(secret: str) -> None:
    names: dict[str, Callable[..., bool]] = {}
    exec(compile(recipe("python"), "docs/api/outcomes.md", "exec"), names)
    headers = signed("msg_1", BODY, [Endpoint().new_secret(), secret], NOW)
    is_ours, now = names["is_ours"], NOW.timestamp()

    assert is_ours(headers, BODY, secret, now)
    assert not is_ours(headers, BODY + b" ", secret, now)
    assert not is_ours(headers, BODY, secret, now + 301)
    assert not is_ours({**headers, "webhook-id": "msg_2"}, BODY, secret, now)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the recipe takes openssl")
def test_the_recipe_of_the_shell_prints_our_signature(secret: str, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    headers = signed("msg_1", BODY, [secret], NOW)
    given = {"SECRET": secret, "ID": "msg_1", "TIMESTAMP": headers["webhook-timestamp"]}

    said = subprocess.run(
        ["sh", "-c", recipe("sh")],
        cwd=tmp_path,
        env=os.environ | given,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert said.strip() == headers["webhook-signature"]


def test_the_events_are_those_of_the_table() -> None:
    assert set(re.findall(r"^\| `([a-z.]+)` \|", DOCS, re.MULTILINE)) == {*Event.values, "test"}
