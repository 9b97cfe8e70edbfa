"""The request options of a site as inputs. They are stored as the one JSON object of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.desk.kit.generics import ModelForm
from leads.models import Site
from leads.shown.sentences import shown
from zoho.api.options import APPLIED, SKIPPED, TRIGGERS, faults

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

AUTOMATIONS = {
    "": gettext_lazy("All that Zoho would run"),
    "none": gettext_lazy("None"),
    "chosen": gettext_lazy("Only the chosen ones"),
}
APPROVED = {
    "": gettext_lazy("As Zoho decides"),
    "true": gettext_lazy("Approved"),
    "false": gettext_lazy("Approval first"),
}


TITLES = {
    "workflow": gettext_lazy("Workflow"),
    "approval": gettext_lazy("Approval"),
    "blueprint": gettext_lazy("Blueprint"),
    "pathfinder": gettext_lazy("Pathfinder"),
    "orchestration": gettext_lazy("Orchestration"),
    "layout_rules": gettext_lazy("Layout rules"),
    "criteria_validation_rule": gettext_lazy("Criteria validation rule"),
    "function_validation_rule": gettext_lazy("Function validation rule"),
    "global_map_dependency": gettext_lazy("Global map dependency"),
    "range_validation": gettext_lazy("Range validation"),
    "cadences": gettext_lazy("Cadences"),
    "connected_workflows": gettext_lazy("Connected workflows"),
    "assignment_rules": gettext_lazy("Assignment rules"),
    "territory_subordinates": gettext_lazy("Territory subordinates"),
}
"""What can be chosen, in words; whatever is not here is called as Zoho's API calls it."""


def _names(names: tuple[str, ...]) -> list[tuple[str, StrOrPromise]]:
    return [(name, TITLES.get(name, name.replace("_", " ").capitalize())) for name in names]


def _choices(
    label: StrOrPromise, names: tuple[str, ...], help_text: StrOrPromise
) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=_names(names),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


def _id(label: StrOrPromise, help_text: StrOrPromise) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "vTextField", "inputmode": "numeric"})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


def _list(label: StrOrPromise, help_text: StrOrPromise) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "vTextField"})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class SiteForm(ModelForm[Site]):
    """A site, each request option with an input of its own."""

    automations = forms.ChoiceField(
        label=gettext_lazy("Automations"),
        choices=AUTOMATIONS.items(),
        required=False,
        help_text=gettext_lazy("Which of Zoho's automations run for the records (trigger)."),
    )
    triggers = _choices(
        gettext_lazy("Chosen automations"), TRIGGERS, gettext_lazy("With “only the chosen ones”.")
    )
    lar_id = _id(gettext_lazy("Assignment rule"), gettext_lazy("Id. Who gets the record."))
    layout = _id(
        gettext_lazy("Layout"),
        gettext_lazy(
            "Id. The record's layout: its mandatory fields count, and it takes its own fields "
            "alone."
        ),
    )
    owner = _id(gettext_lazy("Owner"), gettext_lazy("Id. The user who owns the record."))
    tags = _list(gettext_lazy("Tags"), gettext_lazy("Tags on the record, separated by commas."))
    approved = forms.ChoiceField(
        label=gettext_lazy("Approval"),
        choices=APPROVED.items(),
        required=False,
        help_text="$approved",
    )
    applied = _choices(
        gettext_lazy("Rules to apply"),
        APPLIED,
        gettext_lazy("Although the record comes by API (apply_feature_execution)."),
    )
    skipped = _choices(
        gettext_lazy("Features to skip"),
        SKIPPED,
        gettext_lazy("For these records (skip_feature_execution)."),
    )
    wizard = _id(gettext_lazy("Wizard"), gettext_lazy("Id. The wizard that makes the record."))
    wizard_path = _list(
        gettext_lazy("Way through the wizard"), gettext_lazy("Ids, separated by commas.")
    )

    class Meta:
        model = Site
        fields = ["name"]  # the admin names the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**_inputs(self.instance.options), **self.initial}

    def clean(self) -> dict[str, Any] | None:
        """The inputs as options; whatever Zoho could not read is told beside its input."""
        cleaned = super().clean()
        options = _options(self.cleaned_data)
        for key, value in options.items():
            for fault in faults({key: value}):
                self.add_error(INPUT_OF[key], shown(fault))
        if self.cleaned_data.get("automations") == "chosen" and not options["trigger"]:
            self.add_error("triggers", _("Choose at least one, or “None” above."))
        self.instance.options = options
        return cleaned


