"""Canaries: a word in every field and secret, looked for wherever it must not be."""

from __future__ import annotations

import json
import re
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.journeys.kit.system import System, eventually
from tests.journeys.test_failures import number_of
from tests.leads.privacy.test_every_table import TELL

CANARY = "kanarienvogel"
PERSON = {
    "contact_name": f"Ada {CANARY}-name",
    "email": f"{CANARY}-mail@example.com",
    "phone": f"+44 20 {CANARY}-phone",
    "company": f"{CANARY}-company",
    "street": f"{CANARY}-street",
    "city": f"{CANARY}-city",
    "zip": f"{CANARY}-zip" * 9,
    "message": f"{CANARY}-message",
    f"{CANARY}-label": f"{CANARY}-value",
}
SECRETS = ("sandbox-secret", "1000.sandbox.refresh")
CODE = re.compile(r"^\d{3} \d{3}\r?$", re.MULTILINE)


@pytest.fixture
def busy(system: System) -> System:
    """A system that was told about the person in every way there is."""
    system.sql("UPDATE leads_site SET mail_links = true")
    system.fault(mode="store_then_drop", times=1)
    delivered = system.post(**PERSON).json()["id"]
    system.becomes(delivered, "delivered", seconds=40)
    nameless = {name: text for name, text in PERSON.items() if name != "contact_name"}
    failed = post(system, json.dumps(nameless), {"Idempotency-Key": f"{CANARY}-key"})
    assert failed.json()["status"] == "failed"
    open_link(system)
    post(system, f'{{"email": "{PERSON["email"]}", ')
    post(system, json.dumps(PERSON), {"Authorization": f"Bearer {CANARY}-bearer"})
    requests.post(f"{system.url}/f/{CANARY}-token/", data=PERSON, timeout=20)
    ana = system.staff()
    ana.submit("/admin/leads/failedlead/search/", q=PERSON["email"])
    ana.submit("/admin/find/", q=PERSON["email"])
    number = number_of(system, failed.json()["id"])
    ana.submit(f"/admin/leads/failedlead/{number}/retry/")
    ana.get(f"/admin/leads/lead/{number}/change/")
    return system


def post(system: System, body: str, headers: dict[str, str] | None = None) -> requests.Response:
    own = {"Authorization": f"Bearer {system.key}", "Content-Type": "application/json"}
    return requests.post(
        f"{system.url}/api/v1/leads/", data=body, headers=own | (headers or {}), timeout=20
    )


def link_of(system: System) -> tuple[str, str]:
    """The link of the first mail that has one: its token, and its address."""
    link = re.compile(rf"{system.url}/act/([\w-]+)/")
    (found, *_others) = eventually(
        lambda: [found for file in system.mail_files() for found in link.finditer(body_of(file))]
    )
    return found[1], found[0]


def body_of(file: Path) -> str:
    """The text of the first mail in a file; none where it is not yet written to its end."""
    (mail, *_others) = file.read_bytes().split(b"\n" + b"-" * 79)
    part = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    return str(part.get_content()) if part else ""


def open_link(system: System) -> str:
    """The recipient opens the link of the mail with a code, and looks at the lead; the code."""
    token, link = link_of(system)
    browser = requests.Session()
    assert "Show that it is your mail" in browser.get(link, timeout=20).text
    submit(browser, f"{link}code/")
    (code,) = eventually(
        lambda: [found for file in system.mail_files() for found in CODE.findall(body_of(file))]
    )
    submit(browser, f"{link}open/", code=code)
    assert CANARY in browser.get(link, timeout=20).text
    for address in (f"{system.url}/act//{token}/", f"{system.url}/act/{token}", f"{link}nowhere/"):
        browser.get(address, timeout=20)
    browser.post(f"{link}code/", timeout=20)  # refused: no token of a form
    return str(code)


def submit(browser: requests.Session, address: str, **fields: str) -> None:
    """Post a form of a page that names no referrer."""
    data = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], **fields}
    assert browser.post(address, data=data, headers={"Origin": "null"}, timeout=20).ok


def tables(system: System) -> list[str]:
    """Every table of the database."""
    if system.environment["DATABASE_URL"].startswith("sqlite"):
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return sorted(name for (name,) in system.sql(query))


def tables_that_tell(system: System, word: str) -> set[str]:
    """The tables that hold the word anywhere in a row."""
    return {
        table
        for table in tables(system)
        if any(tells(row, word) for row in system.sql(f'SELECT * FROM "{table}"'))
    }


def tells(row: tuple[object, ...], word: str) -> bool:
    blobs = b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for value in row
    )
    return word.encode() in blobs


def is_in_a_file(system: System, word: str) -> bool:
    """Whether SQLite's files, the mails or the logs hold the word; PostgreSQL vacuums."""
    url, files = system.environment["DATABASE_URL"], system.mail_files()
    files += [system.folder / f"{name}.log" for name in ("web", "worker")]
    if url.startswith("sqlite"):
        path = Path(urlsplit(url).path)
        files += path.parent.glob(f"{path.name}*")
    return any(word.encode() in file.read_bytes() for file in files)


def test_no_personal_data_and_no_secret_leaves_its_place(busy: System) -> None:
    said = "".join(busy.log(name) for name in ("web", "worker"))
    public = "".join(
        requests.get(f"{busy.url}{path}", timeout=20).text
        for path in ("/help/13002/", "/help/13002/stats.json", "/healthz/delivery", "/nowhere")
    )
    staff = busy.staff().get("/metrics") + busy.staff().get("/admin/stats.json")

    for word in (CANARY, *SECRETS, busy.key, link_of(busy)[0]):
        assert word not in said
        assert word not in public
        assert word not in staff
    told = tables_that_tell(busy, CANARY)
    assert {"leads_lead", "leads_apicall"} <= told  # or nothing was looked at
    assert "/act/***" in said
    assert told <= TELL
    for secret in (*SECRETS, busy.key, link_of(busy)[0]):
        assert tables_that_tell(busy, secret) == set()


def test_an_erased_person_is_in_no_table_any_more(busy: System) -> None:
    eventually(lambda: "leads_searchtoken" in tables_that_tell(busy, CANARY))
    assert busy.sql("SELECT 1 FROM notifications_linkedlead")
    before = busy.stats()

    busy.manage("eraseperson", "--email", PERSON["email"], "--yes")

    assert tables_that_tell(busy, CANARY) == set()
    assert not busy.sql("SELECT 1 FROM notifications_linkedlead")
    assert not is_in_a_file(busy, CANARY)
    after = busy.stats()
    assert after["received"] == before["received"]
    assert after["delivered"] == before["delivered"] == 1
    assert after["discarded"] == before["failed"] == 1
