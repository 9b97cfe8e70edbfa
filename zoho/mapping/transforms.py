"""What a rule can do to a value on its way into Zoho. One row of `TRANSFORMS` each. Pure.

Every transform gets the values of the rule's sources, None where one is not there, and says in
`Made.whole` whether the result tells all of them: what it does not tell goes to Description. A
value that a transform cannot read stays as it came; whether it fits the field is asked later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.data import as_text
from zoho.fit.dates import read_date, read_datetime
from zoho.fit.numbers import read_number
from zoho.fit.readers import Home, Reading, read_phone, read_yes_no
from zoho.mapping import arguments

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Made:
    """The value for Zoho; `whole` says that it tells all of its sources."""

    value: Any
    whole: bool = True


LONGEST = 100_000
"""Characters of a template's result: three times what the largest field of Zoho holds."""
Values = list[Any]
Run = Callable[[Values, Any, Home], Made]


@dataclass(frozen=True)
class Transform:
    """One transform, with the words of the page on which it is chosen."""

    title: StrOrPromise
    run: Run
    takes: StrOrPromise = ""
    """What its argument is; empty where it takes none."""
    check: Callable[[Any], str] = lambda argument: _("It takes no argument.") if argument else ""
    """What is wrong with an argument, in words; empty where nothing is."""
    sources: str = "one"
    """"one", "many", or "none"."""


def _as_it_is(values: Values, _argument: Any, _home: Home) -> Made:
    value = values[0]
    return Made(value.strip() if isinstance(value, str) else value)


def _trim(values: Values, _argument: Any, _home: Home) -> Made:
    return Made(" ".join(as_text(values[0]).split()))


def _case(change: Callable[[str], str]) -> Run:
    def run(values: Values, _argument: Any, _home: Home) -> Made:
        text = as_text(values[0])
        changed = change(text)
        # A few letters have no partner of the other case; they must not turn into another word.
        return Made(changed if changed.casefold() == text.casefold() else text)

    return run


def _constant(_values: Values, argument: Any, _home: Home) -> Made:
    return Made(argument)


def _default(values: Values, argument: Any, home: Home) -> Made:
    return _as_it_is(values, None, home) if as_text(values[0]) else Made(argument)


def _names(values: Values) -> tuple[str, str]:
    """First and last name: as they came, else the whole name split at its last blank."""
    *parts, whole = map(as_text, values)
    first, last = (*parts, "", "")[:2]
    if not last:
        if first and whole.startswith(f"{first} "):
            whole = whole.removeprefix(first).strip()
        before, _blank, last = whole.rpartition(" ")
        first = " ".join(filter(None, (first, before.strip())))
    return first, last


def _first_name(values: Values, _argument: Any, _home: Home) -> Made:
    return Made(_names(values)[0], whole=False)


def _last_name(values: Values, _argument: Any, _home: Home) -> Made:
    return Made(_names(values)[1], whole=False)


def _join(values: Values, argument: Any, _home: Home) -> Made:
    separator = ", " if argument is None else str(argument)
    return Made(separator.join(filter(None, map(as_text, values))))


def _template(values: Values, argument: Any, _home: Home) -> Made:
    """Empty while every place in it is; a template alone says nothing about a lead."""
    texts = list(map(as_text, values))
    if not any(texts):
        return Made(None)
    between = arguments.PLACES.split(str(argument))[::2]
    made = ""
    for piece in chain.from_iterable(zip_longest(between, texts, fillvalue="")):
        made += piece
        if len(made) > LONGEST:
            return Made(made[:LONGEST].strip(), whole=False)
    return Made(made.strip())


def _table(values: Values, argument: Any, _home: Home) -> Made:
    value = values[0]
    known = {str(key).strip().casefold(): new for key, new in argument["values"].items()}
    if isinstance(value, list):
        made = [_look_up(as_text(item), known, argument) for item in value if as_text(item)]
        return Made([one.value for one in made], all(one.whole for one in made))
    return _look_up(as_text(value), known, argument) if as_text(value) else Made(None)


def _look_up(text: str, known: dict[str, Any], argument: Any) -> Made:
    new = known.get(text.casefold(), argument.get("fallback") or text)
    return Made(new, as_text(new).casefold() == text.casefold())


