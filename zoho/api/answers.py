"""Zoho's answer → one Outcome a record. Pure: any status and any bytes give an answer.

The record is judged, not the response: a 2xx is not success and a 400 is not failure. What a
single error object means is in `zoho.api.faults`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_noop as _

from leads.delivery.gateway import Outcome, Verdict
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import account, faults
from zoho.api.faults import CLIP, Item, Ruling, string

BY_STATUS: dict[int, Ruling] = {
    401: (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    429: (Verdict.THROTTLED, Reason.THROTTLED),
}
ABOUT_THE_CALL = (Verdict.THROTTLED, Verdict.DESTINATION_FAULT, Verdict.SITE_FAULT)
"""What an answer without results for single records says of the call, not of one of them."""

SAME_RECORD = Sentence(_("Zoho names the same record for several leads."))()
NO_RECORD = Sentence(_("Zoho says SUCCESS but names no record."))()
NO_ANSWER = Sentence(_("The answer, %(status)s, is none that Zoho's API gives."))


@dataclass(frozen=True)
class Asked:
    """What was asked of Zoho, as far as it says what the answer means."""

    reference_field: str = ""
    """The API name of our unique field; empty where none is verified."""
    chosen: Sequence[Container[str]] = ()
    """By record, the keys that the site's options set on it: a fault of those is the site's."""
    module: str = ""
    """Where the records were to be added, where that is known."""
    inserts: bool = True
    """Whether records were to be added: only then a refusal of the account stops them."""

    def options_of(self, place: int | None) -> Container[str]:
        """The keys that are the site's on the record at this place."""
        return self.chosen[place] if place is not None and place < len(self.chosen) else ()


def read_answer(
    status: int,
    body: bytes,
    count: int,
    reference_field: str,
    chosen: Sequence[Container[str]] = (),
    module: str = "",
) -> list[Outcome]:
    """One outcome for each of the `count` records that were to be added, in their order.

    `reference_field` is the API name of our unique field, or empty where none is verified: a
    duplicate on it, in the same `module`, means that an earlier try had landed. `chosen` holds by
    record the keys that the site's options set on it.
    """
    return _read(status, body, count, Asked(reference_field, chosen, module))


def read_other(status: int, body: bytes) -> Outcome:
    """What an answer to a call means that adds nothing: a question, or an update of one record.

    It says nothing about whether records may be added.
    """
    return _read(status, body, 1, Asked(inserts=False))[0]


def read_update(status: int, body: bytes) -> Outcome:
    """What an answer to the update of one record means: a refusal of the account is the site's
    to hear, which wants records updated; others may be added all the same.
    """
    outcome = _read(status, body, 1, Asked())[0]
    if outcome.verdict is Verdict.DESTINATION_FAULT and outcome.reason in account.REASONS:
        return replace(outcome, verdict=Verdict.SITE_FAULT)
    return outcome


def _read(status: int, body: bytes, count: int, asked: Asked) -> list[Outcome]:
    content = _json(body)
    items = content.get("data") if isinstance(content, dict) else None
    # Items carry no reference: only their number and places say which record each is about. Where
    # these do not fit, a lead could be given another one's id: then nothing is known of any.
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        if _in_order(items, count) and not _refused_alike(status, items, asked):
            return [read_item(item, status, asked, place) for place, item in enumerate(items)]
        alike = len(items) == 1 or _refused_alike(status, items, asked)
        content = items[0] if alike and items else None
    elif asked.inserts and (forbidden := account.without_a_code(content, status)):
        return [_whole(*forbidden, status, content, body)] * count
    item = content if isinstance(content, dict) else {}
    if count == 1 and _our_duplicate(faults.parts_of(item), asked.reference_field):
        return [as_single(read_item(item, status, asked, 0))]
    verdict, reason = _judge_call(status, item, asked)
    # Refused as a whole, but the whole was one record: the fault is that record's own.
    if count == 1 and verdict is Verdict.BATCH_REFUSED:
        return [as_single(read_item(item, status, asked, 0))]
    return [_whole(verdict, reason, status, item, body)] * count


def _refused_alike(status: int, items: list[Item], asked: Asked) -> bool:
    """Whether the results are one refusal of the account, said once for each record."""
    rulings = [account.refusal(item, status, whole=False) for item in items]
    return asked.inserts and 400 <= status < 500 and all(rulings) and len(set(rulings)) == 1


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


def read_item(item: Item, status: int, asked: Asked, place: int) -> Outcome:
    """What became of the one record that this item speaks of."""
    answer = faults.clip(item)
    if string(item.get("code")) == "SUCCESS":
        return _stored(string(faults.details_of(item).get("id")), status, answer)
    parts = faults.parts_of(item)
    # Before any verdict: among several faults one on our reference still means that it is there.
    ours = _our_duplicate(parts, asked.reference_field)
    if ours is not None and _is_here(ours, asked) and (record := faults.duplicate_of(ours)):
        return _stored(record, status, answer, already_there=True)
    verdict, reason = _judge_parts(parts, status, asked, place)
    if ours is not None and verdict is Verdict.REFUSED:
        # It is there, but as which record is not said; or it became one of another module.
        reason = Reason.OUTCOME_UNKNOWN
    record, module = _in_the_way(parts)
    fields = dict.fromkeys(filter(None, map(faults.field_of, parts)))
    return Outcome(
        verdict,
        reason,
        field=", ".join(fields)[:100],
        text="; ".join(filter(None, map(faults.words_of, parts)))[:500],
        status=status,
        answer=answer,
        duplicate_id=record,
        duplicate_module=module,
        wait=faults.wait_of(parts[0]),
    )


