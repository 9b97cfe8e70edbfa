"""The Zoho connection, on the page of its destination. Stored secrets are never shown again."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from leads.desk.destinations import DestinationAdmin
from leads.desk.words import when
from leads.models import Destination
from zoho.connect import let_go
from zoho.models import Connection

SECRETS = ("client_secret", "refresh_token")
ENTERED = ["accounts_url", "client_id", *SECRETS, "reference_field"]
LEARNED = [
    "access_token",
    "access_stamp",
    "access_expires_at",
    "api_domain",
]


class ConnectionForm(forms.ModelForm):
    """Empty secrets mean: keep what is stored."""

    accounts_url = forms.URLField(
        label="Accounts address",
        assume_scheme="https",
        initial="https://accounts.zoho.com",
        help_text="Of the organisation's data centre, such as https://accounts.zoho.eu",
        widget=forms.URLInput(attrs={"class": "vURLField"}),
    )

    class Meta:
        model = Connection
        fields = ENTERED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            stored = bool(getattr(self.instance, name, ""))
            self.fields[name].widget = forms.PasswordInput(
                attrs={
                    "autocomplete": "new-password",
                    "class": "vTextField",
                    "placeholder": "stored; leave empty to keep it" if stored else "",
                }
            )
            self.fields[name].required = False

    def clean_client_secret(self) -> str:
        """What was entered, or what is stored."""
        return self._kept("client_secret")

    def clean_refresh_token(self) -> str:
        """What was entered, or what is stored."""
        return self._kept("refresh_token")

    def has_changed(self) -> bool:
        """A secret left empty is no change, nor is a connection that was never begun."""
        return bool(set(self.changed_data))

    @property
    def changed_data(self) -> list[str]:
        """The fields that were changed, secrets only where something was entered."""
        changed = super().changed_data
        return [n for n in changed if n not in SECRETS or self.data.get(self.add_prefix(n))]

    def save(self, commit: bool = True) -> Connection:
        """Write what was entered, and what another connection makes untrue.

        Only those columns: a worker may be storing a fresh token at this moment.
        """
        connection: Connection = super().save(commit=False)
        made, written = connection.pk is None, [*ENTERED]
        if self.changed_data and not made:
            forget_what_was_learned(connection)
            written += LEARNED
        if commit:
            connection.save(update_fields=None if made else written)
        return connection

    def _kept(self, name: str) -> str:
        entered: str = self.cleaned_data[name]
        return entered or getattr(self.instance, name)


def forget_what_was_learned(connection: Connection) -> None:
    """Token and fields belong to the old credentials; a refresh under way loses its race."""
    connection.access_token = connection.api_domain = ""
    connection.access_stamp = uuid.uuid4().hex
    connection.access_expires_at = None
    connection.modules.all().delete()
    Destination.objects.filter(pk=connection.destination_id).update(resend_is_safe=False)


class ConnectionInline(admin.StackedInline):
    """Credentials to write, state to read."""

    model = Connection
    form = ConnectionForm
    can_delete = False
    extra = 1
    max_num = 1
    readonly_fields = ["token", "fields_known", "reference_verified"]
    fields = [*ENTERED, *readonly_fields]

    @admin.display(description="Access token")
    def token(self, connection: Connection) -> Any:
        """Until when the shared token holds."""
        return when(connection.access_expires_at) if connection.access_token else "none yet"

    @admin.display(description="Fields read")
    def fields_known(self, connection: Connection) -> Any:
        """When Zoho's field list was last read."""
        rows = connection.modules.order_by("module") if connection.pk else []
        read = ((row.module, when(row.read_at)) for row in rows)
        return format_html_join(", ", "{} {}", read) or "not yet"

    @admin.display(description="Reference field verified", boolean=True)
    def reference_verified(self, connection: Connection) -> bool:
        """Whether Zoho refuses a second record with the same reference."""
        return bool(connection.destination_id and connection.destination.resend_is_safe)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: clear the credentials instead."""
        return False


admin.site.unregister(Destination)


@admin.register(Destination)
class ZohoDestinationAdmin(DestinationAdmin):
    """A destination with its Zoho connection."""

    inlines = [ConnectionInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save; with changed credentials the waiting leads leave."""
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            let_go(form.instance.pk)
