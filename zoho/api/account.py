"""Refusals to add records that are about the account: its plan, its storage, its rights. Pure."""

from __future__ import annotations

import re
from typing import Any

from leads.delivery.gateway import Verdict
from leads.reasons import Reason
from zoho.api import faults
from zoho.api.faults import Item, Ruling

OF_THE_ACCOUNT: list[tuple[str, Ruling]] = [
    ("MODULE", (Verdict.SITE_FAULT, Reason.WRONG_MODULE)),
    (
        "LAYOUT|ASSIGNMENT|LAR_|WIZARD|TRIGGER|OPTION|(INVALID_)?(OWNER|TAG)",
        (Verdict.SITE_FAULT, Reason.WRONG_OPTION),
    ),
    ("API_?ACCESS|API_(DIS|NOT_|UN)", (Verdict.DESTINATION_FAULT, Reason.API_ACCESS_OFF)),
    ("STORAGE|RECORDS?_LIMIT|SPACE_", (Verdict.DESTINATION_FAULT, Reason.STORAGE_FULL)),
    (
        "LICEN[CS]E|EDITION|FEATURE|TRIAL|SUBSCRI|PLAN(_|$)|UPGRADE|PAYMENT|BILLING",
        (Verdict.DESTINATION_FAULT, Reason.PLAN_LACKS),
    ),
    (
        "ACCOUNT|ORG(_|$)|ORGANI[SZ]ATION|PORTAL|(IN|DE)ACTIV|SUSPEND|BLOCKED",
        (Verdict.DESTINATION_FAULT, Reason.ACCOUNT_REFUSED),
    ),
    ("PERMISSION|PRIVILEGE|PROFILE|ROLE|ACCESS", (Verdict.SITE_FAULT, Reason.NO_PERMISSION)),
]
"""What words of a code that is not known say, where it names no field; the first that is there."""
SAID_OF_THE_ACCOUNT = r"\b(licen[cs]e|edition|storage|trial|subscription|upgrade your)\b"
"""Words of a message that are never about a record."""
SAID_OF_ONE = re.compile(
    "(FEATURE|EDITION)_NOT_(SUPPORTED|ENABLED|AVAILABLE)|NOT_SUPPORTED_IN_EDITION"
    "|(CRM_)?(LICEN[CS]E|TRIAL|SUBSCRIPTION|PLAN)_(EXPIRED|ENDED|LIMIT_(EXCEEDED|REACHED))"
    "|UPGRADE_REQUIRED|PAYMENT_REQUIRED"
    "|((DATA|FILE)_)?STORAGE_(FULL|EXCEEDED|LIMIT_(EXCEEDED|REACHED))"
    "|RECORDS?_LIMIT_(EXCEEDED|REACHED)"
    "|API_(ACCESS_DENIED|ACCESS_DISABLED|DISABLED|NOT_ENABLED|NOT_SUPPORTED)"
    "|(USER|ORG|ORGANI[SZ]ATION|ACCOUNT|PORTAL)_(INACTIVE|DEACTIVATED|SUSPENDED|BLOCKED)"
    "|MODULE_NOT_(SUPPORTED|AVAILABLE|ENABLED)"
)
"""Whole codes that are of the account even in the result of one record. In any other result the
words may be a validation rule's, or the name of a field or of somebody's choice.
"""
ALSO_OF_THE_ACCOUNT = {"NOT_ALLOWED", "LIMIT_EXCEEDED", "PROCESSING_ERROR"}
"""Codes for records that are used for the account too."""
BY_REFUSAL: dict[int, Ruling] = {
    402: (Verdict.DESTINATION_FAULT, Reason.PLAN_LACKS),
    403: (Verdict.DESTINATION_FAULT, Reason.ACCOUNT_REFUSED),
}
"""What the status says where neither code nor message does."""
REASONS = {ruling[1] for _words, ruling in OF_THE_ACCOUNT} | {
    ruling[1] for ruling in BY_REFUSAL.values()
}
"""What a refusal of the account is told as."""


def refusal(item: Item, status: int, whole: bool = True) -> Ruling | None:
    """What a refusal to add records says of the account, or of what the site asks of it.

    `whole` is the answer to a call; else it is the result of one record of it. None where it is
    about the data of a record, or is known (`zoho.api.faults`).
    """
    code = faults.string(item.get("code"))
    if code in ("", "SUCCESS") or status in (401, 429) or _is_about_a_record(item, code):
        return None
    whole = whole or status in BY_REFUSAL
    if whole or SAID_OF_ONE.fullmatch(code.upper()):
        for words, ruling in OF_THE_ACCOUNT:
            if re.search(rf"(^|_)({words})", code.upper()):
                return ruling
    told = faults.message_of(item) if whole or code == "LIMIT_EXCEEDED" else ""
    if said := re.search(SAID_OF_THE_ACCOUNT, told):
        storage = said[0] == "storage"
        return Verdict.DESTINATION_FAULT, Reason.STORAGE_FULL if storage else Reason.PLAN_LACKS
    return BY_REFUSAL.get(status)


def of_whole_call(item: Item, status: int) -> Ruling | None:
    """What a call that is forbidden as a whole is, whatever its code says of data: no record was
    looked at, and each lead by itself would be told the same. None where it is none of that.
    """
    return BY_REFUSAL.get(status) if item.get("code") not in (None, "", "SUCCESS") else None


def without_a_code(content: Any, status: int) -> Ruling | None:
    """What a forbidden call is whose answer is an object, but names no code: nothing was stored.

    A page is none: a firewall that dislikes one lead must not stop all others.
    """
    said = isinstance(content, dict) and not faults.string(content.get("code"))
    return BY_REFUSAL.get(status) if said and "data" not in content else None


def _is_about_a_record(item: Item, code: str) -> bool:
    """Whether it names a record, a field or an option, or is known to be about those."""
    if code in faults.BY_CODE and code not in ALSO_OF_THE_ACCOUNT:
        return True
    named = faults.field_of(item) or faults.place_of(item) is not None
    known = any(is_so(item) for _words, is_so, _ruling in faults.CASES.get(code, []))
    return bool(named) or known or faults.is_about_an_option(item)
