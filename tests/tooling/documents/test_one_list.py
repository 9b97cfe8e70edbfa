"""What several documents need is said once: the scopes at Zoho, and how many connections there are.

Each had two of each, of which one was out of date.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadops.operations.command_line import WEB
from leadops.operations.doctor import database as doctor
from zoho.api import rests
from zoho.api.oauth import SCOPES, missing
from zoho.sandbox.oauth import SCOPE

ROOT = Path(__file__).parents[3]
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (*ROOT.glob("*.md"), *ROOT.glob("d*/**/*.md"), ROOT / ".env.example")
}
LISTED = "docs/connect.md"
COUNTED = "docs/growing.md"
NAMED = re.compile(r"\bZoho(?:CRM|Search)\.[\w.]+")


def test_one_document_lists_the_scopes_and_lists_those_that_are_asked_for() -> None:
    listed = re.findall(rf"`({NAMED.pattern})`", DOCUMENTS[LISTED])

    assert sorted(listed) == sorted(SCOPES)
    named = {name: set(NAMED.findall(text)) for name, text in DOCUMENTS.items()}
    assert [name for name, scopes in named.items() if len(scopes) > 2] == [LISTED]


@pytest.mark.parametrize("path", ["zoho/setup/check.py", "zoho/api/rests.py"])
def test_the_code_names_no_scope_that_is_not_asked_for(path: str) -> None:
    assert missing(" ".join(SCOPES), NAMED.findall((ROOT / path).read_text())) == []


def test_what_a_rest_needs_and_what_the_sandbox_grants_is_on_the_list() -> None:
    assert missing(" ".join(SCOPES), rests.SCOPES.values()) == []
    assert missing(SCOPE) == []


def test_one_document_has_the_formula_of_connections() -> None:
    assert [name for name, text in DOCUMENTS.items() if "WORKERS +" in text] == [COUNTED]


@pytest.mark.parametrize(("machines", "workers"), [(1, 4), (3, 4), (2, 16)])
def test_doctor_counts_by_the_formula(machines: int, workers: int) -> None:
    found = re.search(r"^    (web machines × .*WORKERS.*)$", DOCUMENTS[COUNTED], re.M)
    assert found
    processes, threads = (WEB[WEB.index(name) + 1] for name in ("--workers", "--threads"))
    words = {
        "worker machines": machines,
        "web machines": 1,
        "processes": processes,
        "threads": threads,
        "WORKERS": workers,
        "×": "*",
    }
    formula = re.sub("|".join(words), lambda match: str(words[match[0]]), found[1])

    assert doctor.connections_needed(machines, workers) == eval(formula)


def test_the_units_figures_are_those_of_the_formula() -> None:
    unit = (ROOT / "deploy" / "leadops-web.service").read_text()
    processes, threads = (
        int(found[1])
        for found in (re.search(rf"--{name} (\d+)", unit) for name in ("workers", "threads"))
        if found
    )

    assert processes * threads == doctor.WEB_CONNECTIONS
    assert f"that is {processes * threads} for a web machine and 14 for a" in DOCUMENTS[COUNTED]
    assert doctor.connections_needed(2, 4) - doctor.connections_needed(1, 4) == 14


def test_readme_stays_one_page() -> None:
    assert len(DOCUMENTS["README.md"].splitlines()) <= 150
