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


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(
    ("path", "method"), [("/api/v1/leads/", "POST"), ("/api/v1/leads/{reference}/", "GET")]
)
def test_every_answer_is_as_the_schema_says(
    system: System, path: str, method: str, mode: GenerationMode
) -> None:
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
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=10)

    probe()
    assert not system.sql("SELECT 1 FROM leads_lead WHERE site_id <> 1")


def test_a_stranger_gets_a_401_as_the_schema_says(system: System) -> None:
    schema = schemathesis.openapi.from_url(f"{system.url}/api/schema.json")
    case = schema["/api/v1/leads/"]["POST"].Case(
        headers={"Authorization": f"Bearer {uuid.uuid4()}"}, body={}, media_type="application/json"
    )

    response = case.call_and_validate(checks=CHECKS)

    assert response.status_code == 401
