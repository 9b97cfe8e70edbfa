"""Who writes to the sites, and what Zoho has against some of them. The same on every run."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

from leads.models import Lead
from tests.factories import make_call, make_log

CHANCE = random.Random(13002)
FIRST = ["Ana", "Jon", "Mia", "Omar", "Zoë", "Lars", "Priya", "Noah", "Ines", "Tomasz"]
LAST = ["Keller", "O'Neill", "Nakamura", "Fischer", "Costa", "Haddad", "Berg", "Novák", "Silva"]
MESSAGES = [
    "Please call me back about the hot tub on your page.",
    "Do you deliver to the islands, and what would it cost?",
    "I would like an offer for a roof of 40 m².",
    "Could I have an appointment next week, after five?",
]
FAILURES = [
    ("duplicate_email", "", "Same e-mail as lead {other}"),
    ("too_long", "Zip_Code", "maximum length is 10"),
    ("missing_field", "contact_name", ""),
    ("invalid_value", "Email", "expected data type: email"),
    ("outcome_unknown", "", "no answer within 30 s"),
    ("not_in_list", "Lead_Source", "“Kiosk” is not in the list"),
    ("mandatory_missing", "Lead_Source", ""),
    ("duplicate_record", "Email", "record 5725767000000524157"),
]
WEIGHTS = [9, 7, 5, 4, 2, 2, 7, 2]
BY_A_RULE = {"duplicate_email", "missing_field"}
"""Reasons for which no call was made."""


def person(n: int) -> dict[str, Any]:
    """Somebody who asks for something."""
    first, last = FIRST[n % len(FIRST)], LAST[(n * 7) % len(LAST)]
    plain = f"{first}.{last}{n}".lower().replace("'", "").replace("ë", "e").replace("á", "a")
    return {
        "contact_name": f"{first} {last}",
        "email": f"{plain}@example.com",
        "phone": f"+49 30 555 {n:04d}",
        "city": "Calgary",
        "country": "Canada",
        "message": MESSAGES[n % len(MESSAGES)],
        "utm_source": "newsletter",
        "utm_medium": "email",
        "utm_campaign": "november",
    }


def failure() -> dict[str, str]:
    """A reason, the field it is about, and what was said."""
    reason, field, text = CHANCE.choices(FAILURES, WEIGHTS)[0]
    return {
        "reason": reason,
        "reason_field": field,
        "reason_text": text.format(other=CHANCE.randint(1, 120)),
    }


def success(lead: Lead, at: datetime) -> None:
    """The 13003 of a delivered lead."""
    record = _record(lead) | {"Zip_Code": "T2P 2M5"}
    answer = {
        "code": "SUCCESS",
        "details": {"id": lead.zoho_id},
        "message": "record added",
        "status": "success",
    }
    call = _call(at, 201, record, answer)
    make_log(lead, zoho_id=lead.zoho_id, call=call, status=201, created_at=at, record=record)


def attempt(lead: Lead, at: datetime, **values: Any) -> Any:
    """The 13002 of a failed lead, with its call unless a rule of ours held it."""
    values |= {
        "created_at": at,
        "reason_field": lead.reason_field,
        "reason_text": lead.reason_text,
    }
    if lead.reason in BY_A_RULE:
        return make_log(lead, **values)
    record = _record(lead) | {"Zip_Code": "T2P 2M5, Calgary, Alberta"}
    answer = {
        "code": "INVALID_DATA",
        "details": {
            "expected_data_type": "text",
            "maximum_length": 10,
            "api_name": lead.reason_field,
        },
        "message": "invalid data",
        "status": "error",
    }
    call = _call(at, 202, record, answer)
    return make_log(lead, call=call, status=202, record=record, answer=json.dumps(answer), **values)


def _record(lead: Lead) -> dict[str, str]:
    name = (lead.name or "Unknown").split()[-1]
    return {"Last_Name": name, "Email": lead.email, "Lead_Ref": str(lead.reference)}


def _call(at: datetime, status: int, record: dict[str, str], answer: dict[str, Any]) -> Any:
    return make_call(
        started_at=at - timedelta(milliseconds=CHANCE.randint(180, 640)),
        ended_at=at,
        status=status,
        request=json.dumps({"data": [record]}),
        response=json.dumps({"data": [answer]}),
    )
