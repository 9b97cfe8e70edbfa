"""Making values of other types fit: dates, numbers, yes or no, links, lists. Pure.

The functions are of the kind that `fit_text` describes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from django.utils.translation import gettext_noop as _

from leads.data import as_text
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.fit.dates import read_date, read_datetime
from zoho.fit.metadata import Field
from zoho.fit.numbers import read_number
from zoho.fit.readers import Home, read_yes_no
from zoho.fit.text import Fit, cut, size

TAG_LENGTH = 25
"""Characters of one tag, in every module."""
LONG_TAG = Sentence(_("a tag longer than %(most)s characters, cut"))(most=TAG_LENGTH)
"""What is said of one that has more."""
PLAIN = re.compile(r"-?[0-9]+")
"""A whole number as Zoho takes it, with its zeros."""
ID = re.compile(r"[0-9]{1,19}")
"""A record id of Zoho: a decimal number of up to 19 digits."""

AS_DATE = Sentence(_("written as yyyy-MM-dd"))
DAY_OF = Sentence(_("the day of a date with time"))
NO_DATE = Sentence(_("not a date that can be read"))
NO_MOMENT = Sentence(_("not a date and time that can be read"))
AS_MOMENT = Sentence(_("written with date, time and offset"))
NOT_WHOLE = Sentence(_("not a whole number"))
AS_NUMBER = Sentence(_("written as a number"))
MORE_DIGITS = Sentence(_("more than %(most)s digits"))
NO_NUMBER = Sentence(_("not a number"))
MORE_BEFORE = Sentence(_("more than %(most)s digits before the point"))
ROUNDED = Sentence(_("rounded to %(decimals)s decimals"))
NO_LONG_NUMBER = Sentence(_("not a whole number of at most %(most)s digits"))
NEITHER = Sentence(_("neither yes nor no"))
AS_YES_NO = Sentence(_("read as yes or no"))
NO_ID = Sentence(_("not the id of a Zoho record"))
AS_ID = Sentence(_("sent as a record id"))
ID_ALONE = Sentence(_("only the id was sent"))
NO_TAGS = Sentence(_("not a list of tags"))
NO_TAG = Sentence(_("no tag in it"))
NO_OBJECTS = Sentence(_("not a list of JSON objects"))
NO_FILES = Sentence(_("not a list of Zoho's file ids"))
NO_OBJECT = Sentence(_("not a JSON object"))


def _rewritten(value: Any, text: str, note: str) -> Fit:
    """A value in another form than it came in: as it came it is kept too, word for word.

    A site that chose a transform for it has said that the other form is enough.
    """
    same = as_text(value) == text
    return Fit(value, "" if same else note, keep=not same)


def fit_date(value: Any, _field: Field, home: Home) -> Fit:
    """yyyy-MM-dd; of a date with a time the day."""
    text = as_text(value)
    if reading := read_date(text, home):
        return _rewritten(reading.value, text, AS_DATE())
    if moment := read_datetime(text, home):
        return _rewritten(moment.value[:10], text, DAY_OF())
    return Fit(None, NO_DATE())


def fit_datetime(value: Any, _field: Field, home: Home) -> Fit:
    """yyyy-MM-ddTHH:mm:ss±HH:mm."""
    text = as_text(value)
    reading = read_datetime(text, home)
    if reading is None:
        return Fit(None, NO_MOMENT())
    return _rewritten(reading.value, text, AS_MOMENT())


def _number(value: Any, home: Home, only_whole: bool = False) -> Decimal | None:
    if isinstance(value, bool | dict | list):
        return None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    reading = read_number(as_text(value), home.country, only_whole)
    return reading.value if reading else None


def _whole_number(value: Any, home: Home) -> Decimal | None:
    number = _number(value, home, only_whole=True)
    return number if number is not None and number == number.to_integral_value() else None


def fit_integer(value: Any, field: Field, home: Home) -> Fit:
    """A whole number of the field's digits."""
    number = _whole_number(value, home)
    if number is None:
        return Fit(None, NOT_WHOLE())
    if abs(number) >= 10**field.length:
        return Fit(None, MORE_DIGITS(most=field.length), reason=Reason.TOO_LONG)
    return _rewritten(int(number), as_text(value), AS_NUMBER())


