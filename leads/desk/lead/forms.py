"""The forms of the desk: correcting a lead, discarding, entering by hand."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from leads.data import KNOWN_FIELDS, STAND_INS, as_text, has_name
from leads.desk.kit.formatting import label
from leads.intake.body.fields import clean
from leads.intake.body.parse import parse_submission
from leads.intake.errors import Unreadable
from leads.intake.rules import Names
from leads.models import Site

LONG = {"message", "street"}


class CorrectionForm(forms.Form):
    """A lead's known fields, each with an input, and all others as one JSON object."""

    others = forms.CharField(
        label="Other fields",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "json"}),
        help_text="One JSON object; whatever is not a known field.",
    )

    def __init__(self, original: dict[str, Any], site: Site, *args: Any, **kwargs: Any) -> None:
        self.original, self.site = original, site
        rest = {name: value for name, value in original.items() if name not in KNOWN_FIELDS}
        initial = {name: as_text(original.get(name)) for name in KNOWN_FIELDS}
        initial["others"] = json.dumps(rest, indent=2, ensure_ascii=False) if rest else "{}"
        super().__init__(*args, **{"initial": initial} | kwargs)
        for name in KNOWN_FIELDS:
            long = name in LONG or "\n" in initial[name]
            widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
            self.fields[name] = forms.CharField(label=label(name), required=False, widget=widget)
        self.order_fields([*KNOWN_FIELDS, "others"])

    def clean_others(self) -> dict[str, Any]:
        """The other fields, read by the same rules as a post."""
        text = self.cleaned_data["others"].strip() or "{}"
        try:
            others = parse_submission("application/json", text.encode("utf-8", "replace")).data
        except Unreadable as error:
            raise ValidationError(str(error.detail)) from None
        known = [name for name in others if name in KNOWN_FIELDS]
        if known:
            raise ValidationError(f"{', '.join(known)}: use the input above.")
        return others

    def clean(self) -> dict[str, Any]:
        """Whether the data would get past the rule that asks for a name."""
        cleaned = super().clean() or {}
        if "others" in cleaned:
            data = self.data_to_send()
            if not (has_name(data) or Names().are_made(self.site, data)):
                self.add_error("contact_name", nameless_words(self.site))
        return cleaned

    def data_to_send(self) -> dict[str, Any]:
        """The corrected data. A known field that was left alone keeps its type and spelling."""
        data: dict[str, Any] = {}
        for name in KNOWN_FIELDS:
            # Browsers send CRLF, whatever they were given.
            entered = self.cleaned_data.get(name, "").replace("\r\n", "\n")
            if entered == as_text(self.original.get(name)).replace("\r\n", "\n"):
                if name in self.original:
                    data[name] = self.original[name]
            elif entered:
                data[name] = clean(entered)
        return {**data, **self.cleaned_data["others"]}


def nameless_words(site: Site) -> str:
    """What a lead of the site needs, where it has no name."""
    others = [label(name).lower() for name in STAND_INS.get(site.nameless, ())]
    instead = f" This site takes {' or '.join(others)} instead." if others else ""
    return f"A lead needs a contact name, or at least a last name.{instead}"


class DiscardForm(forms.Form):
    """Why a lead is given up."""

    note = forms.CharField(
        label="Why is it discarded?",
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "Spam, test, wrong number…"}),
        error_messages={"required": "Say why: the reason is kept with the lead."},
    )


class NoteForm(forms.Form):
    """What a person has to say of a lead."""

    note = forms.CharField(
        label="Note",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write something: an empty note was not kept."},
    )


class EnterForm(forms.Form):
    """That a lead was typed into Zoho, and perhaps as which record."""

    zoho_id = forms.CharField(
        label="Zoho id (if at hand)",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "optional", "inputmode": "numeric"}),
    )
