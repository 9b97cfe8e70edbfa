"""“It is a new enquiry”: a lead of a repeat that was counted on another one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from leads.decisions.enquiry import as_new_enquiry
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
from leads.models import Lead


def new_enquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the lead, once a press: the form says how many repeats there were."""
    demand(request, "leads.retry_lead")
    get_object_or_404(Lead.objects.only("pk"), pk=pk)
    said = request.POST.get("repeats", "")
    lead = as_new_enquiry(pk, int(said) if said.isdecimal() else 0, request.user)
    if lead is None:
        words = _("Lead %(pk)s: nothing was made of it; its repeats have changed.")
        messages.info(request, words % {"pk": pk})
        return HttpResponseRedirect(lead_url(pk))
    state = str(lead.get_status_display()).lower()
    messages.success(
        request,
        (
            _("The repeat of lead %(pk)s is lead %(lead_pk)s now: %(state)s.")
            % {"pk": pk, "lead_pk": lead.pk, "state": state}
        ),
    )
    return HttpResponseRedirect(lead_url(lead.pk))
