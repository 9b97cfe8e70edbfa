"""The card of a site's page that leads to its outcome webhooks."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from leads.desk.sites.pages import SiteAdmin
from leads.models import Site
from notifications.desk.endpoints.page import endpoint_state
from notifications.models import Endpoint


def outcomes_card(request: HttpRequest, site: Site) -> SafeString:
    """Which programs are told what became of its leads, and how that goes."""
    user = request.user
    if not user.has_perm("notifications.view_endpoint"):
        return SafeString("")
    rows = Endpoint.objects.filter(site=site).visible_to(user).without_secrets()
    context = {
        "site": site,
        "endpoints": [(endpoint, endpoint_state(endpoint)) for endpoint in rows],
        "may_add": user.has_perm("notifications.add_endpoint"),
    }
    return render_to_string("admin/notifications/endpoints/card.html", context, request)


SiteAdmin.cards.append(outcomes_card)
