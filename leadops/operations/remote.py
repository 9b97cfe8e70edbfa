"""`leadops failed | show | retry | tail`: the desk in a terminal, over the operations API.

They work from any machine: address and token come from LEADOPS_URL and LEADOPS_TOKEN or from
options, and neither settings nor a database are needed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Set
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

BASE = "/api/ops/v1/"
EVERY = 5
"""Seconds between two looks of `tail`."""
PATIENCE = 30
AGAIN = (429, 502, 503, 504)
"""What LeadOps, or the server before it, answers while it starts anew or is asked too often."""
OVERLAP = timedelta(minutes=1)
FILTERS = ("reason", "site", "field", "span", "assigned", "owner")
COLUMNS = ("id", "failed_at", "site", "reason", "field", "name", "email")
Row = dict[str, Any]
Key = tuple[datetime, int]
Keys = set[Key]
NEVER: Key = (datetime(1970, 1, 1, tzinfo=UTC), 0)


class Refused(Exception):
    """What was answered instead; its text is for people."""


class Stays(HTTPRedirectHandler):
    """A token is never sent to where an answer points."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """No."""


class Later(Refused):
    """LeadOps starts anew, or was asked too often. `wait`: seconds until it may be asked again."""

    def __init__(self, text: str, wait: int = EVERY) -> None:
        super().__init__(text)
        self.wait = wait


def send(
    method: str, url: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, bytes, Message]:
    """One call: status, body and headers of its answer. Raises Later where nobody answers."""
    request = Request(url, body, headers, method=method)  # noqa: S310 - http and https alone
    try:
        with build_opener(Stays).open(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read(), answer.headers
    except HTTPError as error:
        return error.code, error.read(), error.headers
    except (URLError, OSError, HTTPException) as error:
        raise Later(f"{url} does not answer: {getattr(error, 'reason', error)}") from None


class Desk:
    """The operations API at one address, with one token."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("https://", "http://")) or not token:
            raise Refused("Set LEADOPS_URL and LEADOPS_TOKEN, or give --url and --token.")
        self.url, self.token = url.rstrip("/") + BASE, token

    def ask(self, method: str, path: str, body: Row | None = None, **query: Any) -> Any:
        """The answer. Raises Refused with the problem's own words."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        address = self.url + path + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        status, answer, told = send(method, address, headers, content)
        try:
            found = json.loads(answer)
            words = f"{status} {found.get('title', '')}: {found.get('detail', '')}"
        except ValueError:
            found, words = None, f"{address} answered {status}, and no JSON."
        if status in AGAIN:
            after = told.get("Retry-After", "")
            raise Later(words, int(after) if after.isdecimal() else EVERY)
        if status >= 300 or found is None:
            raise Refused(words)
        return found


# --- The commands ---------------------------------------------------------------------------------


def failed(desk: Desk, given: argparse.Namespace) -> None:
    """The failed table, newest first."""
    rows = desk.ask("GET", "failed/", limit=given.limit, **chosen(given))["results"]
    say(given, rows, lambda: table([flat(row) for row in rows], COLUMNS) or ["Nothing failed."])


def show(desk: Desk, given: argparse.Namespace) -> None:
    """One lead with its timeline."""
    lead = desk.ask("GET", f"leads/{given.id}/")
    facts = {**flat(lead), "status": lead["status"], **lead["data"]}
    lines = [f"{name:16} {plain(value)}" for name, value in facts.items() if value]
    moments = table(lead["timeline"], ("at", "title", "who", "note"))
    say(given, lead, lambda: [*lines, "", *moments])


def retry(desk: Desk, given: argparse.Namespace) -> None:
    """Leads by their ids, or all that failed for a cause, as a bulk retry."""
    if given.ids:
        rows = [desk.ask("POST", f"leads/{pk}/retry/", {}) for pk in given.ids]
        say(given, rows, lambda: table(rows, ("id", "status", "reason", "changed")))
        return
    if not chosen(given):
        raise Refused("Name leads by their ids, or a cause: --reason, --site, …")
    one = desk.ask("POST", "bulk-retries/", {"filter": chosen(given)})
    say(given, one, lambda: [f"Bulk retry {one['id']}: {one['total']} leads, {one['words']}."])


def tail(desk: Desk, given: argparse.Namespace) -> None:
    """What fails from now on, a line each, until Ctrl-C; a lead that fails again once more.

    LeadOps may start anew meanwhile: it is asked again.
    """
    said: Keys | None = None
    while True:
        wait = EVERY
        try:
            rows = latest(desk, given, said)
        except Later as later:
            if said is None:
                raise
            print(f"leadops tail: {later} Asking again.", file=sys.stderr)  # noqa: T201 - this is a command
            wait = later.wait
        else:
            for key in sorted(rows.keys() - said) if said is not None else ():
                say(given, rows[key], partial(one_line, rows[key]))
            said = recent(rows.keys() | (said or set()))
        sys.stdout.flush()
        time.sleep(wait)


def latest(desk: Desk, given: argparse.Namespace, said: Keys | None) -> dict[Key, Row]:
    """The newest failures by when each failed: one page, or all that came since the last look."""
    rows: dict[Key, Row] = {}
    more: Row = {}
    since = min(said, default=NEVER) if said is not None else None
    while True:
        page = desk.ask("GET", "failed/", limit=200, **chosen(given), **more)
        found = {key_of(row): row for row in page["results"] if row["failed_at"]}
        rows |= {key: row for key, row in found.items() if since is None or key >= since}
        if since is None or page["next"] is None or min(found, default=NEVER) < since:
            return rows
        more = {"after": page["next"]}


def key_of(row: Row) -> Key:
    """When a lead failed, and which."""
    return datetime.fromisoformat(row["failed_at"]), row["id"]


def recent(keys: Set[Key]) -> Keys:
    """Those of the last minute: a failure may be there after one that is a little younger."""
    newest = max(keys, default=NEVER)[0]
    return {key for key in keys if newest - key[0] <= OVERLAP}


COMMANDS: dict[str, Callable[[Desk, argparse.Namespace], None]] = {
    "failed": failed,
    "show": show,
    "retry": retry,
    "tail": tail,
}


def command(name: str) -> Callable[[list[str]], None]:
    """What is run when `name` was typed."""

    def run(arguments: list[str]) -> None:
        given = parser(name).parse_args(arguments)
        try:
            COMMANDS[name](Desk(given.url, given.token), given)
        except Refused as refusal:
            sys.exit(f"leadops {name}: {refusal}")
        except KeyboardInterrupt:
            sys.exit(130)

    return run


def parser(name: str) -> argparse.ArgumentParser:
    """The options of a command."""
    found = argparse.ArgumentParser(f"leadops {name}", description=COMMANDS[name].__doc__)
    found.add_argument("--url", default=os.environ.get("LEADOPS_URL", ""), help="LEADOPS_URL")
    token = os.environ.get("LEADOPS_TOKEN", "")
    found.add_argument("--token", default=token, help="LEADOPS_TOKEN; an option is seen by others")
    found.add_argument("--json", action="store_true", help="JSON instead of a table")
    if name == "show":
        found.add_argument("id", type=int)
        return found
    if name == "retry":
        found.add_argument("ids", type=int, nargs="*", metavar="ID")
    if name == "failed":
        found.add_argument("--limit", type=int, default=50)
    for one in FILTERS:
        found.add_argument(f"--{one}", help="as the failed table's address has it")
    return found


# --- Saying it ------------------------------------------------------------------------------------


def chosen(given: argparse.Namespace) -> Row:
    """The filters that were typed."""
    return {name: getattr(given, name) for name in FILTERS if getattr(given, name, None)}


def say(given: argparse.Namespace, answer: Any, lines: Callable[[], Iterable[str]]) -> None:
    """As JSON, one value a line of a list, or readable."""
    told: Iterable[str] = lines()
    if given.json:
        rows = answer if isinstance(answer, list) else [answer]
        told = (json.dumps(row, ensure_ascii=False) for row in rows)
    for line in told:
        print(line)  # noqa: T201 - this is a command


def flat(lead: Row) -> Row:
    """A lead as a row of a table."""
    reason = lead["reason"] or {"title": "", "field": ""}
    return {name: lead.get(name) for name in COLUMNS} | {
        "reason": reason["title"],
        "field": reason["field"],
    }


def plain(value: Any) -> str:
    """A value on one line, without what a terminal would obey."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def one_line(lead: Row) -> list[str]:
    """A lead of `tail`."""
    cells = flat(lead)
    return [" ".join(plain(cells[name]) for name in COLUMNS)]


def table(rows: list[Row], names: tuple[str, ...]) -> list[str]:
    """Rows under their headings, no wider than the terminal; nothing of no rows."""
    if not rows:
        return []
    cells = [[name.upper() for name in names], *([plain(r[n]) for n in names] for r in rows)]
    widths = [min(40, max(len(row[n]) for row in cells)) for n in range(len(names))]
    wide = shutil.get_terminal_size((160, 24)).columns
    lines = ("  ".join(f"{c[:w]:{w}}" for c, w in zip(row, widths, strict=True)) for row in cells)
    return [line.rstrip()[:wide] for line in lines]
