"""The clerk: writes down what a call came to while the next one is already on its way."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from django.db import connection

from leads.clock import Clock
from leads.delivery.finish import finish
from leads.delivery.gateway import Batch, Outcome, Verdict


class Clerk:
    """Finishes the batches of one drain; a whole batch that was stored, beside the next call.

    A third of the time that a worker did not spend waiting for the CRM went by in finishing. Only
    good news may wait for that moment: a refusal or a fault can mean that no call should follow,
    and is settled before the next look. Besides the batch that is being sent, never more than one
    is unsettled, and each is fenced by its claim as ever.
    """

    def __init__(self, clock: Clock, beside: bool) -> None:
        """`beside`: whether to work in a thread of its own where the database gains by it."""
        self.clock = clock
        # SQLite has one writer: clerk and claim would only wait for each other.
        self.beside = beside and connection.features.has_select_for_update_skip_locked
        self.pool: ThreadPoolExecutor | None = None
        self.open: Future[None] | None = None

    def __enter__(self) -> Clerk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Everything is written down. Raises what finishing raised."""
        try:
            self.wait()
        finally:
            if self.pool is not None:
                self.pool.submit(_hang_up)
                self.pool.shutdown()

    def settle(self, batch: Batch, outcomes: list[Outcome], jitter: float) -> None:
        """Finish a batch, now or beside the next call. Raises what finishing any of them raised."""
        try:
            self.wait()
        finally:  # whatever became of the last one, this one has its answer
            if self.beside and _is_good_news(batch, outcomes):
                # Made when it is needed: a lone lead is sent without a second connection.
                self.pool = self.pool or ThreadPoolExecutor(1, "clerk")
                self.open = self.pool.submit(finish, batch, outcomes, jitter, self.clock)
            else:
                finish(batch, outcomes, jitter, self.clock)

    def wait(self) -> None:
        """Until the last batch is settled. Raises what finishing it raised."""
        last, self.open = self.open, None
        if last is not None:
            last.result()


def _hang_up() -> None:
    """Close the connection of the thread that this runs in."""
    connection.close()


def _is_good_news(batch: Batch, outcomes: list[Outcome]) -> bool:
    """A whole batch, of which everything was stored: there may be more, and it may be sent."""
    whole = len(batch.leads) >= batch.destination.batch_size
    return whole and all(outcome.verdict is Verdict.STORED for outcome in outcomes)
