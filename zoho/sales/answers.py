"""Zoho's records of leads and deals as what they say of a lead; whatever an answer holds. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from leads.counters.sales.record import Deal, Sighting
from leads.models import CrmRecord
from leads.models.sales import LONGEST, THOUSAND
from zoho.fit.metadata import Record

CONVERTED, CONVERTED_AT, CONVERTED_DEAL = "Converted__s", "Converted_Date_Time", "Converted_Deal"
OWNER, STATUS = "Owner", "Lead_Status"
OF_LEADS = (OWNER, STATUS, CONVERTED, CONVERTED_AT, CONVERTED_DEAL)
STAGE, AMOUNT, CURRENCY = "Stage", "Amount", "Currency"
OF_DEALS = (STAGE, AMOUNT, CURRENCY)
"""`Currency` is there where an organisation has several."""
MOST = 10**12
"""An amount beyond it, in either direction, is no amount."""
YEARS = range(2000, 2100)


def is_converted(record: Record) -> bool | None:
    """Whether the record says that it was converted; None where it does not say."""
    said = record.get(CONVERTED, record.get("$converted"))
    return said if isinstance(said, bool) else None


def sighting(record: Record, converted: bool) -> Sighting:
    """What a lead's record says, the deal aside."""
    state = CrmRecord.State.CONVERTED if converted else CrmRecord.State.OPEN
    owner = record.get(OWNER)
    return Sighting(
        state=state.value,
        owner=text(owner.get("name")) if isinstance(owner, Mapping) else "",
        status=text(record.get(STATUS)),
        converted_at=moment(record.get(CONVERTED_AT)) if converted else None,
        deal_id=an_id(record.get(CONVERTED_DEAL)) if converted else "",
    )


def deal(record: Record, won: Collection[str], currency: str) -> Deal:
    """What a deal's record says. `won` are stages in lower case, `currency` the organisation's."""
    stage = text(record.get(STAGE))
    return Deal(
        stage=stage,
        amount=thousandths(record.get(AMOUNT)),
        currency=currency_of(record, currency),
        won=stage.casefold() in won,
    )


def currency_of(record: Record, usual: str) -> str:
    """The deal's currency; the organisation's where it names none; none where it is no code."""
    named = record.get(CURRENCY)
    return usual if named in (None, "") else code(named)


def code(value: Any) -> str:
    """A currency's code of three letters; empty where it is none."""
    return value if isinstance(value, str) and re.fullmatch("[A-Z]{3}", value) else ""


def thousandths(value: Any) -> int | None:
    """An amount in thousandths; None where there is none, or none that can be believed."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if abs(value) > MOST:
        return None
    exact = Decimal(str(value)) * THOUSAND
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def text(value: Any) -> str:
    """A text in one line, without what no database holds and no page shows."""
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value if letter.isprintable()).strip()[:LONGEST]


def an_id(value: Any) -> str:
    """The id that a lookup names; empty for anything else."""
    found = value.get("id") if isinstance(value, Mapping) else value
    whole = isinstance(found, str) and re.fullmatch("[0-9]{1,19}", found)
    return str(found) if whole else ""


def moment(value: Any) -> datetime | None:
    """A moment with its zone; None for anything else, or none of our time."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is None or found.tzinfo is None or found.year not in YEARS:
        return None
    return found
