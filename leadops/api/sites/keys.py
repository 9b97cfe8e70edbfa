"""A site's keys: issued, changed to another without an outage, revoked. A secret is told once.

As at the desk, and as in `leadops.api.sites.sources` without a proof beside the token.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import deciding, page, read
from leadops.api.decisions import Nothing
from leadops.api.describe import PAGING, operation
from leadops.api.evidence import one_of
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import paged
from leadops.api.places import ENDS, KEY, KEYS, KeySerializer, columns
from leadops.api.problems import conflict, invalid
from leadops.api.sites.secret import SecretViews, telling
from leads.clock import database_now
from leads.desk.sites import key_acts
from leads.desk.sites.site_keys import doubts_about
from leads.models import Site, SiteKey
from leads.networks import are_networks

SEES = right(Scope.ADMINISTER, KEYS)
ISSUES = right(Scope.ADMINISTER, KEYS, "leads.issue_sitekey")
REVOKES = right(Scope.ADMINISTER, KEYS, "leads.revoke_sitekey")
DOUBTS = {"used": "it was used within the hour", "last": "no other key of its kind is live"}


class OneKeySerializer(KeySerializer):
    """A key, whose it is, and what of it is public."""

    site = serializers.IntegerField()
    token = serializers.CharField(
        help_text="Of a form token itself, of a signing key its id; empty for a secret key."
    )


class ToldKeySerializer(OneKeySerializer):
    """With its secret. No log keeps this answer."""

    secret = serializers.CharField()


class NewKeySerializer(serializers.Serializer[Any]):
    """A key, and its limits. A form token, which visitors show, has a last moment alone."""

    kind = serializers.ChoiceField(SiteKey.Kind.choices, default=SiteKey.Kind.SECRET.value)
    label = serializers.CharField(max_length=100, default="", allow_blank=True)  # type: ignore[assignment]  # a field here, a property of every field
    reads = serializers.BooleanField(default=True, help_text="Whether it reads receipts.")
    networks = serializers.CharField(
        max_length=500,
        default="",
        allow_blank=True,
        validators=[are_networks],
        help_text="Who may show it: addresses and networks, separated by commas.",
    )
    expires_at = serializers.DateTimeField(default=None, allow_null=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Limits that the kind can have, and an end that is to come."""
        if given["expires_at"] and given["expires_at"] <= database_now():
            raise serializers.ValidationError({"expires_at": "This moment is over."})
        if given["kind"] == SiteKey.Kind.FORM and (given["networks"] or not given["reads"]):
            raise serializers.ValidationError({"kind": "A form token has neither of the limits."})
        return given


class RevokeSerializer(serializers.Serializer[Any]):
    """Whether to revoke a key that is in use, or the last of its kind."""

    anyway = serializers.BooleanField(default=False)


def told(views: Any, _request: Request, answer: dict[str, Any]) -> str:
    """The secret of what was made."""
    return SiteKey.as_shown(answer["kind"], views.secret)


class KeyViews(SecretViews):
    """Keys, the newest first."""

    rights = {
        "list": SEES,
        "retrieve": SEES,
        "create": ISSUES,
        "renew": ISSUES,
        "revoke": REVOKES,
    }

    @operation("list_keys", "A site's keys", paged(OneKeySerializer), query=PAGING, refuses=(404,))
    def list(self, request: Request, pk: int) -> Response:
        """A page, those that were revoked among them."""
        site = one_of(Site.objects.visible_to(request.user), pk)
        rows = SiteKey.objects.filter(site=site)
        return page(request, rows, ["-pk"], lambda found: [as_key(one) for one in found])

    @operation("get_key", "A key, without its secret", OneKeySerializer, refuses=(404,))
    def retrieve(self, request: Request, pk: int) -> Response:
        """When it was last used, and until when it works."""
        return Response(as_key(key_for(request, pk)))

    @operation(
        "create_key",
        "Issue a key; its secret is in the answer, this once",
        ToldKeySerializer,
        takes=NewKeySerializer,
        refuses=(404,),
        once=True,
        status=201,
    )
    @telling("secret", told)
    @deciding
    def create(self, request: Request, pk: int) -> Response:
        """The key."""
        site = one_of(Site.objects.visible_to(request.user), pk)
        given = read(NewKeySerializer, request)
        kind, label = given.pop("kind"), given.pop("label")
        key, _shown = key_acts.issue(site, kind, label, self.secret, request.user, **given)
        return Response(as_key(key), 201)

    @operation(
        "renew_key",
        "Another key with the same limits; both work until the old one is revoked",
        ToldKeySerializer,
        takes=Nothing,
        refuses=(404, 409),
        once=True,
        status=201,
    )
    @telling("secret", told)
    @deciding
    def renew(self, request: Request, pk: int) -> Response:
        """The new one."""
        read(Nothing, request)
        old = key_for(request, pk)
        if old.revoked_at is not None or old.has_expired:
            raise conflict("The key is over: issue another one.")
        key, _shown = key_acts.renew(old, self.secret, request.user)
        return Response(as_key(key), 201)

    @operation(
        "revoke_key",
        "Stop accepting a key from the next request on",
        OneKeySerializer,
        takes=RevokeSerializer,
        refuses=(404,),
        once=True,
    )
    @deciding
    def revoke(self, request: Request, pk: int) -> Response:
        """Asks to be sure where it is in use, or the last one of its kind."""
        key, anyway = key_for(request, pk), read(RevokeSerializer, request)["anyway"]
        doubts = doubts_about(key, database_now()) if key.revoked_at is None else []
        if doubts and not anyway:
            words = " and ".join(DOUBTS[one] for one in doubts)
            raise invalid(f"Say “anyway”: {words}.", {"anyway": ", ".join(doubts)})
        key_acts.revoke(key, request.user)
        return Response(as_key(key_for(request, pk)))


def key_for(request: Request, pk: int) -> SiteKey:
    """The key, where the account may see its site. Raises Http404."""
    key: SiteKey = one_of(SiteKey.objects.visible_to(request.user).select_related("site"), pk)
    return key


def as_key(key: SiteKey) -> dict[str, Any]:
    """A key without its secret."""
    return columns(key, (*KEY, *ENDS, "token")) | {"site": key.site_id}
