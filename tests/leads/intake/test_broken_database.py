"""Whatever a database says, a sender reads JSON, is told to keep the lead, and reads no more."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import (
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from django.test import Client
from django.utils import timezone

from leads.intake import receive as receiving
from leads.models import Lead, Site, SiteKey, Source, SourceAddress
from tests.factories import make_key

pytestmark = pytest.mark.django_db

ERRORS = [
    *(DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError),
    *(OperationalError, InterfaceError, Error),
]
CANARY = "canary-7391@example.com"
ANA = {"contact_name": "Ana Silva", "email": CANARY}


@pytest.fixture
def doors(site: Site) -> dict[str, tuple[str, dict[str, str]]]:
    """Address and headers of each way in."""
    page = "https://www.example.com"
    Site.objects.update(allowed_origins=page)
    source = Source.objects.create(site=site, name="Form")
    secret = SourceAddress.objects.issue(source, timezone.now()).secret
    return {
        "api": ("/api/v1/leads/", {"Authorization": f"Bearer {make_key(site)}"}),
        "form": (
            f"/f/{make_key(site, SiteKey.Kind.FORM)}/",
            {"Origin": page, "Accept": "application/json"},
        ),
        "webhook": (f"/in/{secret}/", {}),
    }


@pytest.mark.parametrize("door", ["api", "form", "webhook"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_error_of_the_database_is_json_without_what_it_was_about(
    error: type[Error], door: str, doors: Any, client: Client, caplog: Any
) -> None:
    path, headers = doors[door]
    client.raise_request_exception = False

    with patch.object(receiving, "admitted", side_effect=error(f"DETAIL: ({CANARY})")):
        if door == "form":
            answer = client.post(path, ANA, headers=headers)
        else:
            answer = client.post(path, ANA, content_type="application/json", headers=headers)

    assert (answer.status_code, answer["Content-Type"]) == (503, "application/json")
    assert (answer.json()["code"], answer["Retry-After"]) == ("unavailable", "10")
    assert CANARY not in answer.content.decode() + caplog.text
    assert not Lead.objects.exists()
