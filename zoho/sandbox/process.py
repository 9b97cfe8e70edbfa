"""Starting and stopping the sandbox; shared by `manage.py zoho_sandbox` and `-m zoho.sandbox`."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import threading
from pathlib import Path

from zoho.sandbox.app import Sandbox
from zoho.sandbox.oauth import CLIENT_ID, REFRESH_TOKEN
from zoho.sandbox.organisation.catalogue import Catalogue
from zoho.sandbox.server import Doors
from zoho.sandbox.store import Store

STORE = Path(".local/zoho-sandbox.sqlite3")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sandbox."""
    parser.add_argument("--port", type=int, default=9000, help="default 9000; 0 = any free one")
    parser.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1")
    parser.add_argument(
        "--store", type=Path, default=STORE, help=f"SQLite file that keeps it all, default {STORE}"
    )
    parser.add_argument(
        "--fields", type=Path, help="JSON file: modules and fields over the built-in ones"
    )


def serve(host: str, port: int, store: Path, fields: Path | None) -> str:
    """Runs until SIGTERM or SIGINT. Returns "" then, or why it could not start."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        catalogue = Catalogue(fields)
    except (OSError, ValueError, TypeError, LookupError) as wrong:
        return f"--fields: {wrong}"
    try:
        kept = Store(store)
    except sqlite3.Error as wrong:
        return f"--store {store}: {wrong}. Is another sandbox using it?"
    try:
        doors = Doors((host, port), Sandbox(kept, catalogue))
    except OSError as wrong:
        return f"cannot listen on {host}:{port}: {wrong.strerror or wrong}"
    print(  # noqa: T201 - the one line that says it is ready
        f"Zoho sandbox on {doors.url} (client {CLIENT_ID}, refresh token {REFRESH_TOKEN},"
        f" store {store})",
        flush=True,
    )
    stop.wait()
    doors.stop()
    kept.close()
    return ""
