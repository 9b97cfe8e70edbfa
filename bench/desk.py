"""What the pages of the desk cost at a million leads: `python -m bench.desk [--quick] [--write]`.

Each page is asked for through the whole of Django, without a web server, by somebody who may do
everything. Django's cache is emptied before every look, so that each is the first one. Counted is
the time of the wall, the CPU time of our own process, the time spent waiting for PostgreSQL, and
how many statements it was asked.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from typing import Any

from bench.kit import machine
from bench.kit.rounds import FULL, QUICK, Length, Part, Row, arguments, write
from bench.kit.stage import Failed, Stage, stage

LOOKS = 9
WARM_UP = 2
DEEP = 0.9
"""How far down the failed leads the deep page lies."""
FILES = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"')
IMPORTED = re.compile(r'(?:from "\./|@import url\(")([^"/]+)"')
JQUERY = ("/static/admin/js/vendor/jquery/", "/static/admin/js/jquery.init")
LISTS = {
    "API: leads": "leads/",
    "API: leads, 90 % down": "leads/?after={lead}",
    "API: leads of a site": "leads/?site={site}",
    "API: leads that were discarded": "leads/?status=discarded",
    "API: leads on their way, none": "leads/?status=sending",
    "API: failed leads": "failed/",
    "API: failed leads, 90 % down": "failed/?after={deep}",
    "API: failed leads of the rarest reason": "failed/?reason={rare}",
    "API: why leads have failed": "failed/reasons/",
    "API: API logs": "api-logs/",
    "API: API logs of the rarest reason": "api-logs/?reason={rare}",
    "API: API calls": "api-calls/",
}
"""What programs read: whole, narrowed, and from far down; addresses below the operations API."""
BUDGET_MS, BUDGET_KB = 100, 130
AIMED_AT = ("the dashboard", "failed leads, first page")


@dataclass(frozen=True)
class Seen:
    """What looking at one page cost: milliseconds, statements, bytes."""

    name: str
    wall: float
    best: float
    cpu: float
    best_cpu: float
    sql: float
    best_sql: float
    statements: int
    html: int
    files: int
    """Of its styles, scripts and signs, uncompressed; without Django's jQuery."""

    @property
    def kilobytes(self) -> float:
        """All that travels when nothing is in the browser's cache."""
        return (self.html + self.files) / 1024


def measure(scene: Stage, length: Length) -> Part:
    """The part of bench/run: milliseconds a page, with the rest in the notes."""
    seen, note = look(scene, length)
    part = Part(f"Desk: its pages at {length.kept:,} leads, PostgreSQL, median of {LOOKS}")
    aim = f"≤ {BUDGET_MS}"
    for page in seen:
        figure = f"{page.wall:.0f} (best {page.best:.0f})"
        part.rows.append(Row(f"{page.name}, ms", figure, aim=aim if page.name in AIMED_AT else ""))
    part.notes = [
        f"{page.name}: CPU {page.cpu:.0f} ms, {page.statements} statements in {page.sql:.0f} ms, "
        f"{page.kilobytes:.0f} KB"
        for page in seen
    ]
    part.notes.append(note)
    return part


def look(scene: Stage, length: Length) -> tuple[list[Seen], str]:
    """Fill a database, look at every page; the costs, and who else used the machine."""
    env = scene.leadops(scene.database("desk"))
    scene.run("-m", "bench.million", "--count", str(length.kept), env=env)
    watch = machine.Watch()
    said = scene.run("-m", "bench.desk", "--inside", env=env).splitlines()[-1]
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    return [Seen(**page) for page in json.loads(said)], f"{watch.says()} Load average {load}."


# --- In a process of its own ----------------------------------------------------------------


def inside() -> list[Seen]:
    """Look at every page of the database of the environment."""
    with at_the_desk() as client:
        return [see(client, name, action) for name, action in pages(client)]


