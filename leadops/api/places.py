"""Sites with their sources and keys, and destinations with the switch that stops sending."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews, deciding, page, read
from leadops.api.bulk import moment
from leadops.api.decisions import Nothing
from leadops.api.describe import PAGING, operation
from leadops.api.evidence import one_of
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described, paged
from leads.desk.destinations import switch_by_hand
from leads.models import Destination, Site, SiteKey, Source
from leads.models.sites.site import addresses

SITES = right(Scope.ADMINISTER, "leads.view_site")
SOURCES, KEYS = "leads.view_source", "leads.view_sitekey"
LOOKS = right(Scope.ADMINISTER, "leads.view_destination")
SITE = ("name", "enabled", "module", "country", "language", "duplicate_rule", "nameless")
MORE = ("duplicate_policy", "repeat_window", "quota")
KEY = ("prefix", "label", "kind", "reads", "networks", *("created_at", "last_used_at"))
ENDS = ("expires_at", "revoked_at")
SOURCE = ("name", "tool", "success", "repeat_minutes", "chosen", "last_post_at", "confirmed_at")
PACE = ("name", "calls_per_second", "max_slots", "batch_size", "faults", "credits_left")


class SiteSerializer(Described):
    """A site."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    destination = serializers.IntegerField()
    enabled = serializers.BooleanField()
    module = serializers.CharField()
    country = serializers.CharField()
    language = serializers.CharField()
    duplicate_rule = serializers.ChoiceField(Site.DuplicateRule.choices)
    nameless = serializers.ChoiceField(Site.Nameless.choices)
    paused_at = serializers.DateTimeField(allow_null=True)
    pause_reason = serializers.CharField()


class KeySerializer(Described):
    """A key of a site, without its secret."""

    id = serializers.IntegerField()
    prefix = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field here, a property of every field
    kind = serializers.ChoiceField(SiteKey.Kind.choices)
    reads = serializers.BooleanField()
    networks = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class SourceSerializer(Described):
    """A form tool that posts to a site, without its secret address."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    tool = serializers.CharField()
    success = serializers.IntegerField()
    repeat_minutes = serializers.IntegerField()
    chosen = serializers.DictField(child=serializers.CharField())
    last_post_at = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)


class WholeSiteSerializer(SiteSerializer):
    """With its further settings, and with what posts to it."""

    duplicate_policy = serializers.ChoiceField(Site.DuplicatePolicy.choices)
    repeat_window = serializers.IntegerField()
    quota = serializers.IntegerField(allow_null=True)
    recipients = serializers.ListField(child=serializers.CharField())
    sources = SourceSerializer(
        many=True, allow_null=True, help_text="Null for who may not see them."
    )
    keys = KeySerializer(many=True, allow_null=True, help_text="Null for who may not see them.")


class DestinationSerializer(Described):
    """Where leads go."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    calls_per_second = serializers.FloatField()
    max_slots = serializers.IntegerField()
    batch_size = serializers.IntegerField()
    faults = serializers.IntegerField(help_text="Failed calls in a row.")
    credits_left = serializers.IntegerField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_until = serializers.DateTimeField(allow_null=True)
    pause_reason = serializers.CharField()
    last_success_at = serializers.DateTimeField(allow_null=True)


class SiteViews(OpsViews):
    """Sites by age."""

    rights = {"list": SITES, "retrieve": SITES}

    @operation("list_sites", "Sites", paged(SiteSerializer), query=PAGING)
    def list(self, request: Request) -> Response:
        """A page."""
        rows = Site.objects.visible_to(request.user)
        return page(request, rows, ["pk"], lambda found: [as_site(one) for one in found])

    @operation("get_site", "A site with its sources and keys", WholeSiteSerializer, refuses=(404,))
    def retrieve(self, request: Request, pk: int) -> Response:
        """The site; no secret is in it."""
        return Response(whole_site(one_of(Site.objects.visible_to(request.user), pk), request.user))


class DestinationViews(OpsViews):
    """Destinations by age."""

    rights = {
        "list": LOOKS,
        "retrieve": LOOKS,
        "pause": right(Scope.ADMINISTER, "leads.view_destination", "leads.pause_destination"),
        "resume": right(Scope.ADMINISTER, "leads.view_destination", "leads.resume_destination"),
    }

    @operation(
        "list_destinations",
        "Destinations",
        paged(DestinationSerializer),
        query=PAGING,
    )
    def list(self, request: Request) -> Response:
        """A page."""
        rows = Destination.objects.visible_to(request.user)
        return page(request, rows, ["pk"], lambda found: [as_destination(one) for one in found])

    @operation(
        "get_destination", "A destination and its state", DestinationSerializer, refuses=(404,)
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """Whether it sends, and its pace."""
        return Response(as_destination(one_of(Destination.objects.visible_to(request.user), pk)))

    @operation(
        "pause_destination",
        "Stop sending until somebody resumes",
        DestinationSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def pause(self, request: Request, pk: int) -> Response:
        """Leads wait from now on."""
        return self._switch(request, pk, "pause")

    @operation(
        "resume_destination",
        "Let sending go on",
        DestinationSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def resume(self, request: Request, pk: int) -> Response:
        """What waits leaves at once."""
        return self._switch(request, pk, "resume")

    def _switch(self, request: Request, pk: int, name: str) -> Response:
        read(Nothing, request)
        rows = Destination.objects.visible_to(request.user)
        switch_by_hand(one_of(rows, pk), name, request.user)
        return Response(as_destination(one_of(rows, pk)))


def columns(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The row's id and these columns, as JSON has them."""
    values = {name: getattr(row, name) for name in names}
    return {"id": row.pk} | {
        name: moment(value) if name.endswith("_at") else value for name, value in values.items()
    }


def whole_site(site: Site, user: Any) -> dict[str, Any]:
    """A site with what posts to it, as far as the account may see that."""
    sources = Source.objects.visible_to(user).filter(site=site)
    keys = SiteKey.objects.visible_to(user).filter(site=site)
    sees_sources, sees_keys = user.has_perm(SOURCES), user.has_perm(KEYS)
    return (
        as_site(site)
        | columns(site, MORE)
        | {
            "recipients": addresses(site.recipients),
            "sources": [columns(one, SOURCE) for one in sources] if sees_sources else None,
            "keys": [columns(one, (*KEY, *ENDS)) for one in keys] if sees_keys else None,
        }
    )


def as_site(site: Site) -> dict[str, Any]:
    """A site by itself."""
    stands = columns(site, (*SITE, "paused_at", "pause_reason"))
    return stands | {"destination": site.destination_id}


def as_destination(one: Destination) -> dict[str, Any]:
    """A destination, and whether it sends."""
    stands = columns(one, (*PACE, "paused_at", "pause_reason", "last_success_at"))
    return stands | {"paused_until": moment(one.paused_until)}
