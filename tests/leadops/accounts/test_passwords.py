"""Which passwords are taken."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from leadops.accounts.login.passwords import Breached, is_listed
from tests.factories import make_site

SHORT_LIST = tuple(sorted(hashlib.sha1(f"{n}".encode()).hexdigest().upper() for n in range(300)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("correct-horse-battery", True),
        ("x9$Kq2vT!", True),  # short and hard
        ("Kq2vT", False),
        ("password1234", False),
        ("123456789012", False),
        ("aaaaaaaaaaaa", False),
        ("leadopsleadops", False),
        ("Nordlicht Spas", False),
        ("eva.fortin.eva", False),
        ("a" * 90 + "correct-horse", False),
    ],
)
def test_a_password_is_long_or_hard_to_guess(password: str, is_taken: bool) -> None:
    make_site(name="Nordlicht Spas")
    user = User(username="eva", last_name="Fortin", email="eva.fortin@example.com")

    if is_taken:
        validate_password(password, user)
    else:
        with pytest.raises(ValidationError):
            validate_password(password, user)


def test_none_of_a_list_of_stolen_ones(tmp_path: Path, settings: Settings) -> None:
    stolen = "correct-horse-battery"
    digests = [*SHORT_LIST, hashlib.sha1(stolen.encode()).hexdigest().upper()]
    settings.BREACHED_PASSWORDS = str(tmp_path / "list.txt")
    (tmp_path / "list.txt").write_text("".join(f"{one}:7\r\n" for one in sorted(digests)))

    Breached().validate("correct-horse-batteries")
    with pytest.raises(ValidationError, match="stolen"):
        Breached().validate(stolen)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred digests, one a line."""
    path = tmp_path_factory.mktemp("stolen") / "list.txt"
    path.write_text("".join(f"{one}:{n}\n" for n, one in enumerate(SHORT_LIST)))
    return path


@given(st.sampled_from(SHORT_LIST) | st.binary(min_size=20, max_size=20).map(bytes.hex))
def test_the_list_is_found_wherever_a_digest_stands(listed: Path, digest: str) -> None:
    assert is_listed(listed, digest.upper()) == (digest.upper() in SHORT_LIST)


def test_an_empty_list_has_none(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    assert not is_listed(tmp_path / "empty", SHORT_LIST[0])
