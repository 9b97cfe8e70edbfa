"""What is done behind a link: the desk's decisions, by the mail's recipient and nobody else."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect

from leads.decisions import settle, undo
from leads.decisions.by_link import LinkReader
from leads.decisions.retry import held_for, retry
from leads.desk.lead.forms import DiscardForm, EnterForm
from leads.models import Lead
from leads.models.lead import LeadQuerySet
from notifications.link_pages.pages import locked, own_decision, shown
from notifications.link_pages.visit import Visit, nothing_here


def entered(visit: Visit, pk: int) -> HttpResponse:
    """It was typed into Zoho, perhaps as a record that is named."""
    if stopped := _stopped(visit, pk):
        return stopped
    form = EnterForm(visit.request.POST, auto_id="enter_%s")
    if not form.is_valid():
        return shown(visit, pk, enter=form)
    settle.enter(_lead(visit, pk), _reader(visit), form.cleaned_data["zoho_id"])
    return HttpResponseRedirect(visit.url(pk))


def again(visit: Visit, pk: int) -> HttpResponse:
    """Send it again; the rules judge it as always."""
    if stopped := _stopped(visit, pk):
        return stopped
    retry(_lead(visit, pk), _reader(visit), hold_for=held_for())
    return HttpResponseRedirect(visit.url(pk))


def no_lead(visit: Visit, pk: int) -> HttpResponse:
    """Give it up; why is asked for."""
    if stopped := _stopped(visit, pk):
        return stopped
    form = DiscardForm(visit.request.POST, auto_id="discard_%s")
    if not form.is_valid():
        return shown(visit, pk, discard=form)
    settle.discard(_lead(visit, pk), _reader(visit), form.cleaned_data["note"])
    return HttpResponseRedirect(visit.url(pk))


def take_back(visit: Visit, pk: int) -> HttpResponse:
    """Undo what this reader did last, while nothing came of it."""
    if stopped := _stopped(visit, pk):
        return stopped
    if decision := own_decision(_lead(visit, pk).get(), visit):
        undo.undo(decision, _reader(visit))
    return HttpResponseRedirect(visit.url(pk))


def _stopped(visit: Visit, pk: int) -> HttpResponse | None:
    """What is answered instead: to a browser that is not known, and of a lead that is not there."""
    if not visit.is_open:
        return locked(visit, pk, status=403)
    return None if _lead(visit, pk).exists() else nothing_here(visit.request)


def _lead(visit: Visit, pk: int) -> LeadQuerySet:
    return Lead.objects.filter(pk__in=visit.link.shown().filter(pk=pk).order_by().values("pk"))


def _reader(visit: Visit) -> LinkReader:
    return LinkReader(visit.link.reader.recipient)
