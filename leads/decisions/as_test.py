"""A lead that turns out to be somebody's test: in no figure from then on."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from leads.counters.deltas import Tally
from leads.counters.sales.record import take_out
from leads.decisions.note import add_note
from leads.decisions.settle import discard
from leads.models import ApiLog, Lead

SAID = "A test from the wizard."


@transaction.atomic
def mark_as_test(lead: Lead, user: User | AnonymousUser) -> bool:
    """Take a lead of a source that listens out of all figures; whether it was one of them.

    One that failed is given up, one that waits goes on as a test. One that is being sent is left
    alone: whoever sends it counts what comes of it.
    """
    listening = Lead.objects.filter(
        pk=lead.pk, is_test=False, webhook_source__confirmed_at=None, webhook_source__isnull=False
    )
    row = listening.exclude(status=Lead.Status.SENDING).select_for_update(of=("self",)).first()
    if row is None:
        return False
    tally = Tally()
    tally.leaves(row, ApiLog.objects.filter(lead=row))
    tally.write()
    take_out(row)
    row.is_test = True
    row.save(update_fields=["is_test"])
    if row.status == Lead.Status.FAILED:
        discard(Lead.objects.filter(pk=row.pk), user, SAID)
    else:
        add_note(row.pk, user, SAID)
    return True
