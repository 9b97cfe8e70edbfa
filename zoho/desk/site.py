"""A site's page with what Zoho adds to it: the mapping, and the request options as inputs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from leads.desk.sites.pages import SiteAdmin
from leads.models import Site
from zoho.desk import mapping
from zoho.desk.options_form import SiteForm, option_fieldset
from zoho.models import Mapping

admin.site.unregister(Site)


@admin.register(Site)
class ZohoSiteAdmin(SiteAdmin):
    """A site with its mapping and its request options."""

    form = SiteForm
    change_form_template = "admin/zoho/site.html"

    def get_urls(self) -> list[URLPattern]:
        """The site's addresses and that of its mapping."""
        return [*mapping.mapping_urls(self.admin_site), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """An input for each option; who may only look sees the options as they are stored."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            return fieldsets
        unused = obj is None or not obj.options
        return [*map(_without_json, fieldsets), option_fieldset(collapsed=unused)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, below the way to the mapping."""
        site = context.get("original")
        context["mapping"] = Mapping.objects.filter(site=site).first() if site else None
        return super().render_change_form(request, context, *args, **kwargs)


def _without_json(fieldset: Any) -> Any:
    title, content = fieldset
    return title, content | {"fields": [name for name in content["fields"] if name != "options"]}
