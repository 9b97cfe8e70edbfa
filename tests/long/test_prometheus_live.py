"""A real Prometheus beside a real LeadOps: the dashboard's panels have figures, an alert fires."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.databases import new_database
from tests.environment import inherited, neutral
from tests.journeys.kit.system import BOOT, ROOT, System, eventually
from tests.postgres import end_with_parent, free_port

TOKEN = "metrics-token-of-the-test"
PATIENCE = 180
"""Seconds in which a fault becomes an alert: a worker that is gone is missed after a minute."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running LeadOps with a sandbox, whose figures may be read."""
    folder = tmp_path_factory.mktemp("system")
    with new_database(folder, as_migrated=True) as url:
        environment = inherited() | neutral(url, mail_folder=folder / "mail")
        system = System(environment | {"METRICS_TOKEN": TOKEN}, folder)
        try:
            system.start()
            yield system
        finally:
            system.stop()


class Prometheus:
    """A server that reads one LeadOps every second, by the repository's rules in a hurry."""

    def __init__(self, system: System, folder: Path) -> None:
        program = shutil.which("prometheus")
        assert program, "apt-get install prometheus"
        self.url = f"http://127.0.0.1:{free_port()}"
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(configuration(system, rules_in_a_hurry(folder))))
        with (folder / "prometheus.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    program,
                    f"--config.file={file}",
                    f"--storage.tsdb.path={folder / 'tsdb'}",
                    f"--web.listen-address={self.url.removeprefix('http://')}",
                ],
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )
        eventually(self.is_ready, BOOT)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return requests.get(f"{self.url}/-/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def ask(self, path: str, **query: str) -> Any:
        """The data of an answer of its API, which must be a success."""
        answer = requests.get(f"{self.url}/api/v1/{path}", params=query, timeout=20).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def series(self, expression: str) -> list[dict[str, Any]]:
        """What an expression comes to now."""
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found

    def health(self) -> set[str]:
        """The states of its targets."""
        return {target["health"] for target in self.ask("targets")["activeTargets"]}

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        alerts = self.ask("alerts")["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)


def rules_in_a_hurry(folder: Path) -> Path:
    """A copy of the repository's rules that fire after a second instead of minutes."""
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus-alerts.yml").read_text())
    for rule in rules["groups"][0]["rules"]:
        if "for" in rule:
            rule["for"] = "1s"
    file = folder / "rules.yml"
    file.write_text(yaml.safe_dump(rules))
    return file


def configuration(system: System, rules: Path) -> dict[str, Any]:
    """The guide's way of reading LeadOps, every second, with the addresses of here."""
    guide = (ROOT / "docs" / "deploy.md").read_text()
    shown = re.search(r"```yaml\n(scrape_configs:.*?)```", guide, re.DOTALL)
    assert shown
    [job] = (configured := yaml.safe_load(shown[1]))["scrape_configs"]
    job["scheme"] = "http"
    job["authorization"]["credentials"] = TOKEN
    job["static_configs"] = [{"targets": [system.url.removeprefix("http://")]}]
    hurry = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    return {"global": hurry, "rule_files": [str(rules)], **configured}


def panels() -> list[str]:
    """Every expression of the Grafana dashboard."""
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]


@pytest.fixture(scope="module")
def prometheus(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus, which has seen LeadOps up, and a lead arrive and go through."""
    prometheus = Prometheus(system, tmp_path_factory.mktemp("prometheus"))
    try:
        eventually(lambda: prometheus.health() == {"up"}, BOOT)
        lead = system.post(last_name="Lovelace", email="ada@example.com")
        assert lead.status_code == 202, lead.text
        system.becomes(lead.json()["id"], "delivered", 60)
        yield prometheus
    finally:
        prometheus.stop()


def test_every_panel_of_the_dashboard_has_figures(prometheus: Prometheus) -> None:
    expressions = panels()
    assert expressions

    for expression in expressions:
        eventually(partial(prometheus.series, expression), 60, every=1)


def test_a_worker_that_is_gone_is_an_alert_until_it_is_back(
    system: System, prometheus: Prometheus
) -> None:
    eventually(lambda: not prometheus.firing(), PATIENCE, every=1)

    system.kill("worker")

    eventually(lambda: "LeadOpsNoWorker" in prometheus.firing(), PATIENCE, every=1)

    system.start_worker()

    eventually(lambda: "LeadOpsNoWorker" not in prometheus.firing(), PATIENCE, every=1)


def test_a_destination_that_is_paused_is_an_alert(system: System, prometheus: Prometheus) -> None:
    eventually(lambda: not prometheus.firing(), PATIENCE, every=1)

    system.sql(
        "UPDATE leads_destination SET paused_at = CURRENT_TIMESTAMP, pause_reason = 'manual'"
    )

    eventually(lambda: "LeadOpsDestinationPaused" in prometheus.firing(), PATIENCE, every=1)
