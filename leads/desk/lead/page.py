"""The page of one lead: everything that is known of it, and what may be done."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpRequest

from leads.clock import database_now
from leads.decisions.retry import held_for
from leads.delivery.gateway import Preview, get_gateway
from leads.desk import person
from leads.desk.kit import masking
from leads.desk.kit.amounts import in_words
from leads.desk.kit.formatting import label
from leads.desk.kit.limits import veil_words
from leads.desk.kit.lists.neighbours import neighbours
from leads.desk.lead import actions
from leads.desk.lead.choices import WHY, choosing
from leads.desk.lead.data_rows import data_rows
from leads.desk.lead.download import LONGEST_VALUE, MOST_FIELDS, Shown, beginning, cut, links
from leads.desk.lead.forms import DiscardForm, EnterForm
from leads.desk.lead.next_attempt import next_attempt
from leads.desk.lead.team.assign import PERMISSION as ASSIGN
from leads.desk.lead.team.assign import AssignForm, named_colleagues
from leads.desk.lead.team.comment import PERMISSION as COMMENT
from leads.desk.lead.team.comment import CommentForm
from leads.desk.lead.timeline import timeline
from leads.flags import Flag
from leads.models import CrmRecord, Lead
from leads.reasons import REFUSED_AGAIN, Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def lead_context(model_admin: Any, request: HttpRequest, lead: Lead) -> dict[str, Any]:
    """What the template shows. `model_admin` is the list that the lead was opened from."""
    user, now, gateway = request.user, database_now(), get_gateway()
    veil_words([lead], user)
    whole, preview = masking.may_see(user), gateway.preview(lead)
    upcoming = next_attempt(lead, now)
    decision = upcoming.decision if upcoming else None
    return {
        "title": f"Lead {lead.pk}",
        "opts": model_admin.opts,
        "lead": lead,
        "now": now,
        "about": Reason(lead.reason).about if lead.reason in Reason.values else None,
        "rows": data_rows(lead, preview, user),
        "more_fields": max(0, len(lead.current_data()) - MOST_FIELDS),
        "data": beginning(lead.current_data()) if whole else None,
        "came": beginning(lead.data) if whole and lead.revision else None,
        "body": body(lead) if whole else "",
        "files": links(lead) if whole and masking.may_see_leads_whole(user) else None,
        "read_from": read_from(lead, user),
        "choosing": choosing(lead, user),
        "moments": timeline(lead, user),
        "became": became(lead, user),
        "next_attempt": upcoming,
        "may_undo": decision is not None and user.has_perm(actions.PERMISSIONS[decision.kind]),
        "beside": neighbours(model_admin, request, lead),
        "record_url": gateway.record_url(lead) if lead.zoho_id else "",
        "preview": preview if whole and lead.status in Lead.MENDABLE else None,
        "record": beginning(preview.record) if whole else None,
        "curl": curl(lead, preview, user),
        "first_lead": first_lead(lead),
        "existing_url": (
            gateway.record_url(lead, lead.in_the_way, lead.in_the_way_module)
            if lead.in_the_way
            else ""
        ),
        "existing_lead": existing_lead(lead, user),
        "may_see_exchange": masking.may_see_exchange(user),
        "enter_form": EnterForm(auto_id="enter_%s"),
        "discard_form": DiscardForm(auto_id="discard_%s"),
        "comment_form": CommentForm(auto_id="comment_%s"),
        "assign_form": AssignForm(
            auto_id="assign_%s", initial={"whom": whose(lead) or user.pk}, site_id=lead.site_id
        ),
        "colleagues": lambda: named_colleagues(lead.site_id),
    } | permitted(lead, user, now)


def permitted(lead: Lead, user: Any, now: datetime) -> dict[str, bool]:
    """Which of the page's buttons the user is offered."""
    mendable = lead.status in Lead.MENDABLE
    failed, quarantined = lead.status == Lead.Status.FAILED, lead.is_quarantined
    on_its_way = bool(lead.due_at and lead.due_at <= now + held_for())
    whole, retries = masking.may_see(user), user.has_perm("leads.retry_lead")
    return {
        "retry_changes_nothing": failed and lead.reason in REFUSED_AGAIN,
        "may_retry": mendable and retries and not on_its_way and not quarantined,
        "may_release": quarantined and retries,
        "may_see_unknown_pages": (
            quarantined and Flag.FOREIGN_PAGE in lead.oddities and user.has_perm("leads.view_site")
        ),
        "may_update": failed and lead.can_update and retries,
        "may_send_anyway": failed and lead.reason == Reason.DUPLICATE_EMAIL and retries,
        "may_correct": mendable and user.has_perm("leads.correct_lead") and whole,
        "may_enter": mendable and user.has_perm("leads.enter_lead"),
        "may_discard": mendable and user.has_perm("leads.discard_lead"),
        "may_comment": user.has_perm(COMMENT) and not lead.erased_at,
        "may_assign": user.has_perm(ASSIGN) and not lead.erased_at,
        "may_see_card": user.has_perm("leads.enter_lead") and whole and not lead.erased_at,
        "may_see_person": not lead.erased_at and user.has_perm(person.PERMISSION),
    }


def became(lead: Lead, user: Any) -> dict[str, Any] | None:
    """What became of its record in the CRM; None where nothing was read of it."""
    row = CrmRecord.objects.visible_to(user).filter(lead=lead).first()
    if row is None:
        return None
    worth = row.amount is not None and user.has_perm("leads.view_figure")
    return {
        "row": row,
        "owner": row.owner if masking.may_see(user) else masking.name(row.owner),
        "amount": in_words(row.amount or 0, row.currency) if worth else "",
    }


def whose(lead: Lead) -> int | None:
    """The id of whoever the lead is assigned to."""
    assignment: Any = getattr(lead, "assignment", None)
    return assignment.user_id if assignment else None


class ReadFrom(NamedTuple):
    """Where one of our fields was found in what a form tool posted, and why it was taken for it."""

    name: str
    path: str
    why: StrOrPromise


def read_from(lead: Lead, user: Any) -> list[ReadFrom]:
    """What was recognised of a form tool's post; nothing for a lead that named our own fields."""
    reading = lead.reading or {"paths": {}, "why": {}}
    return [
        ReadFrom(label(name), masking.field(path, user), WHY.get(reading["why"].get(name, ""), ""))
        for path, name in reading["paths"].items()
        if reading["why"].get(name) != "own_name"
    ]


def curl(lead: Lead, preview: Preview, user: Any) -> Shown | None:
    """The call to the CRM, as a person may repeat it; None for who may not see exchanges."""
    if not masking.may_see_exchange(user):
        return None
    text = get_gateway().curl(lead, preview.record)
    return cut(text) if text else None


def body(lead: Lead) -> str:
    """What arrived, byte for byte as far as it is text; its beginning where it is long."""
    raw = bytes(lead.body[: 4 * LONGEST_VALUE])
    return raw.decode(errors="replace")[:LONGEST_VALUE]


def first_lead(lead: Lead) -> int | None:
    """The lead that a duplicate repeats, as the rule that held it has named it."""
    named = re.search(r"lead (\d+)$", lead.reason_text)
    return int(named[1]) if named and lead.reason == Reason.DUPLICATE_EMAIL else None


def existing_lead(lead: Lead, user: Any) -> int | None:
    """Our own lead that the record in the way was made of, where the user may see it."""
    ours = Lead.objects.of_record(lead.destination_id, lead.in_the_way).exclude(pk=lead.pk)
    return ours.visible_to(user).values_list("pk", flat=True).first()
