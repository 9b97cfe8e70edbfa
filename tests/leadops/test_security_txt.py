"""Whom to tell of a hole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from leadops.env import contacts

ADDRESS = "/.well-known/security.txt"


def test_the_file_names_the_contacts_and_how_long_it_is_good(
    client: Client, settings: Settings
) -> None:
    settings.SECURITY_CONTACT = ["mailto:security@example.com", "https://example.com/report"]
    settings.PUBLIC_URL = "https://leads.example.com"

    answer = client.get(ADDRESS)

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert "Contact: mailto:security@example.com" in lines
    assert "Contact: https://example.com/report" in lines
    assert f"Canonical: https://leads.example.com{ADDRESS}" in lines
    (expires,) = [line.removeprefix("Expires: ") for line in lines if line.startswith("Expires")]
    rest = datetime.fromisoformat(expires) - datetime.now(UTC)
    assert timedelta(days=170) < rest < timedelta(days=365)


def test_there_is_no_file_where_nobody_is_named(
    client: Client, db: None, settings: Settings
) -> None:
    settings.SECURITY_CONTACT = []

    assert client.get(ADDRESS).status_code == 404


@pytest.mark.parametrize(
    ("said", "contact"),
    [
        ("", []),
        ("security@example.com", ["mailto:security@example.com"]),
        (
            " mailto:a@b.example , https://b.example/x ",
            ["mailto:a@b.example", "https://b.example/x"],
        ),
        ("tel:+1-201-555-0123", ["tel:+1-201-555-0123"]),
    ],
)
def test_a_contact_is_a_mail_or_a_web_address(
    monkeypatch: pytest.MonkeyPatch, said: str, contact: list[str]
) -> None:
    monkeypatch.setenv("SECURITY_CONTACT", said)

    assert contacts("SECURITY_CONTACT") == contact


@pytest.mark.parametrize("said", ["somebody", "http://plain.example", "a@b\nExpires: never", "@ @"])
def test_anything_else_stops_the_start(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("SECURITY_CONTACT", said)

    with pytest.raises(SystemExit, match="SECURITY_CONTACT"):
        contacts("SECURITY_CONTACT")
