"""The admin's own history: who did what to which row."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.utils.translation import override

from leads.signals import security_event


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
            change_message=message,
            single_object=True,
        )
        if evidence:
            about = f"{row._meta.verbose_name} {row.pk}: {message}"
            security_event.send(type(row), kind=evidence, user=user, about=about)
