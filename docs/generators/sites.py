"""Fills the code of docs/sites.md in from its templates: `python docs/generators/sites.py`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "docs" / "sites.md"
LANGUAGES = {"curl": "sh", "javascript": "js", "form": "html", "wordpress": "php"}
TABLE = re.compile(r"<!-- of tools -->\n(?:\n(?:\|.*\n)+)?")
BLOCK = re.compile(r"<!-- (\w+) -->\n(?:\n```\w+\n.*?\n```\n)?", re.DOTALL)


def as_markdown(page: str) -> str:
    """The page with every block as the templates have it today."""
    from django.test import override_settings

    from leads import snippets
    from leads.models.site import TRAP

    with override_settings(PUBLIC_URL="https://leads.example.com"):
        ready = [*snippets.for_key("KEY", "Solar Quotes"), *snippets.for_form("TOKEN", TRAP)]
    codes = {snippet.name: snippet.code for snippet in ready}
    codes["wordpress"] = (ROOT / "deploy" / "wordpress" / "leadops.php").read_text().strip()

    def block(marker: re.Match[str]) -> str:
        name = marker[1]
        return f"<!-- {name} -->\n\n```{LANGUAGES.get(name, name)}\n{codes[name]}\n```\n"

    return TABLE.sub(f"<!-- of tools -->\n\n{tools()}", BLOCK.sub(block, page))


def tools() -> str:
    """The form tools that are known, and where each takes an address."""
    from leads.intake.tools import TOOLS

    rows = [f"| {tool.title} | {tool.where} |" for tool in TOOLS.values()]
    return "\n".join(["| tool | where the address goes |", "|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    os.environ.setdefault("SECRET_KEY", "docs-only-" + "k" * 50)
    import django

    django.setup()
    TARGET.write_text(as_markdown(TARGET.read_text()))
