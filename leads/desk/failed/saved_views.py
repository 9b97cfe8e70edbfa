"""Saved views: each person's own names for filters of the failed table, and which opens first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads.criteria import Tab
from leads.desk.kit.permissions import demand
from leads.desk.kit.search import is_number
from leads.models import SavedView
from leads.selection import LeadFilter

WHOLE = f"tab={Tab.FAILED.value}"
"""The whole table in an address: without anything behind it the view opens that comes first."""
MOST = 50
"""Views of one person: more would be no shortcut."""


class NameForm(forms.Form):
    """What a view is called."""

    name = forms.CharField(max_length=60)


def saved_view_urls(admin_site: Any) -> list[URLPattern]:
    """Save, rename, have it open first, delete."""
    views: dict[str, Any] = {
        "views/save/": save,
        "views/<int:pk>/rename/": rename,
        "views/<int:pk>/first/": first,
        "views/<int:pk>/delete/": delete,
    }
    return [
        path(
            route,
            admin_site.admin_view(require_POST(view)),
            name=f"leads_failedlead_view_{view.__name__}",
        )
        for route, view in views.items()
    ]


def save(request: HttpRequest) -> HttpResponse:
    """Keep the view that was looked at under a name; the same name again replaces it."""
    demand(request, "leads.view_failedlead")
    typed = QueryDict(request.POST.get("query", ""), mutable=True)
    if not is_number(typed.get("q", "")):
        typed.pop("q", None)  # what names somebody is not kept
    wanted = LeadFilter.parse(typed)
    if wanted.refused:
        return HttpResponseBadRequest(wanted.refused, content_type="text/plain; charset=utf-8")
    query = wanted.address()
    form = NameForm(request.POST)
    mine = own(request)
    if not form.is_valid() or len(query) > 2000:
        messages.error(request, _("Give the view a name of up to 60 letters."))
    elif mine.count() >= MOST and not mine.filter(name=form.cleaned_data["name"]).exists():
        said = _("You have %(most)s saved views; delete one first.") % {"most": MOST}
        messages.error(request, said)
    else:
        mine.update_or_create(
            user_id=request.user.pk or 0, name=form.cleaned_data["name"], defaults={"query": query}
        )
        messages.success(request, _("The view is saved."))
    return _to(query)


def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one's own view another name."""
    view = _own(request, pk)
    form = NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of up to 60 letters."))
        return _to(view.query)
    view.name = form.cleaned_data["name"]
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
        messages.success(request, _("The view is renamed."))
    except IntegrityError:
        messages.error(request, _("Another view of yours has that name."))
    return _to(view.query)


def first(request: HttpRequest, pk: int) -> HttpResponse:
    """Have one's own view open first, in the place of any other; or again none."""
    view, opens = _own(request, pk), request.POST.get("opens") == "1"
    with transaction.atomic():
        own(request).filter(opens=True).update(opens=False)
        own(request).filter(pk=view.pk).update(opens=opens)
    said = (
        _("The view opens when you come to the table.")
        if opens
        else _("The whole table opens again.")
    )
    messages.success(request, said)
    return _to(view.query)


def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one's own view; its leads stay."""
    _own(request, pk).delete()
    messages.success(request, _("The view is deleted; its leads are not."))
    return _to("")


def own(request: HttpRequest) -> QuerySet[SavedView]:
    """The views of the person who asks."""
    return SavedView.objects.filter(user__pk=request.user.pk or 0)


def opening(views: list[SavedView]) -> str:
    """The address that opens instead of the whole table; empty where there is none."""
    return next((one.query for one in views if one.opens and not one.wanted.refused), "")


def view_posted(request: HttpRequest) -> HttpResponse:
    """Back to the view that was looked at, as its form has named it."""
    wanted = LeadFilter.parse(QueryDict(request.POST.get("query", "")))
    return _to("" if wanted.refused else wanted.address())


def described(request: HttpRequest, wanted: LeadFilter) -> str:
    """The view as an audit names it: tab, filter, and which of the person's saved views it is.

    A saved view by its number: its name is a text of somebody's own, and may name a person.
    """
    saved = own(request).filter(query=wanted.address()).order_by("pk").first()
    tab = "" if wanted.tab != Tab.FAILED else str(Tab.FAILED.label)  # the words name the others
    names = [
        tab,
        (_("saved view %(saved_pk)s") % {"saved_pk": saved.pk}) if saved else "",
        wanted.words(),
    ]
    return " · ".join(filter(None, names))


def _own(request: HttpRequest, pk: int) -> SavedView:
    demand(request, "leads.view_failedlead")
    return get_object_or_404(own(request), pk=pk)


def _to(query: str) -> HttpResponse:
    here = reverse("admin:leads_failedlead_changelist")
    return HttpResponseRedirect(f"{here}?{query or WHOLE}")
