"""VisibleSite: a site that a limited account, or a limited group, may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.models.queries.visible import FLAG, sites_of
from leads.models.sites.site import Site


class VisibleSiteQuerySet(models.QuerySet["VisibleSite"]):
    """The limit of one account or group: whether there is one, and to which sites."""

    def of(self, holder: User | Group) -> VisibleSiteQuerySet:
        """The sites that its own limit leaves it."""
        return self.filter(**{holder._meta.model_name or "": holder})

    def is_limiting(self, holder: User | Group) -> bool:
        """Whether it has a limit of its own."""
        return bool(flagged(holder).filter(pk=flag().pk).exists())

    def who_see(self, people: models.QuerySet[User], site_id: int) -> models.QuerySet[User]:
        """Those of the people whose limits, if they have any, all hold the site."""
        here = self.filter(site=site_id)
        own = Q(Exists(_flags().filter(user=OuterRef("pk")))) & ~Q(
            Exists(here.filter(user=OuterRef("pk")))
        )
        limiting = Group.objects.filter(permissions__in=_flags(), user=OuterRef("pk"))
        beyond = limiting.filter(~Exists(here.filter(group=OuterRef("pk"))))
        return people.filter(Q(is_superuser=True) | (~own & ~Q(Exists(beyond))))

    def keeps_from(self, address: str, site_id: int | None) -> bool:
        """Whether a mail address is that of accounts alone that may not see the site.

        Without a site: that may not see them all. Who has no account is told as a site's list of
        recipients says.
        """
        accounts = User.objects.filter(email__iexact=address, is_active=True)
        seen = [sites_of(account) for account in accounts]
        return bool(seen) and all(own is not None and site_id not in own for own in seen)

    @transaction.atomic
    def limit(self, holder: User | Group, sites: Iterable[int]) -> None:
        """Limit it to these sites; to none of them is a limit too."""
        self.of(holder).delete()
        name = f"{holder._meta.model_name}_id"
        self.bulk_create(self.model(**{name: holder.pk}, site_id=pk) for pk in sorted(set(sites)))
        flagged(holder).add(flag())

    @transaction.atomic
    def lift(self, holder: User | Group) -> None:
        """Let it see every site that nothing else keeps from it."""
        flagged(holder).remove(flag())
        self.of(holder).delete()


def flag() -> Permission:
    """What says that its holder is limited; see `leads.models.queries.visible`."""
    return _flags().get()


def _flags() -> models.QuerySet[Permission]:
    return Permission.objects.filter(codename=FLAG, content_type__app_label="leads")


def flagged(holder: User | Group) -> Any:
    """Where an account or a group keeps the flag."""
    return holder.user_permissions if isinstance(holder, User) else holder.permissions


class VisibleSite(models.Model):
    """One site of the limit of an account or a group.

    Whether there is a limit says the permission, not these rows: without any, its holder sees
    nothing.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="visible_sites"
    )
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name="visible_sites")
    site = models.ForeignKey(Site, models.CASCADE, related_name="+")

    objects = VisibleSiteQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("visible site")
        permissions = [(FLAG, gettext_noop("Sees only the sites that are chosen"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, group=None) | Q(user=None, group__isnull=False),
                name="visiblesite_of_a_user_or_a_group",
            ),
            models.UniqueConstraint(
                fields=["user", "site"],
                condition=Q(user__isnull=False),
                name="visiblesite_user_once",
            ),
            models.UniqueConstraint(
                fields=["group", "site"],
                condition=Q(group__isnull=False),
                name="visiblesite_group_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Visible site {self.pk}"