def each_its_own(outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes of an insert, in which every record has an id of its own: where several have the
    same, nobody knows whose it is.
    """
    ids = Counter(one.zoho_id for one in outcomes if one.verdict is Verdict.STORED)
    return [_of_nobody(one) if ids[one.zoho_id] > 1 else one for one in outcomes]


def _of_nobody(outcome: Outcome) -> Outcome:
    return replace(
        outcome,
        verdict=Verdict.UNKNOWN,
        reason=Reason.UNREADABLE_ANSWER,
        text=SAME_RECORD,
        zoho_id="",
        already_there=False,
    )


def as_single(outcome: Outcome) -> Outcome:
    """A lead alone is not too many: whatever limit Zoho means is told in its own words."""
    if outcome.reason is not Reason.BATCH_TOO_LARGE:
        return outcome
    return replace(outcome, verdict=Verdict.REFUSED, reason=Reason.REFUSED)


def _stored(zoho_id: str, status: int, answer: str, already_there: bool = False) -> Outcome:
    # Without an id nobody could find the record, and a retry might make a second one.
    if not zoho_id:
        text = NO_RECORD
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


def _our_duplicate(parts: list[Item], reference_field: str) -> Item | None:
    """The part that says that a record holds our reference; None where none does."""
    for part in parts:
        duplicate = string(part.get("code")) == "DUPLICATE_DATA"
        named = faults.details_of(part).get("api_name")
        if duplicate and reference_field and named == reference_field:
            return part
    return None


def _is_here(duplicate: Item, asked: Asked) -> bool:
    """Whether the record in the way is of the module that was asked, as far as is known."""
    named = faults.module_of(duplicate)
    return not (named and asked.module) or named == asked.module


def _judge_parts(parts: list[Item], status: int, asked: Asked, place: int) -> Ruling:
    """Several faults of one kind are that fault; several kinds are told one by one.

    What stops every lead comes first: whoever mended only the others would see it next.
    """
    rulings = {_judge(part, status, asked, place, whole=False) for part in parts}
    if len(rulings) == 1:
        return rulings.pop()
    stops = [ruling for ruling in rulings if ruling[0] in ABOUT_THE_CALL]
    several = (Verdict.REFUSED, Reason.SEVERAL_ERRORS)
    return min(stops, key=lambda one: ABOUT_THE_CALL.index(one[0]), default=several)


def _judge(item: Item, status: int, asked: Asked, place: int | None, whole: bool) -> Ruling:
    of_account = account.refusal(item, status, whole) if asked.inserts else None
    return of_account or faults.judge(item, asked.options_of(place))


def _in_the_way(parts: list[Item]) -> tuple[str, str]:
    """The record that all duplicates name, and its module; empty where it is not just one."""
    duplicates = [part for part in parts if string(part.get("code")) == "DUPLICATE_DATA"]
    named = {(faults.duplicate_of(part), faults.module_of(part)) for part in duplicates}
    record, module = named.pop() if len(named) == 1 else ("", "")
    return record, module if record else ""


def _judge_call(status: int, item: Item, asked: Asked) -> Ruling:
    """What an answer about the whole call means."""
    verdict, reason = _judge(item, status, asked, faults.place_of(item), whole=True)
    # A server that failed may have stored before it did, whatever code its answer carries.
    if status >= 500:
        return Verdict.UNKNOWN, reason if verdict is Verdict.UNKNOWN else Reason.SERVER_ERROR
    if verdict in ABOUT_THE_CALL or verdict is Verdict.UNKNOWN:
        return verdict, reason
    if status in BY_STATUS:
        return BY_STATUS[status]
    if asked.inserts and (forbidden := account.of_whole_call(item, status)):
        return forbidden
    if 400 <= status < 500 and item.get("code") not in (None, "", "SUCCESS"):
        small = reason if verdict is Verdict.BATCH_REFUSED else Reason.BATCH_REFUSED
        return Verdict.BATCH_REFUSED, small
    return Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER


def _whole(verdict: Verdict, reason: Reason, status: int, item: Item, body: bytes) -> Outcome:
    """The outcome of each record of a call that was answered as a whole."""
    text = faults.words_of(item) or NO_ANSWER(status=status)
    answer = faults.clip(item) if item else body[:CLIP].decode("utf-8", "replace")
    return Outcome(
        verdict,
        reason,
        field=faults.field_of(item),
        text=text[:500],
        status=status,
        answer=faults.printable(answer),
        wait=faults.wait_of(item),
        # Whoever forbids it, and in whatever words: nothing was stored.
        adds=status not in account.BY_REFUSAL,
    )
