"""Sentences that are stored in English and read in anybody's language. Pure.

What is logged, stored and answered to programs is English text. Shown to a person it is known
again by the sentence that it was made of, and said in their language: whether it was made just now
or stands in a row of last year.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain, islice

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

PLACE = re.compile(r"%\((\w+)\)s")
INNER = "what"
"""What stands here is a sentence, or several, as well."""
CHOICES = "either"
"""What stands here is one or several names, “or” between them."""
BETWEEN = re.compile(r"; |, |(?<=\.) ")
"""What may stand between two sentences."""
LONGEST = 2_000
"""Characters of a text that is looked at: none of ours is longer."""
MOST = 10
"""Places at which a text is taken apart."""


class Sentence:
    """An English sentence with places in it, %(name)s, marked for translation where it is made."""

    known: list[Sentence] = []

    def __init__(self, template: str) -> None:
        self.template = template
        self.parts = [part for part in PLACE.split(template)[::2] if part]
        self.weight = sum(map(len, self.parts))
        self.patterns = [re.compile(_pattern(template, some), re.DOTALL) for some in ("+?", "+")]
        self.known.append(self)
        _by_weight.cache_clear()

    def __call__(self, **values: object) -> str:
        """The sentence in English, as it is kept."""
        return self.template % values

    def found_in(self, text: str) -> list[dict[str, str]]:
        """What would stand in the places, were the text made of it: the first of them short, or
        the last; empty where it cannot be.
        """
        if not all(part in text for part in self.parts):  # sooner told than by a pattern
            return []
        found = (pattern.fullmatch(text) for pattern in self.patterns)
        return [one.groupdict() for one in found if one]


OR = _("%(one)s or %(other)s")
OR_IN_ENGLISH = " or "


def either(names: list[str]) -> str:
    """The names with “or” between them, in English."""
    return OR_IN_ENGLISH.join(names)


def shown(text: str) -> str:
    """A text for the reader: in their language where it is one of ours, else as it is."""
    if not text or len(text) > LONGEST or (get_language() or "en").startswith("en"):
        return text
    return _Reading().several(text) or text


class _Reading:
    """One text as it is read: no part of it twice."""

    def __init__(self) -> None:
        self.read: dict[str, str] = {}
        """The parts that were looked at, in the reader's language; empty for what is not ours."""

    def several(self, text: str) -> str:
        """One sentence, or several in a row."""
        if found := self.one(text):
            return found
        for mark in islice(BETWEEN.finditer(text), MOST):
            first = self.one(text[: mark.start()])
            rest = first and self.several(text[mark.end() :])
            if rest:
                return first + mark[0] + rest
        return ""

    def one(self, text: str) -> str:
        """One sentence."""
        if text not in self.read:
            self.read[text] = ""  # meanwhile: no sentence stands in itself
            tried = (
                gettext(sentence.template) % filled
                for sentence in _by_weight()
                for values in sentence.found_in(text)
                if (filled := self.filled(values))
            )
            plain = (gettext(one.template) for one in _by_weight() if one.template == text)
            self.read[text] = next(chain(plain, tried), "")
        return self.read[text]

    def filled(self, values: dict[str, str]) -> dict[str, str]:
        """What stands in the places, for the reader; empty where a sentence is missing."""
        if INNER in values:
            inner = self.several(values[INNER])
            return {**values, INNER: inner} if inner else {}
        if CHOICES in values:
            return {**values, CHOICES: _chosen(values[CHOICES].split(OR_IN_ENGLISH))}
        return values


def _chosen(names: list[str]) -> str:
    first, *others = names
    for other in others:
        first = gettext(OR) % {"one": first, "other": other}
    return first


@cache
def _by_weight() -> list[Sentence]:
    """Those that say most first: they are what a text was made of that fits several."""
    return sorted(Sentence.known, key=lambda one: -one.weight)


def _pattern(template: str, some: str) -> str:
    parts = PLACE.split(template)
    texts, names = map(re.escape, parts[::2]), (f"(?P<{name}>.{some})" for name in parts[1::2])
    return "".join(chain.from_iterable(zip(texts, [*names, ""], strict=True)))
