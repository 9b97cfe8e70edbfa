"""Inserting records of any module by hand: the flow behind `manage.py zoho_insert`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from leads.clock import Deadline
from leads.delivery.gateway import Outcome, Verdict
from leads.models import ApiCall
from leads.reasons import Reason, ResponseCode
from zoho.api.answers import read_answer
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.fit.metadata import Record
from zoho.fit.modules import faults
from zoho.models import Connection

MOST = 100
"""Records that Zoho takes in a call."""
SETTLED = (Verdict.STORED, Verdict.REFUSED, Verdict.REFUSED_FOR_NOW)
"""Outcomes about single records, after which the next call may go."""


@dataclass(frozen=True)
class Result:
    """What became of the record at a place of the file, counted from 1."""

    place: int
    outcome: Outcome

    @property
    def stored(self) -> bool:
        """Whether it is in Zoho."""
        return self.outcome.verdict is Verdict.STORED

    def __str__(self) -> str:
        if self.stored:
            return f"{self.place}: {ResponseCode.INSERTED.value} {self.outcome.zoho_id}"
        title = Reason.title_of(self.outcome.reason or "", self.outcome.field)
        return f"{self.place}: {ResponseCode.NOT_INSERTED.value} {title} ({self.outcome.text})"


def refused_here(module: str, records: list[Record]) -> list[Result]:
    """The records that Zoho would refuse, found without a call."""
    found = ((place, faults(module, record)) for place, record in enumerate(records, 1))
    return [
        Result(place, Outcome(Verdict.REFUSED, Reason.REFUSED, text=" ".join(words), sent=False))
        for place, words in found
        if words
    ]


def insert_records(
    connection: Connection,
    module: str,
    records: list[Record],
    check_fields: list[str],
    beside: dict[str, Any] | None = None,
) -> Iterator[Result]:
    """Send the records as they are, 100 a call; a result for each, as the answers come.

    `beside` are the keys that travel beside them in every call: trigger, lar_id and the like.

    With `check_fields` a record that matches in one of them is updated (upsert). After an
    outcome that is not known nothing more is sent: repeating is for whoever has looked in Zoho.
    """
    refused = {result.place: result for result in refused_here(module, records)}
    going = [(n, one) for n, one in enumerate(records, 1) if n not in refused]
    yield from refused.values()
    for start in range(0, len(going), MOST):
        some = going[start : start + MOST]
        body = {**(beside or {}), "data": [record for _n, record in some]}
        outcomes = _send(connection, module, body, check_fields)
        for (place, _record), outcome in zip(some, outcomes, strict=True):
            yield Result(place, outcome)
        if any(outcome.verdict not in SETTLED for outcome in outcomes):
            break


def _send(
    connection: Connection, module: str, body: dict[str, Any], check_fields: list[str]
) -> list[Outcome]:
    caller, number = Caller(connection, Deadline(settings.SEND_TIMEOUT)), len(body["data"])
    path = f"/crm/v8/{module}"
    if check_fields:
        body, path = body | {"duplicate_check_fields": check_fields}, f"{path}/upsert"
    call = caller.open(ApiCall.Kind.INSERT)
    try:
        answer = caller.call(call, "POST", path, json=body)
    except CallFailed as failure:
        call.error = call.error or failure.outcome.text[:500]
        return [failure.outcome] * number
    finally:
        (caller.latest or call).save()
    return read_answer(answer.status, answer.body, number, "")
