"""Every file that the documentation links to, and every picture on it, is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|\bsrc=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links(page: Path) -> list[str]:
    """The targets that lie in the repository."""
    found = ("".join(pair) for pair in LINK.findall(FENCED.sub("", page.read_text())))
    return [target for target in found if not re.match(r"\w+:", target)]


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    names = (name.lower() for name in HEADING.findall(FENCED.sub("", page.read_text())))
    return {re.sub(r"[^\w\- ]", "", name).replace(" ", "-") for name in names}


def kept() -> set[Path]:
    """The files that git keeps: what lies about on one machine alone is no target."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split("\0")[:-1]
    return {ROOT / name for name in names} or set(ROOT.rglob("*"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_exists(page: Path) -> None:
    files, missing = kept(), []
    for target in links(page):
        path, _hash, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        astray = (
            anchor and there.is_file() and there.suffix == ".md" and anchor not in anchors(there)
        )
        if astray or (there not in files and not there.is_dir()):
            missing.append(target)

    assert not missing


def test_every_picture_is_small_and_all_are_below_six_megabytes() -> None:
    sizes = {one.name: one.stat().st_size for one in (ROOT / "docs/screenshots").glob("*.png")}

    assert sizes
    assert max(sizes.values()) < 200_000
    assert sum(sizes.values()) < 6_000_000
