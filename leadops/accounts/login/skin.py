"""What a view of allauth or Django gets to look like a page of the admin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from leadops.accounts import second_factor
from leadops.accounts.login.adapters import passkeys_work
from leadops.accounts.second_factor import Owed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Skin:
    """Mixed into a view of allauth: the admin's frame, our title and template; nothing keeps it."""

    title: StrOrPromise = ""
    request: HttpRequest

    @method_decorator(sensitive_post_parameters())
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # mixed into a view
        answer["Cache-Control"] = "no-store"
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The variables of the frame and of allauth."""
        frame = admin.site.each_context(self.request)
        found: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # mixed into a view
        owes = second_factor.owed(self.request)
        if owes:
            frame["has_permission"] = False  # no menu: nothing in it would open
        options = found.get("js_data")
        return (
            frame
            | found
            | {
                "title": self.title,
                "owes": owes,
                "may_leave": owes != Owed.ENROLMENT,
                "options": json.dumps(options) if options else "",
                "passkeys_work": passkeys_work(self.request),
            }
        )