@contextlib.contextmanager
def at_the_desk() -> Iterator[Any]:
    """Django set up from the environment, with its files collected; a client that is logged in."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadops.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    with tempfile.TemporaryDirectory(prefix="leadops-static-") as folder:
        settings.STATIC_ROOT = folder
        call_command("collectstatic", interactive=False, verbosity=0)
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(boss(), "django.contrib.auth.backends.ModelBackend")
        yield client


def boss() -> Any:
    """Somebody who may do everything, and owes no second factor."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    known = users.filter(username="bench").first()
    return known or users.create_superuser("bench", password=None)


def pages(client: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each page's name, and what asks for it."""
    failed, logs, of = "/admin/leads/failedlead/", "/admin/leads/apilog/", places()

    def get(address: str) -> Callable[[], Any]:
        return lambda: client.get(address)

    def search() -> Any:
        return client.post(f"{failed}search/", {"q": of["email"]}, follow=True)

    yield "the dashboard", get("/admin/")
    yield "the dashboard, 30 days by campaign", get("/admin/?range=30d")
    yield "the dashboard, all time", get("/admin/?range=all")
    yield "stats.json", get("/admin/stats.json")
    yield "failed leads, first page", get(failed)
    yield "failed leads, next page", get(f"{failed}?after={of['next']}")
    yield "failed leads, 90 % down", get(f"{failed}?after={of['deep']}")
    yield "failed leads of the commonest reason", get(f"{failed}?reason={of['common']}")
    yield "failed leads of the rarest reason", get(f"{failed}?reason={of['rare']}")
    yield "failed leads of a site", get(f"{failed}?site={of['site']}")
    yield "failed leads, search by e-mail", search
    for name, typed in callers(of).items():
        yield name, partial(client.post, "/admin/find/", {"q": typed}, follow=True)
    yield "failed leads, those that wait", get(f"{failed}?tab=waiting")
    yield "all leads", get("/admin/leads/lead/")
    yield "all leads, delivered", get("/admin/leads/lead/?status=delivered")
    yield "a failed lead's page", get(f"/admin/leads/lead/{of['lead']}/change/")
    yield "API logs", get(logs)
    yield "API logs, 13002", get(f"{logs}?code=13002")
    yield "API logs of a reason", get(f"{logs}?reason={of['common']}")
    plan = "/admin/leads/bulkretry/plan/"
    yield "bulk retry's plan, commonest reason", get(f"{plan}?reason={of['common']}")
    yield "bulk retry's plan, rarest reason", get(f"{plan}?reason={of['rare']}")
    yield "help 13002", get("/help/13002/")
    for name, address in LISTS.items():
        yield name, partial(client.get, f"/api/ops/v1/{address.format(**of)}", headers=token())


def token() -> dict[str, str]:
    """A header with a new token of the boss: each has a pace of its own."""
    from leadops.accounts.models import ApiToken

    secret = ApiToken.as_shown(ApiToken.new_secret())
    ApiToken.objects.issue(secret, user=boss(), scopes=ApiToken.Scope.values, name="bench")
    return {"Authorization": f"Bearer {secret}"}


def callers(of: dict[str, Any]) -> dict[str, str]:
    """What is typed into the box of the header, by what it is: one has it, or a tenth of all."""
    first, last = of["name"].split()
    return {
        "find a number": of["phone"][-8:],
        "find the end of a number": of["phone"][-4:],
        "find an address": of["email"],
        "find a common name": last,
        "find how common names begin": first[:2],
        "find two common names": f"{last} {first}",
        "find a common domain": "example.com",
        "find a number and a name": f"{last} {of['phone'][-4:]}",
    }


def places() -> dict[str, Any]:
    """Values and cursors out of the rows there are."""
    from django.db.models import Count

    from leads.models import Lead
    from leads.models.queries.keyset import Keyset

    order = ("-failed_at", "-pk")
    failed, keys = Lead.objects.failed(), Keyset(order)
    reasons = list(
        failed.order_by().values_list("reason", flat=True).annotate(n=Count("pk")).order_by("-n")
    )
    rows = failed.order_by(*order)
    # Found in the index alone: a million rows on the way would be read from the disk.
    deep = failed.get(pk=rows.values_list("pk", flat=True)[int(failed.count() * DEEP)])
    return {
        "next": keys.cursor(rows[49]),
        "deep": keys.cursor(deep),
        "common": reasons[0],
        "rare": reasons[-1],
        "site": deep.site_id,
        "lead": deep.pk,
        "email": deep.email,
        "phone": deep.phone,
        "name": deep.name,
    }


def see(client: Any, name: str, action: Callable[[], Any]) -> Seen:
    """Ask for a page again and again. Raises Failed where it is not answered 200."""
    from django.core.cache import cache
    from django.db import connection

    spent: list[float] = []
    walls, cpus, sqls = [], [], []
    with connection.execute_wrapper(stopwatch(spent)):
        for _ in range(WARM_UP + LOOKS):
            cache.clear()
            spent.clear()
            cpu, wall = time.process_time(), time.perf_counter()
            answer = action()
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
            sqls.append(sum(spent) * 1000)
    if answer.status_code != 200:
        raise Failed(f"{name} was answered {answer.status_code}")
    walls, cpus, sqls = (taken[WARM_UP:] for taken in (walls, cpus, sqls))
    return Seen(
        name,
        *(median(walls), min(walls), median(cpus), min(cpus), median(sqls), min(sqls)),
        statements=len(spent),
        html=len(answer.content),
        files=sum(map(len, files(client, answer.content.decode()).values())),
    )


def stopwatch(spent: list[float]) -> Callable[..., Any]:
    """A wrapper for the database's statements that notes the seconds of each."""

    def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - began)

    return timed


