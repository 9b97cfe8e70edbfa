"""What a key may do: until when, from where, and whether it reads receipts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from leads.desk.kit.generics import ModelForm
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand
from leads.models import SiteKey
from leads.models.key import Key

PERMISSION = "leads.issue_sitekey"


class LimitsForm(ModelForm[Any]):
    """The limits that keys of every kind have; a form of one kind names its columns."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("It is refused from the day after on. Empty: it does not expire."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        if self.instance.expires_at:
            self.initial["last_day"] = last_day(self.instance.expires_at)
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_helptext"

    def clean_last_day(self) -> Any:
        """A day that is not over."""
        day = self.cleaned_data["last_day"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over. To end the key now, revoke it."))
        return day

    def save(self, commit: bool = True) -> Any:
        """With the end of the last day, in the time zone that the page is shown in."""
        day = self.cleaned_data["last_day"]
        end = datetime.combine(day + timedelta(days=1), time.min) if day else None
        self.instance.expires_at = timezone.make_aware(end) if end else None
        return super().save(commit)


class KeyLimitsForm(LimitsForm):
    """The limits of one key; those of a form token are its last day alone."""

    reads = forms.TypedChoiceField(
        label=gettext_lazy("It may"),
        choices=[
            ("yes", gettext_lazy("post leads and read their receipts")),
            ("no", gettext_lazy("post leads only")),
        ],
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
    )

    class Meta:
        model = SiteKey
        fields = ["networks", "reads"]
        widgets = {"networks": forms.TextInput(attrs={"placeholder": "203.0.113.7, 10.0.0.0/8"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["reads"] = "yes" if self.instance.reads else "no"
        if self.instance.kind == SiteKey.Kind.FORM:
            del self.fields["networks"], self.fields["reads"]


@require_http_methods(["GET", "HEAD", "POST"])
def limit(request: HttpRequest, pk: int, key_pk: int) -> HttpResponse:
    """The form of a live key's limits, and what it does."""
    demand(request, PERMISSION)
    keys = SiteKey.objects.select_related("site").filter(revoked_at=None)
    key = get_object_or_404(keys, pk=key_pk, site_id=pk)
    form = KeyLimitsForm(request.POST or None, instance=key)
    back = reverse("admin:leads_site_change", args=[pk]) + "#keys"
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override("en"):
            attribute(key.site, request.user, f"Key {key}: {limits_of(key) or 'no limits'}.", "key")
        said = {"key": key, "limits": limits_of(key) or _("no limits")}
        messages.success(request, _("Key %(key)s: %(limits)s.") % said)
        if key.last_used_from and not key.is_allowed_from(key.last_used_from):
            text = _("It was last used from %(last_used_from)s, which is refused from now on.") % {
                "last_used_from": key.last_used_from
            }
            messages.warning(request, text)
        return HttpResponseRedirect(back)
    context = admin.site.each_context(request) | {
        "title": _("Limits of a key"),
        "opts": SiteKey._meta,
        "key": key,
        "site": key.site,
        "form": form,
        "back": back,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "admin/leads/sites/keys/limit_key.html", context)


def limits_of(key: Key) -> str:
    """A key's limits in one line; empty where it has none."""
    said = [
        "" if getattr(key, "reads", True) else _("posts only"),
        _("from %(networks)s") % {"networks": key.networks} if key.networks else "",
        _("until %(day)s") % {"day": date_format(last_day(key.expires_at))}
        if key.expires_at
        else "",
    ]
    return " · ".join(filter(None, said))


def last_day(expires_at: datetime) -> Any:
    """The last whole day before a moment, in the time zone that the page is shown in."""
    return timezone.localtime(expires_at - timedelta(microseconds=1)).date()
