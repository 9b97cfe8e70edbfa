"""Which account an identity belongs to: allauth's rows, of issuer and subject, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.sso import providers
from leadops.accounts.sso.providers import Provider
from leadops.accounts.sso.refusals import Refused
from leadops.accounts.tasks import mail_owner


class Link(NamedTuple):
    """One of an account's links, as pages show it."""

    pk: int
    issuer: str
    subject: str
    name: str
    """What the provider is called; its issuer where it is not there any more."""
    is_there: bool


def of_account(user: Any) -> list[Link]:
    """The links of an account."""
    known = {one.identity_issuer: one.name for one in providers.every()}
    rows: Iterable[SocialAccount] = SocialAccount.objects.filter(user_id=user.pk).order_by("pk")
    return [
        Link(
            row.pk, row.provider, row.uid, known.get(row.provider, row.provider),
            row.provider in known,
        )
        for row in rows
    ]  # fmt: skip


def find(provider: Provider, subject: str) -> SocialAccount | None:
    """The link of an identity, with its account."""
    rows = SocialAccount.objects.select_related("user")
    found: SocialAccount | None = rows.filter(
        provider=provider.identity_issuer, uid=subject
    ).first()
    return found


def link(
    user: Any, provider: Provider, subject: str, how: str, request: HttpRequest, by: Any = None
) -> bool:
    """Link an identity with an account; False where it was. Raises Refused where it is another's.

    Nothing of what the provider tells of the person is kept with it.
    """
    try:
        with transaction.atomic():
            SocialAccount.objects.create(
                user=user, provider=provider.identity_issuer, uid=subject, extra_data={}
            )
            _note(Kind.LINKED, user, provider.identity_issuer, how, request, by)
    except IntegrityError:
        held = find(provider, subject)
        if held is None or held.user_id != user.pk:
            raise Refused("taken") from None
        return False
    mail_owner(user, "linked")
    return True


@transaction.atomic
def unlink(user: Any, pk: int, how: str, request: HttpRequest, by: Any = None) -> str:
    """Take a link of an account away; the issuer that it was of, empty where there is none."""
    row = SocialAccount.objects.select_for_update().filter(user_id=user.pk, pk=pk).first()
    if row is None:
        return ""
    issuer = str(row.provider)
    row.delete()
    _note(Kind.UNLINKED, user, issuer, how, request, by)
    mail_owner(user, "unlinked")
    return issuer


def _note(kind: Kind, user: Any, issuer: str, how: str, request: HttpRequest, by: Any) -> None:
    about = f"account {user.pk}: {issuer}"
    record(kind, account=by or user, about=about, method=how, request=request)
