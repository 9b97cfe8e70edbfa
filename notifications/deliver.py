"""From due notices to sent ones: one round of the sender.

Rows drive everything: what is due is claimed by a conditional update, sent outside any
transaction, and settled. This thread alone speaks to the database; what waits for others' servers
runs in threads of its own, one for mail, one a channel, and the lanes to endpoints. So neither a
mail server nor a webhook that hangs delays anybody else's notice. Nothing here repeats; a later
round does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.clock import Deadline, database_now
from leads.shown.sentences import Sentence
from notifications import resolution
from notifications.channels import payload, slack
from notifications.channels.call import make_call
from notifications.mail.compose import LISTED, NUMBERED, PLAIN, bare, compose
from notifications.mail.enclosed import enclosed, links_for
from notifications.mail.letter import Mail, Sheet
from notifications.mail.smtp import REPLIES, SmtpConnection
from notifications.models import Channel, Claim, MailLink, Notice, NoticeQuerySet
from notifications.outcomes.lanes import Lanes
from notifications.send_result import SendResult, SendStatus
from notifications.wording.events import WHOLE

log = logging.getLogger(__name__)

WITHOUT_DATA = Sentence(_("Sent without the lead's data (%(kind)s)."))

# How soon a server that could not be reached is tried again. No mail is ever given up for it, so
# this is also how late a mail is at most once the server is back.
OUTAGE_PAUSE = timedelta(minutes=1)
CHANNELS_AT_ONCE = 16
LOOK_EVERY = 0.25
"""Seconds after which a round that waits for an answer looks for what became due meanwhile."""


@dataclass(frozen=True)
class Job:
    """One mail or one call. `send` runs in a thread and asks no database."""

    claim: Claim
    causes: list[Notice]
    """The notices of a burst of failures that it tells of; empty for everything else."""
    flaw: str
    """What had to be left out."""
    send: Callable[[], SendResult]
    tokens: tuple[str, ...] = ()
    """Of the links that the mail alone holds."""


class Round:
    """Sends what is due, until nothing is or the time is up."""

    def __init__(
        self,
        now: Callable[[], datetime] = database_now,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_over` says whether the worker is about to stop: nothing more is begun then."""
        self.now = now
        self.is_over = is_over
        self.lease = timedelta(seconds=settings.LEASE_SECONDS)
        self.smtp = SmtpConnection()
        self.mail_server_away = False

    def run(self, deadline: Deadline) -> None:
        """Send. Whatever cannot be sent is due again later; nothing is raised for it."""
        self.clear()
        pool = ThreadPoolExecutor(1 + CHANNELS_AT_ONCE)
        busy: dict[Future[SendResult], Job] = {}
        lanes = Lanes(self.now, self.is_over, self.lease)
        try:
            while deadline.left():
                for job in self.jobs(list(busy.values()), deadline):
                    busy[pool.submit(job.send)] = job
                lanes.begin(deadline)
                if not busy and not lanes.busy:
                    break
                pause = min(LOOK_EVERY, deadline.left())
                open_now: list[Future[Any]] = [*busy, *lanes.busy]
                wait(open_now, pause, FIRST_COMPLETED)
                for future in [one for one in busy if one.done()]:
                    self.settle(busy.pop(future), future)
                lanes.end([one for one in lanes.busy if one.done()])
        finally:
            # Who still waits for an answer is left behind; the lease brings its notices back.
            pool.shutdown(wait=False, cancel_futures=True)
            lanes.close()
            if not any(_is_mail(job) for job in busy.values()):
                self.smtp.close()

    def clear(self) -> None:
        """Set aside what needs no telling any more, and what ended its sender every time."""
        now = self.now()
        due = Notice.objects.due(now)
        due.pointless(now).drop()
        due.give_up("The sender ended each time before the notice was out.")
        resolution.put_off_what_goes_on(now)

    def jobs(self, busy: list[Job], deadline: Deadline) -> Iterator[Job]:
        """What can be begun now: one mail at a time, and one call a channel."""
        if self.is_over():
            return
        mail_is_free = not self.mail_server_away and not any(_is_mail(job) for job in busy)
        if mail_is_free and deadline.allows(REPLIES * settings.EMAIL_TIMEOUT):
            mail = self.next_job(Notice.objects.mails(), self.as_mail)
            yield from [mail] if mail else []
        channels = [job.claim.channel for job in busy if not _is_mail(job)]
        while len(channels) < CHANNELS_AT_ONCE and deadline.allows(settings.WEBHOOK_TIMEOUT + 1):
            free = Notice.objects.posts().exclude(channel__in=channels)
            call = self.next_job(free, self.as_call)
            if call is None:
                return
            channels.append(call.claim.channel)
            yield call

    def next_job(
        self, free: NoticeQuerySet, make: Callable[[Claim, NoticeQuerySet], Job | None]
    ) -> Job | None:
        """The next claim, put into words; None when nothing is due."""
        while claim := free.claim(self.now(), self.lease):
            if job := make(claim, Notice.objects.held_by(claim)):
                return job
        return None

    def as_mail(self, claim: Claim, held: NoticeQuerySet) -> Job | None:
        """The claim as a mail."""
        notices, total, others = self.spoken_for(held)
        if not notices:
            return None
        now = self.now()
        links = links_for(claim, [*notices, *others], now)
        sheet = enclosed(claim, links, now)
        if sheet is None:
            held.fail("Nobody has a link there any more.")
            return None
        mail, flaw = write(notices, total, others, sheet)
        return Job(
            claim,
            [*notices, *others] if claim.kind == Notice.Kind.LEAD_FAILED and total > WHOLE else [],
            flaw,
            lambda: self.smtp.send(mail, claim.recipient),
            tuple(links.values()),
        )

    def as_call(self, claim: Claim, held: NoticeQuerySet) -> Job | None:
        """The claim as a call to its channel; given up where there is none any more."""
        channel = Channel.objects.filter(pk=claim.channel or 0).first()
        if channel is None or not (channel.enabled or claim.kind == Notice.Kind.TEST):
            held.fail("The channel is gone." if channel is None else "The channel is switched off.")
            return None
        if channel.is_locked:
            now, words = self.now(), "The address cannot be opened with FIELD_KEYS."
            held.refused(now, words)
            Channel.objects.answered(channel.pk, now, words)
            return None
        notices, total, others = self.spoken_for(held)
        if not notices:
            return None
        return Job(
            claim,
            [*notices, *others] if claim.kind == Notice.Kind.LEAD_FAILED and total > WHOLE else [],
            "",
            call(channel, notices, total, others, self.now()),
        )

    def spoken_for(self, held: NoticeQuerySet) -> tuple[list[Notice], int, list[Notice]]:
        """The first notices with all that words need, how many there are, and the next ones."""
        total = held.count()
        rows = held.order_by("pk")
        notices = list(rows.for_mail()[:LISTED])
        others = rows.select_related("site").only("lead_id", "site__name", "reason")
        others = others[LISTED : LISTED + NUMBERED]
        resolution.look(notices)
        return notices, total, list(others) if total > LISTED else []

    def settle(self, job: Job, future: Future[SendResult]) -> None:
        """Write down what became of a job."""
        if (error := future.exception()) is not None:
            # A bug of ours: counted as a try, and due again when the lease ends.
            log.error("notices of claim %s not sent", job.claim.token, exc_info=error)
            return
        result, now, claim = future.result(), self.now(), job.claim
        if result.status is not SendStatus.SENT:
            log.warning("notices of claim %s not sent: %s", claim.token, result.words)
        SETTLE[result.status](self, job, result, Notice.objects.held_by(claim), now)
        if claim.channel is not None and result.status is not SendStatus.GONE:
            Channel.objects.answered(claim.channel, now, result.words)

    def sent(self, job: Job, _result: SendResult, held: NoticeQuerySet, now: datetime) -> None:
        """Out. A burst that was told of is owed an end."""
        if held.sent(now, job.flaw) and job.causes:
            resolution.expect_the_end(job.claim, job.causes, now)

    def refused(self, job: Job, result: SendResult, held: NoticeQuerySet, now: datetime) -> None:
        """Later. A channel that fails is left alone for a minute, whatever else is due there."""
        held.refused(now, result.words, result.wait)
        if job.claim.channel is not None:
            rest = Notice.objects.due(now).filter(channel=job.claim.channel)
            rest.put_off(now + max(OUTAGE_PAUSE, result.wait), result.words)

    def outage(self, job: Job, result: SendResult, held: NoticeQuerySet, now: datetime) -> None:
        """Have all mail wait until the server is tried again."""
        self.mail_server_away = True
        MailLink.objects.withdraw(job.tokens)
        held.put_off(now + OUTAGE_PAUSE, result.words, uncount=1)
        Notice.objects.mails().due(now).put_off(now + OUTAGE_PAUSE, result.words)

    def gone(self, job: Job, result: SendResult, held: NoticeQuerySet, now: datetime) -> None:
        """Nobody is there any more: switch the channel off."""
        held.fail(result.words)
        if job.claim.channel is not None:
            Channel.objects.switch_off(job.claim.channel, now, result.words)


