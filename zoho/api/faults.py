"""One error object of Zoho's: what it means, which fields it names, and its words. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container
from typing import Any

from leads.delivery.gateway import Verdict
from leads.reasons import Reason
from zoho.api.options import TOP

Item = dict[str, Any]
Ruling = tuple[Verdict, Reason]

CLIP = 2000
"""How many characters of Zoho's words about one record are kept."""

BY_CODE: dict[str, Ruling] = {
    "MANDATORY_NOT_FOUND": (Verdict.REFUSED, Reason.MANDATORY_MISSING),
    "EXPECTED_FIELD_MISSING": (Verdict.REFUSED, Reason.EXPECTED_MISSING),
    "INVALID_DATA": (Verdict.REFUSED, Reason.INVALID_VALUE),
    "PATTERN_NOT_MATCHED": (Verdict.REFUSED, Reason.WRONG_PATTERN),
    "DUPLICATE_DATA": (Verdict.REFUSED, Reason.DUPLICATE_RECORD),
    "DEPENDENT_FIELD_MISSING": (Verdict.REFUSED, Reason.DEPENDENT_MISSING),
    "DEPENDENT_MISMATCH": (Verdict.REFUSED, Reason.DEPENDENT_MISMATCH),
    "AMBIGUITY_DURING_PROCESSING": (Verdict.REFUSED, Reason.AMBIGUOUS),
    "MULTIPLE_OR_MULTI_ERRORS": (Verdict.REFUSED, Reason.SEVERAL_ERRORS),
    "NOT_ALLOWED": (Verdict.REFUSED, Reason.NOT_ALLOWED),
    "NOT_APPROVED": (Verdict.REFUSED, Reason.NOT_APPROVED),
    "DEPENDENT_SERVICE_ERROR": (Verdict.REFUSED_FOR_NOW, Reason.DEPENDENT_SERVICE),
    "LIMIT_EXCEEDED": (Verdict.BATCH_REFUSED, Reason.BATCH_TOO_LARGE),
    "PROCESSING_ERROR": (Verdict.REFUSED_FOR_NOW, Reason.REFUSED),
    "RECORD_LOCKED": (Verdict.REFUSED_FOR_NOW, Reason.RECORD_LOCKED),
    "ALREADY_MODIFIED": (Verdict.REFUSED_FOR_NOW, Reason.ALREADY_MODIFIED),
    "INTERNAL_ERROR": (Verdict.UNKNOWN, Reason.SERVER_ERROR),
    "SERVICE_UNAVAILABLE": (Verdict.UNKNOWN, Reason.SERVICE_UNAVAILABLE),
    "TOO_MANY_REQUESTS": (Verdict.THROTTLED, Reason.THROTTLED),
    "RATE_LIMIT_EXCEEDED": (Verdict.THROTTLED, Reason.THROTTLED),
    "INVALID_TOKEN": (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    "INVALID_OAUTHTOKEN": (Verdict.DESTINATION_FAULT, Reason.TOKEN_REFUSED),
    "AUTHENTICATION_FAILURE": (Verdict.DESTINATION_FAULT, Reason.NOT_AUTHENTICATED),
    "OAUTH_SCOPE_MISMATCH": (Verdict.DESTINATION_FAULT, Reason.SCOPE_MISSING),
    "INVALID_URL_PATTERN": (Verdict.DESTINATION_FAULT, Reason.WRONG_ADDRESS),
    "INVALID_REQUEST_METHOD": (Verdict.DESTINATION_FAULT, Reason.WRONG_METHOD),
    "NO_PERMISSION": (Verdict.SITE_FAULT, Reason.NO_PERMISSION),
    "AUTHORIZATION_FAILED": (Verdict.SITE_FAULT, Reason.NOT_PRIVILEGED),
    "INVALID_MODULE": (Verdict.SITE_FAULT, Reason.WRONG_MODULE),
}
"""What a code means unless its details say more."""

OF_CALLS = re.compile(
    r"(^|_)(API|CALLS?|CREDITS?|RATE|DAILY|CONCURREN[A-Z]+)_"
    r"([A-Z0-9]+_)*(LIMITS?|EXCEEDED|EXHAUSTED|REACHED|OVER)(_|$)|^TOO_MANY_(CALLS|REQUESTS)"
)
"""Codes of a limit of calls, whatever Zoho calls it: nobody's record is at fault, all wait."""
SAID_OF_CALLS = r"\b(api|credits?|calls|concurren\w+|daily|24[ -]hours?)\b"
"""What the words of LIMIT_EXCEEDED say where it is such a limit."""

PATTERNS = {"email", "phone", "website", "url"}
"""Expected data types that are texts of a certain form."""

API_ACCESS = "Crm_Implied_Api_Access"
"""The permission that a profile without API access lacks."""

Case = tuple[str, Callable[[Item], bool], Ruling]
CASES: dict[str, list[Case]] = {
    "INVALID_DATA": [
        (
            "the probability of a deal",
            lambda item: "probability" in message_of(item),
            (Verdict.REFUSED, Reason.WRONG_PROBABILITY),
        ),
        (
            "the path through a wizard",
            lambda item: "wizard" in message_of(item),
            (Verdict.SITE_FAULT, Reason.WRONG_WIZARD_PATH),
        ),
        (
            "over 100 records",
            lambda item: _is_set(item, "maximum_length") and field_of(item) == "data",
            (Verdict.BATCH_REFUSED, Reason.BATCH_TOO_LARGE),
        ),
        (
            "maximum_length",
            lambda item: _is_set(item, "maximum_length"),
            (Verdict.REFUSED, Reason.TOO_LONG),
        ),
        (
            "supported_values",
            lambda item: _is_set(item, "supported_values"),
            (Verdict.REFUSED, Reason.NOT_IN_LIST),
        ),
        (
            "expected_data_type: email, phone, website",
            lambda item: string(details_of(item).get("expected_data_type")).lower() in PATTERNS,
            (Verdict.REFUSED, Reason.WRONG_PATTERN),
        ),
        (
            "expected_data_type: any other",
            lambda item: _is_set(item, "expected_data_type"),
            (Verdict.REFUSED, Reason.WRONG_TYPE),
        ),
    ],
    "NO_PERMISSION": [
        (
            "permission Crm_Implied_Api_Access",
            lambda item: API_ACCESS in _names(details_of(item).get("permissions")),
            (Verdict.DESTINATION_FAULT, Reason.API_ACCESS_OFF),
        ),
    ],
    "LIMIT_EXCEEDED": [
        (
            "calls, of a day or at once",
            lambda item: not field_of(item) and bool(re.search(SAID_OF_CALLS, message_of(item))),
            (Verdict.THROTTLED, Reason.THROTTLED),
        ),
        (
            "over 50 participants, or another list",
            lambda item: "participant" in message_of(item) or place_of(item) is not None,
            (Verdict.REFUSED, Reason.TOO_MANY_ITEMS),
        ),
    ],
    "DEPENDENT_SERVICE_ERROR": [
        (
            "NO_PERMISSION",
            lambda item: details_of(item).get("dependency_error") == "NO_PERMISSION",
            (Verdict.REFUSED, Reason.SERVICE_REFUSES),
        ),
        (
            "LIMIT_EXCEEDED",
            lambda item: details_of(item).get("dependency_error") == "LIMIT_EXCEEDED",
            (Verdict.REFUSED_FOR_NOW, Reason.SERVICE_FULL),
        ),
    ],
}
"""What the details of a code mean, in words and as a test; the first that is true rules."""

ALWAYS_OPTIONS = ("Wizard", "$wizard_connection_path", "$approved")
"""Keys on a record that only options set; the layout may come from a lead's own data."""

NAMED = ("expected_fields", "ambiguity_due_to")
"""Details that name several fields."""
TOLD = (
    "maximum_length",
    "expected_data_type",
    "supported_values",
    "dependency_error",
    "needed_scope",
)
"""Details that a person wants to read beside the message."""


def judge(item: Item, chosen: Container[str] = ()) -> Ruling:
    """What one error object means for the record, or the records, that it speaks of.

    `chosen` are the keys that the site's options set on that record.
    """
    if is_about_an_option(item, chosen):
        return Verdict.SITE_FAULT, Reason.WRONG_OPTION
    code = string(item.get("code"))
    for _words, is_so, ruling in CASES.get(code, []):
        if is_so(item):
            return ruling
    if code not in BY_CODE and not field_of(item) and OF_CALLS.search(code.upper()):
        return Verdict.THROTTLED, Reason.THROTTLED
    return BY_CODE.get(code, (Verdict.REFUSED, Reason.REFUSED))


def is_about_an_option(item: Item, chosen: Container[str] = ()) -> bool:
    """Whether the fault lies under a key beside the records, or one that options set on them."""
    details = details_of(item)
    path, name = string(details.get("json_path")), string(details.get("api_name"))
    if path:
        keys = re.findall(r"[\w$]+", path.removeprefix("$"))
        key = keys[2] if len(keys) > 2 and keys[0] == "data" and keys[1].isdigit() else ""
        beside = bool(keys) and keys[0] != "data" and (path.startswith("$") or keys[0] in TOP)
        return beside or key in ALWAYS_OPTIONS or key in chosen
    return name in TOP or (bool(name) and name in chosen)


def parts_of(item: Item) -> list[Item]:
    """The single faults that an item bundles; the item itself where it bundles none."""
    errors = details_of(item).get("errors", item.get("errors"))
    parts = [part for part in errors if isinstance(part, dict)] if isinstance(errors, list) else []
    return parts or [item]


def field_of(item: Item) -> str:
    """The API names of the fields at fault, a comma between them; empty where none is named."""
    details = details_of(item)
    named = [string(details.get("api_name"))]
    for key in NAMED:
        named += _names(details.get(key))
    return ", ".join(dict.fromkeys(filter(None, named)))[:100]


def duplicate_of(item: Item) -> str:
    """The id of the record that is in the way; empty where none is named."""
    details = details_of(item)
    record = details.get("duplicate_record")
    named = record.get("id") if isinstance(record, dict) else None
    return string(named or details.get("id"))[:40]


def module_of(item: Item) -> str:
    """The module of the record that is in the way; empty where none is named."""
    record = details_of(item).get("duplicate_record")
    module = record.get("module") if isinstance(record, dict) else None
    name = module.get("api_name") if isinstance(module, dict) else module
    return string(name)[:50]


def place_of(item: Item) -> int | None:
    """Which of the records that were sent the item speaks of; None where it does not say."""
    path = string(details_of(item).get("json_path"))
    found = re.match(r"(?:\$\.?)?(?:data|\[[\"']data[\"']\])\[(\d{1,4})\]", path)
    return int(found[1]) if found else None


def wait_of(item: Item) -> float | None:
    """Seconds that Zoho asks to wait, at most an hour."""
    seconds = details_of(item).get("retry_after")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        return float(min(seconds, 3600))
    return None


def words_of(item: Item) -> str:
    """Code, message, fields and limits in one line."""
    code, details = string(item.get("code")), details_of(item)
    parts = [code, string(item.get("message"))]
    if name := field_of(item):
        parts.append(f"field {name}")
    parts += [f"belongs to {name}" for name in _names([details.get("dependee")])]
    parts += [f"permission {name}" for name in _names(details.get("permissions"))]
    parts += [f"layout rule {name}" for name in _names([details.get("layout_rule")])]
    for key in TOLD:
        if told := string(details.get(key)) or ", ".join(_names(details.get(key))):
            parts.append(f"{key.replace('_', ' ')} {told}")
    if code == "DUPLICATE_DATA" and (record := duplicate_of(item)):
        module = module_of(item)
        parts.append(f"record {record} of {module}" if module else f"record {record}")
    return " · ".join(filter(None, parts))


def details_of(item: Item) -> Item:
    """The details, where they are an object."""
    details = item.get("details")
    return details if isinstance(details, dict) else {}


def message_of(item: Item) -> str:
    """Zoho's message, in small letters."""
    return string(item.get("message")).lower()


def string(value: Any) -> str:
    """A text or a whole number as a printable text, empty for anything else."""
    if isinstance(value, str):
        return printable(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def clip(item: Item) -> str:
    """The item as it came, as far as it is kept."""
    try:
        return printable(json.dumps(item, ensure_ascii=False)[:CLIP])
    except RecursionError:  # just shallow enough to be read
        return words_of(item)


def printable(text: str) -> str:
    """The text with what no database can hold shown as U+FFFD."""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def _is_set(item: Item, name: str) -> bool:
    return details_of(item).get(name) is not None


def _names(values: Any) -> list[str]:
    """The names in a list of texts, or of objects that have one; at most ten."""
    if not isinstance(values, list):
        return []
    found = [
        string(value.get("api_name") or value.get("name"))
        if isinstance(value, dict)
        else string(value)
        for value in values[:10]
    ]
    return [name for name in found if name]
