"""Where a person is named in the text of rejected submissions, of whatever site.

What was rejected has no columns to look in: it is text in any encoding, often broken off. An
address or a whole telephone number in it is proof enough to delete it; `1`, typed where a number
was asked for, stands in half of all texts: what it is found in is for somebody to look at.
`unfolded` says in how many ways such a text is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, product

import phonenumbers
from django.db.models import Q

from leads.models import Lead, RejectedSubmission
from leads.privacy.unfolded import inner_texts, plain, read_texts
from leads.reasons import Reason

FEWEST_DIGITS = 7
"""Digits that prove whose a number is; fewer are extensions, house numbers and ages."""
STANDS_ALONE = 9
"""Digits that are a whole number beside others with a blank between: area code and all."""

BLANKS = re.compile(r"[\s+]+")  # a plus is the blank of a form
NO_DIGIT = re.compile(r"[^0-9]+")
ADDRESS = re.compile(r"[^\s,;<>()\"]+@[^\s,;<>()\"]+")
# Ends before a letter, but for an extension: 555-1106x12.
NUMBER = re.compile(r"(?<!\w)\+?[(]?[0-9](?:[ +\t\xa0().\-/]{0,4}[0-9])*+(?!(?!x[0-9]|ext)\w)")


@dataclass(frozen=True)
class Number:
    """A telephone number: its digits, whether they begin with + or 00, and whether they prove."""

    digits: str
    is_international: bool
    is_long: bool

    @classmethod
    def read(cls, text: str) -> Number:
        """From a text with at least one digit; 00 and + are the same, (0) is not dialled."""
        is_international = text.lstrip("(").startswith(("+", "00"))
        if is_international:
            text = text.replace("(0)", "")
        digits = NO_DIGIT.sub("", text)
        dialled = digits.lstrip("0")
        return cls(dialled, is_international, bool(dialled) and len(digits) >= FEWEST_DIGITS)

    @property
    def tail(self) -> str:
        """What stands in every form of the number, without what is between its digits."""
        return self.digits[1 - FEWEST_DIGITS :]

    def is_the_same(self, other: Number) -> bool:
        """Whether both reach one telephone, in national or in international form."""
        if self.digits == other.digits:
            return True
        short, long = sorted((self, other), key=lambda one: len(one.digits))
        if short.is_international or not long.digits.endswith(short.digits):
            return False
        try:
            parsed = phonenumbers.parse(f"+{long.digits}")
        except phonenumbers.NumberParseException:
            return False
        national = phonenumbers.national_significant_number(parsed).lstrip("0")
        return national == short.digits and phonenumbers.is_possible_number(parsed)


@dataclass(frozen=True)
class Traces:
    """Rejected submissions that name a person, and those that may."""

    sure: list[int]
    unsure: list[int]


class Wanted:
    """What a person is looked for by: addresses and whole numbers, and what is neither."""

    def __init__(self, emails: Iterable[str], phones: Iterable[str]) -> None:
        self.addresses: set[str] = set()
        self.numbers: set[Number] = set()
        self.short: set[Number] = set()
        self.words: set[str] = set()
        for email in filter(None, emails):
            found = ADDRESS.findall(email.casefold())
            self.addresses |= set(found)
            self.words |= set() if found else {email.casefold()}
        for phone in filter(None, phones):
            self._sort(phone)
        self.address = whole("|".join(map(re.escape, sorted(self.addresses))))
        self.word = whole("|".join(map(re.escape, sorted(self.words))))

    def _sort(self, phone: str) -> None:
        found = list(numbers_in(phone))
        long = {number for number in found if number.is_long}
        self.numbers |= long
        if not long:
            self.short |= set(found)
            self.words |= set() if found else {phone.casefold()}

    def is_named_in(self, text: str) -> bool:
        """Whether an address or a whole number of the person stands in a plain text."""
        if self.addresses and self.address.search(text.casefold()):
            return True
        there = [number for number in self._numbers_in(text, self.numbers) if number.is_long]
        return any(one.is_the_same(other) for one, other in product(self.numbers, there))

    def may_be_in(self, text: str) -> bool:
        """Whether something stands there that could be the person's."""
        if self.words and self.word.search(text.casefold()):
            return True
        there = {number.digits for number in self._numbers_in(text, self.short)}
        return any(number.digits in there for number in self.short)

    @staticmethod
    def _numbers_in(text: str, wanted: set[Number]) -> Iterable[Number]:
        # Most texts are done with by their digits alone: reading numbers is slow.
        digits = NO_DIGIT.sub("", text) if wanted else ""
        return numbers_in(text) if any(one.tail in digits for one in wanted) else ()


def traces_of(leads: Iterable[Lead], email: str = "", phone: str = "") -> Traces:
    """What was rejected of the person behind these leads, with this address or number besides."""
    wanted = wanted_of(leads, email, phone)
    traces = Traces([], [])
    rows = RejectedSubmission.objects.order_by("pk").values_list(
        "pk", "body", "content_type", "why"
    )
    for pk, body, content_type, why in rows.iterator():
        shown = "\n".join([plain(body), *read_texts(body, content_type)])
        texts = chain([shown, f"{content_type}\n{why}"], inner_texts(body))
        if any(map(wanted.is_named_in, texts)):
            traces.sure.append(pk)
        elif wanted.may_be_in(shown):
            traces.unsure.append(pk)
    return traces


def wanted_of(leads: Iterable[Lead], email: str = "", phone: str = "") -> Wanted:
    """What the person behind these leads is looked for by, and by what was typed besides."""
    pairs = {(lead.email, lead.phone) for lead in leads} | {(email.strip(), phone.strip())}
    return Wanted(*zip(*pairs, strict=True))


def unread_leads_of(email: str, phone: str) -> list[int]:
    """Leads of form tools that name a person in what came, and not in their columns.

    Nobody could read them, or tell which of two addresses is the person's.
    """
    wanted = Wanted([email.strip()], [phone.strip()])
    unread = Q(email="", phone="") | Q(reason=Reason.UNCLEAR)
    rows = Lead.objects.filter(unread, erased_at=None).exclude(webhook_source=None)
    bodies = rows.order_by("pk").values_list("pk", "body").iterator()
    return [pk for pk, body in bodies if is_named_in_bytes(wanted, bytes(body))]


def is_named_in_bytes(wanted: Wanted, body: bytes) -> bool:
    """Whether the person is named in what arrived, in whatever encoding."""
    text = body.decode(errors="replace")
    return wanted.is_named_in(plain(text)) or any(map(wanted.is_named_in, inner_texts(text)))


def numbers_in(text: str) -> Iterator[Number]:
    """Every number of a text: as it stands, and each long part of it between blanks."""
    for found in NUMBER.findall(text):
        yield (number := Number.read(found))
        # After a country's code they are a number of that country.
        parts = [] if number.is_international else BLANKS.split(found)
        if len(parts) > 1:
            numbers = [Number.read(part) for part in parts]
            yield from (part for part in numbers if len(part.digits) >= STANDS_ALONE)


def whole(pattern: str) -> re.Pattern[str]:
    """The pattern where no longer word or address goes on: xana@…, john.ana@…, …com.au."""
    return re.compile(rf"(?<![\w.'+-])[.'+-]*(?:{pattern})(?![.-]*\w)")
