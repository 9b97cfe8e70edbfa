"""Providers in the admin. The client secret goes in and never comes out again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadops.accounts.evidence.recorded import Recorded
from leadops.accounts.sso import oidc
from leadops.accounts.sso.refusals import Refused
from leadops.accounts.sso.rows import OF_ENVIRONMENT, IdentityProvider
from leadops.accounts.sso.wire import judged_address
from leadops.accounts.users import grantable_groups
from leads.desk.kit.generics import ModelAdmin, ModelForm
from leads.desk.kit.history import EnglishHistory
from leads.desk.kit.lists.own_filters import ByOwnFilters

LONGEST_SECRET = 1000
BASIC = ("name", "slug", "issuer", "client_id", "new_secret", "is_enabled")
MORE = ("groups_claim", "listed", "sign_up", "link_domains", "second_factor", "scopes")
COLUMNS = tuple(name for name in BASIC + MORE if name not in ("new_secret", "listed"))


class ProviderForm(ModelForm[IdentityProvider]):
    """A provider; whoever fills it hands on no group that gives more than they have."""

    editor: Any = None
    new_secret = forms.CharField(
        required=False,
        max_length=LONGEST_SECRET,
        label=gettext_lazy("Client secret"),
        help_text=gettext_lazy("Shown to nobody. Empty: it stays as it is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    listed = forms.CharField(
        required=False,
        max_length=20_000,
        label=gettext_lazy("Groups"),
        help_text=gettext_lazy(
            "One a line: what the claim says = a group here. With any line, the groups of an "
            "account are set anew at each log-in."
        ),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    class Meta:
        model = IdentityProvider
        fields = COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = self.instance.groups.items()
        self.initial["listed"] = "\n".join(f"{claimed} = {group}" for claimed, group in pairs)

    def clean_slug(self) -> str:
        """A name that the environment's provider does not have."""
        slug = str(self.cleaned_data["slug"])
        if slug == OF_ENVIRONMENT:
            raise forms.ValidationError(_("The provider of the environment has this name."))
        return slug

    def clean_issuer(self) -> str:
        """An https address."""
        issuer = str(self.cleaned_data["issuer"]).strip()
        try:
            parts = judged_address(issuer)
        except Refused:
            parts = None
        if parts is None or parts.scheme != "https" or parts.query or parts.fragment:
            raise forms.ValidationError(_("Expected an address such as https://login.example.com"))
        return issuer

    def clean_listed(self) -> dict[str, str]:
        """The groups by what the claim says."""
        offered = set(grantable_groups(self.editor).values_list("name", flat=True))
        found = {}
        for line in filter(str.strip, self.cleaned_data["listed"].splitlines()):
            claimed, _sign, group = (part.strip() for part in line.rpartition("="))
            if not claimed or group not in offered:
                words = _("“%(line)s”: expected a claim = a group that you may give.")
                raise forms.ValidationError(words % {"line": line.strip()[:100]})
            found[claimed] = group
        return found

    def clean(self) -> dict[str, Any] | None:
        """What is kept of it."""
        found = super().clean()
        if "listed" in self.cleaned_data:
            self.instance.groups = self.cleaned_data["listed"]
        if secret := self.cleaned_data.get("new_secret"):
            self.instance.client_secret = secret
        return found


@admin.register(IdentityProvider)
class ProviderAdmin(Recorded, EnglishHistory, ByOwnFilters, ModelAdmin[IdentityProvider]):
    """Where people may log in."""

    form = ProviderForm
    change_list_template = "admin/leads/kit/plain_list.html"
    change_form_template = "admin/sign_in/provider.html"
    list_display = ["name", "issuer", "state"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    sortable_by = ()
    fieldsets = [
        (None, {"fields": list(BASIC)}),
        (gettext_lazy("Who may log in, and as what"), {"fields": list(MORE)}),
    ]

    @admin.display(description=gettext_lazy("State"))
    def state(self, provider: IdentityProvider) -> str:
        """Whether people may log in there."""
        return _("in use") if provider.is_enabled else _("off")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form as this editor may fill it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"editor": request.user})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Who a provider is stays: identities and its redirect address hang on it."""
        return ("slug", "issuer") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where it gives no group that one may not give."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or gives_no_more(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or gives_no_more(request.user, obj))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """The form, below the address that the provider has to know."""
        if one := context.get("original"):
            context["redirect_address"] = oidc.redirect_address(one.slug)
        return super().render_change_form(request, context, *args, **kwargs)


def gives_no_more(user: Any, provider: IdentityProvider) -> bool:
    """Whether all groups of a provider are some that the user may give."""
    offered = set(grantable_groups(user).values_list("name", flat=True))
    return set(provider.groups.values()) <= offered
