"""OpenTelemetry: one trace a lead, from its post over the claim to the CRM's answer.

The trace's id *is* the lead's reference, without its dashes: so the queue need carry nothing, and
whoever has the reference finds the trace. On where OTEL_EXPORTER_OTLP_ENDPOINT is set; the other
variables of OpenTelemetry hold as its documentation says.
"""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from multiprocessing.util import Finalize
from typing import Any
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import Lead
from leads.signals import batch_handled, lead_received

EVERY_MS = 1000
"""A worker's process lives for minutes: what it saw leaves it soon."""
BILLION = 1_000_000_000
_begins: ContextVar[UUID | None] = ContextVar("begins", default=None)
"""The lead whose trace begins with the next span."""


def trace_id(reference: UUID) -> int:
    """128 bits."""
    return reference.int


def first_span(reference: UUID) -> int:
    """64 bits: the id of a trace's first span, which all others stand below."""
    return reference.int % (1 << 64) or 1


class OfTheLead(RandomIdGenerator):
    """The ids of a trace's first span come from the lead."""

    def generate_trace_id(self) -> int:
        """The lead's; another where a span is not about one."""
        lead = _begins.get()
        return trace_id(lead) if lead else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """The lead's for the first span; any for those after it."""
        lead = _begins.get()
        return first_span(lead) if lead else super().generate_span_id()


def provider(exporter: SpanExporter) -> TracerProvider:
    """What makes spans and hands them on. `service.name` is OTEL_SERVICE_NAME, or leadops."""
    named = Resource.create({} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "leadops"})
    made = TracerProvider(resource=named, id_generator=OfTheLead(), shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EVERY_MS))
    return made


@cache
def tracer(_process: int) -> Tracer:
    """This process's own: a worker begins others, and a thread does not go along."""
    made = provider(OTLPSpanExporter())
    Finalize(made, made.shutdown, exitpriority=10)  # atexit is not for processes begun by another
    return made.get_tracer("leadops")


def begin() -> None:
    """Listen."""
    lead_received.connect(trace_received, dispatch_uid="traces")
    batch_handled.connect(trace_handled, dispatch_uid="traces")


def trace_received(lead: Lead, began: float, **_signal: Any) -> None:
    """The first span: from reading the post to the lead on disk."""
    before = _begins.set(lead.reference)
    try:
        span = tracer(os.getpid()).start_span(
            "lead received",
            context=Context(),
            start_time=int(began * BILLION),
            attributes={
                "leadops.site": lead.site_id,
                "leadops.destination": lead.destination_id,
                "leadops.source": str(lead.source),
                "leadops.status": str(lead.status),
            },
        )
    finally:
        _begins.reset(before)
    span.end(int(time.time() * BILLION))


def trace_handled(batch: Batch, outcomes: list[Outcome], **_signal: Any) -> None:
    """Two spans for each lead of a call: from the claim to the call, and the call."""
    for lead, outcome in zip(batch.leads, outcomes, strict=True):
        call, began = batch.call, nanoseconds(batch.call.started_at)
        about = {
            "leadops.destination": batch.destination.pk,
            "leadops.site": lead.site_id,
            "leadops.call": call.pk,
            "leadops.call.leads": len(batch.leads),
            "leadops.outcome": outcome.verdict.name.lower(),
            "leadops.reason": outcome.reason.value if outcome.reason else "",
        }
        if outcome.status:
            about["http.response.status_code"] = outcome.status
        _below(lead, "lead claimed", nanoseconds(batch.claimed_at), began, about)
        if outcome.sent:
            ended = nanoseconds(call.ended_at) if call.ended_at else int(time.time() * BILLION)
            failed = outcome.verdict is not Verdict.STORED
            _below(lead, "lead sent", began, ended, about, failed)


def _below(
    lead: Lead, name: str, began: int, ended: int, about: dict[str, Any], failed: bool = False
) -> None:
    parent = SpanContext(
        trace_id(lead.reference),
        first_span(lead.reference),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    span = tracer(os.getpid()).start_span(
        name,
        context=set_span_in_context(NonRecordingSpan(parent), Context()),
        start_time=began,
        attributes=about,
    )
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end(max(began, ended))


def nanoseconds(moment: datetime) -> int:
    """Since the epoch, as OpenTelemetry counts."""
    return int(moment.timestamp() * BILLION)
