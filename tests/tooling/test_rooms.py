"""That the contracts on imports leave nothing out, and what import-linter cannot say.

It knows an outside package by its first name alone, and so cannot tell the admin from Django.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
WIRING = {"leadops/admin.py", "leadops/apps.py", "leadops/urls.py"}


def contracts() -> list[dict[str, object]]:
    """The contracts on layers, as pyproject.toml has them."""
    linter = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]
    return [one for one in linter["contracts"] if one["type"] == "layers"]


@pytest.mark.parametrize("package", ["leadops", "leads", "leads.desk"])
def test_a_new_module_has_to_say_where_it_stands(package: str) -> None:
    """A contract that is exhaustive fails where a module of its container is in no layer."""
    exhaustive = [one for one in contracts() if one.get("exhaustive")]

    assert any(package in one["containers"] for one in exhaustive)  # type: ignore[operator]


def test_only_the_desks_and_the_wiring_know_the_admin() -> None:
    paths = [
        path.relative_to(HOUSE)
        for root in ("leadops", "leads", "zoho", "notifications")
        for path in (HOUSE / root).rglob("*.py")
    ]
    outside = {
        str(path)
        for path in paths
        if not {"desk", "accounts", "migrations"} & set(path.parts)
        and imports_the_admin(HOUSE / path)
    }

    assert outside == WIRING


def imports_the_admin(path: Path) -> bool:
    """Whether the module imports django.contrib.admin or a part of it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return any(f"{name}.".startswith("django.contrib.admin.") for name in names)
