"""Calls as lines for a shell."""

from __future__ import annotations

import subprocess

import pytest

from zoho.api import curl
from zoho.api.client import CLIP, NOT_KEPT
from zoho.models import Connection

URL = "https://www.zohoapis.eu/crm/v8/Leads"


def words_of(line: str) -> list[str]:
    """What a shell makes of the line."""
    script = 'curl() { for word in curl "$@"; do printf \'%s\\0\' "$word"; done; }\n' + line
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


def test_an_insert_is_one_command_with_the_token_left_out() -> None:
    connection = Connection(api_domain="https://www.zohoapis.eu")

    words = words_of(curl.of_insert(connection, "Leads", {"data": [{"Last_Name": "O'Neill"}]}))

    assert words == [
        *("curl", "-X", "POST", URL, "-H", "Authorization: Zoho-oauthtoken ***"),
        *("-H", "Content-Type: application/json"),
        *("--data-raw", '{"data": [{"Last_Name": "O\'Neill"}]}'),
    ]


def test_no_value_leaves_its_quotes() -> None:
    evil = "'; rm -rf / #`$(id)`\n\\"

    words = words_of(curl.of_insert(None, "Leads", {"data": [{"Last_Name": evil}]}))

    assert words[-2] == "--data-raw"
    assert len(words) == 10


def test_a_kept_request_is_repeated() -> None:
    words = words_of(curl.of_request(f'POST {URL}\n{{"data": []}}'))

    assert words[:4] == ["curl", "-X", "POST", URL]
    assert words[-1] == '{"data": []}'


def test_a_request_without_a_body_has_none() -> None:
    assert "--data-raw" not in curl.of_request(f"GET {URL}\n")


@pytest.mark.parametrize(
    "request_text",
    ["", "nonsense", f"POST {URL}\n" + "x" * CLIP, f"POST {URL}\n{NOT_KEPT}", "POST ftp://x\n{}"],
)
def test_what_was_not_kept_whole_is_not_repeated(request_text: str) -> None:
    assert curl.of_request(request_text) == ""
