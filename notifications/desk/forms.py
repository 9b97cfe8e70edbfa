"""Forms of what is called: a channel, an outcome webhook. Addresses are shown nowhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.desk.kit.generics import ModelForm
from notifications.channels.webhook import fault_of
from notifications.models import Channel, Endpoint, Event, Notice
from notifications.models.channel import EVENTS


class AddressedForm(ModelForm[Any]):
    """What has an address. One that is left empty stays as it is."""

    new_address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=2_000,
        widget=forms.TextInput(
            attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["wanted"] = self.instance.events
            address = self.fields.get("new_address")
            if address is not None:
                address.help_text = _(
                    "Now at %(host)s; the rest of it is not shown. Leave this empty to keep it."
                ) % {"host": self.instance.host}

    def clean_new_address(self) -> str:
        """An address that can be posted to."""
        address = str(self.cleaned_data["new_address"]).strip()
        if not address and not self.instance.pk:
            raise forms.ValidationError(self.nowhere)
        if address and (fault := fault_of(address)):
            raise forms.ValidationError(fault)
        return address

    @property
    def nowhere(self) -> str:
        """What is said where a new one has no address."""
        return _("Where are the notices to go?")

    def clean(self) -> dict[str, Any] | None:
        """With the chosen events on the row, and a new address locked away."""
        cleaned = super().clean()
        self.instance.events = self.cleaned_data.get("wanted", [])
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """The row, with its new address where one was given."""
        if address := self.cleaned_data.get("new_address"):
            self.instance.set_address(address)
            self.instance.error = ""
        return super().save(commit)


class ChannelForm(AddressedForm):
    """A channel."""

    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Notices"),
        choices=[(kind, Notice.Kind(kind).label) for kind in EVENTS],
        initial=EVENTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A channel without any is told nothing but tests."),
    )

    class Meta:
        model = Channel
        fields = ["name"]  # the admin names the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk and "new_address" in self.fields:
            self.fields["new_address"].help_text = _(
                "The incoming webhook's address, https://… It is stored encrypted and not shown "
                "again."
            )


class EndpointForm(AddressedForm):
    """An outcome webhook."""

    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=[
            (event.value, format_lazy("{} ({})", event.label, event.value)) for event in Event
        ],
        initial=Event.values,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A webhook without any is told nothing but tests."),
    )

    class Meta:
        model = Endpoint
        fields = ["name"]  # the admin names the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk and "new_address" in self.fields:
            self.fields["new_address"].help_text = _(
                "Where events are posted to, https://… It is stored encrypted and not shown again."
            )

    @property
    def nowhere(self) -> str:
        """What is said where a new one has no address."""
        return _("Where are the events to go?")
