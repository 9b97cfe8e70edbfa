"""What a lead is counted under: source, campaign and page, and nothing of a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.counters.attribution import HIDDEN, LONGEST, NONE, attribution_of, parts_of

TAGGED = {"utm_source": "Google", "utm_medium": "cpc", "utm_campaign": "Summer 2026"}


def parts(page: str = "", **data: Any) -> dict[str, str]:
    return parts_of(attribution_of("form", None, page, data))


@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("", TAGGED),
        ("https://a.example/x?utm_source=Google&utm_medium=cpc&utm_campaign=Summer+2026", {}),
        ("", {"fields": TAGGED}),
        ("", {"page_url": "https://a.example/?UTM&utm_source=google", **TAGGED}),
        ("https://a.example/?utm_source=bing", TAGGED),
    ],
)
def test_a_campaign_is_read_from_the_fields_or_from_the_page(
    page: str, data: dict[str, Any]
) -> None:
    assert parts(page, **data)["campaign"] == "google / cpc / summer 2026"


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("https://Shop.Example/Sale/?q=ana@example.com#x", "shop.example/sale"),
        ("shop.example/sale?id=7", "shop.example/sale"),
        ("https://shop.example/", "shop.example"),
        ("https://shop.example/orders/4035551106/thanks", "shop.example/orders/(hidden)/thanks"),
        ("https://shop.example/of/ana%40example.com", "shop.example/of/(hidden)"),
        ("https://shop.example/of/ana%2540example.com", "shop.example/of/(hidden)"),
        ("", NONE),
        ("https://[::1", HIDDEN),
    ],
)
def test_a_page_is_host_and_path_without_query(page: str, shown: str) -> None:
    assert parts(page)["page"] == shown


@pytest.mark.parametrize(
    "value",
    [
        "ana@example.com",
        "4035551106",
        "(403) 555-1106",
        "+1 403.555.1106",
        "2026-11-27",
        "id1234567",
    ],
)
def test_what_looks_like_an_address_or_a_number_is_hidden(value: str) -> None:
    assert parts(utm_source="x", utm_campaign=value)["campaign"] == f"x / - / {HIDDEN}"


@pytest.mark.parametrize("value", ["summer-2026", "top 10", "q4"])
def test_a_short_number_is_none_of_a_person(value: str) -> None:
    assert parts(utm_source=value)["campaign"] == f"{value} / - / -"


def test_without_a_tag_there_is_no_campaign() -> None:
    assert parts("https://shop.example/?q=1", email="ana@example.com")["campaign"] == NONE


def test_a_webhook_source_has_its_id() -> None:
    assert parts_of(attribution_of("webhook", 7, "", {}))["source"] == "webhook:7"


ANY = st.text(alphabet=st.characters(), max_size=150)


@given(ANY, st.dictionaries(st.sampled_from([*TAGGED, "page", "url"]), ANY, max_size=4))
def test_whatever_comes_is_three_short_texts_in_one_line_each(
    page: str, data: dict[str, Any]
) -> None:
    found = attribution_of("api", None, page, data)

    values = parts_of(found)
    assert values.pop("crossed") == f"api {values['campaign']}"
    assert list(values) == ["source", "campaign", "page"]
    assert all(0 < len(value) <= LONGEST for value in values.values())
    found.encode()
    assert "\x00" not in found


@given(st.from_regex(r"\+?[0-9]([0-9 ().-]{0,2}[0-9]){6,12}", fullmatch=True), st.booleans())
def test_no_telephone_number_is_counted_under(number: str, in_page: bool) -> None:
    data = {} if in_page else {"utm_campaign": number}
    found = parts(f"https://a.example/{number}" if in_page else "", **data)

    assert number not in found["campaign"] + found["page"]