INPUT_OF = {
    "trigger": "triggers",
    "lar_id": "lar_id",
    "apply_feature_execution": "applied",
    "skip_feature_execution": "skipped",
    "Layout": "layout",
    "Owner": "owner",
    "Tag": "tags",
    "$approved": "approved",
    "Wizard": "wizard",
    "$wizard_connection_path": "wizard_path",
}
"""Which input an option is entered in."""


def option_fieldset(collapsed: bool) -> tuple[str, dict[str, Any]]:
    """The inputs on the site's page; folded away while no option is in use."""
    return (
        _("Request options"),
        {
            "fields": ["automations", *INPUT_OF.values()],
            "classes": ["collapse"] if collapsed else [],
            "description": _(
                "What travels with every record of this site. Leave open what Zoho is to decide."
            ),
        },
    )


def _inputs(options: Any) -> dict[str, Any]:
    """What the inputs show for stored options."""
    options = options if isinstance(options, dict) else {}
    trigger = options.get("trigger")
    return {
        "automations": "" if trigger is None else "chosen" if trigger else "none",
        "triggers": trigger or [],
        "lar_id": options.get("lar_id", ""),
        "layout": _id_of(options.get("Layout")),
        "owner": _id_of(options.get("Owner")),
        "tags": ", ".join(_names_of(options.get("Tag"))),
        "approved": {True: "true", False: "false"}.get(options.get("$approved"), ""),
        "applied": _names_of(options.get("apply_feature_execution")),
        "skipped": _names_of(options.get("skip_feature_execution")),
        "wizard": _id_of(options.get("Wizard")),
        "wizard_path": ", ".join(map(str, options.get("$wizard_connection_path") or [])),
    }


def _id_of(value: Any) -> str:
    return str(value.get("id", "") if isinstance(value, dict) else value or "")


def _names_of(value: Any) -> list[str]:
    items = value if isinstance(value, list) else []
    return [str(item.get("name", "")) for item in items if isinstance(item, dict)]


def _options(entered: dict[str, Any]) -> dict[str, Any]:
    """The options to store; what was left open is not there."""
    triggers = {"none": [], "chosen": entered.get("triggers", [])}
    approved = {"true": True, "false": False}
    options: dict[str, Any] = {
        "trigger": triggers.get(entered.get("automations", "")),
        "lar_id": entered.get("lar_id"),
        "apply_feature_execution": _named(entered.get("applied")),
        "skip_feature_execution": _named(entered.get("skipped")),
        "Layout": _with_id(entered.get("layout")),
        "Owner": _with_id(entered.get("owner")),
        "Tag": _named(_parts(entered.get("tags"))),
        "$approved": approved.get(entered.get("approved", "")),
        "Wizard": entered.get("wizard"),
        "$wizard_connection_path": _parts(entered.get("wizard_path")),
    }
    kept_when_empty = ("trigger", "$approved")
    return {
        key: value
        for key, value in options.items()
        if value or (key in kept_when_empty and value is not None)
    }


def _with_id(text: str | None) -> dict[str, str]:
    return {"id": text} if text else {}


def _named(names: list[str] | None) -> list[dict[str, str]]:
    return [{"name": name} for name in names or []]


def _parts(text: str | None) -> list[str]:
    return list(filter(None, map(str.strip, (text or "").split(","))))