def files(client: Any, html: str) -> dict[str, bytes]:
    """The files that a page names, and those that its styles and modules import, as they travel."""
    found: dict[str, bytes] = {}
    wanted = [name for name in FILES.findall(html) if not name.startswith(JQUERY)]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        answer = client.get(name)
        if answer.status_code != 200:
            raise Failed(f"{name} was answered {answer.status_code}")
        found[name] = b"".join(answer.streaming_content)
        if name.endswith((".css", ".js")):
            imported = IMPORTED.findall(found[name].decode())
            wanted += [f"{name.rpartition('/')[0]}/{other}" for other in imported]
    return found


# --- The table ------------------------------------------------------------------------------


def table(seen: list[Seen]) -> str:
    """Markdown, a page a line."""
    lines = [
        "| page | ms (best) | CPU ms (best) | SQL ms (best) | statements | HTML KB | all KB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {page.name} | {page.wall:.0f} ({page.best:.0f}) | {page.cpu:.0f} ({page.best_cpu:.0f}) "
        f"| {page.sql:.1f} ({page.best_sql:.1f}) | {page.statements} | {page.html / 1024:.0f} "
        f"| {page.kilobytes:.0f} |"
        for page in seen
    ]
    return "\n".join(lines)


def report(seen: list[Seen], note: str, length: Length) -> str:
    """The table under what was done, when and beside what."""
    said = machine.describe()
    where = f"{said['CPU']}, Python {said['Python']}, PostgreSQL {said['PostgreSQL']}"
    today = time.strftime("%Y-%m-%d", time.gmtime())
    head = (
        f"`python -m bench.desk` on {today}: {length.kept:,} leads, each page {LOOKS} times after "
        f"{WARM_UP} to warm up, medians with the best in brackets; {where}. {note}"
    )
    return f"{head}\n\n{table(seen)}"


def main() -> int:
    """Alone; 0, or 1 where a page that has a budget breaks it in bytes."""
    parser = arguments("What the pages of the desk cost at a million leads")
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps([asdict(page) for page in inside()]))
        return 0
    length = QUICK if options.quick else FULL
    with stage() as scene:
        seen, note = look(scene, length)
    text = report(seen, note, length)
    print(text)
    if options.write:
        write("desk", text)
    heavy = [p.name for p in seen if p.name in AIMED_AT and p.kilobytes >= BUDGET_KB]
    if heavy:
        print(f"bench.desk: {BUDGET_KB} KB or more: {', '.join(heavy)}", file=sys.stderr)
    return int(bool(heavy))


if __name__ == "__main__":
    sys.exit(main())
