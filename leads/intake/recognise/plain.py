"""Plain posts and browser forms: read beside their data where there is something to be read.

Most posts come from programs that know our names; for them nothing is worked out, nor kept. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from leads.data import KNOWN_FIELDS, as_text
from leads.intake.body.shape import INNER, KINDS, LABELS, VALUES
from leads.intake.body.submission import Submission
from leads.intake.recognise.candidates import NAMES, Why
from leads.intake.recognise.junk import SIGNS, cleaned
from leads.intake.recognise.names import TABLE, asked_for, folded
from leads.intake.recognise.reading import ReadAs, read_as
from leads.intake.recognise.spoken import spoken

OURS = frozenset(KNOWN_FIELDS)
DESCRIBING = frozenset({*LABELS, *VALUES, *KINDS, *INNER})


def read_plain(submission: Submission) -> Submission:
    """The submission with what was read from its fields; the same where our names say it all."""
    if submission.reading or submission.cannot_be_read or says_all(submission.data):
        return submission
    read = read_as(submission.data)
    if any(as_text(submission.data.get(name)) for name in NAMES):
        # Who named the person need not be asked which of two numbers is the person's.
        read = replace(read, unclear={})
    if not says_more(read):
        return submission
    return replace(submission, reading=read.as_json(), flags=submission.flags | read.flags)


def says_all(data: Mapping[str, Any]) -> bool:
    """Whether plainly nothing else can be read from the fields than our own names say."""
    for name, value in data.items():
        if isinstance(value, str):
            if SIGNS.search(value) and is_odd(value):
                return False
            if name not in OURS and ("@" in value or may_be_ours(name)):
                return False
        elif isinstance(value, dict | list):
            if name in OURS or may_be_ours(name) or not is_silent(name, value):
                return False
        elif name not in OURS and may_be_ours(name):
            return False
    return True


def is_silent(above: str, value: dict[str, Any] | list[Any]) -> bool:
    """Whether an object such as `utm` plainly says nothing of a person; one that is nested may."""
    items = value.items() if isinstance(value, dict) else [("", item) for item in value]
    for name, item in items:
        if isinstance(item, dict | list) or name in DESCRIBING:
            return False
        if name and (name in OURS or may_be_ours(name) or may_be_ours(f"{above} {name}")):
            return False
        if isinstance(item, str) and ("@" in item or (SIGNS.search(item) and is_odd(item))):
            return False
    return True


def is_odd(text: str) -> bool:
    """Whether a text is read otherwise than it came: junk, or JSON."""
    return text.lstrip()[:1] in ("{", "[") or bool(cleaned(text)[1])


@lru_cache(maxsize=4096)  # the same few names with every post
def may_be_ours(name: str) -> bool:
    """Whether a name may be another word for one of our fields, or the way to it."""
    is_in_the_table = folded(name) in TABLE or asked_for(name) in TABLE
    return "[" in name or is_in_the_table or spoken(name) is not None


def says_more(read: ReadAs) -> bool:
    """Whether a reading says more than the data does by our own names."""
    own = Why.OWN_NAME.name.lower()
    return bool(read.flags or read.unclear or any(why != own for why in read.why.values()))
