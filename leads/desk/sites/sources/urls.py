"""The addresses of a site's sources, each behind the admin's login and its own permission."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.desk.sites.sources import addresses, choices, listening, settings
from leads.desk.sites.sources.page import source_page

SOURCE = "<int:pk>/source/<int:source_pk>/"


def source_urls(admin_site: Any) -> list[URLPattern]:
    """The pages, and the buttons on them."""
    form = require_http_methods(["GET", "HEAD", "POST"])
    views = {
        "<int:pk>/add-source/": (form(addresses.add), "add_source"),
        SOURCE: (require_http_methods(["GET", "HEAD"])(source_page), "source"),
        f"{SOURCE}settings/": (form(settings.change), "source_settings"),
        f"{SOURCE}listen.json": (require_GET(listening.listen), "source_listen"),
        f"{SOURCE}show/": (require_POST(addresses.show), "source_show"),
        f"{SOURCE}renew/": (require_POST(addresses.renew), "source_renew"),
        f"{SOURCE}end-old/": (require_POST(addresses.end_old), "source_end_old"),
        f"{SOURCE}revoke/": (require_POST(addresses.revoke), "source_revoke"),
        f"{SOURCE}choose/": (require_POST(choices.choose), "source_choose"),
        f"{SOURCE}apply/": (require_POST(choices.apply_to_held), "source_apply"),
        f"{SOURCE}looks-right/": (require_POST(listening.looks_right), "source_looks_right"),
        f"{SOURCE}was-a-test/": (require_POST(listening.was_a_test), "source_was_a_test"),
    }
    return [
        path(route, admin_site.admin_view(view), name=f"leads_site_{name}")
        for route, (view, name) in views.items()
    ]