SETTLE: dict[SendStatus, Callable[[Round, Job, SendResult, NoticeQuerySet, datetime], None]] = {
    SendStatus.SENT: Round.sent,
    SendStatus.REFUSED: Round.refused,
    SendStatus.OUTAGE: Round.outage,
    SendStatus.GONE: Round.gone,
}


def _is_mail(job: Job) -> bool:
    return job.claim.via == Notice.Via.MAIL


def write(
    notices: list[Notice],
    total: int,
    others: list[Notice] | tuple[()] = (),
    sheet: Sheet = PLAIN,
) -> tuple[Mail, str]:
    """The mail and, where the lead could not be put into words, what is missing in it.

    The alert matters more than its contents: a lead that no template can hold must neither
    silence its own notice nor stop those behind it.
    """
    try:
        return compose(notices, total, others, sheet), ""
    except Exception as error:  # noqa: BLE001 - any fault in words must not cost the alert
        log.error("notice %s sent without its lead: %s", notices[0].pk, type(error).__name__)
        return bare(notices, total, sheet), WITHOUT_DATA(kind=type(error).__name__)


def call(
    channel: Channel, notices: list[Notice], total: int, others: list[Notice], now: datetime
) -> Callable[[], SendResult]:
    """The call to a channel, put together here and made by whoever calls what is returned."""
    personal = channel.personal_data
    if channel.kind == Channel.Kind.SLACK:
        body = slack.body_of(notices, total, others, personal)
        headers = {"Content-Type": "application/json", "User-Agent": "LeadOps"}
    else:
        body = payload.body_of(notices, total, others, personal)
        headers = payload.headers_of([*notices, *others], body, channel.signing_secrets(now), now)
    address = channel.address
    return lambda: make_call(address, body, headers)
