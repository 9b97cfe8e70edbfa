"""The alert rules in Prometheus' own hands: each fires for what it is about, and not before."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

FILE = Path(__file__).parents[2] / "deploy" / "prometheus-alerts.yml"
CASES = {
    "LeadOpsDoesNotAnswer": {"up": "1x60"},
    "LeadOpsDeliveryStands": {"leadops_oldest_due_seconds": "200+60x60"},
    "LeadOpsNoWorker": {"leadops_workers": "0x60", "leadops_oldest_due_seconds": "0x60"},
    "LeadOpsDestinationPaused": {
        'leadops_destination_paused{destination="1"}': "1x60",
        "leadops_oldest_due_seconds": "0x60",
    },
    "LeadOpsLeadsFailing": {
        'leadops_leads{status="failed"}': "0+5x60",
        "leadops_oldest_due_seconds": "0x60",
    },
    "LeadOpsBudgetBurns": {
        'leadops_site_leads{site="1"}': "0+10x60",
        'leadops_site_prompt_leads{site="1"}': "0+8x60",
        "leadops_objective_ratio": "0.99x60",
        "leadops_oldest_due_seconds": "0x60",
    },
}
"""What is seen of each minute of an hour in which the rule must fire. `200+60x60`: from 200 on, 60
more every minute."""
CALM = {
    'leadops_leads{status="failed"}': "7x60",
    'leadops_destination_paused{destination="1"}': "0x60",
    'leadops_site_leads{site="1"}': "0+10x60",
    'leadops_site_prompt_leads{site="1"}': "0+10x60",
    "leadops_objective_ratio": "0.99x60",
    "leadops_oldest_due_seconds": "20x60",
    "leadops_workers": "4x60",
    "leadops_worker_beat_seconds": "5x60",
}


@pytest.fixture(scope="module")
def promtool() -> str:
    """Debian's package prometheus."""
    found = shutil.which("promtool")
    assert found, "apt-get install prometheus"
    return found


def firing(promtool: str, folder: Path, series: dict[str, str], alerts: set[str]) -> str:
    """What promtool says when these alerts, and no others, shall fire after an hour."""
    rules = yaml.safe_load(FILE.read_text())["groups"][0]["rules"]
    case = {
        "rule_files": [str(FILE)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": n, "values": v} for n, v in series.items()],
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{rule["alert"]}",alertstate="firing"}})',
                        "eval_time": "60m",
                        "exp_samples": [{"value": 1}] if rule["alert"] in alerts else [],
                    }
                    for rule in rules
                ],
            }
        ],
    }
    file = folder / "case.yml"
    file.write_text(yaml.safe_dump(case))
    ran = subprocess.run(
        [promtool, "test", "rules", file], capture_output=True, text=True, check=False
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


@pytest.mark.parametrize("alert", CASES)
def test_a_rule_fires(promtool: str, tmp_path: Path, alert: str) -> None:
    assert firing(promtool, tmp_path, CASES[alert], {alert}) == ""


def test_none_fires_while_all_is_well(promtool: str, tmp_path: Path) -> None:
    assert firing(promtool, tmp_path, CALM, set()) == ""


def test_every_rule_has_a_case() -> None:
    rules = yaml.safe_load(FILE.read_text())["groups"][0]["rules"]

    assert {rule["alert"] for rule in rules} == set(CASES)
