"""A source's settings: its name and tool, what it is answered, and how it proves who posts."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand
from leads.desk.sites.sources.find import source_of, source_url
from leads.desk.sites.sources.forms import SettingsForm
from leads.models import Site


@sensitive_post_parameters()
@sensitive_variables()
def change(request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
    """The form; what was changed is kept by name, no value with it."""
    demand(request, "leads.change_source")
    source = source_of(pk, source_pk)
    form = SettingsForm(request.POST or None, instance=source)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            if form.changed_data:
                said = f"Changed {', '.join(form.changed_data)} of “{saved}”."
                attribute(source.site, request.user, said.replace("_", " "))
        messages.success(request, (_("“%(saved)s” is saved.") % {"saved": saved}))
        return HttpResponseRedirect(source_url(source))
    context = admin.site.each_context(request) | {
        "title": _("Settings"),
        "opts": Site._meta,
        "site": source.site,
        "source": source,
        "form": form,
        "back": source_url(source),
    }
    response = TemplateResponse(request, "admin/leads/sites/sources/settings.html", context)
    response["Cache-Control"] = "no-store"
    return response
