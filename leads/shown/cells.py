"""Cells of a file that a spreadsheet opens: none of them is calculated. Pure."""

from __future__ import annotations

import unicodedata

FORMULAS = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula, full-width (`＝`) as well."""
DROPPED = ("\t", "\r", "\n")
"""What it may drop before it looks for one, wherever a formula then begins."""
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that show nothing."""


def safe(value: str) -> str:
    """The value with a quotation mark before it where a spreadsheet would calculate it."""
    # A lone surrogate cannot be written as UTF-8 and must not end the download.
    text = value.encode("utf-8", "replace").decode()
    seen = next((letter for letter in text if _shows(letter)), "")
    calculates = unicodedata.normalize("NFKC", seen).startswith(FORMULAS)
    return f"'{text}" if calculates or text.startswith(DROPPED) else text


def _shows(letter: str) -> bool:
    """Whether a reader sees it: not so blanks, control and format characters, lone marks."""
    return unicodedata.category(letter)[0] not in "ZCM" and letter not in BLANK_LETTERS
