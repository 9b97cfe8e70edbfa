"""The alert rules that are shipped ask for metrics that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from leadops.health import LATE_SECONDS, Figures
from tests.factories import make_destination

FILE = Path(__file__).parents[2] / "deploy" / "prometheus-alerts.yml"
RULES = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]


def ids(rule: dict[str, object]) -> str:
    return str(rule["alert"])


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_says_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]
    assert rule["labels"]["severity"] in {"page", "warn"}


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_asks_for_metrics_that_there_are(db: None, rule: dict[str, str]) -> None:
    make_destination()
    registry = CollectorRegistry()
    registry.register(Figures())
    shown = generate_latest(registry).decode()
    there = set(re.findall(r"^# TYPE (\w+)", shown, re.M))

    asked = set(re.findall(r"leadops_\w+", str(rule["expr"])))

    assert asked
    assert asked <= there


def test_the_limit_is_that_of_the_probe() -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == "LeadOpsDeliveryStands"]

    assert rule["expr"].endswith(f"> {LATE_SECONDS}")
