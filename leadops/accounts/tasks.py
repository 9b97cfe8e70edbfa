"""Mails to the owners of accounts, sent by the worker: a page never waits for a mail server.

A task's row holds the id of the account and what to say, no address and no link: that is made when
the mail leaves.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction
from django.template.loader import render_to_string
from django_q.tasks import async_task

from leadops.accounts.login.links import link_for

log = logging.getLogger(__name__)

CLUSTER = "notices"
SEND = "leadops.accounts.tasks.send"
SUBJECTS = {
    "reset": "A new password for LeadOps",
    "password": "Your password was changed",
    "factor": "Your second factor was changed",
    "browser": "A log-in from a new browser",
    "linked": "A sign-in was linked with your account",
    "unlinked": "A sign-in was unlinked from your account",
}


def mail_owner(user: Any, what: str) -> None:
    """Have a mail sent to an account's address, if it has one, once the transaction is on disk."""
    if user.email:
        transaction.on_commit(partial(_queue, user.pk, what))


def _queue(pk: int, what: str) -> None:
    try:
        async_task(SEND, pk, what, cluster=CLUSTER)
    except DatabaseError:
        log.exception("could not queue a mail to account %s", pk)


def send(pk: int, what: str) -> None:
    """Mail it now. Raises what the mail server says."""
    user = get_user_model()._default_manager.filter(pk=pk, is_active=True).first()
    if user is None or not user.email:
        return
    name = user.get_username()
    context = {"name": name, "what": what, "link": link_for(user) if what == "reset" else ""}
    text = render_to_string("admin/accounts/owner_mail.txt", context).strip()
    message = EmailMessage(SUBJECTS[what], f"{text}\n", to=[user.email])
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    message.send()
