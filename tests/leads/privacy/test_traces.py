"""Where a person is named in the text of what was rejected."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.privacy.traces import Wanted
from leads.privacy.unfolded import plain

EMAIL = "ana@example.com"
SPELLINGS = [
    "+1 (403) 555-1106",
    "001 403 555 1106",
    "1-403-555-1106",
    "4035551106",
    "403.555.1106",
    "(403) 555-1106",
    "403/555 1106",
]
ENCODINGS: dict[str, Callable[[str], str]] = {
    "JSON": lambda value: json.dumps({"zip": "T5J", "who": value, "age": 41}),
    "broken JSON": lambda value: f'{{"age": , "who": "{value}"',
    "JSON in escapes": lambda value: json.dumps(
        {"who": "".join(f"\\u{ord(char):04x}" for char in value)}
    ).replace("\\\\", "\\"),
    "a line of JSON": lambda value: json.dumps({"message": f"reach me:\n{value}\nBye"}),
    "form": lambda value: urlencode({"zip": "T5J", "who": value, "age": 41}),
    "form, all of it": lambda value: "who=" + "".join(f"%{byte:02x}" for byte in value.encode()),
    "form twice": lambda value: urlencode({"body": urlencode({"who": value})}),
    "an address in JSON": lambda value: json.dumps(
        {"page": f"https://a.example/?who={quote(value)}"}
    ),
    "multipart": lambda value: f'--x\r\nname="who"\r\n\r\n{value}\r\n--x--',
    "XML": lambda value: f"<lead><who>{value}</who></lead>",
    "HTML": lambda value: f"<p>{''.join(f'&#{ord(char)};' for char in value)}</p>",
    "a sentence": lambda value: f"Call me ({value}), please.",
    "the end of one": lambda value: f"I am {value}.",
    "a list": lambda value: f"{value};eva@example.org, 17",
}


def is_named(text: str, email: str = "", phone: str = "") -> bool:
    return Wanted([email], [phone]).is_named_in(plain(text))


def may_be_named(text: str, email: str = "", phone: str = "") -> bool:
    wanted, text = Wanted([email], [phone]), plain(text)
    return not wanted.is_named_in(text) and wanted.may_be_in(text)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("written", [EMAIL, "Ana@Example.COM"])
def test_an_address_is_found_in_every_encoding(encoding: str, written: str) -> None:
    assert is_named(ENCODINGS[encoding](written), email=EMAIL)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("written", SPELLINGS)
def test_a_number_is_found_in_every_spelling(encoding: str, written: str) -> None:
    text = ENCODINGS[encoding](written)

    assert [known for known in SPELLINGS if not is_named(text, phone=known)] == []


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("+44 20 7946 0000", "020 7946 0000"),
        ("020 7946 0000", "+44 (0)20 7946 0000"),
        ("+351 912 345 678", "912345678"),
        ("+39 06 1234 5678", "06 1234 5678"),
        ("555-1106", "5551106"),
        ("+1 403 555 1106", "403-555-1106x12"),
        ("+1 403 555 1106", "403-555-1106 ext. 12"),
        ("4035551106", "suite 12 4035551106"),
    ],
)
def test_a_number_is_the_same_at_home_and_from_abroad(known: str, written: str) -> None:
    assert is_named(f'{{"phone": "{written}"', phone=known)
    assert is_named(f'{{"phone": "{known}"', phone=written.partition("x")[0])


@pytest.mark.parametrize("encoding", ["JSON", "form", "XML", "a sentence", "an address in JSON"])
@pytest.mark.parametrize(
    "other",
    [
        "xana@example.com",
        "john.ana@example.com",
        "john+ana@example.com",
        "john-ana@example.com",
        "o'ana@example.com",
        "ana@example.com.au",
        "ana@example.community",
        "ana@example-com",
        "ana@example.com-pany.org",
        "ana@mail.example.com",
    ],
)
def test_a_longer_address_is_somebody_elses(encoding: str, other: str) -> None:
    assert not is_named(ENCODINGS[encoding](other), email=EMAIL)


@pytest.mark.parametrize("encoding", ["JSON", "form", "XML", "a sentence"])
@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("555-1106", "403 555-1106"),
        ("555-1106", "403-555-1106"),
        ("4035551106", "40355511067"),
        ("4035551106", "94035551106"),
        ("4035551106", "A4035551106B"),
        ("+1 403 555 1106", "+44 4035551106"),
        ("+1 403 555 1106", "+1 403 555 1107"),
        ("+351 912 345 678", "+49 912 345 678"),
        ("5551106", "455551106"),
        ("0000000", "0"),
    ],
)
def test_another_number_is_somebody_elses(encoding: str, known: str, other: str) -> None:
    assert not is_named(ENCODINGS[encoding](other), phone=known)


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"phone": "1"}, '{"phone": "1"}'),
        ({"phone": "1"}, "children=1&city=Rome"),
        ({"phone": "+351 1"}, "phone=%2B351+1"),
        ({"phone": "unknown"}, '{"phone": "Unknown"}'),
        ({"email": "none"}, "email=none&age=41"),
        ({"phone": "0000000"}, '{"phone": "0000000"}'),
    ],
)
def test_what_is_no_address_and_too_short_for_a_number_is_no_proof(
    known: dict[str, str], text: str
) -> None:
    assert may_be_named(text, **known)


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"phone": "1"}, '{"phone": "+1 403 555 1106", "zip": "10115"}'),
        ({"email": "none"}, "city=Nonesuch"),
        ({"phone": "", "email": ""}, '{"phone": ""}'),
    ],
)
def test_a_part_of_a_word_or_number_is_not_even_that(known: dict[str, str], text: str) -> None:
    assert not may_be_named(text, **known)


digits = st.text("0123456789", min_size=7, max_size=15).filter(lambda text: text.strip("0"))
names = st.text("abcxyz019._-", min_size=1, max_size=12).filter(
    lambda name: name[0].isalnum() and name[-1].isalnum()
)
encodings = st.sampled_from(sorted(ENCODINGS))


@given(digits, st.lists(st.sampled_from(["", " ", "-", ".", " (", ") "])), encodings)
def test_however_its_digits_are_parted_a_number_is_found(
    number: str, marks: list[str], encoding: str
) -> None:
    written = "".join(
        digit + mark for digit, mark in zip(number, [*marks, *[""] * 15], strict=False)
    ).strip("( -.")

    assert is_named(ENCODINGS[encoding](written), phone=number)


@given(names, names, encodings)
def test_an_address_is_found_and_one_that_ends_like_it_is_not(
    name: str, other: str, encoding: str
) -> None:
    text = ENCODINGS[encoding](f"{name}@{name}.example")

    assert is_named(text, email=f"{name}@{name}.example")
    assert is_named(text, email=f"{other}@{name}.example") == (name == other)


@given(st.text(), st.text(), st.text())
def test_any_text_is_read(email: str, phone: str, text: str) -> None:
    wanted = Wanted([email], [phone])

    wanted.is_named_in(plain(text))
    wanted.may_be_in(plain(text))
