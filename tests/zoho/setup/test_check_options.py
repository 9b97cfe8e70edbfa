"""What the set-up check says of owners, tags, layouts that rules choose, and modules unseen."""

from __future__ import annotations

from typing import Any

import pytest

from leads.models import Destination, Site
from tests.factories import make_site
from tests.zoho.proof.test_read_back import WEB, define
from tests.zoho.sandbox.running import RunningSandbox
from tests.zoho.setup.test_check import connected, found
from zoho.mapping.record import Plan, to_record
from zoho.mapping.rules import DEFAULT_RULES
from zoho.models import Mapping
from zoho.setup.check_lines import CheckLine, Level
from zoho.setup.check_options import MOST_PAGES, option_lines

__all__ = ["connected"]
NAMED = {"source": "layout", "target": "Layout"}


def lines(options: dict[str, Any], users: int = 0) -> tuple[list[CheckLine], list[str]]:
    """The lines about a site with these options where Zoho has so many users; the pages asked."""
    pages: list[str] = []

    def ask(_path: str, _key: str, page: str = "1", **_params: str) -> list[dict[str, Any]]:
        pages.append(page)
        first = (int(page) - 1) * 200
        return [{"id": str(n), "full_name": f"U{n}"} for n in range(first, min(first + 200, users))]

    return list(option_lines(ask, [Site(pk=1, name="Shop", options=options)])), pages


@pytest.mark.parametrize(
    ("users", "owner", "level", "asked"),
    [
        (3, "2", Level.OK, 1),
        (200, "199", Level.OK, 1),
        (201, "200", Level.OK, 2),
        (450, "449", Level.OK, 3),
        (450, "5", Level.OK, 1),
        (0, "7", Level.FAIL, 1),
        (200, "777", Level.FAIL, 2),
        (450, "777", Level.FAIL, 3),
        (200 * MOST_PAGES + 1, "999999", Level.WARN, MOST_PAGES),
    ],
)
def test_an_owner_is_looked_for_on_every_page(
    users: int, owner: str, level: Level, asked: int
) -> None:
    [line], pages = lines({"Owner": {"id": owner}}, users)

    assert (line.level, pages) == (level, [str(page) for page in range(1, asked + 1)])


def test_a_page_that_comes_again_ends_the_search() -> None:
    users = [{"id": str(n)} for n in range(200)]

    site = Site(pk=1, name="Shop", options={"Owner": {"id": "777"}})
    [line] = option_lines(lambda *_path, **_params: users, [site])

    assert line.level == Level.FAIL


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize(
    ("tags", "long"),
    [
        (["Web"], []),
        (["t" * 25], []),
        (["t" * 26], ["t" * 26]),
        (["Web", "Spring campaign of the northern stores"], [...]),
        (["😀" * 20], []),
        (["t" * 30, "u" * 30], [..., ...]),
    ],
)
def test_a_long_tag_of_the_options_is_cut_and_told(
    settings: Any, twice: bool, tags: list[str], long: list[Any]
) -> None:
    settings.ZOHO_EMOJI_COUNTS_TWICE = twice
    options = {"Tag": [{"name": name} for name in tags]}
    told, _pages = lines(options)
    expected = len(long) or (twice and tags[0][0] == "😀")

    assert [line.level for line in told] == ([Level.WARN] if expected else [])
    sent = to_record({"last_name": "Lovelace"}, Plan(extras=options)).record["Tag"]
    assert (sent == options["Tag"]) is not bool(expected)
    assert all(len(tag["name"]) <= 25 for tag in sent)
    assert all(name.startswith(tag["name"]) for name, tag in zip(tags, sent, strict=True))


@pytest.mark.parametrize("tag", ["Web", [], [{"id": "5"}], None, {"name": "Web"}])
def test_a_tag_of_the_options_that_is_none_breaks_no_record(tag: Any) -> None:
    record = to_record({"last_name": "Lovelace"}, Plan(extras={"Tag": tag})).record

    assert record["Tag"] == tag


@pytest.mark.parametrize("mode", ["scope_mismatch", "no_permission", "503"])
def test_where_the_list_of_modules_is_refused_each_is_looked_at(
    connected: Destination, sandbox: RunningSandbox, mode: str
) -> None:
    make_site(name="Shop", options={"Layout": {"id": "1"}})
    sandbox.fault(mode, only="modules")

    lines = found(connected)

    assert lines["Modules"].level == Level.FAIL
    assert lines["Module Leads"].level == Level.OK
    assert lines["Layout of Shop"].level == Level.FAIL


@pytest.mark.parametrize(
    ("rules", "fields", "warned"),
    [
        ([], ["Last_Name", "Description"], False),
        ([NAMED], ["Last_Name", "Description"], True),
        ([NAMED], ["Last_Name", "Description", "Lead_Ref"], False),
    ],
)
def test_a_layout_that_a_rule_chooses_must_keep_the_reference(
    connected: Destination,
    sandbox: RunningSandbox,
    rules: list[Any],
    fields: list[str],
    warned: bool,
) -> None:
    define(sandbox, layouts=[{"id": WEB, "name": "Web", "fields": fields}])
    site = make_site(name="Shop")
    Mapping.objects.create(site=site, rules=[*DEFAULT_RULES, *rules])

    line = found(connected).get("Reference field in the layouts of Shop")

    assert (line is not None) is warned
    if line:
        assert line.level == Level.WARN
        assert "“Web” lacks Lead_Ref" in line.text
