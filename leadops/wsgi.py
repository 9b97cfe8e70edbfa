"""The web process: `gunicorn leadops.wsgi`."""

import os
import time
from pathlib import Path

from django.core.wsgi import get_wsgi_application

from leadops.observe.server_logs import tame_gunicorn

AGE_OF_A_START = 20
"""Seconds: whoever gunicorn starts later than that stands beside others."""


def has_company() -> bool:
    """Whether other processes of this web answer already: gunicorn has run for a while."""
    try:
        started = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return False
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    return since_boot - int(started) / os.sysconf("SC_CLK_TCK") > AGE_OF_A_START


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
application = get_wsgi_application()

from leads.store.schema import wait_for_schema  # noqa: E402 - they ask which database it is
from leads.store.session import refuse_to_start  # noqa: E402

refuse_to_start()
# In the middle of an upgrade: beside others that answer it has time; alone it answers soon, with
# 503 and Retry-After.
wait_for_schema(seconds=300 if has_company() else 2)
tame_gunicorn()
