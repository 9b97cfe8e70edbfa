"""docs/zoho.md says what the code does."""

from __future__ import annotations

import json
import re

import pytest
from django.core.management import get_commands, load_command_class
from django.db.models import TextChoices

from leads.models import Site
from tests.zoho.sandbox.running import ROOT
from zoho.fit.modules import faults
from zoho.models import Finding

PAGE = (ROOT / "docs" / "zoho.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"python manage\.py ([a-z_]+[^`\n|]*)", PAGE)))


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_understood(line: str) -> None:
    name, *words = line.split()
    command = load_command_class(get_commands()[name], name)

    assert command.create_parser("manage.py", name).parse_args(words)


def test_the_example_file_would_be_sent() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)

    assert example is not None
    assert [faults("Deals", record) for record in json.loads(example[1])] == [[], []]


@pytest.mark.parametrize("choices", [Site.DuplicatePolicy, Finding.Kind])
def test_every_policy_and_difference_is_told(choices: type[TextChoices]) -> None:
    assert [str(one.label) for one in choices if f"| {one.label}" not in PAGE] == []


def test_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((\w+\.md)\)", PAGE)

    assert links
    assert all((ROOT / "docs" / link).exists() for link in links)
