"""docs/connect.md: its commands work, its tables are complete."""

from __future__ import annotations

import re

import pytest
from django.core.management import CommandError, call_command

from tests.zoho.sandbox.running import ROOT
from zoho.api.oauth import SCOPES

PAGE = (ROOT / "docs" / "connect.md").read_text()
COMMANDS = re.findall(r"^python manage\.py (.*)$", PAGE, re.MULTILINE)


def test_every_scope_is_told() -> None:
    assert set(re.findall(r"`(Zoho\w+\.[\w.]+)`", PAGE)) == set(SCOPES)


@pytest.mark.django_db
@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_understood(line: str) -> None:
    said = ""
    try:
        call_command(*line.split())
    except CommandError as error:
        said = str(error)

    assert not said or "to mend" in said  # the check of an installation without credentials


def test_every_line_of_the_check_is_told() -> None:
    told = PAGE.partition("| line |")[2].partition("\n\n")[0]
    source = "".join(
        (ROOT / "zoho" / "setup" / name).read_text() for name in ("check.py", "check_lines.py")
    )
    names = set(re.findall(r'CheckLine\((?:_\(|f)?"([A-Z][a-z ]+?)(?: of | \{|")', source))

    assert names
    assert [name for name in names if name not in told] == []
