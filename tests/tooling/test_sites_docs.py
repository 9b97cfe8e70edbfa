"""docs/sites.md: its code is that of the templates, its commands work, its figures hold."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command

from leads.counters.traffic_baseline import TrafficBaseline, learn
from leads.intake.tools import TOOLS
from leads.models import Site, Source, SourceAddress
from tests.leads.arrivals import MONDAY, Rate, arrivals, office, round_the_clock

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "sites.md").read_text()
PAYLOADS = DOCS.parent / "tests" / "leads" / "intake" / "senders" / "payloads.json"
WEEKS = timedelta(weeks=4)


def script() -> ModuleType:
    """docs/generators/sites.py."""
    spec = importlib.util.spec_from_file_location("sites_docs", DOCS / "generators" / "sites.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_code_is_that_of_the_templates() -> None:
    assert script().as_markdown(PAGE) == PAGE, "run: python docs/generators/sites.py"


def test_the_table_has_every_tool() -> None:
    titles = [tool.title for tool in TOOLS.values()]

    assert [title for title in titles if f"\n| {title} | " not in PAGE] == []


@pytest.mark.parametrize("told", script().tomllib.loads(script().TOLD.read_text()).values())
def test_what_is_said_of_a_tool_can_be_read_there_or_is_called_unknown(
    told: dict[str, str],
) -> None:
    needs_proof = told["answers"] != "unknown" and not told["answers"].startswith("as ")

    assert needs_proof == ("source" in told or told["tested"] == "plugin")


@pytest.mark.parametrize("told", script().tomllib.loads(script().TOLD.read_text()).items())
def test_what_is_called_tested_by_a_stored_post_is_stored(told: tuple[str, dict[str, str]]) -> None:
    name, said = told
    slugs = [payload["slug"] for payload in json.loads(PAYLOADS.read_text())]

    assert (said["tested"] == "payload") == any(slug.startswith(name) for slug in slugs)


def test_no_recipe_has_a_number_alone_as_key() -> None:
    assert re.findall(r"Idempotency-Key[^`]*`[^`]*`?[^`]*`\{entry_id\}`", PAGE) == []
    assert "-{entry_id}`" in PAGE


@pytest.mark.django_db
def test_the_command_makes_the_site() -> None:
    with_key, with_webhook, source, revoked = re.findall(
        r"^python manage\.py (.*)$", PAGE, re.MULTILINE
    )

    for line in (with_webhook, source, revoked):
        call_command(*shlex.split(line))

    assert Site.objects.get().name == "Solar Quotes"
    assert Source.objects.count() == 2
    assert SourceAddress.objects.filter(ends_at=None).count() == 1
    Site.objects.all().delete()
    call_command(*shlex.split(with_key))
    assert Site.objects.get().keys.count() == 1


def rhythm(rate: Rate, end: datetime) -> TrafficBaseline:
    quarter = timedelta(minutes=15)
    moments = arrivals(rate, end - WEEKS, end)
    active = sorted({m - (m - MONDAY) % quarter for m in moments})
    return learn(active, end - WEEKS, 4)


@pytest.mark.parametrize(
    ("rate", "least", "most"),
    [
        (round_the_clock(200), timedelta(hours=1), timedelta(hours=3)),
        (office(12), timedelta(hours=5), timedelta(hours=16 + 9)),
        (office(2), timedelta(days=3), timedelta(days=11)),
    ],
)
def test_silence_is_told_about_as_soon_as_the_page_says(
    rate: Callable[..., Any], least: timedelta, most: timedelta
) -> None:
    monday_morning = MONDAY + WEEKS + timedelta(hours=9)

    told = rhythm(rate, monday_morning).too_quiet_at(monday_morning)

    assert least <= told - monday_morning <= most
