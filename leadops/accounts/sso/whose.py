"""From somebody at a provider to an account of ours, and to the groups that it is in."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.sso import links
from leadops.accounts.sso.claims import Identity
from leadops.accounts.sso.refusals import Refused
from leadops.accounts.tokens.rows import is_service
from leads.models import VisibleSite
from leads.roles import is_administrator
from leads.store import database

LONGEST_NAME = 150
NOT_IN_NAMES = re.compile(r"[^\w.@+-]+", re.ASCII)


@transaction.atomic
def account_for(identity: Identity, request: HttpRequest) -> Any:
    """The account that somebody logs in to, its groups set anew. Raises Refused.

    Two first log-ins at once wait for each other: they would make two accounts.
    """
    database.lock_names([f"identity {identity.provider.identity_issuer}"])
    held = links.find(identity.provider, identity.subject)
    user = held.user if held else by_address(identity, request) or made(identity, request)
    if user is None:
        raise Refused("unknown")
    if not (user.is_active and user.is_staff) or is_service(user):
        raise Refused("disabled")
    set_groups(user, identity, request)
    return user


def by_address(identity: Identity, request: HttpRequest) -> Any:
    """The one active account that has the verified address, linked from now on; None without one.

    Never an administrator's, nor one that is linked with somebody else at the provider.
    """
    domain = identity.email.rpartition("@")[2].casefold()
    if not domain or domain not in identity.provider.link_domains:
        return None
    people = get_user_model()._default_manager.filter(email__iexact=identity.email, is_active=True)
    found = list(people[:2])
    if len(found) != 1 or is_administrator(found[0]) or not found[0].is_staff:
        return None
    issuer = identity.provider.identity_issuer
    if any(one.issuer == issuer for one in links.of_account(found[0])):
        return None
    links.link(found[0], identity.provider, identity.subject, "address", request)
    return found[0]


def made(identity: Identity, request: HttpRequest) -> Any:
    """A new account for who is in a listed group, where the provider may make some; else None."""
    if not identity.provider.sign_up or not groups_of(identity):
        return None
    user = get_user_model()(
        username=free_name(identity),
        email=identity.email,
        first_name=identity.first_name,
        last_name=identity.last_name,
        is_staff=True,
    )
    user.set_unusable_password()
    user.save()
    record(Kind.RIGHTS, account=user, about=f"user {user.pk} added", method="sso", request=request)
    links.link(user, identity.provider, identity.subject, "sign-up", request)
    return user


def free_name(identity: Identity) -> str:
    """A name that nobody has: whoever has a name is somebody else, whatever the provider says."""
    wanted = NOT_IN_NAMES.sub("", identity.name or identity.email.partition("@")[0]) or "user"
    people, name, number = get_user_model()._default_manager, wanted[:LONGEST_NAME], 1
    while people.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted[: LONGEST_NAME - 8]}-{number}"
    return name


def groups_of(identity: Identity) -> set[Group]:
    """The groups here that the claim gives; a name that is no group's gives nothing."""
    return set(Group.objects.filter(name__in=identity.roles))


def set_groups(user: Any, identity: Identity, request: HttpRequest) -> None:
    """Put the account into the groups of the claim and into no other, where any are listed.

    A group that only limits what sites are seen stays, if the list does not name it: no log-in
    lifts a limit. What makes a superuser is in no group.
    """
    listed = identity.provider.groups
    if not listed:
        return
    held = set(user.groups.all())
    unlisted = [one for one in held if one.name not in listed.values()]
    limits = {one for one in unlisted if VisibleSite.objects.is_limiting(one)}
    wanted = groups_of(identity) | limits
    if wanted == held:
        return
    user.groups.set(wanted)
    names = ", ".join(sorted(str(group.pk) for group in wanted)) or "none"
    about = f"user {user.pk} in groups {names}"
    record(Kind.RIGHTS, account=user, about=about, method="sso", request=request)
