"""Comments on a lead: the form, and the button of the lead's page."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.decisions.team.comment import Named, add_comment
from leads.desk.kit.permissions import demand
from leads.desk.lead.actions import back, refused
from leads.models import Lead

PERMISSION = "leads.retry_lead"
"""Who works on leads has something to say of them."""


class CommentForm(forms.Form):
    """What a person has to say of a lead. `@` and a name tells that colleague."""

    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "data-mentions": "colleagues"}),
        help_text=gettext_lazy(
            "@ and a name tells that colleague by mail. Nobody can change it later."
        ),
        error_messages={
            "required": gettext_lazy("Write something: an empty comment was not kept.")
        },
    )


def comment_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a comment of a member of staff with the lead."""
    demand(request, PERMISSION)
    lead = get_object_or_404(Lead.objects.only("site"), pk=pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    tell(request, pk, add_comment(lead, request.user, form.cleaned_data["comment"]))
    return back(request)


def tell(request: HttpRequest, pk: int, named: Named) -> None:
    """That it is kept, and who of those that it names hears of it."""
    told = ", ".join(map(str, named.told))
    by_mail = (_(" %(told)s will be told by mail.") % {"told": told}) if told else ""
    messages.success(
        request,
        (_("Lead %(pk)s: the comment is kept.%(by_mail)s") % {"pk": pk, "by_mail": by_mail}),
    )
    if named.mute:
        who = ", ".join(map(str, named.mute))
        words = _("No mail goes to %(who)s: no e-mail address is known.")
        messages.warning(request, words % {"who": who})
    if named.unknown:
        names = ", ".join(f"@{name}" for name in named.unknown)
        words = _("%(names)s: nobody of that name may see the lead.")
        messages.warning(request, words % {"names": names})
