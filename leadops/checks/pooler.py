"""What `check --deploy` says of a pooler that does not keep the session of a connection."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from leads.store import database
from leads.store.session import HINT, REFUSED


@register(Tags.security, deploy=True)
def a_session_is_ours(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error behind a pooler by transactions; a database that is away is another check's."""
    try:
        return [] if database.keeps_session() else [Error(REFUSED, hint=HINT, id="leadops.E017")]
    except DatabaseError:
        return []
