"""ApiToken: what a program shows to act as an account; ServiceAccount: an account of nobody."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models.key import Key, KeyQuerySet
from leads.models.queries.visible import is_limited

PREFIX = "lo_"
"""What every token begins with, so that those who look for leaked secrets know one."""


class ServiceAccount(models.Model):
    """The mark of an account that is a program's: it has rights and sites, and no log-in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="service"
    )
    purpose = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("service account")

    def __str__(self) -> str:
        return f"Service account {self.pk}"


def is_service(user: User) -> bool:
    """Whether the account is a program's."""
    return ServiceAccount.objects.filter(user=user.pk).exists()


class ApiTokenQuerySet(KeyQuerySet["ApiToken"]):
    """Sets of tokens."""

    def visible_to(self, user: Any) -> Self:
        """Those that the account may see: a limited one its own, and those that it made."""
        return self.filter(Q(user=user.pk) | Q(made_by=user.pk)) if is_limited(user) else self

    def issue(self, secret: str, **values: Any) -> tuple[ApiToken, bool]:
        """The token of a secret, and whether it is new: the same press of a button makes one."""
        prefix = secret.removeprefix(PREFIX)[:6]
        return self.get_or_create(
            digest=ApiToken.digest_of(secret), defaults={"prefix": prefix, **values}
        )


class ApiToken(Key):
    """A secret of one account. What it may do is asked at each call: scopes, rights and sites."""

    class Scope(models.TextChoices):
        FIGURES = "figures", _("read figures")
        LEADS = "leads", _("read leads")
        ACT = "act", _("act on leads")
        ADMINISTER = "administer", _("administer")

    name = models.CharField(
        max_length=60,
        help_text=_("What uses it, such as Grafana. It stands beside all that is done with it."),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="api_tokens",
        verbose_name=_("account"),
    )
    scopes: models.JSONField[Any, Any] = models.JSONField(default=list)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    renews = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="renewals",
        editable=False,
        help_text=_("The token whose place it takes. Both work until that one is revoked."),
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        permissions = [
            ("issue_apitoken", gettext_noop("Can issue API tokens")),
            ("revoke_apitoken", gettext_noop("Can revoke API tokens")),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.prefix}…"

    @staticmethod
    def as_shown(secret: str) -> str:
        """A secret as a token is written."""
        return f"{PREFIX}{secret}"

    @property
    def scope_names(self) -> str:
        """What it may do, in words."""
        held = [scope.label for scope in self.Scope if scope.value in self.scopes]
        return ", ".join(map(str, held))
