"""What is seen behind a link: the leads of its mail, one of them to type in, and before it a code.

Nothing here changes anything: mail programs open links to look whether they are dangerous.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _

from leads.decisions.undo import undoable
from leads.delivery.gateway import get_gateway
from leads.desk.lead.entry import lines
from leads.desk.lead.forms import DiscardForm, EnterForm
from leads.models import Lead, LeadEvent
from leads.privacy.named_leads import of_own_site_alone
from leads.reasons import Reason
from notifications.link_pages.visit import Visit, nothing_here

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def leads_page(visit: Visit) -> HttpResponse:
    """All leads of the link, by cause; before a code is shown, the page that asks for one."""
    if not visit.is_open:
        return locked(visit)
    rows = sorted(visit.link.shown().defer("body", "data"), key=lambda lead: lead.reason_title)
    causes = [(title, list(leads)) for title, leads in groupby(rows, lambda one: one.reason_title)]
    still = sum(lead.status == Lead.Status.FAILED for lead in rows)
    return visit.page("leads", causes=causes, count=len(rows), still=still)


def lead_page(visit: Visit, pk: int) -> HttpResponse:
    """One lead of the link: what to type in, and what can be done about it."""
    return locked(visit, pk) if not visit.is_open else shown(visit, pk)


def shown(visit: Visit, pk: int, **refused: Form) -> HttpResponse:
    """The page of a lead, with the form that was refused."""
    leads = visit.link.shown().select_related("site").defer("body")
    lead = leads.filter(pk=pk).first()
    if lead is None:
        return nothing_here(visit.request)
    of_own_site_alone([lead])
    preview = get_gateway().preview(lead)
    context: dict[str, Any] = {
        "lead": lead,
        "lines": lines(preview),
        "failure": preview.failure,
        "about": Reason(lead.reason).about if lead.reason in Reason.values else None,
        "mendable": lead.status in Lead.MENDABLE,
        "last": last_done(lead, visit.link.reader.recipient),
        "undo": own_decision(lead, visit),
        "several": len(leads) > 1,
        "enter": EnterForm(auto_id="enter_%s"),
        "discard": DiscardForm(auto_id="discard_%s"),
        **refused,
    }
    return visit.page("lead", 400 if refused else 200, **context)


def own_decision(lead: Lead, visit: Visit) -> LeadEvent | None:
    """What this reader decided last and may still take back; nobody else's decision."""
    decision = undoable(lead, visit.now)
    return decision if decision and decision.link == visit.link.reader.recipient else None


def last_done(lead: Lead, address: str) -> tuple[LeadEvent, str] | None:
    """What a person did last about the lead, and who that is to this reader."""
    event = lead.events.exclude(kind__in=LeadEvent.ASIDE).order_by("-pk").first()
    if event is None:
        return None
    if event.link:
        return event, _("you") if event.link == address else _("another reader of the mail")
    return event, _("a colleague")


def locked(
    visit: Visit, pk: int | None = None, error: StrOrPromise = "", status: int = 200
) -> HttpResponse:
    """The page that asks for a code; with the lead that is to be seen afterwards."""
    waiting = visit.link.reader.is_waiting(visit.now)
    return visit.page("code", status, waiting=waiting, error=error, lead_id=pk)
