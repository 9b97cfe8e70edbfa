"""The web process: `gunicorn leadops.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from leadops.observe.server_logs import tame_gunicorn
from leadops.operations import starting

starting.begin()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
application = get_wsgi_application()

from leads.store.schema import has_older_sibling, wait_for_schema  # noqa: E402 - they ask which
from leads.store.session import refuse_to_start  # noqa: E402 - database it is

refuse_to_start()
# In the middle of an upgrade: beside others that answer it has time; alone it answers soon, with
# 503 and Retry-After.
wait_for_schema(seconds=2, others_work=has_older_sibling)
tame_gunicorn()
