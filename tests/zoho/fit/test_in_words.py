"""What is done to a value is said in the reader's language, whatever is stored."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation

from leads.desk.kit.mendings import NOTES, PATTERNS, in_words, repairs_in_words


def notes() -> Iterator[str]:
    """Every note that a fitter gives, with 7 for what it counts."""
    for name in ("text", "values"):
        tree = ast.parse((settings.BASE_DIR / "zoho" / "fit" / f"{name}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Fit", "_rewritten"):
                at = 1 if ast.unparse(node.func) == "Fit" else 2
                for given in node.args[at : at + 1]:
                    yield from filter(None, texts(given))


def texts(given: ast.expr) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.IfExp):
        yield from (*texts(given.body), *texts(given.orelse))
    elif isinstance(given, ast.JoinedStr):
        parts = (str(p.value) if isinstance(p, ast.Constant) else "7" for p in given.values)
        yield "".join(parts)


def test_every_note_of_a_fitter_has_words() -> None:
    given = list(notes())

    assert len(given) > 25
    assert [one for one in given if not any(p.fullmatch(one) for p in PATTERNS.values())] == []


def test_every_note_is_translated() -> None:
    with translation.override("de"):
        assert [one for one in NOTES if translation.gettext(one) == one] == []


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (
            "longer than 10 characters, moved to Street",
            "länger als 10 Zeichen, nach Street verschoben",
        ),
        (
            "longer than 10 characters, moved to Description (Street is full)",
            "länger als 10 Zeichen, nach Description verschoben (Street ist voll)",
        ),
        (
            "written as a number; the whole value is in Description",
            "als Zahl geschrieben; der ganze Wert steht in Description",
        ),
        (
            "City is not in the layout “Standard”, moved to Description",
            "City ist nicht im Layout „Standard“, nach Description verschoben",
        ),
        (
            "spelled as in Zoho's list, not in Zoho's list, sent as a new choice",
            "geschrieben wie in Zohos Liste, nicht in Zohos Liste, als neue Auswahl gesendet",
        ),
        ("what nobody has translated", "what nobody has translated"),
    ],
)
def test_a_mending_in_german(stored: str, said: str) -> None:
    assert in_words(stored) == stored
    with translation.override("de"):
        assert in_words(stored) == said


def test_a_repair_names_our_own_field_in_german() -> None:
    repairs = ["zip: longer than 10 characters, cut", "Form_7: neither yes nor no"]

    with translation.override("de"):
        said = list(repairs_in_words(repairs))

    assert said == ["PLZ: länger als 10 Zeichen, gekürzt", "Form_7: weder Ja noch Nein"]
    assert list(repairs_in_words(repairs))[1] == "Form_7: neither yes nor no"
