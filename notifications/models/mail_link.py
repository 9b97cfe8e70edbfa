"""MailLink: the address in a mail that opens the leads of that mail, for its recipient alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from leads.models import Lead, Site, SiteKey, VisibleSite
from leads.models.queries.visible import VisibleQuerySet
from notifications.models.reader import Reader

LINK_FOR = timedelta(days=14)


def is_told(site: Site, address: str) -> bool:
    """Whether the site's list of recipients holds the address now."""
    return address.lower() in {one.lower() for one in site.recipient_list}


def may_open(site: Site, address: str) -> bool:
    """Whether the address is told of the site, and its accounts, if it has any, may see it."""
    return is_told(site, address) and not VisibleSite.objects.keeps_from(address, site.pk)


class MailLinkQuerySet(VisibleQuerySet["MailLink"]):
    """Making links, finding the one that is shown, and ending those that are dead."""

    @transaction.atomic
    def issue(self, site: Site, recipient: str, lead_ids: Iterable[int], now: datetime) -> str:
        """A link to these leads, which stay the same; its token, which is not kept."""
        token, until = SiteKey.new_secret(), now + LINK_FOR
        reader = Reader.objects.keep(recipient, until)
        digest = SiteKey.digest_of(token)
        link = self.create(
            site=site, reader=reader, digest=digest, created_at=now, expires_at=until
        )
        LinkedLead.objects.bulk_create(
            LinkedLead(link=link, lead_id=lead_id) for lead_id in sorted(set(lead_ids))
        )
        return token

    def working(self, now: datetime) -> MailLinkQuerySet:
        """Those of sites that still want them, before their end."""
        return self.filter(expires_at__gt=now, site__enabled=True, site__mail_links=True)

    def opened_by(self, token: str, now: datetime) -> MailLink | None:
        """The link behind a token; None where there is none, or where it is dead."""
        found = self.working(now).filter(digest=SiteKey.digest_of(token))
        link = found.select_related("site", "reader").first()
        return link if link and may_open(link.site, link.reader.recipient) else None

    def withdraw(self, tokens: Iterable[str]) -> None:
        """End links whose mail certainly never left."""
        if digests := [SiteKey.digest_of(token) for token in tokens]:
            self.filter(digest__in=digests).delete()

    def end(self, now: datetime) -> int:
        """Delete what is dead, so that it never comes back to life; how many links were."""
        if not Reader.objects.exists():
            return 0
        dead = set(self.exclude(pk__in=self.working(now)).values_list("pk", flat=True))
        dead |= set(self._of_who_left())
        if dead:
            self.filter(pk__in=dead).delete()
        if Reader.objects.filter(links=None).exists():
            self._forget_readers(now)
        return len(dead)

    @transaction.atomic
    def _forget_readers(self, now: datetime) -> None:
        """Delete readers whose time is over, and those whom no site tells any more."""
        # Locked: one who is given a link at this moment is kept by it.
        idle = Reader.objects.filter(links=None).select_for_update(of=("self",))
        sites = list(Site.objects.filter(enabled=True, mail_links=True))
        gone = [
            reader.pk
            for reader in idle
            if reader.kept_until <= now or not any(is_told(s, reader.recipient) for s in sites)
        ]
        Reader.objects.filter(pk__in=gone).delete()

    def _of_who_left(self) -> list[int]:
        """The links of readers who are not on their site's list any more."""
        pairs = self.order_by().values_list("site", "reader", "reader__recipient").distinct()
        rows = list(pairs)
        sites = Site.objects.in_bulk({site for site, _reader, _address in rows})
        gone = [
            models.Q(site=site, reader=reader)
            for site, reader, address in rows
            if not is_told(sites[site], address)
        ]
        theirs = models.Q(pk__in=[])
        for one in gone:
            theirs |= one
        return list(self.filter(theirs).values_list("pk", flat=True)) if gone else []


class MailLink(models.Model):
    """What a token opens: some leads of one site, for one reader, until its end.

    Dead before that once its reader leaves the site's list of recipients, or the site is disabled
    or wants no links any more; for a single lead, once that is erased. Shut while its reader has an
    account that may not see the site.
    """

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="links")
    site = models.ForeignKey(Site, models.CASCADE, related_name="mail_link_rows")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    leads = models.ManyToManyField(Lead, through="LinkedLead", related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = MailLinkQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("link of a mail")

    def __str__(self) -> str:
        return f"Link {self.pk}"

    def shown(self) -> models.QuerySet[Lead]:
        """Its leads, oldest first; never one of another site, nor one that was erased."""
        return self.leads.filter(site=self.site_id, erased_at=None).order_by("pk")


class LinkedLead(models.Model):
    """One lead of a link. Erasing the lead deletes it."""

    link = models.ForeignKey(MailLink, models.CASCADE, related_name="rows")
    # No constraint: it would lock the table of all leads while it is made.
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="+", db_constraint=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["link", "lead"], name="linkedlead_once"),
        ]

    def __str__(self) -> str:
        return f"Link {self.link_id} to lead {self.lead_id}"


def forget_leads(ids: Iterable[int]) -> None:
    """Take erased leads out of every link, and end links that lead nowhere then."""
    rows = LinkedLead.objects.filter(lead__in=list(ids))
    links = set(rows.values_list("link", flat=True))
    rows.delete()
    if links:
        MailLink.objects.filter(pk__in=links, rows=None).delete()
