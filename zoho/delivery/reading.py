"""What is known of a module before a batch: read anew where it is old or a lead may have landed.

No answer to that stops a batch, a refused token excepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.clock import Deadline, database_now
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import ApiCall, Lead
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import rests
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.delivery.landed import NOT_ANSWERED
from zoho.fit import fields
from zoho.models import Connection, ModuleFields, Rest

METADATA_SECONDS = 10.0
"""Time for a reading that may fail, because what is known will do."""
READING_SERVES = timedelta(seconds=5)
"""How long one reading serves leads that may have landed: a batch, or the few that go together.
Less than they wait after each try, so that none serves that was made before it.
"""
GOES_WITHOUT_AFTER = timedelta(minutes=10)
"""How long leads wait for fields that were never read and are not answered."""
TRIES = 3
TRIES_COUNT = timedelta(hours=1)
"""So many readings in a row, the first within so long, have to fail before that."""
NOT_VERIFIED = Sentence(
    _(
        "An earlier try may have arrived, and Zoho does not say whether the reference field is "
        "still there: the lead waits until it does."
    )
)()
NOT_DESCRIBED = Sentence(
    _("Zoho does not say which fields there are: the lead waits until it does.")
)()


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
        """Whether Zoho refuses to be read, or was silent for long: the last reading is believed."""

    def run(self) -> ModuleFields | None:
        """What is known of the module; None where nothing is.

        Raises CallFailed where there is no token, or nothing is known and the leads wait for it.
        """
        connection = self.caller.connection
        row, now = fields.known(connection, self.module), database_now()
        sites = {lead.site_id: lead.site for lead in self.batch.leads}.values()
        what = rests.name(rests.FIELDS, self.module)
        if row is not None and not fields.is_due(row, now, sites, self.not_before(now)):
            return row
        if rest := rests.resting(connection, what, now):
            return self.without(row, rest, now)
        try:
            return self.read(row)
        except CallFailed as failure:
            if self.is_of_every_call(failure, row):
                raise
            return self.without(row, rests.failed(connection, what, failure.outcome, now), now)

    def is_of_every_call(self, failure: CallFailed, row: ModuleFields | None) -> bool:
        """Whether an insert would have failed of the same: for want of a token."""
        if isinstance(failure, fields.Undescribed):
            return False
        if failure.outcome.verdict is not Verdict.NOT_SENT:
            return True
        return row is None and self.caller.token is None

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

    def not_before(self, now: datetime) -> datetime | None:
        """When the metadata must have been read for a lead that may have landed; else None.

        Just now, before each of its tries: the reference field may have gone since the last one,
        and with it what keeps a second record out.
        """
        landed = any(lead.maybe_landed for lead in self.batch.leads)
        serves = min(READING_SERVES, timedelta(seconds=settings.UNKNOWN_WAIT / 2))
        return now - serves if landed else None

    def without(self, row: ModuleFields | None, rest: Rest, now: datetime) -> ModuleFields | None:
        """What is known has to do, once that was tried for minutes or where Zoho refuses to be
        read: a lead that waited for good would be told to nobody.

        Until then leads wait of which nothing is known, and those that may have landed. That is no
        word about the destination: whether it works says the insert.
        """
        self.is_refused = rest.refused or self.was_tried_for_long(rest)
        if not self.is_refused:
            waiting = until_asked(row, rest, now)
            if row is None:
                raise CallFailed(waiting)
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


def ask_again(connection: Connection) -> None:
    """Zoho answers again: what had only gone without an answer is asked at once, and the leads that
    wait for the answer wait no longer.
    """
    rests.outage_is_over(connection)
    leads = Lead.objects.filter(destination=connection.destination_id, status=Lead.Status.QUEUED)
    now = database_now()
    leads.filter(due_at__gt=now, reason_text__in=[NOT_VERIFIED, NOT_ANSWERED]).update(due_at=now)
