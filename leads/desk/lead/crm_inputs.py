"""Inputs for the CRM's own fields, each by what the CRM says of it, in any form that asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from leads.data import KNOWN_FIELDS, as_text, filled_in
from leads.delivery.crm_fields import (
    CrmField,
    Finder,
    InputKind,
    Meaning,
    NotFound,
    filling,
    named_in,
)
from leads.delivery.gateway import Preview
from leads.desk.lead.data_rows import top
from leads.intake.body.fields import clean
from leads.intake.errors import Unreadable
from leads.models import Lead, Site
from leads.shown import sentences

PREFIX = "crm-"
"""Before the CRM's name for a field, in the name of its input."""
NO_CHOICE = ("", "—")
MOST_INPUTS = 50


# --- One input ------------------------------------------------------------------------------------


class AsJson(forms.CharField):
    """A structure, such as the rows of a subform, as JSON."""

    def to_python(self, value: Any) -> Any:
        """The structure; None where nothing was entered."""
        text = super().to_python(value)
        try:
            return json.loads(text, parse_constant=_refuse) if text else None
        except (ValueError, RecursionError):
            raise ValidationError(_("Enter JSON, as in the record below.")) from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _text(one: CrmField) -> forms.Field:
    return forms.CharField(max_length=one.most)


def _long(one: CrmField) -> forms.Field:
    return forms.CharField(max_length=one.most, widget=forms.Textarea(attrs={"rows": 3}))


def _choice(one: CrmField) -> forms.Field:
    return forms.ChoiceField(choices=[NO_CHOICE, *one.choices])


def _record(one: CrmField) -> forms.Field:
    if one.choices:
        return _choice(one)
    of = (
        (_("The name of one of the %(of)s in Zoho, or its id.") % {"of": one.of_words})
        if one.of
        else _("An id.")
    )
    return forms.CharField(max_length=255, help_text=of)


def _number(one: CrmField) -> forms.Field:
    widget = forms.NumberInput(attrs={"step": "any"})
    # With room for decimals: what is too much, fitting says in Zoho's terms.
    return forms.DecimalField(max_digits=(one.most or 16) + 9, decimal_places=9, widget=widget)


def _whole(one: CrmField) -> forms.Field:
    most = 10 ** (one.most or 18) - 1
    return forms.IntegerField(min_value=-most, max_value=most)


MAKERS: dict[InputKind, Callable[[CrmField], forms.Field]] = {
    InputKind.TEXT: _text,
    InputKind.LONG_TEXT: _long,
    InputKind.CHOICE: _choice,
    InputKind.CHOICES: lambda one: forms.MultipleChoiceField(choices=one.choices),
    InputKind.DATE: lambda _one: forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    ),
    InputKind.MOMENT: lambda _one: forms.DateTimeField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    ),
    InputKind.WHOLE: _whole,
    InputKind.NUMBER: _number,
    InputKind.YES_NO: lambda _one: forms.ChoiceField(
        choices=[NO_CHOICE, ("yes", _("Yes")), ("no", _("No"))]
    ),
    InputKind.RECORD: _record,
    InputKind.JSON: lambda _one: AsJson(widget=forms.Textarea(attrs={"rows": 4, "class": "json"})),
}


def input_for(one: CrmField) -> forms.Field:
    """The input of a field. None is required: what is left empty is not filled in."""
    made = MAKERS[one.kind](one)
    made.label, made.required = one.label, False
    return made


def shown(one: CrmField, value: Any) -> Any:
    """What the input shows for a value as it is kept or would be sent."""
    show: Callable[[Any], Any] = _SHOWN.get(one.kind, as_text)
    try:
        return show(value) if as_text(value) else ""
    except (ValueError, InvalidOperation):
        return ""


def _shown_record(value: Any) -> str:
    return as_text(value.get("name") or value.get("id")) if isinstance(value, dict) else ""


_SHOWN: dict[InputKind, Callable[[Any], Any]] = {
    InputKind.CHOICES: lambda value: value if isinstance(value, list) else [as_text(value)],
    InputKind.DATE: lambda value: date.fromisoformat(as_text(value)),
    InputKind.MOMENT: lambda value: datetime.fromisoformat(as_text(value)),
    InputKind.WHOLE: lambda value: int(as_text(value)),
    InputKind.NUMBER: lambda value: Decimal(as_text(value)),
    InputKind.RECORD: _shown_record,
    InputKind.JSON: lambda value: json.dumps(value, ensure_ascii=False),
}


