"""What mkdocs is told about our pages: those outside of docs/, and links that hold there and here.

A page links to another as it lies in the repository, so that GitHub follows it. The site has all of
them in one folder: what is below docs/ lies on top, and the rest where it lies in the repository.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
OUTSIDE = (
    *("SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md", "deploy/**/*.md"),
    "static/leadops/favicon.svg",
)
START = "docs/doors/README.md"
"""GitHub shows it as the folder's page, the site as its first one."""

LINK = re.compile(
    r"(?P<code>^```.*?^```|`[^`\n]+`)|(?P<before>\]\()(?P<target>[^)\s#:]+)(?=[)#])",
    re.MULTILINE | re.DOTALL,
)
LOADED = re.compile(r"<(?:link|script|img|iframe)\b[^>]*?\b(?:href|src)=\"?(?:https?:)?//[^\s\">]+")

log = get_plugin_logger("pages")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take in the pages outside of docs/, and put the four doors in front."""
    if start := files.get_file_from_path(place(START, moved=False)):
        files.remove(start)
    files.append(taken_in(START, config))
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            files.append(taken_in(path.relative_to(ROOT).as_posix(), config))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn each link of the repository into one of the site."""
    here = page.file.src_uri
    folder = PurePosixPath(origin(here)).parent

    def turned(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        path = os.path.normpath(folder / match["target"])
        if not (ROOT / path).is_file():
            return match[0]  # mkdocs says that it is missing
        there = place(path)
        if files.get_file_from_path(there) is None:
            files.append(taken_in(path, config))
        return match["before"] + os.path.relpath(there, PurePosixPath(here).parent)

    return LINK.sub(turned, markdown)


def on_post_page(output: str, page: Page, **_kwargs: object) -> str:
    """Whoever reads tells nobody else: a page loads nothing from elsewhere."""
    for loaded in LOADED.findall(output):
        log.warning("%s loads from elsewhere: %s", page.file.src_uri, loaded)
    return output


def place(path: str, moved: bool = True) -> str:
    """Where a file of the repository lies on the site; a name without a dot in front is served."""
    if moved and path == START:
        return "index.md"
    inside = PurePosixPath(path.removeprefix("docs/"))
    return str(inside.with_name(inside.name.removeprefix(".")))


def origin(place_on_site: str) -> str:
    """Where a page of the site lies in the repository."""
    if place_on_site == "index.md":
        return START
    inside = f"docs/{place_on_site}"
    return inside if (ROOT / inside).is_file() else place_on_site


def taken_in(path: str, config: MkDocsConfig) -> File:
    """A file of the repository, as one of the site."""
    return File.generated(config, place(path), abs_src_path=str(ROOT / path))
