"""What the first version read stays as it was, to the letter: repeats and rules go by it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.intake.body.parse import parse_submission
from leads.intake.idempotency import fingerprint_of
from leads.models import Lead, Site
from tests.factories import make_key, make_lead

STORED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "corpus" / "a44e094.json").read_text()
)
"""Posts with what commit a44e094 read from each: `data` of the small ones, all fingerprints."""
MISTAKEN = {"content types: a form: JSON in disguise"}
"""JSON that was sent as a form: one field with the whole JSON for its name."""
SAME = [one for one in STORED if one["name"] not in MISTAKEN]


def body_of(stored: dict[str, Any]) -> bytes:
    return base64.b64decode(stored["body"])


@pytest.mark.parametrize("stored", SAME, ids=lambda stored: stored["name"])
def test_the_same_fields_are_read_as_before_the_upgrade(stored: dict[str, Any]) -> None:
    submission = parse_submission(stored["content_type"], body_of(stored))

    assert fingerprint_of(submission.data) == stored["fingerprint"]
    if stored["data"] is not None:
        assert list(submission.data.items()) == list(stored["data"].items())
    assert sorted(submission.flags) == stored["flags"]
    assert submission.body == body_of(stored)


@pytest.mark.django_db
@pytest.mark.parametrize("recognises", [False, True])
def test_a_post_of_before_is_known_by_its_key_after_the_upgrade(
    recognises: bool, site: Site, client: Client
) -> None:
    Site.objects.update(quota=0, recognises=recognises)
    key = make_key(site)
    for number, stored in enumerate(SAME):
        known = make_lead(
            site=site,
            data=stored["data"] or {},
            fingerprint=stored["fingerprint"],
            idempotency_key=f"key-{number}",
            received_at=timezone.now(),
        )
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"key-{number}"}

        answer = client.generic(
            "POST", "/api/v1/leads/", body_of(stored), stored["content_type"], headers=headers
        )

        assert (answer.status_code, answer.json()["id"]) == (202, str(known.reference)), stored
    assert Lead.objects.count() == len(SAME)
