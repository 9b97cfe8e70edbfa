"""The click that Google Ads gave a visitor on the way to a form, as the form's post carries it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from leads.counters.attribution import MOST_FIELDS, PAGES, leaves

NAME = "gclid"
CLICK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{9,254}")
"""Letters and digits without a blank: whatever else stands there is not one of Google's."""


def click_id_of(page: str, data: Mapping[str, Any]) -> str:
    """The click id in these fields, or in the address of the page; empty where there is none."""
    fields = dict(islice(leaves(data), MOST_FIELDS))
    named = [value for name, value in fields.items() if _last(name) == NAME]
    addresses = [page, *(fields.get(name, "") for name in PAGES)]
    for value in [*named, *map(_in_address, addresses)]:
        if CLICK_ID.fullmatch(value.strip()):
            return value.strip()
    return ""


def _last(name: str) -> str:
    """The name without what a form tool puts around it: `hidden[gclid]`, `fields.gclid`."""
    return re.split(r"[.\[\s]", name.rstrip("]"))[-1]


def _in_address(address: str) -> str:
    if NAME not in address:
        return ""
    try:
        asked = parse_qsl(urlsplit(address).query, max_num_fields=MOST_FIELDS)
    except ValueError:
        return ""
    return dict(asked).get(NAME, "")
