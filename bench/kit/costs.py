"""What one post and one batch cost: SQL statements, and CPU time of our own process.

Unlike rates, both are nearly independent of what else the machine does, which makes them the
figures to watch while optimising. `python -m bench.kit.costs [--sql]` prints them; `--sql` with
every statement, `--profile` with the functions that take most of the time.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import time
from collections.abc import Callable
from typing import Any

from bench.kit.load import BODY
from bench.kit.stage import stage

POSTS = 300
BATCHES = 20
WARM_UP = 20
BATCH = 100


def main() -> None:
    """Start a database and a sandbox; the rest happens in a process of its own."""
    parser = argparse.ArgumentParser(description="What a post and a batch cost")
    parser.add_argument("--sql", action="store_true", help="print every statement")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        look(options)
        return
    with stage() as scene:
        database, sandbox = scene.database("costs"), scene.sandbox("costs")
        env = scene.leadops(database, sandbox)
        database.execute("UPDATE leads_destination SET calls_per_second = 100")
        leads = (2 * BATCHES + WARM_UP + 1) * BATCH
        scene.run("-m", "bench.seed", "--count", str(leads), env=env)
        flags = [f"--{name}" for name in ("sql", "profile") if getattr(options, name)]
        print(scene.run("-m", "bench.kit.costs", "--inside", *flags, env=env))


def look(options: argparse.Namespace) -> None:
    """Measure in this process, with Django set up from the environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    examine("a batch of 100", deliver(), BATCHES, 3, options)
    examine("a post", poster(), POSTS, WARM_UP, options)


def examine(
    name: str, action: Callable[[], Any], times: int, warm_up: int, options: argparse.Namespace
) -> None:
    """Print statements and CPU time of an action."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(warm_up):
        action()
    with CaptureQueriesContext(connection) as captured:
        action()
    queries = list(captured)  # a later request empties the log
    began, waited = time.process_time(), time.perf_counter()
    for _ in range(times):
        action()
    cpu = (time.process_time() - began) / times * 1000
    wall = (time.perf_counter() - waited) / times * 1000
    in_sql = sum(float(query["time"]) for query in queries) * 1000
    print(
        f"{name}: {len(queries)} statements ({in_sql:.1f} ms in them), "
        f"CPU {cpu:.2f} ms, {wall:.2f} ms in all"
    )
    if options.sql:
        for query in queries:
            print(f"  {float(query['time']) * 1000:6.1f} ms  {query['sql'][:160]}")
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(lambda: [action() for _ in range(times)])
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def poster() -> Callable[[], None]:
    """A post through the whole of Django, without a web server."""
    from django.test import Client

    from leads.models import Site, SiteKey

    site = Site.objects.get()
    Site.objects.update(quota=1_000_000)
    _key, secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    client = Client(SERVER_NAME="127.0.0.1")
    number = 0

    def post() -> None:
        nonlocal number
        number += 1
        answer = client.post(
            "/api/v1/leads/",
            BODY % (number, number, number),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": f"costs-{number}"},
        )
        if answer.status_code != 202:
            raise RuntimeError(answer.content)

    return post


def deliver() -> Callable[[], None]:
    """One batch as a drain's loop handles it, with the slot already taken."""
    from leads.clock import Deadline
    from leads.delivery.drain import Drain
    from leads.delivery.finish import finish
    from leads.delivery.gateway import get_gateway
    from leads.models import Destination

    gateway = get_gateway()
    drain = Drain(Destination.objects.get().pk, gateway=gateway)

    def batch() -> None:
        deadline = Deadline(55)
        claimed = drain.next_batch(deadline)
        if claimed is None or len(claimed.leads) != BATCH:
            raise RuntimeError("no whole batch was due")
        finish(claimed, gateway.deliver(claimed, deadline), 0.5)

    return batch


if __name__ == "__main__":
    main()