def _date(values: Values, argument: Any, home: Home) -> Made:
    text = as_text(values[0])
    return _read(read_date(text, home, argument or ""), text)


def _datetime(values: Values, argument: Any, home: Home) -> Made:
    text = as_text(values[0])
    return _read(read_datetime(text, home, argument or ""), text)


def _phone(values: Values, argument: Any, home: Home) -> Made:
    text = as_text(values[0])
    home = Home(argument, home.zone) if argument else home
    return _read(read_phone(text, home), text)


def _number(values: Values, _argument: Any, home: Home) -> Made:
    """The number as people write it in JSON; a sum without cents stays whole."""
    text = as_text(values[0])
    return _read(read_number(text, home.country), text)


def _yes_no(values: Values, _argument: Any, _home: Home) -> Made:
    text = as_text(values[0])
    return _read(read_yes_no(text), text)


def _read(reading: Reading | None, text: str) -> Made:
    if reading is None:
        return Made(text)
    # A Decimal is no JSON; as text it keeps its digits until the field's type is known.
    value = f"{reading.value:f}" if isinstance(reading.value, Decimal) else reading.value
    return Made(value, reading.whole)


def _list(values: Values, argument: Any, _home: Home) -> Made:
    value = values[0]
    if isinstance(value, list | dict):
        return Made(value)
    separator = argument or ","
    parts = as_text(value).split(separator)
    said = not any(sign.isalnum() for sign in separator)
    return Made([part for part in map(str.strip, parts) if part], said)


_ORDER = gettext_lazy(
    "“day first” or “month first” for 3/4/2026; without it the site's country decides"
)

TRANSFORMS = {
    "as_is": Transform(gettext_lazy("As it is, without blanks around it"), _as_it_is),
    "trim": Transform(gettext_lazy("Without doubled blanks and line breaks"), _trim),
    "upper": Transform(gettext_lazy("UPPER CASE"), _case(str.upper)),
    "lower": Transform(gettext_lazy("lower case"), _case(str.lower)),
    "title": Transform(gettext_lazy("Title Case"), _case(str.title)),
    "constant": Transform(
        gettext_lazy("Always the same value"),
        _constant,
        gettext_lazy("The value"),
        arguments.some_value,
        sources="none",
    ),
    "default": Transform(
        gettext_lazy("As it is, or a value where it is empty"),
        _default,
        gettext_lazy("The value"),
        arguments.some_value,
    ),
    "first_name": Transform(
        gettext_lazy("First name: all but the last word of a name"), _first_name, sources="many"
    ),
    "last_name": Transform(
        gettext_lazy("Last name: the last word of a name"), _last_name, sources="many"
    ),
    "join": Transform(
        gettext_lazy("Several values joined"),
        _join,
        gettext_lazy("What stands between them; “, ” without"),
        arguments.optional_text,
        sources="many",
    ),
    "template": Transform(
        gettext_lazy("A text with values in it"),
        _template,
        gettext_lazy("The text, as in {first_name} from {city}"),
        arguments.a_template,
        sources="none",
    ),
    "table": Transform(
        gettext_lazy("Another value for each, for picklists"),
        _table,
        gettext_lazy(
            "The values by what arrives, and a fallback for all others; without one they stay"
        ),
        arguments.a_table,
    ),
    "date": Transform(gettext_lazy("Date → yyyy-MM-dd"), _date, _ORDER, arguments.an_order),
    "datetime": Transform(
        gettext_lazy("Date and time → with offset"), _datetime, _ORDER, arguments.an_order
    ),
    "phone": Transform(
        gettext_lazy("Phone number → +4930123456 (E.164)"),
        _phone,
        gettext_lazy("Country of numbers without a prefix, such as DE; without it the site's"),
        arguments.a_country,
    ),
    "number": Transform(gettext_lazy("Number: 1.234,50 → 1234.50"), _number),
    "yes_no": Transform(gettext_lazy("Yes or no → checkbox"), _yes_no),
    "list": Transform(
        gettext_lazy("Split into several choices"),
        _list,
        gettext_lazy("What stands between them; a comma without"),
        arguments.optional_text,
    ),
}
