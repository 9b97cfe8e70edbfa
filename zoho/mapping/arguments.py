"""What is wrong with the argument of a transform, in words; empty where nothing is. Pure."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from leads.data import as_text

ORDERS = ("", "day first", "month first")
PLACES = re.compile(r"\{([^{}]{1,200})\}")


def any_text(argument: Any) -> str:
    """Any text, an empty one too."""
    return "" if isinstance(argument, str) else _("It must be a text.")


def some_value(argument: Any) -> str:
    """A text or a number that is not empty."""
    good = isinstance(argument, str | int | float) and as_text(argument)
    return "" if good else _("Say which value.")


def optional_text(argument: Any) -> str:
    """A text, or nothing."""
    return "" if argument is None else any_text(argument)


def a_template(argument: Any) -> str:
    """A text with at least one place for a value."""
    if isinstance(argument, str) and PLACES.search(argument):
        return ""
    return _("It must name at least one field of the lead, as in {city}.")


def a_table(argument: Any) -> str:
    """Values by what arrives, and perhaps a fallback."""
    values = argument.get("values") if isinstance(argument, dict) else None
    if not isinstance(values, dict) or not values:
        return _('It must be {"values": {"what arrives": "what Zoho gets"}, "fallback": "…"}.')
    known = [*values.values(), argument.get("fallback", "")]
    if not all(isinstance(new, str) for new in known):
        return _("What Zoho gets must be texts.")
    return ""


def an_order(argument: Any) -> str:
    """How 3/4/2026 is read, or nothing."""
    return "" if argument in (*ORDERS, None) else _("It must be “day first” or “month first”.")


def a_country(argument: Any) -> str:
    """Two capital letters, or nothing."""
    good = not argument or (isinstance(argument, str) and re.fullmatch("[A-Z]{2}", argument))
    return "" if good else _("It must be two capital letters, such as DE.")
