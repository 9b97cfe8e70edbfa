"""IdentityProvider: one that was set up in the admin."""

from __future__ import annotations

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.secrets import EncryptedTextField

OF_ENVIRONMENT = "oidc"
"""What the provider of the environment is called in addresses."""
LONGEST_ISSUER = 200
"""Characters: the column that allauth keeps it in, with each identity, has no more."""


class IdentityProvider(models.Model):
    """Where people may log in, beside the provider of the environment."""

    slug = models.SlugField(
        _("short name"), max_length=30, unique=True, help_text=_("Stands in the redirect address.")
    )
    name = models.CharField(
        _("name"), max_length=40, help_text=_("What people know it as: “Sign in with …”.")
    )
    issuer = models.CharField(
        _("issuer"),
        max_length=LONGEST_ISSUER,
        unique=True,
        help_text=_("The https:// address that the provider calls its issuer."),
    )
    is_enabled = models.BooleanField(_("in use"), default=True)
    client_id = models.CharField(_("client id"), max_length=200)
    client_secret = EncryptedTextField(
        _("client secret"), blank=True, validators=[MaxLengthValidator(1000)]
    )
    scopes = models.CharField(_("scopes"), max_length=200, default="openid profile email")
    groups_claim = models.CharField(
        _("claim of groups"),
        max_length=100,
        default="groups",
        blank=True,
        help_text=_("Where a token names the person's groups; dots lead into it: realm.roles."),
    )
    groups = models.JSONField(_("groups"), default=dict, blank=True)
    sign_up = models.BooleanField(
        _("make accounts"),
        default=False,
        help_text=_("For people in one of these groups who have none here."),
    )
    link_domains = models.CharField(
        _("domains"),
        max_length=500,
        blank=True,
        help_text=_(
            "An account is linked by its e-mail address where the provider has verified the "
            "address, it is of one of these domains, and one active account alone has it. Never an "
            "administrator's. Empty: never. With commas."
        ),
    )
    second_factor = models.CharField(
        _("second factor"),
        max_length=200,
        blank=True,
        help_text=_(
            "What the provider says in amr or acr when somebody has shown a second factor there, "
            "such as mfa. It then counts as theirs here. Empty: never. With commas."
        ),
    )

    class Meta:
        verbose_name = _("identity provider")
        verbose_name_plural = _("Single sign-on")
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug=OF_ENVIRONMENT), name="identity_provider_not_of_environment"
            ),
        ]

    def __str__(self) -> str:
        return self.name
