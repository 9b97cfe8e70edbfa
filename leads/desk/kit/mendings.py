"""What was done so that a value fits, in the reader's language: it is stored in English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import get_language, gettext, gettext_noop

from leads.desk.kit.formatting import OURS

WHOLE = (
    gettext_noop("%(note)s; the whole value is in %(field)s"),
    gettext_noop("%(note)s, moved to %(field)s (%(street)s is full)"),
    gettext_noop("%(note)s, moved to %(field)s"),
    gettext_noop("%(note)s, also in %(field)s"),
    gettext_noop("%(note)s, as the site's options name it"),
)
"""A note, and what became of the value."""
NOTES = (
    gettext_noop("a tag longer than %(n)s characters, cut"),
    gettext_noop("longer than %(n)s characters, cut"),
    gettext_noop("longer than %(n)s characters"),
    gettext_noop("more than %(n)s digits before the point"),
    gettext_noop("more than %(n)s digits"),
    gettext_noop("not a phone number of at most %(n)s characters"),
    gettext_noop("not a whole number of at most %(n)s digits"),
    gettext_noop("rounded to %(n)s decimals"),
    gettext_noop("the address was taken out of a longer text"),
    gettext_noop("the number was taken out of a longer text"),
    gettext_noop("separators replaced by blanks"),
    gettext_noop("spelled as in Zoho's list"),
    gettext_noop("not in Zoho's list, sent as a new choice"),
    gettext_noop("not in Zoho's list"),
    gettext_noop("taken apart into the choices of Zoho's list"),
    gettext_noop("written as yyyy-MM-dd"),
    gettext_noop("the day of a date with time"),
    gettext_noop("written with date, time and offset"),
    gettext_noop("written as a number"),
    gettext_noop("read as yes or no"),
    gettext_noop("sent as a record id"),
    gettext_noop("only the id was sent"),
    gettext_noop("not an e-mail address as Zoho wants it"),
    gettext_noop("not a web address as Zoho wants it"),
    gettext_noop("not a date that can be read"),
    gettext_noop("not a date and time that can be read"),
    gettext_noop("not a whole number"),
    gettext_noop("not a number"),
    gettext_noop("neither yes nor no"),
    gettext_noop("not the id of a Zoho record"),
    gettext_noop("not a list of tags"),
    gettext_noop("no tag in it"),
    gettext_noop("not a list of JSON objects"),
    gettext_noop("not a list of Zoho's file ids"),
    gettext_noop("not a JSON object"),
    gettext_noop("%(field)s is not a field of the module"),
    gettext_noop("%(field)s is not in the layout “%(layout)s”"),
    gettext_noop("%(field)s is not ours to fill"),
    gettext_noop("sent as %(field)s: the lead has no other name"),
    gettext_noop("left out, as the site's mapping says"),
)
"""What can be the matter with a value."""


def _pattern(message: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", message)
    held = (f"(?P<{one}>.+?)" if n % 2 else re.escape(one) for n, one in enumerate(parts))
    return re.compile("".join(held))


PATTERNS = {message: _pattern(message) for message in (*WHOLE, *NOTES)}


def in_words(what: str) -> str:
    """What was done to a value; as it is stored where nobody has translated it."""
    if (get_language() or "en").startswith("en"):
        return what
    return _known(what) or ", ".join(_several(what.split(", ")))


def _known(what: str) -> str:
    for message, pattern in PATTERNS.items():
        if found := pattern.fullmatch(what):
            held = found.groupdict()
            if "note" in held:
                held["note"] = in_words(held["note"])
            return gettext(message) % held
    return ""


def _several(parts: list[str]) -> Iterator[str]:
    """Notes behind each other, of which one may itself have a comma."""
    while parts:
        for most in range(len(parts), 0, -1):
            if said := _known(", ".join(parts[:most])):
                break
        yield said or parts[0]
        parts = parts[most if said else 1 :]


def repairs_in_words(repairs: Iterable[str]) -> Iterator[str]:
    """Each with the field's name before it: PLZ: länger als 10 Zeichen."""
    for one in repairs:
        name, _colon, what = one.partition(": ")
        yield f"{OURS.get(name, name)}: {in_words(what)}"
