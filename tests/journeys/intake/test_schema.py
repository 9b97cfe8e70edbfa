"""The published OpenAPI schema against the running intake: what it says is what happens."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.journeys.kit.system import System

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 25
NEW_ADDRESSES = """
from django.utils import timezone
site = Site.objects.get(name="Shop")
source = Source.objects.create(site=site, name={name!r}, success={success})
print(SourceAddress.objects.issue(source, timezone.now()).secret)
print(SiteKey.objects.issue(site, SiteKey.Kind.FORM)[1])
"""


def check(system: System, path: str, method: str, mode: GenerationMode, **steps: str) -> None:
    """Drive one operation; `steps` are what its path is made of, where they must be real."""
    schema = schemathesis.openapi.from_url(f"{system.url}/api/schema.json")
    cases = schema[path][method].as_strategy(generation_mode=mode)

    @given(case=cases)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def probe(case: schemathesis.Case[Any]) -> None:
        headers = {"Authorization": f"Bearer {system.key}"}
        case.path_parameters = {**(case.path_parameters or {}), **steps}
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=10)

    probe()
    assert not system.sql("SELECT 1 FROM leads_lead WHERE site_id <> 1")


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(
    ("path", "method"), [("/api/v1/leads/", "POST"), ("/api/v1/leads/{reference}/", "GET")]
)
def test_every_answer_is_as_the_schema_says(
    system: System, path: str, method: str, mode: GenerationMode
) -> None:
    check(system, path, method, mode)


@pytest.mark.parametrize(
    ("mode", "success"),
    [
        (GenerationMode.POSITIVE, 200),
        (GenerationMode.POSITIVE, 204),
        (GenerationMode.NEGATIVE, 200),
    ],
)
def test_every_answer_at_a_webhook_address_is_as_the_schema_says(
    system: System, mode: GenerationMode, success: int
) -> None:
    code = NEW_ADDRESSES.format(name="Tool", success=success)
    secret, _token = system.shell(code).split()

    for method in ("POST", "PUT", "GET"):
        check(system, "/in/{secret}/", method, mode, secret=secret)

    assert system.sql("SELECT 1 FROM leads_lead WHERE webhook_source_id IS NOT NULL")


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_to_a_browser_form_is_as_the_schema_says(
    system: System, mode: GenerationMode
) -> None:
    _secret, token = system.shell(NEW_ADDRESSES.format(name="form", success=200)).split()

    check(system, "/f/{token}/", "POST", mode, token=token)
    check(system, "/f/{token}/started/", "GET", GenerationMode.POSITIVE, token=token)


@pytest.mark.parametrize("path", ["/in/{secret}/", "/f/{token}/"])
def test_an_address_that_nobody_has_is_answered_as_the_schema_says(
    system: System, path: str
) -> None:
    check(system, path, "POST", GenerationMode.POSITIVE, secret="nobodys", token="nobodys")

    assert not system.sql("SELECT 1 FROM leads_lead")


def test_a_stranger_gets_a_401_as_the_schema_says(system: System) -> None:
    schema = schemathesis.openapi.from_url(f"{system.url}/api/schema.json")
    case = schema["/api/v1/leads/"]["POST"].Case(
        headers={"Authorization": f"Bearer {uuid.uuid4()}"}, body={}, media_type="application/json"
    )

    response = case.call_and_validate(checks=CHECKS)

    assert response.status_code == 401
