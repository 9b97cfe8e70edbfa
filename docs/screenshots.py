"""`python docs/screenshots.py`: fills a database of its own, starts the server, takes pictures.

Writes docs/screenshots/PAGE-{light,dark,phone}.png. Needs chromium and the development packages.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = Path(tempfile.mkdtemp(prefix="leadops-pictures-"))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "leadops.settings",
    "SECRET_KEY": "pictures-only-" + "k" * 50,
    "DATABASE_URL": f"sqlite:///{FOLDER}/pictures.sqlite3",
    "DEBUG": "true",
    "PUBLIC_URL": "http://127.0.0.1:8765",
    "EMAIL_URL": "memorymail://",
    "TIME_ZONE": "Europe/Berlin",
}
PORT = 8765
PICTURES = ROOT / "docs" / "screenshots"
# The same people and the same failures on every run.
CHANCE = random.Random(13002)

SITES = ["Arctic Spas Calgary", "Solar Quotes", "Northside Dental", "Autohaus Lindner", "Demo"]
FIRST = ["Ana", "Jon", "Mia", "Omar", "Zoë", "Lars", "Priya", "Noah", "Ines", "Tomasz"]
LAST = ["Keller", "O'Neill", "Nakamura", "Fischer", "Costa", "Haddad", "Berg", "Novák", "Silva"]
FAILURES = [
    ("duplicate_email", "", "Same e-mail as lead {other}"),
    ("too_long", "Zip_Code", "maximum length is 10"),
    ("missing_field", "contact_name", ""),
    ("invalid_value", "Email", "expected data type: email"),
    ("outcome_unknown", "", "no answer within 30 s"),
    ("not_in_list", "Lead_Source", "“Kiosk” is not in the list"),
    ("duplicate_record", "Email", "record 5725767000000524157"),
]
WEIGHTS = [9, 7, 5, 4, 2, 2, 2]


def fill() -> dict[str, int]:
    """A month of leads on five sites; the id of the lead to show, and how many there are."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone

    from leads.folding import fold
    from leads.models import Destination, Lead, Preferences, SiteKey
    from tests.factories import make_call, make_failed_lead, make_lead, make_log, make_site

    call_command("migrate", verbosity=0)
    now = timezone.now()
    user = get_user_model().objects.create_superuser("ines", "", "pictures", first_name="Ines")
    Preferences.load()
    destination = Destination.objects.first() or Destination.objects.create(name="Zoho CRM")
    Destination.objects.update(last_success_at=now - timedelta(seconds=4), resend_is_safe=True)
    sites = [
        make_site(name=name, destination=destination, recipients="sales@example.com")
        for name in SITES
    ]
    SiteKey.objects.issue(sites[0], SiteKey.Kind.SECRET, "web server")
    SiteKey.objects.issue(sites[-1], SiteKey.Kind.FORM, "demo")

    for n in range(140):
        ago = timedelta(minutes=int(CHANCE.expovariate(1 / 900)) + n // 9)
        site = CHANCE.choice(sites[:4])
        data = person(n)
        lead = make_lead(
            site=site, data=data, status="delivered", received_at=now - ago, settled_at=now - ago
        )
        call = make_call(
            started_at=now - ago,
            ended_at=now - ago + timedelta(milliseconds=CHANCE.randint(180, 640)),
            status=201,
        )
        make_log(lead, zoho_id=lead.zoho_id, call=call, status=201, created_at=now - ago)
    for n in range(31):
        reason, field, text = CHANCE.choices(FAILURES, WEIGHTS)[0]
        ago = timedelta(minutes=3 + int(CHANCE.expovariate(1 / 300)))
        data = person(200 + n)
        if reason == "missing_field":
            data.pop("contact_name")
        lead = make_failed_lead(
            site=CHANCE.choice(sites[:4]),
            data=data,
            received_at=now - ago - timedelta(seconds=2),
            failed_at=now - ago,
            settled_at=now - ago,
            reason=reason,
            reason_field=field,
            reason_text=text.format(other=CHANCE.randint(1, 120)),
        )
        attempt(lead, now - ago)
    shown = story(sites[0], user, now)
    for n in range(9):
        make_lead(site=sites[n % 4], data=person(300 + n), received_at=now - timedelta(seconds=n))

    past(sites, now)
    fold()
    return {"lead": shown.pk, "total": Lead.objects.count()}


def person(n: int) -> dict[str, Any]:
    """Somebody who asks for something."""
    first, last = FIRST[n % len(FIRST)], LAST[(n * 7) % len(LAST)]
    mail = (
        f"{first}.{last}{n}@example.com".lower()
        .replace("'", "")
        .replace("ë", "e")
        .replace("á", "a")
    )
    return {
        "contact_name": f"{first} {last}",
        "email": mail,
        "phone": f"+49 30 555 {n:04d}",
        "city": "Calgary",
        "country": "Canada",
        "message": "Please call me back about the hot tub on your page.",
        "utm_source": "newsletter",
    }


def attempt(lead: Any, at: Any, **values: Any) -> Any:
    """The 13002 of a failed lead, with its call unless a rule of ours held it."""
    from tests.factories import make_call, make_log

    if lead.reason in {"duplicate_email", "missing_field"}:
        return make_log(
            lead, created_at=at, reason_field=lead.reason_field, reason_text=lead.reason_text
        )
    record = {
        "Last_Name": lead.name.split()[-1],
        "Email": lead.email,
        "Zip_Code": "T2P 2M5, Calgary, Alberta",
        "Lead_Ref": str(lead.reference),
    }
    answer = {
        "code": "INVALID_DATA",
        "details": {
            "expected_data_type": "text",
            "maximum_length": 10,
            "api_name": lead.reason_field,
        },
        "message": "invalid data",
        "status": "error",
    }
    call = make_call(
        started_at=at - timedelta(milliseconds=431),
        ended_at=at,
        status=202,
        request=json.dumps({"data": [record]}),
        response=json.dumps({"data": [answer]}),
    )
    return make_log(
        lead,
        call=call,
        status=202,
        created_at=at,
        reason_field=lead.reason_field,
        reason_text=lead.reason_text,
        record=record,
        answer=json.dumps(answer),
        **values,
    )


def story(site: Any, user: Any, now: Any) -> Any:
    """A lead with a past: refused, retried, corrected, refused again."""
    from leads.models import LeadEvent, Revision
    from tests.factories import make_failed_lead

    data = person(77) | {"zip": "T2P 2M5, Calgary, Alberta", "company": "Keller & Söhne"}
    lead = make_failed_lead(
        site=site,
        data=data,
        received_at=now - timedelta(minutes=52),
        failed_at=now - timedelta(minutes=2),
        settled_at=now - timedelta(minutes=2),
        reason="too_long",
        reason_field="Zip_Code",
        reason_text="maximum length is 10",
        revision=1,
    )
    attempt(lead, now - timedelta(minutes=51))
    event = LeadEvent.objects.create(lead=lead, kind=LeadEvent.Kind.RETRIED, user=user)
    LeadEvent.objects.filter(pk=event.pk).update(created_at=now - timedelta(minutes=20))
    attempt(lead, now - timedelta(minutes=19))
    revision = Revision.objects.create(
        lead=lead, number=1, data=data | {"zip": "T2P 2M5 Alberta"}, created_by=user
    )
    Revision.objects.filter(pk=revision.pk).update(created_at=now - timedelta(minutes=3))
    attempt(lead, now - timedelta(minutes=2), revision=1)
    return lead


def past(sites: list[Any], now: Any) -> None:
    """What a month of traffic leaves in the counters."""
    from leads.figures import quarter_of
    from leads.models import Figure

    rows = []
    for hour in range(24 * 30):
        at = quarter_of(now - timedelta(hours=hour))
        busy = 1 + 5 * max(0, 1 - abs(at.hour - 13) / 9)
        for site in sites[:4]:
            n = int(busy * CHANCE.randint(9, 16))
            bad = CHANCE.choices([0, 1, 2, 9 if hour % 97 == 5 else 1], [80, 16, 3, 1])[0]
            made = {"site": site, "quarter": at, "folded": False}
            rows.append(Figure(kind="lead", outcome="delivered", amount=n, **made))
            rows.append(Figure(kind="attempt", outcome="13003", amount=n, **made))
            if bad:
                rows.append(
                    Figure(kind="attempt", outcome="13002", reason="no_answer", amount=bad, **made)
                )
    Figure.objects.bulk_create(rows, batch_size=2000)


class Silent(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *args: Any) -> None:
        """Nothing."""


def serve() -> None:
    """The application on a port of this machine, static files included."""
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer

    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    app = StaticFilesHandler(get_wsgi_application())
    server = make_server("127.0.0.1", PORT, app, server_class=Server, handler_class=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def session() -> str:
    """The cookie of somebody who has logged in."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username="ines"))
    return client.cookies["sessionid"].value


VIEWS = {
    "light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


def complain(message: Any) -> None:
    """A picture of a page with errors is no good advertisement."""
    if message.type == "error":
        sys.stderr.write(f"{message.location.get('url')}: {message.text}\n")


def take(pages: dict[str, str], cookie: str, folder: Path, full: bool = False) -> None:
    """One picture a page and view."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        for view, options in VIEWS.items():
            context = browser.new_context(**options)  # type: ignore[arg-type]
            context.add_cookies(
                [{"name": "sessionid", "value": cookie, "url": f"http://127.0.0.1:{PORT}"}]
            )
            for name, address in pages.items():
                page = context.new_page()
                page.on("console", complain)
                page.goto(f"http://127.0.0.1:{PORT}{address}")
                page.screenshot(path=folder / f"{name}-{view}.png", full_page=full)
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                if wide > 0:
                    sys.stderr.write(f"{name} {view}: {wide} px wider than the screen\n")
                page.close()
            context.close()
        browser.close()


def pages(ids: dict[str, int]) -> dict[str, str]:
    """What is photographed."""
    return {
        "dashboard": "/admin/",
        "failed": "/admin/leads/failedlead/",
        "lead": f"/admin/leads/lead/{ids['lead']}/change/",
        "logs": "/admin/leads/apilog/",
        "help": "/help/13002/",
        "demo": "/demo/",
    }


def main() -> None:
    """Fill, serve, photograph."""
    import django

    django.setup()
    ids = fill()
    serve()
    take(pages(ids), session(), PICTURES)


if __name__ == "__main__":
    main()
