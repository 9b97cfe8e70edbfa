"""XML: elements and attributes as fields, whichever of them a sender puts its values in."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.intake.body.read_any import read_submissions
from leads.intake.recognise.reading import read_as


def data_of(document: str) -> dict[str, Any]:
    """The fields of a document."""
    return read_submissions("text/xml", document.encode())[0].data


ADA = ("Ada Lovelace", "ada@x.example")
PEOPLE = [
    "<lead name='Ada Lovelace' email='ada@x.example'/>",
    "<leads><lead name='Ada Lovelace' email='ada@x.example'/></leads>",
    "<root><lead type='new' name='Ada Lovelace' email='ada@x.example'/></root>",
    "<lead name='Ada Lovelace'><email>ada@x.example</email></lead>",
    "<root><person name='Ada Lovelace'><email>ada@x.example</email></person></root>",
    "<lead key='7' type='web'><name>Ada Lovelace</name><email>ada@x.example</email></lead>",
    "<form name='Contact'><name>Ada Lovelace</name><email>ada@x.example</email></form>",
    "<form><field type='text' name='full_name'>Ada Lovelace</field>"
    "<field type='email' name='email'>ada@x.example</field></form>",
    "<form><field name='full_name' type='text'>Ada Lovelace</field>"
    "<field name='mail' type='email'>ada@x.example</field></form>",
    "<form><field type='text' label='Name'>Ada Lovelace</field>"
    "<field type='text' label='E-mail'>ada@x.example</field></form>",
    "<form><field type='text' question='Your name'>Ada Lovelace</field>"
    "<field type='email' question='Your e-mail'>ada@x.example</field></form>",
    "<form><field key='f1' label='Name'>Ada Lovelace</field>"
    "<field key='f2' label='E-mail'>ada@x.example</field></form>",
    "<form><field name='full_name' value='Ada Lovelace'/>"
    "<field name='email' value='ada@x.example'/></form>",
    "<form><field name='full_name'><value>Ada Lovelace</value></field>"
    "<field name='email'><value>ada@x.example</value></field></form>",
    "<form><section name='About you'><field name='full_name'>Ada Lovelace</field>"
    "<field name='email'>ada@x.example</field></section></form>",
    "<adf><prospect><customer><contact><name part='full' type='individual'>Ada Lovelace</name>"
    "<email preferredcontact='1'>ada@x.example</email></contact></customer></prospect></adf>",
]


@pytest.mark.parametrize("document", PEOPLE)
def test_a_person_is_read_wherever_the_document_says_it(document: str) -> None:
    read = read_as(data_of(document))

    assert (read.fields.get("contact_name"), read.fields.get("email")) == ADA
    assert not read.unclear


@pytest.mark.parametrize(
    ("document", "data"),
    [
        ("<a type='t' key='k'>x</a>", {"a": {"type": "t", "key": "k", "value": "x"}}),
        ("<a name='n'/>", {"a": {"name": "n"}}),
        ("<a><b name='n' type='t'>x</b></a>", {"a": {"b": {"n": {"type": "t", "value": "x"}}}}),
        ("<a><b type='t'>x</b></a>", {"a": {"b": {"t": "x"}}}),
        ("<a><b name=''>x</b></a>", {"a": {"b": {"name": "", "value": "x"}}}),
        (
            "<a><b type='t'>x</b><b type='t'>y</b><b>z</b></a>",
            {"a": {"b": [{"t": ["x", "y"]}, "z"]}},
        ),
        (
            "<a><name part='first'>Ada</name><name part='last'>Byron</name></a>",
            {"a": {"name": {"first": "Ada", "last": "Byron"}}},
        ),
        (
            "<a name='Form'><b name='n'>x</b></a>",
            {"a": {"label": "Form", "b": {"n": "x"}}},
        ),
    ],
)
def test_an_attribute_is_a_field_or_the_way_to_one(document: str, data: dict[str, Any]) -> None:
    assert data_of(document) == data


WORDS = st.text("abcäß ", min_size=1, max_size=6).map(str.strip).filter(bool)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["name", "type", "key", "part", "value", "label", "id", "email"]), WORDS
)


@st.composite
def elements(draw: Any, depth: int = 0) -> str:
    """An element with attributes, text and others in it."""
    given_ = "".join(f" {name}={quoteattr(text)}" for name, text in draw(ATTRIBUTES).items())
    tag = draw(st.sampled_from(["lead", "field", "name", "email"]))
    inner = draw(st.lists(elements(depth + 1), max_size=3)) if depth < 2 else []
    tails = [one + draw(WORDS | st.just("")) for one in inner]
    return f"<{tag}{given_}>{draw(WORDS | st.just(''))}{''.join(tails)}</{tag}>"


@given(elements())
def test_no_word_of_a_document_is_lost(document: str) -> None:
    said = re.findall(r"\"([^\"]*)\"|>([^<]+)<", document)

    held = repr(data_of(document))

    for text in filter(None, (one.strip() for pair in said for one in pair)):
        assert text in held
