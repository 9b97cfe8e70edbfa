"""What fitting made of one lead: a record that can be sent, or why it stays here for now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext_noop as _

from leads.delivery.gateway import Outcome, Verdict
from leads.models import Lead
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.fit.description import Failure
from zoho.mapping.record import Fitted

MAY_BE_THERE = Failure(
    Reason.OUTCOME_UNKNOWN,
    field="",
    text=Sentence(
        _("An earlier try may have arrived, and the reference field is no longer verified.")
    )(),
)
NOT_IN_LAYOUT = Failure(
    Reason.OUTCOME_UNKNOWN,
    field="",
    text=Sentence(
        _(
            "An earlier try may have arrived, and the layout of the record lacks the "
            "reference field."
        )
    )(),
)


@dataclass(frozen=True)
class Prepared:
    """What fitting made of one lead."""

    fitted: Fitted
    waiting: Outcome | None = None
    """What it comes to while it is not known if it may be sent again."""

    @property
    def fits(self) -> bool:
        """Whether the record can be sent."""
        return self.fitted.failure is None and self.waiting is None

    def refused_as(self, failure: Failure) -> Outcome:
        """The outcome where it turns out later that it cannot be sent."""
        return Prepared(replace(self.fitted, failure=failure)).refusal()

    def refusal(self) -> Outcome:
        """The outcome of a record that stays here, without a wasted call."""
        failure = self.fitted.failure
        if self.waiting is not None and failure is None:
            return replace(self.waiting, record=self.fitted.record, repairs=self.fitted.repairs)
        assert failure is not None  # noqa: S101 - for the type checker
        return Outcome(
            Verdict.REFUSED,
            failure.reason,
            field=failure.field[:100],
            text=failure.text[:500],
            record=self.fitted.record,
            repairs=self.fitted.repairs,
            sent=False,
        )


Going = list[tuple[Lead, Prepared]]
"""The leads of a batch that can be sent, with their records."""
