"""LeadOps on a port of this machine, and somebody who has logged in."""

from __future__ import annotations

import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone

from leads.models import Heartbeat

BEAT_SECONDS = 5


class Silent(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *args: Any) -> None:
        """Nothing."""


class Server(ThreadingMixIn, WSGIServer):
    """Answers several requests at once, and does not outlive the script."""

    daemon_threads = True


def serve(port: int) -> None:
    """The application, static files included, until the script ends."""
    app = StaticFilesHandler(get_wsgi_application())
    server = make_server("127.0.0.1", port, app, server_class=Server, handler_class=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def session(user: Any) -> str:
    """The cookie of somebody who has logged in."""
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def keep_workers_alive() -> None:
    """The stored supervisors go on being heard while pictures are taken."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            Heartbeat.objects.update(beat_at=timezone.now())

    threading.Thread(target=beat, daemon=True).start()
