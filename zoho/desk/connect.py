"""The Connect page of a destination: credentials, the set-up check, a test lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.clock import Deadline
from leads.desk.kit.history import attribute
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
from leads.intake.errors import OverQuota
from leads.intake.test_lead import send_test_lead
from leads.models import Destination
from zoho.api import oauth
from zoho.api.datacentres import name_of
from zoho.desk.connect_form import CODE, REDIRECT, ConnectForm
from zoho.models import Connection
from zoho.setup import connect, consent
from zoho.setup.check import check

PERMISSION = "zoho.connect_zoho"
ENTERED = "zoho_connect_entered"
"""In the session: what was entered for destinations whose person has gone to Zoho."""
CONNECT_SECONDS = 15
CHECK_SECONDS = 25
"""Shorter than gunicorn's patience of 30 s."""


def connect_urls(admin_site: Any) -> list[URLPattern]:
    """The page's addresses below a destination's, each behind login and permission."""
    views: dict[str, Callable[..., HttpResponse]] = {
        "connect": require_http_methods(["GET", "HEAD", "POST"])(connect_page),
        "check": require_POST(check_now),
        "test-lead": require_POST(test_lead),
    }
    return [
        path(
            f"<int:pk>/{name}/",
            admin_site.admin_view(view),
            name=f"zoho_{name.replace('-', '_')}",
        )
        for name, view in views.items()
    ]


@sensitive_post_parameters()
@sensitive_variables()
def connect_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, and what it does."""
    demand(request, PERMISSION)
    destination = get_object_or_404(Destination, pk=pk)
    connection = Connection.objects.filter(destination=destination).first()
    form = ConnectForm(connection, request.POST or None, entered(request, destination))
    if request.method == "POST" and form.is_valid():
        try:
            return _go(request, destination, form)
        except connect.NotConnected as refusal:
            form.add_error(None, str(refusal))
    return show(request, destination, form)


def _go(request: HttpRequest, destination: Destination, form: ConnectForm) -> HttpResponse:
    ours, way = form.credentials(), form.cleaned_data["way"]
    if way == REDIRECT:
        remember(request, destination, ours)
        target = consent.begin(request.session, destination.pk, ours, redirect_uri())
        return _leave(request, destination, target)
    deadline = Deadline(CONNECT_SECONDS)
    if way == CODE:
        grant = connect.connect(destination, ours, deadline, form.cleaned_data[CODE].strip())
    else:
        refresh_token = form.cleaned_data["refresh_token"].strip()
        grant = connect.connect_with_refresh_token(destination, ours, deadline, refresh_token)
    return connected(request, destination, ours, grant)


def _leave(request: HttpRequest, destination: Destination, target: str) -> HttpResponse:
    """A page that goes to Zoho by itself.

    Not a redirect: our policy holds a form to our own site, and browsers hold that against the
    address that a posted form is redirected to.
    """
    context = admin.site.each_context(request) | {
        "title": _("To Zoho"),
        "destination": destination,
        "target": target,
    }
    response = TemplateResponse(request, "admin/zoho/leave.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    """Where Zoho sends a person back to."""
    demand(request, PERMISSION)
    try:
        answer = consent.finish(request.session, request.GET.dict())
        destination = get_object_or_404(Destination, pk=answer.destination_id)
        grant = connect.connect(
            destination, answer.ours, Deadline(CONNECT_SECONDS), answer.code, redirect_uri()
        )
    except connect.NotConnected as refusal:
        messages.error(request, _("Not connected. %(refusal)s") % {"refusal": refusal})
        return HttpResponseRedirect(page_to_go_on(request))
    return connected(request, destination, answer.ours, grant)


def connected(
    request: HttpRequest, destination: Destination, ours: connect.Credentials, grant: oauth.Grant
) -> HttpResponse:
    """Note who did it, and say it."""
    where = name_of(ours.accounts_url)
    request.session[ENTERED] = dict(request.session.get(ENTERED, {}))
    request.session[ENTERED].pop(str(destination.pk), None)
    attribute(destination, request.user, f"Connected Zoho ({where}).", "connection")
    messages.success(
        request,
        (_("Connected with Zoho (%(where)s). Waiting leads are on their way.") % {"where": where}),
    )
    if grant.scope and (lacking := oauth.missing(grant.scope)):
        words = _("Zoho did not grant: %(scopes)s.")
        messages.warning(request, words % {"scopes": ", ".join(lacking)})
    return HttpResponseRedirect(reverse("admin:zoho_connect", args=[destination.pk]))


def remember(request: HttpRequest, destination: Destination, ours: connect.Credentials) -> None:
    """Keep what was entered, without the secret, for who comes back from Zoho without agreeing."""
    values = {"accounts_url": ours.accounts_url, "client_id": ours.client_id}
    begun = request.session.get(ENTERED, {})
    request.session[ENTERED] = {**begun, str(destination.pk): values}


def entered(request: HttpRequest, destination: Destination) -> dict[str, str]:
    """What was entered for a destination that is not connected yet."""
    begun: dict[str, dict[str, str]] = request.session.get(ENTERED, {})
    return begun.get(str(destination.pk), {})


def page_to_go_on(request: HttpRequest) -> str:
    """The page that the person left for Zoho; the list where that is not clear."""
    begun = [int(pk) for pk in request.session.get(ENTERED, {})]
    if len(begun) == 1 and Destination.objects.filter(pk=begun[0]).exists():
        return reverse("admin:zoho_connect", args=begun)
    return reverse("admin:leads_destination_changelist")


def check_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Run the set-up check and show what it found; nothing keeps it."""
    demand(request, PERMISSION)
    destination = get_object_or_404(Destination, pk=pk)
    lines = check(destination, Deadline(CHECK_SECONDS))
    connection = Connection.objects.filter(destination=destination).first()
    return show(request, destination, ConnectForm(connection), findings=lines)


