"""The forms of the desk: correcting a lead, discarding, entering by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.data import KNOWN_FIELDS, STAND_INS, Reading, as_text, changed, has_name
from leads.desk.kit.formatting import in_a_sentence, label
from leads.desk.lead import others
from leads.desk.lead.crm_inputs import CrmInputs
from leads.intake.body.fields import clean
from leads.intake.rules import Names
from leads.models import Site

LONG = {"message", "street"}


class CorrectionForm(forms.Form):
    """A lead's known fields, those of the CRM that are asked for, and all others as text."""

    others = forms.CharField(
        label=gettext_lazy("Other fields"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "json"}),
        help_text=gettext_lazy(
            "One a line, as name: value; an indented line goes on with the one before. Two columns "
            "of a spreadsheet and JSON are taken as well."
        ),
    )

    def __init__(
        self,
        original: dict[str, Any],
        site: Site,
        *args: Any,
        crm: CrmInputs | None = None,
        **kwargs: Any,
    ) -> None:
        self.original, self.site, self.crm = original, site, crm or CrmInputs()
        self.filled: dict[str, Any] = {}
        initial = {name: as_text(original.get(name)) for name in KNOWN_FIELDS}
        initial["others"] = others.write(self.rest())
        super().__init__(*args, **{"initial": initial} | kwargs)
        for name in KNOWN_FIELDS:
            long = name in LONG or "\n" in initial[name]
            widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
            self.fields[name] = forms.CharField(label=label(name), required=False, widget=widget)
        self.fields |= self.crm.inputs()
        self.order_fields([*self.crm.inputs(), *KNOWN_FIELDS, "others"])

    def rest(self) -> dict[str, Any]:
        """What the lead has beside the known fields."""
        return {name: v for name, v in self.original.items() if name not in KNOWN_FIELDS}

    def clean_others(self) -> dict[str, Any]:
        """The other fields, read by the same rules as a post; a field of the CRM is filled in."""
        try:
            found = others.read(self.cleaned_data["others"], self._is_known)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        known = [name for name in found if known_name(name) and name not in self.rest()]
        if known:
            raise ValidationError(
                _("%(known)s: use the input above.") % {"known": ", ".join(known)}
            )
        return {name: value for name, value in found.items() if not self._fills(name, value)}

    def _is_known(self, name: str) -> bool:
        """Whether the lead has it, or it is a field of ours or of the CRM."""
        return name in self.original or known_name(name) or self.crm.meant(name) is not None

    def _fills(self, name: str, value: Any) -> bool:
        """Whether a field of the CRM is filled by it; what the lead came with stays what it is."""
        old = self.rest()
        field = None if name in old and old[name] == value else self.crm.meant(name)
        if field is None or not as_text(value):
            return False
        if field in self.crm.fields:
            raise ValidationError(_("%(name)s: use the input above.") % {"name": name})
        try:
            self.filled[field.name] = self.crm.typed(field, value)
        except ValidationError as error:
            raise ValidationError(f"{name}: {' '.join(error.messages)}") from None
        return True

    def clean(self) -> dict[str, Any]:
        """Whether the data would get past the rule that asks for a name."""
        cleaned = super().clean() or {}
        self.filled = self.crm.filled_by(self) | self.filled
        if "others" in cleaned:
            data = self.data_to_send()
            if not (has_name(data) or Names().are_made(self.site, data)):
                self.add_error("contact_name", nameless_words(self.site))
        return cleaned

    def data_to_send(self) -> Reading:
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
        return changed(self.original, {**data, **self.cleaned_data["others"]}, self.filled)


def known_name(name: str) -> bool:
    """Whether it is one of our own fields, however it is spelled: Last name, E-MAIL."""
    return name.strip().replace(" ", "_").replace("-", "").casefold() in KNOWN_FIELDS


def nameless_words(site: Site) -> str:
    """What a lead of the site needs, where it has no name."""
    others = [in_a_sentence(label(name)) for name in STAND_INS.get(site.nameless, ())]
    instead = (
        (_(" This site takes %(others)s instead.") % {"others": _(" or ").join(others)})
        if others
        else ""
    )
    return _("A lead needs a contact name, or at least a last name.%(instead)s") % {
        "instead": instead
    }


class DiscardForm(forms.Form):
    """Why a lead is given up."""

    note = forms.CharField(
        label=gettext_lazy("Why is it discarded?"),
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Spam, test, wrong number…")}),
        error_messages={"required": gettext_lazy("Say why: the reason is kept with the lead.")},
    )


class EnterForm(forms.Form):
    """That a lead was typed into Zoho, and perhaps as which record."""

    zoho_id = forms.CharField(
        label=gettext_lazy("Zoho id (if at hand)"),
        max_length=40,
        required=False,
        widget=forms.TextInput(
            attrs={"placeholder": gettext_lazy("optional"), "inputmode": "numeric"}
        ),
    )

    def __init__(self, *args: Any, crm: CrmInputs | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.crm = crm or CrmInputs()
        self.filled: dict[str, Any] = {}
        self.fields |= self.crm.inputs()
        for name in self.crm.inputs():  # they stand in the card's table, not in the form
            self.fields[name].widget.attrs["form"] = "entered"

    def clean(self) -> dict[str, Any]:
        """What was typed into fields of the CRM, which is kept with the lead."""
        cleaned = super().clean() or {}
        self.filled = self.crm.filled_by(self)
        return cleaned

    def lines(self) -> list[forms.BoundField]:
        """The inputs of the CRM's own fields."""
        return [self[name] for name in self.crm.inputs()]
