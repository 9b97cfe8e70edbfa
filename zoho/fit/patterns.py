"""Zoho's published patterns for e-mail, website and phone, taken apart to take linear time.

As published the website pattern backtracks exponentially on line breaks, the e-mail pattern needs
classes that `re` does not have, and the phone pattern refuses an example of its own page.
"""

from __future__ import annotations

import re
import unicodedata

_LOCAL_SIGNS = frozenset("!#$%&'*+-/=?^_`{|}~.")
_LABEL = re.compile(r"[^-_]+(?:[-_]+[^-_]+)*")
_WEBSITE = re.compile(
    r"(?:(?:https?|ftp)://)?"
    r"[^\x00-\x1f\x22-\x27\x2A-\x2C\x2E-\x2F\x3A-\x3F\x5B-\x5E\x60\x7B\x7D-\x7F]+"
    r"(?:\.[^\x00-\x1f\x22\x24-\x2C\x2E-\x2F\x3C\x3E-\x40\x5B-\x5E\x60\x7B\x7D-\x7F]+)+"
    r"(?:[/?][^\r\n]*)?"
)
_PHONE = re.compile(r"\+?[0-9A-Za-z()]+(?:[ .-][0-9A-Za-z()]+)*[0-9A-Za-z,;#]*")
_NUMBER = re.compile(r"\+?[0-9(][0-9 ()./-]{4,40}[0-9]")
_SEARCHED = 2000
"""Characters that are searched for a number: a longer text is a message."""
_BRACKETS = re.compile(r"[\s<>()\[\]\"',;:]+")


def is_email(text: str) -> bool:
    """Zoho's e-mail rule: a local part, an @, 4 to 256 characters of domain in labels."""
    local, _at, domain = text.partition("@")
    *labels, last = domain.split(".")
    return bool(
        4 <= len(domain) <= 256
        and local
        and (_is_word(local[0]) or local[0] in "+-_")
        and all(_is_word(sign) or sign in _LOCAL_SIGNS for sign in local)
        and labels
        and all(_is_label(label) for label in labels)
        and 2 <= len(last) <= 22
        and all(sign.isalpha() or unicodedata.category(sign)[0] == "M" for sign in last)
    )


def _is_label(label: str) -> bool:
    """Letters and digits, with - and _ between them only."""
    return bool(_LABEL.fullmatch(label)) and all(_is_word(c) or c in "-_" for c in label)


def _is_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign)[0] == "M"


def find_email(text: str) -> str:
    """The one address in a longer text, as in "Ada <ada@example.org>"; empty where not just one."""
    words = {word.rstrip(".") for word in _BRACKETS.split(text) if "@" in word}
    found = [word for word in words if is_email(word)]
    return found[0] if len(found) == 1 else ""


def is_website(text: str) -> bool:
    """A host name with at least one point, with or without scheme; after it, anything."""
    return bool(_WEBSITE.fullmatch(text))


def is_phone(text: str) -> bool:
    """What Zoho's pattern lets through, and the brackets that its own example has."""
    return bool(_PHONE.fullmatch(text))


def tidy_phone(text: str) -> str:
    """The same digits and letters with single blanks for every other separator."""
    return re.sub(r"[\s./\u00a0–-]+", " ", text).strip()


def find_phone(text: str) -> str:
    """The first number of at least six digits and separators in a longer text; empty without."""
    found = _NUMBER.search(text) if len(text) <= _SEARCHED else None
    return tidy_phone(found[0]) if found else ""
