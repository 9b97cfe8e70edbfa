"""Refusals to add records that are about the account: its plan, its storage, its rights. Pure."""

from __future__ import annotations

import re

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


def refusal(item: Item, status: int) -> Ruling | None:
    """What a refusal to add records says of the account, or of what the site asks of it.

    None where it is about the data of a record, or is known (`zoho.api.faults`).
    """
    code = faults.string(item.get("code"))
    if not code or status in (401, 429) or _is_about_a_record(item, code):
        return None
    for words, ruling in OF_THE_ACCOUNT:
        if re.search(rf"(^|_)({words})", code.upper()):
            return ruling
    if said := re.search(SAID_OF_THE_ACCOUNT, faults.message_of(item)):
        storage = said[0] == "storage"
        return Verdict.DESTINATION_FAULT, Reason.STORAGE_FULL if storage else Reason.PLAN_LACKS
    return BY_REFUSAL.get(status)


def _is_about_a_record(item: Item, code: str) -> bool:
    """Whether it names a record, a field or an option, or is known to be about those."""
    if code in faults.BY_CODE and code not in ALSO_OF_THE_ACCOUNT:
        return True
    named = faults.field_of(item) or faults.place_of(item) is not None
    known = any(is_so(item) for _words, is_so, _ruling in faults.CASES.get(code, []))
    return bool(named) or known or faults.is_about_an_option(item)
