"""What is done to accounts and groups on their admin pages is evidence too."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from leadops.accounts.evidence.record import Kind, record


class Recorded:
    """Below the admin of a model whose rows are rights: each line of its history is an event."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """An account or group was made."""
        self._note(Kind.RIGHTS, request, obj, "added")
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """It was changed, or got another password."""
        kind = Kind.PASSWORD if fields_in(message) == {"password"} else Kind.RIGHTS
        self._note(kind, request, obj, "changed")
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """They were deleted."""
        for one in queryset:
            self._note(Kind.RIGHTS, request, one, "deleted")
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    @staticmethod
    def _note(kind: Kind, request: HttpRequest, obj: Any, what: str) -> None:
        about = f"{obj._meta.verbose_name_raw} {obj.pk} {what}"
        record(kind, account=request.user, about=about, method="session", request=request)


def fields_in(message: Any) -> set[str]:
    """The fields that a message of the admin's history says were changed, in small letters."""
    parts = message if isinstance(message, list) else []
    return {
        str(name).lower()
        for part in parts
        if isinstance(part, dict)
        for name in part.get("changed", {}).get("fields", [])
    }


def password_changed(request: HttpRequest, answer: HttpResponseBase) -> None:
    """Note that somebody has changed their own password, where the answer says that it was."""
    if request.method == "POST" and answer.status_code == 302:
        record(Kind.PASSWORD, account=request.user, method="session", request=request)
