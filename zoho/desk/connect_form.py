"""The form of the Connect page. What is secret is written and never shown again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.shown.sentences import shown
from zoho.api import reach
from zoho.api.datacentres import BY_ACCOUNTS, DATA_CENTRES, accounts_fault
from zoho.models import Connection
from zoho.setup.connect import Credentials

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OTHER = "other"
REDIRECT, CODE, TOKEN = "redirect", "code", "refresh_token"
STORED = gettext_lazy("stored; leave empty to keep it")
OFF = gettext_lazy(
    "Off here: only Zoho's data centres. ZOHO_OTHER_ADDRESSES in the environment allows others."
)


def secret_input(placeholder: StrOrPromise = "") -> forms.PasswordInput:
    """An input that no browser fills in and no page shows again."""
    return forms.PasswordInput(
        attrs={"autocomplete": "new-password", "placeholder": placeholder, "spellcheck": "false"}
    )


def data_centres() -> list[tuple[str, str]]:
    """Where an organisation may live, and the address that says so."""
    known = [(one.accounts_url, f"{_(one.name)} – {one.accounts_url}") for one in DATA_CENTRES]
    return [*known, (OTHER, _("Another address (sandbox)"))]


class ConnectForm(forms.Form):
    """Who we are at Zoho, and one of three ways to prove it."""

    data_centre = forms.ChoiceField(
        label=gettext_lazy("Data centre"),
        choices=data_centres,
        help_text=gettext_lazy(
            "Where the organisation's account lives: the end of its Zoho address."
        ),
    )
    address = forms.CharField(
        label=gettext_lazy("Another address"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Only with “Another address”, such as http://127.0.0.1:9000 of the sandbox."
        ),
    )
    client_id = forms.CharField(label=gettext_lazy("Client id"), max_length=100)
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"), required=False, max_length=500
    )
    code = forms.CharField(
        label=gettext_lazy("Code"), required=False, max_length=1000, widget=secret_input()
    )
    refresh_token = forms.CharField(
        label=gettext_lazy("Refresh token"), required=False, max_length=1000, widget=secret_input()
    )

    def __init__(
        self,
        connection: Connection | None,
        data: Any = None,
        entered: Mapping[str, str] | None = None,
    ) -> None:
        """`entered` is what a person typed who left for Zoho and has come back."""
        self.connection = connection
        known = entered or (_stored(connection) if connection else {})
        super().__init__(data, initial=_initial(known), label_suffix="")
        stored = connection is not None and connection.client_secret
        self.fields["client_secret"].widget = secret_input(STORED if stored else "")
        if settings.ZOHO_OTHER_ADDRESSES == reach.Elsewhere.OFF:
            self.fields["address"].help_text = OFF
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_helptext"

    def clean(self) -> dict[str, Any]:
        """With the accounts address, the secret of today, and the way that was meant."""
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["accounts_url"] = self._accounts_url(cleaned)
        cleaned["client_secret"] = cleaned.get("client_secret") or self._stored_secret(cleaned)
        cleaned["way"] = self._way(cleaned)
        return cleaned

    def _accounts_url(self, cleaned: dict[str, Any]) -> str:
        chosen = cleaned.get("data_centre", "")
        if chosen != OTHER:
            return str(chosen)
        address = str(cleaned.get("address", "")).strip().rstrip("/")
        if fault := accounts_fault(address) or reach.fault_of(address):
            self.add_error("address", shown(fault))
        return address

    def _stored_secret(self, cleaned: dict[str, Any]) -> str:
        """What is stored, for the same client at the same address only.

        Else who may not read the secret could have it sent to an address of theirs.
        """
        here = self.connection
        if here is not None and here.client_secret:
            same = (here.accounts_url.rstrip("/"), here.client_id)
            if same == (cleaned["accounts_url"], cleaned.get("client_id")):
                return str(here.client_secret)
            text = _("Enter the secret again: it is kept for the same client and data centre only.")
        else:
            text = _("Enter the client's secret.")
        self.add_error("client_secret", text)
        return ""

    def _way(self, cleaned: dict[str, Any]) -> str:
        """The button that was pressed; Enter in a field presses none, so what was entered says."""
        pressed = self.data.get("way", "")
        for way in (CODE, TOKEN):
            if pressed == way and not cleaned.get(way):
                self.add_error(way, _("Paste it here, then connect."))
        entered = [way for way in (CODE, TOKEN) if cleaned.get(way)]
        return pressed if pressed in entered else (entered or [REDIRECT])[0]

    def credentials(self) -> Credentials:
        """Who we are, of a valid form."""
        cleaned = self.cleaned_data
        return Credentials(
            cleaned["accounts_url"], cleaned["client_id"].strip(), cleaned["client_secret"].strip()
        )


def _stored(connection: Connection) -> dict[str, str]:
    return {"accounts_url": connection.accounts_url, "client_id": connection.client_id}


def _initial(who: Mapping[str, str]) -> dict[str, str]:
    if not who:
        return {}
    address = who["accounts_url"].rstrip("/")
    known = address in BY_ACCOUNTS
    return {
        "data_centre": address if known else OTHER,
        "address": "" if known else address,
        "client_id": who["client_id"],
    }
