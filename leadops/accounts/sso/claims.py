"""Identity: who somebody is at a provider, read from whatever it claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from leadops.accounts.sso.providers import Provider
from leadops.accounts.sso.tokens import told_when

MOST_GROUPS = 2_000


@dataclass(frozen=True)
class Identity:
    """Somebody at a provider."""

    provider: Provider
    subject: str
    email: str
    """An address that the provider has verified; empty without one."""
    name: str
    first_name: str
    last_name: str
    groups: frozenset[str]
    proved_at: float
    """When they showed that it was them there, in seconds; 0 where that is not said."""
    showed_factor: bool

    @property
    def roles(self) -> frozenset[str]:
        """The names of the groups here that the claim gives."""
        return frozenset(
            group for claimed, group in self.provider.groups.items() if claimed in self.groups
        )


def identity_of(provider: Provider, signed: Mapping[str, Any], more: Mapping[str, Any]) -> Identity:
    """From a token, and from what was asked for beside it. What is proved is read in the token."""
    told = {**more, **signed}
    return Identity(
        provider=provider,
        subject=str(signed["sub"]),
        email=verified_address(told),
        name=text(told.get("preferred_username"), 150),
        first_name=text(told.get("given_name"), 150),
        last_name=text(told.get("family_name"), 150),
        groups=groups_in(told, provider.groups_claim),
        proved_at=told_when(signed),
        showed_factor=bool(provider.second_factor & methods_in(signed)),
    )


def verified_address(told: Mapping[str, Any]) -> str:
    """The address where `email_verified` says true, as the truth or as the word."""
    address = told.get("email")
    if told.get("email_verified") not in (True, "true") or not isinstance(address, str):
        return ""
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address if len(address) <= 254 else ""


def groups_in(told: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The groups that a claim lists: a list of texts, or a text. Anything else is none.

    A claim of that very name goes first; then the dots of the name lead into it.
    """
    found: Any = told.get(claim)
    if found is None:
        found = told
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list):
        return frozenset()
    return frozenset(one for one in listed[:MOST_GROUPS] if isinstance(one, str) and one)


def methods_in(signed: Mapping[str, Any]) -> frozenset[str]:
    """How somebody logged in there, by `amr` and `acr`."""
    amr, acr = signed.get("amr"), signed.get("acr")
    listed = [*(amr if isinstance(amr, list) else []), acr]
    return frozenset(one for one in listed if isinstance(one, str))


def text(value: Any, longest: int) -> str:
    """A claim as a name can stand in a column."""
    if not isinstance(value, str):
        return ""
    return "".join(sign for sign in value if sign.isprintable()).strip()[:longest]


def lacks(provider: Provider, signed: Mapping[str, Any]) -> bool:
    """Whether the token says less than we would like to know, so that the rest is asked for."""
    wants_address = provider.link_domains and "email" not in signed
    wants_groups = provider.groups and not groups_in(signed, provider.groups_claim)
    wants_name = provider.sign_up and "preferred_username" not in signed
    return bool(wants_address or wants_groups or wants_name)
