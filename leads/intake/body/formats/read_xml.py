"""XML as fields, ADF among it: elements by name, `<name part="first">` as `name.first`."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from leads.intake.body import refused_words as words
from leads.intake.body.fields import MAX_DEPTH, gather
from leads.intake.errors import Unreadable

DECLARATION = re.compile(r"\A\s*<\?xml\s[^<>]*\?>")
STEPS = ("part", "name", "key", "type")
"""Attributes that say which of several equal elements it is, the one that says most first."""
CALLS = frozenset({"name", "label", "title", "question"})
"""Attributes by which a form calls a field; beside them a `type` says of what kind it is."""
ANSWERS = frozenset({"value", "answer"})
"""Attributes that are what was typed, as text within the element is."""


def read(text: str) -> dict[str, Any]:
    """The fields of a document. Raises Unreadable; entities and DTDs are not followed."""
    try:
        # The encoding that it declares is that of the bytes, which were read already.
        root = fromstring(DECLARATION.sub("", text), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unreadable(words.NOT_XML) from None
    return {_tag(root): _value(root, "", 0)}


def _value(element: Element, step: str, depth: int) -> Any:
    """What an element holds: all of its attributes, but the one that is the `step` to it."""
    if depth > MAX_DEPTH:
        raise Unreadable(words.XML_TOO_DEEP)
    text = (element.text or "").strip()
    calls = "label" if _is_called(element) else "name"
    attributes = [
        (calls if name == "name" else name, value)
        for name, value in element.attrib.items()
        if name != step
    ]
    inner = []
    for child in element:
        which = _step(child)
        way = f"{_tag(child)}\0{child.attrib[which]}" if which else _tag(child)
        inner.append((way, _value(child, which, depth + 1)))
    tails = " ".join(filter(None, ((child.tail or "").strip() for child in element)))
    if not inner and not attributes:
        return text
    pairs = [*attributes, *inner]
    if text or tails:
        pairs.append(("value", " ".join(filter(None, (text, tails)))))
    return _merged(pairs)


def _is_called(element: Element) -> bool:
    """Whether an element's `name` is what a form calls it, with fields in it, and nobody's."""
    return any(CALLS & child.attrib.keys() or "name" in _tag(child).lower() for child in element)


def _step(element: Element) -> str:
    """The attribute that says which of several elements it is; empty where none does.

    `<field name="email">…</field>` holds a value; of `<lead name="Ada" email="…"/>` and of
    `<person name="Ada"><email>…</email></person>` the name is a value like the others.
    """
    given = element.attrib
    holds_text = bool((element.text or "").strip()) or not ANSWERS.isdisjoint(given)
    if not holds_text and not len(element):
        return ""
    steps = STEPS if not len(element) else ("part", "key", "type")
    is_called = not CALLS.isdisjoint(given)
    fitting = (name for name in steps if given.get(name) and not (name == "type" and is_called))
    return next(fitting, "")


def _merged(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as an object; `name.first` and `name.last` share the object `name`."""
    steps: dict[str, list[tuple[str, Any]]] = {}
    plain: list[tuple[str, Any]] = []
    for name, value in pairs:
        head, dot, step = name.partition("\0")
        if dot:
            steps.setdefault(head, []).append((step, value))
        else:
            plain.append((head, value))
    whole = {head: gather(parts) for head, parts in steps.items()}
    return gather([*whole.items(), *plain])


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
