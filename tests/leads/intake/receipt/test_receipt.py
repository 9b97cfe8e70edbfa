"""`GET /api/v1/leads/UUID/`: what became of a lead, and the description of the interface."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from leads.models import Lead, Site, SiteKey
from leads.reasons import Reason
from tests.factories import make_failed_lead, make_key, make_lead, make_site


@pytest.fixture
def get(site: Site, client: Client) -> Any:
    key = make_key(site)

    def send(reference: object, secret: str = key) -> Any:
        headers = {"Authorization": f"Bearer {secret}"}
        return client.get(f"/api/v1/leads/{reference}/", headers=headers)

    return send


def test_a_receipt_says_where_the_lead_stands(get: Any, site: Site) -> None:
    lead = make_lead(site=site)

    answer = get(lead.reference)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(lead.reference),
        "status": "queued",
        "reason": None,
        "received_at": lead.received_at.isoformat().replace("+00:00", "Z"),
        "settled_at": None,
    }


def test_a_receipt_of_a_failed_lead_names_reason_and_field(get: Any, site: Site) -> None:
    now = timezone.now()
    lead = make_failed_lead(
        site=site, reason=Reason.TOO_LONG, reason_field="Zip_Code", settled_at=now
    )

    receipt = get(lead.reference).json()

    assert receipt["status"] == "failed"
    assert receipt["reason"] == {
        "code": "too_long",
        "title": "Value too long for the Zoho field: Zip_Code",
        "field": "Zip_Code",
    }
    assert receipt["settled_at"] == now.isoformat().replace("+00:00", "Z")


def test_a_receipt_holds_no_personal_data(get: Any, site: Site) -> None:
    data = {"contact_name": "Canary Name", "email": "canary@example.com", "phone": "555123"}
    lead = make_failed_lead(site=site, data=data, reason_text="Same e-mail as canary@example.com")

    content = get(lead.reference).content.decode()

    assert not [value for value in data.values() if value in content]


def test_the_lead_of_another_site_is_a_404(get: Any) -> None:
    other = make_lead(site=make_site())

    answer = get(other.reference)

    assert answer.status_code == 404
    assert answer.json().keys() == {"code", "title", "detail"}


def test_an_unknown_lead_is_answered_like_that_of_another_site(get: Any) -> None:
    other = make_lead(site=make_site())

    assert get(uuid.uuid4()).content == get(other.reference).content


@pytest.mark.parametrize("reference", ["1", "nonsense", "%00", "a" * 500, "{reference}", "0" * 33])
def test_what_is_no_reference_is_answered_like_an_unknown_one(get: Any, reference: str) -> None:
    assert get(reference).status_code == 404
    assert get(reference).content == get(uuid.uuid4()).content


def test_the_slash_at_the_end_may_be_left_out(get: Any, client: Client, site: Site) -> None:
    headers = {"Authorization": f"Bearer {make_key(site)}"}
    address = f"/api/v1/leads/{make_lead(site=site).reference}"

    assert client.get(address, headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/lead/", "/api/v1/leads/a/b/", "/api/v1/x"])
def test_any_other_address_of_the_interface_is_a_404_in_json(
    client: Client, db: None, method: str, path: str
) -> None:
    answer = client.generic(method, path, b"{}", "application/json")

    assert answer.status_code == 404
    assert answer.json().keys() == {"code", "title", "detail"}


def test_a_receipt_needs_the_secret_key(get: Any, site: Site) -> None:
    lead = make_lead(site=site)

    assert get(lead.reference, "unknown").status_code == 401
    assert get(lead.reference, make_key(site, SiteKey.Kind.FORM)).status_code == 401


@pytest.mark.parametrize("status", Lead.Status.values)
def test_every_status_has_a_receipt(get: Any, site: Site, status: str) -> None:
    assert get(make_lead(site=site, status=status).reference).json()["status"] == status


def test_the_interface_is_described(client: Client, db: None) -> None:
    schema = client.get("/api/schema.json").json()

    assert schema["openapi"].startswith("3.")
    assert schema["paths"].keys() == {
        *(
            "/api/v1/leads/",
            "/api/v1/leads/dry-run/",
            "/api/v1/leads/test/",
            "/api/v1/leads/{reference}/",
        ),
        *("/in/{secret}/", "/f/{token}/", "/f/{token}/started/"),
    }
    post = schema["paths"]["/api/v1/leads/"]["post"]
    assert post["responses"].keys() == {
        *("202", "400", "401", "403", "405", "409", "413", "415", "422", "429", "503"),
    }
    assert post["requestBody"]["content"].keys() == {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }


def test_the_description_is_valid_openapi() -> None:
    # Its grammars take a second, of each process that collects this file.
    from drf_spectacular.validation import validate_schema  # noqa: PLC0415

    schema = SchemaGenerator().get_schema(request=None, public=True)

    validate_schema(schema)
