"""Finding a source by its address in the admin, and its newest post."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from django.urls import reverse

from leads.models import Lead, Source


def source_of(site_id: int, source_pk: int) -> Source:
    """The source of the site, or 404."""
    return get_object_or_404(Source.objects.select_related("site"), pk=source_pk, site=site_id)


def source_url(source: Source) -> str:
    """The page of a source."""
    return reverse("admin:leads_site_source", args=[source.site_id, source.pk])


def newest_post(source: Source) -> Lead | None:
    """Its newest lead, one step into the index on them."""
    leads = Lead.objects.filter(webhook_source=source).order_by("-pk")
    return leads.select_related("site", "destination").defer("body").first()
