"""docs/api/README.md: its examples work, and its collection is of today's schema."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from leads.models import Site
from leads.reasons import Reason
from tests.factories import make_failed_lead
from tests.leadops.api.conftest import BASE, Program

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "api" / "README.md").read_text()
CURLS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("curl ")
]
PYTHONS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def lead(site: Site) -> Any:
    Site.objects.filter(pk=site.pk).update(name="Shop")
    return make_failed_lead(pk=4711, site=site, reason=Reason.TOO_LONG)


@pytest.mark.parametrize("line", CURLS)
def test_every_curl_works(chief: Program, lead: Any, line: str) -> None:
    words = shlex.split(line.replace("$LEADOPS_URL", "").replace("$LEADOPS_TOKEN", chief.secret))
    body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
    path = words[-1].removeprefix(BASE).replace("sites/1/", f"sites/{lead.site_id}/")
    path = path.replace("destinations/1/", f"destinations/{lead.destination_id}/")

    answer = chief.get(path) if body is None else chief.post(path, **body)

    assert answer.status_code in (200, 201)


@pytest.mark.parametrize("code", PYTHONS)
def test_every_example_in_python_works(chief: Program, lead: Any, code: str) -> None:
    def call(method: str, path: str, **body: Any) -> Any:
        path = path.replace("sites/1/", f"sites/{lead.site_id}/")
        answer = chief.get(path) if method == "GET" else chief.post(path, method=method, **body)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    exec(compile(code, "docs/api/README.md", "exec"), {"call": call})


def test_the_collection_is_of_todays_schema(db: None) -> None:
    path = DOCS / "generators" / "collection.py"
    spec = importlib.util.spec_from_file_location("collection", path)
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    kept = script.FILE.read_text(encoding="utf-8")
    assert kept == script.as_text(script.published()), "run: python docs/generators/collection.py"
