"""Zoho's answer → one Outcome a record. Pure: any status and any bytes give an answer.

The record is judged, not the response: a 2xx is not success and a 400 is not failure. What a
single error object means is in `zoho.api.faults`.
"""

from __future__ import annotations

import json
from typing import Any

from leads.delivery.gateway import Outcome, Verdict
from leads.reasons import Reason
from zoho.api import faults
from zoho.api.faults import CLIP, Item, Ruling, string

BY_STATUS: dict[int, Ruling] = {
    401: (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    429: (Verdict.THROTTLED, Reason.THROTTLED),
}
ABOUT_THE_CALL = (Verdict.THROTTLED, Verdict.DESTINATION_FAULT, Verdict.SITE_FAULT)
"""What an answer without results for single records says of the call, not of one of them."""


def read_answer(status: int, body: bytes, count: int, reference_field: str) -> list[Outcome]:
    """One outcome for each of the `count` records that were sent, in their order.

    `reference_field` is the API name of our unique field, or empty where none is verified: a
    duplicate on it means that an earlier try had landed.
    """
    content = _json(body)
    items = content.get("data") if isinstance(content, dict) else None
    # Items carry no reference: only their number and places say which record each is about. Where
    # these do not fit, a lead could be given another one's id: then nothing is known of any.
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        if _in_order(items, count):
            return [read_item(item, status, reference_field) for item in items]
        content = items[0] if len(items) == 1 else None
    item = content if isinstance(content, dict) else {}
    verdict, reason = _judge_call(status, item)
    # Refused as a whole, but the whole was one record: the fault is that record's own.
    if count == 1 and verdict is Verdict.BATCH_REFUSED:
        return [read_item(item, status, reference_field)]
    return [_whole(verdict, reason, status, item, body)] * count


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _in_order(items: list[Item], count: int) -> bool:
    """Whether each item speaks of the record at its own place."""
    return len(items) == count and all(
        faults.place_of(part) in (None, index)
        for index, item in enumerate(items)
        for part in (item, *faults.parts_of(item))
    )


def read_item(item: Item, status: int, reference_field: str) -> Outcome:
    """What became of the one record that this item speaks of."""
    answer = faults.clip(item)
    if string(item.get("code")) == "SUCCESS":
        return _stored(string(faults.details_of(item).get("id")), status, answer)
    parts = faults.parts_of(item)
    # Before any verdict: among several faults one on our reference still means that it is there.
    if ours := _our_duplicate(parts, reference_field):
        return _stored(ours, status, answer, already_there=True)
    verdict, reason = _judge_parts(parts)
    fields = dict.fromkeys(filter(None, map(faults.field_of, parts)))
    return Outcome(
        verdict,
        reason,
        field=", ".join(fields)[:100],
        text="; ".join(filter(None, map(faults.words_of, parts)))[:500],
        status=status,
        answer=answer,
        duplicate_id=_in_the_way(parts),
        wait=faults.wait_of(parts[0]),
    )


def _stored(zoho_id: str, status: int, answer: str, already_there: bool = False) -> Outcome:
    # Without an id nobody could find the record, and a retry might make a second one.
    if not zoho_id:
        text = "Zoho says SUCCESS but names no record."
        return Outcome(
            Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER, text=text, status=status, answer=answer
        )
    return Outcome(
        Verdict.STORED,
        zoho_id=zoho_id[:40],
        status=status,
        answer=answer,
        already_there=already_there,
    )


def _our_duplicate(parts: list[Item], reference_field: str) -> str:
    """The id of the record that holds our reference; empty where no part names it."""
    for part in parts:
        duplicate = string(part.get("code")) == "DUPLICATE_DATA"
        named = faults.details_of(part).get("api_name")
        if duplicate and reference_field and named == reference_field:
            return faults.duplicate_of(part)
    return ""


def _judge_parts(parts: list[Item]) -> Ruling:
    """Several faults of one kind are that fault; several kinds are told one by one."""
    rulings = set(map(faults.judge, parts))
    return rulings.pop() if len(rulings) == 1 else (Verdict.REFUSED, Reason.SEVERAL_ERRORS)


def _in_the_way(parts: list[Item]) -> str:
    """The record that all duplicates name; empty where they name several, or none."""
    duplicates = [part for part in parts if string(part.get("code")) == "DUPLICATE_DATA"]
    named = {faults.duplicate_of(part) for part in duplicates}
    return named.pop() if len(named) == 1 else ""


def _judge_call(status: int, item: Item) -> Ruling:
    """What an answer about the whole call means."""
    verdict, reason = faults.judge(item)
    # A server that failed may have stored before it did, whatever code its answer carries.
    if status >= 500:
        return Verdict.UNKNOWN, reason if verdict is Verdict.UNKNOWN else Reason.SERVER_ERROR
    if verdict in ABOUT_THE_CALL or verdict is Verdict.UNKNOWN:
        return verdict, reason
    if status in BY_STATUS:
        return BY_STATUS[status]
    if 400 <= status < 500 and item.get("code"):
        small = reason if verdict is Verdict.BATCH_REFUSED else Reason.BATCH_REFUSED
        return Verdict.BATCH_REFUSED, small
    return Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER


def _whole(verdict: Verdict, reason: Reason, status: int, item: Item, body: bytes) -> Outcome:
    """The outcome of each record of a call that was answered as a whole."""
    text = (
        faults.words_of(item) or f"HTTP {status} with a body that is not an answer of Zoho's API."
    )
    answer = faults.clip(item) if item else body[:CLIP].decode("utf-8", "replace")
    return Outcome(
        verdict,
        reason,
        field=faults.field_of(item),
        text=text[:500],
        status=status,
        answer=faults.printable(answer),
        wait=faults.wait_of(item),
    )
