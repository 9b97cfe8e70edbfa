"""Numbers are found however they are kept, and however they are typed."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leads.search.numbers import TRUNK
from leads.search.words import tokens_of
from tests.leads.search.finding import finds

SLOW_MACHINES_TOO = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None
)

MUNICH = "089/123456", "089 / 123456", "089-123456", "(089) 123456", "+49 (0)89 / 123 456"
HEIDELBERG = "06221/55042", "06221 - 55042", "+49(0)6221/55042", "0049 6221 55 04 2"
CALGARY = (
    *("4035551106", "403–555–1106", "403\u2011555\u20111106", "403\u2012555\u20121106"),
    *("403·555·1106", "403.555.1106", "403,555,1106", "403\u00a0555\u20091106", "403/555/1106"),
    *("403_555_1106", "403|555|1106", "403−555−1106", "（403）555－1106", "+1 (403) 555-1106"),
    *("tel:+1-403-555-1106", "Tel.: 403 555 1106", "\u202a+1 403 555 1106\u202c", "٤٠٣ ٥٥٥ ١١٠٦"),
    *("403 555 1106 (mobile)", "1-403-555-1106", "home 403 555-1106", "403 • 555 • 1106"),
)
WITH_EXTENSION = (
    *("403 555 1106 ext. 1234", "403-555-1106 x1234", "403-555-1106x1234", "403 555 1106 Ext 1234"),
    *("403 555 1106, poste 1234", "403 555 1106 (Durchwahl 1234)", "tel:+1-403-555-1106;ext=1234"),
)
ABROAD = "+49 89 123456", "+49 089 123456", "0049 89 123456", "+49089123456", "089 123456"


@pytest.mark.parametrize(
    ("alike", "plainly"),
    [
        (MUNICH, ["089123456", "+4989123456", "004989123456", "123456", "3456"]),
        (HEIDELBERG, ["0622155042", "+49622155042", "0049622155042", "55042", "5042"]),
        (CALGARY, ["4035551106", "14035551106", "+14035551106", "5551106", "1106"]),
        (WITH_EXTENSION, ["4035551106", "+14035551106", "5551106", "403 555 1106 ext 99"]),
        (ABROAD, ["089123456", "+4989123456", "123456", "01149 89 123456"]),
    ],
)
def test_each_way_to_write_a_number_finds_each_other(
    alike: tuple[str, ...], plainly: list[str]
) -> None:
    missed = [
        (kept, typed)
        for kept in (*alike, *[one for one in plainly if len(one) > 7])
        for typed in (*alike, *plainly)
        if not finds(typed, {"phone": kept})
    ]

    assert not missed


@pytest.mark.parametrize(
    "kept",
    [
        *("403 555 1106 / 403 555 2222", "403 555 1106, 403 555 2222", "4035551106 4035552222"),
        *("403 555 1106 403 555 2222", "(403) 555-1106 (403) 555-2222", "4035551106/4035552222"),
        *("+1 403 555 1106 +1 403 555 2222", "403/555-1106, 403/555-2222", "5551106 5552222"),
        *(
            "403,555,1106 / 403,555,2222",
            "403 555 1106 or 403 555 2222",
            "+14035551106+14035552222",
        ),
    ],
)
def test_two_whole_numbers_stay_two(kept: str) -> None:
    for typed in ("555 1106", "1106", "555-2222", kept):
        assert finds(typed, {"phone": kept}), typed
    for typed in ("403 555 1107", "1106 403", "5551106403"):
        assert not finds(typed, {"phone": kept}), typed


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("+49 40 123456", "089/123456"),
        ("+49 40 123456", "+49 89 123456"),
        ("06221/55042", "06222/55042"),
        ("403–555–1106", "403–555–1107"),
        ("403 555 1106", "fortin / 403 555 1106"),
        ("403 555 1106 ext. 1234", "555 1234"),
        ("403 555 1106", "403 555 1106, 403 555 2222"),
    ],
)
def test_another_number_is_not_found(kept: str, typed: str) -> None:
    assert not finds(typed, {"phone": kept})


def test_names_beside_a_number_are_looked_for() -> None:
    aisha = {"contact_name": "Aisha Fortin", "phone": "089/123456"}

    for typed in (
        "fortin 089/123456",
        "089–123456 aisha",
        "Fortin, Tel. 3456",
        "Fortin +4989123456",
    ):
        assert finds(typed, aisha), typed
    assert not finds("smith 089/123456", aisha)


WITHIN = ["", " ", "-", ".", ") ", " (", "–", "\u2011", "·", "\u00a0", "\u2009", "−", "\u200b"]
GROUPS = st.lists(st.text("0123456789", min_size=1, max_size=6), min_size=2, max_size=6)


def written(groups: list[str], signs: list[str], before: str, behind: str) -> str:
    between = [sign for sign, _group in zip(signs * len(groups), groups[1:], strict=False)]
    return before + "".join(map("".join, zip(groups, [*between, ""], strict=True))) + behind


@SLOW_MACHINES_TOO
@given(
    groups=GROUPS,
    signs=st.sampled_from(["/", " / ", ",", "|", "_", ":"]).flatmap(
        lambda loose: st.lists(st.sampled_from([*WITHIN, loose]), min_size=5)
    ),
    national=st.sampled_from(["", "0"]),
    before=st.sampled_from(["", "tel:", "Tel. ", "Mobil: ", "\u202a"]),
    behind=st.sampled_from(
        ["", " ext. 12", "x1234", " (Durchwahl 77)", " poste 3", " mobile", "."]
    ),
)
def test_any_way_to_write_a_number_finds_it_and_is_found_by_it(
    groups: list[str], signs: list[str], national: str, before: str, behind: str
) -> None:
    digits = "".join(groups)
    assume(7 <= len(digits) <= 14 and digits[0] != "0")
    groups = [national + groups[0], *groups[1:]]
    parts = re.split(r"[/,|_:]", written(groups, signs, "", ""))
    assume(len(parts) == 1 or min(len(re.findall(r"\d", part)) for part in parts) < 7)
    kept = written(groups, signs, before, behind)
    assume(not TRUNK.search(kept))  # the (0) of 10000 (0) 0 is not dialled
    plainly = [digits, national + digits, f"0{digits}", digits[-7:], digits[-4:], kept]
    if national:
        plainly += [f"+49{digits}"] if len(digits) <= 12 else []

    for typed in plainly:
        assert finds(typed, {"phone": kept}), (kept, typed)
    assert finds(kept, {"phone": national + digits}), kept


def test_a_hostile_text_costs_no_more_than_a_long_one() -> None:
    for hostile in ("1 ", "1,", "1/", "+1", "x1", "(0", "(0)", " ", "1ext"):
        began = time.process_time()
        tokens_of({"phone": hostile * 100_000})
        finds((hostile * 200)[:200], {"phone": "1"})
        assert time.process_time() - began < 2
