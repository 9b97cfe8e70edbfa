"""OpenTelemetry: one trace a lead, whose id is its reference, and nobody in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from leadops.observe import traces
from leads.signals import batch_handled, lead_received
from tests.fakes import NOT_BEGUN, NOT_SENT, STORED
from tests.leadops.observe.conftest import CANARY, World


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What leaves the house."""
    kept = InMemorySpanExporter()
    made = traces.provider(kept)
    made.add_span_processor(SimpleSpanProcessor(kept))
    traces.begin()
    with patch.object(traces, "tracer", lambda _process: made.get_tracer("leadops")):
        yield kept
    for signal in (lead_received, batch_handled):
        assert signal.disconnect(dispatch_uid="traces")
    made.shutdown()


def test_a_lead_is_one_trace_from_its_post_to_each_try(
    world: World, spans: InMemorySpanExporter
) -> None:
    world.post()
    lead = world.send(STORED)

    first, claimed, sent = spans.get_finished_spans()
    assert [one.name for one in (first, claimed, sent)] == [
        "lead received",
        "lead claimed",
        "lead sent",
    ]
    assert {one.context.trace_id for one in (first, claimed, sent) if one.context} == {
        lead.reference.int
    }
    assert first.parent is None
    assert first.context is not None
    for one in (claimed, sent):
        assert one.parent is not None
        assert one.parent.span_id == first.context.span_id
        assert one.context is not None
        assert one.context.span_id != first.context.span_id
        assert one.start_time is not None
        assert one.end_time is not None
        assert one.start_time <= one.end_time
    assert sent.attributes is not None
    assert sent.attributes["http.response.status_code"] == 201
    assert sent.status.status_code is StatusCode.UNSET


def test_a_try_that_failed_is_an_error(world: World, spans: InMemorySpanExporter) -> None:
    world.post()
    world.send(NOT_SENT)

    *_others, sent = spans.get_finished_spans()
    assert sent.status.status_code is StatusCode.ERROR
    assert sent.attributes is not None
    assert sent.attributes["leadops.reason"] == "not_reached"


def test_what_was_not_sent_has_no_such_span(world: World, spans: InMemorySpanExporter) -> None:
    world.post()
    world.send(NOT_BEGUN)

    _received, claimed, after, *_later = spans.get_finished_spans()
    assert claimed.attributes is not None
    assert claimed.attributes["leadops.outcome"] == "not_begun"
    assert after.name == "lead claimed"


def test_nobody_is_in_a_trace(world: World, spans: InMemorySpanExporter) -> None:
    world.post()
    world.send(NOT_SENT)

    everything = json.dumps([json.loads(one.to_json()) for one in spans.get_finished_spans()])
    assert "leadops.outcome" in everything
    for known in (CANARY, "7946", world.key):
        assert known not in everything


def test_a_process_has_a_tracer_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    traces.tracer.cache_clear()

    assert traces.tracer(os.getpid()) is traces.tracer(os.getpid())
    assert traces.tracer(os.getpid()) is not traces.tracer(-1)
    traces.tracer.cache_clear()
