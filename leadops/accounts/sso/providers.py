"""The providers that people may log in at: the environment's, and those of the admin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from leadops.accounts.sso.rows import OF_ENVIRONMENT, IdentityProvider


@dataclass(frozen=True)
class Provider:
    """One of them, wherever it was set up."""

    slug: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    groups_claim: str
    groups: Mapping[str, str]
    """The group here, by what the claim says."""
    sign_up: bool
    link_domains: frozenset[str]
    second_factor: frozenset[str]
    is_judged: bool
    """Whether calls go to the open Internet alone: who typed it in may not reach our network."""

    @property
    def identity_issuer(self) -> str:
        """The issuer as identities are kept under: some write a slash at its end, some do not."""
        return self.issuer.rstrip("/")


def every() -> list[Provider]:
    """All that are in use, by name. An issuer of the environment is not there twice."""
    ours = of_environment()
    rows = IdentityProvider.objects.filter(is_enabled=True)
    typed = [of_row(row) for row in rows]
    taken = {one.identity_issuer for one in ours}
    found = [*ours, *(one for one in typed if one.identity_issuer not in taken)]
    return sorted(found, key=lambda one: one.name.casefold())


def by_slug(slug: str) -> Provider | None:
    """The one of this name."""
    return next((one for one in every() if one.slug == slug), None)


def by_issuer(issuer: str) -> Provider | None:
    """The one that an identity is of."""
    return next((one for one in every() if one.identity_issuer == issuer.rstrip("/")), None)


def of_environment() -> list[Provider]:
    """The provider of the environment; none where there is none."""
    told: dict[str, Any] = settings.OIDC
    if not told["issuer"]:
        return []
    sets = {
        "link_domains": lowered(told["link_domains"]),
        "second_factor": frozenset(told["second_factor"]),
        "scopes": tuple(told["scopes"]),
    }
    return [Provider(slug=OF_ENVIRONMENT, is_judged=False, **(told | sets))]


def of_row(row: IdentityProvider) -> Provider:
    """A provider of the admin."""
    return Provider(
        slug=row.slug,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        client_secret=row.client_secret,
        scopes=tuple(row.scopes.split()),
        groups_claim=row.groups_claim,
        groups=row.groups,
        sign_up=row.sign_up,
        link_domains=lowered(row.link_domains.split(",")),
        second_factor=frozenset(filter(None, map(str.strip, row.second_factor.split(",")))),
        is_judged=True,
    )


def lowered(domains: list[str]) -> frozenset[str]:
    """Domains as they are compared."""
    return frozenset(filter(None, (one.strip().lstrip("@").casefold() for one in domains)))
