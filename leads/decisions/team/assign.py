"""Assigning: a lead becomes a colleague's, or nobody's, which changes nothing else of it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet

from leads.clock import database_now
from leads.models import Assignment, Lead, LeadEvent
from leads.store.rows import insert_for_each
from leads.via import acting_token

Person = User | AnonymousUser
Kind = LeadEvent.Kind


@transaction.atomic
def assign(leads: QuerySet[Lead], whom: User, user: Person) -> int:
    """Make the leads a colleague's; how many were not already. Erased ones stay nobody's.

    Those that the colleague may not see stay whosever they are.
    """
    own = Lead.objects.visible_to(whom).filter(pk__in=leads.order_by().values("pk"))
    held = _held(own)
    theirs = set(_assigned(held).filter(user=whom).values_list("lead_id", flat=True))
    ids = [pk for pk in held if pk not in theirs]
    Assignment.objects.give(ids, whom.pk, database_now())
    _tell(ids, Kind.ASSIGNED, user, whom.pk)
    return len(ids)


@transaction.atomic
def unassign(leads: QuerySet[Lead], user: Person) -> int:
    """Make the leads nobody's; how many were somebody's."""
    ids = list(_assigned(_held(leads)).order_by("lead").values_list("lead_id", flat=True))
    Assignment.objects.take_back(ids)
    _tell(ids, Kind.UNASSIGNED, user, None)
    return len(ids)


def _held(leads: QuerySet[Lead]) -> list[int]:
    """Their ids, held by rising id: two who assign the same leads come one after the other."""
    wanted = Lead.objects.filter(pk__in=leads.order_by().values("pk"), erased_at=None)
    return list(wanted.order_by("pk").select_for_update().values_list("pk", flat=True))


def _assigned(ids: list[int]) -> QuerySet[Assignment]:
    return Assignment.objects.filter(lead__in=ids)


def _tell(ids: list[int], kind: str, user: Person, whom: int | None) -> None:
    now = database_now()
    who = {"user": user.pk, "via": acting_token(), "whom": whom}
    said = {"kind": kind, **who, "note": "", "created_at": now}
    insert_for_each(LeadEvent, "lead", ids, said)
