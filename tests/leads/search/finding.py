"""Whether a text finds a lead, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads.search.typed import Term, Typed
from leads.search.words import tokens_of


def finds(text: str, data: dict[str, Any], labels: Mapping[str, str] | None = None) -> bool:
    """Whether a text finds a lead with these fields."""
    tokens = tokens_of(data, labels or {})

    def is_there(term: Term) -> bool:
        return any(token.startswith(term.beginnings) or token in term.exact for token in tokens)

    return any(all(map(is_there, terms)) for terms in Typed.read(text).readings())
