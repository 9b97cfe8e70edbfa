"""Reading dates and times as people write them. Pure, and quick: see `readers`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from zoho.fit.readers import LONGEST, Home, Reading

MONTH_FIRST = frozenset({"US", "PH", "PW", "FM", "MH"})
"""Countries that write 12/31/2026 (Unicode CLDR, short date patterns)."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero",
            "february feb februar février fevrier febrero",
            "march mar märz maerz mrz mars marzo",
            "april apr avril avr abril",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug août aout agosto",
            "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre decembre diciembre",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_NUMERIC = re.compile(r"([0-9]{1,2})([./-]) ?([0-9]{1,2})\2 ?([0-9]{4}|[0-9]{2})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ -]([^\W\d_]+)\.?,?[ -]([0-9]{4})")
_MONTH_DAY = re.compile(r"([^\W\d_]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_TIME = re.compile(
    r"(?:[ T]|, )([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})([.,][0-9]+)?)? ?([AaPp][Mm])? ?"
    r"(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?$"
)


def read_date(text: str, home: Home, order: str = "") -> Reading | None:
    """A date as yyyy-MM-dd; None where it is none.

    `order` is "day first" or "month first". Without it the site's country decides, and where the
    other reading is possible too the date is not `whole`.
    """
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if found := _ISO.fullmatch(text):
        return _day(found[1], found[3], found[4])
    if found := _NUMERIC.fullmatch(text):
        return _numeric(found[1], found[3], found[4], home, order)
    if found := _DAY_MONTH.fullmatch(text):
        return _day(found[3], _MONTHS.get(found[2].casefold()), found[1], whole=False)
    if found := _MONTH_DAY.fullmatch(text):
        return _day(found[3], _MONTHS.get(found[1].casefold()), found[2], whole=False)
    return None


def _numeric(first: str, second: str, year: str, home: Home, order: str) -> Reading | None:
    by_country = "month first" if home.country in MONTH_FIRST else "day first"
    day, month = (second, first) if (order or by_country) == "month first" else (first, second)
    full_year = year if len(year) == 4 else f"20{year}"
    whole = len(year) == 4 and (bool(order) or int(first) == int(second))
    reading = _day(full_year, month, day, whole)
    if order or reading is None:
        # Only one of two readings is a date: 12/31/2026 is no guess anywhere.
        return reading or _day(full_year, day, month, whole=False)
    other = _day(full_year, day, month)
    return Reading(reading.value, whole or (len(year) == 4 and other is None))


def _day(year: Any, month: Any, day: Any, whole: bool = True) -> Reading | None:
    try:
        return Reading(date(int(year), int(month), int(day)).isoformat(), whole)
    except (ValueError, TypeError):
        return None


def read_datetime(text: str, home: Home, order: str = "") -> Reading | None:
    """A moment as yyyy-MM-ddTHH:mm:ss±HH:mm; without an offset it is the site's own time."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    clock = _TIME.search(text)
    day = read_date(text[: clock.start()] if clock else text, home, order)
    if day is None:
        return None
    moment = _clock(clock) if clock else time(0, 0)
    if moment is None:
        return None
    zone = _offset(clock[6]) if clock and clock[6] else home.zone
    aware = _aware(datetime.combine(date.fromisoformat(day.value), moment), zone)
    if aware is None:
        return None
    # A fraction of a second is dropped, and pm is said in other digits.
    return Reading(aware, day.whole and not (clock and (clock[4] or clock[5])))


def _clock(found: re.Match[str]) -> time | None:
    hour, half = int(found[1]), (found[5] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def _offset(text: str) -> tzinfo | None:
    if text[0] not in "+-":
        return UTC
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return None if size >= timedelta(hours=24) else timezone(-size if text[0] == "-" else size)


def _aware(moment: datetime, zone: tzinfo | None) -> str | None:
    """The moment with its offset; None where Zoho's form cannot show that."""
    if zone is None:
        return None
    shown = moment.replace(tzinfo=zone).isoformat()
    # Before 1900 many zones had offsets with seconds, which Zoho's form has no place for.
    return shown if len(shown) == 25 else None
