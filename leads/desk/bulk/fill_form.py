"""The form of a fill: a value by the field's kind, or where each lead holds its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from leads.data import KNOWN_FIELDS
from leads.decisions.bulk.fill import Fill
from leads.delivery.crm_fields import CrmField, Finder, InputKind
from leads.desk.kit.formatting import label
from leads.desk.lead.crm_inputs import input_for, kept
from leads.desk.lead.forms import LONG
from leads.intake.body.fields import storable

LONGEST_PATH = 500
LONGEST_SAMPLE = 40
LONGEST_VALUE = 2000
"""Characters of a value for one of our own fields."""


def own_field(name: str) -> CrmField:
    """One of our own fields, as an input takes it."""
    kind = InputKind.LONG_TEXT if name in LONG else InputKind.TEXT
    return CrmField(name, label(name), kind, most=LONGEST_VALUE)


def is_own(name: str) -> bool:
    """Whether it is a field of ours, and none of the CRM."""
    return name in KNOWN_FIELDS


class FillForm(forms.Form):
    """A value, or a path; and whether it is so from now on."""

    def __init__(
        self,
        field: CrmField,
        samples: dict[str, str],
        posted: QueryDict | None,
        find: Finder,
        may_rule: bool,
    ) -> None:
        super().__init__(posted)
        self.field, self.find = field, find
        self.fields["value"] = input_for(field)
        self.fields["path"] = forms.ChoiceField(
            label=_("Or what each lead holds at"),
            required=False,
            choices=[("", "—"), *_options(samples, posted.get("path", "") if posted else "")],
        )
        if may_rule:
            self.fields["always"] = forms.BooleanField(label=_("And from now on"), required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two, and the value as it is kept."""
        cleaned = super().clean() or {}
        value, path = cleaned.get("value"), cleaned.get("path")
        empty = value in (None, "", [])
        if not self.errors and empty == (not path):
            both = _("Say one of the two: a value, or where each lead holds its own.")
            self.add_error("value", both)
        if not self.errors and not empty:
            try:
                cleaned["value"] = kept(self.field, value, self.find)
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned

    def fill(self) -> Fill:
        """What was asked for."""
        path = storable(self.cleaned_data["path"])
        return Fill(self.field.name, None if path else self.cleaned_data["value"], path)


def _options(samples: dict[str, str], posted: str) -> list[tuple[str, str]]:
    """The paths, each with what stands there in one of the leads."""
    known = [(path, _words(path, text)) for path, text in samples.items()]
    # Shown before, by leads that others have settled since.
    gone = posted and posted not in samples and len(posted) <= LONGEST_PATH
    return [*known, (posted, posted)] if gone else known


def _words(path: str, sample: str) -> str:
    text = " ".join(sample.split())
    return f"{path}: {text if len(text) <= LONGEST_SAMPLE else f'{text[:LONGEST_SAMPLE]}…'}"
