"""Who is posting: the key that a request shows, and the site behind it."""

from __future__ import annotations

from django.db.models import Subquery
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from leads.intake.errors import Forbidden, NotAuthenticated
from leads.models import Preferences, Site, SiteKey

UNKNOWN = _("The key is unknown or was revoked.")


def site_of(secret: str, kind: str) -> Site:
    """The enabled site that a live key of this kind belongs to, with its destination.

    `site.refuses_duplicates` holds the duplicate rule as it is in force. One statement.
    Raises NotAuthenticated or Forbidden.
    """
    key = (
        SiteKey.objects.live()
        .filter(digest=SiteKey.digest_of(secret), kind=kind)
        .select_related("site__destination")
        .annotate(global_rule=Subquery(Preferences.objects.values("refuse_duplicate_emails")[:1]))
        .first()
    )
    if key is None:
        raise NotAuthenticated(str(UNKNOWN))
    if not key.site.enabled:
        raise Forbidden("The site is disabled.")
    key.site.refuses_duplicates = key.site.rule_in_force(bool(key.global_rule))
    return key.site


class SiteKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY` with a site's secret key. `request.user` is the Site."""

    def authenticate(self, request: Request) -> tuple[Site, None]:
        """The site; raises NotAuthenticated or Forbidden."""
        scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise NotAuthenticated("Send the site's key as “Authorization: Bearer KEY”.")
        return site_of(secret.strip(), SiteKey.Kind.SECRET), None

    def authenticate_header(self, request: Request) -> str:
        """How to authenticate."""
        return "Bearer"


class SiteKeyScheme(OpenApiAuthenticationExtension):
    """The key in the OpenAPI schema."""

    target_class = SiteKeyAuthentication
    name = "site key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}
