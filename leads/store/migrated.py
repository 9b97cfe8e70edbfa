"""What is done after `migrate`, and when."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Receiver = Callable[..., None]
"""What `post_migrate` may call."""


def on_the_newest_schema(receiver: Receiver) -> Receiver:
    """The receiver, passed over while the database lacks one of this code's migrations: it asks
    today's models, and `migrate APP NAME` may leave any schema of before.
    """

    @wraps(receiver)
    def guarded(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
        if is_newest(using):
            receiver(using=using, **kwargs)

    return guarded


def is_newest(using: str) -> bool:
    """Whether every app's last migration is recorded there, and so all before it."""
    return last_migrations() <= MigrationRecorder(connections[using]).applied_migrations().keys()


@cache
def last_migrations() -> frozenset[tuple[str, str]]:
    """The last migrations of all apps, as the files have them."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
