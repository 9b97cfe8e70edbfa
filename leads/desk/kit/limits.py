"""What a limited account is let in to: the rows of every list, and the door of every page.

An address that names a row of another site is answered as one that names none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.apps import apps
from django.db.models import Count, Model, QuerySet
from django.http import Http404, HttpRequest

from leads.models import ApiCall, ApiLog, Lead, Site, SiteKey, Source
from leads.models.queries.visible import is_limited
from leads.privacy.named_leads import forget_numbers

View = Callable[..., Any]

ROW = ("pk", "object_id", "id")
"""What addresses call the row of the model that they begin with."""
NAMED: dict[str, type[Model]] = {
    "site_pk": Site,
    "lead_pk": Lead,
    "source_pk": Source,
    "key_pk": SiteKey,
}
"""What else in an address is a row, by its name there. Other apps add theirs."""
NO_ROW = frozenset(
    {"run", "name", "host", "app_label", "url", "content_type_id", "provider", "reason"}
)
"""What is none."""
OWN_RULES = frozenset({"auth.user", "auth.group"})
"""Models of no site, whose pages say themselves what a limited account may do there."""
OWN_VIEWS = ("admin/leads/failedlead/views/", "admin/second-factor/")
"""Where the number is a saved view's, or a passkey's, and each person has their own."""
LONGEST_ID = 18


def visible(rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """Those of the rows that the user may see; none of a model that has no word on it."""
    if not is_limited(user) or rows.model._meta.label_lower in OWN_RULES:
        return rows
    if not hasattr(rows, "visible_to"):
        return rows.none()
    seen: QuerySet[Any] = rows.visible_to(user)
    return seen


class LimitedRows:
    """Below every admin of ours: lists, pages and actions know the rows that are visible alone."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that the user may see."""
        return visible(super().get_queryset(request), request.user)  # type: ignore[misc]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Of sites and destinations, those that the user may see; one of them where one is limited.

        What is of no site is of all of them.
        """
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and is_limited(request.user):
            field.queryset = visible(field.queryset, request.user)
            field.required = True
        return field


def behind_the_door(view: View) -> View:
    """The view, for who may see every row that its address names; 404 for others."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if is_limited(request.user):
            admit(request)
        return view(request, *args, **kwargs)

    return guarded


def admit(request: HttpRequest) -> None:
    """Stop with 404 where the address names what this limited account may not see."""
    match = request.resolver_match
    route = str(match.route) if match else ""
    if route.startswith(OWN_VIEWS):
        return
    for name, value in (match.kwargs if match else {"": ""}).items():
        if name in NO_ROW:
            continue
        model = NAMED.get(name) or (_of_route(route) if name in ROW else None)
        if model is None or not _is_there(model, str(value), request.user):
            raise Http404


def _of_route(route: str) -> type[Model] | None:
    found = re.match(r"admin/(\w+)/(\w+)/", route)
    return apps.get_model(found[1], found[2]) if found else None


def _is_there(model: type[Model], value: str, user: Any) -> bool:
    if model._meta.label_lower in OWN_RULES:
        return True
    pk = value.partition("/")[0]  # what follows, Django's old addresses pass on
    if not (pk.isascii() and pk.isdecimal() and len(pk) <= LONGEST_ID):
        return False
    return visible(model._default_manager.filter(pk=int(pk)), user).exists()


def veil_calls(calls: Sequence[ApiCall], user: Any) -> bool:
    """Take the exchange out of calls, in memory, that carried leads of other sites as well.

    One call carries a hundred leads: what was sent and answered tells of all of them. Whether one
    of the calls is such a one.
    """
    if not calls or not is_limited(user):
        return False
    veiled = False
    logs = ApiLog.objects.filter(call__in=[call.pk for call in calls]).order_by()
    every, own = (
        dict(rows.values_list("call").annotate(n=Count("pk")))
        for rows in (logs, logs.visible_to(user))
    )
    for call in calls:
        if max(call.leads, every.get(call.pk, 0)) > own.get(call.pk, 0):
            call.request = call.response = call.error = ""
            veiled = True
    return veiled


def veil_words(rows: Iterable[Any], user: Any) -> None:
    """Take the numbers of other sites' leads out of reasons, in memory, of leads or API logs."""
    if is_limited(user):
        forget_numbers(rows, Lead.objects.visible_to(user))
