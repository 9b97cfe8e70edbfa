"""The alert rules and the dashboard that are shipped ask for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from leadops.health import LATE_SECONDS
from leadops.observe.metrics import Figures
from tests.factories import make_destination

FILE = Path(__file__).parents[2] / "deploy" / "prometheus-alerts.yml"
DASHBOARD = FILE.parent / "grafana" / "dashboard.json"
RULES = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]


def ids(rule: dict[str, object]) -> str:
    return str(rule["alert"])


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_says_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]
    assert rule["labels"]["severity"] in {"page", "warn"}


@pytest.fixture
def there(db: None) -> set[str]:
    """The metrics that are shown."""
    make_destination()
    registry = CollectorRegistry()
    registry.register(Figures())
    return set(re.findall(r"^# TYPE (\w+)", generate_latest(registry).decode(), re.MULTILINE))


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_asks_for_metrics_that_there_are(there: set[str], rule: dict[str, str]) -> None:
    asked = set(re.findall(r"leadops_\w+", str(rule["expr"])))

    assert asked
    assert asked <= there


def test_the_dashboard_shows_every_metric_and_no_other(there: set[str]) -> None:
    shown = json.loads(DASHBOARD.read_text())
    asked = {
        name
        for panel in shown["panels"]
        for target in panel["targets"]
        for name in re.findall(r"leadops_\w+", target["expr"])
    }

    assert asked == there
    assert {panel["datasource"]["uid"] for panel in shown["panels"]} == {"${source}"}


def test_the_limit_is_that_of_the_probe() -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == "LeadOpsDeliveryStands"]

    assert rule["expr"].endswith(f"> {LATE_SECONDS}")
