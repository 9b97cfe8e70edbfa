"""A list is narrowed by its own filters alone, whatever else its address names."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest


class OwnFilters(ChangeList):
    """A list of the admin whose address may name its filters and the row's own number.

    Django's takes any column: `?email__startswith=a` finds out letter by letter what is masked,
    and a key or a digest that no page shows. What some other program adds to a link is ignored.
    """

    def get_filters_params(self, params: Any = None) -> Any:
        """Those of a filter."""
        given = super().get_filters_params(params)
        return {name: values for name, values in given.items() if name in self.known}

    @property
    def known(self) -> set[str]:
        """The parameters that narrow."""
        filters: Any = self.list_filter
        return {"pk", *(str(getattr(one, "parameter_name", one)) for one in filters)}


class ByOwnFilters:
    """Mixed into the admin of a model: its list is one of the above."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list."""
        return OwnFilters
