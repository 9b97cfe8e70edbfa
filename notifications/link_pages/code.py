"""Asking for a code, and showing it: what opens a link in a browser."""

from __future__ import annotations

import logging
import re

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from notifications.link_pages import browser, guard
from notifications.link_pages.pages import locked
from notifications.link_pages.visit import Visit
from notifications.models import Notice, Reader
from notifications.note import note
from notifications.tasks import wake_notices

log = logging.getLogger("leadops.security")

ENOUGH_CODES = _(
    "Too many codes were asked for. Try again in an hour, or with the next mail tomorrow."
)
ENOUGH_TRIES = _("Too many codes were tried. Try again tomorrow.")
NO_CODE = _("Type the six digits that the mail holds.")
WRONG = _(
    "That is not the code, or it is over. A code works for ten minutes and five tries; then ask "
    "for another one."
)


def send(visit: Visit) -> HttpResponse:
    """Have a code mailed to the link's reader, whoever asks."""
    pk = _wanted(visit)
    if not _owed(visit):
        return locked(visit, pk, ENOUGH_CODES, 429)
    return HttpResponseRedirect(visit.url(pk))


@transaction.atomic
def _owed(visit: Visit) -> bool:
    """Owe the reader a code, unless one is on its way; False where there were enough."""
    reader = visit.link.reader
    if not Reader.objects.asks(reader.pk, visit.now):
        return True
    if not guard.may_ask(reader):
        transaction.set_rollback(True)
        return False
    note(Notice.Kind.CODE, [reader.recipient], [], visit.now, site=visit.link.site)
    wake_notices()
    return True


def show(visit: Visit) -> HttpResponse:
    """Open the link in this browser where the code is right."""
    reader, pk = visit.link.reader, _wanted(visit)
    code = re.sub(r"[\s-]", "", visit.request.POST.get("code", "")[:20])
    if not re.fullmatch(r"[0-9]{6}", code):
        return locked(visit, pk, NO_CODE, 400)
    if not guard.may_try(reader):
        return locked(visit, pk, ENOUGH_TRIES, 429)
    if not Reader.objects.show_code(reader.pk, code, visit.now):
        log.warning("wrong code: reader %s", reader.pk)
        return locked(visit, pk, WRONG, 400)
    log.info("opened with a code: reader %s", reader.pk)
    answer = HttpResponseRedirect(visit.url(pk))
    browser.remember(answer, reader)
    return answer


def leave(visit: Visit) -> HttpResponse:
    """Close the link in this browser."""
    answer = HttpResponseRedirect(visit.url())
    browser.forget(answer, visit.link.reader)
    return answer


def _wanted(visit: Visit) -> int | None:
    """The lead that the reader came for."""
    said = visit.request.POST.get("lead", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 18 else None
