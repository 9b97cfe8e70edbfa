"""Dates and times as people write them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from zoho.fit.dates import read_date, read_datetime
from zoho.fit.readers import Home, Reading

BERLIN = Home("DE", ZoneInfo("Europe/Berlin"))
BOSTON = Home("US", ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("text", "date", "whole"),
    [
        ("2026-12-31", "2026-12-31", True),
        ("2026/5/3", "2026-05-03", True),
        ("31.12.2026", "2026-12-31", True),
        ("31. 12. 2026", "2026-12-31", True),
        ("12/31/2026", "2026-12-31", False),
        ("3/4/2026", "2026-04-03", False),
        ("4/4/2026", "2026-04-04", True),
        ("31.12.26", "2026-12-31", False),
        ("31 December 2026", "2026-12-31", False),
        ("31. Dez 2026", "2026-12-31", False),
        ("1st of May", None, None),
        ("May 3rd, 2026", "2026-05-03", False),
        ("Maybe 3, 2026", None, None),
        ("31.02.2026", None, None),
        ("2026-02-30", None, None),
        ("13/13/2026", None, None),
        ("tomorrow", None, None),
        ("2026-12-31" + " " * 80 + "x", None, None),
    ],
)
def test_a_date_is_read_as_meant_in_the_country(text: str, date: str, whole: bool) -> None:
    assert read_date(text, BERLIN) == (date and Reading(date, whole))


def test_the_country_decides_what_3_4_means() -> None:
    assert read_date("3/4/2026", BOSTON) == Reading("2026-03-04", whole=False)


@pytest.mark.parametrize(
    ("order", "date"), [("day first", "2026-04-03"), ("month first", "2026-03-04")]
)
def test_an_order_that_was_chosen_makes_it_no_guess(order: str, date: str) -> None:
    assert read_date("3/4/2026", BOSTON, order) == Reading(date)


def test_against_the_chosen_order_it_is_a_guess() -> None:
    assert read_date("31/12/2026", BERLIN, "month first") == Reading("2026-12-31", whole=False)


@pytest.mark.parametrize(
    ("text", "moment", "whole"),
    [
        ("2026-05-03T10:00:00Z", "2026-05-03T10:00:00+00:00", True),
        ("2026-05-03 10:00", "2026-05-03T10:00:00+02:00", True),
        ("2026-05-03T10:00:00-0530", "2026-05-03T10:00:00-05:30", True),
        ("3.5.2026, 22:15:01 +02:00", "2026-05-03T22:15:01+02:00", False),
        ("2026-05-03 12:30 am", "2026-05-03T00:30:00+02:00", False),
        ("2026-05-03 3:30 PM", "2026-05-03T15:30:00+02:00", False),
        ("2026-05-03 13:30 PM", None, None),
        ("2026-05-03T10:00:00.25Z", "2026-05-03T10:00:00+00:00", False),
        ("2026-05-03", "2026-05-03T00:00:00+02:00", True),
        ("2026-05-03 25:00", None, None),
        ("2026-05-03T10:00:00+99:00", None, None),
        ("1850-05-03 10:00", None, None),
        ("soon 10:00", None, None),
        ("0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00+02:00", True),
        ("2026-05-03" + " " * 80, "2026-05-03T00:00:00+02:00", True),
        ("2026-05-03T10:00:00" + "0" * 80, None, None),
    ],
)
def test_a_moment_is_read_with_its_offset(text: str, moment: str, whole: bool) -> None:
    assert read_datetime(text, BERLIN) == (moment and Reading(moment, whole))


def test_a_moment_beyond_the_calendar_is_none() -> None:
    assert read_datetime("0001-01-01 00:00", BERLIN) is None
