"""Which rows an account may see: those of its sites, where it is limited to some.

`visible_to` is the one way to say it: each model whose rows belong to sites has a queryset with it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

FLAG = "limited_to_sites"
"""The permission that limits who holds it. It takes away where others give, and is a permission all
the same: these are read for every page, so that to know who is limited costs no question."""
KNOWN = "_visible_sites"
_Row = TypeVar("_Row", bound=models.Model)


def is_limited(user: Any) -> bool:
    """Whether the account sees some sites only, if any: its own limit, or one of its groups'."""
    return not user.is_superuser and f"leads.{FLAG}" in user.get_all_permissions()


def sites_of(user: Any) -> frozenset[int] | None:
    """The sites that the account sees; None where it is not limited. Asked once a request."""
    if not is_limited(user):
        return None
    known: frozenset[int] | None = getattr(user, KNOWN, None)
    if known is None:
        known = frozenset(_in_every_limit(user.pk))
        setattr(user, KNOWN, known)
    return known


def _in_every_limit(user_id: int) -> models.QuerySet[Any, int]:
    """The sites that neither the account's own limit nor one of its groups' leaves out."""
    seen = apps.get_model("leads", "VisibleSite")._default_manager
    groups = apps.get_model("auth", "Group")._default_manager
    own = apps.get_model("auth", "Permission")._default_manager.filter(
        user=user_id, codename=FLAG, content_type__app_label="leads"
    )
    limiting = groups.filter(
        user=user_id, permissions__codename=FLAG, permissions__content_type__app_label="leads"
    )
    given = Exists(seen.filter(group=OuterRef("pk"), site=OuterRef(OuterRef("pk"))))
    mine = Exists(seen.filter(user=user_id, site=OuterRef("pk")))
    sites = apps.get_model("leads", "Site")._default_manager
    return (
        sites.filter(~Exists(limiting.filter(~given)), mine | ~Exists(own))
        .order_by()
        .values_list("pk", flat=True)
    )


class VisibleQuerySet(models.QuerySet[_Row]):
    """Rows of sites."""

    reach: ClassVar[str] = "site"
    """From a row to its site."""

    def visible_to(self, user: Any) -> Self:
        """Those that the account may see."""
        sites = sites_of(user)
        return self if sites is None else self.filter(self.of_sites(sites))

    def of_sites(self, sites: Collection[int]) -> Q:
        """Which rows are of these sites alone. One that is of none, and so of all, is not."""
        return Q(**{f"{self.reach}__in": sites})
