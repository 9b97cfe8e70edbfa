"""The WordPress plugin's archive and code, as far as they can be judged without a WordPress."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import tree_sitter
import tree_sitter_php

WORDPRESS = Path(__file__).parents[2] / "deploy" / "wordpress"
PLUGIN = WORDPRESS / "leadops"
CODE = sorted(PLUGIN.rglob("*.php"))
NAMES = [str(path.relative_to(PLUGIN)) for path in CODE]


def script(name: str) -> ModuleType:
    """A script of deploy/wordpress."""
    spec = importlib.util.spec_from_file_location(f"wordpress_{name}", WORDPRESS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wordpress` makes, by a Python that has no packages."""
    target = tmp_path_factory.mktemp("zip") / "leadops.zip"
    command = [sys.executable, "-I", "-S", str(WORDPRESS / "build.py"), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    return target


def test_the_archive_holds_the_plugin_in_its_folder(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}

    files = {f"leadops/{path.relative_to(PLUGIN)}": path for path in PLUGIN.rglob("*.*")}
    assert held == {name: path.read_bytes() for name, path in files.items() if path.is_file()}
    assert {"leadops/leadops.php", "leadops/uninstall.php", "leadops/readme.txt"} <= held.keys()


def test_the_same_files_make_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    again = script("build").build(tmp_path / "again.zip")

    assert again.read_bytes() == archive.read_bytes()


def test_it_says_one_version_everywhere() -> None:
    main, readme = (PLUGIN / "leadops.php").read_text(), (PLUGIN / "readme.txt").read_text()

    said = [
        re.findall(r"\* Version: +(\S+)", main),
        re.findall(r"LEADOPS_VERSION', '(\S+)'", main),
        re.findall(r"Stable tag: (\S+)", readme),
        re.findall(r"^= (\S+) =$", readme, re.MULTILINE)[:1],
    ]

    assert [len(found) for found in said] == [1, 1, 1, 1]
    assert len({found[0] for found in said}) == 1


@pytest.mark.parametrize("path", CODE, ids=NAMES)
def test_its_code_is_php(path: Path) -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_php.language_php()))

    assert not parser.parse(path.read_bytes()).root_node.has_error
    if shutil.which("php"):
        subprocess.run(["php", "-l", path], check=True, capture_output=True)


@pytest.mark.parametrize("path", CODE, ids=NAMES)
def test_no_file_does_anything_when_it_is_asked_for_by_itself(path: Path) -> None:
    assert re.search(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;", path.read_text())


NEWER = r"\?->|\bmatch \(|\bstr_(?:contains|starts_with|ends_with)\(|\breadonly\b|\benum [A-Z]"


@pytest.mark.parametrize("path", CODE, ids=NAMES)
def test_it_needs_no_newer_php_than_it_says(path: Path) -> None:
    assert not re.search(NEWER, path.read_text())


def test_whatever_it_keeps_goes_with_it() -> None:
    code = "".join(path.read_text() for path in CODE if path.name != "uninstall.php")
    kept = set(re.findall(r"_option\( '(leadops_\w+)'", code))

    removed = re.search(r"foreach \( array\( (.*?) \)", (PLUGIN / "uninstall.php").read_text())

    assert removed
    assert kept == {f"leadops_{name}" for name in re.findall(r"'(\w+)'", removed[1])}


def test_its_table_of_names_is_that_of_leadops() -> None:
    table = (PLUGIN / "includes" / "names.php").read_text()

    assert script("names").as_php() == table, "run: python deploy/wordpress/names.py"
