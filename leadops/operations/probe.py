"""`leadops probe web|worker`: a health check from inside a container, by its exit code."""

from __future__ import annotations

import os
import socket
import sys
from http.client import HTTPConnection, HTTPException

import django

USAGE = "leadops probe web|worker"
SECONDS = 5


def main(arguments: list[str]) -> None:
    """End with 0 where what is named works."""
    probes = {"web": web_answers, "worker": worker_beats}
    if len(arguments) != 1 or arguments[0] not in probes:
        sys.exit(USAGE)
    sys.exit(not probes[arguments[0]]())


def web_answers() -> bool:
    """Whether the web process of this container answers. Whether its database does, it asks not:
    to start it anew helps nobody then.
    """
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=SECONDS)
    try:
        connection.request("GET", "/healthz/live")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def worker_beats() -> bool:
    """Whether the worker of this machine was heard within the last minute."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    from leads.clock import database_now  # noqa: PLC0415 - models are there from now on
    from leads.models import Heartbeat  # noqa: PLC0415

    beating = Heartbeat.objects.beating(database_now())
    return beating.filter(host=socket.gethostname()[:255]).exists()
