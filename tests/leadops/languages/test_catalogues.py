"""German is complete, as the code is today, and what is compiled is what is written."""

from __future__ import annotations

import gettext
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
GENERATOR = ROOT / "docs" / "generators" / "messages.py"
WRITTEN = sorted((ROOT / "locale").rglob("*.po"))
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TAGS = re.compile(r"</?\w+")


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """The program that writes the catalogues."""
    spec = importlib.util.spec_from_file_location("messages", GENERATOR)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(path: Path) -> list[Message]:
    """The texts of a catalogue."""
    with path.open("rb") as file:
        return [one for one in read_po(file) if one.id]


def pairs(one: Message) -> list[tuple[str, str]]:
    """Each form of a text with its translation."""
    if isinstance(one.id, str):
        return [(one.id, str(one.string or ""))]
    return list(zip(one.id, one.string or (), strict=True))


def test_every_text_of_the_code_is_in_its_catalogue(messages: ModuleType) -> None:
    """Else: `python docs/generators/messages.py`, and translate what it names."""
    for path, known in messages.catalogues():
        assert path.read_bytes() == messages.as_text(known), path.name


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_text_is_translated(path: Path) -> None:
    missing = [one.id for one in written(path) if one.fuzzy or not all(t for _, t in pairs(one))]

    assert missing == []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_a_translation_holds_what_its_text_holds(path: Path) -> None:
    """Placeholders and tags, each as often; blanks at the ends."""
    for one in written(path):
        for text, translation in pairs(one):
            for kind in (PLACES, TAGS):
                assert sorted(kind.findall(text)) == sorted(kind.findall(translation)), text
            assert text[0].isspace() == translation[0].isspace(), text
            assert text[-1].isspace() == translation[-1].isspace(), text


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_what_is_compiled_says_what_is_written(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for one in written(path):
        for count, (_text, translation) in zip((1, 2), pairs(one), strict=False):
            assert said_by(compiled, one, count) == translation


def said_by(compiled: gettext.GNUTranslations, one: Message, count: int) -> str:
    """A text as the compiled catalogue has it, for a number of things."""
    if isinstance(one.id, str):
        return compiled.pgettext(one.context, one.id) if one.context else compiled.gettext(one.id)
    first, many = one.id
    if one.context:
        return compiled.npgettext(one.context, first, many, count)
    return compiled.ngettext(first, many, count)
