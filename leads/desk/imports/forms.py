"""What a person fills in for an import: the file, and what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.data import KNOWN_FIELDS
from leads.desk.kit.formatting import label
from leads.models import LeadImport, Site
from leads.models.queries.visible import is_limited


class UploadForm(forms.Form):
    """A file, and the site whose leads its rows are."""

    site = forms.ModelChoiceField(Site.objects.none(), label=_("Site"), required=False)
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, .xlsx or lines of JSON, up to 100,000 rows. The first line holds the headings. "
            "An exported table of failed leads is recognised, and corrects these."
        ),
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["site"]
        field.queryset = Site.objects.filter(enabled=True).visible_to(user).order_by("name")
        field.empty_label = _("any site (corrections alone)")
        field.required = is_limited(user)
        self.fields["file"].widget.attrs["accept"] = ".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson"


class ColumnsForm(forms.Form):
    """Which column is which of our fields, and which tells rows apart."""

    def __init__(self, made: LeadImport, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [(name, name) for name in made.columns if name]
        for name in KNOWN_FIELDS:
            self.fields[f"of-{name}"] = forms.ChoiceField(
                choices=[("", _("as recognised")), *columns],
                label=label(name),
                required=False,
                initial=made.chosen.get(name, ""),
            )
        self.fields["key"] = forms.ChoiceField(
            choices=[("", _("all its values")), *columns],
            label=_("A row is known by"),
            required=False,
            initial=made.key_column,
            help_text=_("A row that was imported before makes no second lead."),
        )

    @property
    def chosen(self) -> dict[str, str]:
        """The columns that were chosen, by our field."""
        return {name: self.cleaned_data[f"of-{name}"] for name in KNOWN_FIELDS}
