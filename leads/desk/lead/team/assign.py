"""Giving a lead to a colleague: the form, and the button of the lead's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.decisions.team import assign
from leads.decisions.team.colleagues import colleagues
from leads.desk.kit.generics import ModelChoiceField
from leads.desk.kit.permissions import demand
from leads.desk.lead.actions import back, refused
from leads.models import Lead

PERMISSION = "leads.assign_lead"


class WhomField(ModelChoiceField[User]):
    """One of the colleagues, or nobody."""

    def label_from_instance(self, obj: User) -> str:
        """The name that comments call a colleague by, and the real one where it is known."""
        return named(obj)


class AssignForm(forms.Form):
    """To whom a lead is given."""

    whom = WhomField(
        queryset=User.objects.none(),
        label=gettext_lazy("Assign to"),
        required=False,
        empty_label=gettext_lazy("Nobody"),
        error_messages={"invalid_choice": gettext_lazy("That is nobody who may see the lead.")},
    )

    def __init__(self, *args: Any, site_id: int | None = None, **kwargs: Any) -> None:
        """`site_id` is the site of the lead, where it is one."""
        super().__init__(*args, **kwargs)
        whom = self.fields["whom"]
        whom.queryset = colleagues(site_id)  # type: ignore[attr-defined]  # a choice of rows

    def give(self, leads: QuerySet[Lead], user: Any) -> int:
        """Do what was chosen; of how many leads that changed anything."""
        whom = self.cleaned_data["whom"]
        return assign.assign(leads, whom, user) if whom else assign.unassign(leads, user)

    @property
    def words(self) -> str:
        """What was chosen."""
        whom = self.cleaned_data["whom"]
        return _("assigned to %(name)s") % {"name": whom.get_username() if whom else _("nobody")}


def named(user: Any) -> str:
    """A colleague as lists name one: anna (Anna Silva)."""
    name = user.get_full_name()
    return f"{user.get_username()} ({name})" if name else str(user.get_username())


def named_colleagues(site_id: int) -> list[tuple[str, str]]:
    """Every colleague of a site: by which name a comment calls them, and their real one."""
    return [(one.get_username(), one.get_full_name()) for one in colleagues(site_id)]


def assign_view(request: HttpRequest, pk: int) -> HttpResponse:
    """The button of a lead's page."""
    demand(request, PERMISSION)
    lead = get_object_or_404(Lead.objects.only("site"), pk=pk)
    form = AssignForm(request.POST, site_id=lead.site_id)
    if not form.is_valid():
        return refused(request, form)
    about = {"pk": pk, "status": form.words}
    if form.give(Lead.objects.filter(pk=pk), request.user):
        messages.success(request, _("Lead %(pk)s: %(status)s.") % about)
    else:
        words = _("Lead %(pk)s is %(status)s already; nothing was changed.")
        messages.info(request, words % about)
    return back(request)
