"""From due notices to sent mail: one round of the sender.

Rows drive everything: what is due is claimed by a conditional update, mailed outside any
transaction, and settled. Nothing here waits or repeats; a later round does.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from leads.clock import Deadline, database_now
from notifications.compose import LISTED, Mail, bare, compose
from notifications.models import Claim, Notice, NoticeQuerySet

log = logging.getLogger(__name__)

# How soon a mail server that could not be reached is tried again. No notice is ever given up
# for it, so this is also how late a notice is at most once the server is back.
OUTAGE_PAUSE = timedelta(minutes=1)
# Up to so many failed leads are mailed one by one, each whole; more become one list.
ONE_BY_ONE = 3
# What one mail may take, in time limits of a single SMTP reply.
REPLIES = 3
SERVICE_NOT_AVAILABLE = 421


class Outage(Exception):
    """The mail server cannot be reached, or does not let us in. Its text may be stored."""


class Round:
    """Sends what is due over one connection, until nothing is or the time is up."""

    def __init__(
        self,
        now: Callable[[], datetime] = database_now,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_over` says whether the worker is about to stop: no further mail is begun then."""
        self.now = now
        self.is_over = is_over
        self.lease = timedelta(seconds=settings.LEASE_SECONDS)
        self.connection: BaseEmailBackend = get_connection()

    def run(self, deadline: Deadline) -> None:
        """Send. Whatever cannot be sent is due again later; nothing is raised for it."""
        self.clear()
        try:
            while self.has_time(deadline) and self.anything_due():
                self.connect()
                if claim := Notice.objects.claim(self.now(), self.lease):
                    self.send(claim)
        except Outage as outage:
            log.warning("mail server not reached: %s", outage)
            self.wait_for_server(str(outage))
        finally:
            self.disconnect()

    def has_time(self, deadline: Deadline) -> bool:
        """Whether another mail may begin."""
        return not self.is_over() and deadline.allows(REPLIES * settings.EMAIL_TIMEOUT)

    def clear(self) -> None:
        """Set aside what needs no mail any more, and what ended its sender every time."""
        now = self.now()
        due = Notice.objects.due(now)
        due.pointless(now).drop()
        due.give_up("The sender ended each time before the mail was out.")

    def anything_due(self) -> bool:
        """Whether a claim would find something."""
        return Notice.objects.due(self.now()).exists()

    def connect(self) -> None:
        """Open the connection unless it is open. Raises Outage."""
        try:
            self.connection.open()
        except (OSError, UnicodeError) as error:  # smtplib's errors are OSErrors too
            raise Outage(in_words(error)) from error

    def disconnect(self) -> None:
        """Close the connection, whatever state it is in."""
        try:
            self.connection.close()
        except OSError as error:
            log.info("mail server at goodbye: %s", in_words(error))

    def send(self, claim: Claim) -> None:
        """Mail everything that the claim won. Raises Outage with the rest put off."""
        held = Notice.objects.held_by(claim)
        notices = list(held.for_mail().order_by("pk")[:LISTED])
        total = held.count()
        try:
            if claim.kind == Notice.Kind.LEAD_FAILED and total <= ONE_BY_ONE:
                for notice in notices:
                    self.connect()
                    self.mail([notice], 1, held.filter(pk=notice.pk))
            elif notices:
                self.mail(notices, total, held)
        except Outage as outage:
            held.put_off(self.now() + OUTAGE_PAUSE, str(outage), uncount=1)
            raise

    def mail(self, notices: list[Notice], total: int, rows: NoticeQuerySet) -> None:
        """Send one mail and settle the rows that it speaks for."""
        mail, flaw = write(notices, total)
        try:
            self.connection.send_messages([self.envelope(mail, notices[0].recipient)])
        except (OSError, ValueError) as error:  # ValueError: an address that is none
            log.warning("notice %s not sent: %s", notices[0].pk, in_words(error))
            rows.refused(self.now(), in_words(error))
            if not is_answer(error):
                self.disconnect()
        else:
            rows.sent(self.now(), flaw)

    def envelope(self, mail: Mail, recipient: str) -> EmailMultiAlternatives:
        """The mail as Django sends it, marked so that nobody's absence note answers it."""
        message = EmailMultiAlternatives(
            subject=mail.subject,
            body=mail.text,
            to=[recipient],
            headers={"Auto-Submitted": "auto-generated"},
            connection=self.connection,
        )
        message.attach_alternative(mail.html, "text/html")
        return message

    def wait_for_server(self, error: str) -> None:
        """Have everything that is due wait until the server is tried again."""
        Notice.objects.due(self.now()).put_off(self.now() + OUTAGE_PAUSE, error)


def write(notices: list[Notice], total: int) -> tuple[Mail, str]:
    """The mail and, where the lead could not be put into words, what is missing in it.

    The alert matters more than its contents: a lead that no template can hold must neither
    silence its own notice nor stop those behind it.
    """
    try:
        return compose(notices, total), ""
    except Exception as error:  # noqa: BLE001 - any fault in words must not cost the alert
        log.error("notice %s sent without its lead: %s", notices[0].pk, type(error).__name__)
        return bare(notices, total), f"Sent without the lead's data ({type(error).__name__})."


def is_answer(error: Exception) -> bool:
    """Whether the server said no to this one mail, so that the connection is still good."""
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
        return SERVICE_NOT_AVAILABLE not in codes
    if isinstance(error, SMTPResponseException):
        return error.smtp_code != SERVICE_NOT_AVAILABLE
    return isinstance(error, ValueError)


def in_words(error: Exception) -> str:
    """An error for the notice's row: the server's words, clipped, without anybody's address."""
    match error:
        case SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            found = f"{code} {_decoded(words)}"
        case SMTPResponseException():
            found = f"{error.smtp_code} {_decoded(error.smtp_error)}"
        case SMTPServerDisconnected():
            found = f"The mail server broke off: {error}"
        case SMTPException():
            found = str(error)
        case OSError():
            found = error.strerror or str(error) or type(error).__name__
        case _:
            # Its text quotes the address or the mail.
            return f"The mail cannot be sent as it is ({type(error).__name__})."
    found = re.sub(r"<[^>]*>?|\S*@\S*", "…", found)
    return re.sub(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+", " ", found).strip()[:300]


def _decoded(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
