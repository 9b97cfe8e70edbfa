"""What the engine asks of a CRM. The CRM itself is named in settings, as LEADS_GATEWAY."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from typing import Any, Protocol, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string

from leads.clock import Deadline
from leads.delivery.prefetch import InFlightCall
from leads.models import ApiCall, Destination, Lead, Site
from leads.reasons import Reason


class Verdict(Enum):
    """What became of one record. The engine's reaction to each is a row of `finish.ACTIONS`."""

    STORED = auto()
    """It is in the CRM, under a known id."""
    REFUSED = auto()
    """The record was read and refused; sending it again as it is would change nothing."""
    REFUSED_FOR_NOW = auto()
    """The record was refused for something that passes, such as a lock."""
    BATCH_REFUSED = auto()
    """All records of the call were refused as one; nothing was stored."""
    NOT_SENT = auto()
    """No connection came about; nothing was stored."""
    NOT_BEGUN = auto()
    """There was no call, for want of time, because the one before failed, or until `wait` is over:
    no attempt either."""
    UNKNOWN = auto()
    """It was sent and may or may not be stored."""
    THROTTLED = auto()
    """The CRM asked to wait; nothing was stored."""
    DESTINATION_FAULT = auto()
    """The set-up of the destination is at fault; nothing was stored."""
    SITE_FAULT = auto()
    """The set-up of the site is at fault; nothing was stored."""


ANSWERS = (Verdict.STORED, Verdict.REFUSED, Verdict.REFUSED_FOR_NOW, Verdict.BATCH_REFUSED)
"""Those that prove that the destination works."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one try to insert one lead came to. `reason` is None for STORED only."""

    verdict: Verdict
    reason: Reason | None = None
    zoho_id: str = ""
    field: str = ""
    text: str = ""
    """Zoho's own words or ours, in one line for people."""
    status: int | None = None
    answer: str = ""
    """Zoho's answer about this record, clipped and without secrets."""
    already_there: bool = False
    """Whether an earlier try had stored it, of which we did not know."""
    duplicate_id: str = ""
    """The record that is in the way, where the CRM names one."""
    duplicate_module: str = ""
    """Its module, where the CRM names it."""
    wait: float | None = None
    """Seconds that the CRM asked to wait, or that pass before it is asked again."""
    record: dict[str, Any] | None = None
    repairs: list[str] = dataclasses.field(default_factory=list)
    left_out: frozenset[str] = frozenset()
    """What of the record was not written, because it was there already."""
    sent: bool = True
    """Whether the record was part of the call; one that cannot be mended stays out of it."""
    adds: bool = True
    """Whether the call may have added a record; where not, it may be made again, whatever its
    answer was: it was an update, or was forbidden by somebody on the way."""


@dataclasses.dataclass
class Batch:
    """Leads that were claimed together and travel in one call.

    `call` is the open ApiCall that was committed with the claim; the gateway fills in what it
    saw, `finish` closes it.
    """

    destination: Destination
    token: uuid.UUID
    leads: list[Lead]
    call: ApiCall
    claimed_at: datetime
    resend_is_safe: bool = False
    not_resent: set[int] = dataclasses.field(default_factory=set)
    """The leads of which the CRM would take a second record all the same."""
    credits_left: int | None = None
    """API credits of the day that are left, where the CRM's answer says so."""
    in_flight: InFlightCall = dataclasses.field(default_factory=InFlightCall)
    """To be held while a call for the batch is open; where it `is_void`, none is begun."""


@dataclasses.dataclass(frozen=True)
class Mending:
    """What was done so that a value fits the CRM's field."""

    sources: tuple[str, ...]
    """The fields of the lead that it speaks of, as paths: email, utm.source."""
    what: str


@dataclasses.dataclass(frozen=True)
class FormField:
    """One field of the CRM's form."""

    name: str
    """As the CRM's answers name it."""
    label: str
    """As people see it in the form."""
    value: Any
    """What would be sent; None where nothing would."""
    sources: tuple[str, ...]
    """The fields of the lead that go into it; where all are empty, those that would."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something for which the CRM would refuse a record."""

    reason: Reason
    field: str
    """The CRM's field, or the lead's where none of the CRM's is at fault."""
    text: str
    """Field, limit and length, never the value."""


@dataclasses.dataclass(frozen=True)
class Preview:
    """The record that would be sent for a lead today, and what was mended on the way."""

    record: dict[str, Any]
    repairs: list[str]
    failure: str = ""
    """Why the record cannot be sent as it is; empty where it can."""
    failing: str = ""
    """The CRM's field that the failure is about."""
    form: list[FormField] = dataclasses.field(default_factory=list)
    """Every field that is filled or might be, in the order of the CRM's form."""
    mendings: list[Mending] = dataclasses.field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    """All that the CRM would refuse the record for, as far as is known."""
    described: tuple[str, ...] = ()
    """The values that no field says and the description has, as the site calls them."""


class Gateway(Protocol):
    """One CRM."""

    connect_permission: str
    """Who may set up its connection, as `has_perm` takes it."""

    def deliver(self, batch: Batch, deadline: Deadline) -> list[Outcome]:
        """Send the batch; one outcome a lead, in the order of `batch.leads`. Never raises for
        anything that the CRM or the network does.

        All of it is over before `deadline`; the insert itself gets SEND_TIMEOUT, and where less
        than that is left it is not begun.
        """

    def preview(self, lead: Lead, data: dict[str, Any] | None = None) -> Preview:
        """What would be sent for this lead, or with other data for it. Asks nobody."""

    def curl(self, lead: Lead, record: dict[str, Any] | None = None) -> str:
        """The call that sends this lead, or this record of it, for a shell; the token masked."""

    def curl_of(self, call: ApiCall) -> str:
        """A call as it was made, for a shell; the token masked. Empty where it was not kept."""

    def record_url(self, lead: Lead, record_id: str = "", module: str = "") -> str:
        """Where people see the lead's record, or the one named, of its module unless another is;
        empty when it is not known.
        """

    def is_connected(self, destination: Destination) -> bool:
        """Whether it has been given what it needs to send, and none of it was refused."""

    def connect_url(self, destination: Destination) -> str:
        """The page on which people set up the connection."""


@runtime_checkable
class MakesNames(Protocol):
    """A CRM whose rules may make the name of a lead out of any of its fields."""

    def name_maker(self, site: Site) -> Callable[[dict[str, Any]], bool]:
        """Whether the site's rules of today make a name of some data; asks the database once."""


def name_maker(site: Site) -> Callable[[dict[str, Any]], bool]:
    """What says whether the CRM's rules for the site make a name of a lead's data."""
    gateway = get_gateway()
    return gateway.name_maker(site) if isinstance(gateway, MakesNames) else lambda _data: False


def get_gateway() -> Gateway:
    """The gateway that settings name."""
    gateway: Gateway = import_string(settings.LEADS_GATEWAY)()
    return gateway
