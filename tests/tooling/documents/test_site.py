"""The documentation's site: what docs/generators/pages.py makes of links. Lint builds it whole."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[3]


@pytest.fixture
def pages() -> ModuleType:
    """docs/generators/pages.py."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs/generators/pages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def config() -> MkDocsConfig:
    """mkdocs.yml, as hooks get it during a build."""
    config = load_config(str(ROOT / "mkdocs.yml"))
    config.plugins._current_plugin = "pages"
    return config


@pytest.mark.parametrize(
    ("path", "written", "turned"),
    [
        ("docs/deploy.md", "[a](growing.md#connections)", "[a](growing.md#connections)"),
        ("docs/deploy.md", "[a](../deploy/containers.md)", "[a](deploy/containers.md)"),
        ("docs/deploy.md", "[a](#4-systemd)", "[a](#4-systemd)"),
        ("docs/deploy.md", "[a](https://example.com/a.md)", "[a](https://example.com/a.md)"),
        ("docs/deploy.md", "[a](mailto:a@example.com)", "[a](mailto:a@example.com)"),
        ("docs/deploy.md", "[a](nowhere.md)", "[a](nowhere.md)"),
        ("docs/deploy.md", "`[a](../SECURITY.md)`", "`[a](../SECURITY.md)`"),
        ("docs/deploy.md", "```md\n[a](../SECURITY.md)\n```", "```md\n[a](../SECURITY.md)\n```"),
        ("docs/doors/staff.md", "[a](../../SECURITY.md)", "[a](../SECURITY.md)"),
        ("docs/doors/staff.md", "![a](../screenshots/a.png)", "![a](../screenshots/a.png)"),
        ("docs/doors/README.md", "[a](staff.md)", "[a](doors/staff.md)"),
        ("docs/doors/staff.md", "[a](README.md)", "[a](../index.md)"),
        ("deploy/containers.md", "[a](nginx.conf)", "[a](nginx.conf)"),
        ("deploy/containers.md", "[a](../.env.example)", "[a](../env.example)"),
        ("deploy/containers.md", "[a](../docs/deploy.md#watching)", "[a](../deploy.md#watching)"),
        ("CHANGELOG.md", "[a](docs/deploy.md#upgrading)", "[a](deploy.md#upgrading)"),
    ],
)
def test_a_link_that_holds_in_the_repository_holds_on_the_site(
    pages: ModuleType, config: MkDocsConfig, path: str, written: str, turned: str
) -> None:
    page = Page(None, pages.taken_in(path, config), config)

    assert pages.on_page_markdown(written, page, config, Files([])) == turned


def test_what_a_page_links_to_outside_of_docs_is_on_the_site(
    pages: ModuleType, config: MkDocsConfig
) -> None:
    files = Files([])
    page = Page(None, pages.taken_in("deploy/containers.md", config), config)

    pages.on_page_markdown("[a](../.env.example) [b](nginx.conf)", page, config, files)

    assert [file.dest_uri for file in files] == ["env.example", "deploy/nginx.conf"]


@pytest.mark.parametrize(
    ("html", "warned"),
    [
        ('<script src="https://cdn.example.com/a.js"></script>', True),
        ("<link rel=stylesheet href=//fonts.example.com/a.css>", True),
        ('<img alt="" src="http://example.com/a.png">', True),
        ('<a href="https://example.com/">elsewhere</a> <script src="assets/a.js"></script>', False),
    ],
)
def test_a_page_that_loads_from_elsewhere_is_warned_of(
    pages: ModuleType,
    config: MkDocsConfig,
    caplog: pytest.LogCaptureFixture,
    html: str,
    warned: bool,
) -> None:
    page = Page(None, pages.taken_in("SECURITY.md", config), config)

    pages.on_post_page(html, page)

    assert ("loads from elsewhere" in caplog.text) is warned