def fit_number(value: Any, field: Field, home: Home) -> Fit:
    """A number of the field's digits before the point and its decimals after it."""
    number = _number(value, home)
    if number is None:
        return Fit(None, NO_NUMBER())
    too_large = Fit(None, MORE_BEFORE(most=field.length), reason=Reason.TOO_LONG)
    if number.adjusted() > field.length:
        return too_large
    with localcontext() as context:
        context.prec = 200  # more digits than the 64 characters that a number may have
        rounded = number.quantize(Decimal(1).scaleb(-field.decimals), ROUND_HALF_EVEN)
    if abs(rounded) >= 10**field.length:
        return too_large
    sent = int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
    if Decimal(repr(sent)) != number:
        return Fit(sent, ROUNDED(decimals=field.decimals), keep=True)
    if isinstance(value, float):  # 5.0 and 5 are one number in JSON
        return Fit(sent)
    return _rewritten(sent, as_text(value), AS_NUMBER())


def fit_bigint(value: Any, field: Field, home: Home) -> Fit:
    """A long whole number, which travels as a string of digits."""
    text = as_text(value)
    if not PLAIN.fullmatch(text):
        number = _whole_number(value, home)
        text = "" if number is None else f"{number:.0f}"
    if not 0 < len(text.lstrip("-")) <= field.length:
        return Fit(None, NO_LONG_NUMBER(most=field.length))
    return _rewritten(text, as_text(value), AS_NUMBER())


def fit_boolean(value: Any, _field: Field, _home: Home) -> Fit:
    """Yes or no, in the words of forms."""
    reading = read_yes_no(as_text(value))
    if reading is None:
        return Fit(None, NEITHER())
    same = isinstance(value, bool)
    return Fit(reading.value, "" if same else AS_YES_NO(), keep=not same)


def fit_link(value: Any, _field: Field, _home: Home) -> Fit:
    """Another record, by its id; a name alone does not find it."""
    content = value.get("id") if isinstance(value, dict) else value
    text = as_text(content)
    if isinstance(content, dict | list | bool) or not ID.fullmatch(text):
        return Fit(None, NO_ID())
    more = isinstance(value, dict) and set(value) != {"id"}
    note = "" if isinstance(value, dict) else AS_ID()
    return Fit({"id": text}, ID_ALONE() if more else note, keep=more)


def fit_tags(value: Any, _field: Field, _home: Home) -> Fit:
    """Tags by name: {"name": …} each."""
    items = [value] if isinstance(value, dict) else value
    items = items if isinstance(items, list) else as_text(items).split(",")
    items = [_tag_name(item) for item in items]
    if any(isinstance(item, dict | list) for item in items):
        return Fit(None, NO_TAGS())
    names = [name for name in map(as_text, items) if name]
    if not names:
        return Fit(None, NO_TAG())
    is_short = not any(map(is_long_tag, names))
    note = "" if is_short else LONG_TAG
    return Fit(shortened([{"name": name} for name in names]), note, keep=not is_short)


def is_long_tag(name: str) -> bool:
    """Whether Zoho refuses a tag of this name, and the record with it."""
    return size(name) > TAG_LENGTH


def shortened(tags: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The tags as Zoho takes them, each once."""
    names = dict.fromkeys(cut(tag["name"], TAG_LENGTH) for tag in tags)
    return [{"name": name} for name in names]


def _tag_name(item: Any) -> Any:
    """The name of a tag as Zoho takes it; anything else as it is."""
    is_tag = isinstance(item, dict) and set(item) == {"name"} and isinstance(item["name"], str)
    return item["name"] if is_tag else item


def fit_list(value: Any, _field: Field, _home: Home) -> Fit:
    """Rows of a subform and the like: passed on as they are."""
    rows = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    return Fit(value) if rows else Fit(None, NO_OBJECTS())


def fit_files(value: Any, _field: Field, _home: Home) -> Fit:
    """Files that Zoho holds already, by their ids."""
    files = value if isinstance(value, list) else []
    named = all(isinstance(f, dict) and isinstance(f.get("File_Id__s"), str) for f in files)
    return Fit(value) if files and named else Fit(None, NO_FILES())


def fit_object(value: Any, _field: Field, _home: Home) -> Fit:
    """A JSON object: passed on as it is."""
    return Fit(value) if isinstance(value, dict) else Fit(None, NO_OBJECT())
