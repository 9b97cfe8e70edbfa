"""The house keeps its shape: no flat folder grows, no function, and no module stands outside."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("leadops", "leads", "zoho", "notifications")
MOST_FILES = 15
MOST_LINES = 50
FULL = ("migrations", "screenshots", "examples")
"""Folders of which each file is one more of the same, found by its number or name."""


def tracked() -> list[Path]:
    """Every file that git knows or would take, as paths below the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [Path(line) for line in said.splitlines() if (ROOT / line).exists()]


def modules() -> Iterator[tuple[str, Path]]:
    """Each module of ours by its dotted name, migrations left out."""
    for path in tracked():
        if path.suffix == ".py" and path.parts[0] in PACKAGES and "migrations" not in path.parts:
            parts = path.with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def test_no_folder_needs_a_table_of_contents() -> None:
    counts = Counter(
        path.parent
        for path in tracked()
        if path.name != "__init__.py" and path.parent != Path() and path.parent.name not in FULL
    )

    assert {str(folder): n for folder, n in counts.items() if n > MOST_FILES} == {}


def test_no_function_is_longer_than_a_page() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for _name, path in modules()
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES
    ]

    assert long == []


def layered() -> set[str]:
    """The modules that layers contracts name, and so all that is below them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = set()
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract["type"] != "layers":
            continue
        for layer in contract["layers"]:
            for part in re.split(r"\s*[:|]\s*", layer):
                for container in contract.get("containers") or [""]:
                    named.add(".".join(filter(None, (container, part.strip("()")))))
    return named


def test_every_module_stands_in_a_contract() -> None:
    """Apart from that each app is a layer as a whole: its modules have an order of their own."""
    named = layered() - set(PACKAGES)
    outside = [
        name
        for name, _path in modules()
        if name not in PACKAGES
        and not any(name == one or name.startswith(f"{one}.") for one in named)
        # A package that holds layers, and imports nothing itself.
        and not any(one.startswith(f"{name}.") for one in named)
    ]

    assert outside == []


WIRING = {"leadops/admin.py", "leadops/apps.py", "leadops/urls.py"}


def test_only_the_desks_and_the_wiring_know_the_admin() -> None:
    """import-linter knows Django by its first name alone, and cannot tell the admin from it."""
    knowing = {
        str(path)
        for _name, path in modules()
        if not {"desk", "accounts"} & set(path.parts) and imports_the_admin(ROOT / path)
    }

    assert knowing == WIRING


def imports_the_admin(path: Path) -> bool:
    """Whether the module imports django.contrib.admin or a part of it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return any(f"{name}.".startswith("django.contrib.admin.") for name in names)
