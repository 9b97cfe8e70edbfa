"""docs/mapping.md says what the code does."""

from __future__ import annotations

import json
import re

from zoho.mapping.docs_tables import DOCUMENT, renew
from zoho.mapping.rules import validate

TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    assert renew(TEXT) == TEXT, "run: python manage.py mapping_tables"


def test_the_example_is_a_rule() -> None:
    example = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)

    assert example is not None
    assert validate([json.loads(example[1])], {}) == []
