"""Every address of LeadOps, read from Django's own list of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import get_resolver

SLOT = re.compile(r"<(?:\w+:)?(\w+)>")


def routes() -> list[str]:
    """Every registered route, such as `admin/leads/lead/<path:object_id>/change/`."""
    return list(dict.fromkeys(_walk(get_resolver().url_patterns)))


def _walk(patterns: Any, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield _plain(route)


def _plain(route: str) -> str:
    """A regular expression's route in the form of the others."""
    return re.sub(r"\^?\(\?P<(\w+)>[^)]*\)(/?)\$?$", r"<\1>\2", route)


def filled(route: str, ids: dict[str, Any]) -> str:
    """An address: each slot of the route with the id of the row that the tests made.

    `ids` names rows by model (`leads.lead`), other slots by name, or for one route alone.
    """
    model = re.match(r"admin/(\w+)/(\w+)/", route)
    row = ids.get(f"{model[1]}.{model[2]}") if model else None

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        value = row if name in ("pk", "object_id", "id") else ids.get(route, ids.get(name))
        return str(value if value is not None else 1)

    return "/" + SLOT.sub(fill, route)


def model_routes(label: str) -> dict[str, str]:
    """The addresses that Django's admin gives a model, by what they are for."""
    base = f"admin/{label.replace('.', '/')}/"
    return {
        "list": base,
        "add": base + "add/",
        "history": base + "<path:object_id>/history/",
        "delete": base + "<path:object_id>/delete/",
        "change": base + "<path:object_id>/change/",
        "old": base + "<path:object_id>/",
    }


def registered() -> list[str]:
    """The models that have pages in the admin."""
    return [model._meta.label_lower for model in admin.site._registry]
