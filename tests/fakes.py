"""What stands in at the seams of the core: a CRM and a clock that do as they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leads.clock import Clock, Deadline
from leads.delivery.gateway import Batch, Outcome, Preview, Verdict
from leads.models import ApiCall, Destination, Lead
from leads.reasons import Reason

Answer = Outcome | list[Outcome] | Exception | Callable[[Batch], list[Outcome]]

STORED = Outcome(Verdict.STORED, zoho_id="61000", status=201)
REFUSED = Outcome(
    Verdict.REFUSED, Reason.INVALID_VALUE, field="Email", text="invalid data", status=400
)
LOCKED = Outcome(Verdict.REFUSED_FOR_NOW, Reason.RECORD_LOCKED, status=400)
BATCH_REFUSED = Outcome(Verdict.BATCH_REFUSED, Reason.BATCH_REFUSED, status=400)
NOT_SENT = Outcome(Verdict.NOT_SENT, Reason.NOT_REACHED)
NOT_BEGUN = Outcome(Verdict.NOT_BEGUN, sent=False)
UNKNOWN = Outcome(Verdict.UNKNOWN, Reason.NO_ANSWER)
THROTTLED = Outcome(Verdict.THROTTLED, Reason.THROTTLED, status=429)
REVOKED = Outcome(Verdict.DESTINATION_FAULT, Reason.TOKEN_REVOKED)
WRONG_MODULE = Outcome(Verdict.SITE_FAULT, Reason.WRONG_MODULE, status=400)

EVERY_OUTCOME = (
    STORED,
    REFUSED,
    LOCKED,
    BATCH_REFUSED,
    NOT_SENT,
    UNKNOWN,
    THROTTLED,
    REVOKED,
    WRONG_MODULE,
)


class FakeGateway:
    """A CRM that gives its answers in turn, one a call, and stores everything after the last."""

    connect_permission = "leads.change_destination"

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.calls: list[list[int]] = []
        self.left: list[float] = []

    def deliver(self, batch: Batch, deadline: Deadline) -> list[Outcome]:
        """The next answer, for every lead of the batch."""
        self.calls.append([lead.pk for lead in batch.leads])
        self.left.append(deadline.left())
        answer = self.answers.pop(0) if self.answers else STORED
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(batch)
        return answer if isinstance(answer, list) else [answer] * len(batch.leads)

    def preview(self, lead: Lead, data: dict[str, Any] | None = None) -> Preview:
        """The data itself."""
        return Preview(lead.current_data() if data is None else data, [])

    def curl(self, lead: Lead, record: dict[str, Any] | None = None) -> str:
        """Nothing that can be repeated."""
        return ""

    def curl_of(self, call: ApiCall) -> str:
        """Nothing that can be repeated."""
        return ""

    def record_url(self, lead: Lead, record_id: str = "", module: str = "") -> str:
        """No page."""
        return ""

    def is_connected(self, destination: Destination) -> bool:
        """Always."""
        return True

    def connect_url(self, destination: Destination) -> str:
        """No page."""
        return ""


class FakeClock(Clock):
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[], Any] = lambda: None

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.slept.append(seconds)
        self.now += seconds
        self.on_sleep()
