"""The rows of the mapping page: stored rules as texts in inputs, and back. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zoho.fit.metadata import Fields
from zoho.mapping.rules import APPEND, LEAVE_OUT, StoredRule, faults_of
from zoho.mapping.transforms import TRANSFORMS

ALL_OTHERS = "*"
"""Stands for whatever arrives that no line of a value table names."""
TAKES = {
    "table": gettext_lazy("One a line: what arrives = what Zoho gets; * = what all others get"),
    "join": gettext_lazy("What stands between them; a comma without"),
}
"""What an argument is on the page, where that differs from how it is stored."""


def takes(transform: str) -> str:
    """What the argument of a transform is, in words; empty where it takes none."""
    return str(TAKES.get(transform) or TRANSFORMS[transform].takes)


@dataclass(frozen=True)
class Row:
    """One rule as it stands in the inputs."""

    source: str = ""
    transform: str = "as_is"
    argument: str = ""
    target: str = ""

    @classmethod
    def of(cls, rule: StoredRule) -> Row:
        """The inputs for a stored rule."""
        transform = rule.get("transform") or "as_is"
        return cls(
            write_sources(rule.get("source")),
            transform,
            write_argument(transform, rule.get("argument")),
            rule.get("target") or "",
        )

    @property
    def is_blank(self) -> bool:
        """Whether nothing was entered."""
        return not (self.source or self.argument.strip() or self.target)

    @property
    def takes(self) -> str:
        """What the argument is; empty where the transform takes none."""
        return takes(self.transform) if self.transform in TRANSFORMS else ""

    @property
    def reads(self) -> bool:
        """Whether the transform reads fields of the lead at all."""
        return self.transform not in TRANSFORMS or TRANSFORMS[self.transform].sources != "none"

    @property
    def lines(self) -> int:
        """How high the input of the argument is."""
        return min(8, self.argument.count("\n") + 1)

    def rule(self) -> StoredRule:
        """The rule to store. What the transform does not use is left out of it."""
        known = TRANSFORMS.get(self.transform)
        rule: StoredRule = {"target": self.target}
        if self.reads:
            many = known is not None and known.sources == "many"
            rule["source"] = read_sources(self.source) if many else self.source
        if self.transform != "as_is":
            rule["transform"] = self.transform
        if known and known.takes and self.argument:
            rule["argument"] = read_argument(self.transform, self.argument)
        return rule

    def faults(
        self, fields: Fields, reserved: Collection[str] = (), seen: Collection[str] = ()
    ) -> list[str]:
        """What is wrong with the row, a sentence a fault; `seen` are names that the site sends."""
        rule = self.rule()
        if self.target in reserved:
            return [
                (
                    _("%(target)s holds our reference: no rule may fill it.")
                    % {"target": self.target}
                )
            ]
        if self.transform == "table" and not isinstance(rule.get("argument"), dict):
            return [_("A value table has one pair a line: what arrives = what Zoho gets.")]
        return faults_of(rule, fields, seen)


def write_sources(source: Any) -> str:
    """One path, or several with commas between them; as JSON where a path has a comma itself."""
    if not isinstance(source, list):
        return str(source or "")
    text = ", ".join(map(str, source))
    plain = read_sources(text) == (source if len(source) > 1 else "".join(map(str, source)))
    return text if plain else json.dumps(source, ensure_ascii=False)


def read_sources(text: str) -> str | list[str]:
    """The path, or the list of paths, that was entered."""
    if text.startswith("["):
        try:
            paths = json.loads(text)
        except ValueError:
            paths = None
        if isinstance(paths, list) and all(isinstance(path, str) for path in paths):
            return paths
    paths = list(filter(None, map(str.strip, text.split(","))))
    return paths if len(paths) > 1 else text


def write_argument(transform: str, argument: Any) -> str:
    """The text for an argument: a value table as lines, whatever else is no text as JSON."""
    if argument is None or isinstance(argument, str):
        return argument or ""
    if isinstance(argument, dict):
        pairs = [*argument.get("values", {}).items()]
        pairs += [(ALL_OTHERS, argument["fallback"])] if argument.get("fallback") else []
        text = "\n".join(f"{arrives} = {gets}" for arrives, gets in pairs)
        if read_argument(transform, text) == argument:
            return text
    return json.dumps(argument, ensure_ascii=False)


def read_argument(transform: str, text: str) -> Any:
    """The argument that was entered; a table that cannot be read stays the text that it is."""
    text = text.replace("\r\n", "\n")
    if transform != "table":
        return text
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    lines = [line.partition("=") for line in text.splitlines() if line.strip()]
    if not all(sign for _arrives, sign, _gets in lines):
        return text
    pairs = {arrives.strip(): gets.strip() for arrives, _sign, gets in lines}
    fallback = pairs.pop(ALL_OTHERS, "")
    return {"values": pairs} | ({"fallback": fallback} if fallback else {})


@dataclass(frozen=True)
class Draft:
    """A mapping as it stands on the page, stored or not."""

    rows: list[Row] = field(default_factory=list)
    rest: str = APPEND

    @classmethod
    def of(cls, rules: Iterable[StoredRule], rest: str = APPEND) -> Draft:
        """The draft of stored rules."""
        return cls([Row.of(rule) for rule in rules], rest)

    @classmethod
    def posted(cls, columns: Mapping[str, list[str]], rest: str) -> Draft:
        """What was posted: a list of texts for each of the four inputs of a row."""
        texts = (
            (source.strip(), transform, argument.replace("\r\n", "\n"), target.strip())
            for source, transform, argument, target in zip(
                columns["source"],
                columns["transform"],
                columns["argument"],
                columns["target"],
                strict=False,
            )
        )
        return cls([Row(*row) for row in texts], LEAVE_OUT if rest == LEAVE_OUT else APPEND)

    def after(self, action: str) -> Draft:
        """The draft after one of the rows' buttons: up:2, down:2, remove:2, add."""
        rows, (name, _sign, place) = list(self.rows), action.partition(":")
        at = int(place) if place.isdecimal() and int(place) < len(rows) else None
        if at is not None and name == "remove":
            del rows[at]
        elif at is not None and name in ("up", "down"):
            row = rows.pop(at)
            rows.insert(max(0, at - 1) if name == "up" else at + 1, row)
        rows = [row for row in rows if not row.is_blank]
        return Draft([*rows, Row()] if name == "add" else rows, self.rest)

    def rules(self) -> list[StoredRule]:
        """The rules to store."""
        return [row.rule() for row in self.rows]

    def digest(self) -> str:
        """A name for exactly these rules."""
        text = json.dumps([self.rules(), self.rest], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
