"""Taking secrets out of a text that is kept for people to read."""

from __future__ import annotations

import re

REMOVED = "[removed]"
GAP = r"(?:[ +_-]|%20)?"
WORDS = (
    rf"pass|pwd|secret|token|(?:api|google){GAP}key|authorization|"
    rf"card{GAP}(?:number|no)|cvv|cvc|iban|ssn|pin"
)
"""Names of secrets, as whole words of a field's name: other words have them inside (opinion)."""
LETTER = r"[^\W\d_]"
# A word begins after what is no letter (pin, user[pin], user%5Bpin%5D), or with a capital: cardPin.
BEGINS = rf"(?-i:(?<!{LETTER})|(?<=%[0-9A-Fa-f]{{2}})|(?<=\\u[0-9a-fA-F]{{4}})|(?<=[a-z])(?=[A-Z]))"
ENDS = rf"(?-i:(?!{LETTER})|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))"
WORD = rf"(?:password|passwd|passphrase|{BEGINS}(?:{WORDS})s?{ENDS})"
NAME = rf"[^\"=&]{{0,40}}{WORD}[^\"=&]{{0,20}}"
SECRETS = (
    # "password": "…" of JSON, also where it is broken off
    re.compile(rf'("{NAME}"\s*:\s*)("(?:\\.|[^"\\])*"?|[^,}}\s]+)', re.IGNORECASE),
    # password=… of a form
    re.compile(rf"((?:^|&){NAME}=)([^&\s]+)", re.IGNORECASE),
    # name="password" of a part, its value two lines below
    re.compile(rf'(name="{NAME}"[^\n]*\r?\n\r?\n)([^\r\n]+)', re.IGNORECASE),
    re.compile(r"(\bbearer\s+)([\w.~+/=-]+)", re.IGNORECASE),
)
DIGITS = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")


def redact(text: str) -> str:
    """The text without passwords, keys and payment cards; names and addresses stay."""
    for pattern in SECRETS:
        text = pattern.sub(rf"\g<1>{REMOVED}", text)
    return DIGITS.sub(lambda found: REMOVED if is_card(found[0]) else found[0], text)


def is_card(text: str) -> bool:
    """Whether digits are the number of a payment card, by its check digit."""
    digits = [int(char) for char in reversed(text) if char.isdigit()]
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
