"""Pages of a list: what the caller asks for, and what the answer tells about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zoho.sandbox.errors import refuse
from zoho.sandbox.wire import Json

MOST_FIELDS, MOST_ROWS, MOST_PAGED = 50, 200, 2000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Rows `skip` to `skip + size` of the whole list."""

    number: int
    size: int

    @property
    def skip(self) -> int:
        return (self.number - 1) * self.size

    def check(self, code: str) -> None:
        """Refuses with this code what lies beyond the rows that can be read by page."""
        if self.size * self.number > MOST_PAGED:
            raise refuse(400, code, {"page": self.number, "per_page": self.size})

    def info(self, count: int, more: bool) -> Json:
        """The `info` of an answer with `count` rows."""
        return {
            "per_page": self.size,
            "count": count,
            "page": self.number,
            "more_records": more,
        }


def page_asked(query: Mapping[str, str]) -> PageRequest:
    """The page of `page` and `per_page`; what is no number counts as not given."""
    size = min(_number(query.get("per_page"), MOST_ROWS), MOST_ROWS)
    return PageRequest(_number(query.get("page"), 1), size)


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and re.fullmatch(r"[1-9][0-9]{0,8}", text) else usual


def fields(query: Mapping[str, str]) -> list[str]:
    """The names in `fields`, at most 50."""
    names = [name.strip() for name in query.get("fields", "").split(",") if name.strip()]
    if len(names) > MOST_FIELDS:
        raise refuse(400, "LIMIT_EXCEEDED", {"param_name": "fields", "limit": MOST_FIELDS})
    return names
