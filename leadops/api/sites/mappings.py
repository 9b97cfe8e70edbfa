"""A site's field mapping: reading it, trying another one out, and putting that in its place."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leadops.api.base import OpsViews, deciding, read
from leadops.api.describe import operation
from leadops.api.evidence import one_of
from leadops.api.guard import Scope, right
from leadops.api.lead_shapes import Described
from leadops.api.problems import conflict, invalid
from leads.models import Site
from leads.reasons import Reason
from zoho.desk import mapping
from zoho.desk.mapping_rows import Draft
from zoho.desk.mapping_words import source_names
from zoho.mapping.dry_run import DryRun
from zoho.mapping.plans import known_fields
from zoho.mapping.transforms import TRANSFORMS
from zoho.models import Mapping

CHANGES = right(Scope.ADMINISTER, "leads.view_site", mapping.PERMISSION)
MOST_RULES = 500


class TextOrTexts(serializers.JSONField):
    """A text, or a list of texts."""

    def to_internal_value(self, data: Any) -> Any:
        """Nothing else."""
        texts = data if isinstance(data, list) else [data]
        if not all(isinstance(text, str) for text in texts):
            raise serializers.ValidationError("A text, or a list of texts.")
        return data


class Argument(serializers.JSONField):
    """A text; of a value table an object with `values` and `fallback`."""

    def to_internal_value(self, data: Any) -> Any:
        """Nothing else."""
        if isinstance(data, str):
            return data
        table = data if isinstance(data, dict) else {"": None}
        values, rest = table.get("values", {}), set(table) - {"values", "fallback"}
        texts = [*values.values(), table.get("fallback", "")] if isinstance(values, dict) else [0]
        if rest or not all(isinstance(text, str) for text in texts):
            raise serializers.ValidationError("A text, or an object with “values” and “fallback”.")
        return data


class RuleSerializer(serializers.Serializer[Any]):
    """One rule, as `docs/mapping.md` describes it."""

    target = serializers.CharField(max_length=200)
    source = TextOrTexts(required=False)  # type: ignore[assignment]  # a field here, a property of every field
    transform = serializers.ChoiceField([*TRANSFORMS], required=False)
    argument = Argument(required=False)


class DraftSerializer(serializers.Serializer[Any]):
    """Rules, and what becomes of fields that none uses."""

    rules: serializers.BaseSerializer[Any] = serializers.ListSerializer(
        child=RuleSerializer(), max_length=MOST_RULES
    )
    rest = serializers.ChoiceField(Mapping.Rest.choices, default=Mapping.Rest.APPEND.value)


class NewMappingSerializer(DraftSerializer):
    """Another mapping in the place of one."""

    base = serializers.CharField(help_text="The “base” of the mapping that was read; else 409.")
    dry_run = serializers.CharField(
        default="", allow_blank=True, help_text="The “mark” of a dry run of exactly these rules."
    )
    anyway = serializers.BooleanField(default=False, help_text="Without a dry run.")
    failing = serializers.BooleanField(default=False, help_text="Though most leads would fail.")


class MappingSerializer(Described):
    """A site's mapping."""

    rules = serializers.ListField(child=serializers.DictField())
    rest = serializers.ChoiceField(Mapping.Rest.choices)
    is_default = serializers.BooleanField()
    base = serializers.CharField(help_text="Names exactly these rules.")


class FindingSerializer(Described):
    """Leads that would fail of one thing."""

    reason = serializers.ChoiceField(Reason.choices)
    field = serializers.CharField()
    count = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.IntegerField())


class DryRunSerializer(Described):
    """What rules would do to the site's newest leads. Nothing was stored or sent."""

    leads = serializers.IntegerField()
    changed = serializers.IntegerField()
    repaired = serializers.IntegerField()
    failing = serializers.IntegerField()
    failing_today = serializers.IntegerField()
    fields = serializers.DictField(child=serializers.IntegerField())  # type: ignore[assignment]  # a field here, a property of every serializer
    reasons = FindingSerializer(many=True)
    mark = serializers.CharField(help_text="For “dry_run”: good for a day.")


class MappingViews(OpsViews):
    """The mapping of one site."""

    rights = {
        "retrieve": right(Scope.ADMINISTER, "leads.view_site"),
        "replace": CHANGES,
        "dry_run": CHANGES,
    }

    @operation("get_mapping", "A site's mapping", MappingSerializer, refuses=(404,))
    def retrieve(self, request: Request, pk: int) -> Response:
        """What its leads go by."""
        return Response(as_mapping(one_of(Site.objects.visible_to(request.user), pk)))

    @operation(
        "dry_run_mapping",
        "What other rules would do to the newest leads",
        DryRunSerializer,
        takes=DraftSerializer,
        refuses=(404,),
    )
    def dry_run(self, request: Request, pk: int) -> Response:
        """Nothing is stored."""
        site = one_of(Site.objects.visible_to(request.user), pk)
        found, _outcome, mark = mapping.try_out(
            site, draft_of(site, read(DraftSerializer, request))
        )
        return Response(as_dry_run(found) | {"mark": mark})

    @operation(
        "replace_mapping",
        "Put another mapping in the place of one",
        MappingSerializer,
        takes=NewMappingSerializer,
        refuses=(404, 409),
        once=True,
    )
    @deciding
    def replace(self, request: Request, pk: int) -> Response:
        """After a dry run, or on demand without; every lead goes by it from then on."""
        site = one_of(Site.objects.visible_to(request.user), pk)
        given = read(NewMappingSerializer, request)
        draft = draft_of(site, given)
        outcome = mapping.proven(site, draft, given["dry_run"])
        if outcome is None and not given["anyway"]:
            raise invalid("These rules went through no dry run.", {"dry_run": "missing"})
        if outcome is not None and outcome.is_grave and not given["failing"]:
            raise invalid("Most leads would fail with these rules.", {"failing": "not confirmed"})
        if not mapping.replace(site, draft, given["base"], request.user):
            raise conflict("Somebody else has saved another mapping: read it again.")
        return Response(as_mapping(site))


def draft_of(site: Site, given: dict[str, Any]) -> Draft:
    """The rules that were posted. Raises Problem with the faults of each."""
    draft = Draft.of([dict(rule) for rule in given["rules"]], given["rest"])
    faults = mapping.faults_in(draft, known_fields(site), source_names(site))
    if faults:
        said = {f"rules.{n}": " ".join(map(str, one)) for n, one in enumerate(faults) if one}
        raise invalid("Some rules cannot be stored.", said)
    return draft


def as_mapping(site: Site) -> dict[str, Any]:
    """The mapping that is stored, or the default one."""
    draft = mapping.stored_draft(site)
    is_default = draft == mapping.default_draft(site)
    return {
        "rules": draft.rules(),
        "rest": str(draft.rest),
        "is_default": is_default,
        "base": draft.digest(),
    }


def as_dry_run(found: DryRun) -> dict[str, Any]:
    """What a dry run came to."""
    return {
        "leads": found.leads,
        "changed": found.changed.count,
        "repaired": found.repaired.count,
        "failing": found.failed.count,
        "failing_today": found.failed_today,
        "fields": dict(found.fields),
        "reasons": [
            {
                "reason": str(reason),
                "field": field,
                "count": tally.count,
                "examples": tally.examples,
            }
            for (reason, field), tally in found.reasons.items()
        ],
    }
