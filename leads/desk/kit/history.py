"""The admin's own history: who did what to which row."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model


def attribute(row: Model, user: Any, message: str) -> None:
    """An entry of the row's history. `user` is signed in."""
    LogEntry.objects.log_actions(
        user_id=user.pk,
        queryset=[row],
        action_flag=CHANGE,
        change_message=message,
        single_object=True,
    )
