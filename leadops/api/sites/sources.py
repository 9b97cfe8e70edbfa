"""A site's sources: made, changed, renewed and revoked; an address is told, and who asked kept.

The desk asks a person for a fresh proof first. A program has none to give: its token was issued
with one, and each address that it is told stands in the security log.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import deciding, page, read
from leadops.api.bulk import moment
from leadops.api.decisions import Nothing
from leadops.api.describe import PAGING, operation
from leadops.api.evidence import one_of
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described, paged
from leadops.api.places import SOURCE, SOURCES, SourceSerializer, columns
from leadops.api.problems import Problem, conflict, invalid
from leadops.api.sites.secret import SecretViews, telling
from leads.clock import database_now
from leads.desk.sites.sources import acts
from leads.desk.sites.sources.page import addresses_of
from leads.intake.tools import TOOLS
from leads.models import Site, Source, SourceAddress

SEES = right(Scope.ADMINISTER, SOURCES)
MAKES = right(Scope.ADMINISTER, SOURCES, "leads.make_source")
ENDS = right(Scope.ADMINISTER, SOURCES, "leads.revoke_source")
LARGEST = 2**63 - 1


class AddressSerializer(Described):
    """A secret address, by its beginning."""

    id = serializers.IntegerField()
    beginning = serializers.CharField(help_text="Of its secret: what follows /in/.")
    created_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True, help_text="From then on it is 404.")


class WholeSourceSerializer(SourceSerializer):
    """A source with its addresses, the newest first."""

    site = serializers.IntegerField()
    addresses = AddressSerializer(many=True)


class ToldSourceSerializer(WholeSourceSerializer):
    """With its newest address in full. No log keeps this answer."""

    address = serializers.CharField()


class NewSourceSerializer(serializers.Serializer[Any]):
    """A further source."""

    name = serializers.CharField(max_length=100, help_text="Once a site.")
    tool = serializers.ChoiceField([*TOOLS, ""], default="", help_text="What makes the form.")


class SourceChangeSerializer(serializers.Serializer[Any]):
    """What changes of a source; the rest stays."""

    name = serializers.CharField(max_length=100, required=False, help_text="Once a site.")
    tool = serializers.ChoiceField([*TOOLS, ""], required=False)


class RenewSerializer(serializers.Serializer[Any]):
    """Which address was seen as the newest."""

    newest = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST,
        allow_null=True,
        help_text="The “id” of the newest address that was read; else 409.",
    )


def told(_views: Any, request: Request, answer: dict[str, Any]) -> str:
    """The newest address of what was answered, in full. Raises Problem."""
    rows = SourceAddress.objects.visible_to(request.user)
    found = one_of(rows, answer["addresses"][0]["id"])
    if not found.secret:
        raise conflict("No key of FIELD_KEYS opens the address: renew it.")
    return str(found.address)


class SourceViews(SecretViews):
    """Sources by age, and their addresses."""

    rights = {
        "list": SEES,
        "retrieve": SEES,
        "create": MAKES,
        "change": right(Scope.ADMINISTER, SOURCES, "leads.change_source"),
        "show": right(Scope.ADMINISTER, SOURCES, "leads.show_source"),
        "renew": MAKES,
        "end_old": ENDS,
        "revoke": ENDS,
    }

    @operation(
        "list_sources",
        "A site's sources",
        paged(WholeSourceSerializer),
        query=PAGING,
        refuses=(404,),
    )
    def list(self, request: Request, pk: int) -> Response:
        """A page."""
        site = one_of(Site.objects.visible_to(request.user), pk)
        rows = Source.objects.filter(site=site).prefetch_related("addresses")
        return page(request, rows, ["pk"], lambda found: [as_source(one) for one in found])

    @operation("get_source", "A source", WholeSourceSerializer, refuses=(404,))
    def retrieve(self, request: Request, pk: int) -> Response:
        """With its addresses, each by its beginning."""
        return Response(as_source(source_for(request, pk)))

    @operation(
        "create_source",
        "Make a source; its address is in the answer, this once",
        ToldSourceSerializer,
        takes=NewSourceSerializer,
        refuses=(404, 409),
        once=True,
        status=201,
    )
    @telling("address", told)
    @deciding
    def create(self, request: Request, pk: int) -> Response:
        """The source."""
        site = one_of(Site.objects.visible_to(request.user), pk)
        given = read(NewSourceSerializer, request)
        try:
            made = acts.make(site, given["name"], given["tool"], request.user)
        except IntegrityError:
            raise taken() from None
        return Response(as_source(made.source), 201)

    @operation(
        "change_source",
        "Rename a source, or say what makes it",
        WholeSourceSerializer,
        takes=SourceChangeSerializer,
        refuses=(404,),
        once=True,
    )
    @deciding
    def change(self, request: Request, pk: int) -> Response:
        """The source as it is then."""
        source = source_for(request, pk)
        try:
            acts.change(source, read(SourceChangeSerializer, request), request.user)
        except IntegrityError:
            raise taken() from None
        return Response(as_source(source))

    @operation(
        "show_source",
        "A source with its address in full; that it was asked for is kept",
        ToldSourceSerializer,
        takes=Nothing,
        refuses=(404, 409),
        once=True,
    )
    @telling("address", told)
    @deciding
    def show(self, request: Request, pk: int) -> Response:
        """The newest address, where it works."""
        read(Nothing, request)
        source = source_for(request, pk)
        if addresses_of(source, database_now())["address"] is None:
            raise conflict("Every address of the source was revoked: renew it.")
        acts.show(source, request.user)
        return Response(as_source(source))

    @operation(
        "renew_source",
        "Another address; the one of today goes on working for a week",
        ToldSourceSerializer,
        takes=RenewSerializer,
        refuses=(404, 409),
        once=True,
    )
    @telling("address", told)
    @deciding
    def renew(self, request: Request, pk: int) -> Response:
        """Beside the newest one that was read."""
        source, newest = source_for(request, pk), read(RenewSerializer, request)["newest"]
        if acts.renew(source, newest, request.user) is None:
            raise conflict("It has been renewed already: read it again.")
        return Response(as_source(source))

    @operation(
        "end_old_addresses",
        "End the addresses before the newest one now",
        WholeSourceSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def end_old(self, request: Request, pk: int) -> Response:
        """They are answered 404 from the next post on."""
        read(Nothing, request)
        source = source_for(request, pk)
        acts.end_old(source, request.user)
        return Response(as_source(source))

    @operation(
        "revoke_source",
        "End every address of a source now",
        WholeSourceSerializer,
        takes=Nothing,
        refuses=(404,),
        once=True,
    )
    @deciding
    def revoke(self, request: Request, pk: int) -> Response:
        """Its next post is answered 404."""
        read(Nothing, request)
        source = source_for(request, pk)
        acts.revoke(source, request.user)
        return Response(as_source(source))


def source_for(request: Request, pk: int) -> Source:
    """The source, where the account may see its site. Raises Http404."""
    source: Source = one_of(Source.objects.visible_to(request.user).select_related("site"), pk)
    return source


def taken() -> Problem:
    """Another source of the site is called so."""
    return invalid("The site has a source of this name already.", {"name": "taken"})


def as_source(source: Source) -> dict[str, Any]:
    """A source, and its addresses without what opens them."""
    addresses = [
        {
            "id": one.pk,
            "beginning": one.beginning,
            "created_at": moment(one.created_at),
            "ends_at": moment(one.ends_at),
        }
        for one in source.addresses.all()
    ]
    return columns(source, SOURCE) | {"site": source.site_id, "addresses": addresses}
