"""How a value is made to fit each type of field."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from leads.reasons import Reason
from zoho.fit import patterns
from zoho.fit.kinds import BY_TYPE, fit
from zoho.fit.metadata import Field
from zoho.fit.readers import Home
from zoho.fit.text import Fit, cut, size

LIST = (("Web site", "web"), ("Trade fair", "Trade fair"))
GERMANY = Home("DE")


def fitted(kind: str, value: Any, length: int = 20, **values: Any) -> Fit:
    return fit(value, Field("X", kind, length, **values), GERMANY)


@pytest.mark.parametrize(
    ("kind", "value", "sent", "note", "keep"),
    [
        ("text", " a ", "a", "", False),
        ("text", 5, "5", "", False),
        ("text", "word " * 9, "word word word word", "longer than 20 characters, cut", True),
        ("email", "ada@example.org", "ada@example.org", "", False),
        (
            "email",
            "Ada <ada@example.org>.",
            "ada@example.org",
            "the address was taken out of a longer text",
            True,
        ),
        ("email", "a@b.de or c@d.de", None, "not an e-mail address as Zoho wants it", False),
        ("email", "long.name@example.org", None, "longer than 20 characters", False),
        ("website", "example.org/?q", "example.org/?q", "", False),
        ("website", "not one", None, "not a web address as Zoho wants it", False),
        ("website", "https://example.org/abc", None, "longer than 20 characters", False),
        ("phone", "+49 30-90.1820", "+49 30-90.1820", "", False),
        ("phone", "0800 FLOWERS", "0800 FLOWERS", "", False),
        ("phone", "91(987)654321", "91(987)654321", "", False),
        ("phone", "030 / 901820", "030 901820", "separators replaced by blanks", True),
        (
            "phone",
            "please call 030/901820 today",
            "030 901820",
            "the number was taken out of a longer text",
            True,
        ),
        ("phone", "unknown!", None, "not a phone number of at most 20 characters", False),
        ("phone", "1" * 21, None, "not a phone number of at most 20 characters", False),
        ("picklist", "Web site", "Web site", "", False),
        ("picklist", "web", "web", "", False),
        ("picklist", "WEB SITE", "Web site", "spelled as in Zoho's list", False),
        ("picklist", "Radio", "Radio", "not in Zoho's list, sent as a new choice", False),
        ("picklist", "R" * 21, None, "longer than 20 characters", False),
        ("multiselectpicklist", "Web site", ["Web site"], "", False),
        (
            "multiselectpicklist",
            ["web site", "", None],
            ["Web site"],
            "spelled as in Zoho's list",
            False,
        ),
        ("multiselectpicklist", ["R" * 21, "web"], ["web"], "longer than 20 characters", True),
        ("multiselectpicklist", ["R" * 21], None, "longer than 20 characters", True),
        ("date", "2026-12-31", "2026-12-31", "", False),
        ("date", "31.12.2026", "2026-12-31", "written as yyyy-MM-dd", True),
        ("date", "31.12.2026 10:00", "2026-12-31", "the day of a date with time", True),
        ("date", "soon", None, "not a date that can be read", False),
        ("datetime", "2026-05-03T10:00:00+02:00", "2026-05-03T10:00:00+02:00", "", False),
        (
            "datetime",
            "3.5.2026 10:00",
            "2026-05-03T10:00:00+00:00",
            "written with date, time and offset",
            True,
        ),
        ("datetime", "soon", None, "not a date and time that can be read", False),
        ("boolean", True, True, "", False),
        ("boolean", "no", False, "read as yes or no", True),
        ("boolean", "maybe", None, "neither yes nor no", False),
        ("bigint", "0012345600012", "0012345600012", "", False),
        ("bigint", 12, "12", "", False),
        ("bigint", "12 pieces", None, "not a whole number of at most 20 digits", False),
        ("lookup", {"id": "42"}, {"id": "42"}, "", False),
        ("lookup", {"id": "42", "name": "A"}, {"id": "42"}, "only the id was sent", True),
        ("ownerlookup", "42", {"id": "42"}, "sent as a record id", False),
        ("lookup", "Acme", None, "not the id of a Zoho record", False),
        ("lookup", {"id": ["42"]}, None, "not the id of a Zoho record", False),
        ("lookup", True, None, "not the id of a Zoho record", False),
        ("tags", "a, b", [{"name": "a"}, {"name": "b"}], "", False),
        ("tags", [{"name": "a"}], [{"name": "a"}], "", False),
        ("tags", {"name": "a"}, [{"name": "a"}], "", False),
        ("tags", {"name": 5}, None, "not a list of tags", False),
        ("tags", ",", None, "no tag in it", False),
        ("subform", [{"a": 1}], [{"a": 1}], "", False),
        ("subform", "a", None, "not a list of JSON objects", False),
        ("fileupload", [{"File_Id__s": "a"}], [{"File_Id__s": "a"}], "", False),
        ("fileupload", [{"id": 5}], None, "not a list of Zoho's file ids", False),
        ("fileupload", "a", None, "not a list of Zoho's file ids", False),
    ],
)  # fmt: skip
def test_a_value_fits_or_is_made_to_fit(
    kind: str, value: Any, sent: Any, note: str, keep: bool
) -> None:
    found = fitted(kind, value, values=LIST)

    assert (found.value, found.note, found.keep) == (sent, note, keep)


@pytest.mark.parametrize(
    ("value", "sent", "note"),
    [
        (12, 12, ""),
        ("12", 12, ""),
        (12.0, 12, "written as a number"),
        ("1,200", 1200, "written as a number"),
        ("12.5", None, "not a whole number"),
        ("a", None, "not a whole number"),
        (True, None, "not a whole number"),
        ([1], None, "not a whole number"),
        (1e300, None, "more than 9 digits"),
        (float("inf"), None, "not a whole number"),
        (-999_999_999, -999_999_999, ""),
        (10**9, None, "more than 9 digits"),
    ],
)
def test_whole_numbers(value: Any, sent: int | None, note: str) -> None:
    found = fitted("integer", value, length=9)

    assert (found.value, found.note) == (sent, note)


@pytest.mark.parametrize(
    ("value", "sent", "note", "keep"),
    [
        (5, 5, "", False),
        (5.0, 5, "", False),
        (2.5, 2.5, "", False),
        ("2.5", 2.5, "", False),
        ("€ 1.234,50", 1234.5, "written as a number", True),
        ("2,345", 2.34, "rounded to 2 decimals", True),
        ("2.345", 2345, "written as a number", True),
        ("much", None, "not a number", False),
        (10**16, None, "more than 16 digits before the point", False),
        (1e300, None, "more than 16 digits before the point", False),
        ("9999999999999999.999", None, "more than 16 digits before the point", False),
    ],
)
def test_sums(value: Any, sent: Any, note: str, keep: bool) -> None:
    found = fitted("currency", value, length=16, decimals=2)

    assert (found.value, found.note, found.keep) == (sent, note, keep)


def test_digits_that_json_cannot_carry_are_kept_beside_the_number() -> None:
    found = fitted("double", "123456789.1234567891", length=16)

    assert (found.value, found.keep) == (123456789.12345679, True)


def test_a_refusal_names_its_reason() -> None:
    assert fitted("picklist", "R" * 21).reason == Reason.TOO_LONG
    assert fitted("picklist", "Radio", values=LIST, closed=True).reason == Reason.NOT_IN_LIST
    assert fitted("date", "soon").reason == Reason.INVALID_VALUE


@pytest.mark.parametrize(
    ("json_type", "value", "sent"),
    [
        ("jsonarray", [{"a": 1}], [{"a": 1}]),
        ("jsonobject", {"a": 1}, {"a": 1}),
        ("jsonobject", "a", None),
        ("boolean", "yes", True),
        ("string", "a", "a"),
    ],
)
def test_an_unknown_type_goes_by_its_json_type(json_type: str, value: Any, sent: Any) -> None:
    assert fitted("novelty", value, json_type=json_type).value == sent


def test_the_field_tag_takes_tags_whatever_its_type_says() -> None:
    assert fit("a", Field("Tag", "text", 2000), GERMANY).value == [{"name": "a"}]


def test_every_type_has_one_row() -> None:
    assert len(BY_TYPE) == sum(len(kind.types) for kind in set(BY_TYPE.values()))


@pytest.mark.parametrize(
    ("text", "limit", "beginning"),
    [
        ("abc", 3, "abc"),
        ("one two three", 9, "one two"),
        ("onetwothree", 9, "onetwothr"),
        ("abcde\u0301f", 5, "abcd"),
        ("ab👩\u200d👩\u200d👧", 4, "ab"),
        ("abc👍🏽", 4, "abc"),
        ("a" + "\u0301" * 40, 20, "a" + "\u0301" * 11),
        ("\u0301\u0301", 1, "\u0301"),
    ],
)
def test_a_cut_keeps_words_and_signs_whole(text: str, limit: int, beginning: str) -> None:
    assert cut(text, limit) == beginning


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("a@b.de", True),
        ("+a_!#$%&'*+-/=?^_`{|}~.@ex-am_ple.org", True),
        ("é@müller.example", True),
        ("e\u0301@e\u0301x.org", True),
        (".a@b.de", False),
        ("a b@c.de", False),
        ("a@b", False),
        ("a@b.d", False),
        ("a@-b.de", False),
        ("a@b..de", False),
        ("a@b!.de", False),
        ("a@b.d1", False),
        ("@b.de", False),
        ("a@" + "b" * 260 + ".de", False),
    ],
)
def test_the_email_rule(text: str, good: bool) -> None:
    assert patterns.is_email(text) is good


def test_a_message_is_not_searched_for_numbers() -> None:
    assert patterns.find_phone("030 901820 " * 200) == ""


# --- Lists, lengths, tags ----------------------------------------------------------------------

CHOICES = tuple((one, one) for one in ("Pools", "Hot tubs", "Saunas", "Sales, retail", "R & D"))


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("Pools, Saunas", ["Pools", "Saunas"]),
        ("Pools;Saunas; Hot tubs", ["Pools", "Saunas", "Hot tubs"]),
        ("pools | HOT TUBS", ["Pools", "Hot tubs"]),
        ("Pools\nSaunas", ["Pools", "Saunas"]),
        ("Pools / Saunas", ["Pools", "Saunas"]),
        ("Pools & Saunas", ["Pools", "Saunas"]),
        *((f"Pools{one}Saunas", ["Pools", "Saunas"]) for one in "，、；،؛·•・｜／\r\u2028\u2029"),
        ("Pools、Fountains", ["Pools、Fountains"]),
        ("Pools, Pools", ["Pools"]),
        ("Pools,,Saunas,", ["Pools", "Saunas"]),
        ("Sales, retail", ["Sales, retail"]),
        ("Pools, Sales, retail, R & D", ["Pools", "Sales, retail", "R & D"]),
        (["Pools, Saunas", "Hot tubs"], ["Pools", "Saunas", "Hot tubs"]),
        ("Pools, Fountains", ["Pools, Fountains"]),
        ("Sales, wholesale", ["Sales, wholesale"]),
        (", ,", [", ,"]),
    ],
)
def test_many_values_in_one_text_go_one_by_one_where_all_are_listed(
    value: Any, sent: list[str]
) -> None:
    assert fitted("multiselectpicklist", value, 100, values=CHOICES).value == sent


@pytest.mark.parametrize("text", ["hot tubs", "Hot  tubs", "Hot\u00a0tubs", " HOT\u202fTUBS "])
def test_a_choice_is_found_whatever_its_blanks_and_capitals(text: str) -> None:
    fit_of = fitted("picklist", text, 100, values=CHOICES)

    assert (fit_of.value, fit_of.keep) == ("Hot tubs", False)


@pytest.mark.parametrize(
    ("text", "choices", "found"),
    [
        ("İstanbul", ["Istanbul"], "Istanbul"),
        ("istanbul", ["İstanbul"], "İstanbul"),
        ("ISTANBUL", ["İstanbul"], "İstanbul"),
        ("IĞDIR", ["Iğdır"], "Iğdır"),
        ("DİYARBAKIR", ["Diyarbakır"], "Diyarbakır"),
        ("kir", ["Kır", "Kir"], "Kir"),
        ("KIR", ["Kır", "Kir"], "Kir"),
        ("KİR", ["Kır", "KIR"], "KİR"),  # either could be meant
    ],
)
def test_a_choice_is_found_in_turkish_where_it_is_the_only_one(
    text: str, choices: list[str], found: str
) -> None:
    values = tuple((one, one) for one in choices)

    assert fitted("picklist", text, 100, values=values).value == found


RENAMED = (("Neu", "New"), ("Blau", "B"), ("Rot, hell", "R"), ("b-ware", "Outlet"), ("Alt", "neu"))


@pytest.mark.parametrize(
    ("text", "one", "several"),
    [
        ("Neu", "Neu", ["Neu"]),
        ("New", "New", ["New"]),
        ("new", "New", ["New"]),
        (" NEW\u00a0", "New", ["New"]),
        ("outlet", "Outlet", ["Outlet"]),
        ("NEU", "Neu", ["Neu"]),  # what people see comes before what is kept
        ("new; b", "new; b", ["New", "B"]),
        ("New; neu", "New; neu", ["New", "neu"]),
        ("neu, r, outlet", "neu, r, outlet", ["neu", "R", "Outlet"]),
        ("rot, hell, B", "rot, hell, B", ["Rot, hell", "B"]),
        ("new; yellow", "new; yellow", ["new; yellow"]),
        ("newer", "newer", ["newer"]),
    ],
)
def test_a_choice_is_found_as_it_is_shown_and_as_it_is_kept(
    text: str, one: str, several: list[str]
) -> None:
    assert fitted("picklist", text, 100, values=RENAMED).value == one
    assert fitted("multiselectpicklist", text, 100, values=RENAMED).value == several


@pytest.mark.parametrize(
    ("value", "sent", "keep"),
    [
        ("Web", [{"name": "Web"}], False),
        ("t" * 25, [{"name": "t" * 25}], False),
        ("t" * 26, [{"name": "t" * 25}], True),
        ("Spring campaign of the northern stores", [{"name": "Spring campaign of the"}], True),
        ([{"name": "u" * 30}, {"name": "Web"}], [{"name": "u" * 25}, {"name": "Web"}], True),
        (["Web", "Web"], [{"name": "Web"}], False),
    ],
)
def test_a_tag_of_over_25_characters_is_shortened(
    value: Any, sent: list[dict[str, str]], keep: bool
) -> None:
    fit_of = fitted("tags", value)

    assert (fit_of.value, fit_of.keep) == (sent, keep)
    assert bool(fit_of.note) is keep


def test_lengths_are_counted_in_characters_or_in_units_of_utf_16(settings: Any) -> None:
    text = "😀" * 10
    assert fitted("text", text, 15).value == text

    settings.ZOHO_EMOJI_COUNTS_TWICE = True

    assert fitted("text", text, 15).value == "😀" * 7
    assert fitted("text", text, 20).value == text
    assert fitted("picklist", text, 15).value is None


@given(st.text(max_size=40), st.integers(1, 20), st.booleans())
def test_what_is_cut_is_a_beginning_that_fits(text: str, limit: int, utf16: bool) -> None:
    with override_settings(ZOHO_EMOJI_COUNTS_TWICE=utf16):
        kept = cut(text, limit)

        assert text.startswith(kept)
        assert size(kept) <= limit
        assert kept or not text.strip() or size(text[0]) > limit or text[0].isspace()
