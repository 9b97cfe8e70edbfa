"""The tables of docs/mapping.md, made from what the code goes by: `manage.py mapping_tables`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zoho.api.options import RECORD, TOP
from zoho.fit.kinds import KINDS
from zoho.mapping.record import POSTCODE_LIMIT, POSTCODES
from zoho.mapping.rules import DEFAULT_RULES
from zoho.mapping.transforms import TRANSFORMS

DOCUMENT = Path(__file__).parents[2] / "docs" / "mapping.md"
BEGIN, END = "<!-- table: {} -->", "<!-- end -->"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in line)} |" for line in lines)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _default_rules() -> str:
    sources = (
        rule["source"] if isinstance(rule["source"], list) else [rule["source"]]
        for rule in DEFAULT_RULES
    )
    return _table(
        ("field of the lead", "Zoho field", "transform"),
        (
            (_code(source), f"`{rule['target']}`", f"`{rule.get('transform', 'as_is')}`")
            for source, rule in zip(sources, DEFAULT_RULES, strict=True)
        ),
    )


def _transforms() -> str:
    return _table(
        ("name", "what it does", "argument"),
        ((f"`{name}`", str(one.title), str(one.takes)) for name, one in TRANSFORMS.items()),
    )


def _repairs() -> str:
    moves = (
        (f"`{code}`", f"A postcode of up to {POSTCODE_LIMIT} characters",
         f"Longer: moves to `{street}`, or to Description when that is full")
        for code, street in POSTCODES.items()
    )  # fmt: skip
    kinds = ((_code(kind.types), kind.takes, kind.repairs) for kind in KINDS)
    return _table(("field or type", "takes", "what does not fit"), [*moves, *kinds])


def _options() -> str:
    places = [(TOP, "beside the records"), (RECORD, "on each record")]
    return _table(
        ("option", "where", "form", "what it does"),
        (
            (f"`{name}`", place, option.form, option.does)
            for options, place in places
            for name, option in options.items()
        ),
    )


TABLES = {
    "default rules": _default_rules,
    "transforms": _transforms,
    "repairs": _repairs,
    "options": _options,
}


def renew(text: str) -> str:
    """The document with its tables as the code has them now."""
    for name, make in TABLES.items():
        begin = BEGIN.format(name)
        before, rest = text.split(begin, 1)
        after = rest.split(END, 1)[1]
        text = f"{before}{begin}\n{make()}\n{END}{after}"
    return text
