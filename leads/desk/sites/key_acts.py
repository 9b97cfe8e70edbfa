"""What is done to a site's key, by whoever does it, and its entry in the site's history."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from leads.clock import database_now
from leads.desk.kit.history import attribute
from leads.models import Site, SiteKey


@sensitive_variables()
@transaction.atomic
def issue(
    site: Site, kind: str, label: str, secret: str, user: Any, **limits: Any
) -> tuple[SiteKey, str]:
    """A key of a secret that was made before, and how that is shown.

    What arrives twice makes one key, with one entry.
    """
    names = (secret, SiteKey.id_of(secret))
    is_new = not site.keys.filter(digest__in=map(SiteKey.digest_of, names)).exists()
    key, shown = SiteKey.objects.issue(site, kind, label, secret, **limits)
    if is_new:
        attribute(site, user, f"Issued key {key}.", "key")
    return key, shown


@sensitive_variables()
def renew(old: SiteKey, secret: str, user: Any) -> tuple[SiteKey, str]:
    """Another key with the label and limits of one, for as long as that was meant to last.

    Both work until the old one is revoked.
    """
    lasts = old.expires_at - old.created_at if old.expires_at else None
    limits = {
        "reads": old.reads,
        "networks": old.networks,
        "expires_at": lasts and database_now() + lasts,
    }
    return issue(old.site, old.kind, old.label, secret, user, **limits)


@transaction.atomic
def revoke(key: SiteKey, user: Any) -> bool:
    """Stop accepting the key from the next request on; False when it was revoked before."""
    revoked = key.revoke()
    if revoked:
        attribute(key.site, user, f"Revoked key {key}.", "key")
    return revoked