def kept(one: CrmField, entered: Any, find: Finder) -> Any:
    """What was entered, as JSON: as it is kept and fitted. Raises ValidationError."""
    match entered:
        case datetime():
            return entered.isoformat(timespec="seconds")
        case date():
            return entered.isoformat()
        case Decimal():
            return int(entered) if entered == entered.to_integral_value() else float(entered)
    if one.kind is InputKind.YES_NO:
        return entered == "yes"
    if one.kind is InputKind.RECORD:
        return _found(one, entered, find)
    try:
        return clean(entered.replace("\r\n", "\n") if isinstance(entered, str) else entered)
    except Unreadable as error:
        raise ValidationError(sentences.shown(str(error.detail))) from None


def _found(one: CrmField, entered: str, find: Finder) -> dict[str, str]:
    names = dict(one.choices)
    if entered in names:
        return {"id": entered, "name": names[entered]}
    try:
        return find(one, clean(entered))
    except NotFound as error:
        raise ValidationError(str(error)) from None


# --- Those of one form ----------------------------------------------------------------------------


def _nothing_is_meant(_name: str) -> CrmField | None:
    return None


def _nothing_is_found(_one: CrmField, _name: str) -> dict[str, str]:
    raise NotFound(_("Enter the id."))


@dataclass(frozen=True)
class CrmInputs:
    """The CRM's own fields that a form asks for, and what they hold."""

    fields: list[CrmField] = field(default_factory=list)
    filled: dict[str, Any] = field(default_factory=dict)
    """What a person gave before."""
    record: dict[str, Any] = field(default_factory=dict)
    """What would be sent without them."""
    meant: Meaning = _nothing_is_meant
    """The field that a name or label means."""
    find: Finder = _nothing_is_found

    def inputs(self) -> dict[str, forms.Field]:
        """The inputs by name, each with what it holds."""
        made = {}
        for one in self.fields:
            held = self.filled.get(one.name, self.record.get(one.name))
            made[PREFIX + one.name] = input_for(one)
            made[PREFIX + one.name].initial = shown(one, held)
        return made

    def filled_by(self, form: forms.Form) -> dict[str, Any]:
        """What is filled in now: what was left alone stays, what was emptied is no more.

        Faults are told beside their inputs.
        """
        filled = dict(self.filled)
        for one in self.fields:
            name = PREFIX + one.name
            if name not in form.changed_data or name not in form.cleaned_data:
                continue
            filled.pop(one.name, None)
            entered = form.cleaned_data[name]
            if entered in (None, "", []):
                continue
            try:
                filled[one.name] = kept(one, entered, self.find)
            except ValidationError as error:
                form.add_error(name, error)
        return filled

    def typed(self, one: CrmField, value: Any) -> Any:
        """What was typed for the field beside its name. Raises ValidationError."""
        if isinstance(value, dict | list) or one.kind in (InputKind.CHOICE, InputKind.CHOICES):
            return value  # a choice that is not listed may still be taken, or is told by Check
        return kept(one, input_for(one).clean(as_text(value)), self.find)


def inputs_of(
    lead: Lead, data: dict[str, Any], preview: Preview, posted: Iterable[str] = ()
) -> CrmInputs:
    """The inputs for a lead: what its reason or today's check names, and what was filled in.

    None for a field that one of our own goes into as text: that has an input already.
    """
    gateway, site = filling(), lead.site
    if gateway is None:
        return CrmInputs()
    filled, named = filled_in(data), named_in(lead.reason_field)
    asked = [name.removeprefix(PREFIX) for name in posted if name.startswith(PREFIX)][:MOST_INPUTS]
    failing = named_in(preview.failing)
    wanted = [n for n in (*named, *failing, *filled, *asked) if n not in KNOWN_FIELDS]
    fields = [
        one
        for one in gateway.fields_named(site, wanted)
        if one.name in filled or (_is_meant(one, named, data) and not _is_ours(one, preview, data))
    ]
    return CrmInputs(fields, filled, preview.record, *_asking(site))


def _asking(site: Site) -> tuple[Meaning, Finder]:
    gateway = filling()
    assert gateway is not None  # noqa: S101 - for the type checker
    # Asked for by a name first of all: most forms are sent without a new one.
    ready = cache(lambda: gateway.meaning(site))
    return (
        lambda name: ready()(name),
        lambda one, name: gateway.find_record(site, one, name),
    )


def _is_meant(one: CrmField, named: Iterable[str], data: Mapping[str, Any]) -> bool:
    """Whether it is a field of the CRM: one that it describes, or has named and no lead sent."""
    return one.is_described or (one.name in named and one.name not in data)


def _is_ours(one: CrmField, preview: Preview, data: dict[str, Any]) -> bool:
    sources = [path for row in preview.form if row.name == one.name for path in row.sources]
    return one.kind.is_plain and any(top(path, data) in KNOWN_FIELDS for path in sources)
