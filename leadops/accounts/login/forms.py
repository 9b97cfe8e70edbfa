"""The forms of a code: allauth's, with our judgement of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth import authenticate
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadops.accounts.evidence.record import Kind, record
from leadops.accounts.login import codes

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    _PasswordForm = auth_forms.AdminPasswordChangeForm[User]
else:
    _PasswordForm = auth_forms.AdminPasswordChangeForm

WRONG = gettext_lazy(
    "This code is not right, or it was used already. Wait for the next one and try again."
)
FIELD = {
    "autocomplete": "one-time-code",
    "autocapitalize": "none",
    "spellcheck": "false",
    "autofocus": True,
}


def code_field(longest: int = 20) -> forms.CharField:
    """Six digits of the app, or a recovery code."""
    return forms.CharField(
        max_length=longest,
        error_messages={"required": _("Enter the code.")},
        widget=forms.TextInput(attrs=FIELD),
    )


class OwnPassword(AdminPasswordChangeForm):
    """A new password of one's own; the old one is judged as at the log-in, and counted."""

    def clean_old_password(self) -> str:
        """The old one. Raises ValidationError; too many are answered by the log-in's refusals."""
        old = str(self.cleaned_data["old_password"])
        name = self.user.get_username()
        if authenticate(context.request, username=name, password=old) != self.user:
            raise ValidationError(
                self.error_messages["password_incorrect"], code="password_incorrect"
            )
        return old


class PasswordOfAnother(_PasswordForm):
    """A new password of somebody else, or none any more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("usable_password"):
            # Said as the form is made: Django joins its words before it knows the language.
            field.help_text = format_html(
                '{}<ul id="id_unusable_warning" class="messagelist">'
                '<li class="warning">{}</li></ul>',
                _("Without one the account logs in with single sign-on alone."),
                _("The password of today is lost."),
            )


class Judged:
    """Mixed into a form of allauth: `codes` says which factor a code belongs to."""

    user: Any
    cleaned_data: dict[str, Any]
    authenticator: Any

    def clean_code(self) -> str:
        """The code; its factor becomes `authenticator`. Raises ValidationError."""
        code = str(self.cleaned_data["code"])
        if factor := codes.show(self.user, code):
            factor.user = self.user
            self.authenticator = factor
            return code
        record(Kind.CODE_FAILED, account=self.user, method="code")
        wait = codes.seconds_to_wait(self.user, code)
        raise ValidationError(
            (_("%(wrong)s Next try in %(wait)s s.") % {"wrong": WRONG, "wait": wait})
            if wait
            else WRONG
        )


class CodeForm(Judged, AuthenticateForm):
    """The code after the password."""

    code = code_field()


class ProofForm(Judged, ReauthenticateForm):
    """The code of who is logged in."""

    code = code_field()


class EnrolForm(ActivateTOTPForm):
    """The first code of an app."""

    code = code_field()

    def clean_code(self) -> str:
        """The code. Raises ValidationError in our words."""
        self.cleaned_data["code"] = codes.normal(self.cleaned_data["code"])
        try:
            return str(super().clean_code())
        except ValidationError:
            raise ValidationError(WRONG) from None
