"""Of a body with thousands of fields the first ones are read: it is a lead for a person to see.

Pages, mappings and Zoho know no lead of so many; the body keeps all that came. Pure.
"""

from __future__ import annotations

from typing import Any

MOST_KEYS = 2_000
"""Names of fields that are read of one body, at whatever depth; a form says so many and more."""
FEWEST_BYTES = 2
"""What a field takes in a body: a name and what parts it from the next."""


class Beginning(dict[str, Any]):
    """The fields of a body of which the rest was left unread."""


def beginning_of(data: dict[str, Any], size: int, is_more: bool = False) -> dict[str, Any]:
    """The same data, or a `Beginning` where a body of so many bytes has more names.

    Also where `is_more`: the reader counted more fields than there are names.
    """
    if is_more or (size >= MOST_KEYS * FEWEST_BYTES and names_in(data) > MOST_KEYS):
        return Beginning(_First(MOST_KEYS).of(data))
    return data


def names_in(data: Any) -> int:
    """How many names a value holds, counted no further than one beyond what is read."""
    count, left = 0, [data]
    while left and count <= MOST_KEYS:
        value = left.pop()
        if isinstance(value, dict):
            count += len(value)
            left += value.values()
        elif isinstance(value, list):
            left += (item for item in value if isinstance(item, dict | list))
    return count


class _First:
    """Takes so many names of a value, in the order in which they came."""

    def __init__(self, most: int) -> None:
        self.left = most

    def of(self, value: Any) -> Any:
        """The value as far as names are left."""
        match value:
            case dict():
                return self._members(value)
            case list():
                return [self.of(item) for item in value if self.left or not _holds(item)]
            case _:
                return value

    def _members(self, value: dict[str, Any]) -> dict[str, Any]:
        taken: dict[str, Any] = {}
        for name, item in value.items():
            if not self.left:
                break
            self.left -= 1
            taken[name] = self.of(item)
        return taken


def _holds(item: Any) -> bool:
    return isinstance(item, dict | list)
