"""XML as fields, ADF among it: elements by name, `<name part="first">` as `name.first`."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from leads.intake.body.fields import MAX_DEPTH, gather
from leads.intake.errors import Unreadable

STEPS = ("part", "type", "name", "key")
"""Attributes that say which of several equal elements it is."""


def read(text: str) -> dict[str, Any]:
    """The fields of a document. Raises Unreadable; entities and DTDs are not followed."""
    try:
        # A declared encoding is of the bytes; this is text already.
        root = fromstring(text.encode(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unreadable("The body is not XML that can be read.") from None
    return {_tag(root): _value(root, 0)}


def _value(element: Element, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unreadable("The XML is nested too deeply.")
    text = (element.text or "").strip()
    attributes = [(name, value) for name, value in element.attrib.items() if name not in STEPS]
    inner = [(_step(child), _value(child, depth + 1)) for child in element]
    tails = " ".join(filter(None, ((child.tail or "").strip() for child in element)))
    if not inner and not attributes:
        return text
    pairs = [*attributes, *inner]
    if text or tails:
        pairs.append(("value", " ".join(filter(None, (text, tails)))))
    return _merged(pairs)


def _merged(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as an object; `name.first` and `name.last` share the object `name`."""
    whole: dict[str, Any] = {}
    plain: list[tuple[str, Any]] = []
    for name, value in pairs:
        head, dot, step = name.partition("\0")
        if dot and step not in (inner := whole.setdefault(head, {})):
            inner[step] = value
        else:
            plain.append((head, value))
    return gather([*whole.items(), *plain])


def _step(element: Element) -> str:
    """The element's name, and after a NUL which of several it is."""
    said = next((element.attrib[name] for name in STEPS if element.attrib.get(name)), "")
    return f"{_tag(element)}\0{said}" if said else _tag(element)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