def test_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test lead of one of the destination's sites, and go to its page."""
    demand(request, PERMISSION)
    sites = get_object_or_404(Destination, pk=pk).sites
    chosen = request.POST.get("site", "")
    site = get_object_or_404(sites, pk=int(chosen) if chosen.isdecimal() else 0)
    try:
        lead = send_test_lead(site)
    except OverQuota as over:
        messages.error(request, str(over.detail))
        return HttpResponseRedirect(reverse("admin:zoho_connect", args=[pk]))
    attribute(site, request.user, f"Sent test lead {lead.pk}.")
    messages.success(request, _("A test lead is on its way. It is counted nowhere."))
    return HttpResponseRedirect(lead_url(lead.pk))


def show(
    request: HttpRequest, destination: Destination, form: ConnectForm, **more: Any
) -> HttpResponse:
    """The page."""
    connection = Connection.objects.filter(destination=destination).first()
    context = admin.site.each_context(request) | {
        "title": (_("Connect Zoho: %(destination_name)s") % {"destination_name": destination.name}),
        "destination": destination,
        "connection": connection,
        "data_centre": _(name_of(connection.accounts_url)) if connection else "",
        "granted": connection.scope.split() if connection else [],
        "lacking": oauth.missing(connection.scope) if connection and connection.scope else [],
        "scopes": oauth.SCOPES,
        "sites": destination.sites.order_by("name"),
        "redirect_uri": redirect_uri(),
        "home": settings.PUBLIC_URL,
        "begun": bool(entered(request, destination)),
        "form": form,
        "now": timezone.now(),
        **more,
    }
    response = TemplateResponse(request, "admin/zoho/connect.html", context)
    response["Cache-Control"] = "no-store"
    return response


def redirect_uri() -> str:
    """The address that the client in Zoho's API console names."""
    return f"{settings.PUBLIC_URL}{reverse('zoho-callback')}"
