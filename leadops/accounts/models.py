"""AuditEntry: what somebody did to the set-up. What is done to leads stands on the leads."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _


class AuditEntry(LogEntry):
    """A row of the admin's own log, to read only. It names things by id and holds no values."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("Audit")
