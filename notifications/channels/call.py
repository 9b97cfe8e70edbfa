"""One call to an address of others, and what its answer means."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.shown.sentences import Sentence
from notifications.channels import webhook
from notifications.send_result import SendResult, SendStatus

GONE = 410

WANTS_NO_MORE = Sentence(_("410: the receiver wants no more; the channel is off."))()
ANSWERED = Sentence(_("Answered with error %(code)s"))
REDIRECTED = Sentence(_("Answered with error %(code)s: a redirect, which is not followed"))


def make_call(address: str, body: bytes, headers: dict[str, str]) -> SendResult:
    """POST, and what the answer means: 2xx is sent, 410 ends it for good, the rest waits."""
    try:
        answer = webhook.post(address, body, headers, settings.WEBHOOK_TIMEOUT)
    except webhook.NotPosted as error:
        return SendResult(SendStatus.REFUSED, str(error))
    wait, code = timedelta(seconds=answer.wait), answer.status
    if 200 <= code < 300:
        return SendResult(SendStatus.SENT, answer=code)
    if code == GONE:
        return SendResult(SendStatus.GONE, WANTS_NO_MORE, answer=code)
    words = (REDIRECTED if 300 <= code < 400 else ANSWERED)(code=code)
    return SendResult(SendStatus.REFUSED, words, wait, answer=code)
