"""What a tool asks before it posts, and what only looks like that. Pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.intake.body.shape import fields_of
from leads.intake.handshake import LONGEST, confirmed, echo_of
from leads.intake.tools import is_test, tool_of
from leads.models import Source

TOKEN = Source(verify_token="t0ken")
NONE = Source()
GOOGLE = {"lead_id": "TeSter-1", "api_version": "1.0", "google_key": "k", "is_test": True}


@pytest.mark.parametrize(
    ("asked", "source", "echo"),
    [
        ({"type": "url_verification", "challenge": "c"}, NONE, "c"),
        ({"type": "url_verification", "challenge": 42}, NONE, "42"),
        ({"type": "url_verification", "challenge": "c", "token": "x"}, TOKEN, "c"),
        ({"challenge": "c", "token": "t0ken"}, TOKEN, "c"),
        ({"challenge": "c", "token": "wrong"}, TOKEN, ""),
        ({"challenge": "c", "token": ""}, NONE, ""),
        ({"challenge": "c"}, NONE, ""),
        ({"type": "url_verification", "challenge": "c", "name": "Ada"}, NONE, ""),
        ({"type": "other", "challenge": "c"}, NONE, ""),
        ({"type": "url_verification"}, NONE, ""),
        ({"type": "url_verification", "challenge": {"name": "Ada"}}, NONE, ""),
        ({"type": "url_verification", "challenge": ["Ada"]}, NONE, ""),
        # In a body this is a lead: whoever knows the token may still be a form.
        ({"hub.challenge": "c", "hub.verify_token": "t0ken"}, TOKEN, ""),
        ({}, NONE, ""),
    ],
)
def test_only_a_body_that_is_a_handshake_is_echoed(
    asked: dict[str, Any], source: Source, echo: str
) -> None:
    assert echo_of(asked, source) == echo


@pytest.mark.parametrize(
    ("asked", "source", "echo"),
    [
        ({"hub.challenge": "c", "hub.verify_token": "t0ken"}, TOKEN, "c"),
        ({"hub.challenge": "c" * 500, "hub.verify_token": "t0ken"}, TOKEN, "c" * 200),
        ({"hub.challenge": "c", "hub.verify_token": "wrong"}, TOKEN, ""),
        ({"hub.challenge": "c", "hub.verify_token": "\ud800"}, TOKEN, ""),
        ({"hub.challenge": "c", "hub.verify_token": ""}, NONE, ""),
        ({"hub.challenge": "c"}, NONE, ""),
        ({"challenge": "c", "type": "url_verification"}, TOKEN, ""),
    ],
)
def test_a_subscription_is_confirmed_to_who_knows_the_token(
    asked: dict[str, Any], source: Source, echo: str
) -> None:
    assert confirmed(asked, source) == echo


@given(
    st.dictionaries(
        st.sampled_from(["type", "token", "challenge", "hub.challenge", "name"]),
        st.text() | st.integers() | st.none() | st.lists(st.text()) | st.just("url_verification"),
    )
)
def test_no_echo_is_long_or_of_a_lead(asked: dict[str, Any]) -> None:
    echo = echo_of(asked, TOKEN)

    assert len(echo) <= LONGEST
    if {"name", "hub.challenge"} & asked.keys():
        assert echo == ""


@pytest.mark.parametrize(
    ("configured", "data", "test"),
    [
        ("google", GOOGLE, True),
        ("", GOOGLE, True),
        ("other", GOOGLE, True),
        ("elementor", GOOGLE, False),
        ("google", GOOGLE | {"lead_id": "77", "is_test": "true"}, False),
        ("google", GOOGLE | {"lead_id": "77", "is_test": False}, False),
        ("google", GOOGLE | {"lead_id": "x TeSter-1", "is_test": None}, False),
        ("", {"is_test": True, "name": "Ada"}, False),
        ("elementor", {"is_test": True, "name": "Ada"}, False),
        ("", {"test": True, "lead_id": "TeSter-1"}, False),
    ],
)
def test_a_test_is_an_explicit_value_of_a_source_of_that_tool(
    configured: str, data: dict[str, Any], test: bool
) -> None:
    fields = fields_of(data)

    assert is_test(fields, tool_of(fields, configured), configured) is test
