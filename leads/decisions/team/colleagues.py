"""Colleagues: the people who may be given a lead, or named in a comment."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import QuerySet

from leads.models import VisibleSite

MAY_SEE = "leads.view_failedlead"
BACKEND = "django.contrib.auth.backends.ModelBackend"
"""Where the permissions stand; the other backend only counts wrong passwords."""


def colleagues(site_id: int | None = None) -> QuerySet[User]:
    """Who may come to the desk and see a failed lead, by name; one of a site, where it is given.

    One query, groups and limits included.
    """
    may_see = get_user_model().objects.with_perm(MAY_SEE, backend=BACKEND)
    staff = may_see.filter(is_staff=True).order_by("username")
    return staff if site_id is None else VisibleSite.objects.who_see(staff, site_id)
