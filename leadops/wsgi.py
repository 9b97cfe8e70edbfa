"""The web process: `gunicorn leadops.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from leadops.observe.server_logs import tame_gunicorn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
application = get_wsgi_application()

from leads.store.session import refuse_to_start  # noqa: E402 - it asks which database it is

refuse_to_start()
tame_gunicorn()
