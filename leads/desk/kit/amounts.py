"""Amounts as people and files have them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from leads.models.sales import in_full
from leads.shown.numbers import localised


def exact(thousandths: int, comma: str = "") -> str:
    """With two digits after the point, and three where the third says something."""
    places = 3 if thousandths % 10 else 2
    return f"{in_full(thousandths):{comma}.{places}f}"


def in_words(thousandths: int, currency: str) -> str:
    """An amount with its currency, which Zoho may not have told."""
    code = currency or _("(currency not known)")
    return f"{localised(exact(thousandths, ','))} {code}"
