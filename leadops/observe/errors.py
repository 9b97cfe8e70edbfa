"""Sentry: errors that nobody expected, without what they quote. On where SENTRY_DSN is set."""

from __future__ import annotations

from typing import Any

import sentry_sdk
from django.conf import settings

from leadops.logs import PLAIN_SPEAKERS, without_secrets
from leadops.observe.request_ids import current_request

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk")
"""What of an event says nothing about a person. The rest is built anew, or goes."""
FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")


def begin() -> None:
    """Tell Sentry of errors, and of nothing else."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        before_send=told,  # type: ignore[arg-type]  # an event is a dict with optional keys
        before_breadcrumb=lambda _crumb, _hint: None,
        data_collection={
            "user_info": False,
            "http_bodies": [],
            "database_query_data": False,
            "stack_frame_variables": False,
            "frame_context_lines": 0,
        },
        auto_session_tracking=False,
        traces_sample_rate=None,
    )


def told(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """What leaves the house: the kind of the error, where it came about, and for which request.

    Built from a list of what may go, so that whatever a new version of the library adds stays here.
    """
    kept = {name: event[name] for name in KEPT if name in event}
    kept["tags"] = {"request": current_request()} if current_request() else {}
    if "transaction" in event:
        kept["transaction"] = without_secrets(str(event["transaction"]))
    if record := hint.get("log_record"):
        # As it is written in the code: what was filled in may be anything.
        kept["logentry"] = {"message": without_secrets(str(record.msg))}
    error = (hint.get("exc_info") or (None, None, None))[1]
    raised = event.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [_bare(one, error) for one in raised]}
    return kept


def _bare(raised: dict[str, Any], error: BaseException | None) -> dict[str, Any]:
    is_last = error is not None and raised.get("type") == type(error).__name__
    said = str(error) if is_last and isinstance(error, PLAIN_SPEAKERS) else ""
    frames = raised.get("stacktrace", {}).get("frames", [])
    bare = [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
    return {
        "type": raised.get("type"),
        "module": raised.get("module"),
        "value": said,
        "stacktrace": {"frames": bare},
    }
