"""Fills the code of docs/sites.md in from its templates: `python docs/generators/sites.py`."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOLD = Path(__file__).with_name("tools.toml")
TARGET = ROOT / "docs" / "sites.md"
LANGUAGES = {"curl": "sh", "javascript": "js", "form": "html"}
TABLE = re.compile(r"<!-- of tools -->\n(?:\n(?:\|.*\n)+)?")
BLOCK = re.compile(r"<!-- (\w+) -->\n(?:\n```\w+\n.*?\n```\n)?", re.DOTALL)


def as_markdown(page: str) -> str:
    """The page with every block as the templates have it today."""
    from django.test import override_settings

    from leads.models.sites.site import TRAP
    from leads.shown import snippets

    with override_settings(PUBLIC_URL="https://leads.example.com"):
        ready = [*snippets.for_key("KEY", "Solar Quotes"), *snippets.for_form("TOKEN", TRAP)]
    codes = {snippet.name: snippet.code for snippet in ready}

    def block(marker: re.Match[str]) -> str:
        name = marker[1]
        return f"<!-- {name} -->\n\n```{LANGUAGES.get(name, name)}\n{codes[name]}\n```\n"

    return TABLE.sub(f"<!-- of tools -->\n\n{tools()}", BLOCK.sub(block, page))


TESTED = {
    "plugin": "in a real WordPress",
    "payload": "by a stored post",
    "shape": "by its shape",
    "untried": "untried",
}


def tools() -> str:
    """The form tools: where the address goes, what comes, what each does, how it was tested."""
    from leads.intake.tools import TOOLS

    told = tomllib.loads(TOLD.read_text())
    rows = [
        row(TOOLS[name].title, TOOLS[name].where, said)
        if name in TOOLS
        else row(said["title"], said["where"], said)
        for name, said in told.items()
    ]
    head = ("tool", "where the address goes", "what comes", "on each answer", "tested")
    return "\n".join([line(*head), line(*("---" for _ in head)), *rows]) + "\n"


def row(title: str, where: str, said: dict[str, str]) -> str:
    """One tool. What it does on answers links to where that was read."""
    answers = said["answers"]
    if "source" in said:
        answers = f"{answers} ([read here]({said['source']}))"
    return line(title, where, said["comes"], answers, TESTED[said["tested"]])


def line(*cells: str) -> str:
    """One row of a table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    os.environ.setdefault("SECRET_KEY", "docs-only-" + "k" * 50)
    import django

    django.setup()
    TARGET.write_text(as_markdown(TARGET.read_text()))
