"""What the first version read stays as it was, to the letter: repeats and rules go by it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.intake.body.declared import read_declared
from leads.intake.body.parse import parse_submission
from leads.intake.idempotency import fingerprint_of
from leads.models import Lead, Site, SiteKey
from tests.factories import make_key, make_lead

STORED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "corpus" / "a44e094.json").read_text()
)
"""Posts with what commit a44e094 read from each: `data` of the small ones, all fingerprints."""
READ_OTHERWISE = {"content types: a form: JSON in disguise"}
"""JSON that was sent as a form: it was one field with the whole JSON for its name."""
SAME = [one for one in STORED if one["name"] not in READ_OTHERWISE]


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


def stored_before(stored: dict[str, Any], site: Site, **columns: Any) -> Lead:
    """The lead of a post, as the first version stored it."""
    return make_lead(
        site=site,
        data=stored["data"] or {},
        fingerprint=stored["fingerprint"],
        received_at=timezone.now(),
        **columns,
    )


def test_what_is_read_otherwise_is_in_the_corpus() -> None:
    assert len(SAME) == len(STORED) - len(READ_OTHERWISE)


@pytest.mark.django_db
@pytest.mark.parametrize("recognises", [False, True])
def test_a_post_of_before_is_known_by_its_key_after_the_upgrade(
    recognises: bool, site: Site, client: Client
) -> None:
    Site.objects.update(quota=0, recognises=recognises)
    key = make_key(site)
    for number, stored in enumerate(STORED):
        known = stored_before(stored, site, idempotency_key=f"key-{number}")
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"key-{number}"}

        answer = client.generic(
            "POST", "/api/v1/leads/", body_of(stored), stored["content_type"], headers=headers
        )

        told = (answer.status_code, answer.json().get("id"))
        assert told == (202, str(known.reference)), stored["name"]
    assert Lead.objects.count() == len(STORED)


@pytest.mark.django_db
@pytest.mark.parametrize("recognises", [False, True])
def test_a_form_of_before_is_known_within_the_window_after_the_upgrade(
    recognises: bool, site: Site, client: Client, settings: Any
) -> None:
    page = "https://www.example.com"
    settings.FORM_QUOTA = 0
    Site.objects.update(
        quota=0, recognises=recognises, repeat_window=600, allowed_origins=page, honeypot=""
    )
    token = make_key(site, SiteKey.Kind.FORM)
    headers = {"Origin": page, "Accept": "application/json"}
    for stored in STORED:
        known = stored_before(stored, site, source=Lead.Source.FORM)

        answer = client.generic(
            "POST", f"/f/{token}/", body_of(stored), stored["content_type"], headers=headers
        )

        told = (answer.status_code, answer.json().get("id"))
        assert told == (202, str(known.reference)), stored["name"]
        assert list(Lead.objects.all()) == [known]
        known.delete()  # some hold the same fields


DISGUISED = [
    '{"contact_name": "Ana"}',
    '{"contact_name": "Ana Silva", "note": "a+b"}',
    '{"contact_name": "Ana", "note": "a=b&c=d"}',
    '{"contact_name": "J\u00fcrgen"}',
    '[{"contact_name": "Ana"}]',
    "%7B%22contact_name%22%3A%22Ana%22%7D",
]


@pytest.mark.django_db
@pytest.mark.parametrize("body", DISGUISED)
@pytest.mark.parametrize("key", ["known", ""])
def test_json_that_was_sent_as_a_form_is_known_by_what_it_was_read_as_before(
    body: str, key: str, site: Site, client: Client
) -> None:
    Site.objects.update(repeat_window=600)
    form = "application/x-www-form-urlencoded"
    then = read_declared(form, body.encode()).data  # as the first version read it
    known = make_lead(
        site=site, data=then, fingerprint=fingerprint_of(then), idempotency_key=key or None,
        received_at=timezone.now(), source=Lead.Source.API,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {make_key(site)}", "Idempotency-Key": key}

    answer = client.post("/api/v1/leads/", body, content_type=form, headers=headers)

    assert (answer.status_code, answer.json()["id"]) == (202, str(known.reference))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"contact_name": "Bob"}', "application/x-www-form-urlencoded"),
        ('{"contact_name": "Bob"}', "application/json"),
        ("contact_name=Bob", "application/x-www-form-urlencoded"),
    ],
)
def test_another_body_with_a_key_of_before_is_still_refused(
    body: str, kind: str, site: Site, client: Client
) -> None:
    then = {DISGUISED[0]: ""}
    make_lead(site=site, data=then, fingerprint=fingerprint_of(then), idempotency_key="known")
    headers = {"Authorization": f"Bearer {make_key(site)}", "Idempotency-Key": "known"}

    answer = client.post("/api/v1/leads/", body, content_type=kind, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
