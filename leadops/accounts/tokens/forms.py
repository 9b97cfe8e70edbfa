"""The forms of API tokens: what a token may do, and the account of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadops.accounts.tokens.rows import ApiToken, ServiceAccount
from leadops.accounts.users import within
from leads.desk.kit.generics import ModelChoiceField
from leads.desk.sites.key_limits import LimitsForm
from leads.models import VisibleSite
from leads.models.queries.visible import sites_of

MOST_ACCOUNTS = 500
NETWORKS = forms.TextInput(attrs={"placeholder": "203.0.113.7, 10.0.0.0/8"})

if TYPE_CHECKING:  # generic in the stubs alone
    Accounts = ModelChoiceField[User]
else:
    Accounts = ModelChoiceField


def accounts_for(user: Any) -> QuerySet[User]:
    """Whose tokens somebody may make: their own, and those of programs that may do no more.

    Nobody makes a token for a colleague: it would act in their name.
    """
    programs = User.objects.filter(service__isnull=False, is_active=True).order_by("username")
    beneath = [one.pk for one in programs[:MOST_ACCOUNTS] if within(user, one)]
    return User.objects.filter(pk__in=[user.pk, *beneath]).order_by("username")


def may_issue_for(user: Any, account: User) -> bool:
    """Whether somebody may make, renew or widen a token of this account."""
    return accounts_for(user).filter(pk=account.pk).exists()


class TokenLimitsForm(LimitsForm):
    """Scopes, networks and the last day of a token."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=ApiToken.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("And no more than its account may, at each call."),
    )

    class Meta:
        model = ApiToken
        fields = ["scopes", "networks"]
        widgets = {"networks": NETWORKS}


class TokenForm(TokenLimitsForm):
    """A new token."""

    user = Accounts(User.objects.none(), label=gettext_lazy("Account"), required=False)

    class Meta(TokenLimitsForm.Meta):
        fields = ["name", "user", "scopes", "networks"]
        labels = {"name": gettext_lazy("Name")}

    def __init__(self, *args: Any, editor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editor = editor
        account: Any = self.fields["user"]
        account.queryset = accounts_for(editor)
        account.empty_label = None
        account.initial = editor.pk

    def clean_user(self) -> Any:
        """One's own where none is chosen."""
        return self.cleaned_data["user"] or self.editor


class ServiceForm(forms.Form):
    """An account that is a program's."""

    username = forms.CharField(
        label=gettext_lazy("Name"), max_length=150, validators=[UnicodeUsernameValidator()]
    )
    purpose = forms.CharField(label=gettext_lazy("What for"), max_length=200, required=False)

    def clean_username(self) -> str:
        """A name that nobody has."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("There is an account of this name already."))
        return name

    @transaction.atomic
    def make(self, editor: Any) -> User:
        """The account: no password, no log-in, no rights yet; no site that its maker lacks."""
        user = User.objects.create_user(self.cleaned_data["username"], is_staff=False)
        ServiceAccount.objects.create(user=user, purpose=self.cleaned_data["purpose"])
        own = sites_of(editor)
        if own is not None:
            VisibleSite.objects.limit(user, own)
        return user
