"""Attribution: the source, campaign and page that a lead is counted under.

One short text a lead, made once as it comes in, so that whatever becomes of the lead moves the same
counters. Nothing of a person is in it: what looks like an address or a number is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

NONE = "(none)"
HIDDEN = "(hidden)"
DIMENSIONS = ("source", "campaign", "page")
"""In the order in which they stand in the text."""
CROSSED = "crossed"
"""Source and campaign together, with a blank in between: no source has one."""
VALUES = (*DIMENSIONS, CROSSED)
"""What is counted by its values."""
BETWEEN = "\n"
LONGEST = 100
TAGS = ("utm_source", "utm_medium", "utm_campaign")
PAGES = ("page_url", "landing_page", "page", "url", "source_url")
"""Fields in which form tools name the page, where no address came with the post."""
MOST_FIELDS = 200
NUMBER = re.compile(r"(?:\d[ \t().\-/+_]{0,3}){5}\d")
"""Six digits, whatever is between them: a telephone number, an order, a date of birth."""
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\s]+")


def attribution_of(source: str, source_id: int | None, page: str, data: Mapping[str, Any]) -> str:
    """The text for a lead that came in this way, from this page, with these fields."""
    fields = dict(islice(leaves(data), MOST_FIELDS))
    address = page or next((fields[name] for name in PAGES if "." in fields.get(name, "")), "")
    try:
        asked = urlsplit(address if "//" in address else f"//{address}")
        tags = asked.query if "utm_" in asked.query else ""
        found = {**dict(parse_qsl(tags, max_num_fields=MOST_FIELDS)), **fields}
    except ValueError:
        asked, found = None, fields
    way = f"{source}:{source_id}" if source_id else source
    place = _page(asked.hostname or "", asked.path) if asked else HIDDEN
    return BETWEEN.join((way, _campaign(found), place))


def parts_of(attribution: str) -> dict[str, str]:
    """The values by dimension; nothing for a lead that has no attribution yet."""
    if not attribution:
        return {}
    parts = dict(zip(DIMENSIONS, attribution.split(BETWEEN), strict=True))
    return parts | {CROSSED: f"{parts['source']} {parts['campaign']}"}


def _campaign(found: Mapping[str, str]) -> str:
    tags = [_shown(found.get(tag, "")) for tag in TAGS]
    return _cut(" / ".join(tag or "-" for tag in tags)) if any(tags) else NONE


@lru_cache(1024)
def _page(host: str, path: str) -> str:
    """Host and path without query; each step of the path by itself."""
    steps = "/".join(_shown(step) for step in unquote(path).split("/"))
    return _cut(_shown(host) + steps.rstrip("/")) or NONE


@lru_cache(1024)
def _shown(value: str) -> str:
    """A value as it is counted: in one line and one case, or hidden."""
    value = UNSEEN.sub(" ", unquote(value)).strip().lower()
    return HIDDEN if "@" in value or NUMBER.search(value) else value


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"


def leaves(data: Mapping[str, Any], deep: int = 2) -> Iterator[tuple[str, str]]:
    """(name, text) of the fields, those within others too: a form tool has them one level down."""
    for name, value in data.items():
        if isinstance(value, str):
            yield name.lower(), value
        elif isinstance(value, Mapping) and deep:
            yield from leaves(value, deep - 1)
