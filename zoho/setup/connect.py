"""Setting up a connection: the first one from the environment, any change by people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from leads.clock import Deadline, database_now
from leads.delivery.breaker import needs_people
from leads.delivery.wakeup import wake_after_commit
from leads.models import ApiCall, Destination, Incomplete
from leads.reasons import Reason
from leads.shown.sentences import shown
from leads.signals import connected_elsewhere, destination_resumed
from leads.store.migrated import on_the_newest_schema
from zoho.api import client, oauth, reach, rests
from zoho.api.tokens import CallFailed, count_refresh, published
from zoho.models import Connection, ReadBack, Repair, RepairItem
from zoho.setup import organisation


@dataclass(frozen=True)
class Credentials:
    """Who we are at which accounts server."""

    accounts_url: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Organisations:
    """The ids of the one before and of the one now; empty where it is not known."""

    before: str = ""
    now: str = ""

    @property
    def differ(self) -> bool:
        """Whether they are certainly two."""
        return bool(self.before and self.now) and self.before != self.now


UNKNOWN = Organisations()


OF_ANOTHER: dict[str, Any] = {"currency": "", "sales_from": None, "sales_lead": 0}
"""What is not known, and not yet looked at, of an organisation that was just connected."""


class NotConnected(Exception):
    """No connection came about; the text says why and what to do. Nothing was changed."""


@transaction.atomic
def seed_from_environment() -> Connection:
    """The first destination and its connection, made from the ZOHO_… variables.

    Once credentials are stored the environment is not read again: the admin has the last word.
    Credentials that no key opens are stored all the same.
    """
    destination = Destination.objects.first() or Destination.objects.create(name="Zoho CRM")
    connection, _created = Connection.objects.get_or_create(destination=destination)
    empty = not connection.is_set_up and not connection.locked_secrets
    if empty and settings.ZOHO["refresh_token"]:
        for name, value in settings.ZOHO.items():
            setattr(connection, name, value)
        connection.save()
    return connection


@on_the_newest_schema
def seed_after_migrate(**kwargs: Any) -> None:
    """Every migrated database has a destination."""
    seed_from_environment()


# --- Connecting -----------------------------------------------------------------------------------


def connect(
    destination: Destination,
    ours: Credentials,
    deadline: Deadline,
    code: str,
    redirect_uri: str = "",
) -> oauth.Grant:
    """Exchange a grant code and use what it gives from now on. Raises NotConnected.

    `redirect_uri` is the one that the code was sent to; a self client's code has none.
    """
    form = {"grant_type": "authorization_code", "code": code}
    if redirect_uri:
        form["redirect_uri"] = redirect_uri
    grant = _ask(destination, ours, deadline, form)
    if not grant.refresh_token:
        raise NotConnected(
            _(
                "Zoho gave no refresh token, so the connection would end within the hour. It gives "
                "one for offline access only, and not again where it was given before: remove "
                "LeadOps under Connected Apps of the Zoho account, then connect again."
            )
        )
    adopt(destination, ours, grant, whose_records(destination, ours, deadline, grant))
    return grant


def connect_with_refresh_token(
    destination: Destination, ours: Credentials, deadline: Deadline, refresh_token: str
) -> oauth.Grant:
    """Use a refresh token that somebody has, once it has proven good. Raises NotConnected."""
    connection, _made = Connection.objects.get_or_create(destination=destination)
    try:
        count_refresh(connection.pk)
    except CallFailed as failure:
        text = _("%(failure)s Wait ten minutes.") % {"failure": failure}
        raise NotConnected(text) from None
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    grant = _ask(destination, ours, deadline, form, refresh_token)
    adopt(destination, ours, grant, whose_records(destination, ours, deadline, grant))
    return grant


def whose_records(
    destination: Destination, ours: Credentials, deadline: Deadline, grant: oauth.Grant
) -> Organisations:
    """Whose records they were, and whose they are now, as far as Zoho says."""
    now = organisation.of_grant(destination, deadline, grant)
    before = Connection.objects.filter(destination=destination).first()
    if not before or not now or is_elsewhere(before, ours, grant):
        return Organisations(now=now)
    return Organisations(organisation.of_connection(before, deadline), now)


def _ask(
    destination: Destination,
    ours: Credentials,
    deadline: Deadline,
    form: dict[str, str],
    refresh_token: str = "",
) -> oauth.Grant:
    form |= {"client_id": ours.client_id, "client_secret": ours.client_secret}
    call = ApiCall.objects.create(
        destination=destination, kind=ApiCall.Kind.TOKEN, started_at=database_now()
    )
    try:
        return oauth.ask(call, deadline, ours.accounts_url, form, refresh_token)
    except oauth.Refused as refused:
        raise NotConnected(shown(refused.text)) from None
    except (client.NotSent, client.NoAnswer) as error:
        text = _("The accounts server %(address)s: %(error)s.")
        raise NotConnected(
            text % {"address": ours.accounts_url, "error": shown(str(error))}
        ) from None
    finally:
        call.save()


@transaction.atomic
def adopt(
    destination: Destination,
    ours: Credentials,
    grant: oauth.Grant,
    whose: Organisations = UNKNOWN,
) -> None:
    """Store credentials that have proven good, and let the waiting leads go.

    A refresh that is under way with the old ones loses its race: the stamp is another.
    """
    connection, _made = Connection.objects.get_or_create(destination=destination)
    now = database_now()
    elsewhere = whose.differ or is_elsewhere(connection, ours, grant)
    if elsewhere:
        end_proofs(destination, now)
    values = (
        (OF_ANOTHER if elsewhere else {})
        | published(grant)
        | {
            "accounts_url": ours.accounts_url,
            "client_id": ours.client_id,
            "client_secret": ours.client_secret,
            "refresh_token": grant.refresh_token,
            "scope": grant.scope,
            "organisation": whose.now,
            "connected_at": now,
            "refreshing_until": None,
        }
    )
    Connection.objects.filter(pk=connection.pk).update(**values)
    if not reach.is_known(reach.host_of(ours.accounts_url)):
        text = f"Zoho was connected at {ours.accounts_url}, which is no data centre of Zoho."
        connected_elsewhere.send(Destination, destination=destination, text=text, now=now)
    forget_fields(connection)
    let_go(destination.pk)


def is_elsewhere(before: Connection, ours: Credentials, grant: oauth.Grant) -> bool:
    """Whether it is certainly another organisation: each lives in one data centre.

    Two in the same one differ by their ids alone. Where Zoho does not say these, records that are
    not shown there stay open.
    """
    if before.connected_at is None and not before.is_set_up:
        return False
    old = (before.accounts_url, before.api_domain or grant.api_domain)
    new = (ours.accounts_url, grant.api_domain)
    return [one.rstrip("/") for one in old] != [one.rstrip("/") for one in new]


def end_proofs(destination: Destination, now: datetime) -> None:
    """Records of another organisation are read and repaired no more; what was found is told."""
    repairs = Repair.objects.filter(destination=destination, ended_at=None)
    waiting = RepairItem.objects.filter(repair__in=repairs, state=RepairItem.State.WAITING)
    waiting.update(state=RepairItem.State.STOPPED, text="", ended_at=now)
    repairs.update(stopped_at=now, ended_at=now)
    rows = ReadBack.objects.filter(destination=destination)
    open_ = rows.filter(state__in=[ReadBack.State.DUE, ReadBack.State.INCOMPLETE])
    Incomplete.objects.filter(lead__in=open_.values("lead")).delete()
    open_.filter(repairs=None).delete()
    open_.update(state=ReadBack.State.DUE, sent=None)


def forget_fields(connection: Connection) -> None:
    """Fields belong to the organisation they were read from: read them anew."""
    connection.modules.all().delete()
    rests.wake(connection)
    Destination.objects.filter(pk=connection.destination_id).update(resend_is_safe=False)


@transaction.atomic
def let_go(destination_id: int) -> None:
    """Credentials were changed: send what waits. What a person paused stays paused."""
    destination = Destination.objects.select_for_update().get(pk=destination_id)
    reason = destination.pause_reason
    goes_on = reason != Reason.PAUSED_BY_HAND and Destination.objects.resume(destination_id)
    if goes_on and needs_people(reason):
        now = database_now()
        destination_resumed.send(Destination, destination=destination, site=None, now=now)
    wake_after_commit(destination_id)
