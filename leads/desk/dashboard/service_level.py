"""`/admin/service-level/`: how many leads are in Zoho within a minute, and how many may miss."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from leads.clock import database_now
from leads.counters import figures
from leads.counters.service_level import DAYS, Level, levels
from leads.counters.spans import Key
from leads.desk.kit.formatting import DASH
from leads.desk.kit.permissions import demand
from leads.models import Site
from leads.models.queries.visible import sites_of
from leads.shown.numbers import localised

PERMISSION = "leads.view_figure"


def service_level(request: HttpRequest) -> TemplateResponse:
    """The page; of the user's sites. Raises PermissionDenied."""
    demand(request, PERMISSION)
    own, objective = sites_of(request.user), settings.SLO_SHARE
    whole, each = levels(database_now(), objective, None if own is None else sorted(own))
    everything = _("All sites") if own is None else _("Your sites")
    names: dict[Key, str] = {}
    names |= Site.objects.visible_to(request.user).values_list("pk", "name")
    rows = [(names.get(pk, _("(deleted)")), level) for pk, level in each.items()]
    context = {
        **admin.site.each_context(request),
        "title": _("Service level"),
        "days": DAYS,
        "objective": localised(f"{objective.normalize():f}%"),
        "lines": [line(*one) for one in [*rows, (everything, whole)]] if rows else [],
    }
    return TemplateResponse(request, "admin/leads/dashboard/service_level.html", context)


def line(name: str, level: Level) -> dict[str, Any]:
    """A row of the table."""
    return {
        "name": name,
        "level": level,
        "share": figures.share(level.counts.prompt_share),
        "allowed": int(level.allowed),
        "left": left(level.left),
    }


def left(percent: Decimal | None) -> str:
    """What is left of the budget, whole percent."""
    return DASH if percent is None else localised(f"{percent.quantize(Decimal(1)):f}%")
