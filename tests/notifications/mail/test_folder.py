"""Mails in a folder of our own are erased with the person."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from pytest_django import Settings

from notifications.mail.folder import forget_mails


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def send(*texts: str, to: str = "staff@example.com") -> None:
    mails = [EmailMultiAlternatives("A lead", text, to=[to]) for text in texts]
    for mail in mails:
        mail.attach_alternative("<p>ä</p>", "text/html")
    get_connection().send_messages(mails)


def texts(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.glob("*"))


@pytest.mark.parametrize(
    "text",
    [
        "E-mail: ana@example.com",
        "ä: ANA@example.com",  # in base64 or quoted-printable
        "Phone: (403) 555-1106",
        "https://leads.example/admin/leads/failedlead/17/change/",
        "https://leads.example/admin/leads/lead/17/change/",
    ],
)
def test_a_mail_that_tells_goes_and_the_others_of_its_file_stay(folder: Path, text: str) -> None:
    send("The first: bob@example.com", text, "The last, /admin/leads/lead/171/change/")

    assert forget_mails(["ana@example.com"], ["+1 403 555 1106"], [17]) == 1

    kept = texts(folder)
    assert "The first" in kept
    assert "The last" in kept
    assert text not in kept
    assert kept.count("-" * 79) == 2


def test_a_mail_to_the_person_goes(folder: Path) -> None:
    send("Your code", to="ana@example.com")

    assert forget_mails(["ana@example.com"]) == 1
    assert "ana" not in texts(folder)


def test_where_mail_leaves_nothing_is_looked_for(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    assert forget_mails(["ana@example.com"]) == 0
