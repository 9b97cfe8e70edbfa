"""The logs of the server itself: no secret address in them, and in the form of ours."""

from __future__ import annotations

import logging

from django.conf import settings

from leadops.logs import keep_secrets
from leadops.observe.json_lines import JsonFormatter

LOGGERS = ("gunicorn.access", "gunicorn.error")


def tame_gunicorn() -> None:
    """Have gunicorn's own logs name no secret address, and be JSON where ours are.

    By a filter: its handlers are set up by then, and which they are is the operator's choice. In
    each of its workers, when they begin: what its parent loads, a reload does not load anew.
    """
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addFilter(keep_secrets)
        for handler in logger.handlers if settings.LOG_FORMAT == "json" else ():
            handler.setFormatter(JsonFormatter())
