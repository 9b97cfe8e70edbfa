"""Sites, made and changed: by the same rules as the desk's form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import deciding, read
from leadops.api.describe import operation
from leadops.api.evidence import one_of
from leadops.api.guard import Scope, right
from leadops.api.places import SiteViews, WholeSiteSerializer, whole_site
from leadops.api.problems import Problem, invalid
from leads.decisions.site import change_site, make_site
from leads.desk.kit.history import attribute
from leads.models import Destination, Site
from leads.models.queries.visible import is_limited

LARGEST_QUOTA = 2**31 - 1
"""What the column holds."""


class SiteChangeSerializer(serializers.Serializer[Any]):
    """What changes of a site; the rest stays."""

    name = serializers.CharField(max_length=100, required=False, help_text="Once an installation.")
    enabled = serializers.BooleanField(
        required=False, help_text="A disabled site is answered 403 from its next post on."
    )
    recipients = serializers.ListField(
        child=serializers.EmailField(),
        required=False,
        max_length=100,
        help_text="Who is told when a lead fails.",
    )
    module = serializers.RegexField(
        r"^[A-Za-z][A-Za-z0-9_]*$", max_length=50, required=False, help_text="Of Zoho: Leads."
    )
    country = serializers.RegexField(
        r"^([A-Z]{2})?$", max_length=2, required=False, allow_blank=True, help_text="Such as DE."
    )
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)
    duplicate_rule = serializers.ChoiceField(Site.DuplicateRule.choices, required=False)
    duplicate_policy = serializers.ChoiceField(Site.DuplicatePolicy.choices, required=False)
    nameless = serializers.ChoiceField(Site.Nameless.choices, required=False)
    repeat_window = serializers.IntegerField(min_value=0, max_value=600, required=False)
    quota = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_QUOTA,
        required=False,
        allow_null=True,
        help_text="Leads a minute; null for the default, 0 for any.",
    )


class NewSiteSerializer(SiteChangeSerializer):
    """A further site."""

    name = serializers.CharField(max_length=100, help_text="Once an installation.")
    destination = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, help_text="The first one if left out."
    )


class WritableSiteViews(SiteViews):
    """Sites, and what changes them. A site with leads is disabled, never deleted."""

    rights = {
        **SiteViews.rights,
        "create": right(Scope.ADMINISTER, "leads.view_site", "leads.add_site"),
        "change": right(Scope.ADMINISTER, "leads.view_site", "leads.change_site"),
    }

    @operation(
        "create_site",
        "Make a site; a key or a source of it is made by another call",
        WholeSiteSerializer,
        takes=NewSiteSerializer,
        once=True,
        status=201,
    )
    @deciding
    def create(self, request: Request) -> Response:
        """The site."""
        if is_limited(request.user):
            raise Problem(403, "forbidden", "An account that is limited to sites makes none.")
        given = read(NewSiteSerializer, request)
        site = Site(destination=destination_of(given.pop("destination", None)), **columns_of(given))
        with said_by_field():
            make_site(site)
        attribute(site, request.user, "Made the site.")
        return Response(whole_site(site, request.user), 201)

    @operation(
        "change_site",
        "Change a site's settings, or enable or disable it",
        WholeSiteSerializer,
        takes=SiteChangeSerializer,
        refuses=(404,),
        once=True,
    )
    @deciding
    def change(self, request: Request, pk: int) -> Response:
        """The site as it is then."""
        site: Site = one_of(Site.objects.visible_to(request.user), pk)
        with said_by_field():
            changed = change_site(site, columns_of(read(SiteChangeSerializer, request)))
        if changed:
            attribute(site, request.user, f"Changed {', '.join(sorted(changed))}.")
        return Response(whole_site(site, request.user))


def destination_of(pk: int | None) -> Destination:
    """The destination, or the first. Raises Problem."""
    rows = Destination.objects.order_by("pk")
    found = rows.first() if pk is None else rows.filter(pk=pk).first()
    if found is None:
        raise invalid("There is no such destination.", {"destination": "unknown"})
    return found


def columns_of(given: dict[str, Any]) -> dict[str, Any]:
    """What was sent, as the site's columns hold it."""
    if "recipients" in given:
        given["recipients"] = "\n".join(given["recipients"])
    return given


@contextmanager
def said_by_field() -> Iterator[None]:
    """What the site's own rules refuse, as a problem."""
    try:
        with transaction.atomic():
            yield
    except ValidationError as error:
        errors = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise invalid("The site's settings are not valid.", errors) from None
    except IntegrityError:  # made by somebody else at this very moment
        raise invalid("There is a site of this name already.", {"name": "taken"}) from None
