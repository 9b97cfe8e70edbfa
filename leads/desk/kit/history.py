"""The admin's own history: who did what to which row."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.utils.translation import override

from leads.signals import security_event
from leads.via import said


class EnglishHistory:
    """Below the admin of a model whose rows are called by a word: the history's is English."""

    def log_addition(self, *args: Any) -> Any:
        """A row was made."""
        with override("en"):
            return super().log_addition(*args)  # type: ignore[misc]  # of Django's admin

    def log_change(self, *args: Any) -> Any:
        """A row was changed."""
        with override("en"):
            return super().log_change(*args)  # type: ignore[misc]  # of Django's admin

    def log_deletions(self, *args: Any) -> Any:
        """Rows were deleted."""
        with override("en"):
            return super().log_deletions(*args)  # type: ignore[misc]  # of Django's admin


def attribute(row: Model, user: Any, message: str, evidence: str = "") -> None:
    """An entry of the row's history. `user` is signed in.

    With `evidence`, a kind of security event such as `key`, it is kept as one too. What the row is
    called there is English, whoever reads the page.
    """
    with override("en"):
        LogEntry.objects.log_actions(
            user_id=user.pk,
            queryset=[row],
            action_flag=CHANGE,
            change_message=said(message),
            single_object=True,
        )
        if evidence:
            about = f"{row._meta.verbose_name} {row.pk}: {said(message)}"
            security_event.send(type(row), kind=evidence, user=user, about=about)
