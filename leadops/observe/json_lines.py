"""Logs as one JSON object a line, for whatever collects them (LOG_FORMAT=json)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from leadops.logs import Formatter, without_secrets
from leadops.observe.request_ids import current_request

TOLD = ("lead", "site", "destination", "call", "outcome", "reason", "ms")
"""What a line may be about, beside its message: handed to the logger as `extra`."""
ACCESS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "method": lambda atoms: atoms["m"],
    "path": lambda atoms: atoms["U"],  # without the query, which may hold anything
    "status": lambda atoms: int(atoms["s"]),
    "bytes": lambda atoms: int(atoms["B"] or 0),
    "ms": lambda atoms: int(atoms["M"]),
    "request": lambda atoms: atoms["{x-request-id}o"],
}
"""What a line of gunicorn's access log says, by the names that gunicorn has for it. No address:
behind a proxy it is the proxy's, and elsewhere a person's."""


class JsonFormatter(Formatter):
    """`time` (UTC), `level`, `logger`, `message`; `request` where one is answered; `error` with
    the trace of an exception; what else a line is about, by TOLD or ACCESS."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        atoms = getattr(record, "atoms", record.args)
        if record.name == "gunicorn.access" and isinstance(atoms, Mapping):
            about = access(atoms)
        else:
            about = told(record)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **about,
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(line, ensure_ascii=False, default=str))


def access(atoms: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the access log."""
    about = {name: read(atoms) for name, read in ACCESS.items()}
    return {"message": f"{about['method']} {about['path']} {about['status']}", **about}


def told(record: logging.LogRecord) -> dict[str, Any]:
    """Any other line."""
    about = {name: vars(record)[name] for name in TOLD if name in vars(record)}
    request = current_request()
    return {"message": record.getMessage(), **({"request": request} if request else {}), **about}
