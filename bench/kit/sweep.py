"""What a worker's sweep does for the search: it gives new leads their tokens, every ten seconds.

`python -m bench.kit.sweep` goes on until it is ended; with `--rest` until no lead is without,
and says how many seconds that took.
"""

from __future__ import annotations

import argparse
import os
import time

EVERY = 10.0
"""Seconds from one sweep to the next, SWEEP_SECONDS of a worker."""
FIRST = 5.0
"""Until the first: in twenty seconds there are two, as in life."""


def main() -> None:
    """For the database of the environment."""
    import django

    parser = argparse.ArgumentParser(description="Gives new leads their tokens")
    parser.add_argument("--rest", action="store_true", help="all that is left, and end")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    from leads.clock import database_now
    from leads.search.fill import CHUNK, fill_newest, keep_up

    if options.rest:
        began = time.monotonic()
        while fill_newest(database_now()) == CHUNK:
            pass
        print(time.monotonic() - began)
        return
    time.sleep(FIRST)
    while True:
        began = time.monotonic()
        keep_up(database_now())
        time.sleep(max(0.0, EVERY - (time.monotonic() - began)))


if __name__ == "__main__":
    main()
