"""`among`: a column's value is one of thousands.

Django's `in` writes a parameter for each value, and goes through all of them a few times before:
with 2,000 ids a statement cost more there than in the database. Here they travel as one parameter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Lookup


@dataclass(frozen=True)
class Many:
    """Values for `among`, as the column holds them: whole numbers or texts."""

    values: Sequence[int] | Sequence[str]


@Field.register_lookup
class Among(Lookup):
    """`filter(pk__among=Many(ids))`."""

    lookup_name = "among"
    prepare_rhs = False

    rhs: Many

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """By JSON."""
        column, params = self.process_lhs(compiler, connection)
        listed = json.dumps(list(self.rhs.values))
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, listed]  # noqa: S608 - a column of ours

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """By an array."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs.values)]
