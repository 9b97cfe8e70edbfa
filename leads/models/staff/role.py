"""Role: a group that LeadOps ships, and what it has been given so far."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import models


class Role(models.Model):
    """Remembers what a shipped group was given, so that nothing is given twice.

    An operator who takes a permission away, renames the group or deletes it is not overruled by
    the next upgrade.
    """

    name = models.CharField(max_length=50, unique=True)
    group = models.OneToOneField(Group, models.SET_NULL, null=True, related_name="role")
    given = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
