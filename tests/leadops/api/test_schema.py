"""The published schema against the running operations, by tokens of every scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from leadops.api import guard
from leadops.api.urls import OPERATIONS
from leads.decisions.source import make_source
from leads.models import Destination, Site, SiteKey
from tests.access.world import bulk_retry_of_staff, endpoint_of, import_into, message_to
from tests.daily import rest
from tests.factories import make_call, make_failed_lead, make_log, make_site, make_user
from tests.leadops.api.conftest import EVERY_SCOPE, Program

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
FOREIGN = "Hohenzollern"
SCHEMA = "/api/ops/v1/schema.json"


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A request leaves the test's own connection open, as those of Django's client do."""
    request_finished.disconnect(close_old_connections)
    request_started.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)
    request_started.connect(close_old_connections)


@pytest.fixture
def rows(site: Site) -> dict[str, int]:
    """One of each thing of the token's site, and things of another."""
    other = make_site(name=FOREIGN, destination=site.destination)
    theirs = make_failed_lead(site=other, data={"contact_name": FOREIGN}, reason_text=FOREIGN)
    make_log(theirs, reason_text=FOREIGN)
    make_source(other, FOREIGN)
    SiteKey.objects.issue(other, SiteKey.Kind.SECRET, FOREIGN)
    message_to(endpoint_of(other), theirs)
    import_into(other, FOREIGN.lower())
    call = make_call()
    lead = make_failed_lead(site=site)
    endpoint = endpoint_of(site)
    return {
        "bulk-retries": bulk_retry_of_staff().pk,
        "imports": import_into(site, "ours").pk,
        "outcome-webhooks": endpoint.pk,
        "outcome-messages": message_to(endpoint, lead).pk,
        "leads": lead.pk,
        "sites": site.pk,
        "sources": make_source(site, "Contact page").source_id,
        "keys": SiteKey.objects.issue(site, SiteKey.Kind.SECRET)[0].pk,
        "destinations": Destination.objects.get().pk,
        "api-calls": call.pk,
        "api-logs": make_log(lead, call=call).pk,
    }


@pytest.mark.parametrize("mode", [*EXAMPLES])
@pytest.mark.parametrize("scope", [*map(rest, EVERY_SCOPE), "all"])
def test_every_answer_is_as_the_schema_says(
    site: Site,
    rows: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    scope: str,
    mode: GenerationMode,
) -> None:
    if scope != "all" and mode == GenerationMode.NEGATIVE:
        return  # refused before a body is looked at
    monkeypatch.setattr(guard, "CALLS_A_MINUTE", 100_000)
    # With all scopes of one site alone where bodies are right, else of all sites.
    is_limited = scope == "all" and mode == GenerationMode.POSITIVE
    chief = make_user("chief", role="Administrator", sites=[site] if is_limited else None)
    program = Program(chief, EVERY_SCOPE if scope == "all" else [scope])
    schema = schemathesis.openapi.from_wsgi(SCHEMA, get_wsgi_application())

    for path, operations in schema.raw_schema["paths"].items():
        for method in operations:
            probe(schema[path][method.upper()], program, rows, mode, scope, is_limited)


def probe(
    operation: Any,
    program: Program,
    rows: dict[str, int],
    mode: GenerationMode,
    scope: str,
    is_limited: bool,
) -> None:
    """Drive one operation, mostly about rows that are there."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES[mode] if scope == "all" else 1,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def run(case: schemathesis.Case[Any]) -> None:
        kind = case.operation.path.removeprefix("/api/ops/v1/").partition("/")[0]
        if case.path_parameters and mode == GenerationMode.POSITIVE:
            case.path_parameters = {name: rows.get(kind, 1) for name in case.path_parameters}
        headers = {"Authorization": f"Bearer {program.secret}"}
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        assert not is_limited or FOREIGN.lower() not in answer.text.lower(), operation.label

    run()


def test_every_operation_is_published(db: None) -> None:
    schema = schemathesis.openapi.from_wsgi(SCHEMA, get_wsgi_application())
    published = sum(len(operations) for operations in schema.raw_schema["paths"].values())

    assert published == sum(len({*actions_of(one)} - {"head"}) for one in OPERATIONS)


def actions_of(pattern: Any) -> dict[str, str]:
    """What the methods of an address do."""
    actions: dict[str, str] = pattern.callback.actions
    return actions
