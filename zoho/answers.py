"""Zoho's answer → one Outcome a record. Pure: any status and any bytes give an answer.

The record is judged, not the response: a 2xx is not success and a 400 is not failure.
"""

from __future__ import annotations

import json
import re
from typing import Any

from leads.delivery.gateway import Outcome, Verdict
from leads.reasons import Reason

Item = dict[str, Any]

CLIP = 2000
"""How many characters of Zoho's words about one record are kept."""

BY_CODE: dict[str, tuple[Verdict, Reason]] = {
    "MANDATORY_NOT_FOUND": (Verdict.REFUSED, Reason.MANDATORY_MISSING),
    "EXPECTED_FIELD_MISSING": (Verdict.REFUSED, Reason.MANDATORY_MISSING),
    "INVALID_DATA": (Verdict.REFUSED, Reason.INVALID_VALUE),
    "DUPLICATE_DATA": (Verdict.REFUSED, Reason.DUPLICATE_RECORD),
    "DEPENDENT_FIELD_MISSING": (Verdict.REFUSED, Reason.DEPENDENT_MISSING),
    "DEPENDENT_MISMATCH": (Verdict.REFUSED, Reason.DEPENDENT_MISMATCH),
    "AMBIGUITY_DURING_PROCESSING": (Verdict.REFUSED, Reason.AMBIGUOUS),
    "NOT_ALLOWED": (Verdict.REFUSED, Reason.NOT_ALLOWED),
    "NOT_APPROVED": (Verdict.REFUSED, Reason.NOT_ALLOWED),
    "DEPENDENT_SERVICE_ERROR": (Verdict.REFUSED_FOR_NOW, Reason.DEPENDENT_SERVICE),
    "PROCESSING_ERROR": (Verdict.REFUSED_FOR_NOW, Reason.REFUSED),
    "RECORD_LOCKED": (Verdict.REFUSED_FOR_NOW, Reason.RECORD_LOCKED),
    "INTERNAL_ERROR": (Verdict.UNKNOWN, Reason.SERVER_ERROR),
    "SERVICE_UNAVAILABLE": (Verdict.UNKNOWN, Reason.SERVER_ERROR),
    "TOO_MANY_REQUESTS": (Verdict.THROTTLED, Reason.THROTTLED),
    "RATE_LIMIT_EXCEEDED": (Verdict.THROTTLED, Reason.THROTTLED),
    "INVALID_TOKEN": (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    "INVALID_OAUTHTOKEN": (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    "AUTHENTICATION_FAILURE": (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    "OAUTH_SCOPE_MISMATCH": (Verdict.DESTINATION_FAULT, Reason.SCOPE_MISSING),
    "INVALID_URL_PATTERN": (Verdict.DESTINATION_FAULT, Reason.WRONG_ADDRESS),
    "INVALID_REQUEST_METHOD": (Verdict.DESTINATION_FAULT, Reason.WRONG_ADDRESS),
    "NO_PERMISSION": (Verdict.SITE_FAULT, Reason.NO_PERMISSION),
    "AUTHORIZATION_FAILED": (Verdict.SITE_FAULT, Reason.NO_PERMISSION),
    "INVALID_MODULE": (Verdict.SITE_FAULT, Reason.WRONG_MODULE),
}
BY_STATUS: dict[int, tuple[Verdict, Reason]] = {
    401: (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    429: (Verdict.THROTTLED, Reason.THROTTLED),
}
WHOLE_CALL = (Verdict.THROTTLED, Verdict.DESTINATION_FAULT, Verdict.SITE_FAULT)


def read_answer(status: int, body: bytes, count: int, reference_field: str) -> list[Outcome]:
    """One outcome for each of the `count` records that were sent, in their order.

    `reference_field` is the API name of our unique field, or empty where none is verified: a
    duplicate on it means that an earlier try had landed.
    """
    content = _json(body)
    items = content.get("data") if isinstance(content, dict) else None
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        if _in_order(items, count):
            return [read_item(item, status, reference_field) for item in items]
        content = items[0] if len(items) == 1 else None
    return [_whole(status, content, body)] * count


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _in_order(items: list[Item], count: int) -> bool:
    """Whether each item speaks of the record at its own place."""
    return (
        len(items) == count
        and all(
            _place(part) in (None, index)
            for index, item in enumerate(items)
            for part in (item, *_parts(item))
        )
        and not (count > 1 and _is_about_the_call(items))
    )


def _place(item: Item) -> int | None:
    found = re.match(r"\$\.data\[(\d{1,4})\]", _string(_details(item).get("json_path")))
    return int(found[1]) if found else None


def _is_about_the_call(items: list[Item]) -> bool:
    return len(items) == 1 and BY_CODE.get(_string(items[0].get("code")), ("",))[0] in WHOLE_CALL


def read_item(item: Item, status: int, reference_field: str) -> Outcome:
    """What became of the one record that this item speaks of."""
    code, details = _string(item.get("code")), _details(item)
    answer = _clip(item)
    if code == "SUCCESS":
        return _stored(_string(details.get("id")), status, answer)
    parts = _parts(item)
    ours = _our_duplicate(parts, reference_field)
    if ours:
        return _stored(ours, status, answer, already_there=True)
    if len(parts) > 1:
        text = "; ".join(filter(None, map(_words, parts)))
        return Outcome(
            Verdict.REFUSED, Reason.SEVERAL_ERRORS, text=text[:500], status=status, answer=answer
        )
    verdict, reason = _judge(parts[0])
    return Outcome(
        verdict,
        reason,
        field=_string(_details(parts[0]).get("api_name"))[:100],
        text=_words(parts[0])[:500],
        status=status,
        answer=answer,
        duplicate_id=_duplicate_id(parts[0]),
        wait=_wait(parts[0]),
    )


def _stored(zoho_id: str, status: int, answer: str, already_there: bool = False) -> Outcome:
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


def _parts(item: Item) -> list[Item]:
    """The single faults that an item bundles; the item itself where it bundles none."""
    errors = _details(item).get("errors")
    if not isinstance(errors, list):
        errors = item.get("errors")
    parts = [part for part in errors if isinstance(part, dict)] if isinstance(errors, list) else []
    return parts or [item]


def _our_duplicate(parts: list[Item], reference_field: str) -> str:
    """The id of the record that holds our reference; empty where no part names it."""
    for part in parts:
        same_code = _string(part.get("code")) == "DUPLICATE_DATA"
        if same_code and reference_field and _details(part).get("api_name") == reference_field:
            return _duplicate_id(part)
    return ""


def _duplicate_id(item: Item) -> str:
    details = _details(item)
    record = details.get("duplicate_record")
    named = record.get("id") if isinstance(record, dict) else None
    return _string(named or details.get("id"))[:40]


def _judge(item: Item) -> tuple[Verdict, Reason]:
    code, details = _string(item.get("code")), _details(item)
    path = _string(details.get("json_path"))
    if path.startswith("$.") and not path.startswith("$.data"):
        return Verdict.SITE_FAULT, Reason.WRONG_OPTION
    if code == "INVALID_DATA":
        if "maximum_length" in details:
            return Verdict.REFUSED, Reason.TOO_LONG
        if "supported_values" in details:
            return Verdict.REFUSED, Reason.NOT_IN_LIST
    return BY_CODE.get(code, (Verdict.REFUSED, Reason.REFUSED))


def _whole(status: int, content: Any, body: bytes) -> Outcome:
    """What an answer about the whole call means for each of its records."""
    item = content if isinstance(content, dict) else {}
    verdict, reason = _judge_call(status, item)
    text = _words(item) or f"HTTP {status} with a body that is not an answer of Zoho's API."
    answer = _clip(item) if item else body[:CLIP].decode("utf-8", "replace")
    return Outcome(
        verdict,
        reason,
        field=_string(_details(item).get("api_name"))[:100],
        text=text[:500],
        status=status,
        answer=_printable(answer),
        wait=_wait(item),
    )


def _judge_call(status: int, item: Item) -> tuple[Verdict, Reason]:
    if status in BY_STATUS and _string(item.get("code")) != "OAUTH_SCOPE_MISMATCH":
        return BY_STATUS[status]
    if status >= 500:
        return Verdict.UNKNOWN, Reason.SERVER_ERROR
    known = BY_CODE.get(_string(item.get("code")))
    if known and known[0] is not Verdict.REFUSED and known[0] is not Verdict.REFUSED_FOR_NOW:
        return known
    verdict, reason = _judge(item)
    if verdict is Verdict.SITE_FAULT:
        return verdict, reason
    if 400 <= status < 500 and item.get("code"):
        return Verdict.BATCH_REFUSED, Reason.BATCH_REFUSED
    return Verdict.UNKNOWN, Reason.UNREADABLE_ANSWER


def _wait(item: Item) -> float | None:
    """Seconds that Zoho asks to wait, at most an hour."""
    seconds = _details(item).get("retry_after")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        return float(min(seconds, 3600))
    return None


def _words(item: Item) -> str:
    """Code, message, field and limit in one line."""
    code, details = _string(item.get("code")), _details(item)
    parts = [code, _string(item.get("message"))]
    if name := _string(details.get("api_name")):
        parts.append(f"field {name}")
    for key in ("maximum_length", "expected_data_type"):
        if key in details:
            parts.append(f"{key.replace('_', ' ')} {details[key]}")
    if code == "DUPLICATE_DATA" and (record := _duplicate_id(item)):
        parts.append(f"record {record}")
    return _printable(" · ".join(filter(None, parts)))


def _details(item: Item) -> Item:
    details = item.get("details")
    return details if isinstance(details, dict) else {}


def _string(value: Any) -> str:
    if isinstance(value, str):
        return _printable(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _clip(item: Item) -> str:
    return _printable(json.dumps(item, ensure_ascii=False)[:CLIP])


def _printable(text: str) -> str:
    """The text with what no database can hold shown as U+FFFD."""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
