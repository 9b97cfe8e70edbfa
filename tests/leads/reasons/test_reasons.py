"""Reasons: each has its words, once, everywhere."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from leads.models import Lead
from leads.reasons import ABOUT, Reason

DOCS = Path(__file__).parents[3] / "docs"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "docs_reasons", DOCS / "generators" / "reasons.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_reason_and_no_other_is_explained() -> None:
    assert set(ABOUT) == set(Reason.values)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_title_meaning_owner_and_advice_of_its_own(reason: Reason) -> None:
    about = reason.about

    assert str(reason.label)
    assert str(about.means)
    assert str(about.advice)
    assert about.owner.label
    assert about.remedy.label
    assert len(reason.value) <= (Lead._meta.get_field("reason").max_length or 0)


def test_titles_and_meanings_are_told_apart() -> None:
    assert len({str(reason.label) for reason in Reason}) == len(Reason)
    assert len({str(reason.about.means) for reason in Reason}) == len(Reason)


def test_the_page_of_reasons_is_the_list_as_it_is() -> None:
    assert (DOCS / "reasons.md").read_text() == script().as_markdown(), (
        "run python docs/generators/reasons.py"
    )
