"""What depends on names alone is worked out once: the same few names come with every post.

Names are a sender's to choose: so many answers are remembered, and none for names that are long.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

MOST = 4096
LONGEST = 400
"""Characters of the names together: what one function remembers is some MB at most."""

Answer = TypeVar("Answer")


def remembered(
    judge: Callable[[tuple[str, ...]], Answer],
) -> Callable[[tuple[str, ...]], Answer]:
    """The same function of names; of short ones it is asked once."""
    kept = lru_cache(maxsize=MOST)(judge)

    @wraps(judge)
    def asked(names: tuple[str, ...]) -> Answer:
        return kept(names) if len("".join(names)) <= LONGEST else judge(names)

    return asked
