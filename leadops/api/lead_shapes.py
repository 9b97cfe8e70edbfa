"""How leads are written: masked as the desk masks them, for the account of the token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from leads.data import as_text
from leads.desk.kit import masking
from leads.desk.kit.limits import veil_words
from leads.desk.lead.timeline import Moment, timeline
from leads.models import CrmRecord, Lead
from leads.reasons import Owner, Reason


class Described(serializers.Serializer[Any]):
    """A serializer that only describes an answer."""


class LeadReasonSerializer(Described):
    """Why a lead is not in the CRM."""

    code = serializers.CharField()
    title = serializers.CharField()
    field = serializers.CharField()
    text = serializers.CharField(help_text="The CRM's own words; hidden where masked.")
    owner = serializers.ChoiceField([*Owner.values, ""], help_text="Who must act.")


class LeadSerializer(Described):
    """A lead in a list."""

    id = serializers.IntegerField()
    reference = serializers.UUIDField()
    site = serializers.IntegerField()
    status = serializers.ChoiceField(Lead.Status.choices)
    reason = LeadReasonSerializer(allow_null=True)
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    is_test = serializers.BooleanField()
    revision = serializers.IntegerField()
    attempts = serializers.IntegerField()
    zoho_id = serializers.CharField()
    assigned = serializers.CharField(allow_null=True, help_text="The login name of a colleague.")
    received_at = serializers.DateTimeField()
    failed_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class ChangeSerializer(Described):
    """One field that a correction changed."""

    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class MomentSerializer(Described):
    """One thing that happened to a lead."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    title = serializers.CharField()
    who = serializers.CharField(help_text="The login name, and the token where one was used.")
    note = serializers.CharField()
    words = serializers.CharField()
    api_log = serializers.IntegerField(allow_null=True)
    changes = ChangeSerializer(many=True)


class CrmRecordSerializer(Described):
    """What became of a lead's record, as the CRM last showed it."""

    state = serializers.ChoiceField(CrmRecord.State.choices)
    owner = serializers.CharField(help_text="Masked as names are.")
    status = serializers.CharField()
    converted_at = serializers.DateTimeField(allow_null=True)
    stage = serializers.CharField(help_text="Of the deal; empty where there is none.")
    won = serializers.BooleanField()
    amount = serializers.DecimalField(
        19, 3, allow_null=True, help_text="null for who may not see figures, too."
    )
    currency = serializers.CharField()
    read_at = serializers.DateTimeField()


class WholeLeadSerializer(LeadSerializer):
    """A lead with its data, its timeline, and what became of it."""

    crm_record = CrmRecordSerializer(allow_null=True, help_text="null where none was read.")
    data = serializers.DictField(help_text="Its newest revision, field by field.")  # type: ignore[assignment]  # a field here, a property of every serializer
    timeline = MomentSerializer(many=True)


class StateSerializer(Described):
    """Where a lead stands after a decision. No personal data."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(Lead.Status.choices)
    reason = serializers.CharField(help_text="A code; empty for none.")
    revision = serializers.IntegerField()
    changed = serializers.BooleanField(help_text="Whether the decision changed anything.")


def paged(kind: type[Described]) -> type[Described]:
    """A page of rows, for the description."""
    fields = {
        "results": kind(many=True),
        "next": serializers.CharField(
            allow_null=True, help_text="For “after”: where the next page begins."
        ),
    }
    made = type(f"Page{kind.__name__}", (Described,), fields)
    whole: type[Described] = extend_schema_serializer(many=False)(made)
    return whole


def shown(leads: list[Lead], user: Any) -> list[dict[str, Any]]:
    """Leads of a list."""
    veil_words(leads, user)
    return [as_row(lead, user) for lead in leads]


def as_row(lead: Lead, user: Any) -> dict[str, Any]:
    """One lead, whose words were veiled."""
    assignment: Any = getattr(lead, "assignment", None)
    columns = ("is_test", "revision", "attempts", "zoho_id")
    moments = ("received_at", "failed_at", "due_at", "settled_at")
    return {
        "id": lead.pk,
        "reference": str(lead.reference),
        "site": lead.site_id,
        "status": lead.status,
        "reason": as_reason(lead, user),
        **{name: masking.value(name, getattr(lead, name), user) for name in PERSON},
        **{name: getattr(lead, name) for name in (*columns, *moments)},
        "assigned": assignment.user.get_username() if assignment else None,
    }


PERSON = ("name", "email", "phone")


def as_reason(row: Any, user: Any) -> dict[str, str] | None:
    """Why a lead or an attempt is not in the CRM; None without a reason."""
    if not row.reason:
        return None
    return {
        "code": row.reason,
        "title": row.reason_title,
        "field": row.reason_field,
        "text": masking.words(row.reason_text, user),
        "owner": Reason(row.reason).owner.value if Reason.knows(row.reason) else "",
    }


def whole(lead: Lead, user: Any) -> dict[str, Any]:
    """One lead with everything that the account may see of it."""
    veil_words([lead], user)
    return as_row(lead, user) | {
        "crm_record": as_crm_record(lead, user),
        "data": data_of(lead, user),
        "timeline": [as_moment(one, user) for one in timeline(lead, user)],
    }


def as_crm_record(lead: Lead, user: Any) -> dict[str, Any] | None:
    """What became of its record; None where none was read."""
    row = CrmRecord.objects.visible_to(user).filter(lead=lead).first()
    if row is None:
        return None
    columns = ("state", "status", "converted_at", "stage", "won", "currency", "read_at")
    figure = row.amount_in_full if user.has_perm("leads.view_figure") else None
    return {name: getattr(row, name) for name in columns} | {
        "owner": masking.value("name", row.owner, user),
        "amount": None if figure is None else f"{figure:.3f}",
    }


def data_of(lead: Lead, user: Any) -> dict[str, Any]:
    """The lead's fields: as they are, or each masked."""
    data = lead.current_data()
    if masking.may_see_leads_whole(user):
        return dict(data)
    masked = ((name, masking.value(name, as_text(value), user)) for name, value in data.items())
    return {masking.field(name, user): value for name, value in masked}


def as_moment(moment: Moment, user: Any) -> dict[str, Any]:
    """One thing that happened."""
    event = moment.event
    return {
        "at": moment.at,
        "kind": moment.kind,
        "title": str(moment.title),
        "who": event.who if event else "",
        "note": masking.words(event.note, user) if event else "",
        "words": str(moment.words),
        "api_log": moment.log.pk if moment.log else None,
        "changes": [
            {
                "field": masking.field(one.field, user),
                "before": masking.value(one.field, one.before, user),
                "after": masking.value(one.field, one.after, user),
            }
            for one in moment.changes
        ],
    }


def as_state(lead: Lead, changed: bool) -> dict[str, Any]:
    """Where a lead stands."""
    return {
        "id": lead.pk,
        "status": lead.status,
        "reason": lead.reason,
        "revision": lead.revision,
        "changed": changed,
    }
