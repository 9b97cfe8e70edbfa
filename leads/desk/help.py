"""`/help/13002/`: what 13002 means, for whoever clicked the link in a mail; `/help/table/`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.counters import deltas
from leads.desk.kit.formatting import number
from leads.desk.kit.links import Links
from leads.desk.kit.live_figures import figures_response, totals_shown
from leads.models import Lead, Preferences, Site
from leads.reasons import ABOUT, Owner, Reason

# Rates and totals only: the page is public and names no site and no person.
PUBLIC = ("attempts", "held", "success_rate", "failure_rate", "first_lead_at", "first_api_log_id")
STATIONS = ("received", *Lead.Status.values)
"""The counts beside the stations of the picture."""
KEYS = (
    (gettext_lazy("Tab"), gettext_lazy("goes to the next button or link; Enter presses it")),
    (
        gettext_lazy("Space"),
        gettext_lazy("ticks the lead under the focus; with Shift and a click all in between"),
    ),
    (gettext_lazy("Esc"), gettext_lazy("closes an open list of choices")),
)
"""What the keyboard does on the desk's pages without further ado."""


def help_page(request: HttpRequest) -> HttpResponse:
    """The explanation with today's figures."""
    if not may_read(request):
        return redirect_to_login(request.get_full_path(), "admin:login")
    user: Any = request.user
    context = {
        "figures": public_figures(),
        "groups": [(owner, reasons_of(owner)) for owner in Owner],
        "links": links(request) if user.is_active and user.is_staff else {},
        "keys": KEYS,
        "mails": what_mails_hold(),
        "we": Preferences.read(),
    }
    return render(request, "leads/help.html", context)


def what_mails_hold() -> dict[str, str]:
    """Of how many sites a mail holds whole contacts and links: `all`, `some` or `none` of them."""
    sites = Site.objects.filter(enabled=True).aggregate(
        of=Count("pk"),
        details=Count("pk", filter=Q(mail_details=True)),
        links=Count("pk", filter=Q(mail_links=True)),
    )
    return {name: _share(sites[name], sites["of"]) for name in ("details", "links")}


def _share(count: int, of: int) -> str:
    if not count:
        return "none"
    return "all" if count == of else "some"


def table_page(request: HttpRequest) -> HttpResponse:
    """What the table's tabs, rows and buttons and the dashboard's tiles mean."""
    if not may_read(request):
        return redirect_to_login(request.get_full_path(), "admin:login")
    user: Any = request.user
    shown = links(request) if user.is_active and user.is_staff else {}
    return render(request, "leads/help_table.html", {"links": shown})


def help_stats(request: HttpRequest) -> HttpResponse:
    """The figures of the page, for its refresh. 304 where the browser has them."""
    if not may_read(request):
        return JsonResponse({"code": "forbidden", "title": _("For staff only")}, status=403)
    return figures_response(request, public_figures())


def may_read(request: HttpRequest) -> bool:
    """Everybody, unless the operator keeps the page for staff."""
    user: Any = request.user
    return settings.HELP_PAGE_PUBLIC or (user.is_active and user.is_staff)


def links(request: HttpRequest) -> dict[str, str]:
    """Where the stations of the picture lead; only what this person may open."""
    to = Links(request.user)
    wanted = {
        "received": to("leads"),
        "queued": to("leads", status="queued"),
        "sending": to("leads", status="sending"),
        "13003": to("logs", code="13003"),
        "13002": to("logs", code="13002", held="no"),
        "held": to("logs", held="yes"),
        "failed": to("failed"),
        "entered": to("leads", status="entered"),
    }
    return {name: url for name, url in wanted.items() if url}


def public_figures() -> dict[str, Any]:
    """Totals and rates of attempts; `shown` holds each, and each station's count, as printed."""
    data = deltas.as_json()
    now = timezone.localtime()
    stations = {name: number(data[name]) for name in STATIONS}
    shown = totals_shown(data) | stations | {"updated_at": date_format(now, "H:i:s")}
    return {name: data[name] for name in PUBLIC} | {
        "sent": sum(data["attempts"].values()),
        "updated_at": now.isoformat(timespec="seconds"),
        "time_zone": timezone.get_current_timezone_name(),
        "shown": shown,
    }


def reasons_of(owner: Owner) -> list[Reason]:
    """The reasons that this party must act on."""
    return [reason for reason in Reason if ABOUT[reason].owner == owner]
