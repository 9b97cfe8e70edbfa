"""The credits that proof may take of a destination's day: readings and nightly comparisons."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from leads.delivery.gateway import Outcome, Verdict
from leads.shown.sentences import Sentence
from zoho.api.tokens import CallFailed
from zoho.models import Connection

USED_UP = Sentence(_("The day's credits for proof are used up; it goes on tomorrow."))()


class NoCredits(CallFailed):
    """The day's credits for proof are used up."""

    def __init__(self) -> None:
        super().__init__(Outcome(Verdict.NOT_BEGUN, text=USED_UP, sent=False))


def spend(connection: Connection, credits: int = 1, over: bool = False) -> None:
    """Take credits of the destination's day; `over` its end for a person. Raises NoCredits."""
    if not Connection.objects.spend(connection.pk, timezone.localdate(), credits, over):
        raise NoCredits


def used_today(connection: Connection) -> int:
    """How many of the day's credits were taken."""
    row = Connection.objects.filter(pk=connection.pk, proof_day=timezone.localdate())
    return row.values_list("proof_used", flat=True).first() or 0


def credits_left(connection: Connection, part: float = 1) -> int:
    """How many are left of the day's credits, or of a part of them."""
    return max(0, int(connection.proof_credits * part) - used_today(connection))
