"""TableColumns: which columns of the failed table a person has chosen."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class TableColumns(models.Model):
    """Names of columns, one row a person; who has none sees the usual ones."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="table_columns"
    )
    names = models.JSONField(
        help_text=_("As the table names them; what it does not know any more is passed over.")
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("columns of the table")

    def __str__(self) -> str:
        return f"Columns of user {self.user_id}"
