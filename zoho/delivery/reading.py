"""What is known of a module before a batch: read anew where it is old or a lead may have landed.

No answer to that stops a batch, a refused token excepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import ApiCall, ApiLog
from leads.reasons import Reason
from zoho.api import rests
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit import fields
from zoho.models import ModuleFields, Rest

METADATA_SECONDS = 10.0
"""Time for a reading that may fail, because what is known will do."""
READING_SERVES = timedelta(minutes=10)
"""How long one reading serves the tries that go without an answer, one after the other."""
GOES_WITHOUT_AFTER = timedelta(minutes=10)
"""How long leads wait for fields that were never read and are not answered."""
TRIES = 3
TRIES_COUNT = timedelta(hours=1)
"""So many readings in a row, the first within so long, have to fail before that."""
NOT_VERIFIED = (
    "An earlier try may have arrived, and Zoho does not say whether the reference field is still "
    "there: the lead waits until it does."
)
NOT_DESCRIBED = "Zoho does not say which fields there are: the lead waits until it does."


class Reading:
    """The fields of the module of one batch, and what is not known of them."""

    def __init__(self, batch: Batch, caller: Caller, whole: Deadline) -> None:
        self.batch = batch
        self.caller = caller
        self.whole = whole
        self.module = batch.leads[0].site.module
        self.unverified: Outcome | None = None
        """What leads that may have landed come to while that was not looked at again."""
        self.is_refused = False
        """Whether Zoho refuses to be read, so that the last reading is believed."""

    def run(self) -> ModuleFields | None:
        """What is known of the module; None where nothing is.

        Raises CallFailed where Zoho says nothing at all and nothing is known.
        """
        connection = self.caller.connection
        row, now = fields.known(connection, self.module), database_now()
        sites = {lead.site_id: lead.site for lead in self.batch.leads}.values()
        what = rests.name(rests.FIELDS, self.module)
        if row is not None and not fields.is_due(row, now, sites, self.not_before(now)):
            return row
        rest = rests.resting(connection, what, now)
        # How often a destination that rests is called says the breaker: its probe may ask.
        if rest and (rest.refused or self.batch.destination.paused_at is None):
            return self.without(row, rest, until_asked(row, rest, now))
        try:
            return self.read(row)
        except CallFailed as failure:
            outcome = failure.outcome
            answered = isinstance(failure, fields.Undescribed)
            if not answered and (row is None or outcome.verdict is not Verdict.NOT_SENT):
                raise
            if row is None and outcome.reason == Reason.WRONG_MODULE:
                raise
            rest = rests.failed(connection, what, outcome, now)
            return self.without(row, rest, self.after_asking(row, rest, now))

    def read(self, row: ModuleFields | None) -> ModuleFields:
        """Ask Zoho. A turn of its own: it sees one call of this worker at a time."""
        with self.batch.in_flight:
            seconds = settings.SEND_TIMEOUT if row is None else METADATA_SECONDS
            self.caller.deadline = self.whole.within(seconds)
            return fields.read(self.caller, self.module)

    def was_tried_for_long(self, rest: Rest) -> bool:
        """Whether the fields could not be read for minutes: leads go without them then.

        Where it is an outage their inserts say so, one by one.
        """
        now = database_now()
        calls = ApiCall.objects.filter(
            destination=self.batch.destination,
            kind=ApiCall.Kind.METADATA,
            started_at__gt=now - TRIES_COUNT,
            started_at__lte=now - GOES_WITHOUT_AFTER,
        )
        return rest.failures >= TRIES and calls.exists()

    def after_asking(self, row: ModuleFields | None, rest: Rest, now: datetime) -> Outcome:
        """What leads come to that wait for a reading that just failed.

        Where nothing can be sent without it, or a probe came to nothing else, it speaks of the
        destination as an insert does.
        """
        if row is not None and self.batch.destination.paused_at is None:
            return until_asked(row, rest, now)
        return Outcome(Verdict.NOT_SENT, Reason.NO_ANSWER, text=rest.text)

    def not_before(self, now: datetime) -> datetime | None:
        """When the metadata must have been read for a lead that may have landed; else None.

        Such a lead has waited longer than that since it was sent: a reading of before its lost
        answer does not count. While nothing is answered, one serves several tries.
        """
        landed = [lead.pk for lead in self.batch.leads if lead.maybe_landed]
        if not landed:
            return None
        since = now - timedelta(seconds=settings.UNKNOWN_WAIT)
        began = self.batch.destination.paused_at or first_tried(landed)
        return min(since, max(began, now - READING_SERVES)) if began else since

    def without(
        self, row: ModuleFields | None, rest: Rest, waiting: Outcome
    ) -> ModuleFields | None:
        """What is known has to do; leads that may have landed wait until it is read anew.

        They wait for minutes, but not for what Zoho refuses to show: nobody would ever be told.
        Nor do the others for fields that were never read, once that was tried for long enough.
        """
        if row is None and not rest.refused:
            if not self.was_tried_for_long(rest):
                raise CallFailed(waiting)
            return None
        self.is_refused = rest.refused
        if not rest.refused:
            self.unverified = waiting
        return row


def until_asked(row: ModuleFields | None, rest: Rest, now: datetime) -> Outcome:
    """What leads come to for which a question is not asked now: it is no try, and no log row."""
    return Outcome(
        Verdict.NOT_BEGUN,
        Reason.NO_ANSWER,
        text=NOT_VERIFIED if row else NOT_DESCRIBED,
        wait=max(0.0, (rest.until - now).total_seconds()),
        sent=False,
    )


def first_tried(leads: list[int]) -> datetime | None:
    """Since when each of the leads was tried; None where one's first try is not on record."""
    logs = ApiLog.objects.filter(lead__in=leads).order_by().values("lead")
    firsts = [row["first"] for row in logs.annotate(first=Min("created_at"))]
    return max(firsts) if len(firsts) == len(leads) else None
