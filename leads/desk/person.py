"""The person behind a lead: all that is kept of them, to be handed over or erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from leads.clock import database_now
from leads.delivery.gateway import get_gateway
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
from leads.models import Lead, LeadEvent, RejectedSubmission
from leads.privacy.erase import erase_person, overwrite_deleted
from leads.privacy.person import as_document, same_person
from leads.privacy.traces import traces_of
from leads.signals import security_event

PERMISSION = "leads.erase_person"
WORD = "ERASE"
LEAVE_SECONDS = 3
STILL_THERE = gettext_lazy(
    "The database is in use: copies of what was erased stay in its write-ahead log until the "
    "nightly tidying at the latest."
)
MOST = 1_000
"""Leads that a page lists; a person with more is a test, and the command erases them."""


class PersonForm(forms.Form):
    """Which of the leads are this person's, and for erasing the word that means it."""

    leads = forms.ModelMultipleChoiceField(
        Lead.objects.none(), error_messages={"required": gettext_lazy("Choose at least one lead.")}
    )
    rejected = forms.ModelMultipleChoiceField(RejectedSubmission.objects.none(), required=False)
    word = forms.CharField(
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self, leads: QuerySet[Lead], rejected: QuerySet[RejectedSubmission], posted: Any
    ) -> None:
        super().__init__(posted)
        label = _("Type %(word)s to take the data out for good") % {"word": WORD}
        self.fields["word"].label = label
        self.fields["leads"].queryset = leads  # type: ignore[attr-defined]  # a choice of rows, by the form's own field
        self.fields["rejected"].queryset = rejected  # type: ignore[attr-defined]  # a choice of rows, by the form's own field

    def clean(self) -> dict[str, Any]:
        """Erasing is asked for by a word, handing over is not."""
        cleaned = super().clean() or {}
        if "erase" in self.data and cleaned.get("word", "").strip() != WORD:
            self.add_error(
                "word", ValidationError(_("Type %(word)s, in capital letters.") % {"word": WORD})
            )
        return cleaned


def person_urls(admin_site: Any) -> list[URLPattern]:
    """The page's address, beside the lead's own."""
    view = require_http_methods(["GET", "HEAD", "POST"])(person(admin_site))
    return [path("<int:pk>/person/", admin_site.admin_view(view), name="leads_lead_person")]


def person(admin_site: Any) -> Callable[..., HttpResponse]:
    """The page: which leads are this person's; a button that hands over, one that erases."""

    @sensitive_post_parameters()
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        demand(request, PERMISSION)
        lead = get_object_or_404(Lead.objects.filter(erased_at=None), pk=pk)
        leads = same_person(lead)
        unsure = traces_of(leads.only("email", "phone")).unsure
        rejected = RejectedSubmission.objects.filter(pk__in=unsure).select_related("site")
        form = PersonForm(leads, rejected.order_by("pk"), request.POST or None)
        if request.method == "POST" and form.is_valid():
            chosen = Lead.objects.filter(pk__in=[one.pk for one in form.cleaned_data["leads"]])
            if "erase" in request.POST:
                return _erase(request, pk, chosen, form.cleaned_data["rejected"])
            return hand_over(request, pk, chosen)
        context = admin_site.each_context(request) | {
            "title": (_("The person behind lead %(pk)s") % {"pk": pk}),
            "lead": lead,
            "rows": _rows(lead, leads, request),
            "rejected": rejected.defer("body").order_by("pk"),
            "ticked": request.POST.getlist("rejected"),
            "form": form,
            "word": WORD,
            "now": database_now(),
        }
        return TemplateResponse(request, "admin/leads/person.html", context)

    return view


def hand_over(request: HttpRequest, pk: int, leads: QuerySet[Lead]) -> HttpResponse:
    """Everything that is kept, as a JSON file; noted on each lead."""
    document = json.dumps(as_document(leads.order_by("pk")), indent=2, ensure_ascii=False)
    LeadEvent.objects.bulk_create(
        LeadEvent(lead=lead, kind=LeadEvent.Kind.EXPORTED, user_id=request.user.pk)
        for lead in leads.only("pk")
    )
    count = leads.count()
    about = f"The person behind lead {pk}, as JSON: {count} lead{'' if count == 1 else 's'}"
    security_event.send(Lead, kind="export", user=request.user, about=about)
    response = HttpResponse(document, content_type="application/json")
    name = f'attachment; filename="person-of-lead-{pk}.json"'
    response["Content-Disposition"] = name
    response["Cache-Control"] = "no-store"
    return response


def _erase(
    request: HttpRequest, pk: int, leads: QuerySet[Lead], ticked: QuerySet[RejectedSubmission]
) -> HttpResponse:
    records = list(leads.exclude(zoho_id="").values_list("zoho_id", flat=True))
    rejected = {*traces_of(leads.only("email", "phone")).sure, *(one.pk for one in ticked)}
    count = erase_person(leads, rejected, request.user)
    messages.success(
        request,
        ngettext("%(count)s lead erased.", "%(count)s leads erased.", count) % {"count": count},
    )
    if not overwrite_deleted(LEAVE_SECONDS):
        messages.warning(request, STILL_THERE)
    if records:
        words = _("Erase in Zoho too, by hand: %(records)s")
        messages.warning(request, words % {"records": ", ".join(records)})
    return HttpResponseRedirect(lead_url(pk))


def _rows(lead: Lead, leads: QuerySet[Lead], request: HttpRequest) -> list[dict[str, Any]]:
    """The leads, each with why it is listed and whether it is chosen from the start.

    A number can belong to a whole company: what shares nothing else is left to the person's eye.
    """
    gateway = get_gateway()
    posted = set(request.POST.getlist("leads"))
    return [
        {
            "lead": one,
            "chosen": str(one.pk) in posted if posted else _is_sure(lead, one),
            "record_url": gateway.record_url(one) if one.zoho_id else "",
        }
        for one in leads.select_related("site").defer("body")[:MOST]
    ]


def _is_sure(lead: Lead, other: Lead) -> bool:
    return other.pk == lead.pk or bool(lead.email and other.email == lead.email)
