"""Mail on its way to the mail server, over one connection for a whole round."""

from __future__ import annotations

import logging
import re
from email.mime.image import MIMEImage
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext_noop as _

from leads.shown.sentences import Sentence
from notifications.mail.letter import Mail
from notifications.send_result import SendResult, SendStatus

log = logging.getLogger(__name__)

BROKE_OFF = Sentence(_("The mail server broke off: %(said)s"))
CANNOT_BE_SENT = Sentence(_("The mail cannot be sent as it is (%(kind)s)."))
SERVICE_NOT_AVAILABLE = 421
REPLIES = 3
"""What one mail may take, in time limits of a single SMTP reply."""


class SmtpConnection:
    """Sends one mail at a time; whoever uses it waits for the answer before the next one."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend = get_connection()

    def send(self, mail: Mail, recipient: str) -> SendResult:
        """Mail it. Connects first, unless that was done."""
        try:
            self.connection.open()
        except (OSError, UnicodeError) as error:  # smtplib's errors are OSErrors too
            return SendResult(SendStatus.OUTAGE, in_words(error))
        try:
            self.connection.send_messages([self.envelope(mail, recipient)])
        except (OSError, ValueError) as error:  # ValueError: an address that is none
            if not is_answer(error):
                self.close()
            return SendResult(SendStatus.REFUSED, in_words(error))
        return SendResult(SendStatus.SENT)

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
        if mail.images:
            message.mixed_subtype = "related"  # type: ignore[attr-defined]
        for name, picture in mail.images:
            part = MIMEImage(picture, "png")
            part.add_header("Content-ID", f"<{name}>")
            part.add_header("Content-Disposition", "inline", filename=f"{name}.png")
            message.attach(part)
        return message

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        try:
            self.connection.close()
        except OSError as error:
            log.info("mail server at goodbye: %s", in_words(error))


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
            found = BROKE_OFF(said=error)
        case SMTPException():
            found = str(error)
        case OSError():
            found = error.strerror or str(error) or type(error).__name__
        case _:
            # Its text quotes the address or the mail.
            return CANNOT_BE_SENT(kind=type(error).__name__)
    found = re.sub(r"<[^>]*>?|\S*@\S*", "…", found)
    return re.sub(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+", " ", found).strip()[:300]


def _decoded(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
