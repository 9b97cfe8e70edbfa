"""SearchToken: a word or number by which a lead is found; SearchIndex: which leads have theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, OuterRef, Q

from leads.models.lead import Lead
from leads.store import database

if TYPE_CHECKING:
    Text = models.CharField[str, str]
else:
    Text = models.CharField

HIGHEST = "\U0010ffff"
"""Follows every letter: what begins with a word is before the word and this."""


class BytewiseField(Text):
    """Text in the order of its bytes, as SQLite has it anyway: an index finds how it begins.

    In the order of a language PostgreSQL could look up whole values only.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, str | None]:
        """With the database's name for that order."""
        return super().db_parameters(connection) | {"collation": database.order_of_bytes()}


class SearchTokenQuerySet(models.QuerySet["SearchToken"]):
    """Looking tokens up."""

    def of(self, token: str) -> SearchTokenQuerySet:
        """Those that are this word, the newest lead first."""
        return self.filter(token=token).order_by("-lead_id")

    def longer_than(self, token: str) -> SearchTokenQuerySet:
        """Those that begin with this word and go on."""
        return self.filter(token__gt=token, token__lt=token + HIGHEST)

    def beginning_with(self, token: str) -> SearchTokenQuerySet:
        """Those that are this word, or begin with it."""
        return self.filter(token__gte=token, token__lt=token + HIGHEST)

    def of_the_newest(self, leads: int) -> SearchTokenQuerySet:
        """Those of so many newest leads, the newest first."""
        newest = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return self.filter(lead_id__gt=newest - leads).order_by("-lead_id")

    def any_of(self, beginnings: tuple[str, ...], exact: tuple[str, ...]) -> SearchTokenQuerySet:
        """Those that begin with, or are, one of these."""
        wanted = Q(token__in=exact) if exact else Q()
        for token in beginnings:
            wanted |= Q(token__gte=token, token__lt=token + HIGHEST)
        return self.filter(wanted)


class SearchToken(models.Model):
    """A folded word, an address, a domain or the reversed digits of a number, of one lead.

    Found by how it begins, and for each lead: an index of either order. No extension is asked for,
    and no full-text table, which would keep what was deleted.
    """

    pk = models.CompositePrimaryKey("token", "lead")
    token = BytewiseField(max_length=64)
    # The database has its own constraint, made by the migration, with ON DELETE CASCADE: leads
    # that somebody deletes in SQL take their tokens along.
    lead = models.ForeignKey(
        Lead, models.CASCADE, related_name="tokens", db_index=False, db_constraint=False
    )

    objects = SearchTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["lead", "token"], name="search_token_of_lead")]

    def __str__(self) -> str:
        # Never the token: it is a part of somebody's name.
        return f"A token of lead {self.lead_id}"


class SearchIndexManager(models.Manager["SearchIndex"]):
    """The one row."""

    def load(self) -> SearchIndex:
        """The row; made on first use, with all leads there are as the older ones."""
        known = self.filter(pk=1).first()
        if known:
            return known
        newest = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        start = max(0, newest - SearchIndex.OVERLAP)
        begun = {"after": start, "seen": newest, "older": newest}
        return self.get_or_create(pk=1, defaults=begun | {"version": SearchIndex.VERSION})[0]

    def is_complete(self) -> bool:
        """Whether every lead but the newest of all has its tokens, as they are made now."""
        known = self.filter(pk=1, older=0, version__gte=SearchIndex.VERSION, alone_since=None)
        return known.exists() or not Lead.objects.exists()

    def lacking(self, after: int) -> models.QuerySet[Lead]:
        """Leads after this one that have no tokens yet, oldest first."""
        tokens = SearchToken.objects.filter(lead=OuterRef("pk"))
        return Lead.objects.filter(~Exists(tokens), pk__gt=after).order_by("pk")


class SearchIndex(models.Model):
    """How far leads have their tokens: from the first one up, and of the older ones downwards."""

    OVERLAP = 10_000
    """Leads before the newest that may have been on their way when the index began."""
    VERSION = 2
    """One more whenever a lead's tokens are others than before: all leads are then indexed again.
    """
    ALONE = timedelta(hours=1)
    """For so long no code of before must have been at work: it gives new leads the old tokens."""

    after = models.BigIntegerField(
        help_text="The id after which a lead may lack tokens; before it none does but older ones."
    )
    seen = models.BigIntegerField(help_text="The newest id at a moment that is remembered.")
    seen_at = models.DateTimeField(null=True, help_text="That moment.")
    older = models.BigIntegerField(
        help_text="The id down from which older leads lack tokens; 0 when none does."
    )
    version = models.PositiveSmallIntegerField(
        db_default=1, help_text="The newest VERSION of code that has been at work."
    )
    version_seen_at = models.DateTimeField(
        null=True, help_text="seen_at as code of that version wrote it."
    )
    alone_since = models.DateTimeField(
        null=True,
        help_text="Since when that code has been alone, while older leads wait for it to begin.",
    )

    objects = SearchIndexManager()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="search_index_one_row")]

    def __str__(self) -> str:
        return "The search's index"

    def begin_again(self, now: datetime) -> None:
        """Where the tokens are others than before: with all leads, once no code of before runs.

        That code is seen by what it leaves of `version_seen_at`; for an hour it must be silent.
        """
        if self.version > self.VERSION:  # this is the code of before
            if self.version_seen_at is None:
                return
            self.version_seen_at = None
        elif self.version < self.VERSION or self.version_seen_at != self.seen_at:
            self.version, self.version_seen_at, self.alone_since = self.VERSION, self.seen_at, now
        elif self.alone_since and now - self.alone_since >= self.ALONE:
            newest = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            self.alone_since, self.older = None, newest
        else:
            return
        self.save(update_fields=["version", "version_seen_at", "alone_since", "older"])
