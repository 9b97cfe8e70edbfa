"""Numbers with the signs of the language at hand."""

from __future__ import annotations

from django.utils.translation import get_language

SIGNS = {"de": str.maketrans({",": ".", ".": ",", "%": "\xa0%"})}
"""For each language that writes them otherwise than Python: what stands for comma, point and %."""


def localised(text: str) -> str:
    """A number as Python writes it, 1,234.5 or 12%, as people do: in German 1.234,5 and 12 %."""
    signs = SIGNS.get((get_language() or "en")[:2])
    return text.translate(signs) if signs else text
