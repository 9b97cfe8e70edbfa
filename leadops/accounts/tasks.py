"""Mails to the owners of accounts, sent by the worker: a page never waits for a mail server.

A task's row holds the id of the account and what to say, no link, and no address that can be read:
that is found when the mail leaves. An address that the account has no more is locked meanwhile.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy, override
from django_q.tasks import async_task

from leadops.accounts.login.links import link_for
from leadops.accounts.models import AccountLanguage
from leads.secrets import box, open_box

log = logging.getLogger(__name__)

CLUSTER = "notices"
SEND = "leadops.accounts.tasks.send"
SUBJECTS = {
    "reset": gettext_lazy("A new password for LeadOps"),
    "password": gettext_lazy("Your password was changed"),
    "factor": gettext_lazy("Your second factor was changed"),
    "browser": gettext_lazy("A log-in from a new browser"),
    "linked": gettext_lazy("A sign-in was linked with your account"),
    "unlinked": gettext_lazy("A sign-in was unlinked from your account"),
    "address": gettext_lazy("Your e-mail address was changed"),
}


def mail_owner(user: Any, what: str, before: str = "") -> None:
    """Have a mail sent to an account's address, if it has one, once the transaction is on disk.

    Or to the one that it had before.
    """
    if before:
        locked = box().encrypt(before.encode()).decode()
        transaction.on_commit(partial(_queue, user.pk, what, locked))
    elif user.email:
        transaction.on_commit(partial(_queue, user.pk, what))


def _queue(pk: int, what: str, *locked: str) -> None:
    try:
        async_task(SEND, pk, what, *locked, cluster=CLUSTER)
    except DatabaseError:
        log.exception("could not queue a mail to account %s", pk)


def send(pk: int, what: str, locked: str = "") -> None:
    """Mail it now. Raises what the mail server says."""
    user = get_user_model()._default_manager.filter(pk=pk, is_active=True).first()
    address = open_box(locked) if locked else getattr(user, "email", "")
    if user is None or not address:
        return
    name = user.get_username()
    context = {"name": name, "what": what, "link": link_for(user) if what == "reset" else ""}
    with override(_language_of(user)):
        text = render_to_string("admin/accounts/owner_mail.txt", context).strip()
        message = EmailMessage(str(SUBJECTS[what]), f"{text}\n", to=[address])
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.send()


def _language_of(user: Any) -> str:
    """The one that the account reads the desk in."""
    row = AccountLanguage.objects.filter(user_id=user.pk).first()
    return row.language if row else settings.LANGUAGE_CODE
